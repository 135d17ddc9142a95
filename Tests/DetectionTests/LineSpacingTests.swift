import Settings
import Synth
import Testing
import Verdict

@testable import Detection

/// A video's pictures, several packets each, behind a policer and behind a line whose queue is managed by dropping.
@Suite struct LineSpacingTests {
  /// 40 s of voice every 20 ms and of pictures every 40 ms, their packets 2 ms apart. `device` says when a packet offered
  /// at a time comes out, or that it does not; `joined`: how many packets are kept together.
  /// `pieces`: packets of a picture, so many apart.
  private static func passage(
    joined: Int = 1, pieces: ClosedRange<Int> = 3...6, apart: Double = 0.002, _ device: (Double, Double) -> Double?
  ) -> Passage {
    var generator = SeededGenerator(seed: 7)
    var sent: [(time: Double, bytes: Double, isVideo: Bool)] = []
    for number in 0..<2_000 {
      let time = Double(number) * 0.02
      sent.append((time, 120, false))
      guard number % 2 == 0 else { continue }
      for piece in 0..<generator.number(in: pieces) {
        sent.append((time + 0.001 + apart * Double(piece), Double(generator.number(in: 1_000...1_200)), true))
      }
    }
    sent.sort { $0.time < $1.time }
    var offers: [Offer] = []
    var delays: [DelaySample] = []
    var lost = (voice: 0.0, video: 0.0)
    var counts = (voice: 0.0, video: 0.0)
    var latest = -1.0
    var kept = 0
    for (time, bytes, isVideo) in sent {
      if isVideo { counts.video += 1 } else { counts.voice += 1 }
      guard let out = device(time, bytes) else {
        offers.append(Offer(time: max(time, latest), bytes: bytes, fate: .lost))
        if isVideo { lost.video += 1 } else { lost.voice += 1 }
        continue
      }
      kept += 1
      offers.append(Offer(time: out, bytes: bytes, fate: .passed, isPart: kept % joined != 0))
      if !isVideo { delays.append(DelaySample(time: out, transit: 30 + 1000 * (out - time))) }
      latest = out
    }
    return Passage(
      start: start, offers: offers.sorted { $0.time < $1.time }, delays: delays,
      streams: [
        StreamLosses(packets: counts.voice - lost.voice, lost: lost.voice, runs: lost.voice, meanBytes: 120),
        StreamLosses(
          packets: counts.video - lost.video, lost: lost.video, runs: lost.video, meanBytes: 1_100, isVideo: true),
      ], frames: [1])
  }

  private func judge(_ passage: Passage) throws -> Judgment {
    var flow = Made.asking([])
    flow.passages = DirectionPassages(client: nil, server: passage)
    return try #require(MediaCaps.judge(flow, Circumstances(Made.surroundings(), thresholds)))
  }

  /// A line of so many bytes a second that drops what would wait for longer than 6 ms.
  private struct ManagedLine {
    let rate: Double
    var free = 0.0

    mutating func out(_ time: Double, _ bytes: Double) -> Double? {
      guard free - time < 0.006 else { return nil }
      free = max(free, time) + bytes / rate
      return free
    }
  }

  @Test func whatIsSentAtOnceComesThroughAPolicerAtOnce() throws {
    var bucket = TokenBucketTests.Bucket(rate: 80_000, size: 4_000)
    let verdict = try judge(Self.passage { bucket.admits($0, $1) ? $0 : nil })
    #expect(verdict.words == "capped policer")
    #expect(!verdict.alternatives.contains { "\($0)" == "aqm" }, "packets came closer than a line sends them")
  }

  /// What is kept together counts with the time from what was kept before to its last.
  @Test(arguments: [2, 4]) func packetsKeptTogetherTellItToo(joined: Int) throws {
    var bucket = TokenBucketTests.Bucket(rate: 80_000, size: 4_000)
    #expect(try judge(Self.passage(joined: joined) { bucket.admits($0, $1) ? $0 : nil }).words == "capped policer")
    var line = ManagedLine(rate: 80_000)
    #expect(try judge(Self.passage(joined: joined) { line.out($0, $1) }).gapCode == "line_rate")
  }

  /// Of a long call, whose packets are joined, what was counted before tells it.
  @Test(arguments: [(40, "capped policer"), (3, "inconclusive -")]) func aLongCallCountsBeforeItJoins(
    close: Int, words: String
  ) throws {
    var line = ManagedLine(rate: 80_000)
    let made = Self.passage { line.out($0, $1) }
    let passage = Passage(
      start: start, offers: made.offers, delays: made.delays, streams: made.streams, frames: made.frames,
      isCoarse: true, spacings: [(0, 100), (640_000, 90), (1_810_000, close)])
    #expect(try judge(passage).words == words)
  }

  /// A slow line behind a router that manages its queue: nothing waits for long, and a bucket explains what is dropped.
  @Test func aLineWhoseQueueIsManagedByDroppingIsNoPolicer() throws {
    var line = ManagedLine(rate: 80_000)
    let passage = Self.passage { line.out($0, $1) }
    let fit = try #require(MediaCaps.fit(passage, thresholds))
    #expect(fit.explains(thresholds.cap.conformity.value, thresholds.cap), "else it shows nothing")
    let verdict = try judge(passage)
    #expect(verdict.gapCode == "line_rate" && !verdict.isFinding)
  }

  /// The same line before what lets packets go in bunches, as an access point or a cell does: they come close, but no more of
  /// them than the line sends.
  @Test(arguments: [0.004, 0.01]) func bunchesBehindALineAreNoPolicers(every step: Double) throws {
    var line = ManagedLine(rate: 270_000)
    let passage = Self.passage(pieces: 9...18) { time, bytes in
      line.out(time, bytes).map { ($0 / step).rounded(.up) * step }
    }
    let fit = try #require(MediaCaps.fit(passage, thresholds))
    #expect(fit.explains(thresholds.cap.conformity.value, thresholds.cap), "else it shows nothing")
    let verdict = try judge(passage)
    #expect(verdict.gapCode == "line_rate" && !verdict.isFinding, "\(verdict.words)")
  }

  /// Pictures that are sent at once, and what lets packets go in bunches behind a policer.
  @Test(arguments: [0, 0.004, 0.01]) func aPolicerBeforeBunchesIsFound(every step: Double) throws {
    var bucket = TokenBucketTests.Bucket(rate: 270_000, size: 9_000)
    let passage = Self.passage(pieces: 9...18, apart: 0.000_1) { time, bytes in
      guard bucket.admits(time, bytes) else { return nil }
      return step > 0 ? (time / step).rounded(.up) * step : time
    }
    #expect(try judge(passage).words == "capped policer")
  }

  /// Small packets only: nothing tells, unless one alone takes a line as long as a queue must be to be seen.
  @Test(arguments: [(0.02, false), (0.005, true)])
  func whereNothingTellsTheManagedQueueIsNamed(interval: Double, isNamed: Bool) throws {
    var bucket = TokenBucketTests.Bucket(rate: 0.8 * 120 / interval, size: 2_400)
    let offers = TokenBucketTests.offers(2_000, bytes: 120, interval: interval) { bucket.admits($0, $1) }
    let lost = Double(offers.count { $0.fate == .lost })
    let verdict = try judge(
      Passage(
        start: start, offers: offers,
        delays: offers.filter { $0.fate == .passed }.map { DelaySample(time: $0.time, transit: 30) },
        streams: [StreamLosses(packets: Double(offers.count) - lost, lost: lost, runs: lost, meanBytes: 120)],
        frames: [1]))
    #expect(verdict.words == "capped policer")
    #expect(verdict.alternatives.contains { "\($0)" == "aqm" } == isNamed)
  }
}
