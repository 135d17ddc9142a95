internal import Detection
public import Settings
public import Verdict

/// Rates of two flows whose records hold time bins, compared.
public enum Comparison {
  /// One flow and the capture it is in.
  public typealias Subject = (flow: FlowRecord, capture: String)

  /// Compares one direction of two flows; nil if either sent nothing in it or has no bins.
  public static func compare(
    _ a: Subject, _ b: Subject, _ direction: Direction, _ thresholds: Thresholds = Thresholds()
  ) -> ComparisonRecord? {
    guard let first = rates(a.flow, direction), let second = rates(b.flow, direction) else { return nil }
    let limits = thresholds.comparison
    let result = RateComparison(first, second, limits)
    return ComparisonRecord(
      a: summary(a, first, direction), b: summary(b, second, direction), direction: direction, area: result.area,
      distance: result.distance, p: result.p, shift: result.shift, leastArea: limits.area.value, leastP: limits.p.value,
      decision: result.decision)
  }

  /// IP bit/s in each whole second from the first to the last packet; bins of more than a second are spread evenly.
  static func rates(_ flow: FlowRecord, _ direction: Direction) -> [Double]? {
    guard let bins = flow.bins, direction != .both else { return nil }
    let list = direction == .up ? bins.up : bins.down
    let width = Double(direction == .up ? bins.upWidth : bins.downWidth) / 1e9
    guard let first = list.first, let last = list.last else { return nil }
    let start = Double(first.number) * width
    let seconds = Int(((Double(last.number) + 1) * width - start).rounded(.down))
    guard seconds > 0 else { return nil }
    var bytes = Array(repeating: 0.0, count: seconds)
    for bin in list {
      let from = Double(bin.number) * width - start
      let until = from + width
      var second = Int(from + 1e-9)
      while second < seconds, Double(second) < until - 1e-9 {
        let part = min(until, Double(second + 1)) - max(from, Double(second))
        bytes[second] += Double(bin.bytes) * part / width
        second += 1
      }
    }
    return bytes.map { $0 * 8 }
  }

  private static func summary(_ subject: Subject, _ rates: [Double], _ direction: Direction) -> RateSummary {
    let sorted = rates.sorted()
    let bins = direction == .up ? subject.flow.bins?.up : subject.flow.bins?.down
    let packets = bins?.reduce(0) { $0 + $1.packets } ?? 0
    let lost = bins?.reduce(0) { $0 + $1.lost } ?? 0
    let isKnown = subject.flow.tcp != nil || !subject.flow.streams.isEmpty
    return RateSummary(
      subject.flow, capture: subject.capture, seconds: rates.count,
      mean: rates.reduce(0, +) / Double(max(1, rates.count)), median: sorted[sorted.count / 2],
      loss: isKnown && packets + lost > 0 ? Double(lost) / Double(packets + lost) : nil)
  }
}
