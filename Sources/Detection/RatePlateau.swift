internal import Settings
internal import Verdict

/// Rates that step to a level and stay there: what a sender that adapts makes of a cap (METHOD.md M3.7).
///
/// Told beside a cap that was found by its losses or its queue, never instead of them: a sender steps down and stays of its
/// own accord as well, when a camera is switched off or a screen stands still, and loses nothing then.
struct RatePlateau {
  /// The level, bit/s.
  let rate: Double
  /// How long it held, s.
  let span: Double
  /// What was offered before the first loss, bit/s; nil if less than three seconds of that are known.
  let before: Double?

  /// The longest plateau of what came through from the first loss on; nil if none is long enough.
  init?(_ passage: Passage, from start: Double, _ limits: Thresholds.Cap) {
    var seconds: [(offered: Double, passed: Double)] = []
    for offer in passage.offers {
      let place = Int(offer.time)
      while seconds.count <= place, seconds.count < 1 << 17 { seconds.append((0, 0)) }
      guard place >= 0, place < seconds.count else { continue }
      seconds[place].offered += 8 * offer.bytes
      if offer.fate == .passed { seconds[place].passed += 8 * offer.bytes }
    }
    // The last second is cut.
    let rates = seconds.dropLast()
    let first = min(rates.count, max(0, Int(start) + 1))
    var best = (from: 0, until: 0)
    var from = first
    var sum = 0.0
    // Fastest and slowest second since `from`: a day at one level costs no more than its seconds.
    var fastest = Extreme(isLeast: false)
    var slowest = Extreme(isLeast: true)
    for until in first..<max(first, rates.count) {
      sum += rates[until].passed
      fastest.append(rates[until].passed, at: until)
      slowest.append(rates[until].passed, at: until)
      // All of them within a tenth of their mean.
      while from < until {
        let mean = sum / Double(until - from + 1)
        let width = limits.plateauWidth.value * mean
        if abs(fastest.value - mean) <= width, abs(slowest.value - mean) <= width { break }
        sum -= rates[from].passed
        from += 1
        fastest.drop(before: from)
        slowest.drop(before: from)
      }
      if until - from > best.until - best.from { best = (from, until) }
    }
    let count = best.until - best.from + 1
    guard Double(count) * 1e9 >= limits.plateau.value else { return nil }
    span = Double(count)
    rate = (best.from...best.until).reduce(0) { $0 + rates[$1].passed } / Double(count)
    let early = rates.prefix(max(0, Int(start))).map(\.offered).sorted()
    before = early.count >= 3 ? early[early.count / 2] : nil
  }

  /// What it adds to a cap.
  func evidence(_ limits: Thresholds.Cap) -> Evidence {
    guard let before, before >= limits.onset.value * rate else {
      return Evidence(
        "delivered_plateau",
        Phrase("For {} what came through kept to {}, second by second.", Claim.duration(span), .rate(Int64(rate))))
    }
    return Evidence(
      "delivered_plateau",
      Phrase(
        "For {} what came through kept to {}, second by second; before the first loss {} was sent.",
        Claim.duration(span), .rate(Int64(rate)), .rate(Int64(before))))
  }
}

/// The largest or least of a window that moves on over values.
private struct Extreme {
  private let isLeast: Bool
  /// Those of the window that are more extreme than all behind them, and their places; from `head` on.
  private var values: [(value: Double, place: Int)] = []
  private var head = 0

  init(isLeast: Bool) { self.isLeast = isLeast }

  /// Of the window, which is not empty.
  var value: Double { values[head].value }

  mutating func append(_ value: Double, at place: Int) {
    while values.count > head, let last = values.last, isLeast ? last.value >= value : last.value <= value {
      values.removeLast()
    }
    values.append((value, place))
  }

  mutating func drop(before place: Int) {
    while head < values.count, values[head].place < place { head += 1 }
  }
}
