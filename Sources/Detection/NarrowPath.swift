internal import Settings
internal import Verdict

/// Media of which nothing large comes through any more: what drops them looks at size, and no rate explains it (METHOD.md M3.7).
enum NarrowPath {
  /// A refusal where none of the larger packets came through from half a second behind the first loss on, or where nearly all that was
  /// lost was lost since the last of them: what a radio lost before is no beginning. `share`: of the media packets, as it is told. Nil if neither.
  static func refusal(_ passage: Passage, _ share: Double, _ limits: Thresholds.Cap) -> Judgment? {
    let cut = limits.sizeCut.value
    if let largest = passage.largest, largest.after < cut * largest.before {
      return refusal(share, before: largest.before, after: largest.after, limits)
    }
    guard let tail = passage.withoutLarge, let last = passage.offers.last, tail.largest > 0,
      tail.largest < cut * tail.peak, tail.lost >= limits.losses.value,
      tail.lost >= limits.sizeTail.value * Double(passage.losses),
      (last.time - tail.since) * 1e9 >= limits.span.value
    else { return nil }
    return refusal(share, before: tail.peak, after: tail.largest, limits)
  }

  private static func refusal(
    _ share: Double, before: Double, after: Double, _ limits: Thresholds.Cap
  ) -> Judgment {
    Claim.inconclusive(
      "large_packets_missing", seen: after, needed: limits.sizeCut.value * before,
      Phrase(
        "{} of the media packets were lost, and none of the larger ones came through any more: up to {} before, {} then.",
        .share(share), .bytes(Int(before)), .bytes(Int(after))))
  }
}
