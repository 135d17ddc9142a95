internal import Flow
internal import Settings
internal import Verdict

/// The verdict of a flow in which no detector found anything: `ok` with the smallest effect that would have been seen,
/// `degraded` where media was lost for a cause that is not told, or `inconclusive` with what is missing.
///
/// Claims nothing on bandwidth caps and random discard: a lossy flow is never `ok`.
enum Soundness {
  /// Judges what is left of a UDP flow.
  static func judge(_ flow: FlowObservation, _ known: Circumstances, into judgment: inout Judgment) {
    let limits = known.thresholds.power
    if flow.packets.client == 0 || flow.packets.server == 0 {
      return Claim.withhold(
        &judgment, "one_direction", seen: 1, needed: 2, Phrase("Only one side of this flow is in the capture."))
    }
    let up = flow.media.client
    let down = flow.media.server
    let isUp = (up.loss ?? 0) > (down.loss ?? 0)
    if let lossy = lossy(isUp ? up : down, isUp, flow, known) {
      judgment = lossy
      // Where the capture may have lost the worse one's packets itself, the other's may be lost all the same.
      if lossy.outcome != .degraded, let other = Self.lossy(isUp ? down : up, !isUp, flow, known),
        other.outcome == .degraded
      {
        judgment = other
      }
      return
    }
    if let lossy = lossyStream(up, down, flow, known) ?? lossyStretch(up, down, flow, known)
      ?? ReportedLoss.judge(flow, known) ?? Lateness.judge(flow, known)
    {
      judgment = lossy
      return
    }
    if Int64(clamping: min(flow.packets.client, flow.packets.server)) < limits.packets.integer, flow.dialogues.isEmpty {
      return Claim.withhold(
        &judgment, "too_few_packets", seen: Double(min(flow.packets.client, flow.packets.server)),
        needed: limits.packets.value,
        Phrase("Too few packets to say anything."))
    }
    if up.span >= limits.mediaSpan.integer, down.packets == 0, down.control == 0, !flow.hasOpaqueMedia {
      return Claim.withhold(
        &judgment, "no_media_back", seen: 0, needed: 1,
        Phrase(
          "The client sent media for {}; neither media nor RTCP came back on this path, and nothing owed them.",
          .duration(up.span)))
    }
    if let stopped = sealedStopped(flow, known) {
      judgment = stopped
      return
    }
    // Media of one side that ended while the other's went on for long: nothing owed them, but that is not sound to the end.
    let early = up.last < down.last ? up : down
    let late = up.last < down.last ? down : up
    if early.packets > 0, late.packets > 0, late.last &- early.last >= known.thresholds.silence.cutoff.integer,
      late.span >= limits.mediaSpan.integer, (flow.dialogue?.hangUp ?? .max) > early.last
    {
      let pause = TimeWindow(first: early.last, last: late.last)
      if let agreed = agreed(flow, isServers: down.last < up.last, in: pause, known) {
        judgment = agreed
        return
      }
      return Claim.withhold(
        &judgment, "media_stopped", seen: Claim.seconds(late.last &- early.last),
        needed: Claim.seconds(known.thresholds.silence.cutoff.integer),
        Phrase(
          up.last < down.last
            ? "The client's media ended {} before the server's: it may have stopped, or been dropped before this point."
            : answered(flow) &- early.last >= known.thresholds.silence.cutoff.integer
              ? "The server's media ended {} before the client's, while requests went on being answered: it may have stopped, or been dropped; nothing owed them."
              : "The server's media ended {} before the client's: it may have stopped, or been dropped; nothing owed them.",
          .duration(late.last &- early.last)))
    }
    if let open = listenerStopped(flow, known) ?? unanswered(flow, known) {
      judgment = open
      return
    }
    if let crowded = unfollowed(up, known, isUp: true) ?? unfollowed(down, known, isUp: false) {
      judgment = crowded
      return
    }
    if Int64(clamping: down.expected) >= limits.mediaPackets.integer, down.span >= limits.mediaSpan.integer {
      // Fewer than 15 losses or 1 % stay unnamed: that is the smallest loss that would have been.
      let smallest = max(limits.lossShare.value, limits.losses.value / Double(down.expected))
      Claim.clear(
        &judgment, Power("media_loss_down", smallest), known,
        Phrase(
          "Both sides answered to the end; {} of {} media packets lost.", .count(Int(clamping: down.lost)),
          .count(Int(clamping: down.expected))))
      if let ended = ended(flow) { judgment.evidence.append(ended) }
      if let overtaken = overtaken(down, limits) { judgment.evidence.append(overtaken) }
      return
    }
    if let kept = keptTooLittle(flow, known) {
      return Claim.withhold(
        &judgment, "cut_short", seen: Double(kept), needed: limits.payload.value,
        Phrase(
          "The capture keeps {} bytes of a datagram: too few to tell what this flow carries, and what it lacks.",
          .count(Int(kept))))
    }
    clear(
      &judgment, EndedRow(flow), least: known.thresholds.silence.cutoff.integer, known,
      Phrase(
        "Both sides answered: {} packets up, {} down.", .count(Int(clamping: flow.packets.client)),
        .count(Int(clamping: flow.packets.server))))
  }

  /// Nothing wrong but what a row of unanswered requests or copies shows that an answer ended: a refusal, or the silence that would
  /// have been seen, `least` ns without such a row.
  static func clear(
    _ judgment: inout Judgment, _ row: EndedRow?, least: Int64, _ known: Circumstances, _ reason: Phrase
  ) {
    if let refused = row?.refusal(known.thresholds.silence) {
      judgment = refused
    } else {
      Claim.clear(&judgment, Power("silence_s", row?.power(least) ?? Claim.seconds(least)), known, reason)
    }
  }

  /// A direction lost enough to be named, or the capture may have; nil if neither.
  private static func lossy(
    _ media: MediaObservation, _ isUp: Bool, _ flow: FlowObservation, _ known: Circumstances
  ) -> Judgment? {
    let limits = known.thresholds.power
    guard Int64(clamping: media.lost) >= limits.losses.integer, let share = media.loss,
      share >= limits.lossShare.value
    else { return nil }
    if let refused = notLost(media.lost, of: media.expected, share: limits.lossShare.value, media, isUp, flow, known) {
      return refused
    }
    return lossyMedia(
      media, isUp,
      Phrase(
        "{} of {} media packets were lost ({}); the cause is not told apart here.",
        // The share leaves repeats out, and so do the counts.
        .count(Int(clamping: media.lost &- min(media.lost, media.repeats.lost))),
        .count(Int(clamping: media.expected &- min(media.expected, media.repeats.expected))), .share(share)), known)
  }

  /// One stream lost enough to be named, though all of a direction together did not.
  private static func lossyStream(
    _ up: MediaObservation, _ down: MediaObservation, _ flow: FlowObservation, _ known: Circumstances
  ) -> Judgment? {
    let isDown = down.worstShare >= up.worstShare
    let worst = isDown ? down : up
    guard Int64(clamping: worst.worst.expected) >= known.thresholds.power.mediaPackets.integer,
      worst.worstShare >= known.thresholds.power.streamLoss.value
    else { return nil }
    if let refused = notLost(
      worst.worst.lost, of: worst.worst.expected, share: known.thresholds.power.streamLoss.value, worst, !isDown, flow,
      known)
    {
      return refused
    }
    return lossyMedia(
      worst, !isDown,
      Phrase(
        "{} of the {} packets of one media stream were lost ({}), though few of all; the cause is not told apart here.",
        .count(Int(clamping: worst.worst.lost)), .count(Int(clamping: worst.worst.expected)),
        .share(worst.worstShare)), known)
  }

  /// Much was lost in one stretch of a long call, or all of it, though little of the whole.
  private static func lossyStretch(
    _ up: MediaObservation, _ down: MediaObservation, _ flow: FlowObservation, _ known: Circumstances
  ) -> Judgment? {
    let isUp = up.stretch.lost > down.stretch.lost
    let media = isUp ? up : down
    let (lost, packets, span) = media.stretch
    let limits = known.thresholds.power
    guard Int64(clamping: lost) >= limits.losses.integer, span >= known.thresholds.silence.cutoff.integer,
      Double(lost) >= limits.stretchLoss.value * Double(packets)
    else { return nil }
    if let refused = notLost(lost, of: media.expected, share: 0, media, isUp, flow, known) { return refused }
    return lossyMedia(
      media, isUp,
      Phrase(
        "{} of {} media packets in a row, over {}, were lost, though few of all; the cause is not told apart here.",
        .count(Int(clamping: lost)), .count(Int(clamping: packets)), .duration(span)), known)
  }

  /// A refusal where what is missing of a direction was perhaps not lost: the capture paused or missed it, or it took another path.
  private static func notLost(
    _ lost: UInt64, of expected: UInt64, share: Double, _ media: MediaObservation, _ isUp: Bool,
    _ flow: FlowObservation,
    _ known: Circumstances
  ) -> Judgment? {
    CaptureLoss.refusal(
      holesIn: lost, of: expected, during: TimeWindow(first: media.first, last: media.last), share: share, known)
      ?? CaptureLoss.refusal(tookOtherPaths: Double(lost), flow, isUp: isUp, known)
      ?? CaptureLoss.refusal(Double(lost), of: Double(expected), isUp ? .up : .down, flow, known)
      ?? CaptureLoss.refusal(lostBothWays: Double(lost), of: Double(expected), flow, known)
      ?? CaptureLoss.refusal(overheard: Double(lost), of: Double(expected), reported: media, known)
  }

  /// Media that were lost for a cause that no detector tells: a forwarding server, too, may leave packets out without numbering
  /// anew.
  private static func lossyMedia(
    _ media: MediaObservation, _ isUp: Bool, _ reason: Phrase, _ known: Circumstances
  ) -> Judgment {
    var judgment = Claim.lossy(
      isUp ? .up : .down, during: TimeWindow(first: media.first, last: media.last), known.thresholds, reason)
    judgment.alternatives.append("sender-thinning")
    return judgment
  }

  /// Of sources beyond those that are followed nothing is known but that they sent: as much as would be named if it were lost.
  static func unfollowed(_ media: MediaObservation, _ known: Circumstances, isUp: Bool) -> Judgment? {
    let limits = known.thresholds.power
    guard Int64(clamping: media.unfollowed) >= limits.losses.integer,
      Double(media.unfollowed) >= limits.lossShare.value * Double(media.packets + media.unfollowed)
    else { return nil }
    return Claim.inconclusive(
      "too_many_streams", seen: Double(media.unfollowed), needed: 0,
      Phrase(
        isUp
          ? "{} of the client's media packets were of more than the {} RTP sources that are followed in a flow, or several that were merged and cut: what was lost of them is not known."
          : "{} of the server's media packets were of more than the {} RTP sources that are followed in a flow, or several that were merged and cut: what was lost of them is not known.",
        .count(Int(clamping: media.unfollowed)), .count(Int(known.thresholds.flow.streams.integer))))
  }

  /// Refusals of media that are not RTP: nothing came back, a hole, an early end.
  static func sealedStopped(_ flow: FlowObservation, _ known: Circumstances) -> Judgment? {
    let limits = known.thresholds.power
    let up = flow.opaque.client
    let down = flow.opaque.server
    // At the pace of a call.
    func isPaced(_ media: OpaqueObservation) -> Bool {
      media.span >= limits.mediaSpan.integer && Double(media.packets) >= 8e-9 * Double(media.span)
    }
    guard flow.media.client.packets == 0, flow.media.server.packets == 0, flow.dialogue?.hangUp ?? .max > up.last else {
      return nil
    }
    // A few datagrams are answers of a protocol that is not known here.
    if isPaced(up), 50 * UInt64(down.packets) < UInt64(up.packets) {
      return Claim.inconclusive(
        "no_media_back", seen: Double(down.packets), needed: Double(up.packets) / 50,
        Phrase(
          "The client sent {} datagrams of media over {}; {} came back on this path, and nothing owed them.",
          .count(Int(up.packets)), .duration(up.span), .count(Int(down.packets))))
    }
    // A hole in what the server sent, while the client went on: of numbers nothing is known, so nothing counts what it held.
    if isPaced(up), isPaced(down), down.longestGap >= known.thresholds.silence.cutoff.integer,
      2 &* up.longestGap < down.longestGap
    {
      return Claim.inconclusive(
        "media_hole", seen: Claim.seconds(down.longestGap),
        needed: Claim.seconds(known.thresholds.silence.cutoff.integer),
        Phrase(
          "The server's media paused for {} while the client's went on: it may have had nothing to send, or been dropped.",
          .duration(down.longestGap)))
    }
    // A listener that is muted sends nothing; what the server answers shows that it was there.
    if !isPaced(up), isPaced(down), down.packets >= 50, let answer = flow.dialogue?.server.lastAnswer,
      let stopped = stopped(down.last, before: answer, flow, known)
    {
      return stopped
    }
    guard isPaced(up), down.packets >= 50, up.last &- down.last >= known.thresholds.silence.cutoff.integer else {
      return nil
    }
    return Claim.inconclusive(
      "media_stopped", seen: Claim.seconds(up.last &- down.last),
      needed: Claim.seconds(known.thresholds.silence.cutoff.integer),
      Phrase(
        "The server's media ended {} before the client's: it may have stopped, or been dropped; nothing owed them.",
        .duration(up.last &- down.last)))
  }

  /// A refusal of RTP to a listener who sends none: requests or checks show that both ends were there long after the last of it.
  private static func listenerStopped(_ flow: FlowObservation, _ known: Circumstances) -> Judgment? {
    let down = flow.media.server
    guard flow.media.client.packets == 0, !flow.hasOpaqueMedia, down.packets >= 50,
      down.span >= known.thresholds.power.mediaSpan.integer, (flow.dialogue?.hangUp ?? .min) > down.last
    else { return nil }
    return stopped(down.last, before: answered(flow), flow, known)
  }

  /// The latest answer to a request or check of the client's, ns since the epoch; 0 if there was none.
  private static func answered(_ flow: FlowObservation) -> Int64 {
    guard let dialogue = flow.dialogue else { return 0 }
    return max(0, dialogue.server.lastAnswer, dialogue[.check(by: flow.clientSide)].lastAnswer)
  }

  /// A refusal of media to a listener whose latest packet came long before an answer; nil if it did not, or nothing was answered.
  private static func stopped(
    _ last: Int64, before answer: Int64, _ flow: FlowObservation, _ known: Circumstances
  ) -> Judgment? {
    let least = known.thresholds.silence.cutoff.integer
    guard answer > last, answer &- last >= least else { return nil }
    if let agreed = agreed(flow, isServers: true, in: TimeWindow(first: last, last: answer), known) { return agreed }
    return Claim.inconclusive(
      "media_stopped", seen: Claim.seconds(answer &- last), needed: Claim.seconds(least),
      Phrase(
        "The server's media ended {} before its last answer: whoever spoke may have stopped, or been dropped; nothing owed them.",
        .duration(answer &- last)))
  }

  /// Packets that fill their gaps late are not lost, but were perhaps: some engines send again with the same source and number.
  private static func overtaken(_ media: MediaObservation, _ limits: Thresholds.Power) -> Evidence? {
    guard Int64(clamping: media.late) >= limits.losses.integer,
      Double(media.late) >= limits.lossShare.value * Double(media.expected)
    else { return nil }
    return Evidence(
      "late_packets",
      Phrase(
        "{} of {} media packets came behind later ones: overtaken, or sent again where they had been lost.",
        .count(Int(clamping: media.late)), .count(Int(clamping: media.expected))))
  }

  /// A camera or a microphone that is switched off ends a stream, as does whoever drops it: losses are told by the numbers that
  /// came, so nothing is known of what it would have sent.
  private static func ended(_ flow: FlowObservation) -> Evidence? {
    guard let stream = flow.endedStream, flow.kept?.dialogue.hangUp ?? .max > stream.last else { return nil }
    return Evidence(
      "stream_ended",
      Phrase(
        stream.isServers
          ? "One of the server's RTP streams ended {} before its others, and none began in its place: switched off, or dropped. Losses are told of what was sent until then."
          : "One of the client's RTP streams ended {} before its others, and none began in its place: switched off, or dropped before this point. Losses are told of what was sent until then.",
        .duration(stream.others &- stream.last)), frames: [stream.frame])
  }
}
