import Synth
import Testing
import Verdict

/// A call with a shared screen over a slow line: a slide every six seconds fills its queue, which is empty a moment later.
@Suite struct SharedScreenTests {
  private static let phone = SocketAddress("192.168.1.20", 50_000)
  private static let server = SocketAddress("198.51.100.9", 50_100)

  /// 90 s; `bucket`: a policer of as many bytes in place of the queue. Both let 2 Mbit/s through.
  private static func verdict(room: Double, isBucket: Bool) throws -> Judgment {
    var script = CallScript()
    var generator = SeededGenerator(seed: 5)
    var up = script.streams().up
    script.check(phone, server, own: "own1", their: "sfu1", 0...90)
    script.play(&up, phone, server, 1...90)
    var sent = (0..<4_450).map {
      (time: 1 + 0.02 * Double($0), bytes: 100, stamp: 960 * $0, isLast: false, isVideo: false)
    }
    var next = 0.0
    for picture in 0..<440 {
      next = max(next, 1 + Double(picture) / 5)
      let bytes = picture % 30 == 0 ? 80_000 : generator.number(in: 500...2_500)
      let count = bytes / 1_150 + 1
      for part in 0..<count {
        sent.append((next, bytes / count, 18_000 * picture, part == count - 1, true))
        // 4 Mbit/s.
        next += Double(bytes / count + 60) / 500_000
      }
    }
    sent.sort { $0.time < $1.time }
    let rate = 250_000.0
    var (free, tokens, latest) = (0.0, room, 0.0)
    var numbers = (voice: 1_000, video: 2_000)
    for packet in sent {
      let number = packet.isVideo ? numbers.video : numbers.voice
      if packet.isVideo { numbers.video += 1 } else { numbers.voice += 1 }
      let bytes = Double(packet.bytes + 60)
      var out = packet.time
      if isBucket {
        tokens = min(room, tokens + rate * (packet.time - latest))
        latest = packet.time
        guard tokens >= bytes else { continue }
        tokens -= bytes
      } else {
        guard max(0, free - packet.time) * rate + bytes <= room else { continue }
        free = max(free, packet.time) + bytes / rate
        out = free
      }
      script.send(
        CallScript.rtp(
          packet.isVideo ? 0x7777_7777 : 0x5566_7788, packet.isVideo ? 96 : 111, number, isLast: packet.isLast,
          stamp: packet.stamp, (0..<packet.bytes).map { _ in UInt8(generator.number(in: 0...255)) }),
        server, phone, at: out + 0.02 + Double(generator.number(in: 0...1_000)) / 1_000_000, timeToLive: 53)
    }
    return try #require(script.result.flows.first).verdict
  }

  @Test func aSlideThatFillsALinesQueueIsNoPolicer() throws {
    let verdict = try Self.verdict(room: 32_000, isBucket: false)
    #expect(verdict.outcome == .degraded && verdict.mechanism == .congestion, "\(verdict.reason)")
  }

  @Test func aPolicerThatTakesASlidesEndIsFound() throws {
    let verdict = try Self.verdict(room: 30_000, isBucket: true)
    #expect(verdict.mechanism == .policer && verdict.capRate == nil, "\(verdict.reason)")
  }
}
