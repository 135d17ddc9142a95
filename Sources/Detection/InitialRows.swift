public import Flow
public import Verdict

/// QUIC Initials that one server did not answer one client, from whatever ports: an app that goes on asking opens a new socket each
/// time, and each of these flows alone has too few.
public struct InitialRows: Sendable {
  private struct Ends: Hashable {
    let client: IPAddress
    let server: IPAddress
    let port: UInt16
  }

  private struct Row {
    let first: Int64
    let last: Int64
    let asked: Int
    let bins: Int
  }

  private var rows: [Ends: [Row]] = [:]
  /// Of so many ends, so many flows each.
  private static let ends = 1 << 12
  private static let limit = 64

  /// None.
  public init() {}

  /// A flow that was never answered.
  public mutating func note(_ ask: RequestTally, client: IPAddress, server: IPAddress, port: UInt16) {
    let key = Ends(client: client, server: server, port: port)
    guard rows[key] != nil || rows.count < Self.ends, rows[key]?.count ?? 0 < Self.limit else { return }
    rows[key, default: []].append(
      Row(first: ask.first, last: ask.last, asked: Int(ask.asked), bins: Int(ask.bins)))
  }

  /// This flow's Initials and those of its ends' other flows, one after the other without a pause longer than `slack`, ns.
  func all(
    _ flow: FlowObservation, _ ask: RequestTally, within slack: Int64
  ) -> (asked: Int, bins: Int, flows: Int, window: TimeWindow) {
    var all = (
      asked: Int(ask.asked), bins: Int(ask.bins), flows: 1, window: TimeWindow(first: ask.first, last: ask.last)
    )
    let key = Ends(client: flow.client, server: flow.server, port: flow.serverPort)
    guard let known = rows[key], known.count > 1 else { return all }
    let sorted = known.sorted { ($0.first, $0.last) < ($1.first, $1.last) }
    var group: [Row] = []
    var isOwn = false
    for row in sorted {
      if let last = group.lazy.map(\.last).max(), row.first > last &+ slack {
        if isOwn { break }
        group = []
      }
      group.append(row)
      if row.first == ask.first, row.last == ask.last { isOwn = true }
    }
    guard isOwn, group.count > 1 else { return all }
    all.asked = group.reduce(0) { $0 + $1.asked }
    // Flows side by side ask in the same seconds.
    let seconds = (group.map(\.last).max() ?? ask.last) &- group[0].first
    all.bins = min(group.reduce(0) { $0 + $1.bins }, Int(seconds / 1_000_000_000) + 1)
    all.flows = group.count
    all.window = TimeWindow(first: group[0].first, last: group.map(\.last).max() ?? ask.last)
    return all
  }
}
