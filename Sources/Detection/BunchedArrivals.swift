internal import Settings

/// Whether the packets of a voice come in bunches: something on the way held them and let them go together, as an access point
/// does with what came while a station slept (IEEE 802.11 power save).
///
/// The least delay of a bin shows a queue that stands, and none that fills and empties within the bin: behind such a one
/// packets wait and are lost though no bin shows it. So bunched arrivals exclude no queue. METHOD.md M3.7.
enum BunchedArrivals {
  /// Share of the packets that came within `bunchedPace` of their pace behind the one before; nil with too few that were kept
  /// one by one, or where the packets are those of pictures, which are sent in bunches.
  static func share(_ passage: Passage, _ limits: Thresholds.Cap) -> Double? {
    var pairs = 0
    var close = 0
    var same = 0
    for (before, after) in zip(passage.delays, passage.delays.dropFirst()) {
      let time = after.time - before.time
      // By the time stamps: what the arrivals are apart, less what the transit changed.
      let pace = time - (after.transit - before.transit) / 1000
      guard pace < limits.bunchedStep.value / 1e9 else { continue }
      pairs += 1
      if pace < 0.001 { same += 1 } else if time < limits.bunchedPace.value * pace { close += 1 }
    }
    guard Int64(pairs) >= limits.bunchedPairs.integer, Double(same) <= 0.05 * Double(pairs) else { return nil }
    return Double(close) / Double(pairs)
  }
}
