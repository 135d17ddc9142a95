/// One side's DTLS 1.2 records (RFC 6347) of a WebRTC handshake, with counted record and message numbers.
public struct DTLSSession: Sendable {
  private var epoch = 0
  private var recordNumber: UInt64 = 0
  /// Next record number of epoch 0, for retransmissions.
  private var flightNumber: UInt64 = 0
  private var messageNumber = 0
  private var generator: SeededGenerator

  /// A side that has sent nothing yet.
  public init(generator: SeededGenerator) {
    self.generator = generator
  }

  /// A ClientHello with use_srtp and no server name, in a DTLS 1.0 record as usual.
  public mutating func clientHello() -> [UInt8] {
    var body: [UInt8] = [0xFE, 0xFD] + generator.bytes(32) + [0, 0]
    body += HelloExtensions.vector16([
      0xC0, 0x2B, 0xC0, 0x2F, 0xCC, 0xA9, 0xCC, 0xA8, 0xC0, 0x09, 0xC0, 0x13, 0xC0, 0x0A,
    ])
    body += [1, 0]
    body += HelloExtensions.vector16(
      HelloExtensions.extendedMasterSecret + HelloExtensions.renegotiation + HelloExtensions.groups
        + HelloExtensions.pointFormats + HelloExtensions.signatureAlgorithms + HelloExtensions.useSRTP([7, 8, 1, 2]))
    return handshake(1, body, version: 0xFEFF)
  }

  /// ServerHello, Certificate, ServerKeyExchange, CertificateRequest and ServerHelloDone in one datagram.
  public mutating func serverFlight() -> [UInt8] {
    var hello: [UInt8] = [0xFE, 0xFD] + generator.bytes(32) + [0, 0xC0, 0x2B, 0]
    hello += HelloExtensions.vector16(
      HelloExtensions.extendedMasterSecret + HelloExtensions.renegotiation + HelloExtensions.pointFormats
        + HelloExtensions.useSRTP([1]))
    return handshake(2, hello) + certificate() + keyExchange() + handshake(13, [1, 64, 0, 4, 4, 3, 8, 4, 0, 0])
      + handshake(14, [])
  }

  /// Certificate, ClientKeyExchange, CertificateVerify, ChangeCipherSpec and the encrypted Finished.
  public mutating func clientFlight() -> [UInt8] {
    let exchange = [32] + generator.bytes(32)
    let verify = [4, 3] + HelloExtensions.vector16(CertificateBytes.signature(generator: &generator))
    return certificate() + handshake(16, exchange) + handshake(15, verify) + finish()
  }

  /// ChangeCipherSpec and the encrypted Finished.
  public mutating func finish() -> [UInt8] {
    let change = record(20, [1])
    epoch = 1
    recordNumber = 0
    return change + record(22, encrypted(24))
  }

  /// A flight once more: the same messages in records with new numbers (RFC 6347 §4.2.4). What is encrypted stays as it is.
  public mutating func renumbered(_ flight: [UInt8]) -> [UInt8] {
    var result = flight
    var offset = 0
    while offset + 13 <= result.count, result.read16(at: offset + 3) == 0 {
      result.set16(Int(flightNumber >> 16), at: offset + 7)
      result.set16(Int(flightNumber & 0xFFFF), at: offset + 9)
      flightNumber += 1
      offset += 13 + result.read16(at: offset + 11)
    }
    return result
  }

  /// Encrypted data of the given length.
  public mutating func applicationData(_ length: Int) -> [UInt8] { record(23, encrypted(length)) }

  /// The encrypted close_notify alert of a hang-up.
  public mutating func closeNotify() -> [UInt8] { record(21, encrypted(2)) }

  /// An AES-GCM record body: the explicit nonce, which is epoch and record number, then ciphertext and tag (RFC 5288).
  private mutating func encrypted(_ length: Int) -> [UInt8] {
    var body: [UInt8] = []
    body.append64(UInt64(epoch) << 48 | recordNumber)
    return body + generator.bytes(length + 16)
  }

  private mutating func certificate() -> [UInt8] {
    let bytes = CertificateBytes.selfSigned(commonName: "WebRTC", generator: &generator)
    var body: [UInt8] = []
    body.append24(bytes.count + 3)
    body.append24(bytes.count)
    return handshake(11, body + bytes)
  }

  private mutating func keyExchange() -> [UInt8] {
    let body = [3, 0, 29, 32] + generator.bytes(32) + [4, 3]
    return handshake(12, body + HelloExtensions.vector16(CertificateBytes.signature(generator: &generator)))
  }

  private mutating func handshake(_ type: UInt8, _ body: [UInt8], version: Int = 0xFEFD) -> [UInt8] {
    var message: [UInt8] = [type]
    message.append24(body.count)
    message.append16(messageNumber)
    message.append24(0)
    message.append24(body.count)
    messageNumber += 1
    return record(22, message + body, version: version)
  }

  private mutating func record(_ type: UInt8, _ body: [UInt8], version: Int = 0xFEFD) -> [UInt8] {
    var result: [UInt8] = [type]
    result.append16(version)
    result.append16(epoch)
    result.append16(Int(recordNumber >> 32))
    result.append32(UInt32(truncatingIfNeeded: recordNumber))
    result.append16(body.count)
    recordNumber += 1
    if epoch == 0 { flightNumber = recordNumber }
    return result + body
  }
}
