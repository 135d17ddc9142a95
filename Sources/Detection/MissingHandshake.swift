internal import Flow
internal import Settings
internal import Verdict

/// DTLS handshakes that meet silence on a path, through a relay or not, whose connectivity checks the peer answers
/// (METHOD.md M2.2, U4 and U5).
///
/// Claims: what a lower layer needs passes both ways, and the handshake does not. A client whose ClientHello is never
/// answered lacks the answer, a HelloVerifyRequest being none; a peer that repeats its ClientHello to a client that answers
/// each lacks the client's.
/// Cannot tell apart: a filter that knows DTLS or its fingerprint, a peer whose application does not take part; where every
/// ClientHello was large, or the small HelloVerifyRequest alone passed, a path that does not carry such sizes.
enum MissingHandshake {
  /// Judges a flow; nil if its handshake was answered or not tried for long enough.
  static func judge(_ flow: FlowObservation, _ known: Circumstances) -> Judgment? {
    let limits = known.thresholds.silence
    guard flow.isPeerPath || flow.isServerRole, !flow.hasMediaOrOpaque, let kept = flow.kept, kept.dialogue.greeter != 2
    else {
      return nil
    }
    guard kept.dialogue.sealedRecords[0] == 0 || kept.dialogue.sealedRecords[1] == 0 else { return nil }
    let hello = kept.dialogue.clientHello
    let span = hello.last &- hello.first
    guard Int64(hello.bins) >= limits.trials.integer, span >= limits.span.integer, kept.dialogue.hangUp > hello.last
    else {
      return nil
    }
    let greets = Int(kept.dialogue.greeter) == flow.clientSide
    // Whoever greets is answered by nobody, or by a client that it does not hear: a peer that heard a HelloVerifyRequest would
    // not be sent another.
    let isVerifying = Int64(kept.dialogue.verifyRequests[flow.clientSide]) >= limits.trials.integer
    guard
      greets
        ? hello.answered == 0
        : (hello.answered > 0 || isVerifying) && kept.dialogue.sealedRecords[1 - flow.clientSide] == 0
    else { return nil }
    // A peer that goes on to send HelloVerifyRequests hears the client, and is heard.
    let isVerified = greets && kept.dialogue.verifyRequests[1 - flow.clientSide] > 0
    if isVerified,
      hello.last &- kept.dialogue.handshakeLast[1 - flow.clientSide] < limits.span.integer
        || Int64(hello.bins) <= limits.trials.integer
    {
      return nil
    }
    let checks = kept.dialogue[.check(by: flow.clientSide)]
    guard checks.answered > 0, checks.lastAnswer >= hello.first &+ limits.span.integer else { return nil }
    let isLarge = greets && Int64(kept.dialogue.leastHello) > limits.pathPacket.integer
    if isLarge, kept.dialogue.isTooLarge { return tooLarge(Int(kept.dialogue.leastHello), limits) }
    if let lossy = Silence.lossyCapture(known) { return lossy }
    let window = TimeWindow(first: hello.first, last: hello.last)
    var judgment = Claim.finding(
      .dropped, .blackhole, greets ? .down : .up, known.thresholds.score.blackhole,
      Phrase(
        isVerified
          ? "{} DTLS ClientHellos over {} got a HelloVerifyRequest at most, while connectivity checks on the same path were answered."
          : greets
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
      &judgment, flow, known, trials: Int(hello.bins), window: window,
      alternatives: isLarge || isVerified ? ["peer-application", "path-mtu"] : ["peer-application"])
    return judgment
  }

  /// Somebody on the path said that it does not carry what alone was not answered.
  static func tooLarge(_ bytes: Int, _ limits: Thresholds.Silence) -> Judgment {
    Claim.inconclusive(
      "path_mtu", seen: Double(bytes), needed: limits.pathPacket.value,
      Phrase(
        "Only packets of {} bytes and more were not answered, and an ICMP message says that such are too large for the path.",
        .count(bytes)))
  }

  /// A refusal of a flow whose handshake was tried for seconds and not finished: that is not sound, whoever is to blame.
  static func unfinished(_ flow: FlowObservation, _ known: Circumstances) -> Judgment? {
    guard !flow.hasMediaOrOpaque, let kept = flow.kept, kept.dialogue.greeter != 2 else { return nil }
    guard kept.dialogue.sealedRecords[0] == 0 || kept.dialogue.sealedRecords[1] == 0 else { return nil }
    let latest = max(kept.dialogue.handshakeLast[0], kept.dialogue.handshakeLast[1])
    let span = min(latest, kept.dialogue.hangUp) &- kept.dialogue.clientHello.first
    guard span >= known.thresholds.silence.span.integer else { return nil }
    return Claim.inconclusive(
      "handshake_unfinished", seen: Claim.seconds(span), needed: 0,
      Phrase(
        "The DTLS handshake was still under way {} after its first ClientHello, and nothing shows that it was finished.",
        .duration(span)))
  }
}
