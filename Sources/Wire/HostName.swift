// RFC 1035 section 2.3.1 and RFC 6066 section 3: host names as the wire carries them.

/// Turns bytes off the wire into names that are safe to print and to compare.
enum HostName {
  /// `bytes` in lower case; nil if empty, longer than 255 or with anything but printable ASCII.
  static func text(_ bytes: Span<UInt8>) -> String? {
    guard bytes.count > 0, bytes.count <= 255 else { return nil }
    // An array first: text that grows by scalars costs some 400 instructions a letter.
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count)
    for index in 0..<bytes.count {
      guard bytes[index] > 0x20, bytes[index] < 0x7F else { return nil }
      text.append(lowercase(bytes[index]))
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// `bytes` as they are; nil if empty or with anything but printable ASCII.
  static func printable(_ bytes: Span<UInt8>) -> String? {
    guard bytes.count > 0 else { return nil }
    var text: [UInt8] = []
    for index in 0..<bytes.count {
      guard bytes[index] > 0x20, bytes[index] < 0x7F else { return nil }
      text.append(bytes[index])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// ASCII lower case.
  @inline(always)
  static func lowercase(_ byte: UInt8) -> UInt8 {
    byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
  }
}
