public import Settings

/// One side of a UDP flow.
public struct UDPSide: BitwiseCopyable, Sendable {
  /// Latest packet, ns since the epoch; `Int64.min` before the first.
  public var last = Int64.min
  /// Packets since the other side's latest packet; behind a pause after which nobody may be there, since that.
  public var run: UInt32 = 0
  /// Frame, relative to the flow's first, of the first packet of the run.
  public var runFrame: UInt32 = 0
  /// Time of the first packet of the run.
  public var runStart = Int64.min
  /// Latest one-second bin of the run, counted from its start.
  @usableFromInline var runBin: UInt32 = 0
  /// Distinct one-second bins with a packet in the run.
  public var runBins: UInt32 = 0
  /// Longest time between two packets of this side, ns.
  public var longestGap: Int64 = 0
  /// Longest part of such a time in which the other side had sent, in units of 2^20 ns.
  @usableFromInline var longestWaitUnits: UInt32 = 0
  /// The same, ns: what silence is usual where something was asked.
  public var longestWait: Int64 { Int64(longestWaitUnits) &<< 20 }
  /// The confirmed RTP stream that its latest packet of media was of; `FlowState.none` if there is none yet.
  public var stream = FlowState.none

  /// A side that sent nothing.
  public init() {}

  /// A pause of this side, and for how long of it the other side had been sending, ns. Out of line: media hardly ever pause
  /// longer than they did before, and the loop over packets is at the size where the compiler gives up inlining.
  ///
  /// A run that was short when it paused begins anew: its packets may have asked for nothing, and what they asked for is not what
  /// is asked for now.
  @usableFromInline @inline(never)
  mutating func noteWait(_ gap: Int64, _ asked: Int64, _ times: SilenceTimes) {
    let wait = UInt32(truncatingIfNeeded: min(gap, asked) &>> 20)
    if wait > longestWaitUnits { longestWaitUnits = wait }
    if gap &>> 20 > times.idleUnits, run > 0, last &- runStart < times.cutoff {
      run = 0
      runBins = 0
    }
  }
}

/// What tells a silence from a pause, ns.
public struct SilenceTimes: BitwiseCopyable, Sendable {
  /// Width of a bin of trials.
  public let bin: Int64
  /// A pause that whatever keeps state for the flow may not survive, in units of 2^20 ns.
  @usableFromInline let idleUnits: Int64
  /// A silence that counts.
  @usableFromInline let cutoff: Int64

  /// The times of some thresholds.
  public init(_ limits: Thresholds.Silence) {
    bin = limits.bin.integer
    idleUnits = limits.natIdle.integer &>> 20
    cutoff = limits.cutoff.integer
  }
}

/// One-second bins in which a side answered the other.
public struct ExchangeBins: BitwiseCopyable, Sendable {
  /// How many.
  public var count: UInt32 = 0
  /// The latest of them, counted from the flow's start; the largest number before the first.
  @usableFromInline var latest = UInt32.max

  /// None yet.
  @usableFromInline
  init() {}

  /// The time lies in the latest bin.
  @inlinable @inline(always)
  func isLatest(_ time: Int64, from start: Int64, width: Int64) -> Bool {
    UInt64(bitPattern: time &- start &- Int64(latest) &* width) < UInt64(bitPattern: width)
  }

  /// An answer at `time`; `width` of a bin in ns. Bins count from `start` of the flow, so that a shifted clock changes
  /// nothing.
  @usableFromInline @inline(never)
  mutating func note(_ time: Int64, from start: Int64, width: Int64) {
    let bin = UInt32(clamping: (time &- start) / width)
    if bin != latest {
      latest = bin
      count &+= 1
    }
  }
}

/// State of a UDP flow beside its `FlowState`: who spoke, and who went on speaking to silence.
public struct UDPState: BitwiseCopyable, Sendable {
  /// Frame number of the first packet.
  public var firstFrame: UInt64
  /// Both sides; side 0 sent the first packet.
  public var sides = Sides(UDPSide())
  /// Bins of answers by the side that answered.
  @usableFromInline var exchanges = Sides(ExchangeBins())
  /// First RTP stream; `FlowState.none` if none.
  public var streams: UInt32 = FlowState.none
  /// Earlier flows of the same five-tuple, saturating.
  public var ordinal: UInt16 = 0
  /// RTP streams, saturating.
  public var streamCount: UInt8 = 0
  private var marks: UInt8 = 0

  /// State of a flow that begins with `firstFrame`.
  public init(firstFrame: UInt64) { self.firstFrame = firstFrame }

  /// An earlier flow of the same five-tuple had packets both ways.
  public var wasAnswered: Bool {
    get { marks & 4 != 0 }
    set { marks = newValue ? marks | 4 : marks & ~4 }
  }

  /// Notes that a router had passed a packet of this side on.
  public mutating func noteRouted(_ side: Int) { marks |= 1 &<< UInt8(truncatingIfNeeded: side & 1) }

  /// A router had passed one of this side's packets on, of those that are looked at: all but media that go on as before.
  public func isRouted(_ side: Int) -> Bool { marks & 1 &<< UInt8(truncatingIfNeeded: side & 1) != 0 }

  /// One-second bins in which this side answered the other: what it sent first behind a packet of the other is an answer.
  public func exchangeBins(by side: Int) -> UInt32 { exchanges[side].count }

  /// Takes one datagram in; times in ns since the epoch, `start` the flow's first.
  @inlinable @inline(always)
  public mutating func observe(side: Int, time: Int64, start: Int64, frame: UInt64, _ times: SilenceTimes) {
    let place = UInt32(truncatingIfNeeded: frame &- firstFrame)
    sides.lend(from: side) { mine, theirs in
      exchanges.lend(from: side) { exchanges, _ in
        Self.observe(&mine, &theirs, &exchanges, time, start, place, times)
      }
    }
  }

  /// The confirmed RTP stream that this side's latest packet of media was of, without a branch.
  @inlinable @inline(always)
  public func stream(of side: UInt8) -> UInt32 {
    let (first, second) = (sides.first.stream, sides.second.stream)
    return first ^ ((first ^ second) & (0 &- UInt32(side & 1)))
  }

  @inlinable @inline(always)
  static func observe(
    _ mine: inout UDPSide, _ theirs: inout UDPSide, _ exchanges: inout ExchangeBins, _ time: Int64, _ start: Int64,
    _ frame: UInt32, _ times: SilenceTimes
  ) {
    let isAnswer = theirs.run.isSet
    if mine.last != .min {
      let gap = time &- mine.last
      mine.longestGap = max(mine.longestGap, gap)
      // Of what is as likely as not only the outcome is branched on, which is nearly always the same: whether the other side has
      // spoken since, and for how long.
      let asked = (time &- theirs.runStart) & Int64(bitPattern: isAnswer.all)
      let isLonger: UInt8 = min(gap, asked) &>> 20 > Int64(mine.longestWaitUnits) ? 1 : 0
      let isIdle: UInt8 = gap &>> 20 > times.idleUnits ? 1 : 0
      if isLonger | isIdle != 0 { mine.noteWait(gap, asked, times) }
    }
    mine.last = time
    // A run that begins takes the last one's place.
    let goesOn = mine.run.isSet
    mine.runStart &+= (time &- mine.runStart) & ~Int64(bitPattern: goesOn.all)
    mine.runFrame &+= (frame &- mine.runFrame) & ~goesOn.half
    mine.runBin &= goesOn.half
    mine.runBins = mine.runBins & goesOn.half | 1 & ~goesOn.half
    if time &- mine.runStart >= Int64(mine.runBin &+ 1) &* times.bin {
      mine.runBin = UInt32(clamping: (time &- mine.runStart) / times.bin)
      mine.runBins &+= 1
    }
    mine.run &+= 1
    theirs.run = 0
    theirs.runBins = 0
    // Most answers lie in the bin of the one before.
    if isAnswer.half & (exchanges.isLatest(time, from: start, width: times.bin) ? 0 : 1) != 0 {
      exchanges.note(time, from: start, width: times.bin)
    }
  }
}
