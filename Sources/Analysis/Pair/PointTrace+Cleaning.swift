internal import Flow
internal import Verdict

/// What a trace holds that is the recorder's doing, and its times by another clock.
extension PointTrace {
  /// By the near point's clock.
  func timed(by clock: PairClock) -> PointTrace {
    var timed = self
    for place in timed.marks.indices { timed.marks[place].time = clock.near(marks[place].time) }
    return timed
  }

  /// Times of a second and more in which it holds no packet of anybody, with what may have been under way when each began, while
  /// `other` holds some of flows that both have: its recorder paused. Flows by their index in `other`.
  func pauses(beside other: PointTrace, of flows: (Int) -> Bool) -> [ClosedRange<Int64>] {
    var pauses: [ClosedRange<Int64>] = []
    var latest = marks.first?.time ?? 0
    for mark in marks {
      // Times of a hostile file may be any.
      if mark.time > latest, mark.time &- latest >= Self.leastPause {
        pauses.append(min(latest, latest &- PairMatch.slack)...mark.time)
        if pauses.count == Self.mostPauses { break }
      }
      latest = max(latest, mark.time)
    }
    guard !pauses.isEmpty else { return [] }
    let times = other.marks.filter { flows(Int($0.half >> 1)) }.map(\.time).sorted()
    return pauses.filter { pause in
      times.firstPlace { $0 > pause.upperBound } - times.firstPlace { $0 >= pause.lowerBound } >= Self.leastBeside
    }
  }

  private static let leastPause: Int64 = 1_000_000_000
  /// A few may be all that a filter between the points lets nobody see.
  private static let leastBeside = 10
  /// A hostile file has many.
  private static let mostPauses = 256

  /// Without second copies of packets in halves of flows that were captured twice, as mirror ports and `any` do (METHOD.md M6.3):
  /// there a quarter and more come again within 5 ms, the same to the identification. A few may be the network's own.
  func withoutTwins() -> PointTrace {
    var recent: [UInt64: Int64] = [:]
    var isTwin = Array(repeating: false, count: marks.count)
    var counts: [UInt32: (twins: Int, all: Int)] = [:]
    for (place, mark) in marks.enumerated() {
      let key = mark.content ^ (UInt64(mark.half) << 16 | UInt64(mark.identification)) &* 0x9E37_79B9_7F4A_7C15
      // What was seen more than 5 ms ago is no matter: of a gap in what is kept one twin may be missed.
      if recent.count >= Self.mostRecent { recent.removeAll(keepingCapacity: true) }
      let isRepeated = recent[key].map { mark.time &- $0 <= TCPSide.twinWindow } ?? false
      recent[key] = mark.time
      // Bare acknowledgments without an identification repeat themselves: of these each second one is a twin, if any is.
      let isKnown = mark.identification != 0 || (mark.isTCP ? mark.length > 0 : mark.isDistinct)
      if isRepeated {
        isTwin[place] = true
        if !isKnown { recent[key] = nil }
      }
      guard isKnown else { continue }
      counts[mark.half, default: (0, 0)].all += 1
      if isRepeated { counts[mark.half, default: (0, 0)].twins += 1 }
    }
    let doubled = Set(counts.filter { 4 * $0.value.twins >= $0.value.all }.map(\.key))
    guard !doubled.isEmpty else { return self }
    var cleaned = self
    cleaned.marks = zip(marks, isTwin).filter { !$1 || !doubled.contains($0.half) }.map(\.0)
    return cleaned
  }

  private static let mostRecent = 1 << 16

  /// Without the inner side of what a router's `any` shows twice, before its NAT and behind it: the same content with a TTL that is one
  /// less, within 5 ms, in two flows that share an end. Of two flows with a quarter and more of such packets the one with the more
  /// private addresses is left out, both ways.
  func withoutForwarded() -> PointTrace {
    struct Pair: Hashable {
      let inner: UInt32
      let outer: UInt32
    }
    var recent: [UInt64: Int] = [:]
    var counts: [Pair: Int] = [:]
    var sizes: [UInt32: Int] = [:]
    for (place, mark) in marks.enumerated() where mark.isDistinct && (!mark.isTCP || mark.length > 0) {
      let flow = mark.half >> 1
      sizes[flow, default: 0] += 1
      if recent.count >= Self.mostRecent { recent.removeAll(keepingCapacity: true) }
      defer { recent[mark.content] = place }
      guard let before = recent[mark.content].map({ marks[$0] }), before.half >> 1 != flow,
        before.timeToLive == mark.timeToLive &+ 1, mark.time &- before.time <= TCPSide.twinWindow
      else { continue }
      let (one, other) = (flows[Int(flow)], flows[Int(before.half >> 1)])
      guard (0...1).contains(where: { one.end($0) == other.end(0) || one.end($0) == other.end(1) }) else { continue }
      let isInner = one.privateEnds > other.privateEnds
      guard one.privateEnds != other.privateEnds else { continue }
      counts[Pair(inner: isInner ? flow : before.half >> 1, outer: isInner ? before.half >> 1 : flow), default: 0] += 1
    }
    let inner = Set(counts.filter { 4 * $0.value >= sizes[$0.key.inner] ?? 0 }.map(\.key.inner))
    guard !inner.isEmpty else { return self }
    var cleaned = self
    cleaned.marks.removeAll { inner.contains($0.half >> 1) }
    return cleaned
  }
}

extension PointTrace.Tuple {
  fileprivate var privateEnds: Int { (low.isPrivate ? 1 : 0) + (high.isPrivate ? 1 : 0) }
}
