import Testing
import Wire

@testable import Analysis

/// Keys and packets of RFC 9001 appendix A and RFC 9369 appendix A, for the connection id 8394c8f03e515708.
@Suite struct QUICInitialTests {
  private let id = Self.bytes("8394c8f03e515708")

  private static func bytes(_ text: String) -> [UInt8] {
    var result: [UInt8] = []
    var high: UInt8?
    for character in text {
      guard let digit = character.hexDigitValue.map({ UInt8($0) }) else { continue }
      if let first = high {
        result.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    return result
  }

  private func keys(_ version: UInt32, ofServer: Bool = false) -> QUICInitialKeys? {
    QUICInitialKeys(version: version, connectionID: id.span, ofServer: ofServer)
  }

  private func open(_ packet: [UInt8], _ keys: QUICInitialKeys, _ header: QUICLongHeader) -> [UInt8]? {
    keys.open(packet.span, header)
  }

  private func header(_ packet: [UInt8]) -> QUICLongHeader? {
    QUICLongHeader(packet.span, wireLength: packet.count)
  }

  @Test func keysOfVersion1() throws {
    let client = try #require(keys(1))
    #expect(client.key == Self.bytes("1f369613dd76d5467730efcbe3b1a22d"))
    #expect(client.nonce == Self.bytes("fa044b2f42a3fd3b46fb255c"))
    #expect(client.headerKey == Self.bytes("9f50449e04a0e810283a1e9933adedd2"))
    let server = try #require(keys(1, ofServer: true))
    #expect(server.key == Self.bytes("cf3a5331653c364c88f0f379b6067e37"))
    #expect(server.nonce == Self.bytes("0ac1493ca1905853b0bba03e"))
    #expect(server.headerKey == Self.bytes("c206b8d9b9f0f37644430b490eeaa314"))
  }

  @Test func keysOfVersion2() throws {
    let client = try #require(keys(0x6B33_43CF))
    #expect(client.key == Self.bytes("8b1a0bc121284290a29e0971b5cd045d"))
    #expect(client.nonce == Self.bytes("91f73e2351d8fa91660e909f"))
    #expect(client.headerKey == Self.bytes("45b95e15235d6f45a6b19cbcb0294ba9"))
    #expect(keys(0xFACE_B00E) == nil)
  }

  /// RFC 9001 appendix A.3: the server's Initial; header protection and AEAD come off.
  @Test func aServersInitialOpens() throws {
    let packet = Self.bytes(
      """
      cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3e
      c2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84022f8ef4cdd93795d77d06edbb7aaf2f58891850
      abbdca3d20398c276456cbc42158407dd074ee
      """)
    let outline = try #require(header(packet))
    let server = try #require(keys(1, ofServer: true))
    let plain = try #require(open(packet, server, outline))
    #expect(Array(plain.prefix(10)) == Self.bytes("02000000000600405a02"))
    var changed = packet
    changed[60] ^= 1
    #expect(open(changed, server, outline) == nil)
    for length in 0..<packet.count { #expect(open(Array(packet[0..<length]), server, outline) == nil) }
  }
}
