import Settings
import Testing

@testable import Detection

/// Where behind a queue a rate was steady, and whose rate it was.
@Suite struct SteadyRunTests {
  private let limits = Thresholds().cap

  /// Blocks of a second each, and as many lost packets of 200 bytes in the middle of each as `lost` says.
  private func run(_ rates: [Double], lost: [Int]) -> SteadyRun? {
    let blocks = rates.enumerated().map { index, rate in
      RateBlock(span: Double(index)...Double(index + 1), rate: rate)
    }
    let offers = lost.enumerated().flatMap { index, count in
      (0..<count).map { Offer(time: Double(index) + 0.1 + 0.8 * Double($0) / 50, bytes: 200, fate: .lost) }
    }
    return SteadyRun(blocks, offers, limits)
  }

  @Test func aRushBehindTheShaperIsLeftOut() throws {
    let rates = Array(repeating: 100_000.0, count: 20) + [900_000, 1_800_000, 400_000, 250_000]
    let found = try #require(run(rates, lost: Array(repeating: 10, count: 20)))
    #expect(found.span == 0...20 && found.rate == 100_000 && found.variation == 0)
    #expect(!found.isOfSender(limits))
  }

  @Test func oneBlockInTenMayFallShort() throws {
    var rates = Array(repeating: 24_000.0, count: 11)
    rates[3] = 19_000
    let found = try #require(run(rates, lost: Array(repeating: 8, count: 11)))
    #expect(found.span == 0...11 && found.rates.count == 10 && found.rate == 24_000)
    rates[6] = 19_000
    #expect(run(rates, lost: Array(repeating: 8, count: 11)) == nil)
  }

  /// Losses that fell elsewhere are none of a shaper's.
  @Test func mostLossesFallIntoIt() {
    let rates = Array(repeating: 100_000.0, count: 10) + [50_000, 160_000, 70_000, 190_000, 60_000, 150_000]
    let lost = Array(repeating: 3, count: 10) + Array(repeating: 12, count: 6)
    #expect(run(rates, lost: lost) == nil)
  }

  /// A codec's constant rate that loses one packet in thirty behind a queue is steady without any shaper.
  @Test func aSteadySenderIsNoShaper() throws {
    let found = try #require(run(Array(repeating: 43_000.0, count: 20), lost: Array(repeating: 1, count: 20)))
    #expect(found.isOfSender(limits) && found.share < 0.05)
  }
}
