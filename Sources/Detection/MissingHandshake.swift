internal import Flow
internal import Settings
internal import Verdict

/// DTLS handshakes that meet silence on a path, through a relay or not, whose connectivity checks the peer answers
/// (METHOD.md M2.2, U4 and U5).
///
/// Claims: what a lower layer needs passes both ways, and the handshake does not. A client whose ClientHello is never
/// answered lacks the answer; a peer that repeats its ClientHello to a client that answers each lacks the client's.
/// Cannot tell apart: a filter that knows DTLS or its fingerprint, a peer whose application does not take part.
enum MissingHandshake {
  /// Judges a flow; nil if its handshake was answered or not tried for long enough.
  static func judge(_ flow: FlowObservation, _ known: Circumstances) -> Judgment? {
    let limits = known.thresholds.silence
    guard flow.isPeerPath || flow.isServerRole, !flow.hasMediaOrOpaque, let kept = flow.kept, kept.dialogue.greeter != 2
    else {
      return nil
    }
    guard kept.dialogue.sealedRecords[0] == 0 || kept.dialogue.sealedRecords[1] == 0 else { return nil }
    let hello = kept.dialogue[.clientHello]
    let span = hello.last &- hello.first
    guard Int64(hello.bins) >= limits.trials.integer, span >= limits.span.integer, kept.dialogue.hangUp > hello.last
    else {
      return nil
    }
    let greets = Int(kept.dialogue.greeter) == flow.clientSide
    // Whoever greets is answered by nobody, or by a client that it does not hear.
    guard greets ? hello.answered == 0 : hello.answered > 0 && kept.dialogue.sealedRecords[1 - flow.clientSide] == 0
    else {
      return nil
    }
    let checks = kept.dialogue[flow.clientSide == 0 ? .checkBySide0 : .checkBySide1]
    guard checks.answered > 0, checks.lastAnswer >= hello.first &+ limits.span.integer else { return nil }
    if let lossy = Silence.lossyCapture(known) { return lossy }
    let window = TimeWindow(first: hello.first, last: hello.last)
    var judgment = Claim.finding(
      .dropped, .blackhole, greets ? .down : .up, known.thresholds.score.blackhole,
      Phrase(
        greets
          ? "{} DTLS ClientHellos over {} were never answered, while connectivity checks on the same path were."
          : "The peer sent its DTLS ClientHello {} times over {} although the client answered; connectivity checks passed.",
        .count(Int(hello.asked)), .duration(span)))
    judgment.scope = .dtls
    judgment.window = window
    judgment.evidence = [
      Evidence(
        greets ? "u4_dtls_unanswered" : "u5_dtls_answer_unheard",
        Phrase(
          "{} ClientHellos in {} one-second bins; {} of {} checks answered.", .count(Int(hello.asked)),
          .count(Int(hello.bins)), .count(Int(checks.answered)), .count(Int(checks.asked))),
        frames: greets ? hello.unansweredFrames(from: flow.firstFrame) : [flow.firstFrame + UInt64(hello.lastFrame)])
    ]
    if greets { Silence.addLadder(hello, .clientHello, flow, known, to: &judgment) }
    Silence.settle(
      &judgment, flow, known, trials: Int(hello.bins), window: window, alternatives: ["peer-application"])
    return judgment
  }
}
