internal import Flow
internal import Settings
internal import Verdict

/// Connections in which no detector found anything.
extension Soundness {
  /// Judges what is left of a TCP flow.
  static func judge(
    _ flow: FlowObservation, _ client: TransferSide, _ server: TransferSide, _ known: Circumstances,
    into judgment: inout Judgment
  ) {
    if flow.packets.client == 0 || flow.packets.server == 0 {
      return Claim.withhold(
        &judgment, "one_direction", seen: 1, needed: 2, Phrase("Only one side of this connection is in the capture."))
    }
    if client.dataSegments == 0 && server.dataSegments == 0
      && !(client.sent.contains(.fin) && server.sent.contains(.fin))
    {
      return Claim.withhold(
        &judgment, "no_data", seen: 0, needed: 1, Phrase("The connection carried no data in this capture."))
    }
    if client.unanswered > 0, client.unansweredCopies > 0, !server.sent.contains(.fin) {
      return Claim.withhold(
        &judgment, "too_few_trials", seen: Double(client.unansweredCopies),
        needed: known.thresholds.silence.retransmissions.value,
        Phrase(
          "The capture ends with {} unanswered retransmissions: too few to say more.",
          .count(Int(client.unansweredCopies))))
    }
    // Whoever has closed its direction still acknowledges the other (RFC 9293 section 3.6); fewer copies may be answered
    // behind the end of the capture.
    if client.unanswered > 0, Int64(client.unansweredCopies) >= known.thresholds.silence.retransmissions.integer {
      return Claim.withhold(
        &judgment, "end_unanswered", seen: Double(client.unansweredCopies), needed: 0,
        Phrase(
          "The server had closed its direction; what the client sent then was repeated {} times and never acknowledged.",
          .count(Int(client.unansweredCopies))))
    }
    // Where the client's own packets are captured, its acknowledgments would be there.
    if server.unanswered > 0, Int64(server.unansweredCopies) >= known.thresholds.silence.retransmissions.integer,
      client.sent.isDisjoint(with: [.fin, .rst])
    {
      return Claim.withhold(
        &judgment, "server_unanswered", seen: Double(server.unansweredCopies), needed: 0,
        Phrase(
          "The capture ends with {} repeats of what the server sent, and nothing of the client: it may have left, or nothing reaches it, or comes from it, any more.",
          .count(Int(server.unansweredCopies))))
    }
    if let stalled = stalled(flow, client, server, until: flow.last, known)
      ?? lossy(client, .up, known) ?? lossy(server, .down, known) ?? paused(client, .up, known)
      ?? paused(server, .down, known)
    {
      judgment = stalled
      return
    }
    if let stopped = sealedStopped(flow, known) {
      judgment = stopped
      return
    }
    // What is on its way comes within a round trip, or is sent again.
    if flow.unreceived.bytes > 0, flow.unreceived.stood >= known.thresholds.silence.span.integer {
      return Claim.withhold(
        &judgment, "data_not_arrived", seen: Double(flow.unreceived.bytes), needed: 0,
        Phrase(
          "The server's numbers run {} bytes ahead of what came, and the client's acknowledgment stood still for the last {}: they were sent and did not reach it. Dropped on the way, or too large for it.",
          .count(Int(flow.unreceived.bytes)), .duration(flow.unreceived.stood)))
    }
    // Less was captured than was missed, as where the rest of a flow is handed to hardware.
    let missed = client.missed(of: server)
    if missed > 0, UInt64(missed) > UInt64(server.payload) {
      return Claim.withhold(
        &judgment, "capture_missed", seen: Double(missed), needed: Double(server.payload),
        Phrase(
          "The client acknowledged {} bytes beyond the server's last in this capture, and {} are in it: most was not captured.",
          .count(Int(missed)), .count(Int(server.payload))))
    }
    if client.dataSegments > 0, server.dataSegments == 0, server.payload == 0, !server.sent.contains(.fin) {
      return Claim.withhold(
        &judgment, "no_answer_seen", seen: 0, needed: 1,
        Phrase("The server acknowledged but sent no data in this capture."))
    }
    clear(
      &judgment, EndedRow(client, known.thresholds.silence), least: known.thresholds.silence.span.integer, known,
      Phrase(
        "Both sides answered: {} packets up, {} down, {} retransmissions.", .count(Int(clamping: flow.packets.client)),
        .count(Int(clamping: flow.packets.server)), .count(Int(client.retransmissions) + Int(server.retransmissions))))
  }

  /// Refusals of a connection on which one side went on and the other's packets did not get through, or probes were not answered:
  /// who is to blame is not told, but that is not sound. `end`: of the flow, or when the client gave up, ns since the epoch.
  static func stalled(
    _ flow: FlowObservation, _ client: TransferSide, _ server: TransferSide, until end: Int64, _ known: Circumstances
  ) -> Judgment? {
    let limits = known.thresholds.silence
    let least = limits.retransmissions.integer
    guard !server.sent.contains(.fin) else { return nil }
    if Int64(client.unansweredProbes) >= least, end &- client.unansweredSince >= limits.span.integer {
      return Claim.inconclusive(
        "probes_unanswered", seen: Double(client.unansweredProbes), needed: 0,
        Phrase(
          "The client's last {} keep-alives or window probes, over {}, were not answered: a mapping that ran out, a server that is gone, or a path that is cut.",
          .count(Int(client.unansweredProbes)), .duration(end &- client.unansweredSince)))
    }
    let unmoved = end &- max(server.acknowledgmentTime, flow.first)
    if Int64(client.stalledCopies) >= least, unmoved >= limits.cutoff.integer {
      return Claim.inconclusive(
        "upload_unacknowledged", seen: Double(client.stalledCopies), needed: 0,
        Phrase(
          "The client repeated {} segments that the server, whose packets still came, did not acknowledge for the last {}.",
          .count(Int(client.stalledCopies)), .duration(unmoved)))
    }
    let unheard = end &- max(client.acknowledgmentTime, flow.first)
    guard Int64(server.stalledCopies) >= least, client.acknowledged == server.next, unheard >= limits.span.integer
    else {
      return nil
    }
    return Claim.inconclusive(
      "acknowledgments_unheard", seen: Double(server.stalledCopies), needed: 0,
      Phrase(
        "The server repeated {} segments that the client had acknowledged, over {}, and sent nothing new, as if it heard nothing.",
        .count(Int(server.stalledCopies)), .duration(unheard)))
  }

  /// A lossy transfer is never `ok`: nothing here tells a cap from congestion. Of few segments fewer copies tell, if they are a large
  /// share; handshakes and ends that were sent again count for nothing then, nor do the
  /// copies of one row: that is a silence.
  private static func lossy(_ side: TransferSide, _ direction: Direction, _ known: Circumstances) -> Judgment? {
    let limits = known.thresholds.power
    let segments = Double(max(1, UInt32(side.dataSegments)))
    let share = Double(side.retransmissions) / segments
    if Int64(side.retransmissions) >= limits.losses.integer, share >= limits.retransmissionShare.value {
      return Claim.lossy(
        direction, known.thresholds,
        Phrase(
          "{} of {} data segments were retransmissions ({}); the cause is not told apart here.",
          .count(Int(side.retransmissions)), .count(Int(side.dataSegments)), .share(share)))
    }
    let copies = Int(side.dataCopies) - Int(max(side.stallCopies, side.unansweredCopies))
    guard Int64(copies) >= limits.fewCopies.integer, Int64(side.dataSegments) >= limits.fewSegments.integer,
      Double(copies) >= limits.fewShare.value * segments
    else { return nil }
    return Claim.lossy(
      direction, known.thresholds,
      Phrase(
        "{} of the data segments were retransmissions, {} of {}; the cause is not told apart here.",
        .share(Double(copies) / segments), .count(copies), .count(Int(side.dataSegments))))
  }

  /// A transfer that its sender's timer carried on is never `ok`: what it waited for was lost, or the other side's answer to it.
  private static func paused(_ side: TransferSide, _ direction: Direction, _ known: Circumstances) -> Judgment? {
    let limits = known.thresholds.power
    let isRow = Int64(side.pauseRow) >= limits.pauseRow.integer
    guard isRow || Int64(side.pauses) >= limits.pauses.integer else { return nil }
    return Claim.lossy(
      direction, known.thresholds,
      isRow
        ? Phrase(
          "What was sent stopped in the middle for a second and more, {} times in a row and each time twice as long, while the other side had room and waited: as a sender does that was not answered. The cause is not told apart here.",
          .count(side.pauseRow))
        : Phrase(
          "What was sent stopped {} times for {} and more in the middle, while the other side had room and waited; the cause is not told apart here.",
          .count(Int(side.pauses)), .duration(TCPSide.leastPause)))
  }
}
