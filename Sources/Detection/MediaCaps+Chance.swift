internal import Settings
internal import Verdict

extension MediaCaps {
  /// Losses in bursts, as a radio link has them, or by chance whatever the size; nil where neither is told.
  static func pattern(
    _ passage: Passage, _ direction: Direction, _ key: UInt64, _ delay: Double?, _ queue: QueueDelay?, _ share: Double,
    _ fit: TokenBucketFit?, _ known: Circumstances
  ) -> Judgment? {
    let limits = known.thresholds.cap
    let clustering = LossClustering(passage.streams)
    let range = clustering.value - 2 * clustering.error...clustering.value + 2 * clustering.error
    if clustering.value >= limits.clustered.value, range.lowerBound > 1 {
      return degraded(
        .burstyLoss, passage, direction,
        Phrase(
          "{} of the media packets were lost, in bursts: a packet behind a lost one was lost {} times as often.",
          .share(share), .number(clustering.value)), ["bandwidth-cap", "congestion"], known)
    }
    guard share >= limits.discardShare.value, range.upperBound > limits.regular.value,
      range.lowerBound < limits.clustered.value, delay != nil, (fit?.conformity ?? 0) < limits.hopeless.value,
      clustering.streamRatio < limits.sizeRatio.value, !clustering.isVideoOnly,
      known.around.sharedBuckets.isAlone(key, direction)
    else { return nil }
    let near = clustering.near - 2 * clustering.nearError...clustering.near + 2 * clustering.nearError
    let byChance = limits.regular.value...limits.clustered.value
    guard byChance.contains(range) || byChance.contains(near) && range.contains(1) else {
      // Two errors have to fit between chance, 1, and what is regular; the error shrinks with the root of the losses. Where
      // they fit and the ratio lies off by luck, twice as many.
      let lost = passage.streams.reduce(0) { $0 + $1.lost }
      let excess = 2 * clustering.nearError / (1 - limits.regular.value)
      let needed = excess > 1 ? (lost * excess * excess).rounded(.up) : 2 * lost
      return Claim.inconclusive(
        "too_few_losses", seen: lost, needed: needed,
        Phrase(
          "{} of the media packets were lost ({} of them), too few to tell chance from bursts and from a fixed rate: some {} would tell.",
          .share(share), .count(Int(lost)), .count(Int(needed))))
    }
    let expected = passage.streams.reduce(0) { $0 + $1.lost + $1.packets }
    if let refused = CaptureLoss.refusal(share * expected, of: expected, share: limits.discardShare.value, known) {
      return refused
    }
    let lost = passage.offers.filter { $0.fate == .lost }
    if let first = lost.first, let last = lost.last {
      if let rhythm = LossRhythm(passage.offers, first.time...last.time).refusal(limits) { return rhythm }
    }
    var judgment = Claim.finding(
      .dropped, .randomDiscard, direction, known.thresholds.score.randomDiscard,
      Phrase(
        noneWaited(queue, known)
          ? "{} of the media packets were lost as by chance, whatever their size, and none waited {} before."
          : "{} of the media packets were lost as by chance, whatever their size, and no standing queue of {} was seen.",
        .share(share), Claim.duration(limits.queue.value / 1000)))
    judgment.window = span(passage)
    judgment.evidence = [
      Evidence(
        "u8_loss_by_chance",
        clustering.places == 1
          ? Phrase(
            "Behind a lost packet the next was lost {} times as often as any, within {} at two deviations.",
            .number(clustering.value), .number(2 * clustering.error))
          : Phrase(
            "Behind a lost packet the next {} were lost {} times as often as any, within {} at two deviations.",
            .count(clustering.places), .number(clustering.near), .number(2 * clustering.nearError)),
        frames: passage.frames)
    ]
    judgment.excluders = [
      Excluder("queue", .excluded), Excluder("radio-loss", .excluded), Excluder("bandwidth-cap", .excluded),
      CaptureLoss.excluder(known),
    ]
    // A managed queue that is kept short drops by chance too: RED (RFC 2309), PIE (RFC 8033).
    // A buffer of a few packets that other traffic keeps full does too, and keeps nobody waiting for long; a forwarding server
    // that leaves out whoever does not speak loses as much.
    judgment.alternatives = ["faulty-link", "aqm", "bufferless-bottleneck", "sender-thinning"]
    return judgment
  }
}
