internal import Settings
internal import Verdict

/// What all of a client's flows carried in one direction while one of them waited in a queue, and at other times.
///
/// A transfer that fills a line beside a steady call comes at what the call leaves of it: a rate as steady as a shaper's, and
/// exceeded whenever the call sends less. All of them together tell: through a line never more comes than when its queue
/// stood. METHOD.md M3.7.
struct SharedLine {
  /// Of all flows while the queue stood, bit/s.
  let rate: Double
  /// Of the others among them, bit/s.
  let others: Double
  /// Most of all within half a second without the queue, bit/s.
  let fastest: Double

  /// `spans`: when the queue stood, in seconds from the passage's start; nil if the others carried nothing then. Only flows
  /// whose packets were traced count.
  init?(
    _ passage: Passage, _ beside: [Carrier], _ spans: [ClosedRange<Double>]
  ) {
    var offers = passage.offers
    var others = 0.0
    for carrier in beside {
      var cursor = SpanCursor(spans)
      let shift = Double(carrier.passage.start &- passage.start) / 1e9
      for offer in carrier.passage.offers where offer.fate == .passed {
        let moved = Offer(time: offer.time + shift, bytes: offer.bytes, fate: .passed)
        offers.append(moved)
        if cursor.contains(moved.time) { others += moved.bytes }
      }
      if let untraced = carrier.untraced {
        others += Self.spread(untraced, from: passage.start, spans, to: &offers)
      }
    }
    let seconds = spans.reduce(0) { $0 + ($1.upperBound - $1.lowerBound) }
    guard others > 0, seconds > 0 else { return nil }
    offers.sort { $0.time < $1.time }
    let all = DeliveredRate(Passage(start: passage.start, offers: offers, delays: []))
    var sum = 0.0
    for span in spans { sum += all.total(span).bytes }
    rate = 8 * sum / seconds
    self.others = 8 * others / seconds
    fastest = all.fastest(outside: spans, seconds: 0.5)
  }

  /// What is not known one by one is taken to have come evenly; the bytes of it that fall into the spans. `start`: of the spans.
  private static func spread(
    _ untraced: Carrier.Untraced, from start: Int64, _ spans: [ClosedRange<Double>], to offers: inout [Offer]
  ) -> Double {
    let first = Double(untraced.window.first &- start) / 1e9
    let last = Double(untraced.window.last &- start) / 1e9
    guard last > first else { return 0 }
    let count = Int(min(20_000, max(1, (last - first) / 0.05)))
    var cursor = SpanCursor(spans)
    var within = 0.0
    for place in 0..<count {
      let part = Offer(
        time: first + (last - first) * (Double(place) + 0.5) / Double(count), bytes: untraced.bytes / Double(count),
        fate: .passed)
      offers.append(part)
      if cursor.contains(part.time) { within += part.bytes }
    }
    return within
  }

  /// A line that all share explains the rate of one: the others carried a share of it, and all together were hardly faster
  /// without the queue.
  private func explains(_ own: Double, _ limits: Thresholds.Cap) -> Bool {
    others >= limits.besideShare.value * own && fastest < limits.onset.value * rate
  }

  /// A refusal where a line that all share explains the steady rate `own`, bit/s, of one of them.
  static func refusal(
    _ passage: Passage, _ flow: FlowObservation, _ direction: Direction, _ own: Double, isMedia: Bool,
    _ known: Circumstances
  ) -> Judgment? {
    let beside = Carrier.beside(flow.firstFrame, of: flow.client, direction, known)
    // Each of many flows would look at all packets of the others.
    let count = beside.reduce(passage.offers.count) { $0 + $1.passage.offers.count }
    if !beside.isEmpty, count > Carrier.most / max(1, known.around.examinedCaps) {
      return Claim.inconclusive(
        "shared_queue", seen: Double(beside.count + 1), needed: 1,
        Phrase("A queue stood at {}, and {} flows shared the line.", .rate(Int64(own)), .count(beside.count + 1)))
    }
    let spans = QueueDelay(passage, known.thresholds.cap, isMedia: isMedia).standing()
    guard let line = SharedLine(passage, beside, spans),
      line.explains(own, known.thresholds.cap)
    else { return nil }
    let seconds = (spans.last?.upperBound ?? 0) - (spans.first?.lowerBound ?? 0)
    return Claim.inconclusive(
      "shared_queue", seen: line.fastest / line.rate, needed: known.thresholds.cap.onset.value,
      Phrase(
        "A queue stood for {} at {}; with what else the client carried it was {} then and {} at most without it: a line that they share looks the same.",
        Claim.duration(seconds), .rate(Int64(own)), .rate(Int64(line.rate)), .rate(Int64(line.fastest))))
  }
}
