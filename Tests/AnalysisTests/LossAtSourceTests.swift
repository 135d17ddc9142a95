import Synth
import Testing
import Verdict

/// A capture beside the client that misses frames and counts none of them, as a busy mirror port does.
@Suite struct LossAtSourceTests {
  /// 60 s of a call; of what the client sends and of what comes in these shares are missing at random.
  private static func verdict(up: Double, down: Double) throws -> Judgment {
    var script = CallScript()
    let (phone, peer) = (SocketAddress("192.168.1.20", 50_000), SocketAddress("198.51.100.9", 50_100))
    var streams = script.streams()
    var generator = SeededGenerator(seed: 6)
    script.check(phone, peer, own: "own1", their: "pee1", 0...60)
    for number in 0..<2_975 {
      let time = 0.5 + 0.02 * Double(number)
      let packets = (streams.up.nextPacket(), streams.down.nextPacket())
      if !generator.occurs(with: up) { script.send(packets.0, phone, peer, at: time) }
      if !generator.occurs(with: down) { script.send(packets.1, peer, phone, at: time + 0.007, timeToLive: 53) }
    }
    return try #require(script.result.flows.first).verdict
  }

  @Test(arguments: [(0.05, 0.05), (0.08, 0.1), (0.05, 0.0), (0.03, 0.05)])
  func whatACaptureMissesOfTheHostsOwnIsNobodysLoss(up: Double, down: Double) throws {
    let verdict = try Self.verdict(up: up, down: down)
    #expect(!verdict.isFinding)
    #expect(verdict.gap.map { "\($0.code)" } == "loss_at_source")
  }

  @Test(arguments: [0.0, 0.01]) func whatIsLostBeyondThatIsThePaths(up: Double) throws {
    let verdict = try Self.verdict(up: up, down: 0.1)
    #expect(verdict.mechanism == .randomDiscard && verdict.direction == .down)
    #expect(verdict.alternatives.contains { "\($0)" == "aqm" }, "managed queues drop by chance too")
  }
}
