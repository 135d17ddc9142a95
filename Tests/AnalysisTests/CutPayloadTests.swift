import Synth
import Testing
import Verdict

/// Flows of which too little is kept, or came about, to call them sound.
@Suite struct CutPayloadTests {
  private static let phone = SocketAddress("192.168.1.20", 50_000)
  private static let host = SocketAddress("203.0.113.90", 9_000)

  private func code(_ verdict: Judgment) -> String { verdict.gap.map { "\($0.code)" } ?? verdict.outcome.rawValue }

  /// 42 bytes of headers and 25 of payload are the least.
  @Test(
    arguments: [(nil, 200, "ok"), (67, 200, "ok"), (66, 200, "cut_short"), (60, 200, "cut_short"), (60, 12, "ok")]
      as [(Int?, Int, String)])
  func whatIsCutTooShortIsNotSound(_ snaplen: Int?, _ length: Int, _ expected: String) throws {
    var script = CallScript()
    script.snaplen = snaplen
    let other = SocketAddress("203.0.113.91", 9_001)
    for number in 0..<20 {
      let time = 0.2 * Double(number)
      script.ask(
        [0xF7] + script.generator.bytes(length - 1), [0xF7] + script.generator.bytes(length - 1), Self.phone, Self.host,
        at: time)
      // What is longer is cut.
      script.ask(
        [0xF7] + script.generator.bytes(300), [0xF7] + script.generator.bytes(300), Self.phone, other, at: time + 0.1)
    }
    let flow = try #require(script.result.flow(to: Self.host.address))
    #expect(code(flow.verdict) == expected, "\(flow.verdict.reason)")
  }

  /// Media that are recognized all the same are known by their numbers.
  @Test func mediaAreToldByTheirNumbersHoweverShort() throws {
    var script = CallScript()
    script.snaplen = 64
    var streams = script.streams()
    script.talk(&streams, Self.phone, Self.host, 0...20)
    let flow = try #require(script.result.flow(to: Self.host.address))
    #expect(flow.verdict.outcome == .ok, "\(flow.verdict.reason)")
  }

  /// A server that refuses, or wants another version, answers with long headers alone: no connection came of it.
  @Test(arguments: [false, true], [false, true]) func aQUICConnectionThatNeverGotUpIsNotSound(
    isUp: Bool, wantsVersion: Bool
  ) throws {
    var script = CallScript()
    let host = SocketAddress("203.0.113.90", 443)
    let (own, its) = (script.generator.bytes(8), script.generator.bytes(8))
    script.send(
      QUICMessage.initial(destination: its, source: own, generator: &script.generator), Self.phone, host, at: 0)
    if wantsVersion {
      // RFC 9000 section 17.2.1.
      let message: [UInt8] = [0xC0, 0, 0, 0, 0, 8] + own + [8] + its + [0x1A, 0x2A, 0x3A, 0x4A, 0, 0, 0, 1]
      script.send(message, host, Self.phone, at: 0.03)
    } else {
      script.send(
        QUICMessage.handshake(destination: own, source: its, length: 60, generator: &script.generator), host,
        Self.phone, at: 0.03)
    }
    if isUp {
      for (from, to, id) in [(Self.phone, host, its), (host, Self.phone, own)] {
        script.send(
          QUICMessage.oneRTT(destination: id, length: 60, generator: &script.generator), from, to, at: 0.1)
      }
    }
    let verdict = try #require(script.result.flow(to: host.address)).verdict
    #expect(code(verdict) == (isUp ? "ok" : "handshake_unfinished"), "\(verdict.reason)")
  }
}
