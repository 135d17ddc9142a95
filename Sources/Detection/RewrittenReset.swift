internal import Flow
internal import Settings
internal import Verdict
internal import Wire

/// Packets that were rewritten on the way into resets (METHOD.md M1.4).
///
/// Claims: the reset has the marks of two templates that exclude each other. Within a connection: it goes on with its
/// sender's own sequence numbers, TTL and IPv4 identification, as only a packet of the live socket does, and lacks the
/// timestamps that the same Linux socket puts into everything it sends, its aborts included; or it comes again as only
/// data does that nobody acknowledges. In answer to a SYN: it has
/// the initial sequence number and the window of a SYN-ACK, where a closed port sends 0 (RFC 9293 section 3.10.7.1).
/// Cannot tell apart: who rewrote it; a load balancer that imitates its server; stacks that leave timestamps out of their
/// resets, as the BSD family does, are excluded only by the Linux marks of the handshake, which others may have as well.
enum RewrittenReset {
  /// Steps of a Linux socket's own counter that a reset may stand beyond the latest packet: some may be lost.
  private static let steps: ClosedRange<UInt16> = 1...8

  /// Judges a reset that no other sign speaks against; nil if it is none of these.
  static func judge(
    _ segment: ResetSegment, _ signs: Resets.Signs, _ trace: ResetTrace, _ flow: FlowObservation, _ known: Circumstances
  ) -> Judgment? {
    guard segment.flags.contains(.ack) else { return nil }
    if let repeated = repetition(of: segment, in: trace, known) {
      return finding(
        segment, flow, known,
        Evidence(
          "reset_retransmitted",
          Phrase(
            "The same reset came again {} later, {} further on in its sender's count of IPv4 identifications, and nothing was sent to it in between: resets are not repeated, data is.",
            .duration(repeated.later.time &- repeated.earlier.time),
            .count(Int(repeated.later.identificationStep &- repeated.earlier.identificationStep))),
          frames: [repeated.earlier.frame, repeated.later.frame]))
    }
    guard signs.isEmpty else { return nil }
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
        segment.senderOnlyOpened
          ? Phrase(
            "Sequence number and TTL continue the sender's own; the timestamps are missing that it put into its SYN-ACK, and that Linux, whose SYN-ACKs look like that, puts into aborts too."
          )
          : Phrase(
            "Sequence number, TTL and IPv4 identification (+{}) continue the sender's own; the timestamps are missing that it had used, and that Linux, whose SYN-ACKs look like its, puts into aborts too.",
            .count(Int(segment.identificationStep))), frames: [segment.frame]))
  }

  /// The marks of two templates are on one reset.
  static func isMarked(_ segment: ResetSegment) -> Bool {
    segment.flags.contains(.ack) && (isRewrittenAnswerToSYN(segment) || isRewrittenPacket(segment))
  }

  /// The retransmission of what a reset was made of: the same numbers from a counting stack, not at once as some send
  /// resets in threes, and not in answer to anything; and the copy before it.
  private static func repetition(
    of segment: ResetSegment, in trace: ResetTrace, _ known: Circumstances
  ) -> (earlier: ResetSegment, later: ResetSegment)? {
    guard !segment.zeroIdentification, !segment.timestamps, !segment.afterClose, segment.established else { return nil }
    var latest = segment
    for place in 0..<Int(trace.count) {
      let later = trace.segments[place]
      guard later.side == segment.side, later.flags == segment.flags, later.sequence == segment.sequence,
        later.acknowledgment == segment.acknowledgment, later.timeToLive == segment.timeToLive,
        steps.contains(later.identificationStep &- latest.identificationStep)
      else { continue }
      if later.time &- latest.time >= known.thresholds.reset.repetition.integer,
        later.sincePeer > later.time &- segment.time
      {
        return (latest, later)
      }
      latest = later
    }
    return nil
  }

  private static func isRewrittenAnswerToSYN(_ segment: ResetSegment) -> Bool {
    segment.answersSYN && !segment.established && !segment.senderSeen && segment.acknowledgesAll && !segment.zeroWindow
      && segment.sequence.rawValue != 0
  }

  private static func isRewrittenPacket(_ segment: ResetSegment) -> Bool {
    guard segment.established, !segment.afterClose, segment.senderSeen, segment.usedTimeToLive else { return false }
    guard segment.beyondNext == 0, segment.acknowledgesAll, segment.sinceTrigger >= 0 else { return false }
    return segment.senderTimestamps && !segment.timestamps && segment.senderLooksLikeLinux
      && !segment.zeroIdentification && (segment.senderOnlyOpened || steps.contains(segment.identificationStep))
  }

  private static func finding(
    _ segment: ResetSegment, _ flow: FlowObservation, _ known: Circumstances, _ evidence: Evidence
  ) -> Judgment {
    if let lossy = Silence.lossyCapture(known) { return lossy }
    var judgment = Claim.finding(
      .reset, .resetRewritten, Int(segment.side) == flow.clientSide ? .up : .down,
      known.thresholds.score.resetRewritten,
      Phrase(
        "The reset in {} has the marks of two kinds of packets, as one that was made of another packet on its way.",
        .frame(segment.frame)))
    judgment.window = TimeWindow(first: segment.time, last: segment.time)
    judgment.evidence = [
      Evidence("reset", Phrase("Reset with TTL {}.", .count(Int(segment.timeToLive))), frames: [segment.frame]),
      evidence,
    ]
    judgment.excluders = [
      Excluder("endpoint-abort", .excluded),
      Excluder("closed-port", .excluded),
      CaptureLoss.excluder(known),
    ]
    judgment.alternatives = ["enterprise-firewall", "load-balancer"]
    // Not only Linux begins with identification 0.
    if evidence.code.isSame(as: "reset_of_two_templates") { judgment.alternatives.append("other-stack") }
    return judgment
  }
}

extension ResetSegment {
  /// The sender's SYN or SYN-ACK had identification 0, and what it sent later, if anything, had another one: Linux's mark. Stacks that
  /// number nothing that cannot be fragmented (RFC 6864 section 4.1) have 0 in all of it.
  var senderLooksLikeLinux: Bool {
    senderStartedWithZero && (senderOnlyOpened || identification &- identificationStep != 0)
  }
}
