import Synth
import Testing
import Verdict

/// Other ends that fall silent: a peer, or a server that speaks ICE as a peer does.
@Suite struct PeerPauseTests {
  private static let phone = SocketAddress("192.168.1.20", 50_000)
  private static let peer = SocketAddress("198.51.100.9", 50_100)

  /// 60 s of a call whose other end is silent from 30 s on. `asks`: it sends checks of its own before.
  private static func verdict(asks: Bool) throws -> Judgment {
    var script = CallScript()
    var streams = script.streams()
    func ask(_ from: SocketAddress, _ to: SocketAddress, _ time: Double, isAnswered: Bool) {
      let names = (Array("pee1".utf8), Array("own1".utf8))
      let check = STUNMessage.iceCheck(
        remoteName: from == phone ? names.0 : names.1, localName: from == phone ? names.1 : names.0,
        controlling: from == phone, generator: &script.generator)
      script.send(check, from, to, at: time)
      guard isAnswered else { return }
      script.send(
        STUNMessage.iceAnswer(to: check, mapped: from, generator: &script.generator), to, from, at: time + 0.04)
    }
    for time in stride(from: 0.0, through: 60, by: 1) {
      ask(phone, peer, time, isAnswered: time < 30)
      if asks, time < 30 { ask(peer, phone, time + 0.3, isAnswered: true) }
    }
    let server = SocketAddress("198.51.101.3", 3_478)
    let socket = SocketAddress(phone.address, 50_777)
    for time in stride(from: 0.5, through: 59, by: 1) {
      let request = STUNMessage.binding(transaction: script.generator.bytes(12))
      script.ask(request, STUNMessage.bindingAnswer(to: request, mapped: socket), socket, server, at: time)
    }
    script.play(&streams.up, phone, peer, 0.5...60)
    script.play(&streams.down, peer, phone, 0.507...29.9)
    return try #require(script.result.flow(to: peer.address, port: peer.port)).verdict
  }

  @Test(arguments: [true, false]) func whoNeverAsksIsAServer(asks: Bool) throws {
    let verdict = try Self.verdict(asks: asks)
    #expect(verdict.mechanism == .cutoff && verdict.hasAlternative("peer-gone"), "\(verdict.reason)")
    #expect(verdict.hasAlternative("server-down") != asks)
  }
}
