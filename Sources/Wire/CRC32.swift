// ITU-T V.42 CRC-32, reflected polynomial 0xEDB88320, as RFC 8489 section 14.7 asks for FINGERPRINT.

/// CRC-32 over bytes, eight at a time: byte-wise is bound by the latency of a load per byte.
enum CRC32 {
  /// Eight tables of 256: table k holds the CRC of a byte followed by k zero bytes.
  private static let tables: InlineArray<2048, UInt32> = {
    var tables = InlineArray<2048, UInt32>(repeating: 0)
    for byte in 0..<256 {
      var value = UInt32(byte)
      for _ in 0..<8 { value = value & 1 == 0 ? value >> 1 : value >> 1 ^ 0xEDB8_8320 }
      tables[byte] = value
    }
    for index in 256..<2048 {
      let before = tables[index - 256]
      tables[index] = before >> 8 ^ tables[Int(before & 0xFF)]
    }
    return tables
  }()

  /// The checksum of `bytes`.
  static func checksum(_ bytes: Span<UInt8>) -> UInt32 {
    var value: UInt32 = 0xFFFF_FFFF
    var offset = 0
    while offset &+ 8 <= bytes.count {
      let chunk = bytes.extracting(offset..<(offset &+ 8))
      let low = value ^ chunk.uint32(at: 0).byteSwapped
      let high = chunk.uint32(at: 4).byteSwapped
      value = lookUp(7, low) ^ lookUp(6, low >> 8) ^ lookUp(5, low >> 16) ^ lookUp(4, low >> 24)
      value ^= lookUp(3, high) ^ lookUp(2, high >> 8) ^ lookUp(1, high >> 16) ^ lookUp(0, high >> 24)
      offset &+= 8
    }
    while offset < bytes.count {
      value = value >> 8 ^ lookUp(0, value ^ UInt32(bytes[offset]))
      offset &+= 1
    }
    return ~value
  }

  @inline(always)
  private static func lookUp(_ table: Int, _ value: UInt32) -> UInt32 {
    tables[table &* 256 &+ Int(value & 0xFF)]
  }
}
