import Testing

@testable import Wire

/// Framings of messengers' calls (METHOD.md W2); bytes are made up after the layouts.
@Suite struct CallFramingTests {
  private func discord(_ bytes: [UInt8], _ wireLength: Int) -> DiscordVoice? {
    DiscordVoice(bytes.span, wireLength: wireLength)
  }
  private func viber(_ bytes: [UInt8], _ wireLength: Int) -> ViberFrame? {
    ViberFrame(bytes.span, wireLength: wireLength)
  }
  private func isViberSegment(_ bytes: [UInt8], _ wireLength: Int) -> Bool {
    ViberFrame.isSegment(bytes.span, wireLength: wireLength)
  }
  private func lookalike(_ bytes: [UInt8], _ wireLength: Int) -> CallLookalike? {
    CallLookalike(bytes.span, wireLength: wireLength)
  }
  private func googles(_ bytes: [UInt8]) -> UInt32? { GoogleQUIC(bytes.span)?.version }
  private func certificate(_ bytes: [UInt8]) -> ServerCertificate { ServerCertificate.read(bytes.span) }
  private func isZoomSTUN(_ bytes: [UInt8]) -> Bool { ZoomFrame.isSTUN(bytes.span) }
  private func cipher(_ key: [UInt8]) -> AESBlock? { AESBlock(key.span) }
  private func encrypt(_ cipher: AESBlock, _ block: [UInt8]) -> [UInt8] { cipher.encrypt(block.span) }

  private func zoom(_ bytes: [UInt8], wireLength: Int? = nil) -> ZoomFrame? {
    ZoomFrame(bytes.span, wireLength: wireLength ?? bytes.count)
  }

  @Test func zoomsHelloAndItsAnswerCarryOneID() {
    let id = hex("7d464d35fffda234495d0d6d3b51e896")
    #expect(zoom(hex("010002") + id + hex("0000000000000002") + run(7, 80)) == .hello(id: 0x7D464D))
    #expect(zoom(hex("020001") + id + hex("005a0e3e007a002a") + run(0, 8)) == .answer(id: 0x7D464D))
    #expect(zoom(hex("010002") + id + hex("0100000000000002") + run(7, 80)) == nil)
    #expect(zoom(hex("010004") + id + hex("0000000000000002") + run(7, 80)) == nil)
  }

  @Test func zoomsPeersOpenWithTenConstantBytes() {
    #expect(zoom(hex("1f02010008000100040000112233")) == .peer)
    #expect(zoom(hex("1f02010008000100050000112233")) == nil)
  }

  @Test func zoomsMediaLieBehindOneHeaderOrTwo() {
    let rtp = hex("9070 0001 00000002 00000003") + run(1, 20)
    #expect(zoom([5] + run(0, 7) + [15] + run(0, 18) + rtp) == .media(offset: 27))
    #expect(zoom([5] + run(0, 7) + [16] + run(0, 23) + rtp) == .media(offset: 32))
    #expect(zoom([16] + run(0, 23) + rtp) == .media(offset: 24))
    #expect(zoom([5] + run(0, 7) + [17] + run(0, 23) + rtp) == nil)
  }

  @Test func zoomsSTUNIsToldByItsConstant() {
    #expect(isZoomSTUN(PayloadVector.zoomSTUN))
    var other = PayloadVector.zoomSTUN
    other[30] ^= 1
    #expect(!isZoomSTUN(other))
  }

  @Test func discordAsksForItsAddressAndKeepsItAlive() {
    let ask = hex("00010046 00001234") + run(0, 66)
    #expect(discord(ask, 74) == .discovery)
    let told = hex("00020046 00001234") + text("203.0.113.7") + run(0, 53) + hex("c350")
    #expect(discord(told, 74) == .address)
    #expect(discord(hex("1337cafe 0e000000"), 8) == .keepAlive)
    #expect(discord(hex("1337cafe 0e000000 00"), 9) == nil)
    #expect(discord((hex("00010046 00001234") + run(9, 66)), 74) == nil)
    #expect(discord((hex("00020046 00001234") + run(0, 66)), 74) == nil)
  }

  @Test func vibersTypesGoWithTheirLengths() throws {
    let ask = hex("edf6 09 00") + run(3, 16)
    let frame = try #require(viber(ask, 20))
    #expect(frame.id == 0xEDF6 && frame.pairs(with: 0x0B) && !frame.pairs(with: 0x09))
    #expect(viber(ask, 21) == nil)
    #expect(viber((hex("edf6 09 01") + run(3, 16)), 20) == nil)
    #expect(isViberSegment((hex("1800") + run(0, 22)), 24))
    #expect(!isViberSegment((hex("0018") + run(0, 22)), 24))
  }

  @Test func lookalikesOfMediaAreToldByWordAndLength() {
    #expect(lookalike((hex("b6120068") + run(1, 104)), 108) == .line)
    #expect(lookalike((hex("b6120068") + run(1, 105)), 109) == nil)
    #expect(lookalike((hex("b6130006") + run(1, 31)), 35) == .line)
    let probe = hex("89461a000000000000010000 017f5fc738e3") + run(1, 1_206)
    #expect(lookalike(probe, 1_224) == .imo)
    #expect(
      lookalike((hex("89461a000000000000010000 ff7f5fc738e3") + run(1, 1_206)), 1_224) == nil)
    #expect(lookalike((hex("0fe00010") + run(1, 32)), 36) == .apple)
    #expect(lookalike((hex("0fe00011") + run(1, 32)), 36) == nil)
    #expect(lookalike((hex("0fe20010") + run(1, 32)), 36) == nil)
  }

  @Test func googlesQUICNamesItsVersion() {
    #expect(googles((hex("0d 49bee2d3f0edccd6") + text("Q025") + run(1, 20))) == 0x5130_3235)
    #expect(googles((hex("c3") + text("Q046") + hex("50 d1a3abacf61c6cd1") + run(1, 20))) != nil)
    #expect(googles((hex("0d 49bee2d3f0edccd6") + text("Q0x5") + run(1, 20))) == nil)
    #expect(googles((hex("0c 49bee2d3f0edccd6") + text("Q025") + run(1, 20))) == nil)
  }

  @Test func userNamesOfICEHaveTheirForms() {
    func form(_ name: String) -> ICEUserForm { ICEUserForm(text(name).span) }
    #expect(form("abcd:EFGH") == .plain)
    #expect(form("abcdefghijklmnopqrstuvwxyz:EFGH") == .meet)
    // pion's fragments, whoever's server it is.
    #expect(form("abcdefghijklmnop:EFGH") == .plain)
    #expect(form("abcdefghijklmnopq:EFGHI") == .plain)
    #expect(form("00112233-4455-6677-8899-AABBCCDDEEFF:FFEEDDCC-BBAA-9988-7766-554433221100") == .zoom)
    #expect(form("00112233-4455-6677-8899-aabbccddeeff:FFEEDDCC-BBAA-9988-7766-554433221100") == .plain)
    #expect(form("EDGERAY_DEFAULT_USERNAME:EDGERAY_DEFAULT_USERNAME") == .edgeRay)
  }

  @Test func aCertificateTellsItsSubject() {
    let bytes = PayloadVector.serverCertificate
    guard case .subject(let range) = certificate(bytes) else {
      Issue.record("no subject")
      return
    }
    #expect(Array(bytes[range]) == text("calls.example"))
    #expect(certificate(Array(bytes.dropLast())) == .needMore)
    // Encrypted records follow a ServerHello of TLS 1.3.
    #expect(certificate((hex("1603030006 02000002 0303 1703030010") + run(1, 16))) == .absent)
    #expect(certificate(PayloadVector.tlsHello) == .absent)
  }

  @Test func mediaLinesTakeTheConnectionThatHoldsForThem() {
    let bytes = PayloadVector.sessionDescription
    var lines = SessionDescription()
    var found: [String] = []
    while let line = lines.next(in: bytes.span) {
      found.append(String(decoding: bytes[line.address], as: UTF8.self) + " \(line.port)")
    }
    #expect(found == ["192.0.2.1 49170", "2001:db8::5 51372"])
  }

  /// RFC 8866 section 6.7: for all media above the first m= line, for one below it.
  @Test func mediaLinesTakeTheDirectionThatHoldsForThem() {
    let bytes = text(
      "v=0\r\nc=IN IP4 192.0.2.1\r\na=sendonly\r\nm=audio 4000 RTP/AVP 0\r\na=ptime:20\r\nm=video 4002 RTP/AVP 99\r\n"
        + "a=inactive\r\nm=audio 4004 RTP/AVP 0\r\na=recvonly\r\nm=audio 4006 RTP/AVP 0\r\na=sendrecv\r\na=sendrecvx\r\n"
    )
    var lines = SessionDescription()
    var found: [SessionDescription.Direction] = []
    while let line = lines.next(in: bytes.span) { found.append(line.direction) }
    #expect(found == [.sends, [], .receives, .both])
    let plain = PayloadVector.sessionDescription
    lines = SessionDescription()
    let line = lines.next(in: plain.span)
    #expect(line?.direction == .both)
  }

  /// FIPS 197 appendix C.1.
  @Test func aBlockOfAES() throws {
    let block = try #require(cipher(hex("000102030405060708090a0b0c0d0e0f")))
    #expect(
      encrypt(block, hex("00112233445566778899aabbccddeeff")) == hex("69c4e0d86a7b0430d8cdb78070b4c55a"))
    #expect(cipher(hex("0001")) == nil)
  }

  @Test func framesOfAnInitialAreWalkedInAnyOrder() {
    let plain = hex("01 06 4005 02 aabb 00 00 02 00 00 00 00 06 00 03 010203 00 1c 06 00 01 ff")
    var frames = QUICCryptoFrames()
    var found: [String] = []
    while let frame = frames.next(in: plain.span) { found.append("\(frame.position) \(Array(plain[frame.data]))") }
    #expect(found == ["5 [170, 187]", "0 [1, 2, 3]"])
  }

  @Test func randomDatagramsAreNobodysFraming() {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    var wrong = 0
    for _ in 0..<100_000 {
      var bytes: [UInt8] = []
      while bytes.count < 96 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        bytes.append(UInt8(truncatingIfNeeded: state >> 56))
      }
      if discord(bytes, 74) != nil || lookalike(bytes, 108) != nil
        || googles(bytes) != nil || isZoomSTUN(bytes) || zoom(bytes) == .peer
      {
        wrong += 1
      }
    }
    #expect(wrong == 0)
  }
}
