import Testing
import Wire

private let tag = hex("00112233445566778899aabbdeadbeef")

private func control(_ tail: String) -> TelegramReflector? {
  let bytes = tag + run(0xFF, 12) + hex(tail)
  return TelegramReflector(bytes, wireLength: bytes.count)
}

@Suite struct TelegramReflectorTests {
  @Test func helloAndPing() throws {
    let hello = try #require(control("feffffff 000000000000007b"))
    #expect(hello.kind == .hello)
    #expect(hello.query == 123)
    #expect(hello.tagHigh == 0x0011_2233_4455_6677)
    #expect(hello.tagLow == 0x8899_AABB_DEAD_BEEF)
    let ping = try #require(control("feffffff 0102030405060708"))
    #expect(ping.kind == .ping)
    #expect(ping.query == 0x0102_0304_0506_0708)
  }

  @Test func libtgvoip() throws {
    #expect(control("ffffffff")?.kind == .peerInfoRequest)
    #expect(control("1c37d927" + "00000000000000000000000000000000")?.kind == .peerInfo)
    let pong = try #require(control("c77215c0 5f000000 0102030405060708 00000000000000000000ffffc0000201 00001234"))
    #expect(pong.kind == .pong)
    #expect(pong.query == 0x0102_0304_0506_0708)
  }

  @Test(arguments: [
    "feffffff 000000000000007b00", "feffffff 0000000000007b", "feffffff", "ffffffff 000000000000007b", "1c37d927",
    "c77215c0 5f000000 0102030405060708",
  ]) func wrongLengthsAndWords(tail: String) {
    #expect(control(tail) == nil)
  }

  @Test func silenceIsNoReflector() {
    // G.711 silence is a run of FF (`skinny`): a payload of 172 bytes, and 40 bytes of nothing else.
    #expect(TelegramReflector(run(0xFF, 172), wireLength: 172) == nil)
    #expect(TelegramReflector(run(0xFF, 40), wireLength: 40) == nil)
    let cut = PayloadVector.reflectorHello
    #expect(TelegramReflector(cut[0..<39], wireLength: 40) == nil)
  }

  @Test func frame() throws {
    let bytes = PayloadVector.reflectorFrame
    let frame = try #require(TelegramReflectorFrame(bytes, wireLength: bytes.count))
    #expect(frame.tagHigh == 0x0011_2233_4455_6677)
    #expect(frame.tagLow == 0x8899_AABB)
    #expect(frame.destination == 2)
    #expect(frame.sender == 1)
    #expect(frame.length == 20)
    #expect(frame.inner == 24..<44)
    #expect(STUNMessage(bytes[frame.inner], wireLength: frame.length)?.isSTUN == true)
    #expect(TelegramReflectorFrame(bytes, wireLength: bytes.count + 1) == nil)
  }

  @Test func framePadding() {
    let head = Array(PayloadVector.reflectorFrame[0..<20])
    let padded = head + hex("00000005 0102030405 000000")
    #expect(TelegramReflectorFrame(padded, wireLength: 32)?.inner == 24..<29)
    #expect(TelegramReflectorFrame(padded[0..<31], wireLength: 31) == nil)
    #expect(TelegramReflectorFrame((head + hex("00000005 0102030405 000001")), wireLength: 32) == nil)
    #expect(TelegramReflectorFrame((head + hex("00000000")), wireLength: 24) == nil)
    #expect(TelegramReflectorFrame(padded[0..<26], wireLength: 32)?.inner == 24..<26)
  }
}

@Suite struct MessengerFramingTests {
  @Test(arguments: [
    ("57410105", UInt16?.some(0x0105), false), ("57410201 0000ee", 0x0201, false), ("57410603", 0x0603, false),
    ("45440001", nil, true), ("45440001 000004", nil, true),
    ("45440001 000004 08080502 57410502 0000ee", 0x0502, true),
  ]) func whatsAppOpenings(stream: String, version: UInt16?, hasRouting: Bool) throws {
    let opening = try #require(WhatsAppNoise(hex(stream)))
    #expect(opening.version == version)
    #expect(opening.hasRouting == hasRouting)
  }

  @Test(arguments: ["574101", "57415421", "57410005", "45440002", "45440001 000004 08080502 58410502"])
  func notWhatsApp(stream: String) {
    #expect(WhatsAppNoise(hex(stream)) == nil)
  }

  @Test(arguments: [
    ("0902336e01000188 90e1001300120c96772e6aa9", 8), ("09047eb54100010000000010 90e1001300120c96772e6aa9", 12),
    ("0907338f2900020a00c801e0000000000000 9078001300120c96772e6aa9", 18),
  ]) func whatsAppEnvelopes(packet: String, length: Int) {
    let bytes = hex(packet)
    #expect(WhatsAppEnvelope(bytes, wireLength: bytes.count + 20)?.headerLength == length)
    #expect(WhatsAppEnvelope(bytes[0..<length], wireLength: length) == nil)
    #expect(WhatsAppEnvelope((hex("0903") + bytes[2...]), wireLength: bytes.count + 20) == nil)
  }

  @Test func mtprotoTransports() {
    #expect(MTProtoTransport((hex("ef0a") + run(1, 40))) == .abridged)
    #expect(MTProtoTransport(hex("eeeeeeee")) == .intermediate)
    #expect(MTProtoTransport(hex("eeeeeeee 28000000")) == .intermediate)
    #expect(MTProtoTransport(hex("dddddddd 30000000")) == .paddedIntermediate)
    #expect(MTProtoTransport(hex("eeeeeeee 00000030")) == nil)
    #expect(MTProtoTransport(hex("ef0a 0000")) == nil)
    #expect(MTProtoTransport(hex("ef00 0000")) == nil)
    #expect(MTProtoTransport(hex("16030102")) == nil)
  }

  @Test func obfuscatedIsAnythingElse() {
    #expect(MTProtoTransport.couldBeObfuscated(run(0x5A, 64)))
    #expect(!MTProtoTransport.couldBeObfuscated(run(0x5A, 63)))
    #expect(!MTProtoTransport.couldBeObfuscated((hex("16030102") + run(0x5A, 60))))
    #expect(!MTProtoTransport.couldBeObfuscated((text("GET ") + run(0x5A, 60))))
    #expect(!MTProtoTransport.couldBeObfuscated((hex("5a5a5a5a 00000000") + run(0x5A, 60))))
  }
}
