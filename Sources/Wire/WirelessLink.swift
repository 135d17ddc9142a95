// IEEE 802.11 frames, and what capture programs write in front of them: radiotap, PPI, Prism, AVS.
// These headers and 802.11 itself are little-endian; AVS is not.

extension Packet {
  /// radiotap.org: version (1), padding (1), length (2), fields present (4 each while bit 31 is set), fields.
  mutating func decodeRadiotap(_ bytes: Span<UInt8>, _ base: Int, _ end: Int) throws(Undecoded) {
    guard bytes.count >= 8 else { throw .truncated }
    let length = Int(bytes.uint16(at: 2).byteSwapped)
    guard bytes[0] == 0, length >= 8 else { throw .badLength }
    guard length <= bytes.count else { throw .truncated }
    let present = bytes.uint32(at: 4).byteSwapped
    var fields = 8
    var word = present
    while word & 0x8000_0000 != 0 {
      guard fields &+ 4 <= length else { throw .badLength }
      word = bytes.uint32(at: fields).byteSwapped
      fields &+= 4
    }
    // The timestamp (bit 0) is eight bytes at a multiple of eight; the flags (bit 1) are the byte behind it.
    if present & 1 != 0 { fields = (fields &+ 7) & ~7 &+ 8 }
    let isPadded = present & 2 != 0 && fields < length && bytes[fields] & 0x20 != 0
    try decodeWireless(bytes, length, base, end, isPadded: isPadded)
  }

  /// CACE's per-packet information: version (1), flags (1), length (2), link type of what follows (4), fields.
  mutating func decodePPI(_ bytes: Span<UInt8>, _ base: Int, _ end: Int) throws(Undecoded) {
    guard bytes.count >= 8 else { throw .truncated }
    let length = Int(bytes.uint16(at: 2).byteSwapped)
    guard length >= 8 else { throw .badLength }
    guard length <= bytes.count else { throw .truncated }
    switch bytes.uint32(at: 4).byteSwapped {
    case 105: try decodeWireless(bytes, length, base, end)
    case 1: try decodeInnerEthernet(bytes, length, base, end)
    case 9: try decodePPP(bytes, length, base, end)
    case 12, 101: try decodeInnerIP(bytes, length, base, end)
    default: throw .unsupportedLink
    }
  }

  /// Prism: message code (4), length (4), ... in the writer's byte order; some drivers write AVS under its number.
  /// AVS: version `80 21 10 0x` (4), length (4), ...
  mutating func decodePrism(_ bytes: Span<UInt8>, _ base: Int, _ end: Int) throws(Undecoded) {
    guard bytes.count >= 8 else { throw .truncated }
    let field = bytes.uint32(at: 4)
    let isNetworkOrder = bytes.uint32(at: 0) & 0xFFFF_FFF0 == 0x8021_1000 || field < 0x1_0000
    let length = Int(isNetworkOrder ? field : field.byteSwapped)
    guard length >= 8, length < 0x1_0000 else { throw .badLength }
    guard length <= bytes.count else { throw .truncated }
    try decodeWireless(bytes, length, base, end)
  }

  /// IEEE 802.11-2020 section 9.2: frame control (2), duration (2), three addresses (18), sequence control (2), a
  /// fourth address between access points (6), QoS control (2), HT control (4).
  mutating func decodeWireless(
    _ bytes: Span<UInt8>, _ start: Int, _ base: Int, _ end: Int, isPadded: Bool = false
  ) throws(Undecoded) {
    guard start &+ 2 <= bytes.count else { throw .truncated }
    let kind = bytes[start]
    let flags = bytes[start &+ 1]
    // Version 0, type data; the bit 0x40 of the subtype says that there is none (null frames).
    guard kind & 0x0F == 0x08, kind & 0x40 == 0 else { throw .notIP }
    let hasQoS = kind & 0x80 != 0
    var length = 24
    if flags & 0x03 == 0x03 { length &+= 6 }
    let qos = start &+ length
    if hasQoS { length &+= flags & 0x80 != 0 ? 6 : 2 }
    guard start &+ length <= bytes.count else { throw .truncated }
    // Atheros pads the header to four bytes and radiotap says so.
    var offset = start &+ (isPadded ? (length &+ 3) & ~3 : length)
    if bytes[start &+ 22] & 0x0F != 0 { throw .fragment }
    if flags & 0x04 != 0 { traits.insert(.firstFragment) }
    if flags & 0x40 != 0 {
      // A card that deciphered the frame may leave the bit set, with or without the eight bytes of the cipher's header.
      guard offset &+ 11 <= bytes.count else { throw .encrypted }
      if bytes.uint24(at: offset) != 0xAAAA03 { offset &+= 8 }
      guard bytes.uint24(at: offset) == 0xAAAA03 else { throw .encrypted }
    }
    if hasQoS, bytes[qos] & 0x80 != 0 {
      // Several packets share the frame (A-MSDU): addresses (12), length (2), LLC. The first one is read.
      guard offset &+ 14 <= bytes.count else { throw .truncated }
      return try decodeLLC(bytes, offset &+ 14, base, min(end, offset &+ 14 &+ Int(bytes.uint16(at: offset &+ 12))))
    }
    try decodeLLC(bytes, offset, base, end)
  }
}
