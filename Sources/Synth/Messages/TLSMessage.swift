/// TLS 1.3 records as a passive reader sees them (RFC 8446).
public enum TLSMessage {
  /// A ClientHello with the server's name.
  public static func clientHello(serverName: String, generator: inout SeededGenerator) -> [UInt8] {
    var body: [UInt8] = [3, 3] + generator.bytes(32) + [32] + generator.bytes(32)
    body += HelloExtensions.vector16([
      0x13, 0x01, 0x13, 0x02, 0x13, 0x03, 0xC0, 0x2B, 0xC0, 0x2F, 0xC0, 0x2C, 0xC0, 0x30,
    ])
    body += [1, 0]
    let protocols: [UInt8] = [0, 12, 2] + Array("h2".utf8) + [8] + Array("http/1.1".utf8)
    let keyShare: [UInt8] = [0, 36, 0, 29, 0, 32] + generator.bytes(32)
    var extensions = HelloExtensions.serverName(serverName) + HelloExtensions.extendedMasterSecret
    extensions += HelloExtensions.renegotiation + HelloExtensions.groups + HelloExtensions.pointFormats
    extensions += HelloExtensions.item(16, protocols) + HelloExtensions.signatureAlgorithms
    extensions += HelloExtensions.item(43, [4, 3, 4, 3, 3]) + HelloExtensions.item(45, [1, 1])
    extensions += HelloExtensions.item(51, keyShare)
    // Padded to the usual 517 bytes (RFC 7685).
    let padding = 512 - 4 - body.count - 2 - extensions.count - 4
    if padding > 0 { extensions += HelloExtensions.item(21, [UInt8](repeating: 0, count: padding)) }
    return record(22, handshake(1, body + HelloExtensions.vector16(extensions)), version: 1)
  }

  /// ServerHello, ChangeCipherSpec and the encrypted certificate flight.
  public static func serverFlight(generator: inout SeededGenerator) -> [UInt8] {
    var body: [UInt8] = [3, 3] + generator.bytes(32) + [32] + generator.bytes(32) + [0x13, 0x01, 0]
    body += HelloExtensions.vector16(
      HelloExtensions.item(43, [3, 4]) + HelloExtensions.item(51, [0, 29, 0, 32] + generator.bytes(32)))
    return record(22, handshake(2, body)) + record(20, [1]) + applicationData(42, generator: &generator)
      + applicationData(2_420, generator: &generator) + applicationData(281, generator: &generator)
      + applicationData(69, generator: &generator)
  }

  /// ChangeCipherSpec and the client's encrypted Finished.
  public static func clientFinish(generator: inout SeededGenerator) -> [UInt8] {
    record(20, [1]) + applicationData(69, generator: &generator)
  }

  /// A record of ciphertext.
  public static func applicationData(_ length: Int, generator: inout SeededGenerator) -> [UInt8] {
    record(23, generator.bytes(length))
  }

  private static func handshake(_ type: UInt8, _ body: [UInt8]) -> [UInt8] {
    var message: [UInt8] = [type]
    message.append24(body.count)
    return message + body
  }

  private static func record(_ type: UInt8, _ body: [UInt8], version: UInt8 = 3) -> [UInt8] {
    [type, 3, version] + HelloExtensions.vector16(body)
  }
}
