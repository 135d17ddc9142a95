public import Verdict

/// When the capture itself dropped packets, as far as can be told: in a run that goes on the kernel's counter is read from
/// time to time, and what it grew by was dropped between two readings.
public struct CaptureLosses: Sendable, Equatable {
  private struct Span: Equatable {
    let first: Int64
    var last: Int64
    var count: UInt64
  }

  private var spans: [Span] = []
  /// All that was dropped.
  public private(set) var total: UInt64 = 0
  /// Most spans of time that are told apart; beyond, the two oldest are joined.
  private static let limit = 4_096

  /// Nothing was dropped.
  public init() {}

  /// The counter stands at `total`; what it grew by was dropped from `first` to `last`, ns since the epoch.
  public mutating func note(_ total: UInt64, from first: Int64, to last: Int64) {
    guard total > self.total else { return }
    let count = total - self.total
    self.total = total
    if let before = spans.last, first <= before.last {
      spans[spans.count - 1] = Span(first: before.first, last: max(before.last, last), count: before.count + count)
    } else {
      spans.append(Span(first: first, last: max(first, last), count: count))
    }
    guard spans.count > Self.limit else { return }
    spans[1] = Span(first: spans[0].first, last: spans[1].last, count: spans[0].count + spans[1].count)
    spans.removeFirst()
  }

  /// What may have been dropped within a window.
  public func count(in window: TimeWindow) -> UInt64 {
    spans.reduce(0) { $1.first <= window.last && $1.last >= window.first ? $0 + $1.count : $0 }
  }

  /// What may have been dropped while a verdict's reason came about: its window, or all of the flow. A reset is judged by
  /// what came before it too.
  func count(behind judgment: Judgment, of flow: FlowObservation) -> UInt64 {
    guard total > 0 else { return 0 }
    var window = judgment.window ?? TimeWindow(first: flow.first, last: .max)
    if judgment.outcome == .reset { window = TimeWindow(first: flow.first, last: window.last) }
    return count(in: window)
  }
}
