internal import Detection
public import Settings
public import Verdict

/// Rates of two flows whose records hold time bins, compared.
public enum Comparison {
  /// One flow and the capture it is in, which may hold packets twice.
  public typealias Subject = (flow: FlowRecord, capture: String, hasTwins: Bool)

  /// Compares one direction of two flows; nil if either sent nothing in it or has no bins.
  public static func compare(
    _ a: Subject, _ b: Subject, _ direction: Direction, _ thresholds: Thresholds = Thresholds()
  ) -> ComparisonRecord? {
    // Bins of long flows are wider than a second: each is one sample, and not several that are alike.
    let step = max(1, width(a.flow, direction), width(b.flow, direction))
    guard let first = rates(a.flow, direction, step: step), let second = rates(b.flow, direction, step: step) else {
      return nil
    }
    let limits = thresholds.comparison
    let result = RateComparison(first, second, limits)
    // What TCP sends again is seen once, twice or before it is lost, as the capture lies: a difference has to hold without it.
    let holds =
      result.decision != .different
      || withoutRepeats(first, a.flow, second, b.flow, direction).allSatisfy { left, right in
        let other = RateComparison(left, right, limits)
        return other.decision == .different && (other.area > 0) == (result.area > 0)
      }
    return ComparisonRecord(
      a: summary(a, first, direction, step), b: summary(b, second, direction, step), direction: direction,
      area: result.area, distance: result.distance, p: result.p, shift: result.shift, leastArea: limits.area.value,
      leastP: limits.p.value, decision: holds ? result.decision : .inconclusive, step: step)
  }

  /// Width of a direction's bins, s.
  private static func width(_ flow: FlowRecord, _ direction: Direction) -> Double {
    guard let bins = flow.bins else { return 0 }
    return Double(direction == .up ? bins.upWidth : bins.downWidth) / 1e9
  }

  /// IP bit/s in each whole step of so many seconds: of media from their first packet on as long as either side sent any, for they
  /// may have been kept from coming; of other flows from the direction's first packet to its last, or where something was found,
  /// to the last of either side.
  static func rates(_ flow: FlowRecord, _ direction: Direction, step: Double = 1) -> [Double]? {
    guard let bins = flow.bins, direction != .both else { return nil }
    let list = direction == .up ? bins.up : bins.down
    let width = width(flow, direction)
    guard let first = list.first, let last = list.last else { return nil }
    var start = Double(first.number) * width
    var end = (Double(last.number) + 1) * width
    if let media = bins.media, let begin = direction == .up ? media.up : media.down {
      start = (Double(begin) / 1e9 / width).rounded(.down) * width
      end = (Double(media.last) / 1e9 / width).rounded(.down) * width + width
    } else if flow.verdict.isFinding {
      end = max(end, Double(flow.last &- flow.first) / 1e9)
    }
    let count = Int(((end - start) / step + 1e-9).rounded(.down))
    guard count > 0 else { return nil }
    var bytes = Array(repeating: 0.0, count: count)
    for bin in list {
      let from = (Double(bin.number) * width - start) / step
      let until = from + width / step
      var place = max(0, Int((from + 1e-9).rounded(.down)))
      while place < count, Double(place) < until - 1e-9 {
        let part = min(until, Double(place + 1)) - max(from, Double(place))
        bytes[place] += Double(bin.bytes) * part * step / width
        place += 1
      }
    }
    return bytes.map { $0 * 8 / step }
  }

  /// Both series with the share that TCP sent again left out of either, and of both; none where nothing was.
  private static func withoutRepeats(
    _ first: [Double], _ a: FlowRecord, _ second: [Double], _ b: FlowRecord, _ direction: Direction
  ) -> [(left: [Double], right: [Double])] {
    func once(_ rates: [Double], _ flow: FlowRecord) -> [Double]? {
      guard flow.transport == .tcp, let share = loss(flow, direction), share > 0 else { return nil }
      return rates.map { $0 * (1 - share) }
    }
    let (left, right) = (once(first, a), once(second, b))
    guard left != nil || right != nil else { return [] }
    let pairs = [(left, second), (first, right), (left, right)] as [([Double]?, [Double]?)]
    return pairs.compactMap { left, right in left.flatMap { left in right.map { (left, $0) } } }
  }

  private static func summary(
    _ subject: Subject, _ rates: [Double], _ direction: Direction, _ step: Double
  ) -> RateSummary {
    let sorted = rates.sorted()
    return RateSummary(
      subject.flow, capture: subject.capture, seconds: Int(Double(rates.count) * step),
      mean: rates.reduce(0, +) / Double(max(1, rates.count)), median: sorted[sorted.count / 2],
      loss: loss(subject.flow, direction), hasTwins: subject.hasTwins)
  }

  /// Share of a direction's packets that are missing, or that were sent again over TCP; nil if nothing tells.
  private static func loss(_ flow: FlowRecord, _ direction: Direction) -> Double? {
    if flow.transport == .tcp, let tcp = flow.tcp {
      let packets = direction == .up ? flow.client.packets : flow.server.packets
      let repeated = direction == .up ? tcp.retransmissions.client : tcp.retransmissions.server
      return packets > 0 ? min(1, Double(repeated) / Double(packets)) : nil
    }
    let streams = flow.streams.filter { $0.direction == direction }
    let expected = streams.reduce(0) { $0 + $1.expected }
    return expected > 0 ? Double(streams.reduce(0) { $0 + $1.lost }) / Double(expected) : nil
  }
}
