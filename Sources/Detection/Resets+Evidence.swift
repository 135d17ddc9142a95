internal import Flow
internal import Verdict

/// What the signs of a reset show.
extension Resets {
  /// What each sign says, and published likenesses.
  static func evidence(
    of signs: Signs, _ segment: ResetSegment, _ state: TCPState, _ trace: ResetTrace
  ) -> [Evidence] {
    let side = Int(segment.side)
    var evidence: [Evidence] = []
    if signs.contains(.early) {
      evidence.append(
        Evidence(
          "reset_too_early",
          Phrase(
            "It came {} after the packet that it answers; its supposed sender never needed less than {}.",
            .duration(segment.sinceTrigger), .duration(distance(of: side, state))), frames: [segment.frame]))
    }
    if signs.contains(.withoutTimestamps) {
      evidence.append(
        Evidence(
          "reset_without_timestamps",
          Phrase(
            "It lacks the timestamps that its supposed sender had used, and that Linux, whose SYN-ACKs look like its, puts into aborts too."
          ),
          frames: [segment.frame]))
    }
    if signs.contains(.dataAfter) {
      evidence.append(
        Evidence(
          "data_after_own_reset",
          Phrase(
            "Its supposed sender sent new data in {} segments afterwards.", .count(Int(trace.aftermath.data[side]))),
          frames: [trace.aftermath.dataFrame[side]]))
    }
    if signs.contains(.progressAfter) {
      evidence.append(
        Evidence(
          "acknowledgment_after_own_reset",
          Phrase("Its supposed sender acknowledged more than before, afterwards."),
          frames: [trace.aftermath.progressFrame[side]]))
    }
    if signs.contains(.sequenceChange) {
      evidence.append(
        Evidence(
          "reset_sequence_change", Phrase("Two resets with rising sequence numbers that no stack sends."),
          frames: [segment.frame]))
    }
    if signs.contains(.acknowledgmentChange) {
      evidence.append(
        Evidence(
          "reset_acknowledgment_change",
          Phrase("Two resets with different acknowledgments of what was never sent."), frames: [segment.frame]))
    }
    if signs.contains(.reservedBits) {
      evidence.append(
        Evidence(
          "reset_reserved_bits", Phrase("Reserved bits of its TCP header are set, as no stack does."),
          frames: [segment.frame]))
    }
    if signs.contains(.strangeIdentification) {
      evidence.append(
        Evidence(
          "strange_identification",
          Phrase(
            "IPv4 identification {} beyond the sender's own counter.", .count(Int(segment.identificationStep))),
          frames: [segment.frame]))
    }
    if signs.contains(.strangeTimeToLive) {
      evidence.append(strangeTimeToLive(segment, state))
    }
    if signs.contains(.outOfPlace) {
      evidence.append(
        Evidence(
          "sequence_behind",
          Phrase("{} bytes behind what the same end had sent.", .count(Int(-Int64(segment.beyondNext)))),
          frames: [segment.frame]))
    }
    return evidence + ResetFingerprint.evidence(of: side, trace)
  }

  static func strangeTimeToLive(_ segment: ResetSegment, _ state: TCPState) -> Evidence {
    Evidence(
      "strange_ttl",
      Phrase(
        "TTL {}; the same end had used {} before.", .count(Int(segment.timeToLive)),
        .count(Int(state.sides[Int(segment.side)].timesToLive[0]))), frames: [segment.frame])
  }
}
