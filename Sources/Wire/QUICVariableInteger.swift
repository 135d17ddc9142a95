// RFC 9000 section 16: the two top bits of the first byte say how many bytes there are.

/// A variable-length integer.
struct QUICVariableInteger {
  /// Value, below 2^62.
  let value: UInt64
  /// Bytes read: 1, 2, 4 or 8.
  let size: Int

  /// Reads the integer at `offset`; nil if it is cut.
  init?(_ bytes: Span<UInt8>, at offset: Int) {
    guard offset >= 0, offset < bytes.count else { return nil }
    let size = 1 << Int(bytes[offset] >> 6)
    guard size <= bytes.count &- offset else { return nil }
    var value = UInt64(bytes[offset] & 0x3F)
    for index in 1..<8 where index < size { value = value << 8 | UInt64(bytes[offset &+ index]) }
    self.value = value
    self.size = size
  }
}
