internal import Settings
internal import Verdict

/// Connections that were interfered with, by server and by name: a block may outlast what set it off (METHOD.md M1.5), and
/// hit a server that is named otherwise, or a name at another server.
///
/// Claims nothing by itself: it shows which finding came first and what a later one shares with it. Cannot tell apart: a
/// block that lasts and one that is set off anew by every attempt.
struct Residual: Sendable {
  private struct Hit: Sendable {
    let time: Int64
    let frame: UInt64
    let server: IPAddress
    let name: String?
  }

  private var hits: [IPAddress: [Hit]] = [:]
  /// Most findings kept per client.
  private static let limit = 256

  mutating func note(_ judgment: Judgment, of flow: FlowObservation, name: String?) {
    guard judgment.outcome == .reset || judgment.outcome == .dropped else { return }
    guard hits[flow.client, default: []].count < Self.limit else { return }
    let shown = judgment.evidence.first { !$0.frames.isEmpty }?.frames.first
    let hit = Hit(
      time: judgment.window?.first ?? flow.first, frame: shown ?? flow.firstFrame, server: flow.server, name: name)
    hits[flow.client, default: []].append(hit)
  }

  /// What an earlier finding of the same client says of this one; nil if there was none within the limit.
  func evidence(of flow: FlowObservation, name: String?, _ limits: Thresholds.Reset) -> Evidence? {
    let earlier = (hits[flow.client] ?? []).filter {
      $0.time < flow.first && flow.first &- $0.time <= limits.residual.integer
    }
    if let hit = earlier.last(where: { $0.server == flow.server && $0.name != nil && name != nil && $0.name != name }) {
      return Evidence(
        "residual_other_name",
        Phrase(
          "{} before, a connection to the same server under another name had been hit: a block that its first cause has left behind looks like this.",
          .duration(flow.first &- hit.time)), frames: [hit.frame])
    }
    if let hit = earlier.last(where: { $0.server == flow.server }) {
      return Evidence(
        "residual",
        Phrase(
          "{} before, another connection to the same server had been hit.", .duration(flow.first &- hit.time)),
        frames: [hit.frame])
    }
    guard let name, let hit = earlier.last(where: { $0.name == name }) else { return nil }
    return Evidence(
      "same_name_elsewhere",
      Phrase(
        "{} before, a connection to another server under the same name had been hit.",
        .duration(flow.first &- hit.time)), frames: [hit.frame])
  }
}
