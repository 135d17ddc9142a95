/// What listeners would say of an audio stream by the E-model (ITU-T G.107), with what had to be assumed. An estimate, and
/// never evidence of interference.
public struct QualityEstimate: Sendable, BitwiseCopyable {
  /// Mean opinion score, 1 to 4.5.
  public let mos: Double
  /// Transmission rating R.
  public let rating: Double
  /// Equipment impairment factor that was assumed for the codec.
  public let equipment: Double
  /// Packet-loss robustness factor that was assumed.
  public let robustness: Double
  /// Mouth-to-ear delay that was assumed, ms.
  public let delay: Double
  /// Mean length of loss runs against that of random loss; 1 for random loss.
  public let burstRatio: Double

  /// An estimate.
  public init(
    mos: Double, rating: Double, equipment: Double, robustness: Double, delay: Double, burstRatio: Double
  ) {
    self.mos = mos
    self.rating = rating
    self.equipment = equipment
    self.robustness = robustness
    self.delay = delay
    self.burstRatio = burstRatio
  }
}

/// How the losses of a stream lie (RFC 3611 section 4.7.2, Gmin 16).
public struct BurstRecord: Sendable, BitwiseCopyable {
  /// Runs of packets lost in a row.
  public let runs: UInt32
  /// Longest of them, packets.
  public let longestRun: UInt32
  /// Bursts: more than one loss, each fewer than 16 packets behind the one before.
  public let bursts: UInt32
  /// Share of packets lost within bursts; nil without bursts.
  public let burstDensity: Double?
  /// Share of packets lost outside of bursts.
  public let gapDensity: Double
  /// Mean length of a burst, ms; nil without bursts or without a known pace.
  public let burstDuration: Double?
  /// Mean time between bursts, ms; likewise.
  public let gapDuration: Double?

  /// Losses.
  public init(
    runs: UInt32, longestRun: UInt32, bursts: UInt32, burstDensity: Double?, gapDensity: Double,
    burstDuration: Double?, gapDuration: Double?
  ) {
    self.runs = runs
    self.longestRun = longestRun
    self.bursts = bursts
    self.burstDensity = burstDensity
    self.gapDensity = gapDensity
    self.burstDuration = burstDuration
    self.gapDuration = gapDuration
  }
}

/// What a flow sent by time, for plots of what was decided on. Empty bins are left out.
public struct BinsRecord: Sendable {
  /// One bin of one direction.
  public struct Bin: Sendable, BitwiseCopyable {
    /// Number, counted from the flow's first packet.
    public var number: UInt32
    /// Packets that the capture holds.
    public var packets: UInt64
    /// Their IP bytes.
    public var bytes: UInt64
    /// Packets missing or sent again, as far as numbers tell.
    public var lost: UInt64
    /// IP bytes that were offered to the path: those that came and an estimate of those lost.
    public var offered: UInt64
    /// Least delay above the fastest, ms; nil if nothing tells it.
    public var delay: Double?

    /// A bin.
    public init(number: UInt32, packets: UInt64 = 0, bytes: UInt64 = 0) {
      self.number = number
      self.packets = packets
      self.bytes = bytes
      lost = 0
      offered = bytes
    }
  }

  /// Width of the client's bins, ns.
  public var upWidth: Int64
  /// Width of the server's bins, ns.
  public var downWidth: Int64
  /// What the client sent.
  public var up: [Bin]
  /// What the server sent.
  public var down: [Bin]
  /// First packet of RTP by client and server, and the latest of either, ns since the flow's first; nil without RTP.
  public var media: (up: Int64?, down: Int64?, last: Int64)?

  /// Bins of both directions.
  public init(upWidth: Int64, downWidth: Int64, up: [Bin], down: [Bin]) {
    self.upWidth = upWidth
    self.downWidth = downWidth
    self.up = up
    self.down = down
  }
}
