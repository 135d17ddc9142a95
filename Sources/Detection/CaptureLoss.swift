public import Settings
public import Verdict

/// Packets that the capturing kernel dropped, held against those that a verdict says were lost on their way (METHOD.md
/// M6.3).
///
/// A file tells how many were dropped, not when and not whose: all of them may have been this flow's. So loss is loss of
/// the path's only as far as there is more of it than of them. Silence and resets rest on packets that are not there at
/// all, and for them one is too many (`Silence.lossyCapture`).
public enum CaptureLoss {
  /// A refusal if the capture's own drops may be what is missing: `lost` packets of `expected`, of which at least `share`
  /// must remain; nil if enough remains, or if nothing was dropped.
  static func refusal(_ lost: Double, of expected: Double, share: Double, _ known: Circumstances) -> Judgment? {
    guard let drops = known.around.drops, drops > 0 else { return nil }
    let limits = known.thresholds.power
    let own = Double(drops)
    // What may be its own is the smaller part, what remains would be named by itself, and a rate is hardly moved.
    let isMinor = own <= limits.ownLoss.value * lost && own <= limits.ownShare.value * expected
    if isMinor, lost - own >= limits.losses.value, lost - own >= share * expected { return nil }
    return Claim.inconclusive(
      "capture_drops", seen: own,
      needed: max(
        0,
        min(
          limits.ownLoss.value * lost, limits.ownShare.value * expected, lost - limits.losses.value,
          lost - share * expected)),
      Phrase(
        "The capture itself dropped {} packets, {} of this direction's are missing: they may be its own.",
        .count(Int(clamping: drops)), .count(Int(lost))))
  }

  /// A refusal of loss that a radio in monitor mode shows: it misses frames that their receiver acknowledged, more of the sender
  /// that is farther from it, and nobody counts them. Nil where the receiver's own reports say that it missed about as much.
  static func refusal(
    overheard lost: Double, of expected: Double, reported media: MediaObservation?, _ known: Circumstances
  ) -> Judgment? {
    guard known.around.isOverheard else { return nil }
    if let report = media?.report, report.isWhole, report.expected > 0,
      Double(report.lost) * expected >= known.thresholds.power.ownLoss.value * lost * Double(report.expected)
    {
      return nil
    }
    return Claim.inconclusive(
      "monitor_capture", seen: lost, needed: 0,
      Phrase(
        "{} of the packets are missing in what a radio in monitor mode overheard: those that it did not hear itself are missing too, and nothing says how many.",
        .share(lost / max(1, expected))))
  }

  /// A refusal where what the client sent is missing from where no router had passed it on yet: the capture missed it, as a
  /// mirror port of a switch that is too busy does without counting, or the host dropped it. Of what it sent nothing is said
  /// then; of what came to it only where more is missing than the capture may have missed at the same rate.
  static func refusal(
    _ lost: Double, of expected: Double, _ direction: Direction, _ flow: FlowObservation, _ known: Circumstances
  ) -> Judgment? {
    refusal(lost, of: expected, direction, atSource: flow.media.client.lossAtSource, known)
  }

  /// The same with the share that is missing at the source; nil where what is missing may have been lost on the way.
  static func refusal(
    _ lost: Double, of expected: Double, _ direction: Direction, atSource: Double?, _ known: Circumstances
  ) -> Judgment? {
    guard let share = atSource, share > 0 else { return nil }
    let limits = known.thresholds.power
    if direction == .up {
      return Claim.inconclusive(
        "loss_at_source", seen: lost, needed: limits.losses.value,
        Phrase(
          "{} of the media packets of the client are missing, but no router had passed them on where they were captured: the capture missed them, or the host or its own access point lost them.",
          .share(lost / expected)))
    }
    let own = share * expected
    guard own > limits.ownLoss.value * lost else { return nil }
    return Claim.inconclusive(
      "loss_at_source", seen: own, needed: limits.ownLoss.value * lost,
      Phrase(
        "{} of the media packets are missing, and {} of the client's own where no router had passed them on yet: the capture may have missed both.",
        .share(lost / expected), .share(share)))
  }

  /// A refusal where what is missing of media would be of a time in which the capture holds no frame of anybody; nil if more is. Of
  /// so long a time a stream's packets are counted at its own pace.
  static func refusal(
    holesIn lost: UInt64, of expected: UInt64, during window: TimeWindow, share: Double, _ known: Circumstances
  ) -> Judgment? {
    guard let absent = absent(known.around.holes, lost, of: expected, during: window, share: share, known) else {
      return nil
    }
    return Claim.inconclusive(
      "capture_gap", seen: Claim.seconds(absent), needed: 0,
      Phrase(
        "{} of {} media packets are missing, about as many as were sent in {} of which this capture holds no frame of anybody: it may have paused.",
        .count(Int(clamping: lost)), .count(Int(clamping: expected)), .duration(absent)))
  }

  /// A refusal where both directions lost packets in the same moments and hardly in others. Whatever fails beyond a point takes what
  /// comes from there and leaves what is sent there: both are missing only where this point itself missed them, or the device that it
  /// is on passed neither. Nil if they do not coincide.
  static func refusal(lostBothWays lost: Double, of expected: Double, _ flow: FlowObservation, _ known: Circumstances)
    -> Judgment?
  {
    let limit = known.thresholds.power.sharedMoments.value
    let (up, down) = (flow.media.client, flow.media.server)
    guard
      let shared = flow.passages?.sharedMoments(
        known.thresholds.power.losses.value, from: max(up.first, down.first), to: min(up.last, down.last)),
      shared >= limit
    else { return nil }
    return Claim.inconclusive(
      "capture_missed", seen: shared, needed: limit,
      Phrase(
        "{} of the media packets are missing, and the other direction's in the same moments ({} of all in which either lacks some): what fails on one side of this point takes one direction, so the capture missed both, or the device that it was taken on passed neither.",
        .share(lost / expected), .share(shared)))
  }

  /// A refusal where a silence since `last`, ns since the epoch, began with a time in which the capture holds no frame of anybody, nor
  /// what the client sent all the while before: the host slept, or the recorder paused. A hang-up or another address may be in it, and
  /// a session may have run out meanwhile. `run`: packets of the client since. Nil if there is none such.
  static func refusal(
    holeBeforeSilence last: Int64, run: UInt64, _ flow: FlowObservation, _ known: Circumstances
  ) -> Judgment? {
    let limits = known.thresholds
    guard !known.around.holes.isEmpty, last > flow.first, flow.packets.client > run else { return nil }
    let pace = Double(flow.packets.client - run) / Double(last &- flow.first)
    // A pace is that of as long a time at least: what asked twice within an instant does not go on so.
    guard
      let hole = known.around.holes.first(where: { hole in
        hole.first >= last && hole.first <= last &+ limits.silence.bin.integer / 2
          && last &- flow.first >= hole.last &- hole.first
          && pace * Double(hole.last &- hole.first) >= limits.power.holeFrames.value
      })
    else { return nil }
    let missing = hole.last &- hole.first
    return Claim.inconclusive(
      "capture_gap", seen: Claim.seconds(missing), needed: 0,
      Phrase(
        "Nothing of the server came any more behind {} of which this capture holds no frame of anybody: the host may have slept, or the capture paused, and how the flow ended is not seen.",
        .duration(missing)))
  }

  /// How long some holes lasted within a window, ns, if about as much would have been sent in them as is missing; nil if more is.
  private static func absent(
    _ holes: [TimeWindow], _ lost: UInt64, of expected: UInt64, during window: TimeWindow, share: Double,
    _ known: Circumstances
  ) -> Int64? {
    guard !holes.isEmpty, window.last > window.first, expected > lost else { return nil }
    let absent = holes.reduce(0) { $0 &+ max(0, min($1.last, window.last) &- max($1.first, window.first)) }
    guard absent > 0, window.last &- window.first > absent else { return nil }
    let limits = known.thresholds.power
    let own = Double(expected - lost) / Double(window.last &- window.first &- absent) * Double(absent)
    let rest = Double(lost) - own
    // A pace is no count: what remains has to be more than what it may be wrong by.
    return rest < max(limits.losses.value, share * Double(expected), limits.ownLoss.value * own) ? absent : nil
  }

  /// Names the capture's own pauses beside a loss of media where in short ones, of all flows, about as much was due as is missing.
  static func nameStills(_ judgment: inout Judgment, _ flow: FlowObservation, _ known: Circumstances) {
    guard judgment.outcome == .degraded, !known.around.stills.isEmpty, !judgment.hasAlternative("capture-loss") else {
      return
    }
    let media = judgment.direction == .up ? flow.media.client : flow.media.server
    guard Int64(clamping: media.lost) >= known.thresholds.power.losses.integer,
      let absent = absent(
        known.around.stills, media.lost, of: media.expected, during: TimeWindow(first: media.first, last: media.last),
        share: 0, known)
    else { return }
    judgment.evidence.append(
      Evidence(
        "capture_stills",
        Phrase(
          "About as many were sent in {} in all in which this capture holds no frame of anybody: it may have paused, or nothing was sent or came.",
          .duration(absent))))
    judgment.alternatives.append("capture-loss")
  }

  /// A refusal where as much of the same sources took another path of the client meanwhile as half of what is missing on this one;
  /// nil if not.
  static func refusal(tookOtherPaths lost: Double, _ flow: FlowObservation, isUp: Bool, _ known: Circumstances)
    -> Judgment?
  {
    let packets = known.around.packetsElsewhere(flow.firstFrame, isUp: isUp)
    guard packets > 0, 2 * Double(packets) >= lost else { return nil }
    return Claim.inconclusive(
      "other_path", seen: Double(packets), needed: lost / 2,
      Phrase(
        "{} media packets are missing on this path, and {} of the same sources took another one meanwhile: these may be the same.",
        .count(Int(lost)), .count(Int(clamping: packets))))
  }

  /// A refusal where the capture missed segments of a transfer, which were acknowledged and never seen: as many as that of
  /// those that were seen again may be missing from it as well.
  static func refusal(missed: Int, besides losses: Int, _ known: Circumstances) -> Judgment? {
    let limit = known.thresholds.power.ownLoss.value * Double(losses)
    guard missed > 0, Double(missed) > limit else { return nil }
    return Claim.inconclusive(
      "capture_missed", seen: Double(missed), needed: limit,
      Phrase(
        "{} segments were acknowledged that are not in the capture: it missed them, and perhaps some of the {} that seem lost.",
        .count(missed), .count(losses)))
  }

  /// Share of the segments of connections that were acknowledged and never seen; 0 where they are fewer than losses that
  /// count.
  public static func missedShare(_ connections: [TracedConnection], _ thresholds: Thresholds) -> Double {
    let missed = connections.reduce(0) { $0 + $1.passage.missed }
    guard Int64(missed) >= thresholds.power.losses.integer else { return 0 }
    return Double(missed) / Double(connections.reduce(missed) { $0 + $1.passage.offers.count })
  }

  /// A refusal of a loss of media that is not much more than what the capture missed of transfers meanwhile.
  static func refusal(_ lost: Double, of expected: Double, missedLikeTransfers known: Circumstances) -> Judgment? {
    let own = known.around.missedShare * expected
    let limit = known.thresholds.power.ownLoss.value * lost
    guard own > limit else { return nil }
    return Claim.inconclusive(
      "capture_missed", seen: own, needed: limit,
      Phrase(
        "{} of the media packets are missing, and {} of the segments of transfers were acknowledged and are not in the capture: it may have missed both.",
        .share(lost / expected), .share(known.around.missedShare)))
  }

  /// A refusal where the receiver's own reports say that it missed much less than is missing here meanwhile: the rest came past
  /// this point, or behind it, and the capture missed it. A receiver behind a real loss reports that.
  ///
  /// What is missing near the latest report may not be in it yet: a second covers any round trip. `lost`: packets missing for
  /// good; gaps that late packets filled are counted among the offers and are no losses, here or there.
  static func refusal(
    _ passage: Passage, reported media: MediaObservation, of lost: Double, _ known: Circumstances
  ) -> Judgment? {
    guard let report = media.report, report.isWhole else { return nil }
    let limits = known.thresholds.power
    let window = TimeWindow(
      first: report.window.first, last: report.window.last &- known.thresholds.silence.bin.integer)
    guard window.last > window.first else { return nil }
    let gaps = passage.offers[passage.places(in: window)].reduce(0.0) { $1.fate == .lost ? $0 + 1 : $0 }
    let missing = gaps * min(1, lost / Double(max(1, passage.losses)))
    guard missing >= limits.losses.value, Double(report.lost) < limits.ownLoss.value * missing else { return nil }
    return Claim.inconclusive(
      "capture_missed", seen: Double(report.lost), needed: limits.ownLoss.value * missing,
      Phrase(
        "{} media packets are missing here between two receiver reports in clear, and the receiver itself says that it missed {}: the capture missed the others.",
        .count(Int(missing)), .count(Int(clamping: report.lost))))
  }

  /// The capture's own drops as an innocent cause: excluded only where they were counted and there were none.
  public static func excluder(_ known: Circumstances) -> Excluder {
    switch known.around.drops {
    case nil: Excluder("capture-loss", .unknown)
    case 0: Excluder("capture-loss", .excluded)
    default: Excluder("capture-loss", .present)
    }
  }
}
