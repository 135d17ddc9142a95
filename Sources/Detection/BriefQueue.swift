internal import Settings
internal import Verdict

/// A queue that fills, loses and empties within a bin, as a slide of a shared screen fills it: no bin's least delay shows it, but the
/// voice beside it waited longest where packets were lost.
///
/// Greatest delays grow with jitter as well, so those at the losses are held against those of times as long soon behind them, in
/// which nothing was lost. Behind a policer the two are alike. Cannot tell apart: a line's queue from what a sender's own bursts
/// filled before a policer. METHOD.md M3.7.
struct BriefQueue {
  /// Median of the greatest delays at the losses, and of those away from them, ms.
  let atLosses, elsewhere: Double

  /// Nil if too few of either are known, or if no voice tells them.
  init?(_ passage: Passage, _ queue: QueueDelay, _ limits: Thresholds.Cap) {
    guard passage.hasVoiceDelay, let last = passage.delays.last else { return nil }
    let width = limits.peakBin.value / 1e9
    let count = min(Int(last.time / width) + 2, 1 << 20)
    var peaks = [Double](repeating: -.infinity, count: count)
    for sample in passage.delays {
      let place = Int(sample.time / width)
      if place >= 0, place < count { peaks[place] = max(peaks[place], queue.delay(of: sample)) }
    }
    var places: [Int] = []
    for offer in passage.offers where offer.fate == .lost {
      let place = Int(offer.time / width)
      if place >= 0, place + 1 < count, place != places.last { places.append(place) }
    }
    // Voice packets are kept one by one for so long behind a loss.
    let (near, far) = (Int(limits.peakApart.value / 1e9 / width), Int(limits.peakReach.value / 1e9 / width))
    var lossy: [Double] = []
    var free: [Double] = []
    for (number, place) in places.enumerated() {
      let peak = max(peaks[place], peaks[place + 1])
      if peak.isFinite { lossy.append(peak) }
      let next = number + 1 < places.count ? places[number + 1] : count
      let until = min(place + far, next - near, count - 1)
      for apart in stride(from: place + near, to: until, by: 2) {
        let peak = max(peaks[apart], peaks[apart + 1])
        if peak.isFinite { free.append(peak) }
      }
    }
    guard Int64(lossy.count) >= limits.peakLosses.integer, 2 * lossy.count >= places.count,
      Int64(free.count) >= limits.peaksElsewhere.integer
    else { return nil }
    lossy.sort()
    free.sort()
    (atLosses, elsewhere) = (lossy[lossy.count / 2], free[free.count / 2])
  }

  /// A verdict where packets waited at the losses as long as a queue makes them, and not away from them.
  static func verdict(
    _ passage: Passage, _ direction: Direction, _ queue: QueueDelay, _ share: Double, _ known: Circumstances
  ) -> Judgment? {
    let limits = known.thresholds.cap
    guard let brief = BriefQueue(passage, queue, limits), brief.atLosses - brief.elsewhere >= limits.queue.value
    else { return nil }
    return QueueDelay.clockRefusal(passage, known)
      ?? MediaCaps.degraded(
        .congestion, passage, direction,
        Phrase(
          "{} of the media packets were lost where a queue came and went: at the losses voice packets waited up to {} at the median, away from them up to {}.",
          .share(share), Claim.duration(brief.atLosses / 1000), Claim.duration(max(0, brief.elsewhere) / 1000)),
        ["bandwidth-cap", "slow-link"], known)
  }
}
