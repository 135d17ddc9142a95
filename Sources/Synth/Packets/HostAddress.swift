/// An IPv4 or IPv6 address as a scenario writes it: `"192.0.2.1"`, `"2001:db8::1"`.
public enum HostAddress: Hashable, Sendable, ExpressibleByStringLiteral {
  /// The 32 bits of an IPv4 address.
  case v4(UInt32)
  /// The two halves of an IPv6 address.
  case v6(high: UInt64, low: UInt64)

  /// An address from a literal of our own; a bad one is a bug in the scenario.
  public init(stringLiteral text: String) {
    if text.contains(":") {
      var groups: [UInt64] = []
      var gap: Int?
      for part in text.split(separator: ":", omittingEmptySubsequences: false) {
        if part.isEmpty {
          if gap == nil || groups.isEmpty { gap = groups.count }
          continue
        }
        groups.append(UInt64(part, radix: 16) ?? 0)
      }
      if let gap { groups.insert(contentsOf: [UInt64](repeating: 0, count: 8 - groups.count), at: gap) }
      precondition(groups.count == 8, "an IPv6 literal has eight groups or one gap")
      func half(_ part: ArraySlice<UInt64>) -> UInt64 { part.reduce(0) { $0 << 16 | $1 } }
      self = .v6(high: half(groups[0..<4]), low: half(groups[4..<8]))
    } else {
      let parts = text.split(separator: ".").compactMap { UInt8($0) }
      precondition(parts.count == 4, "an IPv4 literal has four octets")
      self = .v4(parts.reduce(0) { $0 << 8 | UInt32($1) })
    }
  }

  /// The address in network byte order.
  public var bytes: [UInt8] {
    var result: [UInt8] = []
    switch self {
    case .v4(let bits): result.append32(bits)
    case .v6(let high, let low):
      result.append64(high)
      result.append64(low)
    }
    return result
  }

  /// True for IPv6.
  public var isVersion6: Bool {
    if case .v6 = self { true } else { false }
  }

  /// True for the private IPv4 ranges (RFC 1918), which a relay refuses as peers.
  public var isPrivate: Bool {
    guard case .v4(let bits) = self else { return false }
    return bits >> 24 == 10 || bits >> 20 == 0xAC1 || bits >> 16 == 0xC0A8
  }

  /// True if the first bits equal those of the prefix.
  public func isInside(_ prefix: HostAddress, length: Int) -> Bool {
    let ours = bytes
    let theirs = prefix.bytes
    guard ours.count == theirs.count else { return false }
    for bit in 0..<length {
      let mask: UInt8 = 0x80 >> UInt8(bit % 8)
      if (ours[bit / 8] ^ theirs[bit / 8]) & mask != 0 { return false }
    }
    return true
  }
}

/// One end of a conversation.
public struct SocketAddress: Hashable, Sendable {
  /// IP address.
  public var address: HostAddress
  /// UDP or TCP port.
  public var port: UInt16

  /// An end from its parts.
  public init(_ address: HostAddress, _ port: UInt16) {
    self.address = address
    self.port = port
  }
}
