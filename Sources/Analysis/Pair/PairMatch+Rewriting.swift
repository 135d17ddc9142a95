internal import Verdict
internal import Wire

extension PairMatch {
  /// Flows that the far point saw nothing of, and something else to the same server and port in their packets' places: of
  /// TCP with their flags and lengths, of UDP with any. An application-level gateway writes messages anew, a firewall that
  /// hides sequence numbers does it with every segment; such packets have arrived, and nothing is known of which.
  static func findRewritten(
    _ near: PointTrace, _ far: PointTrace, taken: Set<UInt32>, in flows: inout [Flow]
  ) {
    let unseen = flows.indices.filter { !flows[$0].isSeen && !flows[$0].up.passed.isEmpty }
    guard !unseen.isEmpty else { return }
    let servers = Set(unseen.map { near.flows[$0].end(1 - flows[$0].lowerSide) })
    var come: [PointTrace.End: [Int]] = [:]
    for (place, mark) in far.marks.enumerated() where !taken.contains(mark.half >> 1) {
      let receiver = far.flows[Int(mark.half >> 1)].end(Int(1 - mark.half & 1))
      if servers.contains(receiver) { come[receiver, default: []].append(place) }
    }
    for index in unseen {
      guard let candidates = come[near.flows[index].end(1 - flows[index].lowerSide)] else { continue }
      var next = 0
      var found = 0
      for packet in flows[index].up.passed {
        let mark = near.marks[packet.places.first]
        next = max(next, candidates.firstPlace { far.marks[$0].time >= packet.left &- slack })
        let like = candidates[min(next, candidates.count)...].prefix(mostCandidates).prefix {
          far.marks[$0].time <= packet.left &+ longestWay
        }.firstIndex {
          !mark.isTCP || far.marks[$0].flags == mark.flags && far.marks[$0].length == mark.length
        }
        guard let like else { continue }
        found += 1
        next = like + 1
      }
      flows[index].isRewritten = 2 * found >= flows[index].up.passed.count
    }
  }

  /// Most packets that are looked at for one: a hostile file has many.
  private static let mostCandidates = 256
}
