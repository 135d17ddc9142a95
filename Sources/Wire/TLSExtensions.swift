// RFC 8446 section 4.2: extensions are type, length, data, behind a length of their own.

/// Walks the extensions of a hello; ends at the first one that does not fit.
struct TLSExtensions {
  /// server_name.
  static let serverName: UInt16 = 0
  /// signature_algorithms.
  static let signatureAlgorithms: UInt16 = 13
  /// use_srtp (RFC 5764).
  static let useSRTP: UInt16 = 14
  /// application_layer_protocol_negotiation.
  static let protocols: UInt16 = 16
  /// supported_versions.
  static let supportedVersions: UInt16 = 43
  /// encrypted_client_hello.
  static let encryptedClientHello: UInt16 = 0xFE0D

  private var offset: Int
  private let end: Int

  /// Over the bytes from `start` to `end` of a hello.
  init(start: Int, end: Int) {
    self.offset = start
    self.end = end
  }

  /// The next extension; its data may be cut by the end of `hello`.
  mutating func next(in hello: Span<UInt8>) -> (type: UInt16, data: Range<Int>)? {
    guard offset &+ 4 <= end, offset &+ 4 <= hello.count else { return nil }
    let head = hello.extracting(offset..<(offset &+ 4))
    let start = offset &+ 4
    let dataEnd = start &+ Int(head.uint16(at: 2))
    guard dataEnd <= end else { return nil }
    offset = dataEnd
    return (head.uint16(at: 0), start..<Swift.min(dataEnd, hello.count))
  }

  /// The host name's range in a server_name extension (RFC 6066 section 3); nil unless it lies whole in `data`.
  static func hostName(_ data: Range<Int>, in hello: Span<UInt8>) -> Range<Int>? {
    guard data.count >= 5 else { return nil }
    let head = hello.extracting(data.lowerBound..<(data.lowerBound &+ 5))
    let start = data.lowerBound &+ 5
    let end = start &+ Int(head.uint16(at: 3))
    guard head[2] == 0, end > start, end <= data.upperBound else { return nil }
    return start..<end
  }

  /// The first name in an ALPN extension (RFC 7301 section 3.1).
  static func firstProtocol(_ data: Range<Int>, in hello: Span<UInt8>) -> Range<Int>? {
    guard data.count >= 3 else { return nil }
    let start = data.lowerBound &+ 3
    let end = start &+ Int(hello[data.lowerBound &+ 2])
    guard end > start, end <= data.upperBound else { return nil }
    return start..<end
  }

  /// Whether a client's supported_versions lists `version`.
  static func lists(_ version: UInt16, _ data: Range<Int>, in hello: Span<UInt8>) -> Bool {
    var index = data.lowerBound &+ 1
    while index &+ 2 <= data.upperBound {
      if hello.extracting(index..<(index &+ 2)).uint16(at: 0) == version { return true }
      index &+= 2
    }
    return false
  }
}
