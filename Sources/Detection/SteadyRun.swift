internal import Settings

/// The longest time behind a queue in which what came through kept to one rate (METHOD.md M3.7).
///
/// A queue may outlast its shaper: what was held back, and is sent again, comes in a rush at its end. And a second in ten
/// may fall short where other packets went through the same shaper. So not all that stood in a queue is asked to be
/// steady, but what most losses fell into.
struct SteadyRun {
  /// From its first to its last block, seconds.
  let span: ClosedRange<Double>
  /// Rates of its blocks, bit/s, those that fell out of line left out.
  let rates: [Double]
  /// Bit/s over these blocks.
  let rate: Double
  /// Seconds of them.
  let seconds: Double
  /// What was offered in each of them, bit/s.
  let offered: [Double]

  /// Standard deviation over mean of the blocks.
  var variation: Double { rates.variation ?? .infinity }

  /// Share of the offered bytes that did not come through.
  var share: Double {
    let sum = offered.reduce(0, +)
    return sum > 0 ? 1 - rates.reduce(0, +) / sum : 0
  }

  /// The rate may be the sender's own: it offered a steady one, and nearly all of it came through.
  func isOfSender(_ limits: Thresholds.Cap) -> Bool {
    share < limits.heldShare.value && (offered.variation ?? 0) <= limits.variation.value
  }

  /// `blocks` in order of time. Nil if there is no such time, or it misses too many losses.
  init?(_ blocks: [RateBlock], _ offers: [Offer], _ limits: Thresholds.Cap) {
    let lost = offers.filter { $0.fate == .lost }
    let losses = lost.map(\.time)
    let hit = blocks.filter { !lost.within($0.span).isEmpty }
    let sorted = (hit.isEmpty ? blocks : hit).map(\.rate).sorted()
    guard !sorted.isEmpty else { return nil }
    let middle = sorted[sorted.count / 2]
    let isIn = blocks.map { abs($0.rate - middle) <= 2 * limits.variation.value * middle }
    var best = 0..<0
    var from = 0
    for place in blocks.indices {
      if isIn[place] {
        if place + 1 - from > best.count { best = from..<(place + 1) }
      } else if place == from || !isIn[place - 1] {
        // Two in a row are another time.
        from = place + 1
      }
    }
    let kept = best.filter { isIn[$0] }
    guard let first = kept.first, let last = kept.last,
      Double(best.count - kept.count) <= limits.steadyGap.value * Double(best.count)
    else { return nil }
    // A shaper that is taken away loses what it held at once, behind the last whole block.
    let margin = limits.steadyReach.value / 1e9
    let reach = blocks[first].span.lowerBound - margin...blocks[last].span.upperBound + margin
    let covered = losses.reduce(0) { $0 + (reach.contains($1) ? 1 : 0) }
    guard Double(covered) >= limits.steadyLosses.value * Double(losses.count) else { return nil }
    span = blocks[first].span.lowerBound...blocks[last].span.upperBound
    rates = kept.map { blocks[$0].rate }
    offered = kept.map { index in
      let bytes = lost.within(blocks[index].span).reduce(0.0) { $0 + $1.bytes }
      return blocks[index].rate + 8 * bytes / blocks[index].seconds
    }
    seconds = kept.reduce(0) { $0 + blocks[$1].seconds }
    rate = kept.reduce(0) { $0 + blocks[$1].rate * blocks[$1].seconds } / seconds
  }
}

/// A rate from packet to packet.
struct RateBlock {
  /// Seconds of the passage.
  var span: ClosedRange<Double>
  /// Bit/s.
  var rate: Double
  /// Length, s.
  var seconds: Double { span.upperBound - span.lowerBound }
}
