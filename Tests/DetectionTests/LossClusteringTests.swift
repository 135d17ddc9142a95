import Settings
import Synth
import Testing

@testable import Detection
@testable import Flow

/// Whether losses of a voice follow each other, told from few of them.
@Suite struct LossClusteringTests {
  private let limits = Thresholds().cap

  /// A stream of so many packets; `isLost` is asked for each.
  private static func stream(_ count: Int, _ isLost: (Int) -> Bool) -> StreamLosses {
    var runs = LossRuns()
    for number in 1..<count where isLost(number) { runs.note(first: UInt32(number), count: 1) }
    return StreamLosses(
      packets: Double(count) - Double(runs.lost), lost: Double(runs.lost), runs: Double(runs.runs), meanBytes: 120,
      pairs: (Double(runs.pairs.two), Double(runs.pairs.three), Double(runs.pairs.four)))
  }

  private func isByChance(_ clustering: LossClustering) -> Bool {
    let (next, near) = (2 * clustering.error, 2 * clustering.nearError)
    return abs(clustering.value - 1) <= next && clustering.near - near > limits.regular.value
      && clustering.near + near < limits.clustered.value
  }

  /// 180 losses of 2,600 packets: the next packet alone leaves .5 and more open at two errors, the next three or four half
  /// of it.
  @Test func chanceIsToldFromTwoHundredLosses() {
    var told = 0
    for seed in 1...50 as ClosedRange<UInt64> {
      var generator = SeededGenerator(seed: seed)
      let clustering = LossClustering([Self.stream(2_600) { _ in generator.occurs(with: 0.07) }])
      #expect(
        clustering.places >= 3 && clustering.value - 2 * clustering.error < limits.regular.value || clustering.value > 1
      )
      if isByChance(clustering) { told += 1 }
    }
    #expect(told >= 30, "\(told) of 50, seeds 1 to 50")
  }

  /// What is lost at regular distances, or in bursts of two on average, is never told by chance from as many.
  @Test(arguments: [10, 12, 15]) func regularLossesAreNotChance(distance: Int) {
    #expect(!isByChance(LossClustering([Self.stream(1_700) { $0 % distance == 0 }])))
    // A packet early or late, as behind a policer.
    for seed in 1...20 as ClosedRange<UInt64> {
      var generator = SeededGenerator(seed: seed)
      var next = distance
      let losses = LossClustering([
        Self.stream(1_700) { number in
          guard number >= next else { return false }
          next = number + distance + Int(generator.number(in: 0...2)) - 1
          return true
        }
      ])
      #expect(!isByChance(losses), "seed \(seed)")
    }
  }

  @Test func burstsAreNotChance() {
    for seed in 1...50 as ClosedRange<UInt64> {
      var generator = SeededGenerator(seed: seed)
      var isBad = false
      let losses = LossClustering([
        Self.stream(1_700) { _ in
          isBad = generator.occurs(with: isBad ? 0.5 : 0.035)
          return isBad
        }
      ])
      #expect(!isByChance(losses), "seed \(seed)")
    }
  }

  /// The ratio spreads as its error says, also where most is lost.
  @Test(arguments: [0.05, 0.2, 0.5, 0.8, 0.9]) func errorIsWhatChanceLeaves(share: Double) {
    var generator = SeededGenerator(seed: 11)
    let times = 400
    let values = (0..<times).map { _ in
      let clustering = LossClustering([Self.stream(1_000) { _ in generator.occurs(with: share) }])
      return (clustering.value - 1) / clustering.error
    }
    let deviation = (values.reduce(0) { $0 + $1 * $1 } / Double(times)).squareRoot()
    #expect(abs(deviation - 1) < 0.12, "\(deviation), seed 11")
  }

  /// Bursts are called so by the error of a known share, 1 / √(1 - p) times as large.
  @Test func burstsNeedMoreThanTheErrorOfChance() {
    let error = LossCorrelation.error(lost: 400, share: 0.8)
    for (value, isBursty) in [(0.15, false), (0.19, false), (0.21, true), (0.3, true)] {
      let correlation = LossCorrelation(ratio: 1 + value * 0.2 / 0.8, error: error, share: 0.8)
      #expect(abs(correlation.width - 2 / 500.squareRoot()) < 1e-9)
      #expect(correlation.isBursty(limits) == isBursty && !correlation.isByChance(limits), "\(value)")
    }
  }

  /// Beyond .3 of all packets behind a lost one some are lost at regular distances, so fewer are looked at; where late
  /// packets were taken for lost, the next alone.
  @Test func manyLossesAreToldByTheNextPacket() {
    for (distance, places) in [(4, 1), (6, 1), (7, 2), (11, 3), (14, 4)] {
      #expect(LossClustering([Self.stream(1_700) { $0 % distance == 0 }]).places == places, "one of \(distance)")
    }
    var late = Self.stream(1_700) { $0 % 14 == 0 }
    late.pairs = nil
    let clustering = LossClustering([late])
    #expect(clustering.places == 1 && clustering.near == clustering.value)
  }
}
