import Settings
import Synth
import Testing
import Verdict

@testable import Detection

/// A voice beside a shared screen: five pictures a second, and every six seconds a slide of 80 kB that is sent at 4 Mbit/s.
@Suite struct BriefQueueTests {
  /// What stands between them and the client.
  private enum Device {
    /// A line of so many bytes a second with a drop-tail queue of so many bytes.
    case line(rate: Double, room: Double)
    /// A token bucket.
    case bucket(TokenBucketTests.Bucket)

    /// When a packet that comes at a time goes on, seconds; nil if it is lost. `free`: when the line is.
    mutating func pass(_ time: Double, _ bytes: Double, free: inout Double) -> Double? {
      switch self {
      case .line(let rate, let room):
        guard max(0, free - time) * rate + bytes <= room else { return nil }
        free = max(free, time) + bytes / rate
        return free
      case .bucket(var bucket):
        let passes = bucket.admits(time, bytes)
        self = .bucket(bucket)
        return passes ? time : nil
      }
    }
  }

  private static func sent(_ generator: inout SeededGenerator) -> [(time: Double, bytes: Double, isVideo: Bool)] {
    var packets = (0..<4_500).map { (time: Double($0) * 0.02, bytes: 130.0, isVideo: false) }
    var next = 0.0
    for picture in 0..<450 {
      next = max(next, Double(picture) / 5)
      let bytes = picture % 30 == 0 ? 80_000.0 : Double(generator.number(in: 500...2_500))
      let count = (bytes / 1_150).rounded(.down) + 1
      for _ in 0..<Int(count) {
        packets.append((next, bytes / count + 60, true))
        next += (bytes / count + 60) / 500_000
      }
    }
    return packets.sorted { $0.time < $1.time }
  }

  /// `jitter`: of what comes, ms; `hasVoice`: its clock is known.
  private static func passage(_ device: Device, jitter: Int = 1, hasVoice: Bool = true) -> Passage {
    var generator = SeededGenerator(seed: 11)
    var (device, free) = (device, 0.0)
    var offers: [Offer] = []
    var delays: [DelaySample] = []
    var latest = (voice: 0.0, video: 0.0)
    var lost = (voice: 0.0, video: 0.0)
    for packet in sent(&generator) {
      guard let out = device.pass(packet.time, packet.bytes, free: &free) else {
        // Its numbers tell that it came behind the one before.
        let time = (packet.isVideo ? latest.video : latest.voice) + 0.002
        offers.append(Offer(time: time, bytes: packet.bytes, fate: .lost))
        if packet.isVideo { lost.video += 1 } else { lost.voice += 1 }
        continue
      }
      let time = out + 0.02 + Double(generator.number(in: 0...jitter)) / 1_000
      offers.append(Offer(time: time, bytes: packet.bytes, fate: .passed))
      if packet.isVideo { latest.video = time } else { latest.voice = time }
      if !packet.isVideo { delays.append(DelaySample(time: time, transit: 1_000 * (time - packet.time))) }
    }
    let video = Double(offers.count - 4_500)
    return Passage(
      start: start, offers: offers.sorted { $0.time < $1.time }, delays: delays.sorted { $0.time < $1.time },
      streams: [
        StreamLosses(packets: 4_500 - lost.voice, lost: lost.voice, runs: lost.voice, meanBytes: 130),
        StreamLosses(packets: video - lost.video, lost: lost.video, runs: 15, meanBytes: 1_100, isVideo: true),
      ], frames: [1], hasVoiceDelay: hasVoice)
  }

  private func judge(_ passage: Passage) throws -> Judgment {
    var flow = Made.asking([])
    flow.passages = DirectionPassages(client: nil, server: passage)
    return try #require(MediaCaps.judge(flow, Circumstances(Made.surroundings(), thresholds)))
  }

  @Test func aQueueThatComesAndGoesIsNoPolicer() throws {
    let verdict = try judge(Self.passage(.line(rate: 250_000, room: 32_000)))
    #expect(verdict.words == "degraded congestion" && verdict.hasAlternative("slow-link"), "\(verdict.reason)")
  }

  @Test(arguments: [1, 10, 30]) func behindAPolicerNoneWaits(jitter: Int) throws {
    let bucket = TokenBucketTests.Bucket(rate: 250_000, size: 30_000)
    let verdict = try judge(Self.passage(.bucket(bucket), jitter: jitter))
    #expect(verdict.words == "capped policer", "\(verdict.reason)")
    // A slide tells of the bucket's rate only that it is less than the slide's.
    #expect(verdict.capRate == nil && verdict.hasAlternative("slow-link"), "\(verdict.reason)")
  }

  /// Where the voice's delay is not known, its neighbors at a loss tell; a share of hardly any time is no number to say.
  @Test func hugeSharesAreNotSpelledOut() throws {
    let verdict = try judge(Self.passage(.line(rate: 187_500, room: 32_000), hasVoice: false))
    #expect(verdict.gapCode == "line_rate" && verdict.gap?.seen ?? 2 <= 1, "\(verdict.reason)")
    #expect("\(verdict.reason)".contains("more than the time between two packets"))
  }

  /// Where none tells how long packets waited nothing may be said of that.
  @Test func thatNoneWaitedIsSaidOfNoQueue() throws {
    let passage = Self.passage(.line(rate: 250_000, room: 32_000), hasVoice: false)
    let verdict = try judge(passage)
    #expect(!"\(verdict.reason)".contains("none waited") && verdict.capRate == nil, "\(verdict.reason)")
    #expect(QueueDelay(passage, thresholds.cap, isMedia: true).waited > 0.01)
  }
}
