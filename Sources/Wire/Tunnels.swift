// Tunnels that are an IP protocol: IP in IP, GRE in its variants, ERSPAN, EtherIP, MPLS; and AH, which wraps.

extension Packet {
  /// An IP protocol that is neither TCP, UDP nor ICMP. `start` and `end`: its bytes on the wire, as offsets in the frame.
  @inline(never)
  mutating func decodeTunnel(
    _ number: UInt8, _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ base: Int
  ) throws(Undecoded) {
    switch number {
    case 4, 41, 94:  // RFC 2003, RFC 4213, IPIP of KA9Q
      try enterTunnel()
      try decodeCarriedIP(bytes, start, base, end)
    case 47:
      try enterTunnel()
      try decodeGRE(bytes, start, base, end)
    case 51:
      // RFC 4302 section 2.2: next header (1), length in four-byte words less two (1), ... It is counted as a level,
      // so that a chain of them ends, but what the IP header said still holds.
      let outer = traits
      try enterTunnel()
      traits.formUnion(outer)
      guard start &+ 2 <= bytes.count else { throw .truncated }
      let next = start &+ (Int(bytes[start &+ 1]) &+ 2) << 2
      guard next <= end else { throw .badLength }
      try decodeInnerTransport(bytes[start], bytes, next, end, base)
    case 97:  // RFC 3378: version 3 and 12 zero bits (2)
      guard start &+ 2 <= bytes.count else { throw .truncated }
      guard bytes.uint16(at: start) == 0x3000 else { throw .unsupportedTransport }
      try decodeInnerEthernet(bytes, start &+ 2, base, end)
    case 103:  // RFC 7761 section 4.9.3: version 2 and type 1, register (1), reserved (1), checksum (2), flags (4)
      guard start &+ 8 <= bytes.count else { throw .truncated }
      guard bytes[start] == 0x21 else { throw .unsupportedTransport }
      try enterTunnel()
      try decodeCarriedIP(bytes, start &+ 8, base, end)
    case 137: try decodeMPLS(bytes, start, base, end)  // RFC 4023
    default: throw .unsupportedTransport
    }
  }

  /// An IP packet whose carrier knows where it ends: one that claims more is damage, not a packet.
  mutating func decodeCarriedIP(_ bytes: Span<UInt8>, _ offset: Int, _ base: Int, _ end: Int) throws(Undecoded) {
    guard offset < bytes.count else { throw .truncated }
    let version = bytes[offset] >> 4
    guard version == 4 || version == 6 else { throw .badVersion }
    // A first fragment of the carrier holds less than its packet.
    guard traits.contains(.firstFragment) || isInOrder(ipAt: offset, bytes, end) else { throw .badLength }
    try decodeInnerIP(bytes, offset, base, end)
  }

  /// RFC 2784, 2890 and 1701: flags and version (2), protocol (2), checksum and offset (4), key (4), sequence (4),
  /// routing. RFC 2637 section 4.1 (version 1, PPTP): the key is length and call, an acknowledgment (4) may follow.
  private mutating func decodeGRE(_ bytes: Span<UInt8>, _ start: Int, _ base: Int, _ end: Int) throws(Undecoded) {
    guard start &+ 4 <= bytes.count else { throw .truncated }
    let flags = bytes.uint16(at: start)
    let type = bytes.uint16(at: start &+ 2)
    let version = flags & 7
    let hasRouting = flags & 0x4000 != 0
    let hasSequence = flags & 0x1000 != 0
    guard version <= 1 else { throw .unsupportedTransport }
    var offset = start &+ 4
    if flags & 0xC000 != 0 { offset &+= 4 }
    if flags & 0x2000 != 0 { offset &+= 4 }
    if hasSequence { offset &+= 4 }
    if version == 1 {
      guard type == 0x880B, flags & 0xE000 == 0x2000 else { throw .unsupportedTransport }
      if flags & 0x0080 != 0 { offset &+= 4 }
      guard start &+ 6 <= bytes.count else { throw .truncated }
      let length = Int(bytes.uint16(at: start &+ 4))
      // Without a payload it is an acknowledgment alone.
      if length == 0 || !hasSequence { throw .notIP }
      return try decodePPP(bytes, offset, base, min(end, offset &+ length))
    }
    if hasRouting { offset = try Self.behindRouting(bytes, offset) }
    switch type {
    case 0x0800, 0x86DD: try decodeCarriedIP(bytes, offset, base, end)
    case 0x88BE:
      // ERSPAN type I has no header of its own; type II (version 1, 8 bytes) comes with a sequence number.
      guard hasSequence else { return try decodeInnerEthernet(bytes, offset, base, end) }
      guard offset < bytes.count else { throw .truncated }
      guard bytes[offset] >> 4 == 1 else { throw .unsupportedTransport }
      try decodeInnerEthernet(bytes, offset &+ 8, base, end)
    case 0x22EB: try decodeERSPAN3(bytes, offset, base, end)
    case 0x883E:
      // WCCP: version 2 puts a redirect header (4) in front of the packet.
      guard offset < bytes.count else { throw .truncated }
      try decodeCarriedIP(bytes, bytes[offset] >> 4 == 4 ? offset : offset &+ 4, base, end)
    default:
      do throws(Undecoded) {
        try decodeInnerType(type, bytes, offset, base, end)
      } catch {
        // The refusal of the carrier: an unknown protocol on IP.
        throw error == .notIP ? .unsupportedTransport : error
      }
    }
  }

  /// RFC 1701: address family (2), offset (1), length (1), routing; the last one has neither family nor length.
  private static func behindRouting(_ bytes: Span<UInt8>, _ first: Int) throws(Undecoded) -> Int {
    var offset = first
    while true {
      guard offset &+ 4 <= bytes.count else { throw .truncated }
      let family = bytes.uint16(at: offset)
      let length = Int(bytes[offset &+ 3])
      offset &+= 4 &+ length
      if family == 0, length == 0 { return offset }
    }
  }

  /// draft-foschiano-erspan-03 section 4.3: version 2, ... (12; frame type in bits 81 to 85, its last bit says that a
  /// platform header of 8 bytes follows).
  private mutating func decodeERSPAN3(_ bytes: Span<UInt8>, _ offset: Int, _ base: Int, _ end: Int) throws(Undecoded) {
    guard offset &+ 12 <= bytes.count else { throw .truncated }
    guard bytes[offset] >> 4 == 2 else { throw .unsupportedTransport }
    let inner = offset &+ (bytes[offset &+ 11] & 1 != 0 ? 20 : 12)
    switch bytes[offset &+ 10] >> 2 & 0x1F {
    case 0: try decodeInnerEthernet(bytes, inner, base, end)
    case 2: try decodeCarriedIP(bytes, inner, base, end)
    default: throw .notIP
    }
  }
}
