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
    return Int64(dialogue[.server].bins) >= known.thresholds.silence.trials.integer
  }

  // MARK: Never answered

  private static func neverAnswered(
    _ flow: FlowObservation, _ known: Circumstances
  ) -> Judgment {
    let limits = known.thresholds.silence
    guard let dialogue = flow.dialogue else {
      return Claim.inconclusive(
        "one_direction", seen: 1, needed: 2,
        Phrase("Only one side speaks, and nothing it sent is known to ask for an answer."))
    }
    let ask = dialogue[.server]
    let checks = dialogue[flow.clientSide == 0 ? .checkBySide0 : .checkBySide1]
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
    if let refused = unreachable(flow, dialogue) { return refused }
    // Notices from the path say themselves that the silence is a filter's.
    let isProhibited = Int64(dialogue.icmpNotices) >= limits.notices.integer
    if !isProhibited, Int64(ask.bins) < limits.trials.integer {
      return Claim.inconclusive(
        "too_few_trials", seen: Double(ask.bins), needed: Double(limits.trials.integer),
        Phrase(
          "{} requests in {} one-second bins were not answered: too few to say more.", .count(Int(ask.asked)),
          .count(Int(ask.bins))))
    }
    if !isProhibited, span < limits.span.integer {
      return Claim.inconclusive(
        "too_short", seen: Claim.seconds(span), needed: Claim.seconds(limits.span.integer),
        Phrase(
          "{} requests within {} were not answered: too short to say more.", .count(Int(ask.asked)), .duration(span)))
    }
    if known.around.isOneSided(flow.client) { return oneSided() }
    // Behind a mirror of one of two ways: what the client goes on to send shows that answers came.
    if flow.followsAnswer {
      return Claim.inconclusive(
        "one_direction", seen: 1, needed: 2,
        Phrase(
          "No answer to {} requests is in this capture, but the client went on as after one: it may have recorded one direction only.",
          .count(Int(ask.asked))))
    }
    let window = TimeWindow(first: ask.first, last: ask.last)
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
      alternatives: isProhibited
        ? ["enterprise-firewall", "server-policy"] : ["server-down", "routing", "enterprise-firewall"])
    return judgment
  }

  /// Names the retransmission schedule that the requests kept to.
  static func addLadder(
    _ ask: RequestTally, _ kind: Dialogue.Kind, _ flow: FlowObservation, _ known: Circumstances,
    to judgment: inout Judgment
  ) {
    if let ladder = Ladder.evidence(ask, kind, flow.requestKind, end: known.around.end) {
      judgment.evidence.append(ladder)
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
      template = "{} relay requests to {} in {} one-second bins over {}, no packet back (U1)."
    case .binding:
      code = "u2_binding_unanswered"
      template = "{} STUN requests to {} in {} one-second bins over {}, no packet back (U2)."
    case .reflectorHello:
      code = "u3_reflector_hello_unanswered"
      template = "{} reflector hellos to {} in {} one-second bins over {}, no packet back (U3)."
    }
    return Evidence(
      code,
      Phrase(
        template, .count(Int(ask.asked)), .endpoint(flow.server, flow.serverPort), .count(Int(ask.bins)),
        .duration(span)), frames: ask.unansweredFrames(from: flow.firstFrame))
  }

  // MARK: Cut off

  private static func cutOff(
    _ flow: FlowObservation, _ state: UDPState, _ known: Circumstances
  ) -> Judgment? {
    let limits = known.thresholds.silence
    let mine = state.sides[flow.clientSide]
    let theirs = state.sides[1 - flow.clientSide]
    guard mine.run > 0, theirs.last != .min, let dialogue = flow.dialogue else { return nil }
    // From the client's first packet that was not answered: between sparse keep-alives nobody owes anything.
    let silence = mine.last &- mine.runStart
    // Of the server's pauses those count in which the client waited: where it asked nothing, nothing was owed.
    let owed = max(limits.cutoff.integer, Int64(limits.gapFactor.value) &* theirs.longestWait)
    guard silence >= limits.cutoff.integer else { return nil }
    // After a hang-up nothing is owed: a client may chatter on for a moment, and checks may run to their end.
    if dialogue.hangUp != .max, dialogue.hangUp <= theirs.last &+ limits.hangUp.integer { return nil }
    // What a peer behind a relay answers is a matter of the call, not of the path to the relay.
    let checks =
      flow.isPeerPath ? dialogue[flow.clientSide == 0 ? .checkBySide0 : .checkBySide1] : RequestTally()
    let server = dialogue.asker == UInt8(flow.clientSide) ? dialogue[.server] : RequestTally()
    // Worked before: an answered check or request, or media both ways.
    let worked =
      checks.answered > 0 || server.answered > 0 || (flow.media.client.packets > 0 && flow.media.server.packets > 0)
    guard worked else { return nil }
    // What was asked just before the capture ended was not left unanswered.
    let serverRun =
      server.run > 0 && server.last > theirs.last && known.around.end &- server.runStart > limits.bin.integer
    let checkRun = checks.run > 1 && checks.last >= theirs.last &+ limits.span.integer
    guard serverRun || checkRun else {
      return Claim.inconclusive(
        "nothing_owed", seen: Claim.seconds(silence), needed: Claim.seconds(limits.cutoff.integer),
        Phrase(
          "The server was silent for the last {}, and nothing that the client sent then asks for an answer.",
          .duration(silence)))
    }
    if let refused = unreachable(flow, dialogue, since: mine.runStart, limits.cutoff.integer) { return refused }
    let idle = mine.runStart &- theirs.last
    if idle > limits.natIdle.integer {
      return Claim.inconclusive(
        "idle_before_silence", seen: Claim.seconds(idle), needed: Claim.seconds(limits.natIdle.integer),
        Phrase("The flow was idle for {} before the silence: a NAT binding may have expired.", .duration(idle)))
    }
    // Keep-alives with nothing else to say: a binding or allocation that ran out looks the same.
    if !flow.hasMediaOrOpaque, Int64(mine.runBins) < limits.trials.integer {
      return Claim.inconclusive(
        "too_few_trials", seen: Double(mine.runBins), needed: Double(limits.trials.integer),
        Phrase("Keep-alives in the last {} were not answered: too few to say more.", .duration(silence)))
    }
    if Int64(mine.runBins) < limits.trials.integer || silence < owed {
      return Claim.inconclusive(
        "too_few_trials", seen: Double(mine.runBins), needed: Double(limits.trials.integer),
        Phrase("The server was silent for the last {}: too short to say more.", .duration(silence)))
    }
    let window = TimeWindow(first: mine.runStart, last: mine.last)
    if let unused = unusedPath(flow, window, known) { return unused }
    if let away = lineAway(flow, window, known)
      ?? uplinkAway(Int(serverRun ? server.run : checks.run), flow, window, known)
    {
      return away
    }
    // Media that went both ways are not lost by chance for seconds; a few answers to keep-alives are, on a path that the
    // call has left.
    if isSparse(Int64(mine.run), silence),
      let chance = lossExplains(Int(serverRun ? server.run : checks.run), flow, window, known)
        ?? queueBefore(Int(serverRun ? server.run : checks.run), flow, known)
    {
      return chance
    }
    if let lossy = lossyCapture(known) { return lossy }
    var judgment = Claim.finding(
      .dropped, .cutoff, .down, known.thresholds.score.cutoff,
      Phrase(
        "{} answered for {}, then nothing came for {} while the client sent {} packets.",
        .endpoint(flow.server, flow.serverPort), .duration(theirs.last &- flow.first), .duration(silence),
        .count(Int(mine.run))))
    judgment.window = window
    judgment.evidence = [
      Evidence(
        "u6_silence_after_exchange",
        Phrase(
          "{} packets in {} one-second bins after the server's last, {} of silence (U6).", .count(Int(mine.run)),
          .count(Int(mine.runBins)), .duration(silence)),
        frames: [flow.firstFrame + UInt64(mine.runFrame)])
    ]
    if serverRun {
      judgment.evidence.append(
        Evidence(
          "unanswered_requests",
          Phrase("{} requests to the server since then were not answered.", .count(Int(server.run))),
          frames: server.unansweredFrames(from: flow.firstFrame)))
      addLadder(server, .server, flow, known, to: &judgment)
    }
    if checkRun {
      judgment.evidence.append(
        Evidence(
          "unanswered_checks",
          Phrase("{} connectivity checks since then were not answered.", .count(Int(checks.run))),
          frames: checks.unansweredFrames(from: flow.firstFrame)))
    }
    settle(
      &judgment, flow, known, trials: Int(mine.runBins), window: window,
      alternatives: flow.isServerRole ? ["server-down", "routing"] : ["peer-gone", "routing"])
    // The client's share of bytes before the silence by its packets; headers of IP and UDP aside.
    let before = flow.packets.client - min(flow.packets.client, UInt64(mine.run))
    let packets = before + flow.packets.server
    let bytes = Double(flow.bytes.client) * Double(before) / Double(flow.packets.client) + Double(flow.bytes.server)
    let headers = Double(packets) * (flow.server.family == .v6 ? 48 : 28)
    Freeze.mark(
      &judgment, flow, .udp, packets: packets, payload: UInt64(max(0, bytes - headers)),
      lastAnswer: theirs.last, longestGap: theirs.longestGap, since: mine.runStart,
      frame: flow.firstFrame + UInt64(mine.runFrame), known)
    return judgment
  }

  // MARK: One way

  private static func oneWay(
    _ flow: FlowObservation, _ state: UDPState, _ known: Circumstances
  ) -> Judgment? {
    let limits = known.thresholds.silence
    guard flow.isPeerPath || flow.hasMediaOrOpaque, let kept = flow.kept else { return nil }
    // To a peer our checks; through a relay our requests to it, while it goes on forwarding.
    let bySelf = kept.dialogue.asker == UInt8(flow.clientSide)
    guard flow.isPeerPath || bySelf && flow.hasMediaOrOpaque else { return nil }
    let checks = kept.dialogue[flow.isPeerPath ? flow.clientSide == 0 ? .checkBySide0 : .checkBySide1 : .server]
    let theirs = state.sides[1 - flow.clientSide]
    // The peer goes on sending, and our checks, answered before, are answered no more: what we send does not arrive.
    guard checks.answered > 0, checks.run > 1, checks.last &- checks.runStart >= limits.cutoff.integer,
      Int64(checks.runBins) >= limits.trials.integer, theirs.last &- checks.runStart >= limits.cutoff.integer,
      kept.dialogue.hangUp > checks.runStart
    else { return nil }
    // Of a path that loses packets at random answers are missing too, and several in a row by chance.
    guard checks.chanceOfRow <= limits.rowChance.value, (flow.media.server.loss ?? 0) < limits.oneWayLoss.value
    else { return nil }
    if let refused = unreachable(flow, kept.dialogue, since: checks.runStart, limits.cutoff.integer) { return refused }
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
    let through = kept.dialogue[flow.clientSide == 0 ? .checkBySide0 : .checkBySide1]
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
          "{} requests in {} one-second bins, while the other direction went on (U7).", .count(Int(checks.run)),
          .count(Int(checks.runBins))),
        frames: checks.unansweredFrames(from: flow.firstFrame))
    ]
    settle(
      &judgment, flow, known, trials: Int(checks.runBins), window: window,
      alternatives: flow.isPeerPath
        ? ["peer-application", "routing", "bandwidth-cap"] : ["peer-application", "routing"])
    return judgment
  }

  // MARK: Media missing beside a living path

  private static func missingMedia(
    _ flow: FlowObservation, _ known: Circumstances
  ) -> Judgment? {
    let limits = known.thresholds.silence
    guard flow.isPeerPath || flow.isServerRole, let kept = flow.kept else { return nil }
    let mine = flow.media.client
    let theirs = flow.media.server
    let checks = kept.dialogue[flow.clientSide == 0 ? .checkBySide0 : .checkBySide1]
    // The path lives: our checks, through a relay too, go on being answered by the peer during our media. Its media and
    // its RTCP, which even a silent receiver sends, never came.
    // Media under DTLS's keys is sent after its handshake: that it was seen both ways suffices where a cut frame hides its
    // end.
    let isSecured =
      flow.isSecured || kept.dialogue.handshakeRecords[0] > 0 && kept.dialogue.handshakeRecords[1] > 0
    guard mine.span >= limits.mediaSpan.integer, theirs.packets == 0, theirs.control == 0, !flow.hasOpaqueMedia,
      isSecured, checks.lastAnswer >= mine.first &+ limits.span.integer, kept.dialogue.hangUp > mine.last
    else { return nil }
    if let lossy = lossyCapture(known) { return lossy }
    let window = TimeWindow(first: mine.first, last: mine.last)
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

  // MARK: Shared parts

  /// Fewer than two packets a second: requests and keep-alives, no media.
  private static func isSparse(_ packets: Int64, _ span: Int64) -> Bool { packets &* 1_000_000_000 < 2 &* span }

  /// `since`: when the silence began. An error that comes so much later than it, as from a peer that hung up in the end,
  /// explains nothing of what was silent before.
  private static func unreachable(
    _ flow: FlowObservation, _ dialogue: Dialogue, since start: Int64 = .max, _ late: Int64 = 0
  ) -> Judgment? {
    guard dialogue.icmpErrors > 0, dialogue.icmpFromSide0 != (flow.clientSide == 0), !dialogue.isProhibited else {
      return nil
    }
    if start != .max, dialogue.icmpTime != .max, dialogue.icmpTime &- start >= late { return nil }
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

  static func oneSided() -> Judgment {
    Claim.inconclusive(
      "one_sided_capture", seen: 0, needed: 1,
      Phrase("No inbound frame at all is in this capture: it may have recorded one direction only."))
  }

  /// What is said where the capture itself dropped packets; nil if it did not.
  public static func lossyCapture(_ known: Circumstances) -> Judgment? {
    guard let drops = known.around.drops, drops > 0 else { return nil }
    return Claim.inconclusive(
      "capture_drops", seen: Double(drops), needed: 0,
      Phrase("The capture itself dropped {} packets: silence may be its own.", .count(Int(clamping: drops))))
  }

  /// Adds controls, test, excluders and alternatives to a finding.
  static func settle(
    _ judgment: inout Judgment, _ flow: FlowObservation, _ known: Circumstances,
    transport: Transport = .udp, trials: Int, window: TimeWindow, hasEnded: Bool = false,
    alternatives: [StaticString]
  ) {
    // Where nothing had been answered nothing was under way either.
    let limits = known.thresholds.silence
    let (margin, apart) = flow.packets.server == 0 ? (0, 0) : (limits.bin.integer, limits.controlOverlap.integer)
    let controls = known.around.controls(
      for: flow.client, server: flow.server, transport: transport, during: window, margin: margin, apart: apart)
    // The one that answered most, the earlier on a tie.
    let most = controls.reduce(nil as (flow: Neighbor, trials: Int)?) {
      $0.map { $0.trials } ?? 0 >= $1.trials ? $0 : $1
    }
    let best = most?.flow
    let healthy = transport == .tcp ? controls.reduce(0) { $0 + $1.trials } : most?.trials ?? 0
    let alive = known.around.isAlive(flow.client, in: window)
    // The line has two ways: what came shows the one, an answer to what was asked meanwhile both.
    let reached =
      known.around.isReached(flow.client, during: window, margin: margin)
      && known.around.isHeard(flow.client, besides: flow.server, during: window, margin: margin)
    let answered = known.around.isAnswered(flow.client, in: window)
    let hasMoved = known.around.hasMoved(
      flow.client, server: flow.server, in: window, slack: known.thresholds.silence.cutoff.integer, began: flow.first,
      beside: known.thresholds.reset.reorder.integer)
    // Whoever says that a filter forbids it is believed, whatever else would explain the silence.
    let isProhibited = flow.dialogue?.isProhibited ?? false
    var names = isProhibited ? ["enterprise-firewall", "server-policy"] : alternatives
    if healthy >= Int(known.thresholds.silence.trials.integer) {
      let p = FisherExact.p(test: trials, testFailures: trials, control: healthy, controlFailures: 0)
      judgment.tests = [StatisticalTest("fisher_exact", trials: trials, p: p, examined: max(1, known.around.examined))]
      judgment.evidence.append(
        Evidence(
          transport == .tcp ? "control_answered" : "u15_control_answered",
          transport == .tcp
            ? Phrase("{} other connections of the same client were answered meanwhile.", .count(healthy))
            : Phrase(
              "{} answered the same client in {} one-second bins meanwhile (U15).",
              .endpoint(best?.server ?? flow.server, best?.port ?? 0), .count(healthy)), isControl: transport == .udp))
      if let best, let match = ControlMatch.evidence(best, flow, window) { judgment.evidence.append(match) }
    } else if transport == .udp, flow.packets.server == 0 {
      names.append("udp-egress-filter")
    }
    // What a filter says itself it does needs no other cause; what was answered once had its mapping.
    let isNew = flow.packets.server == 0
    let hasRoom = !isNew || isProhibited || known.around.hasBegun(flow.client, transport, in: window)
    if !hasRoom { names.append("nat-full") }
    let keepsMapping =
      isNew || isProhibited || judgment.mechanism != .cutoff || hasEnded
      || transport == .udp
        && known.around.isMapped(
          Socket(flow.client, flow.clientPort), besides: flow.server, during: window, margin: margin)
    if !keepsMapping { names.append("nat-expiry") }
    if !answered { names.append("local-link") }
    if !reached { names.append("access-line") }
    if let dialogue = flow.dialogue, dialogue.isProhibited {
      judgment.evidence.append(
        Evidence(
          "u14_prohibited",
          Phrase(
            "{} ICMP notices of a filter on the path (type {}, code {}) quote packets of this flow (U14).",
            .count(Int(dialogue.icmpNotices)), .count(Int(dialogue.icmpType)), .count(Int(dialogue.icmpCode))),
          frames: [dialogue.icmpFrame]))
    }
    // What detectors ask before they claim is excluded here: it was looked for and not found.
    judgment.excluders = [
      Excluder("local-link-down", alive ? .excluded : .unknown),
      Excluder("access-line-down", reached ? .excluded : .unknown),
      Excluder(
        "icmp-error",
        flow.dialogue?.isProhibited ?? false
          ? .present : known.around.mayLackErrors(flow.client, transport) ? .unknown : .excluded),
      CaptureLoss.excluder(known),
      Excluder("transport-blocked-altogether", healthy > 0 ? .excluded : .unknown),
      Excluder("server-down", .unknown),
      Excluder("path-mtu", .unknown),
      Excluder("peer-candidate", .excluded),
      Excluder("hang-up", .excluded),
      Excluder("nat-expiry", keepsMapping ? .excluded : .unknown),
      Excluder("nat-full", hasRoom ? .excluded : .unknown),
      Excluder("network-change", hasMoved ? .present : .excluded),
      Excluder("capture-order", known.around.isOrderly ? .excluded : .unknown),
    ]
    judgment.alternatives = names
    judgment.evidence += known.replication.breadth(of: flow, window, known)
  }
}
