// Link layers that are less common than Ethernet (the LINKTYPE_ registry of tcpdump.org describes each).

extension Packet {
  /// A frame of a link type that the ordinary path does not know; `end` is its length on the wire.
  @inline(never)
  mutating func decodeOtherLink(
    _ bytes: Span<UInt8>, _ link: LinkType, _ base: Int, _ end: Int
  ) throws(Undecoded) {
    switch link {
    case .wireless: try decodeWireless(bytes, 0, base, end)
    case .radiotap: try decodeRadiotap(bytes, base, end)
    case .prism, .avs: try decodePrism(bytes, base, end)
    case .ppi: try decodePPI(bytes, base, end)
    case .ppp, .pppSerial: try decodeSerial(bytes, 0, base, end)
    case .pppEthernet: try decodePPPoE(bytes, 0, base, end)
    case .pppDirected: try decodePPP(bytes, 1, base, end)
    case .pppd:
      // pppd's own captures: the direction stands where the address would (0 or 1, then 03).
      try decodePPP(bytes, 2, base, end)
    case .ciscoHDLC: try decodeSerial(bytes, 0, base, end)
    case .ciscoHDLCDirected: try decodeSerial(bytes, 1, base, end)
    case .frameRelay: try decodeFrameRelay(bytes, 0, base, end)
    case .frameRelayDirected: try decodeFrameRelay(bytes, 1, base, end)
    case .slip: try decodeInnerIP(bytes, 16, base, end)  // direction and compressed header (16)
    case .fddi: try decodeLLC(bytes, 13, base, end)  // frame control (1), addresses (12)
    case .atm: try decodeLLC(bytes, 0, base, end)  // RFC 2684
    case .sunATM: try decodeLLC(bytes, 4, base, end)  // flags, VPI, VCI (4)
    case .fibreChannel: try decodeLLC(bytes, 16, base, end)  // RFC 4338: network addresses (16)
    case .ipsec: try decodeInnerIP(bytes, 12, base, end)  // family, SPI, flags (12)
    case .mpls: try decodeMPLS(bytes, 0, base, end)
    case .firewire: try decodeTyped(at: 16, bytes, base, end)  // addresses (16), EtherType
    case .solarisIP: try decodeInnerIP(bytes, 24, base, end)  // DL_IPNETINFO (24)
    case .packetFilterLog:
      // The header's first byte is its length without padding to four bytes.
      guard bytes.count >= 4 else { throw .truncated }
      try decodeInnerIP(bytes, (Int(bytes[0]) &+ 3) & ~3, base, end)
    case .netfilterLog: try decodeNetfilterLog(bytes, base, end)
    case .packetTap, .oldPacketTap: try decodePacketTap(bytes, base, end)
    case .juniperEthernet: try decodeJuniper(bytes, base, end)
    case .netAnalyzer: try decodeInnerEthernet(bytes, 4, base, end)
    case .netAnalyzerTransparent: try decodeInnerEthernet(bytes, 12, base, end)
    case .mPacket: try decodeInnerEthernet(bytes, 8, base, end)  // preamble (8)
    case .broadcomPrepended: try decodeInnerEthernet(bytes, 4, base, end)
    case .broadcomTag, .marvellTag: try decodeTyped(at: 16, bytes, base, end)  // tag (4) behind the addresses
    case .marvellTypedTag: try decodeTyped(at: 20, bytes, base, end)  // tag (8) behind the addresses
    default: throw .unsupportedLink
    }
  }

  private mutating func decodeTyped(
    at offset: Int, _ bytes: Span<UInt8>, _ base: Int, _ end: Int
  ) throws(Undecoded) {
    guard offset &+ 2 <= bytes.count else { throw .truncated }
    try decodeInnerType(bytes.uint16(at: offset), bytes, offset &+ 2, base, end)
  }

  /// Family (1), version 0 (1), resource (2), then length (2), type (2), value padded to four bytes; type 9 is the
  /// packet. Lengths are in the writer's byte order: one that does not fit is tried in the other.
  private mutating func decodeNetfilterLog(_ bytes: Span<UInt8>, _ base: Int, _ end: Int) throws(Undecoded) {
    guard bytes.count >= 4 else { throw .truncated }
    guard bytes[0] == 2 || bytes[0] == 10, bytes[1] == 0 else { throw .notIP }
    var offset = 4
    while true {
      guard offset &+ 4 <= bytes.count else { throw .truncated }
      let isLittle = bytes[offset &+ 3] == 0
      let length = isLittle ? bytes.uint16(at: offset).byteSwapped : bytes.uint16(at: offset)
      let type = isLittle ? bytes.uint16(at: offset &+ 2).byteSwapped : bytes.uint16(at: offset &+ 2)
      guard length >= 4 else { throw .badLength }
      if type == 9 { return try decodeInnerIP(bytes, offset &+ 4, base, min(end, offset &+ Int(length))) }
      offset &+= (Int(length) &+ 3) & ~3
    }
  }

  /// Apple: header length (4), type of what follows (4; 0 nothing), its DLT (4), ..., little-endian.
  private mutating func decodePacketTap(_ bytes: Span<UInt8>, _ base: Int, _ end: Int) throws(Undecoded) {
    guard bytes.count >= 12 else { throw .truncated }
    let length = Int(bytes.uint32(at: 0).byteSwapped)
    guard length >= 12, length < 0x1_0000 else { throw .badLength }
    switch bytes.uint32(at: 8).byteSwapped {
    case 1: try decodeInnerEthernet(bytes, length, base, end)
    case 12, 14, 101: try decodeInnerIP(bytes, length, base, end)
    case 0, 108: try decodeInnerIP(bytes, length &+ 4, base, end)
    case 9: try decodePPP(bytes, length, base, end)
    case 105: try decodeWireless(bytes, length, base, end)
    default: throw .unsupportedLink
    }
  }

  /// Juniper: "MGC" (3), flags (1; 0x80 extensions, 0x02 no link header), length of the extensions (2), extensions.
  private mutating func decodeJuniper(_ bytes: Span<UInt8>, _ base: Int, _ end: Int) throws(Undecoded) {
    guard bytes.count >= 4 else { throw .truncated }
    guard bytes.uint24(at: 0) == 0x4D4743 else { throw .notIP }
    var offset = 4
    if bytes[3] & 0x80 != 0 {
      guard bytes.count >= 6 else { throw .truncated }
      offset = 6 &+ Int(bytes.uint16(at: 4))
    }
    // Without a link header: the family (4), then the packet.
    if bytes[3] & 0x02 != 0 { return try decodeInnerIP(bytes, offset &+ 4, base, end) }
    try decodeInnerEthernet(bytes, offset, base, end)
  }
}
