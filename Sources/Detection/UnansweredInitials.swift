internal import Flow
internal import Settings
internal import Verdict

/// QUIC Initials that nobody answers while TCP to the same host works.
///
/// Claims: the host is alive and reached by this client, and does not answer QUIC. Cannot tell apart: a filter for QUIC or
/// for UDP, a server that offers no QUIC at this address, a firewall at the client's edge, and where all were large a path that
/// does not carry such sizes; those are named.
enum UnansweredInitials {
  /// Judges a flow without an answer; nil if it asked by no Initials, or by too few.
  static func judge(_ flow: FlowObservation, _ known: Circumstances) -> Judgment? {
    let limits = known.thresholds.silence
    guard let kept = flow.kept, kept.dialogue.icmpErrors == 0 else { return nil }
    let ask = kept.dialogue.initial
    guard ask.asked > 0 else { return nil }
    let all = known.around.initials.all(flow, ask, within: limits.controlOverlap.integer)
    let span = all.window.last &- all.window.first
    guard Int64(all.asked) >= limits.initials.integer, span >= limits.initialSpan.integer else { return nil }
    if let cut = Silence.cutError(flow, .udp, known) { return cut }
    let isLarge = Int64(kept.dialogue.leastHello) > limits.pathPacket.integer
    if isLarge, kept.dialogue.isTooLarge { return MissingHandshake.tooLarge(Int(kept.dialogue.leastHello), limits) }
    let window = all.window
    // What was sent just before the end may be answered behind it.
    guard known.around.end &- window.first >= limits.span.integer else { return tooShort(all.asked, span) }
    if let away = Silence.lineAway(flow, window, known) ?? Silence.uplinkAway(all.asked, flow, window, known) {
      return away
    }
    // Begun soon afterwards, as a browser does that gives up on QUIC, it shows the host alive as well if the line was meanwhile.
    let isLineAlive =
      known.around.hasConnection(flow.client, to: flow.server, during: window)
      || known.around.isAnswered(flow.client, in: window)
    let around = TimeWindow(first: window.first, last: window.last &+ limits.controlOverlap.integer)
    guard isLineAlive,
      known.around.hasConnection(flow.client, to: flow.server, during: around)
        || known.around.hasConnection(flow.client, to: flow.server, begunIn: around)
    else {
      return Claim.inconclusive(
        "no_control", seen: 0, needed: 1,
        Phrase(
          "{} QUIC Initials over {} were not answered; no TCP connection to the same host shows whether it is alive.",
          .count(all.asked), .duration(span)))
    }
    if let lossy = Silence.lossyCapture(known) { return lossy }
    var judgment = Claim.finding(
      .dropped, .blackhole, .down, known.thresholds.score.blackhole,
      Phrase(
        "{} QUIC Initials to {} over {} were never answered; TCP to the same host was.", .count(all.asked),
        .endpoint(flow.server, flow.serverPort), .duration(span)))
    judgment.scope = .quic
    judgment.window = window
    judgment.evidence = [
      Evidence(
        "initials_unanswered",
        Phrase("{} Initials in {} one-second bins, no packet back.", .count(Int(ask.asked)), .count(Int(ask.bins))),
        frames: ask.unansweredFrames(from: flow.firstFrame))
    ]
    if all.flows > 1 {
      judgment.evidence.append(
        Evidence(
          "initials_of_several_flows",
          Phrase(
            "{} Initials from {} ports of this client, none of them answered.", .count(all.asked), .count(all.flows))))
    }
    Silence.addLadder(ask, .initial, flow, known, to: &judgment)
    Silence.settle(
      &judgment, flow, known, trials: all.bins, window: window,
      alternatives: isLarge
        ? ["server-without-quic", "enterprise-firewall", "path-mtu"] : ["server-without-quic", "enterprise-firewall"])
    return judgment
  }

  private static func tooShort(_ asked: Int, _ span: Int64) -> Judgment {
    Claim.inconclusive(
      "too_short", seen: Claim.seconds(span), needed: 0,
      Phrase(
        "{} QUIC Initials over {} were not answered before the capture ended: too short to say more.", .count(asked),
        .duration(span)))
  }

  /// A refusal of a flow neither of whose sides got beyond long headers, or one did not though it sent them for seconds: its handshake
  /// was not finished (RFC 9000 section 17.2: what follows it has a short one). A server that wants another version (section 6) or
  /// closes at once (section 10.2.3) sends such alone.
  static func unfinished(_ flow: FlowObservation, _ known: Circumstances) -> Judgment? {
    let limits = known.thresholds.silence
    guard let kept = flow.kept, kept.dialogue.initial.asked > 0 else { return nil }
    if UInt64(kept.dialogue.longHeaders[flow.clientSide]) == flow.packets.client,
      UInt64(kept.dialogue.longHeaders[1 - flow.clientSide]) == flow.packets.server
    {
      return Claim.inconclusive(
        "handshake_unfinished", seen: 0, needed: 1,
        Phrase(
          "The client sent {} packets and the server {}, all of the QUIC handshake: nothing shows that it was finished.",
          .count(Int(clamping: flow.packets.client)), .count(Int(clamping: flow.packets.server))))
    }
    for side in 0..<2 {
      let sent = side == flow.clientSide ? flow.packets.client : flow.packets.server
      let span = kept.dialogue.handshakeLast[side] &- kept.dialogue.handshakeFirst[side]
      guard UInt64(kept.dialogue.longHeaders[side]) == sent, Int64(sent) >= limits.initials.integer,
        span >= limits.span.integer
      else { continue }
      return Claim.inconclusive(
        "handshake_unfinished", seen: Claim.seconds(span), needed: 0,
        Phrase(
          side == flow.clientSide
            ? "All that the client sent, {} packets over {}, was of the QUIC handshake: nothing shows that it was finished."
            : "All that the server sent, {} packets over {}, was of the QUIC handshake: nothing shows that it was finished.",
          .count(Int(clamping: sent)), .duration(span)))
    }
    return nil
  }
}
