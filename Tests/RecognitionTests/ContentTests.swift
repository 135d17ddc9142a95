import Recognition
import Synth
import Testing
import Wire

/// Facts that STUN messages show.
@Suite struct ContentTests {
  private func content(_ bytes: [UInt8]) -> ObservedContent {
    guard let message = Wire.STUNMessage(bytes.span, wireLength: bytes.count), message.isSTUN else {
      Issue.record("the message that was made is STUN")
      return []
    }
    return ObservedContent(stun: message)
  }

  private static let transaction = [UInt8](repeating: 5, count: 12)

  @Test func aPlainBindingIsSTUNAndNothingElse() {
    let request = Synth.STUNMessage.binding(transaction: Self.transaction)
    #expect(content(request) == .stun)
    #expect(content(Synth.STUNMessage.bindingAnswer(to: request, mapped: SocketAddress("192.0.2.1", 7))) == .stun)
  }

  @Test func anICECheckHasAName() {
    var generator = SeededGenerator(seed: 1)
    let check = Synth.STUNMessage.iceCheck(
      remoteName: Array("abcd".utf8), localName: Array("efgh".utf8), controlling: true, generator: &generator)
    #expect(content(check) == [.stun, .iceCheck])
    // Its answer is no check.
    #expect(
      content(Synth.STUNMessage.iceAnswer(to: check, mapped: SocketAddress("192.0.2.1", 7), generator: &generator))
        == .stun)
  }

  @Test func everyTURNMethodIsTURN() {
    var generator = SeededGenerator(seed: 1)
    let credentials = Synth.STUNMessage.Credentials(user: "u", realm: "example.org", nonce: [1, 2])
    let peer = SocketAddress("192.0.2.7", 9)
    let allocate = Synth.STUNMessage.allocate(transaction: Self.transaction, credentials: nil, generator: &generator)
    for message in [
      allocate, Synth.STUNMessage.unauthorized(to: allocate, realm: "r", nonce: [1], software: "s"),
      Synth.STUNMessage.refresh(
        lifetime: 0, transaction: Self.transaction, credentials: credentials, generator: &generator),
      Synth.STUNMessage.createPermission(
        peer: peer, transaction: Self.transaction, credentials: credentials, generator: &generator),
      Synth.STUNMessage.channelBind(
        channel: 0x4000, peer: peer, transaction: Self.transaction, credentials: credentials, generator: &generator),
      Synth.STUNMessage.indication(0x0016, peer: peer, data: [1, 2], transaction: Self.transaction),
      Synth.STUNMessage.indication(0x0017, peer: peer, data: [1, 2], transaction: Self.transaction),
    ] {
      // A username in a TURN request is a credential, no ICE check.
      #expect(content(message) == [.stun, .turn])
    }
  }

  @Test func whatsAppMessagesShowTheirFacts() {
    var generator = SeededGenerator(seed: 1)
    let relay = SocketAddress("192.0.2.7", 3_478)
    let allocate = WhatsAppMessage.allocate(
      relay: relay, token: [UInt8](repeating: 1, count: 108), transaction: Self.transaction, generator: &generator)
    #expect(content(allocate) == [.stun, .turn, .stunToken4000])
    let answer = WhatsAppMessage.allocateAnswer(
      to: allocate, mapped: relay, unixMilliseconds: 1_767_225_600_000, generator: &generator)
    #expect(content(answer) == [.stun, .turn, .stunClock4002])
    let ping = WhatsAppMessage.ping(transaction: Self.transaction)
    #expect(content(ping) == [.stun, .stunType080x])
    #expect(content(WhatsAppMessage.pong(to: ping)) == [.stun, .stunType080x])
    let end = WhatsAppMessage.terminate(
      relay: relay, token: [1, 2, 3, 4], transaction: Self.transaction, generator: &generator)
    // Attribute 0x4000 speaks in an Allocate only.
    #expect(content(end) == [.stun, .stunType080x])
  }

  @Test func aBareCheckIsIntegrityAndNothingElse() {
    var check = Synth.STUNMessage(0x0001, transaction: Self.transaction)
    check.append(0x0008, [UInt8](repeating: 3, count: 20))
    #expect(content(check.bytes()) == [.stun, .bareIntegrityCheck])
    #expect(content(check.bytes(fingerprint: true)) == .stun)
    check.append(0x0024, [1, 2, 3, 4])
    #expect(content(check.bytes()) == .stun)
  }
}
