/// Packets that the far flow of a near one does not hold, looked for in all far flows with the same server.
///
/// A NAT between the points that forgets a mapping, or gets another address, gives a flow that goes on another address or port
/// (RFC 4787 section 4.1). At the far point that is another flow: without this look, what goes on there had been lost on the way,
/// and what the server answers there had come from nowhere.
struct Rebinding {
  private let near: PointTrace
  private let far: PointTrace

  /// Of traces by one clock.
  init(_ near: PointTrace, _ far: PointTrace) {
    self.near = near
    self.far = far
  }

  /// Takes what is found as passed, and counts it; `flows` are in order of the near trace's.
  func find(in flows: inout [PairMatch.Flow]) {
    let open = untaken(flows)
    guard !open.isEmpty else { return }
    var claimed: Set<Int> = []
    for index in flows.indices {
      let side = 1 - flows[index].lowerSide
      let server = near.flows[index].end(side)
      var found = 0
      flows[index].up.passed = flows[index].up.passed.map { packet in
        guard packet.delay == nil, near.marks[packet.places.first].isDistinct else { return packet }
        let candidates = open[near.marks[packet.places.first].content] ?? []
        let other = candidates.first { place in
          !claimed.contains(place) && end(of: place, isSender: false) == server
            && isUnderWay(from: packet.left, to: far.marks[place].time)
        }
        guard let other else { return packet }
        claimed.insert(other)
        found += 1
        return PairMatch.Way.Passed(
          left: packet.left, delay: far.marks[other].time &- packet.left, frame: packet.frame,
          places: (packet.places.first, other), flags: packet.flags, numbers: packet.numbers, kind: packet.kind)
      }
      var come: [PairMatch.Way.Passed] = []
      flows[index].down.appeared.removeAll { stranger in
        guard near.marks[stranger.place].isDistinct else { return false }
        let candidates = open[near.marks[stranger.place].content] ?? []
        let other = candidates.first { place in
          !claimed.contains(place) && end(of: place, isSender: true) == server
            && isUnderWay(from: far.marks[place].time, to: stranger.time)
        }
        guard let other else { return false }
        claimed.insert(other)
        let left = far.marks[other].time
        come.append(
          PairMatch.Way.Passed(
            left: left, delay: stranger.time &- left, frame: stranger.frame, places: (other, stranger.place),
            flags: far.marks[other].flags, numbers: PairMatch.numbers(far.marks[other]), kind: far.marks[other].kind))
        return true
      }
      guard found > 0 || !come.isEmpty else { continue }
      flows[index].rebound = found + come.count
      flows[index].isSeen = true
      flows[index].down.passed = (flows[index].down.passed + come).sorted {
        ($0.left, $0.places.first) < ($1.left, $1.places.first)
      }
    }
    guard !claimed.isEmpty else { return }
    // A port that another flow had before: what is this flow's is not the other one's.
    for index in flows.indices {
      flows[index].up.appeared.removeAll { claimed.contains($0.place) }
      flows[index].down.passed.removeAll { $0.delay == nil && claimed.contains($0.places.first) }
    }
  }

  /// Far marks that belong to no packet of the near trace yet, by content, of contents that one is looked for of.
  private func untaken(_ flows: [PairMatch.Flow]) -> [UInt64: [Int]] {
    var wanted: Set<UInt64> = []
    var taken: Set<Int> = []
    for flow in flows {
      for packet in flow.up.passed {
        if let other = packet.places.second {
          taken.insert(other)
        } else {
          wanted.insert(near.marks[packet.places.first].content)
        }
      }
      for packet in flow.down.passed where packet.delay != nil { taken.insert(packet.places.first) }
      for stranger in flow.down.appeared { wanted.insert(near.marks[stranger.place].content) }
    }
    guard !wanted.isEmpty else { return [:] }
    var open: [UInt64: [Int]] = [:]
    for (place, mark) in far.marks.enumerated() where wanted.contains(mark.content) && !taken.contains(place) {
      open[mark.content, default: []].append(place)
    }
    return open
  }

  private func end(of place: Int, isSender: Bool) -> PointTrace.End {
    let half = far.marks[place].half
    return far.flows[Int(half >> 1)].end(Int(isSender ? half & 1 : 1 - half & 1))
  }

  private func isUnderWay(from left: Int64, to came: Int64) -> Bool {
    came >= left &- PairMatch.slack && came <= left &+ PairMatch.longestWay
  }
}
