/// A ClientHello by what it offers, to be sent whole or in pieces.
public struct MadeHello: Sendable {
  /// legacy_version.
  public var version: UInt16 = 0x0303
  /// Cipher suites.
  public var ciphers: [UInt16] = [0x1301, 0x1302]
  /// Extensions in order: type and data.
  public var extensions: [(type: UInt16, data: [UInt8])] = []

  /// Two cipher suites, no extension.
  public init() {}

  /// server_name.
  public static func serverName(_ name: String) -> (type: UInt16, data: [UInt8]) {
    let text = Array(name.utf8)
    return (0, word(text.count + 3) + [0] + word(text.count) + text)
  }

  /// ALPN by its protocols.
  public static func protocols(_ names: [[UInt8]]) -> (type: UInt16, data: [UInt8]) {
    let list = names.flatMap { [UInt8($0.count)] + $0 }
    return (16, word(list.count) + list)
  }

  /// signature_algorithms.
  public static func signatures(_ algorithms: [UInt16]) -> (type: UInt16, data: [UInt8]) {
    (13, word(algorithms.count * 2) + algorithms.flatMap { word(Int($0)) })
  }

  /// supported_versions.
  public static func versions(_ versions: [UInt16]) -> (type: UInt16, data: [UInt8]) {
    (43, [UInt8(versions.count * 2)] + versions.flatMap { word(Int($0)) })
  }

  /// The hello of JA4's definition (FoxIO, technical_details/JA4.md, "Example"), with GREASE among all of its lists.
  public static var published: MadeHello {
    var hello = MadeHello()
    hello.ciphers = [
      0x0A0A, 0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013, 0xC014, 0x009C, 0x009D,
      0x002F, 0x0035,
    ]
    hello.extensions = [
      (0x7A7A, []), (0x001B, [2, 0, 2]), serverName("example.com"), (0x0033, [0, 0]),
      protocols([Array("h2".utf8), Array("http/1.1".utf8)]), (0x4469, []), (0x0017, []), (0x002D, [1, 1]),
      signatures([0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601]), (0x0005, [1, 0, 0, 0, 0]),
      (0x0023, []), (0x0012, []), versions([0xFAFA, 0x0304, 0x0303]), (0xFF01, [0]), (0x000B, [1, 0]),
      (0x000A, [0, 4, 0x3A, 0x3A, 0, 29]), (0x0015, [0, 0, 0]), (0xDADA, [0]),
    ]
    return hello
  }

  /// Its fingerprint there.
  public static let publishedJA4 = "t13d1516h2_8daaf6152771_e5627efa2ab1"

  private static func word(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)] }

  /// The message's body; of DTLS with a cookie, which may be empty.
  public func body(cookie: [UInt8]? = nil) -> [UInt8] {
    var body = Self.word(Int(version)) + [UInt8](repeating: 0x42, count: 32) + [0]
    if let cookie { body += [UInt8(cookie.count)] + cookie }
    body += Self.word(ciphers.count * 2) + ciphers.flatMap { Self.word(Int($0)) } + [1, 0]
    guard !extensions.isEmpty else { return body }
    let list = extensions.flatMap { Self.word(Int($0.type)) + Self.word($0.data.count) + $0.data }
    return body + Self.word(list.count) + list
  }

  /// The message as TLS has it.
  public var message: [UInt8] {
    let body = body()
    return [1, UInt8(body.count >> 16)] + Self.word(body.count & 0xFFFF) + body
  }

  /// In one record.
  public var record: [UInt8] { [22, 3, 1] + Self.word(message.count) + message }

  /// DTLS records of epoch 0 with the message's parts of at most `size` bytes, one each.
  public func fragments(of size: Int, number: UInt16 = 0, cookie: [UInt8] = []) -> [[UInt8]] {
    let body = body(cookie: cookie)
    func triple(_ value: Int) -> [UInt8] { [UInt8(value >> 16)] + Self.word(value & 0xFFFF) }
    return stride(from: 0, to: body.count, by: size).map { start in
      let part = body[start..<min(start + size, body.count)]
      let handshake = [1] + triple(body.count) + Self.word(Int(number)) + triple(start) + triple(part.count) + part
      return [22, 0xFE, 0xFF, 0, 0, 0, 0, 0, 0, 0, UInt8(start / size)] + Self.word(handshake.count) + handshake
    }
  }
}
