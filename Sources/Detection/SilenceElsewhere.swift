internal import Settings
internal import Verdict

/// What else than the path may have silenced a server: the client's own line or address, loss by chance.
extension Silence {
  /// A refusal where the client's own line or address may have gone while a server was silent; nil if nothing says so.
  static func lineAway(_ flow: FlowObservation, _ window: TimeWindow, _ known: Circumstances) -> Judgment? {
    let limits = known.thresholds.silence
    if known.around.hasMoved(
      flow.client, server: flow.server, in: window, slack: limits.cutoff.integer, began: flow.first,
      beside: known.thresholds.reset.reorder.integer)
    {
      return Claim.inconclusive(
        "network_change", seen: 1, needed: 0,
        Phrase("The client moved to another address when the server fell silent."))
    }
    if let tunnel = known.around.tunnelBegun(
      flow.client, besides: flow.server, during: window, margin: limits.bin.integer,
      lead: limits.controlOverlap.integer)
    {
      return Claim.inconclusive(
        "network_change", seen: 1, needed: 0,
        Phrase(
          "A tunnel to {} began when the server and others fell silent, and goes on: what the client sends may take that way since.",
          .endpoint(tunnel.address, tunnel.port)))
    }
    if flow.packets.server > 0, let away = allAway(flow, window.first, known) { return away }
    guard
      known.around.mayHavePaused(flow.client, from: flow.server, in: window, margin: limits.bin.integer)
    else { return nil }
    return Claim.inconclusive(
      "no_control", seen: 0, needed: 1,
      Phrase(
        "Nothing else reached the client during the {} of silence, and what went on afterwards had paused as well: its own line may have been away.",
        .duration(window.last &- window.first)))
  }

  /// A refusal where nothing else came for a while from `time` on, and what others were asked meanwhile was not answered any more: those
  /// that had spoken until then, or, where nothing came for longer, a while before.
  private static func allAway(_ flow: FlowObservation, _ time: Int64, _ known: Circumstances) -> Judgment? {
    let limits = known.thresholds.silence
    for (before, length) in [(0, limits.lineGap.integer), (limits.natIdle.integer, limits.cutoff.integer)] {
      let gap = TimeWindow(first: time &+ limits.together.integer, last: time &+ length)
      guard
        known.around.othersFellSilent(with: flow, at: time, before: before, limits)
          || before == 0 && known.around.allFellSilent(with: flow, at: time, limits),
        !known.around.isReached(flow.client, during: gap, margin: 0)
      else { continue }
      return Claim.inconclusive(
        "no_control", seen: 0, needed: 1,
        Phrase(
          "Servers elsewhere were silent as well, and nothing reached the client for {}: its own line may have been away.",
          .duration(length)))
    }
    return nil
  }

  /// A refusal where a path that carried no media fell silent while media went on over another path of the same socket: peers and
  /// relays answer no more on what was not chosen (RFC 8445 section 8.3).
  static func unusedPath(_ flow: FlowObservation, _ window: TimeWindow, _ known: Circumstances) -> Judgment? {
    if known.around.isLeft(flow.firstFrame) {
      return Claim.inconclusive(
        "path_left", seen: 1, needed: 0,
        Phrase(
          "The server was silent here for the last {}, while the source of its media went on at another address of this host: it had left.",
          .duration(window.last &- window.first)))
    }
    guard flow.clientPort != 0 else { return nil }
    let pause = known.thresholds.calls.mediaPause.integer
    let elsewhere = known.around.mediaElsewhere(
      Socket(flow.client, flow.clientPort), besides: flow.firstFrame, during: window, pause: pause)
    // One that nobody had used before the silence began.
    if flow.isPeerPath, elsewhere.contains(where: { $0.isPeer && $0.opened >= window.first &- pause }) {
      return Claim.inconclusive(
        "peer_moved", seen: 1, needed: 0,
        Phrase(
          "The peer was silent here for the last {}, while media went on with another address that then appeared.",
          .duration(window.last &- window.first)))
    }
    // Media that ran here until then show that the path was in use.
    let isInUse = flow.hasMediaOrOpaque && flow.lastMedia >= window.first &- pause
    if isInUse || elsewhere.isEmpty { return nil }
    return Claim.inconclusive(
      "path_not_chosen", seen: 0, needed: 1,
      Phrase(
        "The server was silent for the last {}, while the call's media went on over another path of this socket: nobody owes answers on a path that was not chosen.",
        .duration(window.last &- window.first)))
  }

  /// A refusal where nothing at all worked over IPv6: a dead IPv6 attempt beside working IPv4 is the everyday case of RFC 8305.
  static func deadFamily(
    _ requests: Int, _ flow: FlowObservation, _ window: TimeWindow, _ known: Circumstances
  ) -> Judgment? {
    guard flow.server.family == .v6, !known.around.hasAnswer(flow.client, besides: flow.server, in: window) else {
      return nil
    }
    return Claim.inconclusive(
      "ipv6_path", seen: 0, needed: 1,
      Phrase("{} requests over IPv6 were not answered, and nothing else worked over IPv6.", .count(requests)))
  }

  /// A refusal where the client may hear and not be heard: packets came, and what it asked of others meanwhile was not answered
  /// either. `isNeeded`: somebody else must have answered it, for what it sent alone is missing.
  static func uplinkAway(
    _ requests: Int, _ flow: FlowObservation, _ window: TimeWindow, _ known: Circumstances, isNeeded: Bool = false
  ) -> Judgment? {
    let margin = known.thresholds.silence.bin.integer
    if known.around.isHeard(flow.client, besides: flow.server, during: window, margin: margin) { return nil }
    if known.around.othersAreUnheard(flow.client, besides: flow.server, during: window, margin: margin) {
      // Where nothing came at all the line may be away as a whole, which is told as that.
      guard isNeeded || known.around.isReached(flow.client, during: window, margin: margin) else { return nil }
      return Claim.inconclusive(
        "no_control", seen: 0, needed: 1,
        Phrase(
          "{} requests over {} were not answered, and neither was what the client sent to others: its own line may have lost what it sent.",
          .count(requests), .duration(window.last &- window.first)))
    }
    guard isNeeded else { return nil }
    return Claim.inconclusive(
      "no_control", seen: 0, needed: 1,
      Phrase(
        "{} requests over {} were not answered, and nothing shows that what the client sent reached anybody meanwhile: its own line may have lost it.",
        .count(requests), .duration(window.last &- window.first)))
  }

  /// A refusal where so many requests may have gone unanswered by the loss that this client's calls had meanwhile.
  static func lossExplains(
    _ requests: Int, _ flow: FlowObservation, _ window: TimeWindow, _ known: Circumstances
  ) -> Judgment? {
    if let full = lineFull(requests, flow, window, known) { return full }
    // A line that loses much of everything loses requests too: a few in a row are no silence then.
    let loss = known.around.roundTripLoss(of: flow.client, in: window)
    var chance = 1.0
    for _ in 0..<min(requests, 64) { chance *= loss }
    guard chance >= known.thresholds.grade.probability.value else { return nil }
    return Claim.inconclusive(
      "loss_explains_silence", seen: chance, needed: known.thresholds.grade.probability.value,
      Phrase(
        "{} requests were not answered, while {} of the round trips of this client's calls failed: that may be chance.",
        .count(requests), .share(loss)))
  }

  /// A refusal where a queue on the client's line was full meanwhile. What is sent now and then meets it full more often than
  /// the steady packets that fill it, and the direction that the capture cannot see may be as full: their loss bounds
  /// nothing. So few requests prove nothing then, however little the calls lost.
  static func lineFull(
    _ requests: Int, _ flow: FlowObservation, _ window: TimeWindow, _ known: Circumstances
  ) -> Judgment? {
    if known.around.crowded.contains(flow.client) {
      return Claim.inconclusive(
        "losses_unexamined", seen: Double(requests), needed: 1,
        Phrase(
          "{} requests were not answered, but this client's calls and transfers lost more packets than are looked at: its line may have lost these too.",
          .count(requests)))
    }
    let limits = known.thresholds
    if known.around.roundTripLoss(of: flow.client, in: window) >= limits.power.lossShare.value,
      let growth = known.around.roundTripGrowth(
        of: flow.client, in: window, slack: limits.silence.cutoff.integer),
      growth >= limits.silence.waited.value
    {
      return Claim.inconclusive(
        "line_full", seen: growth, needed: limits.silence.waited.value,
        Phrase(
          "{} requests were not answered, while other round trips of this client took {} longer than at best and its calls lost packets.",
          .count(requests), Claim.duration(growth / 1000)))
    }
    let delay = known.around.delayAtLosses(of: flow.client, in: window)
    guard delay >= limits.cap.queue.value else { return nil }
    return Claim.inconclusive(
      "line_full", seen: delay, needed: limits.cap.queue.value,
      Phrase(
        "{} requests were not answered, while a queue of {} on this client's line was full and lost packets.",
        .count(requests), Claim.duration(delay / 1000)))
  }

  /// The same where the flow's own last answer, before a silence that lasts to its end, shows a queue in either direction.
  static func queueBefore(_ requests: Int, _ flow: FlowObservation, _ known: Circumstances) -> Judgment? {
    let waited = known.thresholds.silence.waited.value
    guard flow.roundTripGrowth >= waited else { return nil }
    return Claim.inconclusive(
      "queue_before_silence", seen: flow.roundTripGrowth, needed: waited,
      Phrase(
        "{} requests were not answered, but the answer before them took {} longer than the fastest: a full queue loses requests too.",
        .count(requests), Claim.duration(flow.roundTripGrowth / 1000)))
  }
}
