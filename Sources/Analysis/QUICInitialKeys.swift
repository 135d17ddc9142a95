internal import Crypto
internal import Wire

/// Keys of a client's Initial packets: anyone who sees the first connection id can derive them (RFC 9001 section 5.2).
struct QUICInitialKeys {
  /// AEAD key, 16 bytes.
  let key: [UInt8]
  /// AEAD nonce base, 12 bytes.
  let nonce: [UInt8]
  /// Header protection key, 16 bytes.
  let headerKey: [UInt8]
  private let header: AESBlock

  /// The keys of `version` for a client's first destination connection id, the client's own unless `ofServer`; nil for
  /// versions whose salt is unknown.
  init?(version: UInt32, connectionID: Span<UInt8>, ofServer: Bool = false) {
    guard let salt = Self.salt(version) else { return nil }
    var id: [UInt8] = []
    for index in 0..<connectionID.count { id.append(connectionID[index]) }
    let initial = HKDF<SHA256>.extract(inputKeyMaterial: SymmetricKey(data: id), salt: salt)
    let client = Self.expand(SymmetricKey(data: Array(initial)), ofServer ? "server in" : "client in", 32)
    // RFC 9369 section 3.3.2.
    let prefix = version == 0x6B33_43CF ? "quicv2 " : "quic "
    let secret = SymmetricKey(data: client)
    key = Self.expand(secret, prefix + "key", 16)
    nonce = Self.expand(secret, prefix + "iv", 12)
    let headerKey = Self.expand(secret, prefix + "hp", 16)
    guard let header = AESBlock(headerKey.span) else { return nil }
    self.headerKey = headerKey
    self.header = header
  }

  /// The frames of an Initial that begins at `packet`'s start; nil if it was cut, or the keys are not its.
  func open(_ packet: Span<UInt8>, _ outline: QUICLongHeader) -> [UInt8]? {
    let start = outline.packetNumberOffset
    guard outline.end <= packet.count, outline.length >= 20 else { return nil }
    let mask = header.encrypt(packet.extracting((start &+ 4)..<(start &+ 20)))
    let first = packet[0] ^ (mask[0] & 0x0F)
    let numberLength = Int(first & 3) &+ 1
    var associated: [UInt8] = [first]
    for index in 1..<(start &+ numberLength) { associated.append(packet[index]) }
    var unique = nonce
    for index in 0..<numberLength {
      associated[start + index] ^= mask[1 + index]
      unique[12 - numberLength + index] ^= associated[start + index]
    }
    var sealed: [UInt8] = []
    sealed.reserveCapacity(outline.length)
    for index in (start &+ numberLength)..<outline.end { sealed.append(packet[index]) }
    guard sealed.count > 16, let number = try? AES.GCM.Nonce(data: unique),
      let box = try? AES.GCM.SealedBox(nonce: number, ciphertext: sealed.dropLast(16), tag: sealed.suffix(16)),
      let plain = try? AES.GCM.open(box, using: SymmetricKey(data: key), authenticating: associated)
    else { return nil }
    return [UInt8](plain)
  }

  /// HKDF-Expand-Label of TLS 1.3 with an empty context (RFC 8446 section 7.1).
  private static func expand(_ secret: SymmetricKey, _ label: String, _ length: Int) -> [UInt8] {
    let text = Array("tls13 ".utf8) + Array(label.utf8)
    let info = [UInt8(length >> 8), UInt8(length & 0xFF), UInt8(text.count)] + text + [0]
    // One block of RFC 5869 section 2.3 is 32 bytes, and no more is asked for.
    return Array(HMAC<SHA256>.authenticationCode(for: info + [1], using: secret).prefix(length))
  }

  private static func salt(_ version: UInt32) -> [UInt8]? {
    switch version {
    // RFC 9001 section 5.2; drafts 33 and 34 have it already.
    case 0x0000_0001, 0xFF00_0021, 0xFF00_0022:
      [
        0x38, 0x76, 0x2C, 0xF7, 0xF5, 0x59, 0x34, 0xB3, 0x4D, 0x17, 0x9A, 0xE6, 0xA4, 0xC8, 0x0C, 0xAD, 0xCC, 0xBB,
        0x7F,
        0x0A,
      ]
    // RFC 9369 section 3.3.1.
    case 0x6B33_43CF:
      [
        0x0D, 0xED, 0xE3, 0xDE, 0xF7, 0x00, 0xA6, 0xDB, 0x81, 0x93, 0x81, 0xBE, 0x6E, 0x26, 0x9D, 0xCB, 0xF9, 0xBD,
        0x2E,
        0xD9,
      ]
    // draft-ietf-quic-tls-29 section 5.2, to draft 32.
    case 0xFF00_001D...0xFF00_0020:
      [
        0xAF, 0xBF, 0xEC, 0x28, 0x99, 0x93, 0xD2, 0x4C, 0x9E, 0x97, 0x86, 0xF1, 0x9C, 0x61, 0x11, 0xE0, 0x43, 0x90,
        0xA8,
        0x99,
      ]
    // draft-ietf-quic-tls-23 section 5.2, to draft 28; Facebook's mvfst of draft 27.
    case 0xFF00_0017...0xFF00_001C, 0xFACE_B002:
      [
        0xC3, 0xEE, 0xF7, 0x12, 0xC7, 0x2E, 0xBB, 0x5A, 0x11, 0xA7, 0xD2, 0x43, 0x2B, 0xB4, 0x63, 0x65, 0xBE, 0xF9,
        0xF5,
        0x02,
      ]
    default: nil
    }
  }
}
