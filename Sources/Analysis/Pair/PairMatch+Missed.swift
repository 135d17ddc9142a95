internal import Verdict
internal import Wire

/// What passed a capture point, and its file does not hold: recorders lose packets, and files seldom count them. Told by TCP's
/// numbers (RFC 9293 section 3.4), which leave out none.
extension PairMatch {
  /// Packets that passed a point in a direction and are missing in its file, beside those that it holds.
  struct Gaps: Sendable {
    var missed = 0
    var held = 0
    /// As many gaps are none by chance. Own choice.
    private static let fewest = 3

    /// Chance that the point's file lacks a packet; 0 where it holds nothing of what was compared.
    var share: Double { missed == 0 ? 0 : Double(missed) / Double(missed + held) }
    /// Most that this chance may be, at 95 % (rule of three).
    var most: Double { Double(missed + 3) / Double(max(1, missed + held)) }

    /// Chance that a point's file lacks a packet, whichever way it goes: of datagrams that come to it nothing tells, so what is known
    /// of the other direction is not thinned by them.
    static func share(_ one: Gaps, _ other: Gaps) -> Double {
      let told = [one, other].filter { $0.missed >= fewest }.map(\.share)
      return told.max() ?? (one + other).share
    }

    static func + (one: Gaps, other: Gaps) -> Gaps {
      Gaps(missed: one.missed + other.missed, held: one.held + other.held)
    }
  }

  /// Both points' gaps in both directions.
  struct MissedPackets: Sendable {
    /// Of packets that go up and down, at the near point and at the far one.
    var near = (up: Gaps(), down: Gaps())
    var far = (up: Gaps(), down: Gaps())
    /// The same of TCP alone.
    var nearTCP = (up: Gaps(), down: Gaps())
    var farTCP = (up: Gaps(), down: Gaps())

    init() {}

    /// Adds a flow.
    mutating func add(_ flow: Flow, isTCP: Bool) {
      // What appears at one point was missed by the other, which it had passed before; what was acknowledged and did not appear
      // was missed where it came to.
      let up = Self.gaps(flow.up)
      let down = Self.gaps(flow.down)
      near = (near.up + up.first, near.down + down.second)
      far = (far.up + up.second, far.down + down.first)
      guard isTCP else { return }
      nearTCP = (nearTCP.up + up.first, nearTCP.down + down.second)
      farTCP = (farTCP.up + up.second, farTCP.down + down.first)
    }

    private static func gaps(_ way: Way) -> (first: Gaps, second: Gaps) {
      let held = way.passed.count(where: { $0.delay != nil })
      return (
        Gaps(missed: way.appeared.count(where: \.isMissed), held: held),
        Gaps(
          missed: way.passed.count(where: \.isAcknowledged),
          held: way.passed.count(where: { $0.delay != nil && $0.mayBeAcknowledged }))
      )
    }
  }

  /// Numbers that a segment takes: its bytes, SYN and FIN.
  static func numbers(_ mark: PointTrace.Mark) -> UInt32 {
    guard mark.isTCP, !mark.flags.contains(.rst) else { return 0 }
    return mark.length &+ (mark.flags.contains(.syn) ? 1 : 0) &+ (mark.flags.contains(.fin) ? 1 : 0)
  }

  /// Takes as arrived what its receiver acknowledged, though the point before it did not record it. Of what was sent twice one
  /// copy may be lost: only what was sent once is known to have arrived. `back` left the receiver's point.
  static func acknowledge(
    _ way: inout Way, _ first: PointTrace, _ second: PointTrace, by back: Way, _ receiver: PointTrace
  ) {
    guard way.passed.contains(where: { $0.delay == nil && $0.numbers > 0 }),
      // Somebody else's data in the same place may be what was acknowledged.
      !way.appeared.contains(where: { !$0.isMissed && numbers(second.marks[$0.place]) > 0 })
    else { return }
    let sent = way.passed.indices.filter { way.passed[$0].numbers > 0 }
    guard let earliest = sent.first else { return }
    let base = first.marks[way.passed[earliest].places.first].sequence
    guard isOneConnection(sent.map { first.marks[way.passed[$0].places.first] }) else { return }
    let answers = back.passed.map { receiver.marks[$0.places.first] }.filter {
      $0.isTCP && $0.flags.contains(.ack) && !$0.flags.contains(.rst)
    }
    guard let acknowledged = ByteRanges.positions(answers.map(\.acknowledgment), from: base).max() else { return }
    let starts = ByteRanges.positions(sent.map { first.marks[way.passed[$0].places.first].sequence }, from: base)
    let ordered = zip(starts, sent).sorted { $0 < $1 }
    var end = Int64.min
    for (place, (start, index)) in ordered.enumerated() {
      let own = start + Int64(way.passed[index].numbers)
      let isOnce = start >= end && (place + 1 == ordered.count || ordered[place + 1].0 >= own)
      end = max(end, own)
      if isOnce, own <= acknowledged, way.passed[index].delay == nil { way.passed[index].isAcknowledged = true }
    }
  }

  /// Takes as arrived requests that were answered (RFC 8489 section 6.3.3), if they were sent once.
  static func acknowledgeRequests(_ way: inout Way, _ first: PointTrace, by back: Way, _ receiver: PointTrace) {
    guard way.passed.contains(where: { $0.delay == nil && $0.kind == .request }) else { return }
    var answered: Set<UInt32> = []
    for packet in back.passed where packet.kind == .response {
      answered.insert(receiver.marks[packet.places.first].prefix)
    }
    // What the receiver's point missed, and came to the sender.
    for stranger in back.appeared where first.marks[stranger.place].kind == .response {
      answered.insert(first.marks[stranger.place].prefix)
    }
    var counts: [UInt32: Int] = [:]
    for packet in way.passed where packet.kind == .request {
      counts[first.marks[packet.places.first].prefix, default: 0] += 1
    }
    for index in way.passed.indices where way.passed[index].kind == .request && way.passed[index].delay == nil {
      let transaction = first.marks[way.passed[index].places.first].prefix
      if transaction != 0, counts[transaction] == 1, answered.contains(transaction) {
        way.passed[index].isAcknowledged = true
      }
    }
  }

  /// Tells of resets whether data that they may answer never came to their supposed sender, by a recorder that was at work: the
  /// file of that point, `first`, holds a packet between the two. Both may be in one hole of it else.
  static func noteCauses(_ way: inout Way, answering back: Way, _ first: PointTrace, _ uncertainty: Int64) {
    for index in way.appeared.indices where way.appeared[index].isReset {
      let time = way.appeared[index].time
      // When the reset passed the point at the latest, and the data at the earliest, by the fastest way.
      let end = time &- uncertainty &- causeMargin
      let start = back.passed.firstPlace { $0.left >= time &- longestWay }
      way.appeared[index].lacksCause = back.passed[start...].prefix { $0.left < time }.prefix(mostFollowing).contains {
        guard $0.numbers > 0, !$0.hasArrived else { return false }
        let begin = $0.left &+ uncertainty &+ causeMargin
        guard begin < end else { return false }
        let place = first.marks.firstPlace { $0.time >= begin }
        return place < first.marks.count && first.marks[place].time <= end
      }
    }
  }

  /// What packets may wait on their way beyond the fastest, ns, as `reset.reorder` has it.
  private static let causeMargin: Int64 = 3_000_000

  /// Tells of resets what their supposed sender sent behind them. What came at a time had left before by the fastest way at least,
  /// and the clocks' offset has just that in it.
  static func noteFollowing(_ way: inout Way, _ uncertainty: Int64) {
    for index in way.appeared.indices where way.appeared[index].isReset {
      let left = way.appeared[index].time &- uncertainty
      let start = way.passed.firstPlace { $0.left > left }
      for packet in way.passed[start...].prefix(Self.mostFollowing) {
        // A connection of the same ports that begins anew is another one.
        if packet.left > left &+ longestWay || packet.flags.contains(.syn) { break }
        if !packet.flags.contains(.rst) { way.appeared[index].followed = packet.left }
      }
    }
  }

  /// Most packets behind a reset that are looked at: a hostile file has many of both.
  private static let mostFollowing = 1_024

  /// Tells which strangers must have passed the first point: bare acknowledgments, which nobody forges; data whose sender's numbers
  /// run on behind them at the first point, which holds none in their place; datagrams of a flow of which
  /// it holds more. A page or an answer from between the points is none of these. DNS is known for those (METHOD.md M1.6).
  static func findMissed(_ strangers: [Int], _ second: PointTrace, sent: [Int], _ first: PointTrace) -> Set<Int> {
    guard !strangers.isEmpty, let earliest = sent.first else { return [] }
    var missed: Set<Int> = []
    guard first.marks[earliest].isTCP else {
      let tuple = first.flows[Int(first.marks[earliest].half >> 1)]
      guard tuple.lowPort != 53, tuple.highPort != 53, strangers.count < sent.count else { return [] }
      return Set(strangers)
    }
    let isReset: (PointTrace.Mark) -> Bool = { $0.flags.contains(.rst) }
    let kept = sent.filter { !isReset(first.marks[$0]) }
    guard isOneConnection(kept.map { first.marks[$0] }) else { return [] }
    let base = first.marks[earliest].sequence
    let starts = ByteRanges.positions(kept.map { first.marks[$0].sequence }, from: base)
    let furthest = starts.max() ?? .min
    let ranges = zip(starts, kept).map { $0..<($0 + Int64(numbers(first.marks[$1]))) }.filter { !$0.isEmpty }
      .sorted { $0.lowerBound < $1.lowerBound }
    let longest = ranges.reduce(0) { max($0, Int64($1.count)) }
    let others = strangers.filter { !isReset(second.marks[$0]) && !second.marks[$0].flags.contains(.syn) }
    for (place, start) in zip(others, ByteRanges.positions(others.map { second.marks[$0].sequence }, from: base)) {
      let count = Int64(numbers(second.marks[place]))
      guard count > 0 else {
        missed.insert(place)
        continue
      }
      guard furthest >= start + count else { continue }
      let from = ranges.firstPlace { $0.lowerBound >= start - longest }
      let isHeld = ranges[from...].prefix { $0.lowerBound < start + count }.contains { $0.upperBound > start }
      if !isHeld { missed.insert(place) }
    }
    return missed
  }

  /// The same ports may have carried several, with numbers of their own each.
  private static func isOneConnection(_ marks: [PointTrace.Mark]) -> Bool {
    let openings = marks.lazy.filter { $0.flags.contains(.syn) }.map(\.sequence)
    return openings.allSatisfy { $0 == openings.first }
  }
}
