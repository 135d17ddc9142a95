internal import Flow
internal import Settings
internal import Verdict

/// What was asked and not answered, where that is too little for a finding and too much for a flow that is sound.
extension Soundness {
  /// A refusal of a flow at whose end requests of either side, or whatever the client sent, were not answered for seconds: who
  /// owed what is not known well enough for a finding, but that is not sound to the end.
  static func unanswered(_ flow: FlowObservation, _ known: Circumstances) -> Judgment? {
    let limits = known.thresholds.silence
    guard let kept = flow.kept else { return unheard(flow, known) }
    // A call's media that nothing came back for, if not for so long that it proves something.
    let silence = flow.last &- flow.unheard.since
    if flow.hasMediaOrOpaque, Int64(flow.unheard.bins) >= limits.trials.integer, silence >= limits.span.integer,
      kept.dialogue.hangUp > flow.unheard.since &+ limits.hangUp.integer
    {
      return Claim.inconclusive(
        "too_short", seen: Claim.seconds(silence), needed: Claim.seconds(limits.cutoff.integer),
        Phrase(
          "The server was silent for the last {} while the client went on: too short to say more.", .duration(silence)))
    }
    for kind in [Dialogue.Kind.server, .checkBySide0, .checkBySide1] {
      let ask = kept.dialogue[kind]
      // One that was never answered is no path's; after a hang-up nothing is owed.
      guard ask.answered > 0, ask.run >= 3, ask.last &- ask.runStart >= limits.cutoff.integer,
        ask.chanceOfRow <= limits.rowChance.value, kept.dialogue.hangUp > ask.runStart
      else { continue }
      let isClients: Bool =
        switch kind {
        case .checkBySide0: flow.clientSide == 0
        case .checkBySide1: flow.clientSide == 1
        default: kept.dialogue.asker == UInt8(flow.clientSide)
        }
      let wentOn = flow.latest.client > ask.runStart && flow.latest.server > ask.runStart
      return Claim.inconclusive(
        "requests_unanswered", seen: Double(ask.run), needed: 0,
        Phrase(
          wentOn
            ? isClients
              ? "The last {} of the client's {} requests, over {}, were not answered, though packets went on both ways: too little to say why."
              : "The last {} of the server's {} requests, over {}, were not answered, though packets went on both ways: too little to say why."
            : isClients
              ? "The last {} of the client's {} requests, over {}, were not answered, and nothing of the server came then: too little to say why."
              : "The last {} of the server's {} requests, over {}, were not answered, and nothing of the client came then: it may have gone, or its packets been dropped before this point.",
          .count(Int(ask.run)), .count(Int(ask.asked)), .duration(ask.last &- ask.runStart)))
    }
    if let quic = QUICSilence.refusal(flow, known) { return quic }
    if let few = fewAnswered(kept.dialogue, flow, limits) { return few }
    return kept.dialogue.hangUp > flow.unheard.since &+ limits.hangUp.integer ? unheard(flow, known) : nil
  }

  /// A refusal where media came and next to none of the requests that the client sent beside its own was answered: what it sends may be
  /// lost on the way, of which nothing else in its own capture tells. Of checks before the first answer the peer may not have known.
  private static func fewAnswered(
    _ dialogue: Dialogue, _ flow: FlowObservation, _ limits: Thresholds.Silence
  ) -> Judgment? {
    guard flow.hasMediaOrOpaque, flow.packets.client > 0, flow.packets.server > 0 else { return nil }
    let check = Dialogue.Kind.check(by: flow.clientSide)
    for kind in [Dialogue.Kind.server, check] where kind == check || dialogue.asker == UInt8(flow.clientSide) {
      let ask = dialogue[kind]
      guard ask.last &- ask.first >= limits.cutoff.integer, dialogue.hangUp > ask.last,
        flow.latest.server > ask.first &+ limits.span.integer
      else { continue }
      let isNever = ask.answered == 0 && Int64(ask.bins) >= limits.trials.integer
      let isSeldom =
        ask.answered > 0 && ask.firstAnswer &- ask.first <= limits.together.integer
        && Int64(ask.bins) >= 2 * limits.trials.integer
        && Self.mostAnswered(ask.answered, of: ask.asked) < limits.answeredShare.value
      guard isNever || isSeldom else { continue }
      return Claim.inconclusive(
        "requests_unanswered", seen: Double(ask.answered), needed: Double(ask.asked) * limits.answeredShare.value,
        Phrase(
          "Of the client's {} requests over {} {} were answered, while the server's packets came: what goes up may be lost on the way.",
          .count(Int(ask.asked)), .duration(ask.last &- ask.first), .count(Int(ask.answered))))
    }
    return nil
  }

  /// Upper end of the share of requests that are answered, at two deviations (Wilson's interval).
  private static func mostAnswered(_ answered: UInt32, of asked: UInt32) -> Double {
    let (n, p) = (Double(max(1, asked)), min(1, Double(answered) / Double(max(1, asked))))
    return (p + 2 / n + 2 * (p * (1 - p) / n + 1 / (n * n)).squareRoot()) / (1 + 4 / n)
  }

  /// A refusal of a flow at whose end the client alone spoke.
  private static func unheard(_ flow: FlowObservation, _ known: Circumstances) -> Judgment? {
    let limits = known.thresholds.silence
    let silence = flow.last &- flow.unheard.since
    guard Int64(flow.unheard.bins) >= limits.trials.integer, silence >= limits.cutoff.integer else { return nil }
    return Claim.inconclusive(
      "nothing_owed", seen: Claim.seconds(silence), needed: Claim.seconds(limits.cutoff.integer),
      Phrase(
        flow.asksUncounted
          ? "The server was silent for the last {}; DNS requests, SIP to what is no registrar and what it never answered are not judged."
          : "The server was silent for the last {}, and nothing that the client sent then is known to ask for an answer.",
        .duration(flow.latest.server == .min ? silence : flow.last &- flow.latest.server)))
  }
}
