import Detection
import Settings
import Testing
import Verdict

@testable import Analysis
@testable import Flow

/// From a connection's segments to what was offered and lost.
@Suite struct ConnectionTraceTests {
  /// Full segments, one a millisecond, by number.
  private func segments(_ numbers: [UInt32]) -> [SegmentRecord] {
    numbers.map { SegmentRecord(time: $0 * 100, sequence: $0 * 1448, length: 1500) }
  }

  @Test func segmentsThatACaptureHoldsOutOfOrderAreNotLost() {
    let (passage, _) = Analyzer.passage(SegmentTrace(), segments([0, 1, 4, 5, 2, 3, 6, 9, 7, 8, 10]), 1, reorder: 0)
    #expect(passage.losses == 0)
    #expect(passage.offers.map { Int(($0.time * 1000).rounded()) } == Array(0...10))
  }

  @Test func segmentsThatAreMissingAreLost() {
    let (passage, isNearSender) = Analyzer.passage(SegmentTrace(), segments([0, 1, 4, 5, 6, 10]), 1, reorder: 0)
    #expect(passage.losses == 5)
    #expect(!isNearSender)
  }

  @Test func segmentsThatAreSentAgainAreLostWhereTheyWereSentFirst() {
    var records = segments([0, 1, 2, 3, 4])
    records.append(SegmentRecord(time: 10_000, sequence: 2 * 1448, length: 1500))
    let (passage, isNearSender) = Analyzer.passage(SegmentTrace(), records, 1, reorder: 0)
    #expect(passage.offers.map { $0.fate == .lost } == [false, false, true, false, false, false])
    #expect(isNearSender)
  }

  /// Overtaken on the way, by 1 ms, in the order of their times.
  @Test func segmentsThatCameSoonBehindOthersAreNotLost() {
    var records: [SegmentRecord] = []
    for (place, number) in [UInt32](arrayLiteral: 0, 1, 3, 2, 4, 5, 8, 6, 7, 9).enumerated() {
      records.append(SegmentRecord(time: UInt32(place) * 100, sequence: number * 1448, length: 1500))
    }
    let (passage, isNearSender) = Analyzer.passage(SegmentTrace(), records, 1, reorder: 3_000_000)
    #expect(passage.losses == 0 && passage.offers.count == 10 && passage.missed == 0)
    #expect(!isNearSender)
    // 30 ms behind they were sent again.
    records[3].time += 3_000
    for place in 4..<10 { records[place].time += 3_000 }
    #expect(Analyzer.passage(SegmentTrace(), records, 1, reorder: 3_000_000).0.losses == 1)
    // Unless their sender's counter or clock shows that they were sent before.
    records[3].roundTrip = SegmentRecord.overtaken
    let late = Analyzer.passage(SegmentTrace(), records, 1, reorder: 3_000_000).0
    #expect(late.losses == 0 && late.offers.count == 10)
  }

  /// What the receiver acknowledged without it ever being seen was missed by the capture; what is seen once more was lost.
  @Test func segmentsThatWereAcknowledgedAndNeverSeenAreNotLost() {
    var records = segments([0, 1, 2, 5, 6, 7, 10])
    records.append(SegmentRecord(time: 10_000, sequence: 8 * 1448, length: 1500))
    records.append(SegmentRecord(time: 10_010, sequence: 9 * 1448, length: 1500))
    records.append(SegmentRecord(time: 10_020, sequence: 11 * 1448, length: 1500))
    let unknown = Analyzer.passage(SegmentTrace(), records, 1, reorder: 3_000_000).0
    #expect(unknown.losses == 4 && unknown.missed == 0)
    let known = Analyzer.passage(SegmentTrace(settled: 10), records, 1, reorder: 3_000_000).0
    #expect(known.losses == 2 && known.missed == 2)
    // The last gap may still be filled.
    let early = Analyzer.passage(SegmentTrace(settled: 3), records, 1, reorder: 3_000_000).0
    #expect(early.losses == 4 && early.missed == 0)
  }

  /// A segment sent again that takes in more than it did before fills what is missing behind it.
  @Test func aLongerSegmentFillsWhatIsMissing() {
    var records = segments([0, 1, 3, 4])
    records.append(SegmentRecord(time: 10_000, sequence: 1448, length: 2948))
    let passage = Analyzer.passage(SegmentTrace(settled: 4), records, 1, reorder: 3_000_000).0
    #expect(passage.missed == 0 && passage.losses == 2)
  }

  /// Fewer than the losses that count say nothing of the rest of the capture.
  @Test func whatTheCaptureMissedOfTransfersIsAShareOfTheirSegments() {
    func connection(missed: Int) -> TracedConnection {
      let offers = (0..<180).map { Offer(time: Double($0), bytes: 1500, fate: .passed) }
      let passage = Passage(start: 0, offers: offers, delays: [], missed: missed)
      return TracedConnection(
        key: 1, client: IPAddress(v4: 1), server: IPAddress(v4: 2), isFromClient: false, passage: passage,
        isNearSender: false)
    }
    #expect(CaptureLoss.missedShare([connection(missed: 14)], Thresholds()) == 0)
    #expect(CaptureLoss.missedShare([connection(missed: 20)], Thresholds()) == 0.1)
    #expect(CaptureLoss.missedShare([connection(missed: 20), connection(missed: 0)], Thresholds()) == 20.0 / 380)
  }
}
