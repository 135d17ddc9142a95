internal import Settings
internal import Verdict

extension Soundness {
  /// A refusal of media of one end that stopped as the call's session descriptions agreed, as on hold (RFC 3264 section 8.4); nil if
  /// some were due, or nothing was agreed.
  static func agreed(
    _ flow: FlowObservation, isServers: Bool, in pause: TimeWindow, _ known: Circumstances
  ) -> Judgment? {
    let client = Socket(flow.client, flow.clientPort)
    let server = Socket(flow.server, flow.serverPort)
    let due = known.around.agreed.due(from: isServers ? server : client, to: isServers ? client : server, in: pause)
    let least = known.thresholds.silence.mediaSpan.integer
    guard due < min(least, pause.last &- pause.first) else { return nil }
    return Claim.inconclusive(
      "one_way_agreed", seen: Claim.seconds(due), needed: Claim.seconds(least),
      Phrase(
        isServers
          ? "The server's media stopped for {}; the call's session descriptions ask for none of it then, as on hold."
          : "The client's media stopped for {}; the call's session descriptions ask for none of it then, as on hold.",
        .duration(pause.last &- pause.first)))
  }
}
