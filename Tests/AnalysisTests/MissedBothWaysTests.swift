import Synth
import Testing
import Verdict

/// Packets of both directions that are missing at the same moments: no one place of the path loses both before one point.
@Suite struct MissedBothWaysTests {
  /// Where packets of a direction are missing.
  enum Loss: Sendable {
    /// Nearly all from 40 s on, for so many seconds.
    case hole(Double)
    /// For the first .6 of every 3 s, from 40 to 70 s.
    case bunches
    /// A tenth all the time.
    case chance

    func takes(_ time: Double, _ generator: inout SeededGenerator) -> Bool {
      switch self {
      case .hole(let seconds): time > 40 && time < 40 + seconds && !generator.occurs(with: 0.01)
      case .bunches: time > 40 && time < 70 && time.truncatingRemainder(dividingBy: 3) < 0.6
      case .chance: generator.occurs(with: 0.1)
      }
    }
  }

  /// A call of so many seconds, captured behind the client's router unless its packets are untouched; others answer all the time.
  private static func verdict(
    up: Loss?, down: Loss?, seconds: Double = 90, downLater: Double = 0, timeToLive: UInt8 = 63
  ) throws -> Judgment {
    var script = CallScript()
    let (phone, peer) = (SocketAddress("192.168.1.20", 50_000), SocketAddress("198.51.100.9", 50_100))
    var streams = script.streams()
    var generator = SeededGenerator(seed: 6)
    script.check(phone, peer, own: "own1", their: "pee1", 0...seconds)
    script.check(
      SocketAddress("192.168.1.20", 50_700), SocketAddress("198.51.100.70", 50_100), own: "own2", their: "pee2",
      0.4...seconds)
    for number in 0..<Int(50 * (seconds - 1)) {
      let time = 0.5 + 0.02 * Double(number)
      let packets = (streams.up.nextPacket(), streams.down.nextPacket())
      if !(up?.takes(time, &generator) ?? false) {
        script.send(packets.0, phone, peer, at: time, timeToLive: timeToLive)
      }
      if !(down?.takes(time - downLater, &generator) ?? false) {
        script.send(packets.1, peer, phone, at: time + 0.007, timeToLive: 53)
      }
    }
    return try #require(script.result.flow(to: "198.51.100.9")).verdict
  }

  private static func code(_ verdict: Judgment) -> String { verdict.gap.map { "\($0.code)" } ?? "-" }

  @Test(arguments: [Loss.hole(4), .hole(10), .bunches]) func whatIsMissingBothWaysAtOnceTheCaptureMissed(_ loss: Loss)
    throws
  {
    let verdict = try Self.verdict(up: loss, down: loss)
    #expect(Self.code(verdict) == "capture_missed" && verdict.outcome == .inconclusive, "\(verdict.reason)")
  }

  /// In a long call it is little of the whole.
  @Test(arguments: [UInt8(63), 64]) func aHoleInALongCallIsNoLossEither(timeToLive: UInt8) throws {
    let verdict = try Self.verdict(up: .hole(10), down: .hole(10), seconds: 900, timeToLive: timeToLive)
    #expect(verdict.outcome == .inconclusive, "\(verdict.reason)")
  }

  /// What fails beyond the point takes one direction; holes of the two that do not meet, and chance, are the path's.
  @Test func whatIsMissingOneWayWasLost() throws {
    for down in [Loss.hole(4), .bunches] {
      let verdict = try Self.verdict(up: nil, down: down)
      #expect(verdict.outcome == .degraded && verdict.direction == .down, "\(verdict.reason)")
    }
    #expect(try Self.verdict(up: .hole(4), down: .hole(4), downLater: 20).outcome == .degraded)
    let chance = try Self.verdict(up: .chance, down: .chance)
    #expect(chance.mechanism == .randomDiscard, "\(chance.reason)")
  }
}
