import Testing

@testable import Wire

/// A STUN message with the cookie; the header's length is the attributes', unless given.
private func message(_ type: String, _ attributes: String = "", length: Int? = nil, tail: [UInt8] = []) -> [UInt8] {
  let body = hex(attributes)
  return hex(type) + word(length ?? body.count) + hex("2112a442") + text("abcdefghijkl") + body + tail
}

private func stun(_ bytes: [UInt8], wire: Int? = nil) -> STUNMessage? {
  STUNMessage(bytes, wireLength: wire ?? bytes.count)
}

@Suite struct STUNTests {
  @Test func rfc5769Request() throws {
    let bytes = PayloadVector.rfc5769Request
    let message = try #require(stun(bytes))
    #expect(message.isSTUN)
    #expect(message.header.type == 0x0001)
    #expect(message.header.method == .binding)
    #expect(message.header.messageClass == .request)
    #expect(message.header.length == 88)
    #expect(message.header.hasCookie)
    #expect(message.header.transactionHigh == 0xB7E7_A701)
    #expect(message.header.transactionLow == 0xBC34_D686_FA87_DFAE)
    #expect(!message.header.transactionIsText)
    #expect(message.attributeCount == 6)
    #expect(message.software.map { Array(bytes[$0]) } == text("STUN test client"))
    #expect(message.username.map { Array(bytes[$0]) } == text("evtj:h6vY"))
    #expect(message.priority == 0x6E00_01FF)
    #expect(message.flags == [.fingerprintRight, .messageIntegrity, .controlled, .priority, .exactWalk])
    #expect(message.unregisteredCount == 0)
    #expect(message.firstComprehensionUnknown == 0)
  }

  @Test func rfc5769Responses() throws {
    let ipv4 = try #require(stun(PayloadVector.rfc5769IPv4))
    #expect(ipv4.header.messageClass == .success)
    #expect(ipv4.xorMapped == STUNAddress(family: 4, address: AddressBits(low: 0xC000_0201), port: 32_853))
    #expect(ipv4.flags == [.fingerprintRight, .messageIntegrity, .exactWalk])
    let ipv6 = try #require(stun(PayloadVector.rfc5769IPv6))
    let address = AddressBits(high: 0x2001_0DB8_1234_5678, low: 0x0011_2233_4455_6677)
    #expect(ipv6.xorMapped == STUNAddress(family: 6, address: address, port: 32_853))
    #expect(ipv6.flags == [.fingerprintRight, .messageIntegrity, .exactWalk])
    #expect(ipv6.software.map { Array(PayloadVector.rfc5769IPv6[$0]) } == text("test vector"))
  }

  @Test func rfc5769LongTerm() throws {
    let bytes = PayloadVector.rfc5769LongTerm
    let message = try #require(stun(bytes))
    #expect(message.isSTUN)
    #expect(message.username.map { String(decoding: bytes[$0], as: UTF8.self) } == "マトリックス")
    #expect(message.nonce.map { Array(bytes[$0]) } == text("f//499k954d6OL34oL9FSTvy64sA"))
    #expect(message.realm.map { Array(bytes[$0]) } == text("example.org"))
    #expect(message.flags == [.messageIntegrity, .exactWalk])
  }

  @Test(arguments: 0..<104) func fingerprintNoticesEveryByte(index: Int) {
    var bytes = PayloadVector.rfc5769Request
    bytes[index] ^= 0x40
    #expect(stun(bytes)?.flags.contains(.fingerprintRight) != true)
  }

  @Test func fingerprintOfACutMessageIsUnknown() throws {
    let cut = Array(PayloadVector.rfc5769Request[0..<100])
    let message = try #require(stun(cut, wire: 108))
    #expect(message.isSTUN)
    #expect(message.flags.contains(.truncated))
    #expect(message.flags.isDisjoint(with: [.fingerprintRight, .fingerprintWrong]))
    #expect(message.priority == 0x6E00_01FF)
  }

  @Test func fingerprintOnRequestOnly() throws {
    let bytes = PayloadVector.rfc5769Request
    let span = bytes.span
    let message = STUNMessage(span, wireLength: bytes.count, checkingFingerprint: false)
    #expect(try #require(message).flags == [.messageIntegrity, .controlled, .priority, .exactWalk])
  }

  @Test func crc32() {
    // The check value of the CRC catalog: "123456789".
    #expect(CRC32.checksum(text("123456789")) == 0xCBF4_3926)
    #expect(CRC32.checksum([UInt8]()) == 0)
  }

  /// What a strict parser gets wrong on real traffic.
  @Test func whatsAppAllocateOf2015() throws {
    // 126 bytes, length 0x006A: one attribute of 102 bytes, not padded.
    let bytes = message("0003", "40000066", length: 0x6A, tail: run(0x5C, 102))
    let read = try #require(stun(bytes))
    #expect(read.isSTUN)
    #expect(read.header.method == .allocate)
    #expect(read.whatsAppToken == 24..<126)
    #expect(read.firstComprehensionUnknown == 0x4000)
    #expect(read.carries(0x4000))
    #expect(read.flags == [.exactWalk, .unpadded])
  }

  @Test func unpaddedBetweenOthers() throws {
    // MS-TURN: an ERROR-CODE of 7 bytes, then NONCE, without padding between.
    let bytes = message("0113", "000f0004 72c64bc6 00090007 00000401 546865 00150002 6162")
    let read = try #require(stun(bytes))
    #expect(read.isSTUN)
    #expect(read.header.messageClass == .error)
    #expect(read.errorCode == 401)
    #expect(read.nonce.map { Array(bytes[$0]) } == text("ab"))
    #expect(read.flags == [.exactWalk, .unpadded, .legacyCookie])
    #expect(read.attributeCount == 3)
    var attributes = STUNAttributes(bytes.span)
    var types: [UInt16] = []
    while let attribute = attributes.next(in: bytes.span) { types.append(attribute.type) }
    #expect(types == [0x000F, 0x0009, 0x0015])
  }

  @Test func onlyTheLastIsUnpadded() throws {
    let bytes = message("0001", "00060003 61626300 80220002 4142")
    let read = try #require(stun(bytes))
    #expect(read.username.map { Array(bytes[$0]) } == text("abc"))
    #expect(read.software.map { Array(bytes[$0]) } == text("AB"))
    #expect(read.flags == [.exactWalk, .unpadded])
  }

  @Test func whatsAppProbeLongerThanItsHeader() throws {
    // 0x0801: the header says 452, the datagram has 500 bytes.
    let bytes = message("0801", "40030001 09000000 400401b8", length: 452, tail: run(0, 468))
    #expect(bytes.count == 500)
    let read = try #require(stun(bytes))
    #expect(read.isSTUN)
    #expect(read.header.isWhatsApp)
    #expect(read.flags == [.exactWalk, .trailingBytes])
    #expect(read.carries(0x4003))
    #expect(read.carries(0x4004))
    #expect(!read.carries(0x4005))
    #expect(read.unregisteredCount == 2)
  }

  @Test(arguments: ["0800", "0801", "0802", "0803", "0804", "0805"]) func whatsAppTypes(type: String) {
    #expect(stun(message(type))?.isSTUN == true)
    var bare = message(type)
    bare[4] = 0
    #expect(stun(bare) == nil)
  }

  @Test(arguments: ["0806", "0900", "0f01", "0400", "4001", "8001"]) func otherFirstBytes(type: String) {
    #expect(stun(message(type)) == nil)
  }

  @Test(arguments: ["0200", "0300", "0310"]) func googPing(type: String) throws {
    let read = try #require(stun(message(type)))
    #expect(read.isSTUN)
    #expect(read.header.method == .googPing)
  }

  @Test func whatsAppRelayAnswer() throws {
    let read = try #require(stun(message("0103", "00200008 0001a147e112a643 40020008 0000018000000001")))
    #expect(read.whatsAppTime == 0x0180_0000_0001)
    #expect(read.xorMapped?.port == 32_853)
  }

  @Test func classicZoom() throws {
    // 44 bytes, no cookie, attribute 0x0101 with digits.
    let bytes = hex("00010018") + run(0x37, 16) + hex("01010014") + text("12345678901234567890")
    #expect(bytes.count == 44)
    let read = try #require(stun(bytes))
    #expect(read.isSTUN)
    #expect(!read.header.hasCookie)
    #expect(read.header.transactionHigh == 0x3737_3737_3737_3737)
    #expect(read.header.transactionLow == 0x3737_3737_3737_3737)
    #expect(read.carries(0x0101))
  }

  @Test func classicGuards() {
    let id = run(0x37, 16)
    // A bare Binding request of RFC 3489.
    #expect(stun(hex("00010000") + id)?.isSTUN == true)
    // Zero transaction id; another type; a length that is not the datagram's; attributes that do not end there.
    #expect(stun(hex("00010000") + run(0, 16))?.isSTUN == false)
    #expect(stun(hex("00070000") + id)?.isSTUN == false)
    #expect(stun(hex("00010000") + id + run(0, 4))?.isSTUN == false)
    #expect(stun(hex("00010008") + id + hex("00010009 0000"))?.isSTUN == false)
    #expect(stun(hex("00010008") + id + hex("00010009 00000000"))?.isSTUN == false)
    // Discord's address discovery: 00 01 00 46, 74 bytes.
    #expect(stun(hex("00010046 00001234") + run(0, 66))?.isSTUN == false)
  }

  @Test func classicCutByTheCapture() {
    let bytes = hex("00010018") + run(0x37, 16) + hex("01010014") + text("1234")
    #expect(stun(bytes, wire: 44)?.isSTUN == true)
    #expect(stun(Array(bytes[0..<22]), wire: 44)?.isSTUN == false)
  }

  @Test func cookieGuards() throws {
    // More claimed than there is on the wire.
    let long = try #require(stun(message("0001", length: 40)))
    #expect(!long.isSTUN)
    #expect(long.flags.contains(.overlong))
    // An attribute that overruns: earlier ones stand, an unheard-of method does not.
    let broken = "00240004 6e0001ff 00060040 61626364"
    #expect(stun(message("0001", broken))?.priority == 0x6E00_01FF)
    #expect(stun(message("0001", broken))?.isSTUN == true)
    #expect(stun(message("0001", broken))?.flags.contains(.attributeOverruns) == true)
    #expect(stun(message("03c5", broken))?.isSTUN == false)
  }

  @Test func turnFields() throws {
    let bind = try #require(
      stun(message("0009", "000c0004 40010000 00120008 0001 2b11 e112a643 000d0004 00000000 00190004 11000000")))
    #expect(bind.header.method == .channelBind)
    #expect(bind.channelNumber == 0x4001)
    #expect(bind.lifetime == 0)
    #expect(bind.requestedTransport == 17)
    #expect(bind.flags.contains(.requestedTransport))
    #expect(bind.xorPeer == STUNAddress(family: 4, address: AddressBits(low: 0xC000_0201), port: 0x0A03))
    let relayed = try #require(stun(message("0103", "00160008 0001a147e112a643 00010008 00018055c0000201")))
    #expect(relayed.xorRelayed == STUNAddress(family: 4, address: AddressBits(low: 0xC000_0201), port: 32_853))
    #expect(relayed.mapped == relayed.xorRelayed)
    let check = try #require(stun(message("0001", "00250000 802a0008 0000000000000001")))
    #expect(check.flags == [.exactWalk, .useCandidate, .controlling])
    #expect(check.header.transactionIsText)
    let data = try #require(stun(message("0017", "00130004 80600001")))
    #expect(data.header.messageClass == .indication)
    #expect(data.data == 24..<28)
  }

  @Test func unregisteredListIsBounded() throws {
    let attributes = (0..<20).map { "c0\(String($0 + 16, radix: 16))0000" }.joined()
    let read = try #require(stun(message("0001", attributes)))
    #expect(read.unregisteredCount == 8)
    #expect(read.carries(0xC010))
    #expect(!read.carries(0xC018))
    #expect(read.flags.contains(.moreUnregistered))
    #expect(read.firstComprehensionUnknown == 0)
  }
}

@Suite struct STUNStreamTests {
  @Test func severalMessagesInOneSegment() {
    let segment = message("0001", "00250000") + hex("40000005 0102030405 000000") + message("0101")
    var offset = 0
    var lengths: [Int] = []
    while offset < segment.count,
      let length = STUNStream.messageLength(segment[offset..<segment.count], channels: true)
    {
      lengths.append(length)
      offset += length
    }
    #expect(lengths == [24, 12, 20])
    #expect(STUNStream.messageLength(segment[24..<segment.count], channels: false) == nil)
    #expect(STUNStream.messageLength(text("POST / HTTP/1.1"), channels: false) == nil)
    #expect(STUNStream.messageLength(hex("3fff0004 00000000"), channels: true) == nil)
  }

  @Test func frames() {
    let binding = hex("0014") + message("0001")
    let media = hex("0010 80600001 00000001 00000002 01020304")
    #expect(STUNStream.frameLength(binding) == 22)
    #expect(STUNStream.frameLength(media) == 18)
    #expect(STUNStream.chainedFrames((binding + media + media)) == 3)
    #expect(STUNStream.chainedFrames((binding + media + [0, 16, 128])) == 2)
    #expect(STUNStream.chainedFrames((media + text("something else"))) == 0)
    #expect(STUNStream.frameLength(message("0001")) == nil)
    #expect(STUNStream.frameLength(hex("0014 0001000021120000 6162")) == nil)
  }

  @Test func channelData() throws {
    let bytes = hex("4001 0003 010203 00")
    let data = try #require(ChannelData(bytes))
    #expect(data.channel == 0x4001)
    #expect(data.length == 3)
    #expect(data.data == 4..<7)
    #expect(data.fills(7))
    #expect(data.fills(8))
    #expect(!data.fills(9))
    #expect(!data.fills(6))
    #expect(ChannelData(hex("3fff0000")) == nil)
    #expect(ChannelData(hex("7fff0000")) == nil)
    #expect(ChannelData(hex("7ffe00")) == nil)
    #expect(ChannelData(hex("7ffe0010 0102"))?.data == 4..<6)
  }
}
