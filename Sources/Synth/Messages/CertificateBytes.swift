/// A self-signed certificate in shape (RFC 5280): what a WebRTC endpoint shows in a DTLS 1.2 handshake. It verifies nowhere.
enum CertificateBytes {
  static func selfSigned(commonName: String, generator: inout SeededGenerator) -> [UInt8] {
    let ecdsaWithSHA256 = der(0x30, der(0x06, [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02]))
    let name = der(0x30, der(0x31, der(0x30, der(0x06, [0x55, 0x04, 0x03]) + der(0x0C, Array(commonName.utf8)))))
    let validity = der(0x30, der(0x17, Array("260101000000Z".utf8)) + der(0x17, Array("260201000000Z".utf8)))
    let publicKey = der(
      0x30,
      der(
        0x30,
        der(0x06, [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01])
          + der(0x06, [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]))
        + der(0x03, [0, 4] + generator.bytes(64)))
    let serial = der(0x02, [0x4B] + generator.bytes(7))
    let body = der(0x30, serial + ecdsaWithSHA256 + name + validity + name + publicKey)
    return der(0x30, body + ecdsaWithSHA256 + der(0x03, [0] + signature(generator: &generator)))
  }

  /// An ECDSA signature in shape: two 32-byte numbers.
  static func signature(generator: inout SeededGenerator) -> [UInt8] {
    der(0x30, der(0x02, [0x2B] + generator.bytes(31)) + der(0x02, [0x51] + generator.bytes(31)))
  }

  private static func der(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
    if content.count < 128 { return [tag, UInt8(content.count)] + content }
    if content.count < 256 { return [tag, 0x81, UInt8(content.count)] + content }
    return [tag, 0x82, UInt8(content.count >> 8), UInt8(content.count & 0xFF)] + content
  }
}
