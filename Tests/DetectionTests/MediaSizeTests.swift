import Settings
import Synth
import Testing
import Verdict

@testable import Detection

/// Voice and pictures behind what looks at their size, and behind a bucket that only seems to.
@Suite struct MediaSizeTests {
  /// 40 s of a voice of 130 bytes every 20 ms and a video of some 1,100 bytes every 60 ms; `passes` is asked from 5 s on.
  private static func passage(
    hasVideo: Bool = true, largest: (before: Double, after: Double) = (1_200, 800),
    withoutLarge: (since: Double, lost: Double, largest: Double, peak: Double)? = nil,
    _ passes: (Double, Double) -> Bool
  ) -> Passage {
    var generator = SeededGenerator(seed: 5)
    var offers: [Offer] = []
    var delays: [DelaySample] = []
    var lost = (voice: 0.0, video: 0.0)
    var runs = (voice: 0.0, video: 0.0)
    var latest = (voice: true, video: true)
    for number in 0..<2_000 {
      let time = Double(number) * 0.02
      var sizes: [(bytes: Double, isVideo: Bool)] = [(130, false)]
      if hasVideo, number % 3 == 0 { sizes.append((Double(generator.number(in: 1_000...1_200)), true)) }
      for (bytes, isVideo) in sizes {
        let passed = time < 5 || passes(time, bytes)
        offers.append(Offer(time: time, bytes: bytes, fate: passed ? .passed : .lost))
        if isVideo {
          lost.video += passed ? 0 : 1
          runs.video += !passed && latest.video ? 1 : 0
          latest.video = passed
        } else {
          lost.voice += passed ? 0 : 1
          runs.voice += !passed && latest.voice ? 1 : 0
          latest.voice = passed
          if passed { delays.append(DelaySample(time: time, transit: 30 + Double(generator.number(in: 0...1)))) }
        }
      }
    }
    var streams = [
      StreamLosses(packets: 2_000 - lost.voice, before: 250, lost: lost.voice, runs: runs.voice, meanBytes: 130)
    ]
    if hasVideo {
      streams.append(
        StreamLosses(
          packets: 667 - lost.video, before: 84, lost: lost.video, runs: runs.video, meanBytes: 1_100, isVideo: true))
    }
    return Passage(
      start: start, offers: offers, delays: delays, streams: streams, frames: [1], largest: largest,
      withoutLarge: withoutLarge)
  }

  private func judge(_ passage: Passage) -> Judgment? {
    var flow = Made.asking([])
    flow.passages = DirectionPassages(client: nil, server: passage)
    return MediaCaps.judge(flow, Circumstances(Made.surroundings(), thresholds))
  }

  /// A bucket of the least size explains .92 and more of what a limit of size drops, once its few exceptions are in it: what
  /// tells is that the voice beside it lost nothing.
  @Test func whatDropsAllPicturesAndNoVoiceIsNoPolicer() throws {
    var exceptions = 0
    let passage = Self.passage() { _, bytes in
      guard bytes > 700 else { return true }
      exceptions += 1
      return exceptions % 40 == 0
    }
    #expect(try #require(TokenBucketSearch(passage.offers, thresholds.cap)?.fit(isWide: false)).conformity > 0.8)
    let verdict = try #require(judge(passage))
    #expect(verdict.gapCode == "large_packets_missing" && !verdict.isFinding)
  }

  /// A server leaves out whoever does not speak; a radio that is gone for half a second loses of all that it carries.
  @Test(arguments: [true, false]) func aVoiceAloneWithHolesMayHaveBeenLeftOut(isVoiceAlone: Bool) throws {
    let verdict = try #require(
      judge(
        Self.passage(largest: (1_200, 1_200)) { time, bytes in
          time.truncatingRemainder(dividingBy: 4) >= 0.5 || bytes > 700 && isVoiceAlone
        }))
    if isVoiceAlone {
      #expect(verdict.gapCode == "sender_thinning" && !verdict.isFinding)
    } else {
      #expect(verdict.words == "degraded bursty-loss" && verdict.hasAlternative("sender-thinning"))
    }
  }

  /// A voice whose larger packets did not come again behind the policer: the bucket explains what was lost, and there is no
  /// other stream that it spared.
  @Test func aVoiceThatGotSmallerBehindAPolicerIsStillPoliced() throws {
    var bucket = TokenBucketTests.Bucket(rate: 4_000, size: 3_000)
    let verdict = try #require(
      judge(Self.passage(hasVideo: false, largest: (200, 130)) { bucket.admits($0, $1) }))
    #expect(verdict.words == "capped policer", "\(verdict.gapCode)")
  }

  /// A radio loses a few of all sizes from 5 s on; from 15 s on no large packet comes through. Where half of what was lost was lost
  /// while large ones came, a policer may have starved the pictures.
  @Test(arguments: [(400.0, true), (200, false)])
  func largePacketsThatCeaseBehindOrdinaryLossAreNamed(since: Double, isNamed: Bool) throws {
    var count = 0
    let passage = Self.passage(
      largest: (1_200, 1_200), withoutLarge: (since: 15, lost: since, largest: 130, peak: 1_200)
    ) { time, bytes in
      count += 1
      return count % 60 != 0 && (time < 15 || bytes < 700)
    }
    #expect((420...460).contains(passage.losses))
    let refusal = NarrowPath.refusal(passage, 0.2, thresholds.cap)
    #expect((refusal?.gapCode == "large_packets_missing") == isNamed)
  }
}
