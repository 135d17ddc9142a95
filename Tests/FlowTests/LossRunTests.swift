import Flow
import Testing

/// Runs, bursts and gaps of lost packets (RFC 3611 section 4.7.2), counted by hand.
@Suite struct LossRunTests {
  @Test func lossesThatStandAloneAreNoBurst() {
    var runs = LossRuns()
    for number in [100, 120, 140] as [UInt32] { runs.note(first: number, count: 1) }
    #expect(runs.lost == 3 && runs.runs == 3 && runs.longestRun == 1)
    #expect(runs.inBursts.count == 0)
  }

  @Test func fewerThanSixteenPacketsBetweenLossesMakeABurst() {
    var runs = LossRuns()
    // 100, 101, then 15 received, then 117: one burst of 18 packets, 3 of them lost.
    runs.note(first: 100, count: 2)
    runs.note(first: 117, count: 1)
    #expect(runs.inBursts == (1, 3, 18))
    #expect(runs.runs == 2 && runs.longestRun == 2)
    // 16 received: the burst is over, and this loss stands alone.
    runs.note(first: 134, count: 1)
    #expect(runs.inBursts == (1, 3, 18))
    #expect(runs.lost == 4)
  }

  @Test func theBurstThatLostMostIsTheWorst() {
    var runs = LossRuns()
    #expect(runs.worstBurst == (0, 0))
    for number in [100, 110, 120] as [UInt32] { runs.note(first: number, count: 1) }
    runs.note(first: 500, count: 40)
    #expect(runs.worstBurst == (40, 40), "it has not ended")
    runs.note(first: 900, count: 2)
    #expect(runs.worstBurst == (40, 40))
  }

  @Test func aRunGoesOnWhereTheNextNumberIsLostToo() {
    var runs = LossRuns()
    runs.note(first: 10, count: 3)
    runs.note(first: 13, count: 2)
    #expect(runs.runs == 1 && runs.longestRun == 5)
  }

  @Test func numbersThatBeginAnewEndTheBurst() {
    var runs = LossRuns()
    runs.note(first: 60_000, count: 2)
    runs.note(first: 5, count: 2)
    #expect(runs.inBursts == (2, 4, 4))
  }

  @Test func pairsAreCountedByTheirDistance() {
    var runs = LossRuns()
    // 10 11 . 13 . . . 17 and, far on, 40 44 45.
    for number in [10, 11, 13, 17, 40, 44, 45] as [UInt32] { runs.note(first: number, count: 1) }
    #expect(runs.pairs == (1, 1, 2))
    var row = LossRuns()
    row.note(first: 5, count: 6)
    #expect(row.pairs == (4, 3, 2))
    // The numbers begin anew, before these or at the latest of them.
    row.note(first: 2, count: 1)
    row.note(first: 2, count: 1)
    #expect(row.pairs == (4, 3, 2))
  }
}
