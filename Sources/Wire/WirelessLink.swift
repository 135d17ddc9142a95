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
    let isAggregate = hasQoS && bytes[qos] & 0x80 != 0
    if flags & 0x40 != 0 {
      // A card that deciphered the frame may leave the bit set, with or without the eight bytes of the cipher's header.
      let packet = isAggregate ? AggregatedFrames.headerSize : 0
      guard offset &+ packet &+ 11 <= bytes.count else { throw .encrypted }
      if bytes.uint24(at: offset &+ packet) != 0xAAAA03 { offset &+= 8 }
      guard bytes.uint24(at: offset &+ packet) == 0xAAAA03 else { throw .encrypted }
    }
    if isAggregate { return try decodeAggregate(bytes, offset, base, end) }
    try decodeLLC(bytes, offset, base, end)
  }

  /// Packets that share a frame (A-MSDU). One alone is decoded; of several `AggregatedFrames` tells, and this packet's
  /// payload is all of them.
  private mutating func decodeAggregate(
    _ bytes: Span<UInt8>, _ offset: Int, _ base: Int, _ end: Int
  ) throws(Undecoded) {
    let start = offset &+ AggregatedFrames.headerSize
    guard start <= bytes.count else { throw .truncated }
    let length = Int(bytes.uint16(at: offset &+ 12))
    // A checksum at the frame's end is shorter than one more header.
    let next = offset &+ (AggregatedFrames.headerSize &+ length &+ 3) & ~3
    guard next &+ AggregatedFrames.headerSize >= end else {
      payloadStart = base &+ offset
      payloadLength = Int32(truncatingIfNeeded: min(end, bytes.count) &- offset)
      payloadWireLength = Int32(truncatingIfNeeded: end &- offset)
      throw .aggregate
    }
    try decodeLLC(bytes, start, base, min(end, start &+ length))
  }
}

/// Walks the packets of an A-MSDU (IEEE 802.11-2020 section 9.3.2.2): addresses (12), length (2), LLC and packet, padding
/// to four bytes between them.
public struct AggregatedFrames: Sendable {
  static let headerSize = 14
  private let whole: FrameInfo
  private var offset: Int
  private let end: Int
  private let wireEnd: Int
  private let first: Int

  /// Over the frame that `packet` could not be made of because there are several (`Undecoded.aggregate`).
  public init(_ packet: Packet, _ frame: FrameInfo) {
    whole = frame
    first = packet.payloadStart
    offset = packet.payloadStart
    end = offset &+ Int(packet.payloadLength)
    wireEnd = offset &+ Int(packet.payloadWireLength)
  }

  /// The next packet as a frame of its own that begins with LLC; nil behind the last one that was captured.
  public mutating func next(in block: Span<UInt8>) -> FrameInfo? {
    guard offset &+ Self.headerSize < end else { return nil }
    let length = Int(block.extracting((offset &+ 12)..<(offset &+ 14)).uint16(at: 0))
    let start = offset &+ Self.headerSize
    // Zeros behind the last one are padding.
    guard length > 0 else { return nil }
    var frame = whole
    frame.start = start
    frame.capturedLength = Int32(truncatingIfNeeded: min(length, end &- start))
    frame.wireLength = Int32(truncatingIfNeeded: min(length, wireEnd &- start))
    // LLC alone: what RFC 2684 puts on ATM.
    frame.linkType = .atm
    offset = first &+ (start &- first &+ length &+ 3) & ~3
    return frame
  }
}
