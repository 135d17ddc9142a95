internal import Flow
internal import Settings
internal import Verdict

/// Silence that ended: requests were answered, then for seconds not, then again.
///
/// Claims: a path that worked carried no answer for longer than retransmissions explain, while something else reached the
/// same client in that very time. Without that the client's own line may have been away, which is no finding. Cannot tell
/// apart: a filter that was lifted, a route that changed, a server that was busy.
enum EndedSilence {
  /// Judges a flow; nil if it had no such silence.
  static func judge(_ flow: FlowObservation, _ state: UDPState, _ known: Circumstances) -> Judgment? {
    let limits = known.thresholds.silence
    guard flow.hasMediaOrOpaque, let kept = flow.kept else { return nil }
    let server = kept.dialogue.server
    let checks = kept.dialogue[.check(by: flow.clientSide)]
    let bySelf = kept.dialogue.asker == UInt8(flow.clientSide)
    guard flow.isPeerPath || bySelf else { return nil }
    let asksRelay = !flow.isPeerPath && server.pauseMilliseconds > checks.pauseMilliseconds
    let ask = asksRelay ? server : checks
    let span = Int64(ask.pauseMilliseconds) &* 1_000_000
    guard span >= limits.span.integer, Int64(ask.pauseBins) >= limits.pauseTrials.integer else { return nil }
    // Nothing else came on this path either.
    guard state.sides[1 - flow.clientSide].longestGap >= span else { return nil }
    // Whoever answers has been asked: what asked is not in the capture.
    if ask.pauseAnswers > 1 {
      return Claim.inconclusive(
        "one_direction", seen: 1, needed: 2,
        Phrase(
          "Nothing of the server is in the capture for {}, but the client went on answering its requests: the capture may have lost that direction for a time.",
          .duration(span)))
    }
    let window = TimeWindow(first: ask.pauseStart, last: ask.pauseStart &+ span)
    // Behind a relay the peer may have been away: a request of the relay's own must have been lost as well.
    let isPath = flow.isPeerPath || asksRelay || server.lastLost >= window.first && server.lastLost <= window.last
    guard isPath, kept.dialogue.hangUp > window.last else { return nil }
    guard known.around.hasArrival(at: flow.client, from: flow.server, in: window, margin: limits.bin.integer) else {
      return Claim.inconclusive(
        "no_control", seen: 0, needed: 1,
        Phrase(
          "Nothing came for {}, then the path worked again; nothing else reached the client meanwhile: its own line may have been away.",
          .duration(span)))
    }
    if let chance = Silence.lossExplains(Int(ask.pauseBins), flow, window, known) { return chance }
    if let lossy = Silence.lossyCapture(known) { return lossy }
    var judgment = Claim.finding(
      .dropped, .cutoff, .down, known.thresholds.score.cutoff,
      Phrase(
        "{} answered nothing for at least {}, then again; other hosts reached the client meanwhile.",
        .endpoint(flow.server, flow.serverPort), .duration(span)))
    judgment.window = window
    judgment.evidence = [
      Evidence(
        "silence_that_ended",
        Phrase(
          "Requests were not answered, and none of the server's packets came between the first of them and the last, {} later.",
          .duration(span)), frames: ask.pauseFrames(from: flow.firstFrame))
    ]
    // The last of its bins may hold the request that was answered and no other.
    Silence.settle(
      &judgment, flow, known, trials: Int(ask.pauseBins) - 1, window: window, hasEnded: true,
      alternatives: flow.isServerRole ? ["server-busy", "routing"] : ["peer-application", "peer-line", "routing"])
    return judgment
  }
}
