/// Parts that TLS and DTLS hellos share.
enum HelloExtensions {
  static func item(_ type: Int, _ body: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.append16(type)
    result.append16(body.count)
    return result + body
  }

  static func serverName(_ name: String) -> [UInt8] {
    var body: [UInt8] = []
    body.append16(name.utf8.count + 3)
    body.append(0)
    body.append16(name.utf8.count)
    return item(0, body + Array(name.utf8))
  }

  /// RFC 5764 §4.1.1: protection profiles and an empty MKI.
  static func useSRTP(_ profiles: [Int]) -> [UInt8] {
    var body: [UInt8] = []
    body.append16(profiles.count * 2)
    for profile in profiles { body.append16(profile) }
    return item(14, body + [0])
  }

  /// Groups X25519, P-256, P-384.
  static let groups = item(10, [0, 6, 0, 29, 0, 23, 0, 24])
  static let pointFormats = item(11, [1, 0])
  static let signatureAlgorithms = item(13, [0, 8, 4, 3, 8, 4, 4, 1, 5, 3])
  static let extendedMasterSecret = item(23, [])
  static let renegotiation = item(0xFF01, [0])

  static func vector16(_ body: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.append16(body.count)
    return result + body
  }
}
