internal import Settings
internal import Verdict

extension MediaCaps {
  /// Losses in bursts, as a radio link has them, or by chance whatever the size; nil where neither is told.
  static func pattern(
    _ passage: Passage, _ direction: Direction, _ key: UInt64, _ delay: Double?, _ queue: QueueDelay?,
    _ share: (seen: Double, told: Double), _ fit: TokenBucketFit?, _ known: Circumstances
  ) -> Judgment? {
    let limits = known.thresholds.cap
    // What was lost from some time on is not held against the time before.
    let window = LossWindow(passage, limits)
    let clustering = LossClustering(window?.streams ?? passage.streams)
    let correlation = clustering.correlation
    if correlation.isBursty(limits) {
      if let thinned = thinned(window?.streams ?? passage.streams, known) { return thinned }
      return degraded(
        .burstyLoss, passage, direction,
        Phrase(
          "{} of the media packets were lost, in bursts: a packet behind a lost one was lost {} times as often.",
          .share(share.told), .number(clustering.value)), ["bandwidth-cap", "congestion", "sender-thinning"], known)
    }
    // From the first to the last loss the share is always somewhat more than of the whole: that counts only where losses began late.
    guard (window.flatMap { $0.beginsLate(limits) ? $0.share : nil } ?? share.seen) >= limits.discardShare.value,
      correlation.mayBeByChance(limits), delay != nil, (fit?.conformity ?? 0) < limits.hopeless.value,
      clustering.streamRatio < limits.sizeRatio.value, !clustering.isVideoOnly,
      known.around.sharedBuckets.isAlone(key, direction)
    else { return nil }
    if let window {
      let spread = LossSpread(passage.offers, window.span)
      guard spread.isEven else {
        return degraded(
          .burstyLoss, passage, direction,
          Phrase(
            "{} of the media packets were lost, in some times more than in others: seconds differ in their loss {} times as much as by chance.",
            .share(share.told), .number(spread.dispersion)), ["bandwidth-cap", "congestion", "sender-thinning"], known)
      }
      // Bad times of a link come and go; a rule that discards stays.
      guard !window.endsEarly(limits) else {
        return degraded(
          nil, passage, direction,
          window.strays.after > 0
            ? Phrase(
              "{} of the media packets were lost, all but {} of them within {}, and {} came behind that.",
              .share(share.told),
              .count(Int(window.strays.before + window.strays.after)),
              Claim.duration(window.span.upperBound - window.span.lowerBound), .count(Int(window.after)))
            : Phrase(
              "{} of the media packets were lost, all within {}, and {} came behind that without a loss.",
              .share(share.told), Claim.duration(window.span.upperBound - window.span.lowerBound),
              .count(Int(window.after))),
          ["congestion", "radio-loss", "bandwidth-cap", "random-discard"], known)
      }
    }
    // With few losses in a part of the call the whole tells more, as long as the part does not speak against it.
    guard
      isByChance(clustering, limits)
        || correlation.range.contains(1) && isByChance(LossClustering(passage.streams), limits)
    else {
      // Two errors have to fit between chance, 1, and what is regular; the error shrinks with the root of the losses. Where
      // they fit and the ratio lies off by luck, twice as many.
      let lost = passage.streams.reduce(0) { $0 + $1.lost }
      let excess = 2 * clustering.nearError / (1 - limits.regular.value)
      let times = max(excess * excess, clustering.nearCorrelation.needed(limits))
      let needed = times > 1 ? (lost * times).rounded(.up) : 2 * lost
      return Claim.inconclusive(
        "too_few_losses", seen: lost, needed: needed,
        Phrase(
          "{} of the media packets were lost ({} of them), too few to tell chance from bursts and from a fixed rate: some {} would tell.",
          .share(share.told), .count(Int(lost)), .count(Int(needed))))
    }
    let expected = passage.streams.reduce(0) { $0 + $1.lost + $1.packets }
    if let refused = CaptureLoss.refusal(
      share.seen * expected, of: window?.expected ?? expected, share: limits.discardShare.value, known)
    {
      return refused
    }
    if let window, window.beginsLate(limits) {
      let seconds = window.span.upperBound - window.span.lowerBound
      guard seconds * 1e9 >= limits.span.value else {
        return Claim.inconclusive(
          "too_short", seen: seconds, needed: limits.span.value / 1e9,
          Phrase(
            "{} packets were lost within {}: too short to say why.", .count(Int(window.lost)), Claim.duration(seconds)))
      }
    }
    let lost = passage.offers.filter { $0.fate == .lost }
    if let first = lost.first, let last = lost.last {
      if let rhythm = LossRhythm(passage.offers, first.time...last.time).refusal(limits) { return rhythm }
    }
    if let queue, let brief = BriefQueue.verdict(passage, direction, queue, share.told, known) { return brief }
    var judgment = Claim.finding(
      .dropped, .randomDiscard, direction, known.thresholds.score.randomDiscard,
      reason(window.flatMap { $0.beginsLate(limits) ? $0 : nil }, share.told, noneWaited(queue, known), limits))
    judgment.window = span(passage)
    judgment.evidence = [
      Evidence(
        "u8_loss_by_chance",
        clustering.places == 1
          ? Phrase(
            "Behind a lost packet the next was lost {} times as often as any, within {} at two deviations.",
            .hundredths(clustering.value), .hundredths(2 * clustering.error))
          : Phrase(
            "Behind a lost packet the next {} were lost {} times as often as any, within {} at two deviations.",
            .count(clustering.places), .hundredths(clustering.near), .hundredths(2 * clustering.nearError)),
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

  /// A refusal where voices lack packets while others, as many or more, came whole beside them: a forwarding server leaves out who
  /// does not speak, and some number what is left as if all had been sent. What a path loses in bursts it loses of all that it
  /// carries then; a class of its own for voices looks the same.
  private static func thinned(_ streams: [StreamLosses], _ known: Circumstances) -> Judgment? {
    let limits = known.thresholds.power
    func isHit(_ stream: StreamLosses) -> Bool {
      !stream.isVideo && stream.lost >= limits.losses.value && stream.share >= limits.lossShare.value
    }
    var hit = (lost: 0.0, offered: 0.0)
    var whole = (lost: 0.0, offered: 0.0)
    for stream in streams {
      if isHit(stream) {
        hit = (hit.lost + stream.lost, hit.offered + stream.offered)
      } else {
        whole = (whole.lost + stream.lost, whole.offered + stream.offered)
      }
    }
    guard hit.offered > 0, whole.offered >= hit.lost else { return nil }
    let expected = hit.lost / hit.offered * whole.offered
    guard expected >= limits.losses.value, whole.lost * known.thresholds.cap.sizeStreams.value <= expected else {
      return nil
    }
    return Claim.inconclusive(
      "sender_thinning", seen: whole.lost, needed: expected,
      Phrase(
        "{} of the packets of voices are missing, in rows, and {} of {} others of the same path meanwhile: a server that leaves out who does not speak, without numbering anew, or loss of voices alone.",
        .share(hit.lost / hit.offered), .count(Int(whole.lost)), .count(Int(whole.offered))))
  }

  /// Two errors of the ratio, or of that of the next few, lie between regular and bursty, and so does the correlation.
  private static func isByChance(_ clustering: LossClustering, _ limits: Thresholds.Cap) -> Bool {
    clustering.correlation.isByChance(limits)
      || clustering.correlation.range.contains(1) && clustering.nearCorrelation.isByChance(limits)
  }

  /// `late`: where losses began in mid-call.
  private static func reason(
    _ late: LossWindow?, _ share: Double, _ noneWaited: Bool, _ limits: Thresholds.Cap
  ) -> Phrase {
    let queue = Claim.duration(limits.queue.value / 1000)
    guard let late else {
      return Phrase(
        noneWaited
          ? "{} of the media packets were lost as by chance, whatever their size, and none waited {} before."
          : "{} of the media packets were lost as by chance, whatever their size, and no standing queue of {} was seen.",
        .share(share), queue)
    }
    return Phrase(
      noneWaited
        ? "In the {} from where losses began to where they ended {} of the media packets were lost as by chance, whatever their size, and none waited {} before."
        : "In the {} from where losses began to where they ended {} of the media packets were lost as by chance, whatever their size, and no standing queue of {} was seen.",
      Claim.duration(late.span.upperBound - late.span.lowerBound), .share(late.share), queue)
  }

  static func span(_ passage: Passage) -> TimeWindow? {
    guard let first = passage.offers.first(where: { $0.fate == .lost }),
      let last = passage.offers.last(where: { $0.fate == .lost })
    else { return nil }
    return TimeWindow(first: passage.moment(first.time), last: passage.moment(last.time))
  }

  static func degraded(
    _ mechanism: Mechanism?, _ passage: Passage, _ direction: Direction, _ reason: Phrase,
    _ alternatives: [StaticString], _ known: Circumstances
  ) -> Judgment {
    var judgment = Judgment(.degraded, mechanism, grade: .consistent, reason: reason)
    judgment.direction = direction
    judgment.attribution = .unknown
    judgment.score = known.thresholds.score.degraded.value
    judgment.window = span(passage)
    judgment.alternatives = alternatives
    return judgment
  }
}
