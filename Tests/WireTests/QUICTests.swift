import Testing
import Wire

@Suite struct QUICTests {
  @Test func clientInitial() throws {
    let bytes = PayloadVector.quicInitial
    let header = try #require(QUICLongHeader(bytes, wireLength: 1_200))
    #expect(header.version == 1)
    #expect(header.type == .initial)
    #expect(Array(bytes[header.destinationID]) == hex("8394c8f03e515708"))
    #expect(header.sourceID.isEmpty)
    #expect(header.tokenLength == 0)
    #expect(header.length == 1_182)
    #expect(header.packetNumberOffset == 18)
    #expect(header.end == 1_200)
    // Cut by the capture it reads the same; shorter on the wire it is no QUIC.
    #expect(QUICLongHeader(bytes[0..<96], wireLength: 1_200)?.length == 1_182)
    #expect(QUICLongHeader(bytes, wireLength: 1_199) == nil)
  }

  @Test func serverInitial() throws {
    let bytes = PayloadVector.quicServerInitial
    let header = try #require(QUICLongHeader(bytes, wireLength: bytes.count))
    #expect(header.destinationID.isEmpty)
    #expect(Array(bytes[header.sourceID]) == hex("f067a5502a4262b5"))
    #expect(header.length == 117)
    #expect(header.end == 135)
  }

  @Test func retry() throws {
    let bytes = PayloadVector.quicRetry
    let header = try #require(QUICLongHeader(bytes, wireLength: bytes.count))
    #expect(header.type == .retry)
    #expect(header.tokenLength == 5)
    #expect(Array(bytes[header.sourceID]) == hex("f067a5502a4262b5"))
  }

  /// RFC 9369 section 3.2: version 2 numbers its types from Retry on.
  @Test(arguments: [
    ("d3", QUICPacketType.initial), ("e3", .zeroRTT), ("f3", .handshake), ("c3", .retry),
  ]) func version2(first: String, type: QUICPacketType) throws {
    let token = type == .initial ? "00" : ""
    let bytes = hex("\(first)6b3343cf 02 1122 01 33 \(token) 4014") + run(0, 20)
    let header = try #require(QUICLongHeader(bytes, wireLength: bytes.count))
    #expect(header.type == type)
    #expect(header.version == 0x6B33_43CF)
  }

  @Test(arguments: [
    ("c3", QUICPacketType.initial), ("d3", .zeroRTT), ("e3", .handshake), ("f3", .retry),
  ]) func version1(first: String, type: QUICPacketType) throws {
    let token = type == .initial ? "00" : ""
    let bytes = hex("\(first)00000001 02 1122 01 33 \(token) 4014") + run(0, 20)
    #expect(try #require(QUICLongHeader(bytes, wireLength: bytes.count)).type == type)
  }

  @Test func tokenAndDraft() throws {
    let bytes = hex("c3ff00001d 02 1122 01 33 03 aabbcc 4014") + run(0, 20)
    let header = try #require(QUICLongHeader(bytes, wireLength: bytes.count))
    #expect(header.tokenLength == 3)
    #expect(Array(bytes[header.token]) == hex("aabbcc"))
    #expect(header.packetNumberOffset == 16)
  }

  @Test func greasedFixedBit() throws {
    let bytes = hex("83 00000001 02 1122 01 33 00 4014") + run(0, 20)
    #expect(try #require(QUICLongHeader(bytes, wireLength: bytes.count)).type == .initial)
  }

  @Test func versionNegotiation() throws {
    let bytes = hex("80 00000000 02 1122 01 33 00000001 6b3343cf")
    #expect(try #require(QUICLongHeader(bytes, wireLength: bytes.count)).type == .versionNegotiation)
    #expect(QUICLongHeader(bytes[0..<15], wireLength: 15) == nil)
  }

  @Test(arguments: [
    // Short header; unknown version; connection ids too long; token and length beyond the datagram.
    "40 00000001 02 1122 01 33 00 4014", "c3 00000003 02 1122 01 33 00 4014",
    "c3 00000001 15 1122 01 33 00 4014", "c3 00000001 02 1122 15 33 00 4014", "c3 00000001 02 1122 01 33 7fff 4014",
    "c3 00000001 02 1122 01 33 00 4015", "c3 00000001 02 1122 01 33 ffffffffffffffff 4014",
    "c3 00000001 02 1122 01 33 00 10",
  ]) func refused(header: String) {
    let bytes = hex(header) + run(0, 20)
    #expect(QUICLongHeader(bytes, wireLength: bytes.count) == nil)
  }
}
