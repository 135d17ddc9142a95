internal import Detection
internal import Flow
internal import Verdict

/// DTLS records that one count numbers over several paths of a client: a sender may spread them, and each path lacks what the others
/// carried.
extension OtherPaths {
  /// A flow's records.
  private struct Records {
    /// Frame of the flow's first packet.
    let key: UInt64
    let up: SealedRecords
    let down: SealedRecords
  }

  /// Flows of one client that are held against each other: no call has more paths.
  private static let most = 16

  /// Counts for flows that lack records what the client's other flows carried of the same count. `least`: records missing that may
  /// count as lost.
  static func findRecords(_ flows: FlowList, in around: inout Surroundings, least: UInt64) {
    var clients: [IPAddress: [Records]] = [:]
    var lack = false
    for place in flows.places where place.marks.contains(.mayBeOfCall) {
      guard let (key, records) = flows.analyzers[Int(place.shard)].numberedRecords(place.index) else { continue }
      let client = flows.analyzers[Int(place.shard)].ends(place).client
      guard clients[client]?.count ?? 0 < most else { continue }
      let isSwapped = place.clientSide == 1
      clients[client, default: []].append(
        Records(
          key: key, up: isSwapped ? records.second : records.first, down: isSwapped ? records.first : records.second))
      if max(records.first.lost, records.second.lost) >= least { lack = true }
    }
    guard lack else { return }
    for all in clients.values where all.count > 1 {
      for mine in all {
        for other in all where other.key != mine.key {
          for (isUp, lacking, held) in [(true, mine.up, other.up), (false, mine.down, other.down)]
          where lacking.lost >= least && lacking.isNumbered(with: held) {
            around.noteElsewhere(held.received, isUp: isUp, besides: mine.key)
          }
        }
      }
    }
  }
}

extension Analyzer {
  /// Frame of a flow's first packet, and its records, if they have numbers.
  fileprivate func numberedRecords(_ flow: UInt32) -> (key: UInt64, records: Sides<SealedRecords>)? {
    let fact = table.flows[flow].facts
    guard !table.flows[flow].isTCP, fact != FlowState.none, let records = sealedRecords(facts[fact]),
      sealed[records].first.numbered > 0 || sealed[records].second.numbered > 0
    else { return nil }
    return (firstFrame(flow), sealed[records])
  }
}

extension SealedRecords {
  /// Records that came, each once.
  fileprivate var received: UInt64 { UInt64(numbered - duplicates) }

  /// Both may hold parts of what one count numbered: numbers that overlap and grow as fast, to a fifth, and no more records than these
  /// leave room for. Two counts that began together fill the same numbers twice.
  fileprivate func isNumbered(with other: SealedRecords) -> Bool {
    guard numbered > 0, other.numbered > 0, epoch == other.epoch, max(base, other.base) <= min(highest, other.highest),
      last > first, other.last > other.first
    else { return false }
    let mine = Double(highest - base) / Double(last - first)
    let theirs = Double(other.highest - other.base) / Double(other.last - other.first)
    let room = max(highest, other.highest) - min(base, other.base) + 1
    return theirs > 0.8 * mine && mine > 0.8 * theirs && received + other.received <= room + room / 100
  }
}
