/// The sums that protocols carry.
public enum Checksum {
  /// The Internet checksum (RFC 1071) of the bytes, not yet complemented, added to an earlier sum.
  public static func sum(_ bytes: [UInt8], adding earlier: UInt32 = 0) -> UInt32 {
    var total = earlier
    var index = 0
    while index + 1 < bytes.count {
      total += UInt32(bytes[index]) << 8 | UInt32(bytes[index + 1])
      if total > 0xFFFF { total = (total & 0xFFFF) + (total >> 16) }
      index += 2
    }
    if index < bytes.count { total += UInt32(bytes[index]) << 8 }
    return (total & 0xFFFF) + (total >> 16)
  }

  /// The complement that goes into the header field.
  public static func finish(_ sum: UInt32) -> UInt16 {
    var folded = sum
    while folded > 0xFFFF { folded = (folded & 0xFFFF) + (folded >> 16) }
    return ~UInt16(folded)
  }

  /// CRC-32 as in Ethernet and zip (ISO 3309), which STUN's FINGERPRINT uses (RFC 8489 §14.7).
  public static func crc32(_ bytes: [UInt8]) -> UInt32 {
    var remainder: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      remainder ^= UInt32(byte)
      for _ in 0..<8 { remainder = remainder & 1 == 1 ? remainder >> 1 ^ 0xEDB8_8320 : remainder >> 1 }
    }
    return ~remainder
  }
}
