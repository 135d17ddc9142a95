/// One side of a UDP flow.
public struct UDPSide: BitwiseCopyable, Sendable {
  /// Latest packet, ns since the epoch; `Int64.min` before the first.
  public var last = Int64.min
  /// Packets since the other side's latest packet.
  public var run: UInt32 = 0
  /// Frame, relative to the flow's first, of the first packet of the run.
  public var runFrame: UInt32 = 0
  /// Time of the first packet of the run.
  public var runStart = Int64.min
  /// Latest one-second bin of the run, counted from its start.
  var runBin: UInt32 = 0
  /// Distinct one-second bins with a packet in the run.
  public var runBins: UInt32 = 0
  /// Longest time between two packets of this side, ns.
  public var longestGap: Int64 = 0
  /// Longest run that this side kept up while the other was silent and then spoke again: its start.
  public var recoveredStart = Int64.min
  /// Its end: the other side's first packet after it.
  public var recoveredEnd = Int64.min
  /// Its one-second bins.
  public var recoveredBins: UInt32 = 0
  /// TTL of the first packet; 0 if none.
  public var timeToLive: UInt8 = 0
  /// Another TTL was seen.
  public var severalTimesToLive = false

  /// A side that sent nothing.
  public init() {}
}

/// State of a UDP flow beside its `FlowState`: who spoke, and who went on speaking to silence.
public struct UDPState: BitwiseCopyable, Sendable {
  /// Frame number of the first packet.
  public var firstFrame: UInt64
  /// Earlier flows of the same five-tuple, saturating.
  public var ordinal: UInt16 = 0
  /// Both sides; side 0 sent the first packet.
  public var sides: [2 of UDPSide] = [UDPSide(), UDPSide()]
  /// First RTP stream; `FlowState.none` if none.
  public var streams: UInt32 = FlowState.none
  /// One-second bins in which one side answered the other.
  public var exchangeBins: UInt32 = 0
  private var exchangeBin = Int64.min
  /// Time of the flow's first packet: bins count from it, so that a shifted clock changes nothing.
  private var start = Int64.min
  /// RTP streams, saturating.
  public var streamCount: UInt8 = 0

  /// State of a flow that begins with `firstFrame`.
  public init(firstFrame: UInt64) { self.firstFrame = firstFrame }

  /// Takes one datagram in; `bin` in ns.
  @inline(__always)
  public mutating func observe(side: Int, time: Int64, frame: UInt64, timeToLive: UInt8, bin: Int64) {
    let other = 1 &- side
    if start == .min { start = time }
    if sides[side].last != .min {
      let gap = time &- sides[side].last
      if gap > sides[side].longestGap { sides[side].longestGap = gap }
    } else {
      sides[side].timeToLive = timeToLive
    }
    if sides[side].timeToLive != timeToLive { sides[side].severalTimesToLive = true }
    sides[side].last = time
    if sides[side].run == 0 {
      sides[side].runStart = time
      sides[side].runFrame = UInt32(truncatingIfNeeded: frame &- firstFrame)
      sides[side].runBin = 0
      sides[side].runBins = 1
    } else if time &- sides[side].runStart >= Int64(sides[side].runBin &+ 1) &* bin {
      sides[side].runBin = UInt32(clamping: (time &- sides[side].runStart) / bin)
      sides[side].runBins &+= 1
    }
    sides[side].run &+= 1
    if sides[other].run != 0 {
      // The other side's run ends: remember the longest that was met with silence and then answered.
      if sides[other].runBins > 1, sides[side].runStart != .min,
        time &- sides[other].runStart > sides[other].recoveredEnd &- sides[other].recoveredStart
      {
        sides[other].recoveredStart = sides[other].runStart
        sides[other].recoveredEnd = time
        sides[other].recoveredBins = sides[other].runBins
      }
      sides[other].run = 0
      sides[other].runBins = 0
      let place = (time &- start) / bin
      if place != exchangeBin {
        exchangeBin = place
        exchangeBins &+= 1
      }
    }
  }
}
