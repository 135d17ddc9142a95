import Synth
import Testing
import Verdict

/// One direction that the capture lacks for a time, as behind a mirror of bundled lines: who goes on answering has been asked.
@Suite struct LostDirectionTests {
  private static let phone = SocketAddress("192.168.1.20", 50_000)
  private static let peer = SocketAddress("198.51.100.9", 50_100)
  private static let relay = SocketAddress("203.0.113.40", 3_478)
  private static let stun = SocketAddress("192.0.2.60", 3_478)

  /// Checks of either end each second, answered; audio both ways; and a server that answers all along.
  private static func call(isRelayed: Bool) -> CallScript {
    var script = CallScript()
    var streams = script.streams()
    let server = isRelayed ? relay : peer
    func framed(_ message: [UInt8]) -> [UInt8] { isRelayed ? STUNMessage.channelData(0x4001, message) : message }
    if isRelayed {
      let request = STUNMessage.allocate(
        transaction: script.generator.bytes(12), credentials: nil, generator: &script.generator)
      script.ask(request, [0x01] + request[1...], phone, relay, at: 0)
    }
    for second in 0...60 {
      let time = 0.1 + Double(second)
      for (from, to) in [(phone, server), (server, phone)] {
        let check = STUNMessage.iceCheck(
          remoteName: Array("pee1".utf8), localName: Array("own1".utf8), controlling: from.port == phone.port,
          generator: &script.generator)
        let answer = STUNMessage.iceAnswer(to: check, mapped: from, generator: &script.generator)
        script.send(framed(check), from, to, at: time)
        script.send(framed(answer), to, from, at: time + 0.02)
      }
      // More often than who does not repeat what was not answered.
      if isRelayed, second % 4 == 0 {
        let refresh = STUNMessage.refresh(
          lifetime: 600, transaction: script.generator.bytes(12),
          credentials: .init(user: "u", realm: "r", nonce: [1, 2, 3, 4]), generator: &script.generator)
        script.ask(refresh, [0x01] + refresh[1...], phone, relay, at: time + 0.5)
      }
      script.check(phone, stun, own: "sss1", their: "ttt1", (time + 0.3)...(time + 0.3))
    }
    for time in stride(from: 0.5, through: 60, by: 0.02) {
      script.send(framed(streams.up.nextPacket()), phone, server, at: time)
      script.send(framed(streams.down.nextPacket()), server, phone, at: time + 0.007)
    }
    return script
  }

  /// Without what the server sent from 20 s on, for so many seconds; `isSilent`: the client did not get it either, and answers nothing.
  private static func captured(_ script: CallScript, hole: Double, isSilent: Bool) -> [SynthFrame] {
    let all = script.captured
    let hidden = (all[0].time + CallScript.seconds(20))..<(all[0].time + CallScript.seconds(20 + hole))
    return all.filter { frame in
      guard hidden.contains(frame.time) else { return true }
      let isServers = [203, 198].contains(frame.bytes[26])
      // The client's answers: STUN success responses, plain or behind a channel's header.
      let payload = frame.bytes[42...]
      let isAnswer = payload.starts(with: [1, 1]) || payload.dropFirst(4).starts(with: [1, 1])
      return !isServers && !(isSilent && isAnswer && [203, 198].contains(frame.bytes[30]))
    }
  }

  @Test(arguments: [true, false], [15.0, 60]) func whoGoesOnAnsweringIsNotCutOff(_ isRelayed: Bool, _ hole: Double)
    throws
  {
    let script = Self.call(isRelayed: isRelayed)
    let server = isRelayed ? Self.relay.address : Self.peer.address
    func verdict(isSilent: Bool) throws -> Judgment {
      let result = analyze(Self.captured(script, hole: hole, isSilent: isSilent))
      return try #require(result.flow(to: server)).verdict
    }
    let answering = try verdict(isSilent: false)
    #expect(answering.outcome != .dropped, "\(answering.reason)")
    let silent = try verdict(isSilent: true)
    // Behind a relay a pause may be the peer's.
    if hole == 60 || !isRelayed { #expect(silent.mechanism == .cutoff, "\(silent.reason)") }
  }

  /// Both ends on one host: what went silent is no network.
  @Test(arguments: [("127.0.0.1", "127.0.0.1"), ("192.168.1.20", "192.168.1.20"), ("192.168.1.20", "198.51.100.9")])
  func aProgramOfTheSameHostIsNotCutOff(_ client: HostAddress, _ server: HostAddress) throws {
    var script = CallScript()
    var streams = script.streams()
    let ends = (SocketAddress(client, 50_000), SocketAddress(server, 50_100))
    script.check(ends.0, ends.1, own: "own1", their: "pee1", 0...30)
    script.talk(&streams, ends.0, ends.1, 0.5...30)
    for second in 31...60 {
      let check = STUNMessage.iceCheck(
        remoteName: Array("pee1".utf8), localName: Array("own1".utf8), controlling: true, generator: &script.generator)
      script.send(check, ends.0, ends.1, at: Double(second))
      script.play(&streams.up, ends.0, ends.1, Double(second)...(Double(second) + 0.98))
    }
    script.check(Self.phone, Self.stun, own: "sss1", their: "ttt1", 0...60)
    let verdict = try #require(script.result.flows.first { $0.client.port == 50_000 && $0.server.port == 50_100 })
      .verdict
    #expect((verdict.gap.map { "\($0.code)" } == "unreachable_by_design") == (client == server), "\(verdict.reason)")
    #expect((verdict.mechanism == .cutoff) == (client != server), "\(verdict.reason)")
  }
}
