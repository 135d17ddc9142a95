internal import Settings
internal import Verdict

extension ConnectionCaps {
  /// A connection that waited in a queue for seconds while its bytes came at one rate; nil if none did, a refusal by name if
  /// something else may have held it.
  static func shaper(
    _ connection: TracedConnection, _ all: [TracedConnection], _ thresholds: Thresholds
  ) -> ConnectionCap.Kind? {
    let limits = thresholds.cap
    let queue = QueueDelay(connection.passage, limits)
    let spans = queue.standing()
    guard let first = spans.first, let last = spans.last else { return nil }
    let rate = DeliveredRate(connection.passage)
    var blocks: [Double] = []
    var sum = (bytes: 0.0, seconds: 0.0)
    var delays: [Double] = []
    for span in spans {
      blocks += rate.blocks(span, seconds: 1, bytes: 20 * rate.meanBytes).map(\.rate)
      let part = rate.total(span)
      sum = (sum.bytes + part.bytes, sum.seconds + part.seconds)
      var time = span.lowerBound
      while time < span.upperBound {
        if let delay = queue.delay(at: time) { delays.append(delay) }
        time += 0.25
      }
    }
    guard blocks.count >= 3, let variation = blocks.variation, variation <= limits.variation.value, sum.seconds > 0,
      !delays.isEmpty
    else { return nil }
    delays.sort()
    let cap = 8 * sum.bytes / sum.seconds
    // A window that goes out at once fills a line's own queue: only what does not fit one was let through faster.
    let excess = rate.excess(over: cap, outside: spans)
    let own = rate.fastest(outside: spans, seconds: 0.5)
    var faster = excess >= limits.onsetTransfer.value ? own : 0
    let beside = all.filter {
      $0.key != connection.key && $0.client == connection.client && $0.direction == connection.direction
    }
    // Each of many connections would look at all segments of the others.
    if beside.reduce(0, { $0 + $1.passage.offers.count }) > Carrier.most / all.count {
      return .unknown(
        code: "shared_queue", seen: Double(beside.count + 1), needed: 1,
        reason: Phrase(
          "A queue stood for {} at {}, and {} transfers of the same client may have shared a line.",
          Claim.duration(sum.seconds), .rate(Int64(cap)), .count(beside.count + 1)))
    }
    for other in beside where other.server == connection.server {
      let whole = DeliveredRate(other.passage).total(-1...1e9)
      if whole.bytes >= 50_000, whole.seconds > 0 { faster = max(faster, 8 * whole.bytes / whole.seconds) }
    }
    // Others that waited in the same queue, or lost what found no room in it: what came through is a share of a line,
    // however steady.
    for other in beside {
      let shift = Double(connection.passage.start &- other.passage.start) / 1e9
      let window = first.lowerBound + shift...last.upperBound + shift
      let bytes = DeliveredRate(other.passage).total(window).bytes
      guard bytes >= limits.sharedShare.value * sum.bytes else { continue }
      let waited = QueueDelay(other.passage, limits).standing().reduce(0.0) {
        $0 + max(0, min($1.upperBound, window.upperBound) - max($1.lowerBound, window.lowerBound))
      }
      let isHeld = waited >= limits.sharedShare.value * (window.upperBound - window.lowerBound)
      guard isHeld || isLossy(other, thresholds) else { continue }
      return .unknown(
        code: "shared_queue", seen: bytes, needed: limits.sharedShare.value * sum.bytes,
        reason: Phrase(
          isHeld
            ? "A queue stood for {} at {}, and another transfer of the same client waited in one meanwhile: they may have shared a line."
            : "A queue stood for {} at {}, and another transfer of the same client lost segments meanwhile: they may have shared a line.",
          Claim.duration(sum.seconds), .rate(Int64(cap))))
    }
    let needed = limits.onset.value * cap
    guard faster >= needed else {
      if own >= needed {
        return .unknown(
          code: "no_faster_time", seen: excess, needed: limits.onsetTransfer.value,
          reason: Phrase(
            "A queue stood for {} at {}; only {} went faster, which a slow line's own queue may take in as well.",
            Claim.duration(sum.seconds), .rate(Int64(cap)), .bytes(Int(excess))))
      }
      // What a link held back comes at once as well, and no faster for that.
      let isWhole = connection.untraced == nil
      return .unknown(
        code: "no_faster_time", seen: max(faster, own) / cap, needed: limits.onset.value,
        reason: excess >= limits.onsetTransfer.value
          ? Phrase(
            isWhole
              ? "A queue stood for {} at {}; {} more than that came at once before, too shortly to say that the line was faster."
              : "A queue stood for {} at {}; in what was kept of the transfer {} more than that came at once before, too shortly to say that the line was faster.",
            Claim.duration(sum.seconds), .rate(Int64(cap)), .bytes(Int(excess)))
          : Phrase(
            isWhole
              ? "A queue stood for {} at {}; a slow line looks the same, and nothing in the capture was faster."
              : "A queue stood for {} at {}; a slow line looks the same, and nothing was faster in what was kept of the transfer.",
            Claim.duration(sum.seconds), .rate(Int64(cap))))
    }
    let delay = delays[delays.count / 2]
    let onset = QueueOnset(connection, queue, spans, rate: cap, delay: delay, limits)
    if let refused = ofSender(connection, onset, cap, sum.seconds, limits) { return refused }
    return .shaped(
      rate: cap, variation: variation, delay: delay, span: first.lowerBound...last.upperBound,
      faster: faster, offersMore: onset.finding == .grew)
  }

  /// A refusal where the rate is the sender's as well as the queue's: it was that without the queue too, or no more was sent when
  /// the queue began. Round trips have the acknowledgments' way in them, so near the sender it must be seen that more was.
  private static func ofSender(
    _ connection: TracedConnection, _ onset: QueueOnset, _ cap: Double, _ seconds: Double, _ limits: Thresholds.Cap
  ) -> ConnectionCap.Kind? {
    if let pace = onset.pace {
      return .unknown(
        code: "rate_of_sender", seen: abs(pace - 1), needed: 2 * limits.variation.value,
        reason: Phrase(
          "A queue stood for {} at {}, but for a second before it the transfer kept to that rate without it: it may be the sender's own.",
          Claim.duration(seconds), .rate(Int64(cap))))
    }
    if onset.finding == .grew || onset.finding == .unseen && !connection.isNearSender { return nil }
    return .unknown(
      code: "rate_of_sender", seen: max(0, onset.excess), needed: limits.onsetOffer.value * onset.delayed,
      reason: onset.finding == .unchanged
        ? Phrase(
          "Delays were longer for {} at {}, but no more than that rate was sent when they grew: the way may have become longer, or others filled a queue.",
          Claim.duration(seconds), .rate(Int64(cap)))
        : Phrase(
          "Round trips were longer for {} at {}, but it is not seen that more was sent when they grew: the acknowledgments may have waited.",
          Claim.duration(seconds), .rate(Int64(cap))))
  }
}
