internal import Flow
internal import Settings
internal import Verdict

/// Requests that were never answered.
extension Silence {
  static func neverAnswered(_ flow: FlowObservation, _ known: Circumstances) -> Judgment {
    let limits = known.thresholds.silence
    if flow.asksUncounted, flow.dialogue?.server.asked ?? 0 == 0 {
      return Claim.inconclusive(
        "one_direction", seen: 1, needed: 2,
        Phrase(
          "Only one side speaks; DNS requests, SIP to what is no registrar and what it never answered are not judged."))
    }
    guard let dialogue = flow.dialogue else {
      return Claim.inconclusive(
        "one_direction", seen: 1, needed: 2,
        Phrase("Only one side speaks, and nothing it sent is known to ask for an answer."))
    }
    let ask = dialogue.server
    let checks = dialogue[.check(by: flow.clientSide)]
    if ask.asked == 0 {
      if checks.asked > 0 {
        return Claim.inconclusive(
          "peer_candidate", seen: Double(checks.bins), needed: Double(limits.trials.integer),
          Phrase(
            "{} connectivity checks to a peer candidate were not answered; many candidates can never answer.",
            .count(Int(checks.asked))))
      }
      return Claim.inconclusive(
        "no_request", seen: 0, needed: Double(limits.trials.integer),
        Phrase("Only one side speaks, and no request that a server owes an answer to was seen."))
    }
    let span = ask.last &- ask.first
    if flow.isReflectorPort {
      return Claim.inconclusive(
        "reflector_port", seen: 0, needed: 1,
        Phrase("STUN to a reflector's port is not answered by design; reflectors answer their own hello only."))
    }
    if flow.server.isPrivate || flow.server.isMulticast {
      return Claim.inconclusive(
        "unreachable_by_design", seen: 0, needed: 1,
        Phrase("{} requests went to an address that need not answer from here.", .count(Int(ask.asked))))
    }
    if let refused = unreachable(flow, dialogue, known) { return refused }
    // Notices from the path say themselves that the silence is a filter's.
    let isProhibited = Int64(dialogue.icmpNotices) >= limits.notices.integer
    if !isProhibited, Int64(ask.bins) < limits.trials.integer {
      return Claim.inconclusive(
        "too_few_trials", seen: Double(ask.bins), needed: Double(limits.trials.integer),
        ask.asked == 1
          ? Phrase("One request was not answered: too few to say more.")
          : Phrase(
            "{} requests in {} one-second bins were not answered: too few to say more.", .count(Int(ask.asked)),
            .count(Int(ask.bins))))
    }
    if !isProhibited, span < limits.span.integer {
      return Claim.inconclusive(
        "too_short", seen: Claim.seconds(span), needed: Claim.seconds(limits.span.integer),
        Phrase(
          "{} requests within {} were not answered: too short to say more.", .count(Int(ask.asked)), .duration(span)))
    }
    if let oneSided = oneSided(flow, known) { return oneSided }
    // Behind a mirror of one of two ways: what the client goes on to send shows that answers came.
    if flow.followsAnswer || mustHaveBeenAnswered(ask, flow, limits) {
      return Claim.inconclusive(
        "one_direction", seen: 1, needed: 2,
        Phrase(
          "No answer to {} requests is in this capture, but the client went on as after one: it may have recorded one direction only.",
          .count(Int(ask.asked))))
    }
    // Whatever was agreed on with the server may have run out in a pause so long, as of a host that slept.
    if flow.answeredEarlier {
      let idle = known.thresholds.flow.udpIdle.integer
      return Claim.inconclusive(
        "idle_before_silence", seen: Claim.seconds(idle), needed: Claim.seconds(limits.natIdle.integer),
        Phrase(
          "{} requests were not answered after an idle time of more than {}; the same server had answered the same port before it: a session or a NAT binding may have expired.",
          .count(Int(ask.asked)), .duration(idle)))
    }
    let window = TimeWindow(first: ask.first, last: ask.last)
    if let own = known.around.servesOwnAddress(
      flow, during: window, margin: limits.bin.integer, slack: limits.controlOverlap.integer)
    {
      return Claim.inconclusive(
        "other_address_answered", seen: 1, needed: 0,
        Phrase(
          "{} requests were not answered, while the same server answered the same host at another address, as its socket {}: its own routing or a tunnel may have kept these from it.",
          .count(Int(ask.asked)), .endpoint(own.address, own.port)))
    }
    if let dead = deadFamily(Int(ask.asked), flow, window, known) { return dead }
    if let away = lineAway(flow, window, known) ?? uplinkAway(Int(ask.asked), flow, window, known) { return away }
    if isSparse(Int64(ask.asked), span), let chance = lossExplains(Int(ask.asked), flow, window, known) {
      return chance
    }
    if let lossy = lossyCapture(known) { return lossy }
    var judgment = Claim.finding(
      .dropped, .blackhole, .down, known.thresholds.score.blackhole,
      Phrase(
        "{} requests to {} over {} were never answered.", .count(Int(ask.asked)),
        .endpoint(flow.server, flow.serverPort), .duration(span)))
    judgment.window = window
    judgment.evidence = [unanswered(flow, ask, span)]
    addLadder(ask, .server, flow, known, to: &judgment)
    settle(
      &judgment, flow, known, trials: Int(ask.bins), window: window,
      alternatives: ["server-down", "server-policy", "routing", "enterprise-firewall"])
    if mayBePeer(flow) { judgment.leaveOpen("peer-candidate") }
    return judgment
  }

  /// Requests that any peer may get, to a port that no service is known by (IANA registry): one that opens its NAT may never
  /// answer.
  private static func mayBePeer(_ flow: FlowObservation) -> Bool {
    guard flow.requestKind == .binding, flow.application == nil, !flow.isServerRole else { return false }
    switch flow.serverPort {
    case 0..<1024, 3478...3481, 5349, 19302...19309: return false
    default: return true
    }
  }

  /// The stage signature: which request met silence (METHOD.md M2.2).
  private static func unanswered(
    _ flow: FlowObservation, _ ask: RequestTally, _ span: Int64
  ) -> Evidence {
    let code: StaticString
    let template: StaticString
    switch flow.requestKind {
    case .allocate:
      code = "u1_allocate_unanswered"
      template = "{} relay requests to {} in {} one-second bins over {}, no packet back."
    case .binding:
      code = "u2_binding_unanswered"
      template = "{} STUN requests to {} in {} one-second bins over {}, no packet back."
    case .reflectorHello:
      code = "u3_reflector_hello_unanswered"
      template = "{} reflector hellos to {} in {} one-second bins over {}, no packet back."
    case .discovery:
      code = "u17_discovery_unanswered"
      template = "{} address discoveries to {} in {} one-second bins over {}, no packet back."
    case .registration:
      code = "u16_registration_unanswered"
      template = "{} SIP requests to {} in {} one-second bins over {}, no packet back."
    }
    return Evidence(
      code,
      Phrase(
        template, .count(Int(ask.asked)), .endpoint(flow.server, flow.serverPort), .count(Int(ask.bins)),
        .duration(span)), frames: ask.unansweredFrames(from: flow.firstFrame))
  }
}
