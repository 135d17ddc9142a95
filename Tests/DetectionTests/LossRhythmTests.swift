import Settings
import Synth
import Testing
import Verdict

@testable import Detection

/// A voice whose packets differ in size, behind what drops by bytes, by count and by the clock.
@Suite struct LossRhythmTests {
  /// 80 s of a packet every 20 ms; `passes` is told its number, its time and its size.
  private static func passage(
    sizes: ClosedRange<Int> = 80...120, _ passes: (Int, Double, Double) -> Bool
  ) -> Passage {
    var generator = SeededGenerator(seed: 4)
    let offers = (0..<4_000).map { number in
      let (time, bytes) = (Double(number) * 0.02, Double(generator.number(in: sizes)))
      return Offer(time: time, bytes: bytes, fate: passes(number, time, bytes) ? .passed : .lost)
    }
    let lost = Double(offers.count { $0.fate == .lost })
    return Passage(
      start: start, offers: offers,
      delays: offers.filter { $0.fate == .passed }.map { DelaySample(time: $0.time, transit: 30) },
      streams: [StreamLosses(packets: Double(offers.count) - lost, lost: lost, runs: lost, meanBytes: 100)], frames: [1]
    )
  }

  private func judge(_ passage: Passage) throws -> Judgment {
    var flow = Made.asking([])
    flow.passages = DirectionPassages(client: nil, server: passage)
    return try #require(MediaCaps.judge(flow, Circumstances(Made.surroundings(), thresholds)))
  }

  @Test(arguments: [3, 4, 5, 8]) func whatDropsEveryNthPacketIsNoPolicer(n: Int) throws {
    let passage = Self.passage { number, _, _ in number < 100 || number % n != 0 }
    let fit = try #require(MediaCaps.fit(passage, thresholds))
    #expect(fit.explains(thresholds.cap.conformity.value, thresholds.cap), "else it shows nothing")
    let verdict = try judge(passage)
    #expect(verdict.gapCode == "regular_losses" && !verdict.isFinding)
  }

  /// A radio that leaves its channel for a moment twice a second.
  @Test func whatIsLostByTheClockIsNoPolicer() throws {
    let passage = Self.passage { _, time, _ in
      (time / 0.5243).truncatingRemainder(dividingBy: 1) > 0.0381
    }
    let fit = try #require(MediaCaps.fit(passage, thresholds))
    #expect(fit.explains(thresholds.cap.conformity.value, thresholds.cap), "else it shows nothing")
    let verdict = try judge(passage)
    #expect(verdict.gapCode == "regular_losses" && !verdict.isFinding)
  }

  /// Rates that let through two of three, three of four and so on, whose losses come nearly as regularly.
  @Test(arguments: [0.5, 0.66, 0.75, 0.8, 0.88], [80...120, 100...100])
  func aPolicerIsOneHoweverRegularItsLosses(share: Double, sizes: ClosedRange<Int>) throws {
    var bucket = TokenBucketTests.Bucket(rate: share * 5_000, size: 1_600)
    let verdict = try judge(Self.passage(sizes: sizes) { bucket.admits($1, $2) })
    #expect(verdict.words == "capped policer")
  }

  /// Packets of one size, and every fifth is missing: a counter's or a bucket's, and no rate is known.
  @Test func ofPacketsOfOneSizeACounterIsNotToldFromABucket() throws {
    let counted = try judge(Self.passage(sizes: 100...100) { number, _, _ in number % 5 != 4 })
    #expect(counted.words == "capped policer" && counted.capRate == nil)
    #expect(counted.evidence.contains { "\($0.code)" == "every_nth" })
    for name in ["random-loss", "radio-loss"] {
      #expect(counted.excluders.contains { "\($0.name)" == name && $0.result == .unknown }, "\(name)")
    }
    // A share that is no whole nth: two distances in turn.
    var bucket = TokenBucketTests.Bucket(rate: 0.88 * 5_000, size: 1_600)
    let policed = try judge(Self.passage(sizes: 100...100) { bucket.admits($1, $2) })
    #expect(policed.words == "capped policer" && policed.capRate != nil)
    #expect(policed.excluders.contains { "\($0.name)" == "radio-loss" && $0.result == .excluded })
  }
}
