internal import Flow
internal import Settings
internal import Verdict

/// Silence of one way, or of media alone.
extension Silence {
  // MARK: One way

  static func oneWay(
    _ flow: FlowObservation, _ state: UDPState, _ known: Circumstances
  ) -> Judgment? {
    let limits = known.thresholds.silence
    guard flow.isPeerPath || flow.hasMediaOrOpaque, let kept = flow.kept else { return nil }
    // To a peer our checks; through a relay our requests to it, while it goes on forwarding.
    let bySelf = kept.dialogue.asker == UInt8(flow.clientSide)
    guard flow.isPeerPath || bySelf && flow.hasMediaOrOpaque else { return nil }
    let checks = kept.dialogue[flow.isPeerPath ? .check(by: flow.clientSide) : .server]
    let theirs = state.sides[1 - flow.clientSide]
    // The peer goes on sending, and our checks, answered before, are answered no more: what we send does not arrive.
    guard checks.answered > 0, checks.run > 1, checks.last &- checks.runStart >= limits.cutoff.integer,
      Int64(checks.runBins) >= limits.trials.integer, theirs.last &- checks.runStart >= limits.cutoff.integer,
      kept.dialogue.hangUp > checks.runStart
    else { return nil }
    // Of a path that loses packets at random answers are missing too, and several in a row by chance.
    guard checks.chanceOfRow <= limits.rowChance.value, (flow.media.server.loss ?? 0) < limits.oneWayLoss.value
    else { return nil }
    if let refused = unreachable(flow, kept.dialogue, since: checks.runStart, answered: checks.lastAnswer, known) {
      return refused
    }
    if let lossy = lossyCapture(known) { return lossy }
    // A peer that gets no answers either must stop: that it went on for longer shows that something of ours arrived, as
    // behind a policer whose empty bucket passes media now and then and hardly ever a check.
    if flow.isPeerPath, theirs.last &- checks.runStart > limits.consent.integer {
      return Claim.inconclusive(
        "peer_consents", seen: Claim.seconds(theirs.last &- checks.runStart),
        needed: Claim.seconds(limits.consent.integer),
        Phrase(
          "{} connectivity checks over {} were not answered, but the peer sent for {} after the first of them: it must have had answers to its own (RFC 7675).",
          .count(Int(checks.run)), .duration(checks.last &- checks.runStart), .duration(theirs.last &- checks.runStart))
      )
    }
    let window = TimeWindow(first: checks.runStart, last: checks.last)
    // Checks through the relay that were answered meanwhile went up and came down.
    let through = kept.dialogue[.check(by: flow.clientSide)]
    if !flow.isPeerPath, through.lastAnswer >= window.first &+ limits.cutoff.integer {
      return Claim.inconclusive(
        "relay_busy", seen: Double(checks.run), needed: 0,
        Phrase(
          "{} requests to the relay were not answered, but checks of the peer through it were: the way up was open.",
          .count(Int(checks.run))))
    }
    if let away = uplinkAway(Int(checks.run), flow, window, known, isNeeded: true) { return away }
    if let full = lineFull(Int(checks.run), flow, window, known) { return full }
    if let queue = queueBefore(Int(checks.run), flow, known) { return queue }
    var judgment = Claim.finding(
      .dropped, .oneWay, .up, known.thresholds.score.cutoff,
      Phrase(
        flow.isPeerPath
          ? "{} connectivity checks over {} were not answered while the peer went on sending."
          : "{} requests to the relay over {} were not answered while it went on sending.", .count(Int(checks.run)),
        .duration(checks.last &- checks.runStart)))
    judgment.window = window
    judgment.evidence = [
      Evidence(
        flow.isPeerPath ? "u7_unanswered_checks" : "u7_unanswered_requests",
        Phrase(
          "{} requests in {} one-second bins, while the other direction went on.", .count(Int(checks.run)),
          .count(Int(checks.runBins))),
        frames: checks.unansweredFrames(from: flow.firstFrame))
    ]
    settle(
      &judgment, flow, known, trials: Int(checks.runBins), window: window,
      alternatives: flow.isPeerPath
        ? ["peer-application", "routing", "bandwidth-cap"] : ["server-busy", "peer-application", "routing"])
    return judgment
  }

  // MARK: Media missing beside a living path

  static func missingMedia(
    _ flow: FlowObservation, _ known: Circumstances
  ) -> Judgment? {
    let limits = known.thresholds.silence
    guard flow.isPeerPath || flow.isServerRole, let kept = flow.kept else { return nil }
    let mine = flow.media.client
    let theirs = flow.media.server
    let checks = kept.dialogue[.check(by: flow.clientSide)]
    // The path lives: our checks, through a relay too, go on being answered by the peer during our media. Its media and
    // its RTCP, which even a silent receiver sends, never came.
    // Media under DTLS's keys is sent after its handshake: that it was seen both ways suffices where a cut frame hides its
    // end.
    let isSecured =
      flow.isSecured || kept.dialogue.handshakeRecords[0] > 0 && kept.dialogue.handshakeRecords[1] > 0
    guard mine.span >= limits.mediaSpan.integer, theirs.packets == 0, theirs.control == 0, !flow.hasOpaqueMedia,
      isSecured, checks.lastAnswer >= mine.first &+ limits.span.integer, kept.dialogue.hangUp > mine.last
    else { return nil }
    let window = TimeWindow(first: mine.first, last: mine.last)
    if let agreed = agreedOneWay(flow, window, known) { return agreed }
    if let lossy = lossyCapture(known) { return lossy }
    var judgment = Claim.finding(
      .dropped, .blackhole, .down, known.thresholds.score.blackhole,
      Phrase(
        "The client sent {} media packets over {}; connectivity checks were answered, but no media and no RTCP came back.",
        .count(Int(mine.packets)), .duration(mine.span)))
    judgment.scope = .media
    judgment.window = window
    judgment.evidence = [
      Evidence(
        "media_without_answer",
        Phrase(
          "{} RTP packets out, 0 RTP and 0 RTCP packets in; {} checks answered.", .count(Int(mine.packets)),
          .count(Int(checks.answered))))
    ]
    let trials = Int(min(mine.span / limits.bin.integer, 10_000))
    settle(
      &judgment, flow, known, trials: trials, window: window,
      alternatives: ["peer-application", "peer-microphone-off"])
    return judgment
  }

  /// A refusal where the call's session descriptions agreed on media from the client alone; nil if some were due to it.
  private static func agreedOneWay(
    _ flow: FlowObservation, _ window: TimeWindow, _ known: Circumstances
  ) -> Judgment? {
    let limits = known.thresholds.silence
    let due = known.around.agreed.due(
      from: Socket(flow.server, flow.serverPort), to: Socket(flow.client, flow.clientPort), in: window)
    guard due < limits.mediaSpan.integer else { return nil }
    return Claim.inconclusive(
      "one_way_agreed", seen: Claim.seconds(due), needed: Claim.seconds(limits.mediaSpan.integer),
      Phrase(
        "The client sent {} media packets over {} and got none; the call's session descriptions ask for media one way only, as with a recorder or on hold.",
        .count(Int(flow.media.client.packets)), .duration(window.last &- window.first)))
  }
}
