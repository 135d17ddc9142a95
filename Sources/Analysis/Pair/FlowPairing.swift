internal import Verdict
internal import Wire

/// Which flow of the near capture is which of the far one, what lies up and what down, and how the clocks differ: told by
/// packets that each capture holds once.
struct FlowPairing {
  /// By near flow: the far one.
  private(set) var partners: [UInt32?]
  /// By near flow: its lower endpoint is the far one's higher, as a NAT may make it.
  private(set) var isSwapped: [Bool]
  private(set) var clock: PairClock?
  /// A packet lost hops between the points.
  private(set) var hasHops = false
  /// By near flow: votes that its lower endpoint's packets go up, less those that they come down.
  private var votes: [Int]
  /// Near hosts whose packets go up in most flows.
  private var hosts: [IPAddress: Int] = [:]

  private struct Common {
    let near: Int
    let far: Int
  }

  init(_ near: PointTrace, _ far: PointTrace) {
    partners = Array(repeating: nil, count: near.flows.count)
    isSwapped = Array(repeating: false, count: near.flows.count)
    votes = Array(repeating: 0, count: near.flows.count)
    let common = Self.common(near, far)
    pair(common, near, far)
    pairByServer(near, far)
    orient(common, near, far)
    var samples: [PairClock.Sample] = []
    for one in common {
      let mark = near.marks[one.near]
      let flow = Int(mark.half >> 1)
      guard partners[flow] == far.marks[one.far].half >> 1 else { continue }
      samples.append(
        PairClock.Sample(
          time: mark.time, difference: far.marks[one.far].time &- mark.time,
          isUp: Int(mark.half & 1) == lowerSide(flow, near)))
    }
    clock = PairClock(samples)
  }

  /// Packets whose content either capture holds once.
  private static func common(_ near: PointTrace, _ far: PointTrace) -> [Common] {
    func once(_ trace: PointTrace) -> [UInt64: Int] {
      var places: [UInt64: Int] = [:]
      for (place, mark) in trace.marks.enumerated() where mark.isDistinct {
        places[mark.content] = places[mark.content] == nil ? place : -1
      }
      return places
    }
    let farPlaces = once(far)
    var common: [Common] = []
    for (content, place) in once(near) where place >= 0 {
      if let other = farPlaces[content], other >= 0 { common.append(Common(near: place, far: other)) }
    }
    // In order of the near capture: a dictionary has none of its own.
    return common.sorted { $0.near < $1.near }
  }

  private mutating func pair(_ common: [Common], _ near: PointTrace, _ far: PointTrace) {
    struct Pair: Hashable {
      let near: UInt32
      let far: UInt32
      let swapped: Bool
    }
    var counts: [Pair: Int] = [:]
    for one in common {
      let (mark, other) = (near.marks[one.near], far.marks[one.far])
      counts[
        Pair(near: mark.half >> 1, far: other.half >> 1, swapped: (mark.half ^ other.half) & 1 == 1), default: 0] += 1
    }
    let order = counts.sorted {
      ($1.value, $0.key.near, $0.key.far, $0.key.swapped ? 1 : 0) < (
        $0.value, $1.key.near, $1.key.far, $1.key.swapped ? 1 : 0
      )
    }
    var taken: Set<UInt32> = []
    for (pair, _) in order where partners[Int(pair.near)] == nil && !taken.contains(pair.far) {
      partners[Int(pair.near)] = pair.far
      isSwapped[Int(pair.near)] = pair.swapped
      taken.insert(pair.far)
    }
  }

  /// Flows of which nothing is unlike others, as hellos to several relays are: those with an endpoint in common, which no
  /// NAT of the client's changes, and contents.
  private mutating func pairByServer(_ near: PointTrace, _ far: PointTrace) {
    let taken = Set(partners.compactMap { $0 })
    func contents(_ trace: PointTrace, _ wanted: (Int) -> Bool) -> [Int: Set<UInt64>] {
      var sets: [Int: Set<UInt64>] = [:]
      for mark in trace.marks where wanted(Int(mark.half >> 1)) {
        sets[Int(mark.half >> 1), default: []].insert(mark.content)
      }
      return sets
    }
    let open = contents(near) { partners[$0] == nil }
    guard !open.isEmpty else { return }
    struct Key: Hashable {
      let end: PointTrace.End
      let content: UInt64
    }
    // Flows in order, and the first that may still be free.
    var free: [Key: (flows: [Int], start: Int)] = [:]
    for (index, theirs) in contents(far, { !taken.contains(UInt32($0)) }).sorted(by: { $0.key < $1.key }) {
      for side in 0...1 {
        let end = far.flows[index].end(side)
        for content in theirs { free[Key(end: end, content: content), default: ([], 0)].flows.append(index) }
      }
    }
    guard !free.isEmpty else { return }
    var used: Set<Int> = []
    for index in near.flows.indices where partners[index] == nil {
      guard let own = open[index] else { continue }
      let tuple = near.flows[index]
      for side in 0...1 where partners[index] == nil {
        var first: Int?
        for content in own {
          let key = Key(end: tuple.end(side), content: content)
          guard let known = free[key] else { continue }
          var start = known.start
          while start < known.flows.count, used.contains(known.flows[start]) { start += 1 }
          free[key]?.start = start
          if start < known.flows.count { first = min(first ?? .max, known.flows[start]) }
        }
        guard let first else { continue }
        partners[index] = UInt32(first)
        isSwapped[index] = far.flows[first].end(side) != tuple.end(side)
        used.insert(first)
      }
    }
  }

  /// A packet loses hops on its way: the point where its TTL is higher comes first.
  private mutating func orient(_ common: [Common], _ near: PointTrace, _ far: PointTrace) {
    for one in common {
      let (mark, other) = (near.marks[one.near], far.marks[one.far])
      let flow = Int(mark.half >> 1)
      guard partners[flow] == other.half >> 1, mark.timeToLive != other.timeToLive else { continue }
      hasHops = true
      let goesUp = mark.timeToLive > other.timeToLive
      votes[flow] += goesUp == (mark.half & 1 == 0) ? 1 : -1
    }
    for (index, tuple) in near.flows.enumerated() where votes[index] != 0 {
      hosts[tuple.address(votes[index] > 0 ? 0 : 1), default: 0] += 1
      hosts[tuple.address(votes[index] > 0 ? 1 : 0), default: 0] -= 1
    }
  }

  /// The end of a near flow whose packets go up: by its own packets' TTLs, else by what its hosts do in other flows, else
  /// the private one, else the lower one.
  func lowerSide(_ flow: Int, _ near: PointTrace) -> Int {
    if votes[flow] != 0 { return votes[flow] > 0 ? 0 : 1 }
    let tuple = near.flows[flow]
    let standing = (hosts[tuple.low] ?? 0, hosts[tuple.high] ?? 0)
    if standing.0 != standing.1 { return standing.0 > standing.1 ? 0 : 1 }
    if tuple.low.isPrivate != tuple.high.isPrivate { return tuple.low.isPrivate ? 0 : 1 }
    return 0
  }
}
