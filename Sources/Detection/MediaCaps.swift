internal import Settings
public import Verdict

/// Why a direction of a call lost packets: a policer, a shaper, discarding at random, a radio link, other people's traffic.
///
/// Claims, on RTP numbers and arrival times behind the bottleneck:
/// - `policer`: a token bucket explains which packets were lost (`TokenBucketFit`), and they were lost without a queue.
/// - `shaper`: the queue stood for seconds, what came through meanwhile came at one rate, packets were lost or the direction
///   had been faster, and a time without the queue is in the capture.
/// - `random-discard`: losses like a coin's: neither regular nor in bursts, whatever the size, without a queue.
/// - `degraded` with `bursty-loss` or `congestion`, which are no findings.
///
/// Cannot tell apart: a policer of the subscription from one for this app, a sender that thins its own stream evenly, a
/// bottleneck without a buffer; discarding at random from a link with even losses. A direction that is seen before its
/// bottleneck shows nothing at all: of it nothing is said. METHOD.md M3.7.
public enum MediaCaps {
  /// Judges both directions of a flow; nil if neither lost much.
  public static func judge(_ flow: FlowObservation, _ known: Circumstances) -> Judgment? {
    guard let passages = flow.passages else { return SealedLoss.judge(flow, known) }
    var strongest: Judgment?
    for (passage, direction) in [(passages.server, Direction.down), (passages.client, Direction.up)] {
      guard let passage, var judgment = judge(passage, direction, flow, known) else { continue }
      if judgment.mechanism == .shaper, let rate = judgment.capRate,
        let shared = SharedLine.refusal(passage, flow, direction, Double(rate), isMedia: true, known)
      {
        judgment = shared
      }
      if let other = strongest, rank(other) >= rank(judgment) { continue }
      strongest = judgment
    }
    return strongest
  }

  private static func rank(_ judgment: Judgment) -> Int {
    switch judgment.outcome {
    case .capped: 4
    case .dropped: 3
    case .degraded: 2
    default: 1
    }
  }

  private static func judge(
    _ passage: Passage, _ direction: Direction, _ flow: FlowObservation, _ known: Circumstances
  ) -> Judgment? {
    let key = flow.firstFrame
    let limits = known.thresholds.cap
    guard let (lost, expected) = losses(passage, known.thresholds) else { return nil }
    if let refused = CaptureLoss.refusal(lost, of: expected, share: known.thresholds.power.lossShare.value, known) {
      return refused
    }
    let media = direction == .up ? flow.media.client : flow.media.server
    if let refused = CaptureLoss.refusal(overheard: lost, of: expected, reported: media, known)
      ?? Soundness.unfollowed(media, known, isUp: direction == .up)
      ?? CaptureLoss.refusal(tookOtherPaths: lost, flow, isUp: direction == .up, known)
      ?? CaptureLoss.refusal(lost, of: expected, direction, flow, known)
      ?? CaptureLoss.refusal(lostBothWays: lost, of: expected, flow, known)
      ?? CaptureLoss.refusal(lost, of: expected, missedLikeTransfers: known)
      ?? CaptureLoss.refusal(
        passage, reported: direction == .up ? flow.media.client : flow.media.server, of: lost, known)
    {
      return refused
    }
    // Gaps that late packets filled are none of them losses, and nothing tells here which are: a link of two ways of which one is
    // longer has the one's overflow late, as a bucket's is lost.
    guard Double(passage.losses) <= limits.filledGaps.value * lost + limits.losses.value else { return nil }
    let share = lost / expected
    // Small streams, and packets before the first loss, are looked at nowhere else; what is told is of all.
    let told = media.seenLoss ?? share
    let queue = QueueDelay(passage, limits, isMedia: true)
    let transit = queue.medianAtLosses(passage.offers)
    // What came in bunches has waited, if for less than a bin: neither bins nor sparse round trips exclude a queue then.
    let isBunched = (BunchedArrivals.share(passage, limits) ?? 0) > limits.bunched.value
    let delay = isBunched && transit ?? 0 < limits.queue.value ? nil : transit ?? flatRoundTrips(passage, limits)
    var fit =
      if let call = known.around.lossyCall(key) { call.fit(direction) } else { fit(passage, known.thresholds) }
    let conformity = (passage.isCoarse && !(fit?.agrees(limits) ?? false) ? limits.coarseConformity : limits.conformity)
      .value
    var isShared = false
    if !(fit?.explains(conformity, limits) ?? false),
      let shared = known.around.sharedBuckets[key, direction]
    {
      fit = shared
      isShared = true
    }
    if let delay, delay >= limits.queue.value {
      if let refused = QueueDelay.clockRefusal(passage, known)
        ?? queue.clockRefusal(roundTripsOf: passage, direction, delay: delay)
      {
        return refused
      }
      return shaped(passage, direction, queue, delay, told, fit, known)
    }
    let isSure = fit.map { $0.explains(limits.sure.value, limits) } ?? false
    if !isSure || LossClustering(passage.streams).streamRatio >= limits.sizeStreams.value,
      let narrowed = NarrowPath.refusal(passage, told, limits)
    {
      return narrowed
    }
    if let fit, fit.explains(conformity, limits) {
      guard let delay else {
        return Claim.inconclusive(
          "delay_unseen", seen: 0, needed: 1,
          Phrase(
            "A token bucket explains the losses ({}), but nothing tells whether packets waited before.",
            .share(fit.conformity)))
      }
      let span = fit.last - fit.first
      let leastSpan = (isSure ? limits.transferSpan : limits.span).value
      guard span * 1e9 >= leastSpan else {
        return Claim.inconclusive(
          "too_short", seen: span, needed: leastSpan / 1e9,
          Phrase("{} packets were lost within {}: too short to say why.", .count(fit.losses), Claim.duration(span)))
      }
      // A queue that is full from before the capture on delays everything alike; but round trips are seen as they are.
      if let round = roundTrip(passage, fit), round >= limits.longRoundTrip.value {
        return Claim.inconclusive(
          "delay_unseen", seen: round, needed: limits.longRoundTrip.value,
          Phrase(
            "A token bucket explains the losses ({}), but round trips took {}: a queue may have stood all the time.",
            .share(fit.conformity), Claim.duration(round / 1000)))
      }
      if let brief = BriefQueue.verdict(passage, direction, queue, share, known) { return brief }
      if let moved = ClosingGaps.share(passage, limits), abs(moved) >= limits.closing.value {
        return Claim.inconclusive(
          "line_rate", seen: min(1, abs(moved)), needed: limits.closing.value,
          abs(moved) > 1
            ? Phrase(
              "A token bucket of {} explains {} losses, but at the losses the transit changed by more than the time between two packets, as behind a queue.",
              .rate(Int64(fit.high)), .count(fit.losses))
            : Phrase(
              "A token bucket of {} explains {} losses, but at the losses the transit changed by {} of the time between two packets, as behind a queue.",
              .rate(Int64(fit.high)), .count(fit.losses), .share(abs(moved))))
      }
      let spacing = LineSpacing(passage, fit, limits)
      if let line = spacing.refusal(fit, limits) { return line }
      // Of several calls behind one bucket each loses what the others leave room for: half of the packets of one, in turn.
      var counter: LossRhythm?
      if !isShared, known.around.sharedBuckets[key, direction] == nil {
        let rhythm = LossRhythm(passage.offers, fit.first...fit.last)
        if let refused = rhythm.refusal(fit, limits) { return refused }
        if rhythm.mayBeCounter(limits) { counter = rhythm }
      }
      let queue = transit == nil ? nil : queue
      return policed(passage, direction, fit, delay, told, spacing, queue, counter, known)
    }
    return pattern(passage, direction, key, delay, transit == nil ? nil : queue, (share, told), fit, known)
  }

  /// Packets lost and sent of a direction that lost enough to be looked at.
  private static func losses(_ passage: Passage, _ thresholds: Thresholds) -> (lost: Double, expected: Double)? {
    let lost = passage.streams.reduce(0) { $0 + $1.lost }
    let expected = passage.streams.reduce(0) { $0 + $1.lost + $1.packets }
    guard lost >= thresholds.cap.losses.value, lost >= thresholds.power.lossShare.value * expected else { return nil }
    return (lost, expected)
  }

  /// The bucket that explains a direction's losses best; nil if none does, or if it lost too little to be looked at.
  static func fit(_ passage: Passage, _ thresholds: Thresholds) -> TokenBucketFit? {
    guard losses(passage, thresholds) != nil else { return nil }
    return TokenBucketSearch(passage.offers, thresholds.cap)?.fit(isWide: false)
  }

  /// What the client's requests show where no media's clock does: that round trips did not grow while packets were lost.
  /// They are too sparse to show how a queue stands, so those that grew say nothing.
  private static func flatRoundTrips(_ passage: Passage, _ limits: Thresholds.Cap) -> Double? {
    guard let first = passage.offers.first(where: { $0.fate == .lost }),
      let last = passage.offers.last(where: { $0.fate == .lost }),
      let delay = SealedLoss.roundTripDelay(
        passage.roundTrips, passage.moment(first.time), passage.moment(last.time), limits),
      delay < limits.queue.value
    else { return nil }
    return delay
  }

  /// Least round trip of the client's requests while packets were lost, ms; nil if none was answered.
  private static func roundTrip(_ passage: Passage, _ fit: TokenBucketFit) -> Double? {
    let window = TimeWindow(first: passage.moment(fit.first), last: passage.moment(fit.last))
    return passage.roundTrips.filter { $0.time >= window.first && $0.time <= window.last }.map(\.milliseconds).min()
  }

  /// No packet waited, but for fewer than count elsewhere. Else all that is known is that no queue stood so long that a whole
  /// bin shows it, or, without a clock, that round trips did not grow.
  static func noneWaited(_ queue: QueueDelay?, _ known: Circumstances) -> Bool {
    queue.map { $0.waited < known.thresholds.power.lossShare.value } ?? false
  }

  // MARK: Policer

  /// `queue`: what the transit of the packets showed; nil where only round trips tell. `counter`: where one may have lost the packets
  /// as well.
  private static func policed(
    _ passage: Passage, _ direction: Direction, _ fit: TokenBucketFit, _ delay: Double, _ share: Double,
    _ spacing: LineSpacing, _ queue: QueueDelay?, _ counter: LossRhythm?, _ known: Circumstances
  ) -> Judgment {
    let isRoundTrip = queue == nil
    let limits = known.thresholds.cap
    // A call that kept to one rate below the bucket's was held by something slower, or the bucket is another one.
    let plateau = RatePlateau(passage, from: fit.first, limits)
    let rate = fit.statedRate(limits, isTransfer: false).flatMap { rate in
      counter != nil || plateau.map { rate > (1 + limits.plateauWidth.value) * $0.rate } ?? false ? nil : rate
    }
    let noneWaited = noneWaited(queue, known)
    let reason =
      if let rate {
        Phrase(
          noneWaited
            ? "{} of the media packets were lost as a token bucket of {} would lose them, and none waited before."
            : "{} of the media packets were lost as a token bucket of {} would lose them, and no standing queue was seen.",
          .share(share), .rate(Int64(rate)))
      } else {
        Phrase(
          noneWaited
            ? "{} of the media packets were lost as a token bucket would lose them, and none waited before; its rate stays open."
            : "{} of the media packets were lost as a token bucket would lose them, and no standing queue was seen; its rate stays open.",
          .share(share))
      }
    var judgment = Claim.finding(.capped, .policer, direction, known.thresholds.score.policer, reason)
    judgment.window = TimeWindow(first: passage.moment(fit.first), last: passage.moment(fit.last))
    judgment.evidence = [
      Evidence(
        "u9_token_bucket_conformity",
        bucket(fit, rate), frames: passage.frames),
      isRoundTrip
        ? Evidence(
          "flat_round_trips",
          Phrase(
            "Three quarters of the round trips meanwhile took at most {} longer than the fastest.",
            Claim.duration(delay / 1000)))
        : Evidence(
          "flat_delay",
          Phrase("Packets around the losses waited {} at the median.", Claim.duration(delay / 1000))),
    ]
    if let plateau { judgment.evidence.append(plateau.evidence(limits)) }
    settleCap(&judgment, fit, rate, known)
    if let counter {
      judgment.evidence.append(
        Evidence(
          "every_nth",
          Phrase(
            "Of the losses {} came {} packets behind the one before, and packets are of one size: what counts packets looks the same.",
            .share(counter.keptCount), .count(counter.count))))
      judgment.reopen("random-loss", "radio-loss")
    }
    judgment.alternatives = ["plan-limit", "server-limit", "sender-thinning", "bufferless-bottleneck"]
    // Where one packet takes a line as long as a queue must be to be seen, one that stands would be seen.
    let packet = 8000 * DeliveredRate(passage).meanBytes / fit.high
    if !spacing.excludesManagedQueue(limits), packet < limits.queue.value { judgment.alternatives.append("aqm") }
    if fit.mayBeShallow { judgment.alternatives += ["slow-link", "congestion"] }
    // Nothing as large as before came any more: a narrower path drops the largest alone, at any rate.
    if let largest = passage.largest, largest.after < limits.sizeStep.value * largest.before {
      judgment.alternatives.append("path-mtu")
    }
    return judgment
  }

  /// How well a bucket explains the losses; where its rate stays open, those that do.
  static func bucket(_ fit: TokenBucketFit, _ rate: Double?) -> Phrase {
    let low = min(fit.low, fit.goodput)
    if rate == nil, !fit.mayBeShallow, fit.high > low {
      return Phrase(
        "Buckets of {} to {} explain {} losses: the best was near empty at more of the losses than of what passed, by {} percentage points.",
        .rate(Int64(low)), .rate(Int64(fit.high)), .count(fit.losses), .number(100 * fit.conformity))
    }
    return Phrase(
      rate == nil
        ? "A bucket of {}, as others do, explains {} losses over {}: it was near empty at more of the losses than of what passed, by {} percentage points."
        : "A bucket of {} explains {} losses over {}: it was near empty at more of the losses than of what passed, by {} percentage points.",
      .rate(Int64(rate ?? fit.high)), .count(fit.losses), Claim.duration(fit.last - fit.first),
      .number(100 * fit.conformity))
  }

  /// Rate, interval and excluders of a token bucket.
  static func settleCap(
    _ judgment: inout Judgment, _ fit: TokenBucketFit, _ rate: Double?, _ known: Circumstances
  ) {
    if let rate {
      judgment.capRate = Int64(rate)
      judgment.cap = CapEstimate(
        low: Int64(min(fit.low, rate)), high: Int64(max(fit.high, rate)), bucket: fit.bucket)
    }
    judgment.excluders = [
      Excluder("queue", fit.mayBeShallow ? .unknown : .excluded), Excluder("random-loss", .excluded),
      Excluder("radio-loss", .excluded), CaptureLoss.excluder(known),
      Excluder("plan-limit", .unknown),
    ]
  }

  // MARK: Queue

  private static func shaped(
    _ passage: Passage, _ direction: Direction, _ queue: QueueDelay, _ delay: Double, _ share: Double,
    _ fit: TokenBucketFit?, _ known: Circumstances
  ) -> Judgment {
    let limits = known.thresholds.cap
    let rate = DeliveredRate(passage)
    let spans = queue.standing()
    let blocks = spans.flatMap { rate.blocks($0, seconds: 1, bytes: 20 * rate.meanBytes) }
    guard blocks.count >= 3 else {
      return congested(
        passage, direction, share,
        Phrase("{} of the media packets were lost behind a queue of {}.", .share(share), Claim.duration(delay / 1000)),
        known)
    }
    guard let run = SteadyRun(blocks, passage.offers, limits), run.rates.count >= 3,
      run.seconds * 1e9 >= limits.standing.value, run.variation <= limits.variation.value
    else {
      return congested(
        passage, direction, share,
        Phrase(
          "{} of the media packets were lost behind a queue of {}; what came through varied.", .share(share),
          Claim.duration(delay / 1000)), known)
    }
    let (cap, variation) = (run.rate, run.variation)
    if run.isOfSender(limits) {
      return Claim.inconclusive(
        "rate_of_sender", seen: run.share, needed: limits.heldShare.value,
        Phrase(
          "{} of the media packets were lost behind a queue of {}; the steady rate of {} may be the sender's own.",
          .share(share), .duration(Int64(delay * 1e6)), .rate(Int64(cap))))
    }
    // A shaper's bytes keep to a line: over five times the time they vary by a fifth. What others leave of a line wanders.
    if variation > limits.steady.value {
      let fine = rate.blocks(run.span, seconds: 0.2, bytes: 1).map(\.rate).variation ?? 0
      guard fine >= limits.keeping.value * variation else {
        return Claim.inconclusive(
          "rate_wanders", seen: fine / variation, needed: limits.keeping.value,
          Phrase(
            "{} of the media packets were lost behind a queue of {}; the rate of {} wandered, as what others leave of a line does.",
            .share(share), .duration(Int64(delay * 1e6)), .rate(Int64(cap))))
      }
    }
    if known.around.hasTwins {
      return Claim.inconclusive(
        "duplicated_frames", seen: 1, needed: 0,
        Phrase(
          "A queue stood for {} at {}, but the capture holds packets twice: how fast others came cannot be told.",
          Claim.duration(run.seconds), .rate(Int64(cap))))
    }
    let before = rate.fastest(outside: spans, seconds: 1)
    let onset = max(limits.onset.value, 1 + limits.onsetDeviations.value * variation)
    guard before >= onset * cap else {
      return Claim.inconclusive(
        "no_faster_time", seen: before / max(1, cap), needed: onset,
        Phrase(
          "A queue stood for {} at {}; a slow line looks the same, and nothing in the capture was faster.",
          Claim.duration(run.seconds), .rate(Int64(cap))))
    }
    let excess = rate.excess(over: cap, outside: spans)
    guard excess >= limits.onsetBytes.value else {
      return Claim.inconclusive(
        "no_faster_time", seen: excess, needed: limits.onsetBytes.value,
        Phrase(
          "A queue stood for {} at {}; only {} came through faster, which a slow line's own bucket may let through as well.",
          Claim.duration(run.seconds), .rate(Int64(cap)), .bytes(Int(excess))))
    }
    var judgment = Claim.finding(
      .capped, .shaper, direction, known.thresholds.score.shaper,
      Phrase(
        "What came through was held at {} behind a queue of {}, after it had been faster.", .rate(Int64(cap)),
        Claim.duration(delay / 1000)))
    judgment.window = TimeWindow(first: passage.moment(run.span.lowerBound), last: passage.moment(run.span.upperBound))
    judgment.capRate = Int64(cap)
    let spread = max(variation / Double(run.rates.count).squareRoot() * 2, 0.01)
    judgment.cap = CapEstimate(low: Int64(cap * (1 - spread)), high: Int64(cap * (1 + spread)), bucket: nil)
    judgment.evidence = [
      Evidence(
        "u10_standing_queue",
        Phrase(
          "Packets waited for {} in all, {} at the median loss, while {} came through with a variation of {}.",
          Claim.duration(run.seconds), Claim.duration(delay / 1000), .rate(Int64(cap)), .share(variation)),
        frames: passage.frames),
      Evidence("faster_before", Phrase("Without the queue {} came through.", .rate(Int64(before)))),
    ]
    if let plateau = RatePlateau(passage, from: run.span.lowerBound, limits) {
      judgment.evidence.append(plateau.evidence(limits))
    }
    judgment.excluders = [
      CaptureLoss.excluder(known), Excluder("plan-limit", .unknown),
      Excluder("slow-link", .unknown),
    ]
    judgment.alternatives = ["plan-limit", "server-limit", "slow-link", "congestion"]
    return judgment
  }

  private static func congested(
    _ passage: Passage, _ direction: Direction, _ share: Double, _ reason: Phrase, _ known: Circumstances
  ) -> Judgment {
    degraded(.congestion, passage, direction, reason, ["bandwidth-cap", "slow-link"], known)
  }
}
