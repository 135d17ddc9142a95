internal import Settings

/// Whether the transit changes at the losses: behind a policer the next packet comes when it would have come anyhow, behind
/// a queue it moves up, or the queue fills and empties around it.
///
/// A queue that is full from before the capture on delays everything alike, so no delay shows it; but its line sends one
/// packet after the other, lost ones or not: behind a lost packet of a steady voice the transit falls by up to a packet's
/// time. A queue of two packets is empty most of the time, so the least delay around a loss does not show it either.
/// METHOD.md M3.7.
enum ClosingGaps {
  /// By how much the gaps closed at the median, as a share of the time between two packets: 0 behind a policer, 1 behind a
  /// full queue that loses little, negative where one fills. nil with too few losses of a voice with a clock.
  static func share(_ passage: Passage, _ limits: Thresholds.Cap) -> Double? {
    var shares: [Double] = []
    var place = 0
    let lost = passage.offers.filter { $0.fate == .lost }
    for (before, after) in zip(passage.delays, passage.delays.dropFirst()) {
      while place < lost.count, lost[place].time <= before.time { place += 1 }
      var count = 0
      while place + count < lost.count, lost[place + count].time < after.time { count += 1 }
      guard count == 1 else { continue }
      let closed = (before.transit - after.transit) / 1000
      let step = (after.time - before.time + closed) / 2
      guard step > 0, step < limits.gapPause.value / 1e9 else { continue }
      shares.append(closed / step)
    }
    guard Int64(shares.count) >= limits.gapLosses.integer else { return nil }
    shares.sort()
    return shares[shares.count / 2]
  }
}
