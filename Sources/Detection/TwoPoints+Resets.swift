internal import Settings
internal import Verdict

/// Resets that one of two points alone holds, and those that both do.
extension TwoPoints {
  /// True if resets settle the verdict.
  static func settleResets(
    _ judgment: inout Judgment, _ facts: TwoPointFacts, _ thresholds: Thresholds
  ) -> Bool {
    let strangers = facts.resetsDown + facts.resetsUp
    guard let first = strangers.min(by: { $0.time < $1.time }) else {
      return settleSentReset(&judgment, facts, thresholds)
    }
    // A connection that went on, and one that a NAT may have forgotten, keep their verdict.
    let keeps =
      judgment.outcome == .ok || judgment.outcome == .capped || judgment.outcome == .dropped
      || judgment.gap.map { $0.code.isSame(as: "idle_before_reset") } ?? false
    let isRecorded = isRecorded(facts, thresholds)
    let isProven = strangers.contains { $0.isProven }
    guard isProven || isRecorded else {
      if !keeps, settleSentReset(&judgment, facts, thresholds) { return true }
      judgment.evidence.append(unrecorded(facts))
      return false
    }
    let evidence = origins(facts)
    guard !keeps else {
      judgment.evidence += evidence
      return false
    }
    // Two recorders would have missed one reset each.
    let isTwofold = !facts.resetsDown.isEmpty && !facts.resetsUp.isEmpty
    guard isProven || isTwofold || lacksCause(facts, thresholds) else {
      return settleUnproven(&judgment, facts, evidence, thresholds)
    }
    let made = strangers.contains { $0.original != nil }
    var proven = Judgment(
      .reset, made ? .resetRewritten : .resetInjected, grade: .probable,
      reason: made
        ? Phrase("The reset was another packet when it left the other capture point: it was changed between the two.")
        : Phrase("A reset came to one capture point that had never left the other: it was made between the two."))
    proven.direction = facts.resetsDown.isEmpty ? .up : facts.resetsUp.isEmpty ? .down : .both
    proven.attribution = judgment.isFinding ? judgment.attribution : .unknown
    proven.score = made ? thresholds.score.resetRewritten.value : thresholds.score.resetInjected.value
    proven.window = TimeWindow(first: first.time, last: first.time)
    proven.evidence = (judgment.isFinding ? judgment.evidence : []) + evidence
    proven.excluders = [
      Excluder("endpoint-abort", .excluded), Excluder("host-firewall", .excluded),
      // Unknown where a file does not count its drops, until others show that the points miss nothing.
      Excluder("capture-loss", .unknown),
    ]
    proven.alternatives = ["enterprise-firewall", "carrier-nat", "load-balancer"]
    // Of a service at several places another one may have answered, whose way does not lead past the far point.
    if !made, facts.resetsUp.isEmpty { proven.alternatives.append("path-change") }
    if !isProven { proven.alternatives.append("capture-loss") }
    let isSure =
      facts.isComplete && (facts.resetsDown.isEmpty || works(facts.others.down, thresholds))
      && (facts.resetsUp.isEmpty || works(facts.others.up, thresholds))
    if isSure, Int64(facts.companions) >= thresholds.grade.connections.integer {
      proven.grade = .confirmed
      proven.exclude("capture-loss")
    }
    judgment = proven
    return true
  }

  /// The files of the points that the resets should have passed hold their senders' other packets of the flow, and hardly lack
  /// any: that they miss just these by chance is as improbable as a grade asks for.
  private static func isRecorded(_ facts: TwoPointFacts, _ thresholds: Thresholds) -> Bool {
    guard facts.isComplete else { return false }
    let most = thresholds.grade.probability.value
    return (facts.resetsDown.isEmpty || facts.down.sent > 0 && facts.missedSegments.down < most)
      && (facts.resetsUp.isEmpty || facts.up.sent > 0 && facts.missedSegments.up < most)
  }

  /// Data that resets may answer never came to their supposed senders. Beside a file that may miss as much as what it shows bounds, one
  /// such connection is one gap in it: two are not by chance.
  private static func lacksCause(_ facts: TwoPointFacts, _ thresholds: Thresholds) -> Bool {
    let most = thresholds.grade.probability.value
    func tells(_ resets: [TwoPointFacts.Stranger], _ missed: Double) -> Bool {
      resets.contains { $0.lacksCause } && (missed < most || facts.companions >= 2)
    }
    return tells(facts.resetsDown, facts.mostMissed.down) || tells(facts.resetsUp, facts.mostMissed.up)
  }

  private static func unrecorded(_ facts: TwoPointFacts) -> Evidence {
    Evidence(
      "far_incomplete",
      Phrase(
        "{} resets are in the file of one capture point only, and the other's holds too little of what passed it to show why.",
        .count(facts.resetsDown.count + facts.resetsUp.count)))
  }

  /// A reset that one file holds and the other does not, with nothing else that shows whose it was: a filter of the recorder, or
  /// a load balancer between the points that speaks for its servers, leaves the same. What signs show by themselves stands.
  private static func settleUnproven(
    _ judgment: inout Judgment, _ facts: TwoPointFacts, _ evidence: [Evidence], _ thresholds: Thresholds
  ) -> Bool {
    if settleSentReset(&judgment, facts, thresholds) { return true }
    guard judgment.outcome == .reset, !judgment.isFinding else {
      judgment.evidence += evidence
      return true
    }
    var refused = Claim.inconclusive(
      "reset_origin", seen: 1, needed: 2,
      Phrase(
        "The reset came to one capture point, and the other's file does not hold it. Nothing else shows whether its end sent it, or something between the two."
      ))
    refused.evidence = judgment.evidence + evidence
    refused.alternatives = ["load-balancer", "enterprise-firewall", "carrier-nat"]
    judgment = refused
    return true
  }

  /// True if the reset that the verdict rests on left the far point as it came.
  static func settleSentReset(
    _ judgment: inout Judgment, _ facts: TwoPointFacts, _ thresholds: Thresholds
  ) -> Bool {
    guard judgment.outcome == .reset, judgment.isFinding, facts.isResetSent else { return false }
    guard facts.isAtServer else {
      judgment.evidence.append(
        Evidence(
          "reset_passed_far_point",
          Phrase(
            "The reset had left the far capture point as it came to the near one: it was not made between the two.")))
      return false
    }
    var genuine = Judgment(
      .reset, .resetEndpoint, grade: .none,
      reason: Phrase("The reset had left the far capture point as it came to the near one: its end sent it."))
    genuine.attribution = .endpoint
    genuine.score = thresholds.score.resetEndpoint.value
    genuine.evidence = judgment.evidence
    judgment = genuine
    return true
  }

  private static func origins(_ facts: TwoPointFacts) -> [Evidence] {
    var evidence: [Evidence] = []
    if !facts.resetsDown.isEmpty {
      evidence.append(
        Evidence(
          "reset_never_sent_down",
          Phrase(
            "{} resets in the server's name came to the near capture point and had not left the far one.",
            .count(facts.resetsDown.count)), frames: facts.resetsDown.map(\.frame)))
    }
    if !facts.resetsUp.isEmpty {
      evidence.append(
        Evidence(
          "reset_never_sent_up",
          Phrase(
            "{} resets in the client's name came to the far capture point and had not left the near one.",
            .count(facts.resetsUp.count)), frames: facts.resetsUp.map(\.frame), file: facts.farPath))
    }
    for (resets, file) in [(facts.resetsDown, facts.farPath as String?), (facts.resetsUp, nil)] {
      let originals = resets.compactMap(\.original)
      guard !originals.isEmpty else { continue }
      evidence.append(
        Evidence(
          "reset_was_another_packet",
          Phrase("At the other point the same packet, by place and identification, was no reset."),
          frames: originals.sorted(), file: file))
    }
    return evidence
  }
}
