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
  /// It was kept together with those behind it, up to the next that is not: when it came between what was kept before and
  /// that one is not known.
  public var isPart: Bool
  /// A part whose packets are as likely much smaller ones: a picture's size in bytes may have been four of a voice's packets. Among
  /// packets of one size it is none.
  public var isMixed: Bool

  /// An offer.
  public init(time: Double, bytes: Double, fate: Fate, isPart: Bool = false, isMixed: Bool = false) {
    self.time = time
    self.bytes = bytes
    self.fate = fate
    self.isPart = isPart
    self.isMixed = isMixed
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
  /// Its delays are a voice's: a video's time stamps include what the sender's pacer waits.
  public let hasVoiceDelay: Bool
  /// Its records near losses cover more than a packet: when what came through did is known to within that.
  public let isCoarse: Bool
  /// Of a coarse one: how many large packets came, before anything was joined, and since the packet before at which rate or
  /// more, bit/s; rates ascend. Empty where packets are kept one by one.
  public let spacings: [(rate: Double, count: Int)]
  /// Round trips of the client's requests on the flow, sparse: when, ns since the epoch, and ms.
  public let roundTrips: [(time: Int64, milliseconds: Double)]

  /// Segments that were acknowledged and never seen: the capture missed them.
  public let missed: Int

  /// Bytes of the largest packet before the first loss and from half a second behind it on; nil if there was none before.
  public let largest: (before: Double, after: Double)?
  /// Since the latest packet above three quarters of the largest so far: when that came, seconds since the start; packets missing
  /// since; bytes of the largest since and of the largest of all. Nil where it is not kept.
  public let withoutLarge: (since: Double, lost: Double, largest: Double, peak: Double)?
  /// Share of the packets that came that are no second copies of one.
  public let uniqueShare: Double

  /// A direction.
  public init(
    start: Int64, offers: [Offer], delays: [DelaySample], streams: [StreamLosses] = [], frames: [UInt64] = [],
    largest: (before: Double, after: Double)? = nil, roundTrips: [(time: Int64, milliseconds: Double)] = [],
    isCoarse: Bool = false, spacings: [(rate: Double, count: Int)] = [], firstTransit: Double? = nil,
    hasVoiceDelay: Bool = false,
    missed: Int = 0, uniqueShare: Double = 1,
    withoutLarge: (since: Double, lost: Double, largest: Double, peak: Double)? = nil
  ) {
    self.withoutLarge = withoutLarge
    self.uniqueShare = uniqueShare
    self.missed = missed
    self.spacings = spacings
    self.firstTransit = firstTransit
    self.hasVoiceDelay = hasVoiceDelay
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

  /// Places of the offers within a window: they lie in order of time.
  func places(in window: TimeWindow) -> Range<Int> {
    let first = offers.firstPlace { moment($0.time) >= window.first }
    return first..<max(first, offers.firstPlace { moment($0.time) > window.last })
  }

  /// What was lost within a window, at times known well; of more than a thousand every second, third and so on.
  func losses(in window: TimeWindow) -> [Offer] {
    let lost = offers[places(in: window)].filter { $0.fate == .lost }
    let step = max(1, lost.count / 1_000)
    return step == 1 ? lost : stride(from: 0, to: lost.count, by: step).map { lost[$0] }
  }

  /// The time in ns since the epoch.
  func moment(_ time: Double) -> Int64 { start &+ Int64(time * 1e9) }
}

/// How many of a passage's offers were lost up to each: so that windows cost nothing.
struct LossCounts: Sendable {
  private let passage: Passage
  /// Of the offers before every 64th place: those whose time is known well, and those lost among them.
  private let sums: [(known: UInt32, lost: UInt32)]

  init(_ passage: Passage) {
    self.passage = passage
    var sums: [(known: UInt32, lost: UInt32)] = []
    sums.reserveCapacity(passage.offers.count / 64 + 1)
    var sum: (known: UInt32, lost: UInt32) = (0, 0)
    for (place, offer) in passage.offers.enumerated() {
      if place % 64 == 0 { sums.append(sum) }
      Self.add(offer, to: &sum)
    }
    if passage.offers.count % 64 == 0 { sums.append(sum) }
    self.sums = sums
  }

  private static func add(_ offer: Offer, to sum: inout (known: UInt32, lost: UInt32)) {
    if offer.fate != .lostSometime { sum.known &+= 1 }
    if offer.fate == .lost { sum.lost &+= 1 }
  }

  private func sum(before place: Int) -> (known: UInt32, lost: UInt32) {
    var sum = sums[place / 64]
    for offer in passage.offers[place / 64 * 64..<place] { Self.add(offer, to: &sum) }
    return sum
  }

  /// Share of what was offered within a window that was lost.
  func loss(in window: TimeWindow) -> Double {
    let places = passage.places(in: window)
    let (from, until) = (sum(before: places.lowerBound), sum(before: places.upperBound))
    return until.known == from.known ? 0 : Double(until.lost &- from.lost) / Double(until.known &- from.known)
  }
}

extension [Offer] {
  /// Those within a span, ends included, of offers in order of time.
  func within(_ span: ClosedRange<Double>) -> ArraySlice<Offer> {
    let first = firstPlace { $0.time >= span.lowerBound }
    return self[first..<Swift.max(first, firstPlace { $0.time > span.upperBound })]
  }
}

/// Whether times, asked for in their order, lie in one of some spans, which are in order and apart.
struct SpanCursor {
  private let spans: [ClosedRange<Double>]
  private var place = 0

  init(_ spans: [ClosedRange<Double>]) { self.spans = spans }

  mutating func contains(_ time: Double) -> Bool {
    while place < spans.count, spans[place].upperBound < time { place += 1 }
    return place < spans.count && spans[place].contains(time)
  }
}
