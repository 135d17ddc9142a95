internal import Settings
internal import Verdict

/// Whether a transfer filled the queue itself that it stood in.
///
/// A queue that one fills is busy from its beginning: what is delayed by D at a rate r has r x D before it, which were sent beyond
/// that rate. A way that becomes longer, a queue that others fill, and, near the sender, acknowledgments that wait delay what
/// is sent as before. In what is in flight both look alike; so what came is counted against when it was sent. METHOD.md M3.2.
struct QueueOnset {
  /// What is known of the spans together.
  enum Finding: Sendable {
    /// The queue began with more than its rate carries.
    case grew
    /// It began, and no more was sent.
    case unchanged
    /// It stood when the records begin, or there is too little before it.
    case unseen
  }

  private(set) var finding = Finding.unseen
  /// Bytes sent beyond the rate in the rises that were seen, and what the delays then are worth.
  private(set) var excess = 0.0
  private(set) var delayed = 0.0
  /// The transfer's rate just before the first span over that within, where it had that rate for a second without the queue as well.
  private(set) var pace: Double?

  /// `rate`: what came through within the spans, bit/s; `delay`: the median delay in them, ms.
  init(
    _ connection: TracedConnection, _ queue: QueueDelay, _ spans: [ClosedRange<Double>], rate: Double, delay: Double,
    _ limits: Thresholds.Cap
  ) {
    let passage = connection.passage
    let passed = passage.offers.filter { $0.fate == .passed }
    let trip = connection.isNearSender
    let bytes = rate / 8
    // Bytes up to each offer.
    var sums = [0.0]
    sums.reserveCapacity(passed.count + 1)
    for offer in passed { sums.append((sums.last ?? 0) + offer.bytes) }
    let delays = passage.delays
    let bin = limits.queueBin.value / 1e9
    var (grown, still) = (0.0, 0.0)
    for span in spans {
      let begin = delays.firstPlace { $0.time >= span.lowerBound }
      let low = queue.base + delay / 2
      // The last that hardly waited, and what came out just before it.
      let last = delays[..<begin].lastIndex { $0.transit <= low }
      let edge = last.map { delays[$0].time } ?? span.lowerBound
      // Behind a queue BBR keeps to the rate that it found there, and lets the queue run empty: what came before the first one counts.
      if span == spans.first { pace = Self.pace(passed, edge - 1...edge, bytes, limits) }
      guard let last, last >= 4 else { continue }
      let until = delays.firstPlace { $0.time > span.lowerBound + 2 * bin }
      guard until - begin >= 4,
        zip(delays[last..<until], delays[(last + 1)..<until]).allSatisfy({ $1.time - $0.time <= bin + delay / 1000 })
      else { continue }
      /// Bytes that came less those that the rate carries up to when they came, and the delay; means.
      func level(_ samples: ArraySlice<DelaySample>) -> (bytes: Double, delay: Double) {
        var sum = (bytes: 0.0, delay: 0.0)
        for sample in samples {
          let time = sample.time + (trip ? sample.transit / 1000 : 0)
          sum.bytes += sums[passed.firstPlace { $0.time > sample.time }] - bytes * time
          sum.delay += sample.transit / 1000
        }
        return (sum.bytes / Double(samples.count), sum.delay / Double(samples.count))
      }
      let before = level(delays[(last - 4)...last])
      let after = level(delays[begin..<until])
      let worth = bytes * (after.delay - before.delay)
      let sent = after.bytes - before.bytes + worth
      excess += sent
      delayed += worth
      let length = span.upperBound - span.lowerBound
      if sent >= limits.onsetOffer.value * worth { grown += length } else { still += length }
    }
    if grown > still { finding = .grew } else if still > 0 { finding = .unchanged }
  }

  /// What came through in a second over what a rate carries, where that is one and both halves show it.
  private static func pace(
    _ passed: [Offer], _ second: ClosedRange<Double>, _ bytes: Double, _ limits: Thresholds.Cap
  ) -> Double? {
    guard let first = passed.first, let last = passed.last, first.time <= second.lowerBound,
      last.time >= second.upperBound
    else { return nil }
    let middle = (second.lowerBound + second.upperBound) / 2
    let halves = [second.lowerBound...middle, middle...second.upperBound].map { half in
      passed.within(half).reduce(0.0) { $0 + $1.bytes } / (bytes * (half.upperBound - half.lowerBound))
    }
    let whole = (halves[0] + halves[1]) / 2
    let width = 2 * limits.variation.value
    // Half a second holds few of a sender's writes.
    return abs(whole - 1) <= width && halves.allSatisfy { abs($0 - 1) <= 2 * width } ? whole : nil
  }
}
