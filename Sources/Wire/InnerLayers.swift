// What lies between a link header and IP, or inside of a tunnel: Ethernet once more, tags, LLC, MPLS.
// Reached from the branches where the ordinary path would give up, and kept out of its code.

extension Packet {
  /// Tunnels and frames inside of frames that are followed; real networks nest three or four deep.
  static var nestingLimit: UInt8 { 8 }

  /// Goes one level deeper: what was read so far was the outside.
  mutating func enterTunnel() throws(Undecoded) {
    nesting = traits.contains(.tunnel) ? nesting &+ 1 : 1
    // Only these two say something about what is inside as well.
    traits.formIntersection([.vlan, .firstFragment])
    traits.insert(.tunnel)
    guard nesting <= Self.nestingLimit else { throw .headerChain }
  }

  /// An Ethernet frame at `offset`, inside of something else; `end`: where it ends on the wire, in the outer frame.
  mutating func decodeInnerEthernet(_ bytes: Span<UInt8>, _ offset: Int, _ base: Int, _ end: Int) throws(Undecoded) {
    try enterTunnel()
    guard offset &+ 14 <= bytes.count else { throw .truncated }
    try decodeInnerType(bytes.uint16(at: offset &+ 12), bytes, offset &+ 14, base, end)
  }

  /// What an EtherType announces at `offset`, tags first.
  mutating func decodeInnerType(
    _ first: UInt16, _ bytes: Span<UInt8>, _ firstOffset: Int, _ base: Int, _ end: Int
  ) throws(Undecoded) {
    var type = first
    var offset = firstOffset
    var tags = 0
    while type == 0x8100 || type == 0x88A8 || type == 0x9100 {
      guard offset &+ 4 <= bytes.count else { throw .truncated }
      guard tags < 8 else { throw .headerChain }
      tags &+= 1
      traits.insert(.vlan)
      type = bytes.uint16(at: offset &+ 2)
      offset &+= 4
    }
    if type == 0x0800 || type == 0x86DD {
      try decodeInnerIP(bytes, offset, base, end)
    } else {
      try decodeOtherType(type, bytes, offset, base, end)
    }
  }

  /// EtherTypes other than IP and VLAN tags; below 1,536 it is the length of an IEEE 802.3 frame, and LLC follows.
  /// In Linux cooked captures 4 says the same.
  @inline(never)
  mutating func decodeOtherType(
    _ type: UInt16, _ bytes: Span<UInt8>, _ offset: Int, _ base: Int, _ end: Int
  ) throws(Undecoded) {
    if type < 0x0600 { return try decodeLLC(bytes, offset, base, end) }
    // Tags that stand before one more EtherType: bytes up to and with it.
    let tag: Int
    switch type {
    case 0x8847, 0x8848: return try decodeMPLS(bytes, offset, base, end)
    case 0x8864: return try decodePPPoE(bytes, offset, base, end)
    case 0x880B: return try decodePPP(bytes, offset, base, end)
    case 0x6558: return try decodeInnerEthernet(bytes, offset, base, end)
    // IEEE 802.1ah: the service tag, then the customer's whole frame.
    case 0x88E7: return try decodeInnerEthernet(bytes, offset &+ 4, base, end)
    // Cisco FabricPath: a tag of two bytes, then the whole frame (ajp.pcap #3 of nDPI).
    case 0x8903: return try decodeInnerEthernet(bytes, offset &+ 2, base, end)
    case 0x894F: return try decodeServiceHeader(bytes, offset, base, end)
    case 0x88E5:
      // IEEE 802.1AE: the E bit says that the payload is encrypted; SC says that eight bytes of identifier follow.
      guard offset < bytes.count else { throw .truncated }
      if bytes[offset] & 0x08 != 0 { throw .encrypted }
      tag = bytes[offset] & 0x20 != 0 ? 16 : 8
    case 0x8926, 0x892F: tag = 6  // Cisco VN-Tag; HSR (IEC 62439-3)
    case 0x893F, 0x8909: tag = 8  // IEEE 802.1BR E-Tag; Cisco MetaData
    default: throw .notIP
    }
    guard offset &+ tag <= bytes.count else { throw .truncated }
    try enterTunnel()
    try decodeInnerType(bytes.uint16(at: offset &+ tag &- 2), bytes, offset &+ tag, base, end)
  }

  /// IEEE 802.2, RFC 1042 and RFC 2684 section 5: `AA AA 03`, organization (3), type (2).
  mutating func decodeLLC(_ bytes: Span<UInt8>, _ offset: Int, _ base: Int, _ end: Int) throws(Undecoded) {
    guard offset &+ 3 <= bytes.count else { throw .truncated }
    // RFC 948: IP has a service access point of its own.
    if bytes[offset] == 0x06, bytes[offset &+ 1] == 0x06, bytes[offset &+ 2] == 0x03 {
      return try decodeInnerIP(bytes, offset &+ 3, base, end)
    }
    guard bytes.uint24(at: offset) == 0xAAAA03 else { throw .notIP }
    guard offset &+ 8 <= bytes.count else { throw .truncated }
    let type = bytes.uint16(at: offset &+ 6)
    switch bytes.uint24(at: offset &+ 3) {
    case 0, 0x0000F8:
      // A length here would send the walk back to LLC without end.
      guard type >= 0x0600 else { throw .notIP }
      try decodeInnerType(type, bytes, offset &+ 8, base, end)
    case 0x0080C2:
      // RFC 2684 section 5.2: a bridged Ethernet frame behind two bytes of padding, with or without its checksum.
      guard type == 1 || type == 7 else { throw .notIP }
      try decodeInnerEthernet(bytes, offset &+ 10, base, end)
    default: throw .notIP
    }
  }

  /// RFC 3032 section 2.1: label (20 bits), class (3), bottom of stack (1), TTL (8). Nothing says what follows.
  mutating func decodeMPLS(_ bytes: Span<UInt8>, _ first: Int, _ base: Int, _ end: Int) throws(Undecoded) {
    try enterTunnel()
    var offset = first
    var labels = 0
    while true {
      guard offset &+ 4 <= bytes.count else { throw .truncated }
      let isBottom = bytes[offset &+ 2] & 1 != 0
      offset &+= 4
      if isBottom { break }
      labels &+= 1
      guard labels < 16 else { throw .headerChain }
    }
    guard offset < bytes.count else { throw .truncated }
    switch bytes[offset] >> 4 {
    case 4, 6:
      // A pseudowire's Ethernet address may begin with 4 or 6 as well (RFC 4928 section 3).
      if !isInOrder(ipAt: offset, bytes, end), Self.hasEthernet(bytes, offset) {
        return try decodeInnerEthernet(bytes, offset, base, end)
      }
      try decodeInnerIP(bytes, offset, base, end)
    case 0 where Self.hasEthernet(bytes, offset &+ 4):
      // RFC 4385 section 3: the control word of a pseudowire begins with four zero bits.
      try decodeInnerEthernet(bytes, offset &+ 4, base, end)
    case 1: throw .notIP  // RFC 4385 section 5: an associated channel
    default:
      guard Self.hasEthernet(bytes, offset) else { throw bytes.count < offset &+ 18 ? .truncated : .notIP }
      try decodeInnerEthernet(bytes, offset, base, end)
    }
  }

  /// RFC 8300 section 2.2: version, flags, TTL and length in four-byte words (2), type (1), next protocol (1), ...
  private mutating func decodeServiceHeader(
    _ bytes: Span<UInt8>, _ offset: Int, _ base: Int, _ end: Int
  ) throws(Undecoded) {
    try enterTunnel()
    guard offset &+ 8 <= bytes.count else { throw .truncated }
    let length = Int(bytes[offset &+ 1] & 0x3F) << 2
    guard length >= 8 else { throw .badLength }
    switch bytes[offset &+ 3] {
    case 1, 2: try decodeInnerIP(bytes, offset &+ length, base, end)
    case 3: try decodeInnerEthernet(bytes, offset &+ length, base, end)
    case 5: try decodeMPLS(bytes, offset &+ length, base, end)
    default: throw .notIP
    }
  }

  /// True if an Ethernet frame at `offset` would carry something that is common in one.
  private static func hasEthernet(_ bytes: Span<UInt8>, _ offset: Int) -> Bool {
    guard offset &+ 14 <= bytes.count else { return false }
    switch bytes.uint16(at: offset &+ 12) {
    case 0x0800, 0x86DD, 0x8100, 0x88A8, 0x0806, 0x8847, 0x8864: return true
    default: return false
    }
  }

  /// True if the IP packet at `offset` ends where what carries it does, or before: `end` is an offset in the frame.
  /// What is cut before its length counts as in order.
  func isInOrder(ipAt offset: Int, _ bytes: Span<UInt8>, _ end: Int) -> Bool {
    guard offset &+ 6 <= bytes.count else { return true }
    let room = end &- offset
    switch bytes[offset] >> 4 {
    case 4: return bytes[offset] & 0x0F >= 5 && Int(bytes.uint16(at: offset &+ 2)) <= room
    case 6: return Int(bytes.uint16(at: offset &+ 4)) &+ 40 <= room
    default: return false
    }
  }
}
