import Detection
import Synth
import Testing

@Suite struct FisherExactTests {
  /// METHOD.md M2.3 step 3.
  @Test(arguments: [
    (4, 4, 0.014286), (5, 5, 0.003968), (7, 7, 0.0002914), (9, 9, 2.0568e-5), (9, 3, 0.0045455), (9, 20, 9.9851e-8),
  ]) func workedValues(test: Int, control: Int, expected: Double) {
    let p = FisherExact.p(test: test, testFailures: test, control: control, controlFailures: 0)
    #expect(abs(p - expected) < expected * 0.001, "\(p)")
  }

  /// Fisher's tea: 3 of 4 right gives 0.243.
  @Test func partialFailuresSumTheTail() {
    #expect(abs(FisherExact.p(test: 4, testFailures: 3, control: 4, controlFailures: 1) - 17.0 / 70) < 1e-12)
    #expect(abs(FisherExact.p(test: 4, testFailures: 4, control: 4, controlFailures: 0) - 1.0 / 70) < 1e-12)
    #expect(abs(FisherExact.p(test: 4, testFailures: 0, control: 4, controlFailures: 4) - 1) < 1e-12)
  }

  @Test func nothingToCompareIsNoEvidence() {
    #expect(FisherExact.p(test: 0, testFailures: 0, control: 5, controlFailures: 0) == 1)
    #expect(FisherExact.p(test: 5, testFailures: 5, control: 0, controlFailures: 0) == 1)
    #expect(FisherExact.p(test: 5, testFailures: 0, control: 5, controlFailures: 0) == 1)
    #expect(FisherExact.p(test: 5, testFailures: 5, control: 5, controlFailures: 5) == 1)
  }

  /// Against a sum over all tables by plain counting.
  @Test func smallTablesAgreeWithCounting() {
    func choose(_ n: Int, _ k: Int) -> Double {
      k < 0 || k > n ? 0 : (0..<k).reduce(1.0) { $0 * Double(n - $1) / Double($1 + 1) }
    }
    for test in 1...8 {
      for control in 1...8 {
        for failed in 0...test {
          for others in 0...control where failed + others > 0 {
            let failures = failed + others
            var sum = 0.0
            for count in failed...min(test, failures) where failures - count <= control {
              sum += choose(test, count) * choose(control, failures - count) / choose(test + control, failures)
            }
            let p = FisherExact.p(test: test, testFailures: failed, control: control, controlFailures: others)
            #expect(abs(p - sum) < 1e-12, "\(failed)/\(test) against \(others)/\(control)")
          }
        }
      }
    }
  }

  @Test func largeCountsStayWithinZeroAndOne() {
    for (test, control) in [(10_000, 10_000), (10_000, 5), (5, 10_000), (90, 3_000)] {
      let p = FisherExact.p(test: test, testFailures: test, control: control, controlFailures: 0)
      #expect(p >= 0 && p < 0.01 && !p.isNaN, "\(test) against \(control): \(p)")
    }
  }
}
