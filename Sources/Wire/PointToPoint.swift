// Serial links: PPP (RFC 1661, 1662), PPPoE (RFC 2516), Cisco HDLC, frame relay (RFC 2427).

extension Packet {
  /// A PPP packet at `offset`: with or without address and control (`FF 03`), protocol of one or two bytes
  /// (RFC 1661 sections 2 and 6.5).
  mutating func decodePPP(_ bytes: Span<UInt8>, _ first: Int, _ base: Int, _ end: Int) throws(Undecoded) {
    var offset = first
    guard offset &+ 1 <= bytes.count else { throw .truncated }
    if bytes[offset] == 0xFF {
      guard offset &+ 2 <= bytes.count else { throw .truncated }
      guard bytes[offset &+ 1] == 0x03 else { throw .notIP }
      offset &+= 2
      guard offset < bytes.count else { throw .truncated }
    }
    // The last byte of a protocol number is odd, the first one even.
    var number = UInt16(bytes[offset])
    offset &+= 1
    if number & 1 == 0 {
      guard offset < bytes.count else { throw .truncated }
      number = number << 8 | UInt16(bytes[offset])
      offset &+= 1
    }
    switch number {
    case 0x0021, 0x0057: try decodeInnerIP(bytes, offset, base, end)
    case 0x0281, 0x0283: try decodeMPLS(bytes, offset, base, end)
    case 0x0031:
      // RFC 3518 section 4.2: flags and padding (1), MAC type (1; 1 is Ethernet), with the flag 0x40 a VLAN of 4 bytes.
      guard offset &+ 2 <= bytes.count else { throw .truncated }
      guard bytes[offset] & 0x70 == 0, bytes[offset &+ 1] == 1 else { throw .notIP }
      try decodeInnerEthernet(bytes, offset &+ 2, base, end)
    case 0x0053, 0x0055: throw .encrypted  // RFC 1968
    default: throw .notIP
    }
  }

  /// RFC 2516 section 4: version and type (1), code (1), session (2), length (2), then PPP.
  mutating func decodePPPoE(_ bytes: Span<UInt8>, _ offset: Int, _ base: Int, _ end: Int) throws(Undecoded) {
    guard offset &+ 6 <= bytes.count else { throw .truncated }
    guard bytes[offset] == 0x11, bytes[offset &+ 1] == 0 else { throw .notIP }
    let length = Int(bytes.uint16(at: offset &+ 4))
    guard length >= 2 else { throw .badLength }
    try decodePPP(bytes, offset &+ 6, base, min(end, offset &+ 6 &+ length))
  }

  /// Serial lines that may speak PPP or Cisco HDLC: the first byte tells (`0F` and `8F` are Cisco's addresses).
  mutating func decodeSerial(_ bytes: Span<UInt8>, _ offset: Int, _ base: Int, _ end: Int) throws(Undecoded) {
    guard offset &+ 2 <= bytes.count else { throw .truncated }
    if bytes[offset] == 0x0F || bytes[offset] == 0x8F {
      try decodeCiscoHDLC(bytes, offset, base, end)
    } else {
      try decodePPP(bytes, offset, base, end)
    }
  }

  /// Cisco HDLC: address (1), control (1), EtherType (2).
  mutating func decodeCiscoHDLC(_ bytes: Span<UInt8>, _ offset: Int, _ base: Int, _ end: Int) throws(Undecoded) {
    guard offset &+ 4 <= bytes.count else { throw .truncated }
    // A number below EtherTypes is a protocol of Cisco's own.
    let type = bytes.uint16(at: offset &+ 2)
    guard type >= 0x0600 else { throw .notIP }
    try decodeInnerType(type, bytes, offset &+ 4, base, end)
  }

  /// RFC 2427 section 3: address (2 to 4, the last byte odd), control (1), padding, NLPID (1). Cisco's routers put an
  /// EtherType behind the address instead.
  mutating func decodeFrameRelay(_ bytes: Span<UInt8>, _ first: Int, _ base: Int, _ end: Int) throws(Undecoded) {
    var offset = first
    repeat {
      guard offset < bytes.count else { throw .truncated }
      guard offset &- first < 4 else { throw .notIP }
      offset &+= 1
    } while bytes[offset &- 1] & 1 == 0
    guard offset &+ 2 <= bytes.count else { throw .truncated }
    let type = bytes.uint16(at: offset)
    if type >= 0x0600 { return try decodeInnerType(type, bytes, offset &+ 2, base, end) }
    guard bytes[offset] == 0x03 else { throw .notIP }
    offset &+= bytes[offset &+ 1] == 0 ? 2 : 1
    guard offset < bytes.count else { throw .truncated }
    switch bytes[offset] {
    case 0xCC, 0x8E: try decodeInnerIP(bytes, offset &+ 1, base, end)
    case 0xCF: try decodePPP(bytes, offset &+ 1, base, end)
    case 0x80:
      guard offset &+ 6 <= bytes.count else { throw .truncated }
      let type = bytes.uint16(at: offset &+ 4)
      switch bytes.uint24(at: offset &+ 1) {
      case 0 where type >= 0x0600: try decodeInnerType(type, bytes, offset &+ 6, base, end)
      case 0x0080C2 where type == 1 || type == 7: try decodeInnerEthernet(bytes, offset &+ 6, base, end)
      default: throw .notIP
      }
    default: throw .notIP
    }
  }
}
