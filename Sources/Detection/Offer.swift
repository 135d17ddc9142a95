internal import Verdict

/// A packet that was offered to the path, or some that came close together.
public struct Offer: BitwiseCopyable, Sendable {
  /// What became of it.
  public enum Fate: UInt8, Sendable, BitwiseCopyable {
    /// It came through.
    case passed
    /// It did not, and when it was offered is known well.
    case lost
    /// It did not, but its numbers say little of when: retransmissions and probes, which are sent now and then.
    case lostSometime
  }

  /// When, seconds.
  public var time: Double
  /// IP bytes.
  public var bytes: Double
  /// What became of it.
  public var fate: Fate

  /// An offer.
  public init(time: Double, bytes: Double, fate: Fate) {
    self.time = time
    self.bytes = bytes
    self.fate = fate
  }
}

/// How much later than the fastest a packet came through.
public struct DelaySample: BitwiseCopyable, Sendable {
  /// When, seconds.
  public var time: Double
  /// Transit, ms; only differences mean something.
  public var transit: Double

  /// A sample.
  public init(time: Double, transit: Double) {
    self.time = time
    self.transit = transit
  }
}

/// Losses of one RTP stream, retransmission streams left out.
public struct StreamLosses: BitwiseCopyable, Sendable {
  /// Packets that came.
  public var packets: Double
  /// Those among them that came before the direction's first loss.
  public var before: Double
  /// Packets missing.
  public var lost: Double
  /// Runs of missing packets.
  public var runs: Double
  /// Mean IP bytes of a packet that came.
  public var meanBytes: Double
  /// Its packets differ much in size, as a video's do.
  public var isVideo: Bool
  /// Pairs of missing packets 2, 3 and 4 numbers apart; nil if late packets are among them.
  public var pairs: (two: Double, three: Double, four: Double)?

  /// A stream's losses.
  public init(
    packets: Double, before: Double = 0, lost: Double, runs: Double, meanBytes: Double, isVideo: Bool = false,
    pairs: (two: Double, three: Double, four: Double)? = nil
  ) {
    self.isVideo = isVideo
    self.pairs = pairs
    self.before = before
    self.packets = packets
    self.lost = lost
    self.runs = runs
    self.meanBytes = meanBytes
  }

  /// Packets offered since the direction's first loss.
  public var offered: Double { packets - before + lost }
  /// Share missing.
  public var share: Double { lost / max(1, packets + lost) }
}

/// One direction of a flow as the judges of caps see it: what was offered to the path and what came through, when, and how
/// late.
public final class Passage: Sendable {
  /// Time 0 of offers and delays, ns since the epoch.
  public let start: Int64
  /// Offers in order of time.
  public let offers: [Offer]
  /// Delays in order of time; empty if nothing tells them.
  public let delays: [DelaySample]
  /// RTP streams; empty for TCP.
  public let streams: [StreamLosses]
  /// Frames behind the first gaps, or of the first repetitions.
  public let frames: [UInt64]

  /// Transit of the delay stream's first packet, ms, where delays are known from later on only.
  public let firstTransit: Double?
  /// Its records near losses cover more than a packet: when what came through did is known to within that.
  public let isCoarse: Bool
  /// Round trips of the client's requests on the flow, sparse: when, ns since the epoch, and ms.
  public let roundTrips: [(time: Int64, milliseconds: Double)]

  /// Bytes of the largest packet before the first loss and from half a second behind it on; nil if there was none before.
  public let largest: (before: Double, after: Double)?

  /// A direction.
  public init(
    start: Int64, offers: [Offer], delays: [DelaySample], streams: [StreamLosses] = [], frames: [UInt64] = [],
    largest: (before: Double, after: Double)? = nil, roundTrips: [(time: Int64, milliseconds: Double)] = [],
    isCoarse: Bool = false, firstTransit: Double? = nil
  ) {
    self.firstTransit = firstTransit
    self.isCoarse = isCoarse
    self.largest = largest
    self.roundTrips = roundTrips
    self.start = start
    self.offers = offers
    self.delays = delays
    self.streams = streams
    self.frames = frames
  }

  /// Losses whose time is known.
  public var losses: Int { offers.reduce(0) { $0 + ($1.fate == .lost ? 1 : 0) } }

  /// Share of what was offered within a window that was lost.
  func loss(in window: TimeWindow) -> Double {
    var lost = 0
    var all = 0
    for offer in offers where offer.fate != .lostSometime {
      let time = moment(offer.time)
      guard time >= window.first, time <= window.last else { continue }
      all += 1
      if offer.fate == .lost { lost += 1 }
    }
    return all == 0 ? 0 : Double(lost) / Double(all)
  }

  /// What was lost within a window, at times known well.
  func losses(in window: TimeWindow) -> [Offer] {
    offers.filter {
      let time = moment($0.time)
      return $0.fate == .lost && time >= window.first && time <= window.last
    }
  }

  /// The time in ns since the epoch.
  func moment(_ time: Double) -> Int64 { start &+ Int64(time * 1e9) }
}
