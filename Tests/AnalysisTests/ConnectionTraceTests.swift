import Detection
import Testing

@testable import Analysis
@testable import Flow

/// From a connection's segments to what was offered and lost.
@Suite struct ConnectionTraceTests {
  /// Full segments, one a millisecond, by number.
  private func segments(_ numbers: [UInt32]) -> [SegmentRecord] {
    numbers.map { SegmentRecord(time: $0 * 100, sequence: $0 * 1448, length: 1500) }
  }

  @Test func segmentsThatACaptureHoldsOutOfOrderAreNotLost() {
    let (passage, _) = Analyzer.passage(SegmentTrace(), segments([0, 1, 4, 5, 2, 3, 6, 9, 7, 8, 10]), 1)
    #expect(passage.losses == 0)
    #expect(passage.offers.map { Int(($0.time * 1000).rounded()) } == Array(0...10))
  }

  @Test func segmentsThatAreMissingAreLost() {
    let (passage, isNearSender) = Analyzer.passage(SegmentTrace(), segments([0, 1, 4, 5, 6, 10]), 1)
    #expect(passage.losses == 5)
    #expect(!isNearSender)
  }

  @Test func segmentsThatAreSentAgainAreLostWhereTheyWereSentFirst() {
    var records = segments([0, 1, 2, 3, 4])
    records.append(SegmentRecord(time: 10_000, sequence: 2 * 1448, length: 1500))
    let (passage, isNearSender) = Analyzer.passage(SegmentTrace(), records, 1)
    #expect(passage.offers.map { $0.fate == .lost } == [false, false, true, false, false, false])
    #expect(isNearSender)
  }
}
