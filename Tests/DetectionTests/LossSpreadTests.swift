import Settings
import Synth
import Testing
import Verdict

@testable import Detection

/// Losses of a voice of a minute, by chance and in bad times of a link, also where much is lost.
@Suite struct LossSpreadTests {
  /// 3,000 packets every 20 ms, of sizes that vary; `isLost` is asked for each, with its time.
  private static func passage(seed: UInt64, packets: Int = 3_000, _ isLost: (Double, inout SeededGenerator) -> Bool)
    -> Passage
  {
    var generator = SeededGenerator(seed: seed)
    var offers: [Offer] = []
    var delays: [DelaySample] = []
    var (lost, runs, before) = (0.0, 0.0, 0.0)
    var wasLost = false
    for number in 0..<packets {
      let time = Double(number) * 0.02
      let loses = isLost(time, &generator)
      let bytes = Double(generator.number(in: 90...150))
      offers.append(Offer(time: time, bytes: bytes, fate: loses ? .lost : .passed))
      if loses {
        lost += 1
        if !wasLost { runs += 1 }
      } else {
        if lost == 0 { before += 1 }
        delays.append(DelaySample(time: time, transit: 30 + Double(generator.number(in: 0...20)) / 10))
      }
      wasLost = loses
    }
    return Passage(
      start: start, offers: offers, delays: delays,
      streams: [StreamLosses(packets: Double(packets) - lost, before: before, lost: lost, runs: runs, meanBytes: 120)],
      frames: [1])
  }

  private func words(_ passage: Passage) -> String? {
    var flow = Made.asking([])
    flow.passages = DirectionPassages(client: nil, server: passage)
    return MediaCaps.judge(flow, Circumstances(Made.surroundings(), thresholds))?.words
  }

  /// Bad times of so many seconds in the mean, and good ones.
  private static func outages(seed: UInt64, good: Double, bad: Double, loss: Double) -> Passage {
    var isBad = false
    return passage(seed: seed) { _, generator in
      if generator.occurs(with: 0.02 / (isBad ? bad : good)) { isBad.toggle() }
      return isBad && generator.occurs(with: loss)
    }
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>) func lossByChanceIsToldAtAnyShare(seed: UInt64) {
    for share in [0.1, 0.2, 0.4] {
      let found = words(Self.passage(seed: seed) { _, generator in generator.occurs(with: share) })
      #expect(found == "dropped random-discard", "\(share), seed \(seed)")
    }
  }

  /// Half of a call of 30 s and more: the share behind a lost one and that of all err together.
  @Test(arguments: 1...5 as ClosedRange<UInt64>) func mostOfAShortCallLostByChanceIsTold(seed: UInt64) {
    for share in [0.5, 0.7, 0.8] {
      let found = words(Self.passage(seed: seed, packets: 1_500) { _, generator in generator.occurs(with: share) })
      #expect(found == "dropped random-discard", "\(share), seed \(seed)")
    }
  }

  /// A chain of two states that loses a share, with a correlation from packet to packet.
  private static func chain(seed: UInt64, share: Double, correlation: Double) -> Passage {
    var wasLost = false
    return passage(seed: seed, packets: 1_500) { _, generator in
      wasLost = generator.occurs(
        with: wasLost ? share + correlation * (1 - share) : share * (1 - correlation))
      return wasLost
    }
  }

  /// Longer runs than by chance, as of a radio link, or shorter ones, as behind a bucket.
  @Test func whatFollowsItselfOrAvoidsItselfIsNotByChanceAtAnyShare() {
    for (share, correlation, most) in [
      (0.5, 0.15, 4), (0.8, 0.15, 4), (0.9, 0.15, 4), (0.5, 0.25, 0), (0.8, 0.25, 0), (0.9, 0.25, 0), (0.5, 0.4, 0),
      (0.8, 0.4, 0), (0.9, 0.4, 0), (0.3, -0.2, 0), (0.5, -0.2, 0), (0.7, -0.2, 0), (0.8, -0.2, 0),
    ] {
      let named = (1...40 as ClosedRange<UInt64>).count { seed in
        words(Self.chain(seed: seed, share: share, correlation: correlation))?.hasPrefix("dropped") ?? false
      }
      #expect(named <= most, "\(named) of 40, \(share), \(correlation), seeds 1 to 40")
    }
  }

  /// Of so much loss a packet behind a lost one cannot be lost 2.5 times as often.
  @Test(arguments: 1...5 as ClosedRange<UInt64>) func outagesOfALinkAreBursts(seed: UInt64) {
    for (good, bad, loss) in [(0.3, 0.25, 0.95), (0.1, 0.1, 0.9), (5, 5, 0.6), (1, 1, 0.8)] {
      let found = words(Self.outages(seed: seed, good: good, bad: bad, loss: loss))
      #expect(found == "degraded bursty-loss", "\(good) s good, \(bad) s bad, \(loss) lost, seed \(seed)")
    }
  }

  @Test(arguments: 1...5 as ClosedRange<UInt64>) func aLinkThatGrowsWorseLosesInBursts(seed: UInt64) {
    let found = words(Self.passage(seed: seed) { time, generator in generator.occurs(with: 0.7 * time / 60) })
    #expect(found == "degraded bursty-loss", "seed \(seed)")
  }

  /// Every second packet, or nearly: a beat, and no chance.
  @Test(arguments: 1...5 as ClosedRange<UInt64>) func lossesThatAvoidEachOtherAreNotByChance(seed: UInt64) {
    var isOdd = false
    let found = words(
      Self.passage(seed: seed) { _, generator in
        isOdd.toggle()
        return generator.occurs(with: isOdd ? 0.8 : 0.1)
      })
    #expect(found?.hasPrefix("dropped") != true, "seed \(seed)")
  }

  /// By chance among the packets from 40 s on: the time before holds nothing against that.
  @Test(arguments: 1...5 as ClosedRange<UInt64>) func whatBeginsInMidCallIsHeldAgainstItsOwnTime(seed: UInt64) {
    let late = Self.passage(seed: seed) { time, generator in time > 30 && generator.occurs(with: 0.15) }
    #expect(words(late) == "dropped random-discard", "seed \(seed)")
    // As even a loss, but it ends in mid-call as a bad time does.
    let passing = Self.passage(seed: seed) { time, generator in
      time > 20 && time < 35 && generator.occurs(with: 0.25)
    }
    #expect(words(passing) == "degraded -", "seed \(seed)")
  }

  /// Of many losses the twentieth that may be strays at an end is what chance has there.
  @Test(arguments: 1...8 as ClosedRange<UInt64>) func lossOfALongCallGoesOnToItsEnd(seed: UInt64) {
    for share in [0.04, 0.05] {
      let found = words(Self.passage(seed: seed, packets: 10_000) { _, generator in generator.occurs(with: share) })
      // So many losses do not always suffice.
      #expect(["dropped random-discard", "inconclusive -"].contains(found), "\(share), seed \(seed)")
    }
    // A line that has become good loses one now and then.
    let passing = Self.passage(seed: seed, packets: 10_000) { time, generator in
      generator.occurs(with: time > 20 && time < 120 ? 0.08 : 0.001)
    }
    #expect(words(passing) == "degraded -", "seed \(seed)")
  }

  @Test func aSpreadIsMeasuredAgainstChance() {
    var generator = SeededGenerator(seed: 4)
    let even = (0..<6_000).map { number in
      Offer(time: Double(number) / 100, bytes: 100, fate: generator.occurs(with: 0.3) ? .lost : .passed)
    }
    let spread = LossSpread(even, 0...60)
    #expect(spread.isEven && spread.bins == 60 && abs(spread.dispersion - 1) < 0.4)
    let uneven = even.map { Offer(time: $0.time, bytes: 100, fate: Int($0.time) % 3 == 0 ? $0.fate : .passed) }
    #expect(!LossSpread(uneven, 0...60).isEven)
  }
}
