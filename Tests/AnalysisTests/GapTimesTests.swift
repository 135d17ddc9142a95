import Detection
import Flow
import Synth
import Testing
import Verdict

@testable import Analysis

/// Where packets that are missing are put (METHOD.md M3.7).
@Suite struct GapTimesTests {
  /// Frames of `sizes` packets each 100 ms, .5 ms apart; of some, `lost` says how many are missing from which on.
  private func offers(_ frames: Int, of size: Int, lost: (Int) -> Range<Int>) -> (told: [Offer], true: [Double]) {
    var passages = MediaPassages()
    let index = passages.begin(at: 0, bytes: 0)
    var stream = Flow.MediaStream(
      ssrc: 1, side: 1, payloadType: 96, sequence: 0, timestamp: 0, time: 0, bytes: 1_200, frame: 0)
    var missing: [Double] = []
    var bytes: UInt64 = 0
    var number: UInt16 = 0
    for frame in 0..<frames {
      for place in 0..<size {
        let time = Double(frame) * 0.1 + Double(place) * 0.0005
        number += 1
        if lost(frame).contains(place) {
          missing.append(time)
          continue
        }
        let isLast = place == size - 1
        let length: UInt32 = isLast ? 400 : 1_200
        bytes += UInt64(length)
        let nanoseconds = Int64(time * 1e9)
        let step = stream.observe(
          payloadType: 96, marker: isLast, sequence: number, timestamp: UInt32(frame) * 9_000, time: nanoseconds,
          bytes: length, maximumStep: 100)
        _ = passages.note(
          index, time: nanoseconds, bytes: bytes, step: step, markers: stream.markers(step), stream: 0, transit: 0,
          largest: length, frame: UInt32(number))
      }
    }
    let records = passages.records(of: index)
    let gaps = GapTimes(stream, 0, records, width: 0)
    var told: [Offer] = []
    var latest = 0.0
    for record in records {
      let time = Double(record.time) * 1e-5
      if record.lost > 0 {
        gaps.add(
          Int(record.lost), GapTimes.Missing(start: latest, end: time, bytes: 1_000, fate: .lost),
          isBehindMarker: record.markers.before, to: &told)
      }
      latest = time
    }
    return (told.sorted { $0.time < $1.time }, missing)
  }

  private func expectNear(_ told: [Offer], _ times: [Double], _ within: Double) {
    #expect(told.count == times.count)
    for (offer, time) in zip(told, times) { #expect(abs(offer.time - time) < within, "\(offer.time) for \(time)") }
  }

  /// As behind a policer: the ends of the frames are missing, their markers with them.
  @Test func theEndsOfFramesLieBehindWhatCameOfThem() {
    let (told, times) = offers(100, of: 8) { $0 >= 10 && $0 % 2 == 0 ? 4..<8 : 0..<0 }
    expectNear(told, times, 0.002)
    #expect(told.filter { $0.bytes == 400 }.count == told.count / 4)
  }

  /// Behind a marker they are the beginning of the frame that comes next.
  @Test func beginningsOfFramesLieBeforeWhatCameOfThem() {
    let (told, times) = offers(100, of: 8) { $0 >= 10 && $0 % 3 == 0 ? 0..<2 : 0..<0 }
    expectNear(told, times, 0.002)
  }

  @Test func insideOfAFrameTheyLieBetweenItsPackets() {
    let (told, times) = offers(100, of: 8) { $0 >= 10 && $0 % 3 == 0 ? 3..<5 : 0..<0 }
    expectNear(told, times, 0.002)
  }

  /// A whole frame is missing between two that came whole.
  @Test func wholeFramesLieWhereTheyWereDue() {
    let (told, times) = offers(100, of: 8) { $0 >= 10 && $0 % 5 == 0 ? 0..<8 : 0..<0 }
    expectNear(told, times, 0.01)
  }

  /// Video that is not paced, 15 frames a second: evenly spread losses would lie where the bucket is full again.
  @Test(arguments: [UInt64(1), 2, 3]) func aPolicerOfUnpacedVideoIsFound(seed: UInt64) throws {
    let verdict = try Self.verdict("unpaced-video policer 256000 8000 20ms 60s", seed: seed)
    #expect(verdict.mechanism == .policer, "\(verdict)")
    #expect(verdict.capRate.map { abs($0 - 256_000) < 13_000 } ?? false, "\(verdict)")
  }

  /// A bucket of one packet lets one of each frame through, and so does a larger one of a lower rate: what is stated as
  /// possible holds the true rate, or it stays open.
  @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6])
  func theTrueRateIsAmongThoseThatAreStated(seed: UInt64) throws {
    for (words, rate) in [
      ("unpaced-video policer 256000 1600 20ms 60s", 256_000.0), ("video policer 128000 8000 20ms 60s", 128_000),
      ("unpaced-video policer 128000 8000 20ms 60s", 128_000),
    ] {
      let verdict = try Self.verdict(words, seed: seed)
      #expect(verdict.mechanism == .policer, "\(verdict)")
      guard let cap = verdict.cap else { continue }
      #expect(rate >= 0.95 * Double(cap.low) && rate <= 1.05 * Double(cap.high), "\(words): \(cap)")
    }
  }

  /// The same video over a line that loses by chance: losses at the ends of frames come no more often than elsewhere.
  @Test(arguments: [UInt64(1), 2, 3]) func chanceIsNoPolicerOfUnpacedVideo(seed: UInt64) throws {
    for loss in ["0.02", "0.05", "0.2"] {
      let verdict = try Self.verdict("unpaced-video random \(loss) 20ms 60s", seed: seed)
      #expect(verdict.mechanism != .policer, "\(loss): \(verdict)")
    }
  }

  private static func verdict(_ words: String, seed: UInt64) throws -> Judgment {
    let line = try #require(LineCall(words.split(separator: " ").map(String.init)))
    return try #require(analyze(line.frames(seed: seed)).flows.first).verdict
  }
}
