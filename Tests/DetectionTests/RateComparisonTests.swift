import Settings
import Testing
import Verdict

@testable import Detection

/// Comparing rates: the statistics against values that SciPy 1.17 gives, and the decision.
@Suite struct RateComparisonTests {
  let limits = Thresholds().comparison

  @Test(arguments: [
    (0.5, 20, 20, 0.008161678659), (0.3, 50, 40, 0.028615676977), (0.2, 10, 10, 0.974789246541),
    (1.0, 10, 10, 1.88797936571e-05), (0.1, 100, 100, 0.6766201497),
  ])
  func kolmogorovsDistribution(distance: Double, first: Int, second: Int, expected: Double) {
    let p = RateComparison.p(distance, first, second)
    #expect(abs(p - expected) < 1e-9 + 1e-6 * expected)
  }

  @Test func distanceAndShiftOfTwoSeries() {
    let first = (1...10).map(Double.init)
    let second = first.map { 2 * $0 + 5 }
    #expect(abs(RateComparison.distance(first, second) - 0.8) < 1e-12)
    let shift = RateComparison.shift(first, second)
    #expect(shift.estimate == 10.5)
    #expect(shift.low == 5 && shift.high == 16)
  }

  @Test func equalSeriesAreTheSame() {
    let rates = (0..<60).map { 100_000 + Double($0 % 7) }
    let result = RateComparison(rates, rates, limits)
    #expect(result.decision == .same && result.area == 0 && result.distance == 0 && result.p == 1)
  }

  @Test func halfTheRateAndLessIsDifferent() {
    let slow = (0..<40).map { 100_000 + Double($0 % 7) * 1000 }
    let fast = slow.map { 2.5 * $0 }
    #expect(RateComparison(slow, fast, limits).decision == .different)
    #expect(RateComparison(fast, slow, limits).area < -0.5)
  }

  /// Two constant rates that differ by any little have nothing in common for the test.
  @Test func aDifferenceOfNoAccountIsNone() {
    let rates = (0..<3_600).map { 100_000 + Double($0 % 7) }
    let result = RateComparison(rates, rates.map { $0 * 1.02 }, limits)
    #expect(result.decision == .same && result.p < 0.001)
  }

  /// A phone that rings for a minute, a burst in front: means differ, and in most seconds nothing does, or the other way round.
  @Test func aPauseIsNotSlowness() {
    let talk = (0..<40).map { 80_000 + Double($0 % 7) }
    #expect(RateComparison(talk, Array(repeating: 400, count: 35) + talk, limits).decision == .inconclusive)
    let burst = Array(repeating: 900_000, count: 12) + Array(repeating: 2_000.0, count: 28)
    #expect(RateComparison(burst, talk, limits).decision == .inconclusive)
  }

  /// Few and scattered samples do not show that two flows went alike.
  @Test func nothingFoundIsNotAlike() {
    let first = (0..<9).map { $0 % 3 == 0 ? 300_000.0 : 20_000 }
    let second = (0..<9).map { $0 % 2 == 0 ? 260_000.0 : 10_000 }
    #expect(RateComparison(first, second, limits).decision == .inconclusive)
  }

  @Test func aSmallButSteadyDifferenceIsNoAnswer() {
    let rates = (0..<40).map { 100_000 + Double($0 % 7) }
    #expect(RateComparison(rates, rates.map { $0 * 1.2 }, limits).decision == .inconclusive)
  }

  @Test func sevenSecondsAreTooFew() {
    let result = RateComparison([1, 2, 3, 4, 5, 6, 7], Array(repeating: 1000, count: 60), limits)
    #expect(result.decision == .tooFew && result.shift == nil)
  }
}
