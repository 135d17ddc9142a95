public import Flow
internal import Settings
public import Verdict

/// Silence on a UDP flow: never answered (`blackhole`), worked and then nothing for good (`cutoff`), one direction
/// unanswered while the other goes on (`one-way`), media missing beside a living path.
///
/// Claims: requests that a server role owes an answer to, or a path that had worked, met silence for longer than their
/// protocol allows. Cannot tell apart: a filter by address, port, payload or state; a dead server, a route that is gone,
/// a peer that vanished without a word. Those are named as alternatives and hold the grade at `consistent`
/// (METHOD.md M2.3, 2.6, 6.1).
public enum Silence {
  /// Judges a UDP flow; nil if nothing in it was silent.
  public static func judge(
    _ flow: FlowObservation, _ state: UDPState, _ known: Circumstances
  ) -> Judgment? {
    if flow.packets.server == 0 { return UnansweredInitials.judge(flow, known) ?? neverAnswered(flow, known) }
    let judgment = heard(flow, state, known)
    guard flow.client == flow.server || flow.client.isLoopback || flow.server.isLoopback else { return judgment }
    guard let judgment, judgment.isFinding, judgment.outcome == .dropped else { return nil }
    return Claim.inconclusive(
      "unreachable_by_design", seen: 0, needed: 1,
      Phrase(
        "Both ends are one host, and no network lies between them: its own program or packet filter went silent."))
  }

  /// Of a flow that both sides spoke on.
  private static func heard(_ flow: FlowObservation, _ state: UDPState, _ known: Circumstances) -> Judgment? {
    // Without requests nobody owes an answer.
    if flow.packets.client == 0 || flow.dialogues.isEmpty { return nil }
    if let judgment = cutOff(flow, state, known) { return judgment }
    if let judgment = oneWay(flow, state, known) { return judgment }
    if let judgment = MissingHandshake.judge(flow, known) { return judgment }
    if let judgment = missingMedia(flow, known) { return judgment }
    if let judgment = EndedSilence.judge(flow, state, known), judgment.isFinding { return judgment }
    return nil
  }

  /// True if the flow has enough unanswered requests to be tested at all.
  public static func isCandidate(_ flow: FlowObservation, _ known: Circumstances) -> Bool {
    guard flow.packets.server == 0, let dialogue = flow.dialogue else { return false }
    return Int64(dialogue.server.bins) >= known.thresholds.silence.trials.integer
  }

  // MARK: Cut off

  private static func cutOff(
    _ flow: FlowObservation, _ state: UDPState, _ known: Circumstances
  ) -> Judgment? {
    let limits = known.thresholds.silence
    let mine = state.sides[flow.clientSide]
    let theirs = state.sides[1 - flow.clientSide]
    guard mine.run > 0, theirs.last != .min, let dialogue = flow.dialogue else { return nil }
    let quic = QUICSilence(flow).flatMap { $0.asked >= limits.span.integer ? $0 : nil }
    // From the client's first packet that was not answered: between sparse keep-alives nobody owes anything.
    let since = quic?.since ?? mine.runStart
    let silence = mine.last &- since
    // Of the server's pauses those count in which the client waited: where it asked nothing, nothing was owed.
    let owed = max(limits.cutoff.integer, Int64(limits.gapFactor.value) &* theirs.longestWait)
    guard silence >= limits.cutoff.integer else { return nil }
    // After a hang-up nothing is owed: a client may chatter on for a moment, and checks may run to their end.
    if dialogue.hangUp != .max, dialogue.hangUp <= theirs.last &+ limits.hangUp.integer { return nil }
    // What a peer behind a relay answers is a matter of the call, not of the path to the relay.
    let checks =
      flow.isPeerPath ? dialogue[.check(by: flow.clientSide)] : RequestTally()
    let server = dialogue.asker == UInt8(flow.clientSide) ? dialogue.server : RequestTally()
    // Worked before: an answered check or request, or media both ways.
    let worked =
      checks.answered > 0 || server.answered > 0 || (flow.media.client.packets > 0 && flow.media.server.packets > 0)
      || quic != nil
    guard worked else { return nil }
    // What was asked just before the capture ended was not left unanswered.
    // To what never answered any, as a peer that knows no STUN, nothing is owed; a relay's answers may be cut off.
    let serverRun =
      server.run > 0 && (server.answered > 0 || flow.isServerRole) && server.last > theirs.last
      && known.around.end &- server.runStart > limits.bin.integer
    // What was answered once is asked every 10 s of a reflector, answered or not.
    if serverRun, flow.requestKind != .reflectorHello, mustHaveBeenAnswered(server, flow, limits) {
      return Claim.inconclusive(
        "one_direction", seen: 1, needed: 2,
        Phrase(
          "Nothing of the server is in the capture for the last {}, but the client repeated none of its {} requests: the capture may have lost that direction.",
          .duration(silence), .count(Int(server.run))))
    }
    let checkRun = checks.run > 1 && checks.last >= theirs.last &+ limits.span.integer
    guard serverRun || checkRun || quic != nil else {
      if let behind = behindRelay(flow, dialogue, theirs.last, known) { return behind }
      return Claim.inconclusive(
        "nothing_owed", seen: Claim.seconds(silence), needed: Claim.seconds(limits.cutoff.integer),
        Phrase(
          flow.asksUncounted
            ? "The server was silent for the last {}; DNS requests, SIP to what is no registrar and what it never answered are not judged."
            : "The server was silent for the last {}, and nothing that the client sent then asks for an answer.",
          .duration(mine.last &- theirs.last)))
    }
    let answer = max(checks.lastAnswer, server.lastAnswer)
    if let refused = unreachable(flow, dialogue, since: mine.runStart, answered: answer, known) { return refused }
    let idle = max(mine.runStart &- theirs.last, quic?.pause ?? 0)
    if idle > limits.natIdle.integer {
      return Claim.inconclusive(
        "idle_before_silence", seen: Claim.seconds(idle), needed: Claim.seconds(limits.natIdle.integer),
        Phrase("The flow was idle for {} before the silence: a NAT binding may have expired.", .duration(idle)))
    }
    // Keep-alives with nothing else to say: a binding or allocation that ran out looks the same.
    if !flow.hasMediaOrOpaque, quic == nil, Int64(mine.runBins) < limits.trials.integer {
      return Claim.inconclusive(
        "too_few_trials", seen: Double(mine.runBins), needed: Double(limits.trials.integer),
        Phrase("Keep-alives in the last {} were not answered: too few to say more.", .duration(silence)))
    }
    if Int64(mine.runBins) < limits.trials.integer || silence < owed {
      return Claim.inconclusive(
        "too_few_trials", seen: Double(mine.runBins), needed: Double(limits.trials.integer),
        Phrase("The server was silent for the last {}: too short to say more.", .duration(silence)))
    }
    let window = TimeWindow(first: since, last: mine.last)
    let asked = Int(serverRun ? server.run : checkRun ? checks.run : mine.run)
    // Whoever answers has been asked: what asked is not in the capture. A request that came before may be answered late.
    if dialogue.answersToUnseen[flow.clientSide].before > mine.runStart &+ limits.bin.integer {
      return Claim.inconclusive(
        "one_direction", seen: 1, needed: 2,
        Phrase(
          "Nothing of the server is in the capture for the last {}, but the client went on answering its requests: the capture may have lost that direction.",
          .duration(silence)))
    }
    if let quic, !quic.isProbing(flow, limits) {
      return Claim.inconclusive(
        "one_direction", seen: Claim.seconds(quic.pause),
        needed: Claim.seconds(Int64(limits.probeShare.value * Double(quic.asked &+ quic.pause))),
        Phrase(
          "Nothing of the server is in the capture for the last {}, but the client of this QUIC connection sent on, and not at the growing pauses of probes alone: the capture may have lost that direction.",
          .duration(silence)))
    }
    // A QUIC client whose packets are not acknowledged pauses by itself.
    if quic == nil,
      let gap = CaptureLoss.refusal(holeBeforeSilence: theirs.last, run: UInt64(mine.run), flow, known)
    {
      return gap
    }
    if let moved = remapped(flow, window, known) { return moved }
    if let unused = unusedPath(flow, window, known) { return unused }
    if let dead = deadFamily(asked, flow, window, known) { return dead }
    if let away = lineAway(flow, window, known) ?? uplinkAway(asked, flow, window, known) { return away }
    // Media that went both ways are not lost by chance for seconds; a few answers to keep-alives are, on a path that the
    // call has left.
    if isSparse(Int64(mine.run), silence),
      let chance = lossExplains(asked, flow, window, known) ?? queueBefore(asked, flow, known)
        ?? earlierLosses((serverRun ? [server] : []) + (checkRun ? [checks] : []), limits)
    {
      return chance
    }
    if let lossy = lossyCapture(known) { return lossy }
    var judgment = Claim.finding(
      .dropped, .cutoff, .down, known.thresholds.score.cutoff,
      Phrase(
        "{} answered for {}, then nothing came while the client sent {} packets over {}.",
        .endpoint(flow.server, flow.serverPort), .duration(theirs.last &- flow.first), .count(Int(mine.run)),
        .duration(silence)))
    judgment.window = window
    judgment.evidence = [
      Evidence(
        "u6_silence_after_exchange",
        Phrase(
          "{} packets in {} one-second bins after the server's last, until {} behind it.", .count(Int(mine.run)),
          .count(Int(mine.runBins)), .duration(mine.last &- theirs.last)),
        frames: [flow.firstFrame + UInt64(mine.runFrame)])
    ]
    if serverRun {
      judgment.evidence.append(
        Evidence(
          "unanswered_requests",
          Phrase("The last {} requests were not answered by the server.", .count(Int(server.run))),
          frames: server.unansweredFrames(from: flow.firstFrame)))
      addLadder(server, .server, flow, known, to: &judgment)
    }
    if checkRun {
      judgment.evidence.append(
        Evidence(
          "unanswered_checks",
          Phrase("The last {} connectivity checks were not answered.", .count(Int(checks.run))),
          frames: checks.unansweredFrames(from: flow.firstFrame)))
    }
    if quic != nil {
      judgment.evidence.append(
        Evidence(
          "quic_unanswered",
          Phrase(
            "{} packets of a QUIC connection past its handshake: what is sent to silence is data and probes, which ask for an answer (RFC 9000).",
            .count(Int(mine.run)))))
    }
    settle(
      &judgment, flow, known, trials: Int(mine.runBins), window: window,
      alternatives: (quic != nil ? ["server-down"] : whoMayBeGone(flow, Int(serverRun ? server.run : 0)))
        + ["routing"])
    // The client's share of bytes before the silence by its packets; headers of IP and UDP aside.
    let before = flow.packets.client - min(flow.packets.client, UInt64(mine.run))
    let packets = before + flow.packets.server
    let bytes = Double(flow.bytes.client) * Double(before) / Double(flow.packets.client) + Double(flow.bytes.server)
    let headers = Double(packets) * Double(flow.datagramHeaders)
    Freeze.mark(
      &judgment, flow, .udp, packets: packets, payload: UInt64(max(0, bytes - headers)),
      lastAnswer: theirs.last, longestGap: theirs.longestGap, since: since,
      frame: flow.firstFrame + UInt64(mine.runFrame), known)
    return judgment
  }

  /// A refusal where nothing but checks of a peer through the relay was left unanswered; nil if there were none. `last`: the
  /// relay's last packet, ns since the epoch.
  private static func behindRelay(
    _ flow: FlowObservation, _ dialogue: Dialogue, _ last: Int64, _ known: Circumstances
  ) -> Judgment? {
    let checks = dialogue[.check(by: flow.clientSide)]
    guard !flow.isPeerPath, checks.answered > 0, checks.run > 1,
      checks.last >= last &+ known.thresholds.silence.span.integer
    else { return nil }
    return Claim.inconclusive(
      "peer_behind_relay", seen: Double(checks.run), needed: 0,
      Phrase(
        "{} worked for {}, then nothing came through it for the last {}: {} checks of the peer behind it, answered before, were not answered any more. The peer may have left, or the way to the relay be cut.",
        .endpoint(flow.server, flow.serverPort), .duration(last &- flow.first), .duration(flow.last &- last),
        .count(Int(checks.run))))
  }

  /// Whether requests that the client did not repeat were answered. Discord's questions and WhatsApp's requests are not known to be
  /// repeated.
  static func mustHaveBeenAnswered(_ ask: RequestTally, _ flow: FlowObservation, _ limits: Thresholds.Silence) -> Bool {
    flow.requestKind != .discovery && flow.application != .whatsapp
      && ask.wasAnswered(pause: limits.requestPause.integer)
  }

  /// Whose end explains the silence as well: a server's that owes answers; a peer's, whose media come through a relay that may
  /// have lost one request by chance.
  private static func whoMayBeGone(_ flow: FlowObservation, _ requests: Int) -> [StaticString] {
    // Who answers checks and asks none itself is a server (RFC 8445 section 2.5: lite).
    if flow.isPeerPath, let dialogue = flow.dialogue, dialogue[.check(by: 1 - flow.clientSide)].asked == 0 {
      return ["server-down", "peer-gone"]
    }
    if flow.isPeerPath || requests == 0 { return ["peer-gone"] }
    if flow.isServerRole { return requests == 1 ? ["server-down", "peer-gone"] : ["server-down"] }
    return flow.hasMediaOrOpaque ? ["peer-gone", "server-down"] : ["server-down", "peer-gone"]
  }

  // MARK: Shared parts

  /// Names the retransmission schedule that the requests kept to.
  static func addLadder(
    _ ask: RequestTally, _ kind: Dialogue.Kind, _ flow: FlowObservation, _ known: Circumstances,
    to judgment: inout Judgment
  ) {
    if let ladder = Ladder.evidence(ask, kind, flow.requestKind, end: known.around.end) {
      judgment.evidence.append(ladder)
    }
  }

  /// Fewer than two packets a second: requests and keep-alives, no media.
  static func isSparse(_ packets: Int64, _ span: Int64) -> Bool { packets &* 1_000_000_000 < 2 &* span }

  /// `since`: when the silence began. An error that comes much later than it, as from a peer that hung up in the end, explains
  /// nothing of what was silent before, nor does one after which requests were answered: the latest at `answer`.
  static func unreachable(
    _ flow: FlowObservation, _ dialogue: Dialogue, since start: Int64 = .max, answered answer: Int64 = .min,
    _ known: Circumstances
  ) -> Judgment? {
    let limits = known.thresholds.silence
    if !dialogue.isProhibited, let cut = cutError(flow, .udp, since: start, answered: answer, known) { return cut }
    guard dialogue.hasError(after: answer, margin: limits.span.integer),
      dialogue.icmpFromSide0 != (flow.clientSide == 0), !dialogue.isProhibited
    else { return nil }
    if start != .max, dialogue.icmpTime != .max, dialogue.icmpTime &- start >= limits.cutoff.integer { return nil }
    var judgment = Claim.inconclusive(
      "icmp_error", seen: Double(dialogue.icmpErrors), needed: 0,
      Phrase(
        "An ICMP error (type {}, code {}) explains the silence.", .count(Int(dialogue.icmpType)),
        .count(Int(dialogue.icmpCode))))
    judgment.evidence = [
      Evidence(
        "icmp_error", Phrase("{} ICMP errors quote packets of this flow.", .count(Int(dialogue.icmpErrors))),
        frames: [dialogue.icmpFrame])
    ]
    return judgment
  }

  /// A refusal where requests of the kinds that went unanswered had gone so before, as many as may have made these rows by chance.
  private static func earlierLosses(_ kinds: [RequestTally], _ limits: Thresholds.Silence) -> Judgment? {
    let rows = kinds.filter { $0.run > 0 && $0.answered > 0 }
    guard !rows.isEmpty else { return nil }
    let chance = rows.reduce(1.0) { $0 * $1.chanceOfRow }
    let lost = rows.reduce(0) { $0 + Int($1.before.lost) }
    // Of few requests of which none was lost the chance says little of the path, and much of their number.
    guard lost > 0, chance > limits.rowChance.value else { return nil }
    return Claim.inconclusive(
      "loss_explains_silence", seen: chance, needed: limits.rowChance.value,
      Phrase(
        "The last {} requests were not answered, as {} of the {} before them were not: that may be chance.",
        .count(rows.reduce(0) { $0 + Int($1.run) }), .count(lost),
        .count(rows.reduce(0) { $0 + Int($1.before.asked) })))
  }

  /// The same of an error of which the capture holds too little to say what it is about: of what is there it may be this flow.
  static func cutError(
    _ flow: FlowObservation, _ transport: Transport, since start: Int64 = .max, answered answer: Int64 = .min,
    _ known: Circumstances
  ) -> Judgment? {
    let limits = known.thresholds.silence
    guard
      let cut = known.around.cutErrors.first(
        about: flow, transport, after: answer, margin: limits.span.integer),
      start == .max || cut.window.first &- start < limits.cutoff.integer
    else { return nil }
    var judgment = Claim.inconclusive(
      "icmp_error", seen: Double(cut.count), needed: 0,
      Phrase("An ICMP error may explain the silence: the capture cut it in front of the ports that it quotes."))
    judgment.evidence = [
      Evidence(
        "icmp_error",
        Phrase("{} ICMP errors, cut short, may quote packets of this flow.", .count(Int(clamping: cut.count))),
        frames: [cut.frame])
    ]
    return judgment
  }

  /// A refusal where the client was seen under another address or port when the silence began.
  static func remapped(_ flow: FlowObservation, _ window: TimeWindow, _ known: Circumstances) -> Judgment? {
    let slack = known.thresholds.silence.cutoff.integer
    let around = TimeWindow(first: window.first &- slack, last: window.first &+ slack)
    guard let change = known.around.newMapping(of: flow, in: around) else { return nil }
    return Claim.inconclusive(
      "mapping_changed", seen: Claim.seconds(change &- window.first), needed: 0,
      Phrase(
        "A STUN server saw the client under another address or port from about then on: a line with a new address, or a NAT that mapped it anew. Whoever knew it by the old one is silent to the new."
      ))
  }

  /// A refusal where the capture may lack what came to the client; nil if nothing says so.
  static func oneSided(_ flow: FlowObservation, _ known: Circumstances) -> Judgment? {
    if known.around.isOneSided(flow.client) {
      return Claim.inconclusive(
        "one_sided_capture", seen: 0, needed: 1,
        Phrase("No inbound frame at all is in this capture: it may have recorded one direction only."))
    }
    guard known.around.halfHeardClients.contains(flow.client) else { return nil }
    return Claim.inconclusive(
      "one_sided_capture", seen: 1, needed: 2,
      Phrase(
        "The client acknowledged what servers sent on connections of which this capture holds one direction only: it may lack these answers too."
      ))
  }

  /// What is said where the capture itself dropped packets; nil if it did not.
  public static func lossyCapture(_ known: Circumstances) -> Judgment? {
    guard let drops = known.around.drops, drops > 0 else { return nil }
    return Claim.inconclusive(
      "capture_drops", seen: Double(drops), needed: 0,
      Phrase("The capture itself dropped {} packets: silence may be its own.", .count(Int(clamping: drops))))
  }
}
