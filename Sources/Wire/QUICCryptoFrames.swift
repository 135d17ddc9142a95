// RFC 9000 sections 12.4 and 19: the frames an Initial packet may hold.

/// Walks the CRYPTO frames of a decrypted Initial.
public struct QUICCryptoFrames: Sendable {
  private var offset = 0

  /// From the start of the plaintext.
  public init() {}

  /// The next CRYPTO frame: its place in the handshake's stream, and its data in `plain`; nil at the end, and where a
  /// frame is malformed or does not belong into an Initial.
  public mutating func next(in plain: Span<UInt8>) -> (position: Int, data: Range<Int>)? {
    while offset < plain.count {
      let type = plain[offset]
      offset &+= 1
      switch type {
      case 0x00, 0x01: continue
      case 0x02, 0x03:
        guard skipAcknowledgment(plain, counts: type == 0x03) else { return end(plain) }
      case 0x06:
        guard let position = integer(plain), let length = integer(plain), position < 1 << 20,
          length <= plain.count &- offset
        else { return end(plain) }
        let data = offset..<(offset &+ length)
        offset &+= length
        return (position, data)
      default: return end(plain)
      }
    }
    return nil
  }

  private mutating func end(_ plain: Span<UInt8>) -> (position: Int, data: Range<Int>)? {
    offset = plain.count
    return nil
  }

  /// Largest, delay, count of ranges, first range, then gap and length each; with type 3 three counts of ECN.
  private mutating func skipAcknowledgment(_ plain: Span<UInt8>, counts: Bool) -> Bool {
    guard integer(plain) != nil, integer(plain) != nil, let ranges = integer(plain), integer(plain) != nil else {
      return false
    }
    guard ranges <= plain.count else { return false }
    for _ in 0..<(ranges &* 2 &+ (counts ? 3 : 0)) where integer(plain) == nil { return false }
    return true
  }

  private mutating func integer(_ plain: Span<UInt8>) -> Int? {
    guard let field = QUICVariableInteger(plain, at: offset), field.value <= UInt64(Int32.max) else { return nil }
    offset &+= field.size
    return Int(field.value)
  }
}
