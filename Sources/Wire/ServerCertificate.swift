// RFC 5246 section 7.4.2 and RFC 5280 section 4.1: the server's certificate, in clear up to TLS 1.2.

/// What the first bytes of a TLS server show of its certificate.
public enum ServerCertificate: Equatable, Sendable {
  /// None: TLS 1.3, a resumed session, or no TLS.
  case absent
  /// More of the stream is needed.
  case needMore
  /// The certificate's common name lies there in the stream, a leading "*." left out.
  case subject(Range<Int>)

  /// Longest stream looked through for the subject of the first certificate.
  public static let longestStream = 8_192

  /// Reads the server's first bytes: records of the handshake up to the first certificate's subject.
  public static func read(_ stream: Span<UInt8>) -> ServerCertificate {
    var record = 0
    while true {
      guard record &+ 9 <= stream.count else { return stream.count < longestStream ? .needMore : .absent }
      let head = stream.extracting(record..<(record &+ 9))
      guard head[0] == 22, head[1] == 3, head[2] <= 4 else { return .absent }
      let end = record &+ 5 &+ Int(head.uint16(at: 3))
      var message = record &+ 5
      while message &+ 4 <= end {
        guard message &+ 4 <= stream.count else { return .needMore }
        let type = stream[message]
        let length = Int(stream.extracting((message &+ 1)..<(message &+ 4)).uint24(at: 0))
        if type == 11 { return subject(stream, message &+ 10) }
        // A ServerHello comes before, and nothing else.
        guard type == 2 else { return .absent }
        message &+= 4 &+ length
      }
      guard message == end else { return .absent }
      record = end
    }
  }

  private enum Step {
    case needMore, malformed
    case value(tag: UInt8, start: Int, end: Int)
  }

  /// Tag and content of the DER element at `offset`.
  private static func element(_ bytes: Span<UInt8>, _ offset: Int) -> Step {
    guard offset &+ 2 <= bytes.count else { return .needMore }
    let first = bytes[offset &+ 1]
    if first < 0x80 { return .value(tag: bytes[offset], start: offset &+ 2, end: offset &+ 2 &+ Int(first)) }
    let size = Int(first & 0x7F)
    guard size == 1 || size == 2 else { return .malformed }
    guard offset &+ 2 &+ size <= bytes.count else { return .needMore }
    let length =
      size == 1 ? Int(bytes[offset &+ 2]) : Int(bytes.extracting((offset &+ 2)..<(offset &+ 4)).uint16(at: 0))
    return .value(tag: bytes[offset], start: offset &+ 2 &+ size, end: offset &+ 2 &+ size &+ length)
  }

  private static func subject(_ stream: Span<UInt8>, _ certificate: Int) -> ServerCertificate {
    var offset = certificate
    // Certificate and TBSCertificate are entered; version, serial number, signature, issuer, validity are passed over.
    var passed = 0
    for depth in 0..<2 {
      switch element(stream, offset) {
      case .needMore: return .needMore
      case .malformed: return .absent
      case .value(let tag, let start, _):
        guard tag == 0x30, depth < 2 else { return .absent }
        offset = start
      }
    }
    while passed < 4 {
      switch element(stream, offset) {
      case .needMore: return .needMore
      case .malformed: return .absent
      case .value(let tag, _, let end):
        // [0] is the version, which version 1 leaves out; the serial number is the one integer.
        guard tag == 0xA0 || tag == 0x02 || tag == 0x30 else { return .absent }
        if tag == 0x30 { passed += 1 }
        if passed == 4 { return commonName(stream, offset) }
        offset = end
      }
    }
    return .absent
  }

  private static func commonName(_ stream: Span<UInt8>, _ subject: Int) -> ServerCertificate {
    guard case .value(_, var offset, let end) = element(stream, subject) else { return .needMore }
    guard end <= stream.count else { return stream.count < longestStream ? .needMore : .absent }
    var found: Range<Int>?
    while offset < end {
      // SET, SEQUENCE, OBJECT IDENTIFIER 2.5.4.3, a string.
      guard case .value(0x31, let set, let next) = element(stream, offset), next <= end else { break }
      if case .value(0x30, let pair, _) = element(stream, set),
        case .value(0x06, let type, let typeEnd) = element(stream, pair), typeEnd &- type == 3, typeEnd <= next,
        stream[type] == 0x55, stream[type &+ 1] == 4, stream[type &+ 2] == 3,
        case .value(_, let text, let textEnd) = element(stream, typeEnd), textEnd <= next
      {
        found = text..<textEnd
      }
      offset = next
    }
    guard var range = found else { return .absent }
    if range.count > 2, stream[range.lowerBound] == 0x2A, stream[range.lowerBound &+ 1] == 0x2E {
      range = (range.lowerBound &+ 2)..<range.upperBound
    }
    for index in range where stream[index] <= 0x20 || stream[index] >= 0x7F { return .absent }
    return range.isEmpty ? .absent : .subject(range)
  }
}
