internal import Settings
internal import Verdict

/// How close together large packets of a call came behind what lost some of them: a line takes its time for each, however
/// its queue is managed; a policer on a faster line passes at once what is sent at once.
///
/// A queue that is managed as RFC 8289 (CoDel) and RFC 8290 (fq_codel) say is held at 5 ms by dropping: no delay worth the
/// name shows it, and what it drops is what a line of that rate cannot carry, so a bucket explains it. METHOD.md M3.7.
struct LineSpacing {
  /// Large packets, those that were kept together as one.
  private(set) var count = 0
  /// Those among them that came in less time than a line of the bucket's rate could have sent them in, by half of what one
  /// takes.
  private(set) var close = 0

  /// Between the first and the last loss that the bucket explains; of a long call, as long as each packet was kept.
  init(_ passage: Passage, _ fit: TokenBucketFit, _ limits: Thresholds.Cap) {
    if let all = passage.spacings.first, all.count >= Int(limits.segmentPairs.integer),
      let near = passage.spacings.first(where: { $0.rate * limits.lineShare.value >= fit.high })
    {
      (count, close) = (all.count, near.count)
      return
    }
    var before: Double?
    var bytes = 0.0
    var largest = 0.0
    for offer in passage.offers.within(fit.first...fit.last) where offer.fate == .passed {
      bytes += offer.bytes
      largest = max(largest, offer.bytes)
      if offer.isPart { continue }
      if let before, largest > limits.fullSegment.value {
        count += 1
        let needed = 8 * (bytes - limits.lineShare.value * largest) / fit.high
        if offer.time - before < needed { close += 1 }
      }
      before = offer.time
      bytes = 0
      largest = 0
    }
  }

  /// Share of close ones.
  private var share: Double { Double(close) / Double(max(1, count)) }

  /// There are enough of them to tell.
  private func isEnough(_ limits: Thresholds.Cap) -> Bool { Int64(count) >= limits.segmentPairs.integer }

  /// Packets came closer together than a line of that rate could have sent them.
  func isCloser(_ limits: Thresholds.Cap) -> Bool { isEnough(limits) && share >= limits.closePackets.value }

  /// A refusal where large packets hardly ever came closer together than a line of the bucket's rate sends them.
  func refusal(_ fit: TokenBucketFit, _ limits: Thresholds.Cap) -> Judgment? {
    guard isEnough(limits), !isCloser(limits) else { return nil }
    return Claim.inconclusive(
      "line_rate", seen: share, needed: limits.closePackets.value,
      Phrase(
        "A token bucket of {} explains {} losses, but hardly any large packets came closer together than a line of that rate sends them: one whose queue is managed by dropping looks the same.",
        .rate(Int64(fit.rate)), .count(fit.losses)))
  }
}
