import Synth
import Testing
import Verdict

/// Discord's voice servers, which owe answers to address discovery and keep-alives (METHOD.md M2.2, U17).
@Suite struct DiscordCallTests {
  private static let phone = SocketAddress("192.168.1.20", 50_000)
  private static let server = SocketAddress("66.22.199.14", 50_012)
  private static let other = SocketAddress("203.0.113.30", 3_478)

  private static func discovery(isAnswer: Bool) -> [UInt8] {
    let address = isAnswer ? Array("198.51.100.7".utf8) : []
    return [0, isAnswer ? 2 : 1, 0, 70, 0, 0, 0x12, 0x34] + address
      + [UInt8](repeating: 0, count: 64 - address.count) + (isAnswer ? [0xC3, 0x50] : [0, 0])
  }

  private static func keepAlive(_ number: UInt8) -> [UInt8] { [0x13, 0x37, 0xCA, 0xFE, number, 0, 0, 0] }

  /// A STUN server that answers every three seconds.
  private static func control(_ script: inout CallScript, until end: Double) {
    for time in stride(from: 0.5, through: end, by: 3) {
      let request = STUNMessage.binding(transaction: script.generator.bytes(12))
      script.ask(request, STUNMessage.bindingAnswer(to: request, mapped: phone), phone, other, at: time)
    }
  }

  /// A call of 60 s: what the client sends from `up` on does not arrive, what the server sends from `down` on does not come.
  private static func call(
    up: Double = 60, down: Double = 60, from begin: Double = 0, echo: Bool = false
  ) -> Analyzed {
    var script = CallScript()
    control(&script, until: 60)
    if begin == 0 { script.ask(discovery(isAnswer: false), discovery(isAnswer: true), phone, server, at: 0.1) }
    if echo { script.send(keepAlive(99), server, phone, at: begin) }
    for number in 0..<12 where Double(number) * 5 >= begin {
      let time = Double(number) * 5 + 0.3
      script.send(keepAlive(UInt8(number)), phone, server, at: time)
      if time < min(up, down) { script.send(keepAlive(UInt8(number)), server, phone, at: time + 0.04) }
    }
    var streams = script.streams()
    script.play(&streams.up, phone, server, (begin + 1)...60)
    script.play(&streams.down, server, phone, (begin + 1.007)...down)
    return script.result
  }

  private static func verdict(_ result: Analyzed) throws -> Judgment {
    #expect(result.calls.count == 1 && result.calls.allSatisfy { $0.application == .discord })
    return try #require(result.calls.first).verdict
  }

  @Test(arguments: [0.0, 12]) func aCallThatRunsIsOk(from begin: Double) throws {
    #expect(try Self.verdict(Self.call(from: begin)).outcome == .ok)
  }

  /// The capture begins with the echo of a keep-alive that came before.
  @Test func aCaptureThatBeginsWithAnEchoTellsWhoAsks() throws {
    let verdict = try Self.verdict(Self.call(up: 16, from: 3, echo: true))
    #expect(verdict.mechanism == .oneWay && verdict.direction == .up, "\(verdict.reason) \(verdict.outcome)")
    #expect(try Self.verdict(Self.call(from: 3, echo: true)).outcome == .ok)
  }

  @Test(arguments: [0.0, 3]) func aCallWhoseWayUpIsCutIsOneWay(from begin: Double) throws {
    let verdict = try Self.verdict(Self.call(up: 16, from: begin))
    #expect(verdict.mechanism == .oneWay && verdict.direction == .up && verdict.grade == .consistent)
  }

  @Test func aCallThatIsCutIsCutOff() throws {
    #expect(try Self.verdict(Self.call(up: 16, down: 16)).mechanism == .cutoff)
  }

  @Test func discoveriesWithoutAnswerAreABlackhole() throws {
    var script = CallScript()
    Self.control(&script, until: 40)
    for time in stride(from: 1.0, through: 30, by: 5) {
      script.send(Self.discovery(isAnswer: false), Self.phone, Self.server, at: time)
    }
    let verdict = try Self.verdict(script.result)
    #expect(verdict.mechanism == .blackhole && verdict.grade == .consistent)
    #expect(verdict.evidence.contains { "\($0.code)" == "u17_discovery_unanswered" })
  }

  /// Keep-alives are owed an answer by who answered one.
  @Test func keepAlivesThatWereNeverAnsweredShowNothing() {
    var script = CallScript()
    Self.control(&script, until: 60)
    for number in 0..<12 { script.send(Self.keepAlive(UInt8(number)), Self.phone, Self.server, at: Double(number) * 5) }
    #expect(script.result.flows.allSatisfy { !$0.verdict.isFinding })
  }
}
