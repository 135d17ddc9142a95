public import Flow
internal import Settings
public import Verdict
internal import Wire

/// Silence on a TCP connection: SYNs never answered (`blackhole`), or a connection that worked and whose last segments
/// are repeated to nobody (`cutoff`, or `freeze` after few packets), or one whose server goes on sending and acknowledges
/// nothing (`one-way`).
///
/// Claims: retransmissions of one's own segments, doubling as RFC 6298 says, met silence. Cannot tell apart: a filter,
/// a server or its route that died, a NAT that forgot the connection (excluded only by the absence of an idle time), and of a
/// server that goes on to repeat itself one that is too busy for another connection. A path that carries small segments only is
/// told by their sizes and is no finding. A client that gives up with a reset ends nothing that was going on.
public enum ConnectionSilence {
  /// Judges a TCP flow; nil if it was not silent.
  public static func judge(
    _ flow: FlowObservation, _ state: TCPState, _ known: Circumstances
  ) -> Judgment? {
    let opener = state.opener == 2 ? flow.clientSide : Int(state.opener)
    if flow.packets.server == 0 { return neverAnswered(flow, state, opener, known) }
    return cutOff(flow, state, known) ?? oneWay(flow, state, known)
  }

  /// Judges the silence before the client's own reset; nil if there was none.
  static func judge(
    _ flow: FlowObservation, _ state: TCPState, givenUpIn reset: ResetSegment, _ known: Circumstances
  ) -> Judgment? {
    guard Int(reset.side) == flow.clientSide, flow.packets.server > 0 else { return nil }
    return cutOff(flow, state, givenUpIn: reset, known)
      ?? Soundness.stalled(
        flow, TransferSide(state.sides[flow.clientSide]), TransferSide(state.sides[1 - flow.clientSide]),
        until: reset.time, known)
  }

  /// False if `judge` says nothing of the connection: no copies of anything stood unanswered at its end.
  static func mayJudge(
    _ flow: FlowObservation, _ client: TransferSide, _ server: TransferSide, _ known: Circumstances
  ) -> Bool {
    if flow.packets.server == 0 { return true }
    let least = known.thresholds.silence.retransmissions.integer
    return Int64(client.unansweredCopies) >= least
      || Int64(min(client.stalledCopies, server.stalledCopies)) >= least
  }

  /// True if the flow has enough unanswered SYNs to be tested at all.
  public static func isCandidate(_ flow: FlowObservation, _ state: TCPState, _ known: Circumstances) -> Bool {
    flow.packets.server == 0 && Int64(state.syns) >= known.thresholds.silence.synTrials.integer
  }

  private static func neverAnswered(
    _ flow: FlowObservation, _ state: TCPState, _ opener: Int, _ known: Circumstances
  ) -> Judgment {
    let limits = known.thresholds.silence
    let span = flow.last &- flow.first
    guard state.syns > 0 else {
      return Claim.inconclusive(
        "one_direction", seen: 1, needed: 2,
        Phrase("Only one side of the connection is in the capture, and not its beginning."))
    }
    // Data after the SYN means that answers came and were not captured.
    if state.sides[opener].sent.contains(.ack) {
      return Claim.inconclusive(
        "one_direction", seen: 1, needed: 2, Phrase("The other side's packets are not in the capture."))
    }
    if let refused = explained(flow, known) { return refused }
    guard flow.isServerRole else { return peerUnknown(Int(state.syns)) }
    if flow.server.isPrivate {
      return Claim.inconclusive(
        "unreachable_by_design", seen: 0, needed: 1,
        Phrase("{} SYNs went to a private address.", .count(Int(state.syns))))
    }
    // A notice from the path says itself that the silence is a filter's: hosts give up at the first.
    let isProhibited = flow.dialogue?.isProhibited ?? false
    if !isProhibited, Int64(state.syns) < limits.synTrials.integer || span < limits.span.integer {
      return Claim.inconclusive(
        "too_few_trials", seen: Double(state.syns), needed: Double(limits.synTrials.integer),
        state.syns == 1
          ? Phrase("One SYN was not answered: too few to say more.")
          : Phrase(
            "{} SYNs were not answered within {}: too few to say more.", .count(Int(state.syns)), .duration(span)))
    }
    if let oneSided = Silence.oneSided(flow, known) { return oneSided }
    let window = TimeWindow(first: flow.first, last: flow.last)
    if let away = Silence.lineAway(flow, window, known)
      ?? Silence.uplinkAway(Int(state.syns), flow, window, known)
    {
      return away
    }
    if let chance = Silence.lossExplains(Int(state.syns), flow, window, known) { return chance }
    if let lossy = Silence.lossyCapture(known) { return lossy }
    if let dead = Silence.deadFamily(Int(state.syns), flow, window, known) { return dead }
    var judgment = Claim.finding(
      .dropped, .blackhole, .down, known.thresholds.score.blackhole,
      Phrase(
        "{} SYNs to {} over {} were never answered.", .count(Int(state.syns)),
        .endpoint(flow.server, flow.serverPort), .duration(span)))
    judgment.window = window
    judgment.evidence = [
      Evidence(
        "unanswered_syn", Phrase("{} SYNs over {}, no packet back.", .count(Int(state.syns)), .duration(span)),
        frames: [flow.firstFrame])
    ]
    if let ladder = Self.ladder(
      "ladder_syn", copies: Int(state.syns) - 1, span: span, from: 900_000_000...1_200_000_000,
      "The SYN was repeated {} times over {} with pauses that double from 1 s, as RFC 6298 prescribes.")
    {
      judgment.evidence.append(ladder)
    }
    Silence.settle(
      &judgment, flow, known, transport: .tcp, trials: Int(state.syns), window: window,
      // The commonest of them: a filter of the server's own that drops what it does not serve.
      alternatives: ["server-down", "server-policy", "routing", "enterprise-firewall"])
    return judgment
  }

  /// Evidence of doubling pauses: so many copies over such a span begin with a pause that a sender may have.
  private static func ladder(
    _ code: StaticString, copies: Int, span: Int64, from first: ClosedRange<Int64>, _ words: StaticString
  ) -> Evidence? {
    guard copies >= 3, copies < 16 else { return nil }
    let pause = span / ((Int64(1) << Int64(copies)) - 1)
    return first.contains(pause) ? Evidence(code, Phrase(words, .count(copies), .duration(span))) : nil
  }

  /// An ICMP error that is no filter's notice explains what was not answered, unless more was acknowledged after it: the latest
  /// at `answer`.
  private static func explained(
    _ flow: FlowObservation, after answer: Int64 = .min, _ known: Circumstances
  ) -> Judgment? {
    if !(flow.dialogue?.isProhibited ?? false), let cut = Silence.cutError(flow, .tcp, answered: answer, known) {
      return cut
    }
    guard let dialogue = flow.dialogue, !dialogue.isProhibited,
      dialogue.hasError(after: answer, margin: known.thresholds.silence.span.integer)
    else { return nil }
    return Claim.inconclusive(
      "icmp_error", seen: Double(dialogue.icmpErrors), needed: 0,
      Phrase(
        "An ICMP error (type {}, code {}) explains the silence.", .count(Int(dialogue.icmpType)),
        .count(Int(dialogue.icmpCode))))
  }

  /// A peer's host may be switched off at any time: only servers are held to their answers.
  private static func peerUnknown(_ count: Int) -> Judgment {
    Claim.inconclusive(
      "server_role_unknown", seen: 0, needed: 1,
      Phrase("{} segments were not answered, but nothing shows that the other end is a server.", .count(count)))
  }

  /// Bytes of data that one side sent and the other never acknowledged: not part of what went before a silence.
  private static func unacknowledged(_ mine: TCPSide, _ theirs: TCPSide) -> UInt64 {
    let sent = mine.next - theirs.acknowledged
    return UInt64(max(0, mine.sent.contains(.fin) ? sent - 1 : sent))
  }

  /// `reset`: the client's own, with which it gave up.
  private static func cutOff(
    _ flow: FlowObservation, _ state: TCPState, givenUpIn reset: ResetSegment? = nil, _ known: Circumstances
  ) -> Judgment? {
    let limits = known.thresholds.silence
    let mine = state.sides[flow.clientSide]
    let theirs = state.sides[1 - flow.clientSide]
    guard mine.unanswered > 0, Int64(mine.unansweredCopies) >= limits.retransmissions.integer,
      reset != nil || !mine.sent.contains(.rst), !theirs.sent.contains(.rst)
    else { return nil }
    let end = reset?.time ?? mine.last
    let span = end &- mine.unansweredSince
    let frame = state.firstFrame + UInt64(mine.unansweredFrame)
    guard span >= limits.span.integer else { return nil }
    if !state.sides[flow.clientSide].sent.contains(.syn), !theirs.sent.contains(.synACK) {
      return Claim.inconclusive(
        "mid_flow", seen: 0, needed: 1,
        Phrase(
          "The capture began inside the connection; {} segments at its end were not answered.",
          .count(Int(mine.unanswered))))
    }
    if let refused = explained(flow, after: theirs.acknowledgmentTime, known) { return refused }
    let idle = mine.unansweredSince &- theirs.last
    if idle > limits.natIdle.integer {
      return Claim.inconclusive(
        "idle_before_silence", seen: Claim.seconds(idle), needed: Claim.seconds(limits.natIdle.integer),
        Phrase("The connection was idle for {} before the silence: a NAT binding may have expired.", .duration(idle)))
    }
    if theirs.sent.contains(.fin) {
      // The server had said goodbye: what the client still repeats is owed to nobody.
      return nil
    }
    guard flow.isServerRole else { return peerUnknown(Int(mine.unanswered)) }
    // Silences of this connection that ended by themselves: this one may do so behind the end of the capture.
    let owed = Int64(limits.gapFactor.value) &* Int64(mine.stallMilliseconds) &* 1_000_000
    if reset == nil, span < owed {
      return Claim.inconclusive(
        "too_short", seen: Claim.seconds(span), needed: Claim.seconds(owed),
        Phrase(
          "The client's segments were not acknowledged for the last {}, and had not been for {} before, until they were: too short to say more.",
          .duration(span), .duration(Int64(mine.stallMilliseconds) &* 1_000_000)))
    }
    let silent = TimeWindow(first: mine.unansweredSince, last: end)
    if let dead = Silence.deadFamily(Int(mine.unanswered), flow, silent, known) { return dead }
    if let away = Silence.lineAway(flow, silent, known)
      ?? Silence.uplinkAway(Int(mine.unanswered), flow, silent, known)
    {
      return away
    }
    if let chance = Silence.lossExplains(Int(mine.unanswered), flow, silent, known) { return chance }
    // The handshake passed and nothing small was sent since: a path that loses large packets only looks the same.
    if Int64(mine.unansweredLeast) > limits.pathPayload.integer {
      return Claim.inconclusive(
        "path_mtu", seen: Double(mine.unansweredLeast), needed: limits.pathPayload.value,
        Phrase(
          "Only segments of {} bytes and more were not answered: the path may not carry such sizes.",
          .count(Int(mine.unansweredLeast))))
    }
    if let lossy = Silence.lossyCapture(known) { return lossy }
    // A handshake is answered by the host, or by what stands in front of it, whether or not anything takes the connection.
    let isFirstRequest = theirs.payload == 0
    let words: StaticString =
      if isFirstRequest {
        reset == nil
          ? "{} accepted the connection, then the client's segments were sent {} times over {} and never acknowledged."
          : "{} accepted the connection, then the client's segments were sent {} times and never acknowledged; after {} it gave up with a reset."
      } else {
        reset == nil
          ? "{} worked, then the client's segments were sent {} times over {} and never acknowledged."
          : "{} worked, then the client's segments were sent {} times and never acknowledged; after {} it gave up with a reset."
      }
    var judgment = Claim.finding(
      .dropped, .cutoff, .down, known.thresholds.score.cutoff,
      Phrase(words, .endpoint(flow.server, flow.serverPort), .count(Int(mine.unanswered)), .duration(span)))
    judgment.window = silent
    judgment.evidence = [
      Evidence(
        "unacknowledged_retransmissions",
        Phrase(
          "{} segments, {} of them retransmissions, over {} after the server's last packet.",
          .count(Int(mine.unanswered)), .count(Int(mine.unansweredCopies)), .duration(span)),
        frames: [frame])
    ]
    if let reset {
      judgment.evidence.append(
        Evidence(
          "reset", Phrase("Reset with TTL {}.", .count(Int(reset.timeToLive))), frames: [reset.frame]))
    }
    // When the last copy went out is not kept beside the reset's time.
    if reset == nil,
      let ladder = Self.ladder(
        isFirstRequest ? "ladder_first_request" : "ladder_retransmission", copies: Int(mine.unansweredCopies),
        span: span,
        from: 100_000_000...3_000_000_000,
        isFirstRequest
          ? "What the client sent first after the handshake was repeated {} times over {}, at pauses that double (RFC 6298)."
          : "The same was repeated {} times over {}, at pauses that double (RFC 6298).")
    {
      judgment.evidence.append(ladder)
    }
    var alternatives: [StaticString] =
      isFirstRequest ? ["server-down", "server-busy", "routing"] : ["server-down", "routing"]
    // Servers shut out those that failed to log in, by dropping what they send.
    if !flow.isWeb { alternatives.insert("server-policy", at: 1) }
    // Nothing as large ever arrived, and not every path of IPv4 carries it.
    let arrived = UInt64(mine.payload) - min(UInt64(mine.payload), unacknowledged(mine, theirs))
    if flow.server.family == .v4, Int64(mine.unansweredLeast) > limits.leastPathPayload.integer,
      arrived < UInt64(mine.unansweredLeast)
    {
      alternatives.append("path-mtu")
    }
    Silence.settle(
      &judgment, flow, known, transport: .tcp, trials: Int(mine.unansweredCopies), window: silent,
      alternatives: alternatives)
    Freeze.mark(
      &judgment, flow, .tcp,
      packets: flow.packets.client + flow.packets.server
        - min(
          flow.packets.client,
          UInt64(mine.unanswered) + UInt64(mine.resets) + UInt64(mine.twins) + UInt64(theirs.twins)),
      payload: arrived + UInt64(theirs.payload),
      lastAnswer: theirs.last, longestGap: theirs.longestGap,
      since: mine.unansweredSince, frame: frame, known)
    return judgment
  }

  /// The server repeats what the client has acknowledged, and acknowledges nothing that the client repeats: it hears
  /// nothing.
  private static func oneWay(
    _ flow: FlowObservation, _ state: TCPState, _ known: Circumstances
  ) -> Judgment? {
    let limits = known.thresholds.silence
    let mine = state.sides[flow.clientSide]
    let theirs = state.sides[1 - flow.clientSide]
    guard Int64(min(mine.stalledCopies, theirs.stalledCopies)) >= limits.retransmissions.integer,
      !mine.sent.contains(.rst), !theirs.sent.contains(.rst), flow.isServerRole
    else { return nil }
    let silent = TimeWindow(first: theirs.acknowledgmentTime, last: min(mine.last, theirs.last))
    // What the server repeats is small where it repeats its SYN-ACK; else it may be what the path cannot carry.
    guard silent.last &- silent.first >= limits.span.integer, mine.acknowledged == theirs.next else { return nil }
    if let refused = explained(flow, after: theirs.acknowledgmentTime, known) { return refused }
    if let away = Silence.uplinkAway(Int(mine.stalledCopies), flow, silent, known, isNeeded: true) { return away }
    if let chance = Silence.lossExplains(Int(mine.stalledCopies), flow, silent, known) { return chance }
    if let lossy = Silence.lossyCapture(known) { return lossy }
    // A server whose queue of accepted connections is full hears the handshake's end and drops it (Linux: listen(2), backlog;
    // tcp_abort_on_overflow in tcp(7)), so its SYN-ACK is all that it repeats.
    let isOpening = theirs.payload == 0 && !theirs.sent.contains(.fin)
    var judgment = Claim.finding(
      .dropped, .oneWay, .up, known.thresholds.score.cutoff,
      Phrase(
        isOpening
          ? "{} repeated its SYN-ACK {} times after the client had acknowledged it, and acknowledged none of {} repeated segments: it heard nothing, or took no new connection."
          : "{} repeated {} segments that the client had acknowledged, and acknowledged none of {} repeated ones, as if it heard nothing.",
        .endpoint(flow.server, flow.serverPort), .count(Int(theirs.stalledCopies)), .count(Int(mine.stalledCopies))))
    judgment.window = silent
    judgment.evidence = [
      Evidence(
        "unheard_acknowledgments",
        Phrase(
          "{} copies from the server after the client's acknowledgment, {} copies from the client without one.",
          .count(Int(theirs.stalledCopies)), .count(Int(mine.stalledCopies))),
        frames: [state.firstFrame + UInt64(mine.unansweredFrame)])
    ]
    Silence.settle(
      &judgment, flow, known, transport: .tcp, trials: Int(mine.stalledCopies), window: silent,
      alternatives: isOpening ? ["server-busy", "server-down", "routing"] : ["server-busy", "routing"])
    return judgment
  }
}
