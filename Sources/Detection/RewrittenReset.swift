internal import Flow
internal import Settings
internal import Verdict
internal import Wire

/// Packets that were rewritten on the way into resets (METHOD.md M1.4).
///
/// Claims: the reset has the marks of two templates that exclude each other. Within a connection: it goes on with its
/// sender's own sequence numbers, TTL and IPv4 identification, as only a packet of the live socket does, and lacks the
/// timestamps that the same Linux socket puts into everything it sends, its aborts included. In answer to a SYN: it has
/// the initial sequence number and the window of a SYN-ACK, where a closed port sends 0 (RFC 9293 section 3.10.7.1).
/// Cannot tell apart: who rewrote it; a load balancer that imitates its server; stacks that leave timestamps out of their
/// resets, as the BSD family does, are excluded only by the Linux marks of the handshake.
enum RewrittenReset {
  /// Steps of a Linux socket's own counter that a reset may stand beyond the latest packet: some may be lost.
  private static let steps: ClosedRange<UInt16> = 1...8

  /// Judges a reset that no other sign speaks against; nil if it is none of these.
  static func judge(
    _ segment: ResetSegment, _ signs: Resets.Signs, _ state: TCPState, _ flow: FlowObservation, _ known: Circumstances
  ) -> Judgment? {
    guard signs.isEmpty, segment.flags.contains(.ack) else { return nil }
    if isRewrittenAnswerToSYN(segment) {
      return finding(
        segment, flow, known,
        Evidence(
          "reset_like_syn_ack",
          Phrase("It has a sequence number and a window as a SYN-ACK has; a closed port sends 0."),
          frames: [segment.frame]))
    }
    guard isRewrittenPacket(segment) else { return nil }
    return finding(
      segment, flow, known,
      Evidence(
        "reset_of_two_templates",
        Phrase(
          "Sequence number, TTL and IPv4 identification (+{}) continue the sender's own; the timestamps that its stack puts into every segment are missing.",
          .count(Int(segment.identificationStep))), frames: [segment.frame]))
  }

  private static func isRewrittenAnswerToSYN(_ segment: ResetSegment) -> Bool {
    segment.answersSYN && !segment.established && !segment.senderSeen && segment.acknowledgesAll && !segment.zeroWindow
      && segment.sequence.rawValue != 0
  }

  private static func isRewrittenPacket(_ segment: ResetSegment) -> Bool {
    guard segment.established, !segment.afterClose, segment.senderSeen, segment.usedTimeToLive else { return false }
    guard segment.beyondNext == 0, segment.acknowledgesAll, segment.sinceTrigger >= 0 else { return false }
    return segment.senderTimestamps && !segment.timestamps && segment.senderStartedWithZero
      && !segment.zeroIdentification && steps.contains(segment.identificationStep)
  }

  private static func finding(
    _ segment: ResetSegment, _ flow: FlowObservation, _ known: Circumstances, _ evidence: Evidence
  ) -> Judgment {
    if let lossy = Silence.lossyCapture(known) { return lossy }
    var judgment = Claim.finding(
      .reset, .resetRewritten, Int(segment.side) == flow.clientSide ? .up : .down,
      known.thresholds.score.resetRewritten,
      Phrase(
        "The reset in {} was made of another packet on its way: it has the marks of two kinds of packets.",
        .frame(segment.frame)))
    judgment.window = TimeWindow(first: segment.time, last: segment.time)
    judgment.evidence = [
      Evidence("reset", Phrase("Reset with TTL {}.", .count(Int(segment.timeToLive))), frames: [segment.frame]),
      evidence,
    ]
    judgment.excluders = [
      Excluder("endpoint-abort", .excluded),
      Excluder("closed-port", .excluded),
      Excluder("capture-loss", known.around.drops == nil ? .unknown : .excluded),
    ]
    judgment.alternatives = ["enterprise-firewall", "load-balancer"]
    return judgment
  }
}
