internal import Flow
internal import Settings
internal import Verdict

/// Paths that fall silent after a small count of packets or bytes, both directions summed (METHOD.md M2.5).
///
/// Claims no more than a cut-off claims: where it happened in the flow. One flow cannot show that the count is a rule and
/// not chance: a cut-off that happened to fall there says the same, which is named as an alternative. Several flows that
/// stop at nearly the same count do show a rule, wherever it lies (`FreezeCounts`).
enum Freeze {
  /// True if what was exchanged until the silence lies where freezes were seen.
  static func isLikely(packets: UInt64, payload: UInt64, _ limits: Thresholds.Silence) -> Bool {
    (limits.freezeLeastPackets.integer...limits.freezeMostPackets.integer).contains(Int64(clamping: packets))
      || (limits.freezeLeastBytes.integer...limits.freezeMostBytes.integer).contains(Int64(clamping: payload))
  }

  /// False of a flow that was under way when the capture began: what had passed before is not known. A path on which media
  /// begin is asked first, and answers.
  private static func isCounted(_ flow: FlowObservation, _ known: Circumstances) -> Bool {
    guard CaptureQuality.isBeginningSeen(flow, known) else { return false }
    guard flow.hasMediaOrOpaque, known.around.start != .min,
      flow.first &- known.around.start < known.thresholds.power.captureEdge.integer
    else { return true }
    guard let kept = flow.kept else { return false }
    let media = min(flow.media.client.first, flow.media.server.first)
    return [Dialogue.Kind.server, .checkBySide0, .checkBySide1].contains {
      let ask = kept.dialogue[$0]
      return ask.asked > 0 && ask.first <= flow.first && ask.firstAnswer <= media
    }
  }

  /// Makes a cut-off a freeze if it fell where freezes were seen, or where those of other flows fell. `packets` and
  /// `payload` bytes of both directions until the silence; `lastAnswer`: the server's last packet, `longestGap` the longest time
  /// between two before it, and `since` when the client's
  /// first unanswered one followed.
  static func mark(
    _ judgment: inout Judgment, _ flow: FlowObservation, _ transport: Transport, packets: UInt64, payload: UInt64,
    lastAnswer: Int64, longestGap: Int64, since: Int64, frame: UInt64, _ known: Circumstances
  ) {
    let limits = known.thresholds.silence
    guard isCounted(flow, known) else { return }
    // A NAT or load balancer forgets what was idle, whatever had passed before; not what had been as idle before, and who waits
    // for the rest of a record (M2.5) is not idle.
    let isIdle =
      flow.owedBytes == 0
      && since &- lastAnswer > max(known.thresholds.reset.idle.integer, longestGap &+ limits.bin.integer)
    judgment.exchanged = (packets, payload, lastAnswer)
    let counts = known.replication.freezes
    func constancy(isApart: Bool) -> FreezeCounts.Constancy? {
      counts.constancy(of: flow, after: (packets, payload), over: transport, limits, isApart: isApart)
        .flatMap { $0.isOwed ? $0 : nil }
    }
    if isIdle, constancy(isApart: false) == nil { return }
    // One after the other each may have been forgotten as well: no rule then.
    // A call's set-up with its peer is a protocol with steps itself, of 18 packets and more: before the other side's media it stops at one
    // whenever that side turns a client away.
    // So is QUIC's handshake, with the first request behind it: a load balancer that does not know the connection's new id loses
    // each connection there.
    let isSettingUp =
      transport == .udp
      && (flow.isPeerPath && flow.media.server.packets == 0 && flow.opaque.server.packets == 0
        || QUICSilence.isYoung(flow))
    let constancy = isIdle || isSettingUp ? nil : constancy(isApart: true)
    // A log-in over another protocol than the web's, as SSH, is as many packets long as freezes let through, and servers shut out
    // those that fail.
    let isCountable = transport == .udp || flow.isWeb
    guard constancy != nil || isLikely(packets: isCountable ? packets : 0, payload: payload, limits) else { return }
    // What fell silent with everything else did so by time, not by count.
    if constancy == nil, let window = judgment.window,
      known.around.othersFellSilent(
        flow.client, besides: flow.server, during: window, margin: limits.bin.integer)
        || known.around.stoppedTogether(
          flow.client, began: flow.first, packets: packets, at: lastAnswer, span: limits.span.integer,
          slack: 2 &* limits.bin.integer)
    {
      return
    }
    judgment.mechanism = .freeze
    judgment.evidence.append(
      Evidence(
        "u6_silent_after_count",
        Phrase(
          // Of a datagram's bytes before the silence the client's are reckoned from its mean packet.
          transport == .udp
            ? "Silent after {} packets and about {} bytes of payload both ways; freezes were seen at 14 to 34 packets or 10 to 26 KB."
            : "Silent after {} packets and {} bytes of payload both ways; freezes were seen at 14 to 34 packets or 10 to 26 KB.",
          .count(Int(clamping: packets)), .count(Int(clamping: payload))), frames: [frame]))
    guard let constancy else {
      judgment.alternatives.append("cut-off-by-chance")
      if isSettingUp { judgment.alternatives.append(flow.isPeerPath ? "peer-application" : "load-balancer") }
      return
    }
    // Each of them had a mapping of its own, made anew.
    judgment.exclude("nat-expiry")
    judgment.evidence.append(
      Evidence(
        "u6_constant_count",
        Phrase(
          "{} flows of this client to the same network fell silent, one after the other, after {} to {} packets.",
          .count(constancy.flows), .count(Int(clamping: constancy.packets.lowerBound)),
          .count(Int(clamping: constancy.packets.upperBound)))))
    // The client's own router counts as well.
    for name: StaticString in ["server-limit", "enterprise-firewall", "lan-box"]
    where !judgment.hasAlternative(name) {
      judgment.alternatives.append(name)
    }
  }
}
