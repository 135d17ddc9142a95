internal import Settings
internal import Verdict

extension ConnectionCaps {
  /// A token bucket conforms: was there a queue of its size, or none?
  static func settle(
    _ fit: TokenBucketFit, _ offers: [Offer], _ samples: [DelaySample], _ members: [TracedConnection],
    _ limits: Thresholds.Cap
  ) -> ConnectionCap.Kind? {
    var delays: [Double] = []
    var losses = 0
    for member in members {
      let (values, count) = delaysAtLosses(member)
      delays += values
      losses += count
    }
    // One sample may stand before many losses.
    guard delays.count * 5 >= losses, Int64(samples.count) >= limits.roundTrips.integer else {
      return .unknown(
        code: "delay_unseen", seen: Double(delays.count), needed: Double(losses) / 5,
        reason: Phrase(
          "A token bucket explains {} losses, but nothing tells whether segments waited before.", .count(losses)))
    }
    delays.sort()
    let delay = delays[delays.count / 2]
    let span = fit.last - fit.first
    guard span * 1e9 >= limits.transferSpan.value else {
      return .unknown(
        code: "too_short", seen: span, needed: limits.transferSpan.value / 1e9,
        reason: Phrase(
          "{} segments were lost within {}: too short to say why.", .count(fit.losses), Claim.duration(span)))
    }
    if let line = serialization(fit, members, limits) { return line }
    // A queue that loses by this arithmetic holds as much as the bucket, and delays as much as is gone from the bucket.
    let queue = fit.size * 8000 / fit.high
    if delay > limits.queueSlope.value * queue || delay > bound(members, limits) { return nil }
    var all = samples.map(\.transit)
    all.sort()
    // A queue is seen in the slowest samples at least, even if it is empty most of the time.
    if all[all.count * 95 / 100] - all[all.count / 20] > limits.queueShare.value * queue { return nil }
    if let slope = TokenBucketSearch.queueSlope(offers, samples, fit), slope > limits.queueSlope.value { return nil }
    guard queue >= limits.resolution.value else {
      return .unknown(
        code: "queue_too_small_to_see", seen: queue, needed: limits.resolution.value,
        reason: Phrase(
          "{} losses fit a token bucket of {}, or a queue of {}, which is too short to be seen.", .count(fit.losses),
          .rate(Int64(fit.high)), Claim.duration(queue / 1000)))
    }
    return paced(fit, members, limits) ?? byChance(fit, offers, members, limits) ?? .policed(fit, delay: delay)
  }

  /// A refusal where losses drawn at random among the same segments conform to some bucket as well.
  private static func byChance(
    _ fit: TokenBucketFit, _ offers: [Offer], _ members: [TracedConnection], _ limits: Thresholds.Cap
  ) -> ConnectionCap.Kind? {
    let drawn = DrawnLosses(offers, arePlacedBehind: !members.allSatisfy { $0.isNearSender }, limits)
    let needed = 1 - limits.drawShare.value * (1 - drawn.mean)
    guard fit.conformity < needed else { return nil }
    return .unknown(
      code: "bucket_by_chance", seen: fit.conformity, needed: needed,
      reason: Phrase(
        "A token bucket of {} explains {} losses ({}), but losses at random among these segments seem to conform as well ({} at the mean).",
        .rate(Int64(fit.high)), .count(fit.losses), .share(fit.conformity), .share(drawn.mean)))
  }

  /// A refusal where behind the bottleneck full segments never came close together: a policer passes what the sender sends at
  /// once, a line takes its time for each.
  private static func paced(
    _ fit: TokenBucketFit, _ members: [TracedConnection], _ limits: Thresholds.Cap
  ) -> ConnectionCap.Kind? {
    var pairs = 0
    var close = 0
    for member in members where !member.isNearSender && member.passage.losses > 0 {
      let passed = member.passage.offers.filter { $0.fate == .passed }
      for (before, after) in zip(passed, passed.dropFirst()) where after.bytes > limits.fullSegment.value {
        pairs += 1
        if after.time - before.time < limits.lineShare.value * 8 * after.bytes / fit.rate { close += 1 }
      }
    }
    let share = Double(close) / Double(max(1, pairs))
    guard Int64(pairs) >= limits.segmentPairs.integer, share < limits.closeSegments.value else { return nil }
    return .unknown(
      code: "line_rate", seen: share, needed: limits.closeSegments.value,
      reason: Phrase(
        "A token bucket of {} explains {} losses, but hardly any segments came closer together than a line of that rate sends them.",
        .rate(Int64(fit.rate)), .count(fit.losses)))
  }

  /// A refusal where full segments took longer than the handshake by what a line of the bucket's rate takes to send one: a
  /// policer passes what it passes at once, a slow line with room for two packets loses by the same arithmetic.
  private static func serialization(
    _ fit: TokenBucketFit, _ members: [TracedConnection], _ limits: Thresholds.Cap
  ) -> ConnectionCap.Kind? {
    let segment = 12_000_000 / fit.high
    let needed = max(limits.inflationFloor.value, limits.lineShare.value * segment)
    // One of them is enough: the others' handshakes may have waited behind its segments. What is longer by several
    // segments' time is no single segment's. A handshake that is not in the capture leaves the way itself in it, and, where
    // several connections keep a queue full, the queue.
    let isJoined = members.count > 1 && members.allSatisfy { $0.roundTrip == nil }
    var longer = 0.0
    for member in members where member.isNearSender && member.passage.losses > 0 && member.passage.delays.count >= 5 {
      let sorted = member.passage.delays.map(\.transit).sorted()
      let extra = sorted[sorted.count / 20] - 1000 * (member.roundTrip ?? 0)
      if isJoined
        || extra <= (member.roundTrip == nil ? limits.lineSegmentsJoined : limits.lineSegments).value * segment
      {
        longer = max(longer, extra)
      }
    }
    guard longer >= needed else { return nil }
    return .unknown(
      code: "line_rate", seen: longer, needed: needed,
      reason: Phrase(
        "A token bucket of {} explains {} losses, but segments may have taken {} longer than the handshake, as a line of that rate takes to send one.",
        .rate(Int64(fit.high)), .count(fit.losses), Claim.duration(longer / 1000)))
  }

  /// Delay that still is none, ms: for transits that of media, for round trips, which delayed acknowledgments lengthen,
  /// what SIGCOMM'16 calls inflated.
  private static func bound(_ members: [TracedConnection], _ limits: Thresholds.Cap) -> Double {
    var bound = limits.queue.value
    for member in members where member.isNearSender && member.passage.losses > 0 {
      let least = member.passage.delays.reduce(member.handshake) { min($0, $1.transit) }
      if least.isFinite { bound = max(bound, limits.inflationFloor.value, (limits.inflation.value - 1) * least) }
    }
    return bound
  }

  /// Delay just before each loss above the fastest, ms, and how many losses there are.
  /// The fastest by what was seen while the connection carried little as well: on a slow line a transfer's own segments
  /// never meet an empty queue.
  private static func delaysAtLosses(_ connection: TracedConnection) -> ([Double], Int) {
    let passage = connection.passage
    var sorted = passage.delays.map(\.transit)
    sorted.sort()
    let base = sorted.isEmpty ? 0 : min(sorted[sorted.count / 20], connection.handshake)
    var losses = 0
    var delays: [Double] = []
    var place = 0
    for offer in passage.offers where offer.fate == .lost {
      losses += 1
      while place < passage.delays.count, passage.delays[place].time <= offer.time { place += 1 }
      guard place > 0, offer.time - passage.delays[place - 1].time < 5 else { continue }
      // The longest of the latest few: a short queue is full only at the end of a burst.
      var longest = 0.0
      for near in max(0, place - 3)..<place { longest = max(longest, passage.delays[near].transit) }
      delays.append(longest - base)
    }
    return (delays, losses)
  }
}
