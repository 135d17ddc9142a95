import Synth
import Testing
import Verdict

/// Handshakes over UDP that do not get to their end, and questions asked together, from bytes to verdicts.
@Suite struct HandshakeTests {
  private static let phone = SocketAddress("192.168.1.20", 50_000)
  private static let peer = SocketAddress("198.51.100.66", 33_333)
  private static let resolver = SocketAddress("198.51.100.53", 53)

  /// A HelloVerifyRequest with a cookie of 20 bytes (RFC 6347 section 4.2.1).
  private static let cookie: [UInt8] =
    [22, 0xFE, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 35, 3, 0, 0, 23, 0, 0, 0, 0, 0, 0, 0, 23, 0xFE, 0xFF, 20]
    + [UInt8](repeating: 7, count: 20)

  private func script(checks until: Double) -> CallScript {
    var script = CallScript()
    script.check(Self.phone, Self.peer, own: "own1", their: "pee1", 0...until)
    return script
  }

  @Test func aCookieIsNoServerHello() throws {
    var script = script(checks: 20)
    var client = DTLSSession(generator: script.generator.fork())
    script.send(client.clientHello(), Self.phone, Self.peer, at: 0.1)
    script.send(Self.cookie, Self.peer, Self.phone, at: 0.14)
    for time in [0.15, 1.15, 3.15, 7.15, 15.15] { script.send(client.clientHello(), Self.phone, Self.peer, at: time) }
    let verdict = try #require(script.result.flows.first).verdict
    #expect(verdict.outcome == .dropped && verdict.mechanism == .blackhole && verdict.scope == .dtls)
    #expect(script.result.calls.first?.stage == .connectivity)
  }

  /// What the client sends after the server's flight is lost, and either side repeats itself.
  @Test(arguments: [false, true]) func aFlightThatIsLostLeavesTheHandshakeOpen(isFinished: Bool) throws {
    var script = script(checks: 20)
    var (client, server) = (
      DTLSSession(generator: script.generator.fork()), DTLSSession(generator: script.generator.fork())
    )
    script.send(client.clientHello(), Self.phone, Self.peer, at: 0.1)
    let answer = server.serverFlight()
    let flight = client.clientFlight()
    for time in [0.14, 1.14, 3.14, 7.14] {
      script.send(server.renumbered(answer), Self.peer, Self.phone, at: time)
      script.send(flight, Self.phone, Self.peer, at: time + 0.01)
    }
    if isFinished { script.send(server.finish(), Self.peer, Self.phone, at: 7.2) }
    let verdict = try #require(script.result.flows.first).verdict
    #expect(verdict.outcome == (isFinished ? .ok : .inconclusive))
    #expect(verdict.gap.map { "\($0.code)" } == (isFinished ? nil : "handshake_unfinished"))
  }

  /// The server repeats its first flight: what the client answered did not reach it.
  @Test(arguments: [false, true]) func longHeadersAloneAreNoConnection(isFinished: Bool) throws {
    var script = CallScript()
    let host = SocketAddress("203.0.113.90", 443)
    let (own, its) = (script.generator.bytes(8), script.generator.bytes(8))
    script.send(
      QUICMessage.initial(destination: its, source: own, generator: &script.generator), Self.phone, host, at: 0)
    for time in [0.03, 0.23, 0.63, 1.43, 3.03, 6.2] {
      script.send(
        QUICMessage.handshake(destination: own, source: its, length: 900, generator: &script.generator), host,
        Self.phone, at: time)
      script.send(
        QUICMessage.handshake(destination: its, source: own, length: 80, generator: &script.generator), Self.phone,
        host, at: time + 0.001)
    }
    if isFinished {
      for (from, to, id) in [(Self.phone, host, its), (host, Self.phone, own)] {
        script.send(
          QUICMessage.oneRTT(destination: id, length: 60, generator: &script.generator), from, to, at: 6.3)
      }
    }
    let verdict = try #require(script.result.flows.first).verdict
    #expect(verdict.outcome == (isFinished ? .ok : .inconclusive))
    #expect(verdict.gap.map { "\($0.code)" } == (isFinished ? nil : "handshake_unfinished"))
  }

  /// A resolver asks for both families at once on one socket; both questions, or one, are answered by somebody nearer first. What
  /// was asked twice may be answered twice.
  @Test(arguments: [(2, 0, true), (1, 0, true), (2, 1, true), (1, 1, false), (2, 2, false), (0, 0, false)])
  func questionsOnOneSocketAreToldApart(forged: Int, repeats: Int, isTold: Bool) throws {
    var script = CallScript()
    for number in 0..<(2 + repeats) {
      script.send(
        DNSMessage.query("blocked.example.org", number: 100 + UInt16(number % 2)), Self.phone, Self.resolver,
        at: 0.0002 * Double(number))
    }
    func answer(_ number: Int, _ address: HostAddress, at time: Double, timeToLive: UInt8) {
      script.send(
        DNSMessage.answer("blocked.example.org", number: 100 + UInt16(number), addresses: [address]), Self.resolver,
        Self.phone, at: time, timeToLive: timeToLive)
    }
    for number in 0..<forged { answer(number, "10.10.34.36", at: 0.004, timeToLive: 62) }
    for number in 0..<2 { answer(number, "104.16.1.1", at: 0.042, timeToLive: 118) }
    let flow = try #require(script.result.flow(to: Self.resolver.address))
    #expect((flow.verdict.gap.map { "\($0.code)" } == "dns_answer_origin") == isTold)
  }

  /// A provider's resolver that answers too, while the question goes through: it counts the record's time down, rotates the addresses,
  /// knows the name under other flags, or fails. Only what the answers say makes a contradiction, and the words say which.
  @Test func equalAnswersDoNotContradict() throws {
    let name = "cdn.example.org"
    func told(_ first: [UInt8], _ second: [UInt8]) throws -> Evidence? {
      var script = CallScript()
      script.send(DNSMessage.query(name, number: 7), Self.phone, Self.resolver, at: 0)
      script.send(first, Self.resolver, Self.phone, at: 0.004, timeToLive: 62)
      script.send(second, Self.resolver, Self.phone, at: 0.042, timeToLive: 118)
      let verdict = try #require(script.result.flow(to: Self.resolver.address)).verdict
      return verdict.gap.map { "\($0.code)" } == "dns_answer_origin" ? verdict.evidence.first : nil
    }
    func answer(_ addresses: [HostAddress], timeToLive: UInt32 = 300, flags: UInt8 = 0x81, code: UInt8 = 0) -> [UInt8] {
      var message = DNSMessage.answer(name, number: 7, addresses: addresses, timeToLive: timeToLive)
      message[2] = flags
      message[3] |= code
      return message
    }
    let (one, two, lie): (HostAddress, HostAddress, HostAddress) = ("104.16.1.1", "104.16.1.2", "10.10.34.36")
    #expect(try told(answer([one], timeToLive: 277), answer([one])) == nil)
    #expect(try told(answer([two, one]), answer([one, two])) == nil)
    #expect(try told(answer([one], flags: 0x85), answer([one])) == nil)
    #expect(try told(answer([lie], flags: 0x83), answer([one])) == nil, "what was cut may name more")
    func words(_ first: [UInt8], _ second: [UInt8]) throws -> String {
      try told(first, second).map { "\($0.detail.template)" } ?? "-"
    }
    #expect(try words(answer([lie]), answer([one])).hasSuffix("they name different addresses."))
    #expect(
      try words(answer([], code: 2), answer([one])).hasSuffix(
        "has the code {} and no address, the second names addresses."))
    #expect(try told(answer([], code: 2), answer([one]))?.detail.values[2] == .count(2))
    #expect(try words(answer([lie]), answer([], code: 3)).hasSuffix("the second has the code {} and no address."))
    #expect(try words(answer([], code: 3), answer([], code: 2)).hasSuffix("the second the code {}."))
  }

  /// Two or three on the way answer, each with another address, and then the server; the question for the other family is answered
  /// so too, by the server alone, or by nobody.
  @Test(arguments: [2, 3], [(2, 1), (0, 1), (0, 0)])
  func severalForgersAreHeldAgainstTheServer(forgers: Int, other: (forged: Int, real: Int)) throws {
    var script = CallScript()
    func send(_ number: UInt16, _ address: HostAddress?, at time: Double, timeToLive: UInt8 = 64) {
      guard let address else {
        return script.send(
          DNSMessage.query("blocked.example.org", number: number), Self.phone, Self.resolver, at: time)
      }
      script.send(
        DNSMessage.answer("blocked.example.org", number: number, addresses: [address]), Self.resolver, Self.phone,
        at: time, timeToLive: timeToLive)
    }
    let lies: [HostAddress] = ["31.13.94.37", "104.244.46.85", "108.160.1.3"]
    for (number, count, real) in [(100, forgers, 1), (101, other.forged, other.real)] as [(UInt16, Int, Int)] {
      send(number, nil, at: 0.0001 * Double(number - 100))
      for forger in 0..<count {
        send(number, lies[forger], at: 0.004 + 0.0005 * Double(forger), timeToLive: forger == 1 ? 55 : 61)
      }
      if real > 0 { send(number, "157.240.1.53", at: 0.032, timeToLive: 116) }
    }
    let flow = try #require(script.result.flow(to: Self.resolver.address))
    #expect(flow.verdict.gap.map { "\($0.code)" } == "dns_answer_origin")
    #expect(flow.verdict.reason.values[1] == .duration(32_000_000))
  }

  @Test func anUnansweredRegistrationAsksForAnAnswer() throws {
    var script = CallScript()
    let text =
      "REGISTER sip:example.org SIP/2.0\r\nVia: SIP/2.0/UDP 192.168.1.20:50000\r\nCall-ID: a1\r\nCSeq: 1 REGISTER\r\n\r\n"
    for time in [0.0, 0.5, 1.5, 3.5, 7.5, 11.5] {
      script.send(Array(text.utf8), Self.phone, SocketAddress("203.0.113.70", 5_060), at: time)
    }
    let verdict = try #require(script.result.flows.first).verdict
    #expect(verdict.gap.map { "\($0.code)" } == "one_sided_capture", "nothing at all came back")
  }
}
