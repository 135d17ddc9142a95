/// An IP address of either family, as a value that sorts and prints the same everywhere.
public struct IPAddress: Hashable, Comparable, Sendable, BitwiseCopyable {
  /// IP version.
  public enum Family: UInt8, Sendable, BitwiseCopyable {
    /// IPv4.
    case v4 = 4
    /// IPv6.
    case v6 = 6
  }

  /// Upper 64 bits; 0 for IPv4.
  public let high: UInt64
  /// Lower 64 bits; the 32-bit address for IPv4.
  public let low: UInt64
  /// IP version.
  public let family: Family

  /// An IPv6 address from its two halves.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
    self.family = .v6
  }

  /// An IPv4 address from its 32 bits.
  public init(v4 bits: UInt32) {
    self.high = 0
    self.low = UInt64(bits)
    self.family = .v4
  }

  /// IPv4 before IPv6, then by value.
  public static func < (left: IPAddress, right: IPAddress) -> Bool {
    if left.family != right.family { return left.family.rawValue < right.family.rawValue }
    return left.high == right.high ? left.low < right.low : left.high < right.high
  }

  /// The host's own (RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3): what goes there never leaves it.
  public var isLoopback: Bool { family == .v4 ? low >> 24 == 127 : high == 0 && low == 1 }

  /// Private, loopback, link-local or shared (RFC 1918, 6598, 3927, 4193, 4291): no stranger on the internet can answer.
  public var isPrivate: Bool {
    switch family {
    case .v4:
      let a = UInt8(truncatingIfNeeded: low >> 24)
      let b = UInt8(truncatingIfNeeded: low >> 16)
      return a == 10 || a == 127 || (a == 172 && b & 0xF0 == 16) || (a == 192 && b == 168)
        || (a == 169 && b == 254) || (a == 100 && b & 0xC0 == 64)
    case .v6:
      let top = UInt16(truncatingIfNeeded: high >> 48)
      return top & 0xFE00 == 0xFC00 || top & 0xFFC0 == 0xFE80 || (high == 0 && low == 1)
    }
  }

  /// An IPv4 address behind a NAT64, by its well-known prefix, 64:ff9b::/96 (RFC 6052 section 2.1): what goes there goes through a
  /// translator.
  public var isTranslated: Bool { family == .v6 && high == 0x0064_FF9B_0000_0000 && low >> 32 == 0 }

  /// The /24 or /48 that it lies in; of an IPv4 address behind a NAT64 the /24 of that.
  public var network: IPAddress {
    family == .v4 || isTranslated
      ? IPAddress(v4: UInt32(truncatingIfNeeded: low) & 0xFFFF_FF00) : IPAddress(high: high & ~0xFFFF, low: 0)
  }

  /// Multicast or IPv4 limited broadcast: nobody is bound to answer.
  public var isMulticast: Bool {
    switch family {
    case .v4: (low >> 28) == 0xE || low == 0xFFFF_FFFF
    case .v6: (high >> 56) == 0xFF
    }
  }

  /// True if the first `length` bits equal those of `prefix`.
  public func isIn(_ prefix: IPAddress, length: Int) -> Bool {
    guard family == prefix.family, length >= 0, length <= (family == .v4 ? 32 : 128) else { return false }
    if family == .v4 {
      return length == 0 || (low ^ prefix.low) >> UInt64(32 - length) == 0
    }
    if length <= 64 { return length == 0 || (high ^ prefix.high) >> UInt64(64 - length) == 0 }
    return high == prefix.high && (length == 64 || (low ^ prefix.low) >> UInt64(128 - length) == 0)
  }

  /// Appends the text form: dotted quad, or RFC 5952 for IPv6.
  public func append(to text: inout [UInt8]) {
    switch family {
    case .v4:
      appendOctet(UInt8(truncatingIfNeeded: low >> 24), last: false, to: &text)
      appendOctet(UInt8(truncatingIfNeeded: low >> 16), last: false, to: &text)
      appendOctet(UInt8(truncatingIfNeeded: low >> 8), last: false, to: &text)
      appendOctet(UInt8(truncatingIfNeeded: low), last: true, to: &text)
    case .v6: appendV6(to: &text)
    }
  }

  private func appendOctet(_ octet: UInt8, last: Bool, to text: inout [UInt8]) {
    if octet >= 100 { text.append(0x30 + octet / 100) }
    if octet >= 10 { text.append(0x30 + octet / 10 % 10) }
    text.append(0x30 + octet % 10)
    if !last { text.append(0x2E) }
  }

  private func group(_ index: Int) -> UInt16 {
    let half = index < 4 ? high : low
    return UInt16(truncatingIfNeeded: half >> UInt64(48 - 16 * (index & 3)))
  }

  private func appendV6(to text: inout [UInt8]) {
    // RFC 5952 section 4.2: the longest run of two or more zero groups becomes "::", the first one on a tie.
    var bestStart = -1
    var bestLength = 1
    var index = 0
    while index < 8 {
      var end = index
      while end < 8, group(end) == 0 { end += 1 }
      if end - index > bestLength {
        bestStart = index
        bestLength = end - index
      }
      index = max(end, index + 1)
    }
    index = 0
    while index < 8 {
      if index == bestStart {
        text.append(0x3A)
        text.append(0x3A)
        index += bestLength
        continue
      }
      if index > 0, index != bestStart + bestLength || bestStart < 0 { text.append(0x3A) }
      appendHex(group(index), to: &text)
      index += 1
    }
  }

  private func appendHex(_ value: UInt16, to text: inout [UInt8]) {
    var started = false
    for shift in stride(from: 12, through: 0, by: -4) {
      let nibble = UInt8(truncatingIfNeeded: (value >> UInt16(shift)) & 0xF)
      if nibble != 0 || started || shift == 0 {
        started = true
        text.append(nibble < 10 ? 0x30 + nibble : 0x57 + nibble)
      }
    }
  }
}

extension IPAddress: CustomStringConvertible {
  /// The text form, RFC 5952 for IPv6.
  public var description: String {
    var text: [UInt8] = []
    append(to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Parses a dotted quad without leading zeros or an RFC 4291 text address, its last 32 bits in dotted form too; nil if it
  /// is neither.
  public init?(_ text: String) {
    if text.utf8.contains(0x3A) {
      guard let value = IPAddress(v6: text) else { return nil }
      self = value
      return
    }
    guard let bits = Self.quad(text[...]) else { return nil }
    self.init(v4: bits)
  }

  private static func quad(_ text: Substring) -> UInt32? {
    var bits: UInt32 = 0
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    for part in parts {
      // `UInt8("+4")` is 4, and a leading zero reads as octal elsewhere.
      guard part.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), part.utf8.count == 1 || part.utf8.first != 0x30,
        let octet = UInt8(part)
      else { return nil }
      bits = bits << 8 | UInt32(octet)
    }
    return bits
  }

  private init?(v6 text: String) {
    let halves = text.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
    func groups(_ part: Substring, last: Bool) -> [UInt16]? {
      if part.isEmpty { return [] }
      var values: [UInt16] = []
      let fields = part.split(separator: ":", omittingEmptySubsequences: false)
      for (index, field) in fields.enumerated() {
        if last, index == fields.count - 1, field.utf8.contains(0x2E) {
          guard let bits = Self.quad(field) else { return nil }
          values.append(UInt16(truncatingIfNeeded: bits >> 16))
          values.append(UInt16(truncatingIfNeeded: bits))
          continue
        }
        guard field.utf8.count <= 4, field.utf8.first != 0x2B, let value = UInt16(field, radix: 16) else { return nil }
        values.append(value)
      }
      return values
    }
    guard let head = groups(halves[0], last: halves.count == 1),
      let tail = halves.count == 2 ? groups(halves[1], last: true) : []
    else { return nil }
    let missing = 8 - head.count - tail.count
    guard halves.count == 2 ? missing >= 1 : missing == 0 else { return nil }
    let all = head + Array(repeating: 0, count: max(0, missing)) + tail
    var high: UInt64 = 0
    var low: UInt64 = 0
    for index in 0..<4 {
      high = high << 16 | UInt64(all[index])
      low = low << 16 | UInt64(all[index + 4])
    }
    self.init(high: high, low: low)
  }
}
