// Tunnels on UDP: GTP-U, VXLAN, Geneve, Teredo, L2TP, MPLS, TZSP. The port is only a reason to look: what is
// not in order by the tunnel's own header, or has no sound packet inside, stays a datagram.

extension Packet {
  /// Whether a datagram to this port is to be looked at. Two bit tests on the ordinary path, taken together so that one of sixty
  /// ports is a surprise to the processor and not one of eight; what passes is compared.
  @inlinable @inline(always)
  static func mayCarryTunnel(_ port: UInt16) -> Bool {
    // A literal, so that it is one number in the code: bit `port & 63` of each port below.
    let ports: UInt64 =
      1 << (1701 & 63) | 1 << (2152 & 63) | 1 << (3544 & 63) | 1 << (4789 & 63) | 1 << (4790 & 63) | 1 << (6081 & 63)
      | 1 << (6635 & 63) | 1 << (37008 & 63)  // 8472 shares the bit of 3544
    // Bit `port >> 6 & 63` of each.
    let pages: UInt64 =
      1 << (1701 >> 6) | 1 << (2152 >> 6) | 1 << (3544 >> 6) | 1 << (4789 >> 6 & 63) | 1 << (6081 >> 6 & 63)
      | 1 << (6635 >> 6 & 63) | 1 << (8472 >> 6 & 63) | 1 << (37008 >> 6 & 63)  // 4790 shares that of 4789
    guard ports &>> UInt64(port) & pages &>> UInt64(port &>> 6) & 1 != 0 else { return false }
    switch port {
    case 1701, 2152, 3544, 4789, 4790, 6081, 6635, 8472, 37008: return true
    default: return false
    }
  }

  /// Replaces the datagram by the packet that it carries, if its port and bytes say that it carries one. `start` and
  /// `end`: the payload on the wire.
  @inline(never)
  mutating func decodeDatagramTunnel(
    _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ base: Int
  ) throws(Undecoded) {
    let datagram = self
    var inner: Inner?
    switch destinationPort {
    case 2152: inner = Self.gtp(bytes, start, end, isFirstFragment: traits.contains(.firstFragment))
    case 4789, 8472: inner = Self.vxlan(bytes, start)
    case 4790: inner = Self.vxlanGPE(bytes, start)
    case 6081: inner = Self.geneve(bytes, start)
    case 3544: inner = Self.teredo(bytes, start, end)
    case 1701: inner = Self.l2tp(bytes, start)
    case 6635: inner = Inner(type: 0x8847, offset: start)
    case 37008: inner = Self.tzsp(bytes, start)
    default: return
    }
    guard let inner else { return }
    do throws(Undecoded) {
      try enterTunnel()
      switch inner.type {
      case 0x0800, 0x86DD: try decodeCarriedIP(bytes, inner.offset, base, end)
      case 0x880B: try decodePPP(bytes, inner.offset, base, end)
      case 0x6558: try decodeInnerEthernet(bytes, inner.offset, base, end)
      default: try decodeInnerType(inner.type, bytes, inner.offset, base, end)
      }
    } catch {
      // Cut and fragmented packets are known to be inside; whatever else fails speaks against a tunnel.
      if error == .truncated || error == .fragment, inner.isCertain { throw error }
      self = datagram
    }
  }

  /// What a tunnel's header announces: an EtherType and where it begins.
  private struct Inner {
    let type: UInt16
    let offset: Int
    /// Random bytes do not make such a header.
    var isCertain = true
  }

  /// TS 29.281 section 5.1: version 1, protocol type 1, flags (1), message (1; 255 is a packet), length behind the
  /// eighth byte (2), tunnel (4); with any flag sequence (2), N-PDU (1) and next extension (1), extensions.
  private static func gtp(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, isFirstFragment: Bool) -> Inner? {
    guard start &+ 8 <= bytes.count, bytes[start] & 0xF8 == 0x30, bytes[start &+ 1] == 0xFF else { return nil }
    let length = Int(bytes.uint16(at: start &+ 2))
    guard start &+ 8 &+ length == end || isFirstFragment else { return nil }
    var offset = start &+ 8
    if bytes[start] & 7 != 0 {
      guard offset &+ 4 <= bytes.count else { return nil }
      // The extension's number counts only with its flag.
      var next = bytes[start] & 4 != 0 ? bytes[offset &+ 3] : 0
      offset &+= 4
      while next != 0 {
        guard offset < bytes.count, bytes[offset] > 0 else { return nil }
        offset &+= Int(bytes[offset]) << 2
        guard offset <= bytes.count else { return nil }
        next = bytes[offset &- 1]
      }
    }
    return Inner(type: 0x0800, offset: offset)
  }

  /// RFC 7348 section 5: flags (1; 0x08, and 0x80 for a group policy), reserved or policy (3), network (3), reserved (1).
  private static func vxlan(_ bytes: Span<UInt8>, _ start: Int) -> Inner? {
    guard start &+ 8 <= bytes.count, bytes[start] & 0x7F == 0x08, bytes[start &+ 7] == 0 else { return nil }
    guard bytes[start] & 0x80 != 0 || bytes.uint24(at: start &+ 1) == 0 else { return nil }
    return Inner(type: 0x6558, offset: start &+ 8)
  }

  /// draft-ietf-nvo3-vxlan-gpe section 3: flags (1; 0x08, 0x04 with next protocol), reserved (2), next protocol (1), ...
  private static func vxlanGPE(_ bytes: Span<UInt8>, _ start: Int) -> Inner? {
    guard start &+ 8 <= bytes.count, bytes[start] & 0xFC == 0x0C, bytes[start &+ 7] == 0 else { return nil }
    switch bytes[start &+ 3] {
    case 1, 2: return Inner(type: 0x0800, offset: start &+ 8)
    case 3: return Inner(type: 0x6558, offset: start &+ 8)
    case 4: return Inner(type: 0x894F, offset: start &+ 8)
    default: return nil
    }
  }

  /// RFC 8926 section 3.4: version 0 and length of the options in four-byte words (1), flags (1), EtherType (2),
  /// network (3), reserved (1), options.
  private static func geneve(_ bytes: Span<UInt8>, _ start: Int) -> Inner? {
    guard start &+ 8 <= bytes.count, bytes[start] >> 6 == 0, bytes[start &+ 1] & 0x3F == 0, bytes[start &+ 7] == 0
    else { return nil }
    let type = bytes.uint16(at: start &+ 2)
    guard type == 0x6558 || type == 0x0800 || type == 0x86DD || type == 0x8847 else { return nil }
    return Inner(type: type, offset: start &+ 8 &+ Int(bytes[start] & 0x3F) << 2)
  }

  /// RFC 4380 section 5.1.1: perhaps authentication (`00 01`, two lengths, both fields, nonce (8), confirmation (1)),
  /// perhaps the origin (`00 00`, 8 bytes), then IPv6.
  private static func teredo(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Inner? {
    var offset = start
    guard offset &+ 4 <= bytes.count else { return nil }
    if bytes.uint16(at: offset) == 1 {
      offset &+= 13 &+ Int(bytes[offset &+ 2]) &+ Int(bytes[offset &+ 3])
      guard offset &+ 2 <= bytes.count else { return nil }
    }
    if bytes.uint16(at: offset) == 0 { offset &+= 8 }
    guard offset < bytes.count, bytes[offset] >> 4 == 6 else { return nil }
    // A packet that ends with its datagram is one, even if the capture was cut within its headers.
    let fits = offset &+ 6 <= bytes.count && offset &+ 40 &+ Int(bytes.uint16(at: offset &+ 4)) == end
    return Inner(type: 0x86DD, offset: offset, isCertain: fits)
  }

  /// RFC 2661 section 3.1: flags and version 2 (2), length (2), tunnel (2), session (2), Ns and Nr (4), offset (2).
  /// Bit 0 is set in control messages.
  private static func l2tp(_ bytes: Span<UInt8>, _ start: Int) -> Inner? {
    guard start &+ 2 <= bytes.count else { return nil }
    let flags = bytes.uint16(at: start)
    guard flags & 0x8000 == 0, flags & 0x34FF == 2 else { return nil }
    var offset = start &+ (flags & 0x4000 != 0 ? 8 : 6)
    if flags & 0x0800 != 0 { offset &+= 4 }
    if flags & 0x0200 != 0 {
      guard offset &+ 2 <= bytes.count else { return nil }
      offset &+= 2 &+ Int(bytes.uint16(at: offset))
    }
    return Inner(type: 0x880B, offset: offset, isCertain: false)
  }

  /// TaZmen Sniffer Protocol: version 1 (1), type 0 (1), protocol 1 for Ethernet (2), tags: number (1), length (1),
  /// value; 0 is padding and 1 the end, both alone.
  private static func tzsp(_ bytes: Span<UInt8>, _ start: Int) -> Inner? {
    guard start &+ 5 <= bytes.count, bytes.uint32(at: start) == 0x0100_0001 else { return nil }
    var offset = start &+ 4
    while offset < bytes.count, bytes[offset] != 1 {
      guard bytes[offset] != 0 else {
        offset &+= 1
        continue
      }
      guard offset &+ 2 <= bytes.count else { return nil }
      offset &+= 2 &+ Int(bytes[offset &+ 1])
    }
    return Inner(type: 0x6558, offset: offset &+ 1)
  }
}
