internal import Settings
internal import Verdict

/// Silences, and media that were discarded, as two points saw them.
extension TwoPoints {
  // MARK: Silence

  static func settleSilence(_ judgment: inout Judgment, _ facts: TwoPointFacts, _ thresholds: Thresholds) {
    if facts.changed(facts.up) + facts.changed(facts.down) > 0 {
      judgment.evidence.append(rewritten)
      return
    }
    // Of a layer, its own packets: others of the flow come and go, and some of these are lost as others are.
    let ways =
      judgment.scope == nil ? (facts.up, facts.down) : facts.layer ?? (TwoPointFacts.Way(), TwoPointFacts.Way())
    let up = isDropped(ways.0, thresholds)
    let down = isDropped(ways.1, thresholds)
    guard up || down else {
      settlePassed(&judgment, ways, facts)
      return
    }
    if up { judgment.evidence.append(lostUp(ways.0)) }
    if down { judgment.evidence.append(lostDown(ways.1, facts)) }
    judgment.direction = up ? (down ? .both : .up) : .down
    guard facts.isComplete, !up || works(facts.others.up, thresholds), !down || works(facts.others.down, thresholds)
    else { return }
    judgment.evidence.append(othersArrived(up ? facts.others.up : facts.others.down))
    judgment.grade = .confirmed
    judgment.exclude(
      "server-down", "local-link-down", "access-line-down", "capture-loss", "transport-blocked-altogether")
    judgment.alternatives = ["enterprise-firewall", "carrier-nat", "routing"]
  }

  /// All that was sent came: what is missing is missing at the far point, or behind it.
  private static func settlePassed(
    _ judgment: inout Judgment, _ ways: (up: TwoPointFacts.Way, down: TwoPointFacts.Way), _ facts: TwoPointFacts
  ) {
    guard ways.up.sent > 0, ways.up.lost == 0, ways.down.lost == 0 else { return }
    let layer = judgment.scope
    guard facts.isAtServer else {
      judgment.evidence.append(
        Evidence(
          "passed_far_point",
          Phrase(
            layer == nil
              ? "All {} packets that the client sent in the silence came to the far capture point: what became of them lies behind it."
              : "All {} packets of this kind that the client sent came to the far capture point: what became of them lies behind it.",
            .count(ways.up.sent))))
      return
    }
    // Of a layer some left, and came.
    guard layer == nil || ways.down.sent == 0 else { return }
    var refused = Claim.inconclusive(
      "server_silent", seen: 0, needed: 1,
      Phrase(
        layer == nil
          ? "All {} packets that the client sent in the silence came to the far capture point, and none of the server's were lost on the way back: the silent end itself sent nothing."
          : layer == .dtls
            ? "All {} DTLS packets that the client sent came to the far capture point, and none of the server's left it: the silent end itself sent none."
            : "All {} media packets that the client sent came to the far capture point, and none of the server's left it: the silent end itself sent none.",
        .count(ways.up.sent)))
    refused.evidence = judgment.evidence
    judgment = refused
  }

  /// Nothing of a direction arrived, but for what passed as it began, in as many bins as a silence needs.
  private static func isDropped(_ way: TwoPointFacts.Way, _ thresholds: Thresholds) -> Bool {
    Int64(way.lostBins) >= thresholds.pair.bins.integer && way.arrived == way.arrivedFirst
  }

  private static func lostUp(_ way: TwoPointFacts.Way) -> Evidence {
    Evidence(
      "left_and_not_arrived_up",
      Phrase(
        "{} of {} packets in {} one-second bins left the near capture point and never came to the far one.",
        .count(way.lost), .count(way.sent), .count(way.lostBins)), frames: way.lostFrames)
  }

  private static func lostDown(_ way: TwoPointFacts.Way, _ facts: TwoPointFacts) -> Evidence {
    Evidence(
      "left_and_not_arrived_down",
      Phrase(
        "{} of {} packets in {} one-second bins left the far capture point and never came to the near one.",
        .count(way.lost), .count(way.sent), .count(way.lostBins)), frames: way.lostFrames, file: facts.farPath)
  }

  private static func othersArrived(_ others: TwoPointFacts.Way) -> Evidence {
    Evidence(
      "others_arrived",
      Phrase(
        "{} of {} packets of other flows went the same way from point to point meanwhile.", .count(others.arrived),
        .count(others.sent)))
  }

  // MARK: Discarding

  /// Media that are missing by chance: lost between the points as far as they left the first of them, and no more than that.
  static func settleDiscard(_ judgment: inout Judgment, _ facts: TwoPointFacts, _ thresholds: Thresholds) {
    let isUp = judgment.direction == .up
    let way = isUp ? facts.up : facts.down
    guard way.sent > 0 else { return }
    if facts.changed(way) > 0 {
      judgment.evidence.append(rewritten)
      return
    }
    let between = (isUp ? facts.lossBetween.up : facts.lossBetween.down) ?? 0
    let seen = isUp ? facts.seenLoss.up : facts.seenLoss.down
    let missed = isUp ? facts.missedShare.up : facts.missedShare.down
    let limits = thresholds.power
    // The larger part of what the verdict counts, as of loss that a recorder may have had itself.
    let isMost = seen.map { between > limits.ownLoss.value * $0 } ?? false
    guard Int64(way.lost) >= limits.losses.integer, Int64(way.lostBins) >= thresholds.pair.bins.integer, isMost,
      isLost(UInt64(way.lost), of: UInt64(way.sent), missed: missed, thresholds)
    else {
      if let seen, between <= limits.ownLoss.value * seen { settleBeyond(&judgment, way, facts) }
      return
    }
    judgment.evidence.append(isUp ? lostUp(way) : lostDown(way, facts))
    let others = isUp ? facts.others.up : facts.others.down
    // What is lost of everybody, this flow's kind is not lost for, or one of the recorders missed it.
    let isOwn = Double(others.sent - others.arrived) <= limits.ownLoss.value * between * Double(others.sent)
    guard facts.isComplete, works(others, thresholds), isOwn else { return }
    judgment.evidence.append(othersArrived(others))
    judgment.grade = .confirmed
    // What left was sent, and this way.
    judgment.exclude("capture-loss", "sender-thinning", "other-path")
    addOtherWay(&judgment, facts, seen ?? 1, thresholds)
  }

  /// The other way, of which one point sees nothing, is lost between the points as well if it is as much.
  private static func addOtherWay(
    _ judgment: inout Judgment, _ facts: TwoPointFacts, _ seen: Double, _ thresholds: Thresholds
  ) {
    let isUp = judgment.direction == .up
    let way = isUp ? facts.down : facts.up
    let between = (isUp ? facts.lossBetween.down : facts.lossBetween.up) ?? 0
    let missed = isUp ? facts.missedShare.down : facts.missedShare.up
    guard facts.changed(way) == 0, Int64(way.lost) >= thresholds.power.losses.integer,
      Int64(way.lostBins) >= thresholds.pair.bins.integer, between > thresholds.power.ownLoss.value * seen,
      isLost(UInt64(way.lost), of: UInt64(way.sent), missed: missed, thresholds)
    else { return }
    judgment.evidence.append(isUp ? lostDown(way, facts) : lostUp(way))
    judgment.direction = .both
  }

  /// Most of what is missing did not get lost between the points.
  private static func settleBeyond(_ judgment: inout Judgment, _ way: TwoPointFacts.Way, _ facts: TwoPointFacts) {
    let isSenders = judgment.direction != .up && facts.isAtServer
    let evidence = Evidence(
      "missing_at_first_point",
      Phrase(
        "{} of the {} packets of this direction that left one capture point did not come to the other: most of what is missing was missing before.",
        .count(way.lost), .count(way.sent)))
    guard isSenders else {
      judgment.evidence.append(evidence)
      return
    }
    var refused = Claim.inconclusive(
      "missing_at_sender", seen: Double(way.lost), needed: 0,
      Phrase(
        "{} of {} packets that left the far capture point, which lies at the server, came to the near one: most of what is missing was missing where it was sent.",
        .count(way.arrived), .count(way.sent)))
    refused.evidence = judgment.evidence + [evidence]
    refused.lossUp = judgment.lossUp
    refused.lossDown = judgment.lossDown
    judgment = refused
  }
}
