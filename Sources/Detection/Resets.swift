public import Flow
internal import Settings
public import Verdict
internal import Wire

/// TCP resets: whose they were.
///
/// Each reset is first held against what a genuine stack sends in its place (METHOD.md M1.0): a closed port, an
/// abort of a live socket, a dead socket's answer. A third party is claimed on two resets that contradict each other by
/// all six conditions of NDSS'09 RST_SEQ_CHANGE, or on two independent signs: the reset came sooner than its supposed
/// sender could have answered, the sender went on sending new data, an IPv4 identification outside the sender's own
/// counter, a TTL that the sender never used, or timestamps missing; a TTL alone proves nothing (28 % of normal resets
/// differ), and new data beside numbers out of place are what the sender's own packet filter leaves behind. A packet
/// rewritten in place into a reset is claimed where it has the marks of two templates that exclude each other
/// (`RewrittenReset`). Cannot tell apart: censor, enterprise firewall, carrier NAT, the host's own packet filter.
public enum Resets {
  /// Whether `judge` may claim a third party: false of what nearly all resets are, and asked of every connection.
  public static func mayAccuse(_ state: TCPState, _ trace: ResetTrace, _ known: Circumstances) -> Bool {
    guard trace.count == 1 else { return trace.count > 1 }
    return !signs(trace.segments[0], state, trace, known).isEmpty || RewrittenReset.isMarked(trace.segments[0])
  }

  /// Whether a connection was refused: what its server's other connections showed tells whether by the server.
  public static func isRefusal(_ trace: ResetTrace) -> Bool {
    trace.count > 0 && trace.segments[0].answersSYN && !trace.segments[0].established
  }

  /// Judges the resets of a connection; nil if there was none.
  static func judge(
    _ flow: FlowObservation, _ state: TCPState, _ trace: ResetTrace, _ known: Circumstances
  ) -> Judgment? {
    guard trace.count > 0 else { return nil }
    // The first reset speaks, but for a later one, of either side, that proves a third party.
    var segment = trace.segments[0]
    var signs = signs(segment, state, trace, known, flow)
    for place in 1..<Int(trace.count) where !signs.proveThirdParty {
      let later = Self.signs(trace.segments[place], state, trace, known, flow)
      guard later.proveThirdParty else { continue }
      segment = trace.segments[place]
      signs = later
    }
    if isIgnored(segment, state, trace, known) { return ignored(segment, signs, state, trace, known) }
    if isAfterEnd(segment, signs) { return nil }
    if signs.proveThirdParty {
      if let idle = afterIdleTime(segment, signs, known) { return idle }
      if let handed = handedOver(segment, signs, flow) { return handed }
      if let changed = changedPath(segment, signs, state, flow, known) { return changed }
      if let lost = lostState(segment, flow, known) { return lost }
      let judgment = injected(segment, signs, state, trace, flow, known)
      // These two only together with the same on a connection that began apart: no radio had to wake up for the later one.
      if signs.isSubset(of: .ofSlowStart), known.replication.isComplete,
        !known.replication.isRepeated(judgment, flow, apart: known.thresholds.reset.awake.integer)
      {
        return unknownOrigin(segment, signs)
      }
      return judgment
    }
    if let rewritten = RewrittenReset.judge(segment, signs, trace, flow, known) { return rewritten }
    if !signs.isDisjoint(with: [.dataAfter, .progressAfter, .early]) { return unknownOrigin(segment, signs) }
    if var judgment = genuine(segment, signs, state, flow, known) {
      judgment.evidence += pathEvidence(segment, signs, state, flow, known)
      return judgment
    }
    return unknownOrigin(segment, signs)
  }

  private static func unknownOrigin(_ segment: ResetSegment, _ signs: Signs) -> Judgment {
    Claim.inconclusive(
      "reset_origin", seen: Double(signs.count), needed: 2,
      segment.answersSYN && !segment.established
        ? Phrase(
          "The SYN was answered with a reset in {}, sooner than its server ever answered and with another TTL: that the port is closed is not told.",
          .frame(segment.frame))
        : Phrase(
          "The connection was reset in {}; the reset fits no usual end of an endpoint, and too few signs say whose it was.",
          .frame(segment.frame)))
  }

  /// A NAT or load balancer that forgot an idle connection answers in the server's name, from nearer by and with its own
  /// TTL (METHOD.md M1.1): after an idle time that answer is nobody's interference. nil if the reset is another.
  private static func afterIdleTime(_ segment: ResetSegment, _ signs: Signs, _ known: Circumstances) -> Judgment? {
    let limit = known.thresholds.reset.idle
    guard segment.idleBefore >= limit.integer, signs.isDisjoint(with: [.dataAfter, .sequenceChange]) else { return nil }
    return Claim.inconclusive(
      "idle_before_reset", seen: Claim.seconds(segment.idleBefore), needed: Claim.seconds(limit.integer),
      Phrase(
        "The reset in {} came after {} of idle time: a NAT or load balancer may have forgotten the connection.",
        .frame(segment.frame), .duration(segment.idleBefore)))
  }

  /// How far the connection was: Cloudflare Radar's words.
  public static func stage(_ state: TCPState, _ trace: ResetTrace?) -> ConnectionStage? {
    let opener = Int(state.opener == 2 ? 0 : state.opener)
    let answered =
      state.sides[1 - opener].sent.contains(.synACK) && state.sides[opener].sent.contains(.ack)
    if let trace, trace.count > 0 {
      let first = trace.segments[0]
      if !first.established && state.opener != 2 { return .postSYN }
      switch first.openerDataSegments {
      case 0: return .postACK
      case 1: return .postPSH
      default: return .laterInFlow
      }
    }
    if state.opener == 2 { return .laterInFlow }
    if !answered { return .postSYN }
    switch state.sides[opener].dataSegments
      &- min(state.sides[opener].dataSegments, UInt16(clamping: state.sides[opener].retransmissions))
    {
    case 0: return .postACK
    case 1: return .postPSH
    default: return .laterInFlow
    }
  }

  // MARK: Outcomes

  /// The connection went on as if nothing had happened: both sides exchanged more after the reset, its receiver for longer
  /// than a round trip, and reset nothing itself but what came behind the end.
  private static func isIgnored(
    _ segment: ResetSegment, _ state: TCPState, _ trace: ResetTrace, _ known: Circumstances
  ) -> Bool {
    let side = Int(segment.side)
    let roundTrip = Int64(state.handshakeMicroseconds &+ state.acknowledgeMicroseconds) &* 1000
    let later = trace.aftermath.replyTime[1 - side] &- segment.time
    guard trace.aftermath.packets[side] >= 2, trace.aftermath.exchanges >= 6,
      trace.aftermath.replies[1 - side] >= 2, later > max(known.thresholds.reset.reorder.integer, roundTrip)
    else { return false }
    for place in 0..<Int(trace.count) where Int(trace.segments[place].side) != side {
      if !trace.segments[place].afterClose { return false }
    }
    return true
  }

  /// After a FIN a dead socket answers with the acknowledgment it was sent, a live one continues its numbers: the
  /// connection had its end already, and what happened to it before counts. Other numbers are nobody's usual end.
  private static func isAfterEnd(_ segment: ResetSegment, _ signs: Signs) -> Bool {
    segment.afterClose && !signs.proveThirdParty
      && (segment.answersAcknowledgment || segment.beyondNext == 0 || !segment.senderSeen)
  }

  private static func ignored(
    _ segment: ResetSegment, _ signs: Signs, _ state: TCPState, _ trace: ResetTrace, _ known: Circumstances
  ) -> Judgment {
    var judgment = Claim.ok(
      Power("reset_effective", 1), known,
      Phrase(
        "A reset in {} had no effect: the connection went on with {} more packets.", .frame(segment.frame),
        .count(Int(trace.aftermath.exchanges))))
    judgment.evidence =
      [
        Evidence(
          "stray_reset",
          segment.beyondNext == 0
            ? Phrase("A reset that both ends ignored, with the sender's next number.")
            : Phrase(
              segment.beyondNext < 0
                ? "A reset that both ends ignored, {} bytes behind the sender's numbers."
                : "A reset that both ends ignored, {} bytes beyond the sender's numbers.",
              .count(abs(Int(segment.beyondNext)))),
          frames: [segment.frame])
      ] + evidence(of: signs, segment, state, trace)
    return judgment
  }

  private static func injected(
    _ segment: ResetSegment, _ signs: Signs, _ state: TCPState, _ trace: ResetTrace, _ flow: FlowObservation,
    _ known: Circumstances
  ) -> Judgment {
    if let lossy = Silence.lossyCapture(known) { return lossy }
    let side = Int(segment.side)
    let direction: Direction = side == flow.clientSide ? .up : .down
    var judgment = Claim.finding(
      .reset, .resetInjected, direction, known.thresholds.score.resetInjected,
      Phrase(
        "The reset in {} does not fit the end that it names: {} signs.", .frame(segment.frame),
        .count(signs.count)))
    judgment.window = TimeWindow(first: segment.time, last: segment.time)
    judgment.evidence = [
      Evidence("reset", Phrase("Reset with TTL {}.", .count(Int(segment.timeToLive))), frames: [segment.frame])
    ]
    judgment.evidence += evidence(of: signs, segment, state, trace)
    judgment.evidence += pathEvidence(segment, signs, state, flow, known)
    // No router passed it on: it is of the capture's own link, however long its sender took. Over Wi-Fi the nearest router
    // needs as long as a server next door. A filter of the capturing host itself answers at once.
    let isOfThisLink = TimeToLive.isUntouched(segment.timeToLive)
    // The user may own a second router, the provider's.
    let mayBeUsers = isOfThisLink || TimeToLive.isUntouched(segment.timeToLive &+ 1)
    let isAtOnce =
      isOfThisLink && segment.sinceTrigger >= 0 && segment.sinceTrigger < known.thresholds.reset.local.integer
    let mayBeHosts = !signs.contains(.early) || isAtOnce
    judgment.excluders = [
      Excluder("endpoint-abort", .excluded),
      Excluder("reordering", .excluded),
      CaptureLoss.excluder(known),
      Excluder("host-firewall", mayBeHosts ? .unknown : .excluded),
    ]
    if let slow = slowHandshake(segment, signs, state, flow, known) { judgment.excluders.append(slow) }
    judgment.alternatives = ["enterprise-firewall", "carrier-nat"]
    if mayBeServersFront(segment, state, flow, known) { judgment.alternatives += ["load-balancer", "server-policy"] }
    if mayBeUsers { judgment.alternatives.append("lan-box") }
    if mayBeHosts { judgment.alternatives.append("host-firewall") }
    if mayBeChangedPath(segment, signs, flow, known) { judgment.alternatives.append("path-change") }
    return judgment
  }

  /// What stands before a server answers from nearer than the server, with a TTL of its own, each time that the service's rules say so: a
  /// load balancer that has the server take the handshake, a scrubber or an application's firewall. It speaks in the server's name, or
  /// to the server in its clients', which a capture at the client does not hold. The servers of several operators have no front in
  /// common.
  private static func mayBeServersFront(
    _ segment: ResetSegment, _ state: TCPState, _ flow: FlowObservation, _ known: Circumstances
  ) -> Bool {
    let side = Int(segment.side)
    guard
      side != flow.clientSide || known.around.isOwnServer(flow.server)
        || !TimeToLive.isUntouched(state.sides[side].timesToLive[0])
    else { return false }
    return Grading.lackingNetworks(of: .resetInjected, flow, known) != nil
  }

  /// Nothing of the server's had passed a router, though it has a public address and the client a private one, and nothing of the
  /// client's either: both ends of this connection lie on the capture's own link, as where a phone's capturing program is its own
  /// proxy.
  private static func isOfThisLink(_ flow: FlowObservation, _ state: TCPState, _ segment: ResetSegment) -> Bool {
    guard flow.client.isPrivate, !flow.server.isPrivate, TimeToLive.isUntouched(segment.timeToLive) else {
      return false
    }
    return [flow.clientSide, 1 - flow.clientSide].allSatisfy { side in
      (0..<4).allSatisfy {
        let value = state.sides[side].timesToLive[$0]
        return value == 0 || TimeToLive.isUntouched(value)
      }
    }
  }

  /// A refusal that a box near the client may have sent in its server's name: the server has a public address, the client a private
  /// one, and next to no router lay between; or servers of several networks seem to be equally near, and near. Not where a handshake of
  /// the server's showed that TTL, or that it is as near. Nil else.
  private static func refusedByBox(
    _ segment: ResetSegment, _ signs: Signs, _ state: TCPState, _ flow: FlowObservation, _ known: Circumstances
  ) -> Judgment? {
    let limits = known.thresholds.reset
    let hops = Int64(TimeToLive.hops(segment.timeToLive))
    guard hops <= limits.refusalHops.integer, !flow.server.isPrivate else { return nil }
    if let end = known.around.paths.end(Int(segment.side), of: flow, state) {
      if end.showed(timeToLive: segment.timeToLive) { return nil }
      if end.distance > 0, end.distance < limits.distance.integer { return nil }
    }
    let isNear = hops > 0 && hops <= limits.refusalNear.integer && flow.client.isPrivate
    let networks =
      segment.sinceTrigger < 0
      ? 0
      : known.around.refusals.networks(
        of: flow.client, timeToLive: segment.timeToLive, delay: segment.sinceTrigger,
        spread: limits.refusalSpread.integer)
    let isOfMany = Int64(networks) >= limits.refusalNetworks.integer
    guard isNear || isOfMany else { return nil }
    var judgment = Claim.inconclusive(
      "reset_origin", seen: Double(signs.count), needed: 2,
      isOfMany
        ? Phrase(
          "The SYN was answered with a reset in {}, as soon and with the same TTL as those to servers in {} networks: as by one device near the client, and that the port is closed is not told.",
          .frame(segment.frame), .count(networks))
        : Phrase(
          "The SYN was answered with a reset in {} that hardly any router passed on, by its TTL {}: as by a device near the client, and that the port is closed is not told.",
          .frame(segment.frame), .count(Int(segment.timeToLive))))
    judgment.alternatives = ["carrier-nat", "enterprise-firewall"]
    if hops <= limits.refusalNear.integer { judgment.alternatives.insert("lan-box", at: 0) }
    return judgment
  }

  /// Held against the grammar of genuine resets (METHOD.md M1.0); nil if none fits.
  private static func genuine(
    _ segment: ResetSegment, _ signs: Signs, _ state: TCPState, _ flow: FlowObservation, _ known: Circumstances
  ) -> Judgment? {
    let bySelf = Int(segment.side) == flow.clientSide
    let isProxys = !bySelf && isOfThisLink(flow, state, segment)
    func end(_ mechanism: Mechanism, _ reason: Phrase) -> Judgment {
      var judgment = Judgment(.reset, mechanism, grade: .none, reason: reason)
      judgment.attribution = isProxys ? .unknown : .endpoint
      judgment.score = known.thresholds.score.resetEndpoint.value
      judgment.evidence = [
        Evidence("reset", Phrase("Reset with TTL {}.", .count(Int(segment.timeToLive))), frames: [segment.frame])
      ]
      if isProxys {
        judgment.evidence.append(
          Evidence(
            "answered_on_this_link",
            Phrase(
              "No router had passed on anything of this server's: a proxy on the capturing host or its link answers in its name, and what the network did behind it is not seen."
            )))
      }
      return judgment
    }
    if segment.answersSYN, !segment.established {
      if !bySelf, !isProxys, let box = refusedByBox(segment, signs, state, flow, known) { return box }
      // Windows sends a refused SYN again, with the same number: some servers accept it then.
      return end(
        .resetRefused,
        Phrase(
          isProxys
            ? "The SYN was answered with a reset in {}, by a proxy on this link: what made it do so is not seen."
            : state.opening.isRepeatedLater
              ? "The SYN was answered with a reset in {} and sent again: the connection that follows tells what came of it."
              : "The SYN was answered with a reset in {}: the port is closed.", .frame(segment.frame)))
    }
    let strange = segment.senderSeen && signs.contains(.strangeTimeToLive)
    if segment.flags.contains(.ack), segment.senderSeen, segment.beyondNext == 0, !strange {
      // A live socket's abort continues its own numbers: exactly snd_nxt.
      return end(
        .resetEndpoint,
        Phrase(
          bySelf
            ? "The client aborted the connection in {}: the reset continues its own numbers."
            : isProxys
              ? "A proxy on this link, which answers in the server's name, aborted the connection in {}: what made it do so is not seen."
              : "The server aborted the connection in {}: the reset continues its own numbers.",
          .frame(segment.frame)))
    }
    if !segment.flags.contains(.ack), segment.answersAcknowledgment, !strange {
      if !bySelf, segment.openerDataSegments <= 2, state.sides[1 - Int(segment.side)].payload > 0,
        state.sides[Int(segment.side)].payload == 0
      {
        // A dead socket's answer to a fresh connection's first request: a server that lost its state within moments, or
        // somebody who knows the acknowledgment number. Only repetition could tell.
        return nil
      }
      return end(
        .resetEndpoint,
        segment.sincePeer > known.thresholds.reset.idle.integer
          ? Phrase(
            "Reset in {} ended a connection to which nothing had been sent for {}: it answers no segment that was captured.",
            .frame(segment.frame), .duration(segment.sincePeer))
          : Phrase(
            "Reset in {} answers a segment for a connection that its sender no longer knew.", .frame(segment.frame)))
    }
    // With a TTL that the client never used its own packet filter resets where no router had passed its packets on; else they are as
    // well those of whatever stands between.
    let isFar = !TimeToLive.isUntouched(state.sides[Int(segment.side)].timesToLive[0])
    if bySelf, segment.beyondNext == 0 || segment.answersAcknowledgment, !(strange && isFar) {
      var judgment = end(
        .resetEndpoint, Phrase("The client reset the connection in {}.", .frame(segment.frame)))
      if strange { judgment.evidence.append(strangeTimeToLive(segment, state)) }
      return judgment
    }
    if !segment.senderSeen {
      return Claim.inconclusive(
        "mid_flow", seen: 0, needed: 1,
        Phrase("The reset in {} is the first packet of its sender in this capture.", .frame(segment.frame)))
    }
    return nil
  }
}
