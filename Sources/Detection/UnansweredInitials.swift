internal import Flow
internal import Settings
internal import Verdict

/// QUIC Initials that nobody answers while TCP to the same host works.
///
/// Claims: the host is alive and reached by this client, and does not answer QUIC. Cannot tell apart: a filter for QUIC or
/// for UDP, a server that offers no QUIC at this address, a firewall at the client's edge; those are named.
enum UnansweredInitials {
  /// Judges a flow without an answer; nil if it asked by no Initials, or by too few.
  static func judge(_ flow: FlowObservation, _ known: Circumstances) -> Judgment? {
    let limits = known.thresholds.silence
    guard let kept = flow.kept, kept.dialogue.icmpErrors == 0 else { return nil }
    let ask = kept.dialogue[.initial]
    let span = ask.last &- ask.first
    guard Int64(ask.asked) >= limits.initials.integer, span >= limits.initialSpan.integer else { return nil }
    let window = TimeWindow(first: ask.first, last: ask.last)
    guard
      known.around.hasConnection(
        flow.client, to: flow.server, in: window, slack: limits.controlOverlap.integer)
    else {
      return Claim.inconclusive(
        "no_control", seen: 0, needed: 1,
        Phrase(
          "{} QUIC Initials over {} were not answered; no TCP connection to the same host shows whether it is alive.",
          .count(Int(ask.asked)), .duration(span)))
    }
    if let lossy = Silence.lossyCapture(known) { return lossy }
    var judgment = Claim.finding(
      .dropped, .blackhole, .down, known.thresholds.score.blackhole,
      Phrase(
        "{} QUIC Initials to {} over {} were never answered; TCP to the same host was.", .count(Int(ask.asked)),
        .endpoint(flow.server, flow.serverPort), .duration(span)))
    judgment.scope = .quic
    judgment.window = window
    judgment.evidence = [
      Evidence(
        "initials_unanswered",
        Phrase("{} Initials in {} one-second bins, no packet back.", .count(Int(ask.asked)), .count(Int(ask.bins))),
        frames: ask.unansweredFrames(from: flow.firstFrame))
    ]
    Silence.addLadder(ask, .initial, flow, known, to: &judgment)
    Silence.settle(
      &judgment, flow, known, trials: Int(ask.bins), window: window,
      alternatives: ["server-without-quic", "enterprise-firewall"])
    return judgment
  }
}
