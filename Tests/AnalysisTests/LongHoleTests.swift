import Synth
import Testing
import Verdict

/// More packets missing in a row than RFC 3550 takes for loss.
@Suite struct LongHoleTests {
  /// A call of 110 s in which nothing of the server's media comes for so many packets of 20 ms, while checks are answered; of the
  /// others a share is lost by chance.
  private static func verdict(_ hole: Int, loss: Double = 0) throws -> FlowRecord {
    var script = CallScript()
    let (phone, peer) = (SocketAddress("192.168.1.20", 50_000), SocketAddress("198.51.100.9", 50_100))
    var streams = script.streams()
    var generator = SeededGenerator(seed: 2)
    script.check(phone, peer, own: "own1", their: "pee1", 0...110)
    for number in 0..<5_475 {
      let time = 0.5 + 0.02 * Double(number)
      let packets = (streams.up.nextPacket(), streams.down.nextPacket())
      script.send(packets.0, phone, peer, at: time)
      if (1_000..<1_000 + hole).contains(number) || generator.occurs(with: loss) { continue }
      script.send(packets.1, peer, phone, at: time + 0.007, timeToLive: 53)
    }
    return try #require(script.result.flows.first)
  }

  @Test(arguments: [2_900, 3_500]) func aMinuteWithoutMediaIsNotSound(hole: Int) throws {
    let flow = try Self.verdict(hole)
    #expect(flow.verdict.outcome == .degraded && flow.verdict.mechanism == nil && flow.verdict.direction == .down)
    #expect(flow.streams.first { $0.direction == .down }?.lost == UInt64(hole))
  }

  /// What else is lost is judged without it: when it was sent is not known.
  @Test func lossBesideAHoleKeepsItsCause() throws {
    let verdict = try Self.verdict(3_500, loss: 0.1).verdict
    #expect(verdict.mechanism == .randomDiscard, "\(verdict)")
  }
}
