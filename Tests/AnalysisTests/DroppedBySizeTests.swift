import Synth
import Testing
import Verdict

/// A call of which something drops nine in ten of the large packets, whatever their rate, and no small one. No pictures are sent for
/// ten seconds: what is kept of the voice then, a record for a fifth of a second, is as large as a picture's packet.
@Suite struct DroppedBySizeTests {
  private static let phone = SocketAddress("192.168.1.20", 50_000)
  private static let server = SocketAddress("198.51.100.9", 50_100)

  private static func verdict(seed: UInt64, share: Double) throws -> Judgment {
    var script = CallScript()
    var generator = SeededGenerator(seed: seed)
    var up = script.streams().up
    script.check(phone, server, own: "own1", their: "sfu1", 0...32)
    script.play(&up, phone, server, 1...31)
    var numbers = (voice: 1_000, video: 2_000)
    for tick in 0..<500 {
      let time = 1 + 0.06 * Double(tick)
      func send(_ isVideo: Bool, _ number: Int, stamp: Int, _ size: Int, _ delay: Double) {
        script.send(
          CallScript.rtp(
            isVideo ? 0x7777_7777 : 0x5566_7788, isVideo ? 96 : 111, number, isLast: isVideo, stamp: stamp,
            (0..<size).map { _ in UInt8(generator.number(in: 0...255)) }), server,
          phone, at: time + delay + Double(generator.number(in: 0...1_000)) / 1_000_000, timeToLive: 53)
      }
      send(false, numbers.voice, stamp: 2_880 * tick, 270, 0.02)
      numbers.voice += 1
      if tick % 3 == 0, !(13..<23).contains(time) {
        if !generator.occurs(with: share) { send(true, numbers.video, stamp: 5_400 * tick, 1_150, 0.03) }
        numbers.video += 1
      }
    }
    return try #require(script.result.flows.first).verdict
  }

  @Test(arguments: [0.7, 0.85, 0.92], 1...4 as ClosedRange<UInt64>)
  func whatDropsLargePacketsByChanceIsNoPolicer(share: Double, seed: UInt64) throws {
    let verdict = try Self.verdict(seed: seed, share: share)
    #expect(verdict.outcome != .capped && verdict.outcome != .ok, "seed \(seed): \(verdict.reason)")
  }
}
