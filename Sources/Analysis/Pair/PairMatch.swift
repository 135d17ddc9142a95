internal import Detection
internal import Flow
internal import Verdict
internal import Wire

/// Which packets two capture points of the same traffic have in common, and what became of the others on the way between
/// them (METHOD.md M6.4).
///
/// "Far" is the point farther from the client: a packet goes up from near to far. Times are the near point's.
public struct PairMatch: Sendable {
  /// What became of the packets of one flow that went one way.
  struct Way: Sendable {
    /// A packet that both points saw, or one only.
    struct Passed: Sendable {
      /// When it left the first point.
      let left: Int64
      /// ns until it came to the second; nil if it did not.
      let delay: Int64?
      /// Frame in the near capture, or in the far one where that alone has it.
      let frame: UInt64
      /// Its places among the marks of the first point and of the second, if it came there.
      let places: (first: Int, second: Int?)
      /// TCP flags; none of datagrams.
      let flags: TCPFlags
      /// TCP numbers that it takes; 0 of others, bare acknowledgments and resets.
      let numbers: UInt32
      /// What it is of.
      let kind: PacketKind
      /// The second point's file does not hold it, and the other end acknowledged it: it came there.
      var isAcknowledged = false

      var hasArrived: Bool { delay != nil || isAcknowledged }
      /// Its receiver's answer would show that it came.
      var mayBeAcknowledged: Bool { numbers > 0 || kind == .request }
    }

    /// What left the first point while the second was recording, in order of time.
    var passed: [Passed] = []
    /// Came to the second point and had not left the first.
    var appeared: [Stranger] = []
  }

  /// A packet that the second point alone saw.
  struct Stranger: Sendable {
    let time: Int64
    /// Frame at the second point.
    let frame: UInt64
    /// It is a TCP reset.
    let isReset: Bool
    /// Frame at the first point of the packet that it was made of: its place and its identification, with other flags.
    let original: UInt64?
    /// Its place among the second point's marks.
    let place: Int
    /// It surely passed the first point, whose file lacks it.
    let isMissed: Bool
    /// The first point saw its like: it is a second copy of one, and no packet made of another.
    let isCopy: Bool
    /// Of a reset: when the latest other packet of its sender left the first point that could not have left before it; nil if none did.
    var followed: Int64?
    /// Of a reset: data that it may answer never came to its supposed sender, whose point recorded others between the two.
    var lacksCause = false
  }

  /// A flow of the near capture as both points saw it.
  struct Flow: Sendable {
    /// The far point saw packets of it.
    var isSeen: Bool
    /// Which of its ends packets go up from: 0 the lower one, 1 the higher.
    let lowerSide: Int
    var up = Way()
    var down = Way()
    /// Packets of it that the far point saw under another address or port of the client's.
    var rebound = 0
    /// The far point saw none of its packets, and others to the same server in their places: something between the points writes
    /// its packets anew (an application-level gateway, RFC 2663 section 2.9; a firewall that hides sequence numbers).
    var isRewritten = false

    /// Forgets what the other file holds nothing of in any flow: a mirror of one direction.
    fileprivate mutating func leaveOut(unheard heard: Heard) {
      if !heard.far.up { up.passed = [] }
      if !heard.near.up { up.appeared = [] }
      if !heard.near.down { down.passed = [] }
      if !heard.far.down { down.appeared = [] }
    }

    /// Forgets what left while the other point's recorder paused: a file that holds no packet of anybody for a time.
    fileprivate mutating func leaveOut(pauses: (near: [ClosedRange<Int64>], far: [ClosedRange<Int64>])) {
      func isUnknown(_ packet: Way.Passed, _ pauses: [ClosedRange<Int64>]) -> Bool {
        !packet.hasArrived && pauses.contains { $0.contains(packet.left) }
      }
      if !pauses.far.isEmpty { up.passed.removeAll { isUnknown($0, pauses.far) } }
      if !pauses.near.isEmpty { down.passed.removeAll { isUnknown($0, pauses.near) } }
    }

    /// Forgets what one point may not have recorded: what was sent before both are known to have recorded, and what may
    /// be under way still. A flow whose very first packet both points saw is known from it on. Whoever stopped recording
    /// first holds nothing that left after `end`: what comes to the other point later says nothing.
    fileprivate mutating func keep(within both: ClosedRange<Int64>, end: Int64) {
      let first = [up.passed.first, down.passed.first].compactMap { $0 }.min { $0.left < $1.left }
      let start = first.map { $0.delay == nil ? nil : $0.left } ?? nil
      let from = min(start ?? .max, both.lowerBound)
      up.passed.removeAll { $0.left < from || $0.left > both.upperBound }
      down.passed.removeAll { $0.left < from || $0.left > both.upperBound }
      // What came to a point had left the other before.
      let known = min(start ?? .max, both.lowerBound &+ PairMatch.longestWay)
      up.appeared.removeAll { $0.time < known || $0.time > end }
      down.appeared.removeAll { $0.time < known || $0.time > end }
    }
  }

  /// What the two clocks differ by.
  public let clock: PairClock?
  let flows: [PointTrace.Tuple: Flow]
  /// From when on and until when both points recorded, less what is under way; by the near clock.
  let both: ClosedRange<Int64>
  /// The servers whose ways lead past the far point.
  let coverage: Coverage
  /// What either file lacks of packets that passed its point.
  let missed: MissedPackets
  /// Packets of neither file are known to be missing.
  let isComplete: Bool
  /// A direction of which one of the files holds no packet at all, while the other does: nothing of it is compared.
  let isOneWay: Bool
  /// Nothing lies between the two points: no packet lost a hop, or took a time, on its way from one to the other.
  let isOnePoint: Bool
  /// The snapshot length of one hides what its datagrams could be known by at the other.
  let isCutShort: Bool

  /// A clock was set, or ran unsteadily: what left and what came cannot be told by it.
  var isUnsteady: Bool { clock?.isUnsteady ?? false }
  /// Servers that the near point, or the far one, lies at: no router had passed on what came from them.
  let ends: (near: Ends, far: Ends)

  /// What either point shows settles what the other does.
  var isTelling: Bool { clock != nil && !isOnePoint && !isCutShort && !isUnsteady }

  /// Half of the fastest way there and back that lies between two points, ns: two recorders of one interface, or of two mirrors
  /// of it, differ by less; a router or a bridge takes more.
  static let leastWay: Int64 = 10_000

  /// How long a packet may be under way, ns: behind a queue of seconds.
  static let longestWay: Int64 = 2_000_000_000

  /// Compares what two points saw.
  public init(near whole: PointTrace, far other: PointTrace) {
    // Cut alike, as by one program that leaves headers only, they are compared as far as they go.
    let isCut = whole.cuts != other.cuts
    let near = (isCut ? whole.shortened() : whole).withoutTwins()
    let read = (isCut ? other.shortened() : other).withoutTwins().withoutForwarded()
    isCutShort = (whole.shortCuts | other.shortCuts) != 0 && whole.shortCuts & other.shortCuts == 0
    isComplete = !near.isFull && !read.isFull && (near.drops ?? 0) == 0 && (read.drops ?? 0) == 0
    let pairing = FlowPairing(near, read)
    clock = pairing.clock
    isOnePoint = !pairing.hasHops && (pairing.clock?.roundTrip).map { $0 / 2 < Self.leastWay } ?? false
    // All times are the near clock's from here on.
    let far = pairing.clock.map { read.timed(by: $0) } ?? read
    let start = max(near.marks.first?.time ?? .max, far.marks.first?.time ?? .max)
    let end = min(near.marks.last?.time ?? .min, far.marks.last?.time ?? .min)
    let span = end > start ? max(0, end &- start) : 0
    both = start...(start &+ max(0, span - Self.longestWay))
    // A packet comes after it left, by clocks that are known to within their uncertainty.
    let recorded = end &- Self.slack &- (pairing.clock?.uncertainty ?? Self.longestWay)
    var followed: [Flow] = []
    var heard = Heard()
    var coverage = Coverage()
    var ends = (near: Ends(), far: Ends())
    let byHalf = HalfLists(near)
    let farByHalf = HalfLists(far)
    for index in near.flows.indices {
      guard clock != nil else { break }
      let partner = pairing.partners[index]
      let lowerSide = pairing.lowerSide(index, near)
      var flow = Flow(isSeen: partner != nil, lowerSide: lowerSide)
      let upHalf = UInt32(index << 1 | lowerSide)
      let isAnswered = !byHalf[upHalf ^ 1].isEmpty
      let server = near.flows[index].end(1 - lowerSide)
      if let partner {
        let farUp = partner << 1 | UInt32(lowerSide ^ (pairing.isSwapped[index] ? 1 : 0))
        heard.near = (heard.near.up || !byHalf[upHalf].isEmpty, heard.near.down || isAnswered)
        heard.far = (heard.far.up || !farByHalf[farUp].isEmpty, heard.far.down || !farByHalf[farUp ^ 1].isEmpty)
        if isAnswered {
          let isBeyond = farByHalf[farUp ^ 1].contains { !TimeToLive.isUntouched(far.marks[$0].timeToLive) }
          coverage.noteSeen(server, isBeyond: isBeyond)
        }
        ends.far.note(server.address, farByHalf[farUp ^ 1].lazy.map { far.marks[$0] })
        ends.near.note(near.flows[index].address(lowerSide), byHalf[upHalf].lazy.map { near.marks[$0] })
        flow.up = Self.follow(byHalf[upHalf], near, farByHalf[farUp], far, nearFrames: true)
        flow.down = Self.follow(farByHalf[farUp ^ 1], far, byHalf[upHalf ^ 1], near, nearFrames: false)
        Self.acknowledge(&flow.up, near, far, by: flow.down, far)
        Self.acknowledge(&flow.down, far, near, by: flow.up, near)
        let (up, down) = (flow.up, flow.down)
        Self.acknowledgeRequests(&flow.up, near, by: down, far)
        Self.acknowledgeRequests(&flow.down, far, by: up, near)
      } else {
        if isAnswered { coverage.missesAnswered = true }
        for place in byHalf[upHalf] {
          flow.up.passed.append(
            Way.Passed(
              left: near.marks[place].time, delay: nil, frame: near.marks[place].frame, places: (place, nil),
              flags: near.marks[place].flags, numbers: Self.numbers(near.marks[place]), kind: near.marks[place].kind))
        }
      }
      followed.append(flow)
    }
    Rebinding(near, far).find(in: &followed)
    let shared = Set(pairing.partners.compactMap { $0 })
    Self.findRewritten(near, far, taken: shared, in: &followed)
    let pauses = (
      near: near.pauses(beside: far) { shared.contains(UInt32($0)) },
      far: far.pauses(beside: near) { pairing.partners[$0] != nil }
    )
    var flows: [PointTrace.Tuple: Flow] = [:]
    var missed = MissedPackets()
    for (tuple, var flow) in zip(near.flows, followed) {
      if let uncertainty = clock?.uncertainty {
        Self.noteFollowing(&flow.up, uncertainty)
        Self.noteFollowing(&flow.down, uncertainty)
        Self.noteCauses(&flow.up, answering: flow.down, near, uncertainty)
        Self.noteCauses(&flow.down, answering: flow.up, far, uncertainty)
      }
      flow.leaveOut(unheard: heard)
      flow.keep(within: both, end: recorded)
      flow.leaveOut(pauses: pauses)
      if flow.isSeen { missed.add(flow, isTCP: tuple.transport == .tcp) }
      flows[tuple] = flow
    }
    self.flows = flows
    isOneWay = heard.near.up != heard.far.up || heard.near.down != heard.far.down
    self.coverage = coverage
    self.ends = ends
    self.missed = missed
  }

  /// What clocks may be off by beside their offset, ns: drift, and delays that were never the least.
  static let slack: Int64 = 50_000_000
}

/// Directions of which the files hold packets, of flows that both know.
private struct Heard {
  var near = (up: false, down: false)
  var far = (up: false, down: false)
}

/// Places of marks by half flow, in order of time.
private struct HalfLists {
  private var lists: [UInt32: [Int]] = [:]

  init(_ trace: PointTrace) {
    for (place, mark) in trace.marks.enumerated() { lists[mark.half, default: []].append(place) }
  }

  subscript(half: UInt32) -> [Int] { lists[half] ?? [] }
}
