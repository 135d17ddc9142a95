// Google's QUIC before IETF's: public header of Q009 to Q043 (quic-wire draft of 2016: flags, connection id, version), and
// the long headers of Q044 to Q049 (`quic_q46_b`).

/// A packet of Google's QUIC that names its version.
public struct GoogleQUIC: Sendable, BitwiseCopyable {
  /// Version, as text: "Q043".
  public let version: UInt32

  /// Reads a datagram of `wireLength` bytes; 32 bits of version and the flags prove one.
  public init?(_ payload: Span<UInt8>) {
    guard payload.count >= 14 else { return nil }
    let head = payload.extracting(0..<14)
    if head[0] & 0x80 != 0 {
      let version = head.uint32(at: 1)
      // Q044 to Q050 and no others had these headers.
      guard version >= 0x5130_3434 && version <= 0x5130_3439 || version == 0x5130_3530 else { return nil }
      self.version = version
      return
    }
    // PUBLIC_FLAG_VERSION and a connection id of eight bytes.
    guard head[0] & 0x01 != 0, head[0] & 0x08 != 0, head[0] & 0x02 == 0 else { return nil }
    let version = head.uint32(at: 9)
    guard version >> 24 == 0x51, Self.isDigits(version) else { return nil }
    self.version = version
  }

  private static func isDigits(_ version: UInt32) -> Bool {
    for shift: UInt32 in [0, 8, 16] {
      let byte = UInt8(truncatingIfNeeded: version >> shift)
      guard byte >= 0x30, byte <= 0x39 else { return false }
    }
    return true
  }
}
