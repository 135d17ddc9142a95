import Synth
import Testing
import Verdict

/// What is said of calls whose relays all failed: how they may have gone on, and why they failed.
@Suite struct FailedRelayTests {
  private static let phone = SocketAddress("192.168.1.20", 50_000)

  /// Hellos to two reflectors that never answer, and what is answered meanwhile.
  private func blocked(until end: Double = 20) -> CallScript {
    var script = CallScript()
    let message = ReflectorMessage(tag: [UInt8](repeating: 7, count: 12))
    for server in [SocketAddress("91.108.9.21", 597), SocketAddress("91.108.13.34", 597)] {
      for time in stride(from: 0.0, through: end, by: 0.5) {
        script.send(message.hello(from: [1, 2, 3, 4]), Self.phone, server, at: time)
      }
    }
    return script
  }

  /// A connection with small segments both ways, fifty a second.
  /// `frozenFor`: seconds at its end in which the client repeats a segment that nobody acknowledges.
  private func speak(
    _ script: inout CallScript, port: UInt16, _ times: ClosedRange<Double>, frozenFor: Double = 0,
    host: HostAddress = "198.51.100.200"
  ) {
    var (up, down): (UInt32, UInt32) = (1_000, 9_000)
    func send(_ isUp: Bool, _ flags: TCPSegment.Flags, _ payload: [UInt8], _ time: Double) {
      let segment = TCPSegment(
        from: isUp ? 41_000 : port, to: isUp ? port : 41_000, sequence: isUp ? up : down,
        acknowledgement: flags.contains(.ack) ? (isUp ? down : up) : 0, flags: flags, payload: payload)
      script.send(
        SynthPacket(from: isUp ? Self.phone.address : host, to: isUp ? host : Self.phone.address, .tcp(segment)),
        at: time)
      let space = UInt32(payload.count) + (flags.contains(.syn) ? 1 : 0)
      if isUp { up += space } else { down += space }
    }
    send(true, .syn, [], times.lowerBound)
    send(false, [.syn, .ack], [], times.lowerBound + 0.03)
    send(true, .ack, [], times.lowerBound + 0.031)
    for time in stride(from: times.lowerBound + 0.1, through: times.upperBound, by: 0.02) {
      send(true, [.psh, .ack], script.generator.bytes(90), time)
      send(false, [.psh, .ack], script.generator.bytes(90), time + 0.011)
    }
    let lost = script.generator.bytes(90)
    var pause = 0.25
    var time = times.upperBound + 0.1
    while time < times.upperBound + frozenFor {
      send(true, [.psh, .ack], lost, time)
      up -= 90
      time += pause
      pause *= 2
    }
  }

  /// A tunnel made while the call was set up; a shell; what begins as the call's last hello is sent.
  @Test(arguments: [(UInt16(443), 1.0, true), (22, 1.0, false), (443, 19.7, false)])
  func onlyWhatRanBesideTheAttemptsMayHaveCarriedTheCall(port: UInt16, start: Double, isMasked: Bool) throws {
    var script = blocked()
    speak(&script, port: port, start...50)
    let call = try #require(script.result.calls.first)
    #expect(call.verdict.outcome == .dropped && call.masked == isMasked)
  }

  /// The tunnel that seems to have carried the call, or a relay over TCP, froze as well: it did not go on.
  @Test(arguments: ["198.51.100.200", "91.108.9.21"] as [HostAddress])
  func whatFrozeItselfDidNotCarryTheCallOn(_ host: HostAddress) throws {
    var script = blocked(until: 75)
    speak(&script, port: 443, 1...50, frozenFor: 25, host: host)
    let call = try #require(script.result.calls.first)
    #expect(call.verdict.outcome == .dropped && !call.masked)
    #expect(call.verdict.evidence.contains { "\($0.code)" == "carrier_failed" })
    #expect(!"\(call.verdict.reason.template)".contains("gone on"))
  }

  /// One relay is refused by a router that says so, another is silent without a word: what explains the one may be why the call failed.
  @Test func theCallHasAllAlternativesOfItsRelays() throws {
    var script = CallScript()
    let control = SocketAddress("198.51.100.3", 3_478)
    for time in stride(from: 0.5, through: 30, by: 1) {
      let request = STUNMessage.binding(transaction: script.generator.bytes(12))
      script.ask(
        request, STUNMessage.bindingAnswer(to: request, mapped: Self.phone), SocketAddress(Self.phone.address, 50_777),
        control, at: time)
    }
    for (number, server) in [SocketAddress("203.0.113.60", 3_478), SocketAddress("192.0.2.60", 3_478)].enumerated() {
      let request = STUNMessage.allocate(
        transaction: script.generator.bytes(12), credentials: nil, generator: &script.generator)
      for time in stride(from: 0.0, through: 24, by: 1) {
        script.send(request, Self.phone, server, at: time)
        guard number == 0 else { continue }
        let asked = SynthPacket(
          from: Self.phone.address, to: server.address,
          .udp(sourcePort: Self.phone.port, destinationPort: server.port, payload: request))
        script.send(
          SynthPacket.unreachable(code: 13, quoting: asked, arrivedWith: 64, from: "192.168.1.1"), at: time + 0.001)
      }
    }
    let call = try #require(script.result.calls.first)
    #expect(call.verdict.isFinding && call.verdict.grade == .consistent, "\(call.verdict.grade)")
    #expect(call.verdict.hasAlternative("server-down") && call.verdict.hasAlternative("server-policy"))
  }
}
