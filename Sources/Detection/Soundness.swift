public import Flow
internal import Settings
public import Verdict

/// The verdict of a flow in which no detector found anything: `ok` with the smallest effect that would have been seen,
/// `degraded` where media was lost for a cause that is not told, or `inconclusive` with what is missing.
///
/// Claims nothing on bandwidth caps and random discard: a lossy flow is never `ok`.
public enum Soundness {
  /// Judges what is left of a UDP flow.
  public static func judge(_ flow: FlowObservation, _ known: Circumstances) -> Judgment {
    let limits = known.thresholds.power
    if flow.packets.client == 0 || flow.packets.server == 0 {
      return Claim.inconclusive(
        "one_direction", seen: 1, needed: 2, Phrase("Only one side of this flow is in the capture."))
    }
    let up = flow.media.client
    let down = flow.media.server
    let worst = (down.loss ?? 0) >= (up.loss ?? 0) ? down : up
    if Int64(clamping: worst.lost) >= limits.losses.integer, let share = worst.loss, share >= limits.lossShare.value {
      var judgment = Judgment(
        .degraded, nil, grade: .consistent,
        reason: Phrase(
          "{} of {} media packets were lost ({}); the cause is not told apart here.", .count(Int(clamping: worst.lost)),
          .count(Int(clamping: worst.expected)), .share(share)))
      judgment.direction = (down.loss ?? 0) >= (up.loss ?? 0) ? .down : .up
      judgment.attribution = .unknown
      judgment.score = known.thresholds.score.degraded.value
      judgment.window = TimeWindow(first: worst.first, last: worst.last)
      judgment.alternatives = ["congestion", "radio-loss", "bandwidth-cap", "random-discard"]
      return judgment
    }
    if Int64(clamping: min(flow.packets.client, flow.packets.server)) < limits.packets.integer, flow.dialogue == nil {
      return Claim.inconclusive(
        "too_few_packets", seen: Double(min(flow.packets.client, flow.packets.server)), needed: limits.packets.value,
        Phrase("Too few packets to say anything."))
    }
    if up.span >= limits.mediaSpan.integer, down.packets == 0, down.control == 0, !flow.hasOpaqueMedia {
      return Claim.inconclusive(
        "no_media_back", seen: 0, needed: 1,
        Phrase(
          "The client sent media for {}; neither media nor RTCP came back on this path, and nothing owed them.",
          .duration(up.span)))
    }
    // Media of one side that ended while the other's went on for long: nothing owed them, but that is not sound to the end.
    let early = up.last < down.last ? up : down
    let late = up.last < down.last ? down : up
    if early.packets > 0, late.packets > 0, late.last &- early.last >= known.thresholds.silence.cutoff.integer,
      late.span >= limits.mediaSpan.integer, (flow.dialogue?.hangUp ?? .max) > early.last
    {
      return Claim.inconclusive(
        "media_stopped", seen: Claim.seconds(late.last &- early.last),
        needed: Claim.seconds(known.thresholds.silence.cutoff.integer),
        Phrase(
          up.last < down.last
            ? "The client's media ended {} before the server's: it may have stopped, or been dropped before this point."
            : "The server's media ended {} before the client's: it may have stopped, or been dropped; nothing owed them.",
          .duration(late.last &- early.last)))
    }
    if Int64(clamping: down.expected) >= limits.mediaPackets.integer, down.span >= limits.mediaSpan.integer {
      // Fewer than 15 losses or 1 % stay unnamed: that is the smallest loss that would have been.
      let smallest = max(limits.lossShare.value, limits.losses.value / Double(down.expected))
      return Claim.ok(
        Power("media_loss_down", smallest), known,
        Phrase(
          "Both sides answered to the end; {} of {} media packets lost.", .count(Int(clamping: down.lost)),
          .count(Int(clamping: down.expected))))
    }
    return Claim.ok(
      Power("silence_s", Claim.seconds(known.thresholds.silence.cutoff.integer)), known,
      Phrase(
        "Both sides answered: {} packets up, {} down.", .count(Int(clamping: flow.packets.client)),
        .count(Int(clamping: flow.packets.server))))
  }

  /// Judges what is left of a TCP flow.
  public static func judge(
    _ flow: FlowObservation, _ state: TCPState, _ known: Circumstances
  ) -> Judgment {
    if flow.packets.client == 0 || flow.packets.server == 0 {
      return Claim.inconclusive(
        "one_direction", seen: 1, needed: 2, Phrase("Only one side of this connection is in the capture."))
    }
    let client = state.sides[flow.clientSide]
    let server = state.sides[1 - flow.clientSide]
    if client.dataSegments == 0 && server.dataSegments == 0
      && !(client.sent.contains(.fin) && server.sent.contains(.fin))
    {
      return Claim.inconclusive(
        "no_data", seen: 0, needed: 1, Phrase("The connection carried no data in this capture."))
    }
    if client.unanswered > 0, client.unansweredCopies > 0, !server.sent.contains(.fin) {
      return Claim.inconclusive(
        "too_few_trials", seen: Double(client.unansweredCopies), needed: known.thresholds.silence.retransmissions.value,
        Phrase(
          "The capture ends with {} unanswered retransmissions: too few to say more.",
          .count(Int(client.unansweredCopies))))
    }
    if let lossy = lossy(client, .up, known) ?? lossy(server, .down, known) { return lossy }
    if client.dataSegments > 0, server.dataSegments == 0, server.payload == 0, !server.sent.contains(.fin) {
      return Claim.inconclusive(
        "no_answer_seen", seen: 0, needed: 1,
        Phrase("The server acknowledged but sent no data in this capture."))
    }
    return Claim.ok(
      Power("silence_s", Claim.seconds(known.thresholds.silence.span.integer)), known,
      Phrase(
        "Both sides answered: {} packets up, {} down, {} retransmissions.", .count(Int(clamping: flow.packets.client)),
        .count(Int(clamping: flow.packets.server)), .count(Int(client.retransmissions) + Int(server.retransmissions))))
  }

  /// A lossy transfer is never `ok`: nothing here tells a cap from congestion.
  private static func lossy(_ side: TCPSide, _ direction: Direction, _ known: Circumstances) -> Judgment? {
    guard Int64(side.retransmissions) >= known.thresholds.power.losses.integer else { return nil }
    let share = Double(side.retransmissions) / Double(max(1, UInt32(side.dataSegments)))
    guard share >= known.thresholds.power.retransmissionShare.value else { return nil }
    var judgment = Judgment(
      .degraded, nil, grade: .consistent,
      reason: Phrase(
        "{} of {} data segments were retransmissions ({}); the cause is not told apart here.",
        .count(Int(side.retransmissions)), .count(Int(side.dataSegments)), .share(share)))
    judgment.direction = direction
    judgment.attribution = .unknown
    judgment.score = known.thresholds.score.degraded.value
    judgment.alternatives = ["congestion", "radio-loss", "bandwidth-cap", "random-discard"]
    return judgment
  }
}
