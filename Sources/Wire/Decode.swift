// Frame to packet: link layer, VLAN tags, IP with extension headers, transport header.
// Each layer slices once at its variable offset and then reads constant offsets (one bounds check a header).

extension Packet {
  /// The short way for nearly all frames: Ethernet, IPv4 without options and whole, UDP or TCP without options but
  /// timestamps. False for anything else, and what this packet then holds means nothing: `decode` has to be asked.
  ///
  /// Says of a frame what `decode` says of it, at constant offsets and inlined into the packet loop.
  @inlinable @inline(always)
  public mutating func decodePlain(_ block: Span<UInt8>, _ frame: FrameInfo) -> Bool {
    let captured = Int(frame.capturedLength)
    guard frame.linkType == .ethernet, captured >= 42 else { return false }
    let bytes = block.extracting(frame.start..<(frame.start &+ captured))
    let header = bytes.extracting(0..<42)
    let total = Int(header.uint16(at: 16))
    let fragment = header.uint16(at: 20)
    // EtherType IPv4, then version 4 and a header of five words; 0x3FFF: more fragments, and any offset.
    guard header.uint16(at: 12) == 0x0800, header[14] == 0x45, fragment & 0x3FFF == 0 else { return false }
    traits = PacketTraits(rawValue: fragment & 0x4000 == 0 ? 0 : PacketTraits.dontFragment.rawValue)
    family = 4
    ipLength = UInt32(truncatingIfNeeded: total)
    identification = header.uint16(at: 18)
    timeToLive = header[22]
    source = AddressBits(low: UInt64(header.uint32(at: 26)))
    destination = AddressBits(low: UInt64(header.uint32(at: 30)))
    sourcePort = header.uint16(at: 34)
    destinationPort = header.uint16(at: 36)
    let start: Int
    let end: Int
    if header[23] == 17 {
      transport = .udp
      let claimed = Int(header.uint16(at: 38))
      guard claimed >= 8, total >= 20 &+ claimed, !Self.mayCarryTunnel(destinationPort) else { return false }
      start = 42
      end = 34 &+ claimed
    } else if header[23] == 6, captured >= 54 {
      transport = .tcp
      let segment = bytes.extracting(34..<54)
      sequence = SequenceNumber(segment.uint32(at: 4))
      acknowledgment = SequenceNumber(segment.uint32(at: 8))
      tcpFlags = TCPFlags(rawValue: segment[13])
      // A reset's header is looked at more closely.
      if tcpFlags.contains(.rst) { return false }
      window = segment.uint16(at: 14)
      end = 14 &+ total
      if segment[12] >> 4 == 5 {
        guard total >= 40 else { return false }
        start = 54
      } else {
        // NOP NOP timestamps, as most stacks send them on every segment.
        guard segment[12] >> 4 == 8, total >= 52, captured >= 66, bytes.uint32(at: 54) == 0x0101_080A else {
          return false
        }
        traits.insert(.timestamps)
        timestampValue = bytes.uint32(at: 58)
        timestampEcho = bytes.uint32(at: 62)
        start = 66
      }
    } else {
      return false
    }
    payloadStart = frame.start &+ start
    payloadWireLength = Int32(truncatingIfNeeded: end &- start)
    payloadLength = Int32(truncatingIfNeeded: max(0, min(end, captured) &- start))
    return true
  }

  /// Fills this packet from one frame of `block`, or names why it cannot.
  ///
  /// Fields that the frame's protocol does not have keep the values of the packet before: read them only after
  /// looking at `transport` and `traits`.
  public mutating func decode(_ block: Span<UInt8>, _ frame: FrameInfo) throws(Undecoded) {
    traits = []
    let bytes = block.extracting(frame.start..<(frame.start &+ Int(frame.capturedLength)))
    let wireLength = Int(frame.wireLength)
    switch frame.linkType {
    case .ethernet:
      guard bytes.count >= 14 else { throw .truncated }
      try decodeEtherType(bytes.uint16(at: 12), bytes, 14, frame.start, wireLength)
    case .linuxSLL:
      guard bytes.count >= 16 else { throw .truncated }
      try decodeEtherType(bytes.uint16(at: 14), bytes, 16, frame.start, wireLength)
    case .linuxSLL2:
      guard bytes.count >= 20 else { throw .truncated }
      try decodeEtherType(bytes.uint16(at: 0), bytes, 20, frame.start, wireLength)
    case .raw, .ipv4, .ipv6:
      try decodeIP(bytes, 0, frame.start, wireLength)
    case .null, .loop:
      // The family's number and byte order differ between systems (AF_INET6 is 10, 24, 28 or 30), and the nibble that
      // follows settles it: look at the version field instead.
      guard bytes.count >= 4 else { throw .truncated }
      let family = bytes.uint32(at: 0)
      let small = family <= 0xFFFF ? family : family.byteSwapped
      guard small == 2 || small == 10 || small == 24 || small == 28 || small == 30 else { throw .notIP }
      try decodeIP(bytes, 4, frame.start, wireLength)
    default:
      try decodeOtherLink(bytes, frame.linkType, frame.start, wireLength)
    }
  }

  private mutating func decodeEtherType(
    _ first: UInt16, _ bytes: Span<UInt8>, _ firstOffset: Int, _ base: Int, _ wireLength: Int
  ) throws(Undecoded) {
    var type = first
    var offset = firstOffset
    // 802.1Q, 802.1ad and the pre-standard QinQ value; more than eight tags is a loop, not a network.
    while type == 0x8100 || type == 0x88A8 || type == 0x9100 {
      guard offset &+ 4 <= bytes.count else { throw .truncated }
      guard offset < 14 &+ 6 &+ 32 else { throw .headerChain }
      traits.insert(.vlan)
      type = bytes.uint16(at: offset &+ 2)
      offset &+= 4
    }
    guard type == 0x0800 || type == 0x86DD else {
      return try decodeOtherType(type, bytes, offset, base, wireLength)
    }
    try decodeIP(bytes, offset, base, wireLength)
  }

  /// IP behind a link or tunnel that the ordinary path does not know; `end` is an offset in the frame.
  @inline(never)
  mutating func decodeInnerIP(_ bytes: Span<UInt8>, _ offset: Int, _ base: Int, _ end: Int) throws(Undecoded) {
    try decodeIP(bytes, offset, base, end)
  }

  /// What a header between IP and its transport announces.
  @inline(never)
  mutating func decodeInnerTransport(
    _ number: UInt8, _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ base: Int
  ) throws(Undecoded) {
    try decodeTransport(number, bytes, start, end, base)
  }

  /// RFC 791 section 3.1 or RFC 8200 section 3, at `offset` of the frame.
  private mutating func decodeIP(
    _ bytes: Span<UInt8>, _ offset: Int, _ base: Int, _ wireLength: Int
  ) throws(Undecoded) {
    guard offset < bytes.count else { throw .truncated }
    switch bytes[offset] >> 4 {
    case 4: try decodeIPv4(bytes, offset, base, wireLength)
    case 6: try decodeIPv6(bytes, offset, base, wireLength)
    default: throw .badVersion
    }
  }

  @inline(always)
  private mutating func decodeIPv4(
    _ bytes: Span<UInt8>, _ offset: Int, _ base: Int, _ wireLength: Int
  ) throws(Undecoded) {
    guard offset &+ 20 <= bytes.count else { throw .truncated }
    let header = bytes.extracting(offset..<(offset &+ 20))
    let headerLength = Int(header[0] & 0x0F) << 2
    var total = Int(header.uint16(at: 2))
    // Segmentation offload writes a total length of 0: the frame's own length is the only one there is.
    if total == 0 { total = max(0, wireLength &- offset) }
    guard headerLength >= 20, total >= headerLength else { throw .badLength }
    let fragment = header.uint16(at: 6)
    family = 4
    ipLength = UInt32(truncatingIfNeeded: total)
    identification = header.uint16(at: 4)
    timeToLive = header[8]
    source = AddressBits(low: UInt64(header.uint32(at: 12)))
    destination = AddressBits(low: UInt64(header.uint32(at: 16)))
    if fragment & 0x4000 != 0 { traits.insert(.dontFragment) }
    if fragment & 0x3FFF != 0 { try noteFragment(offset, isFirst: fragment & 0x1FFF == 0) }
    let start = offset &+ headerLength
    try decodeTransport(header[9], bytes, start, offset &+ total, base)
  }

  /// Keeps where the fragment's IP header lies, for reassembly; a later one has no ports and is refused.
  @inline(never)
  private mutating func noteFragment(_ offset: Int, isFirst: Bool) throws(Undecoded) {
    networkOffset = UInt8(clamping: offset)
    if !isFirst { throw .fragment }
    traits.insert(.firstFragment)
  }

  private mutating func decodeIPv6(
    _ bytes: Span<UInt8>, _ offset: Int, _ base: Int, _ wireLength: Int
  ) throws(Undecoded) {
    guard offset &+ 40 <= bytes.count else { throw .truncated }
    let header = bytes.extracting(offset..<(offset &+ 40))
    var total = Int(header.uint16(at: 4)) &+ 40
    // Jumbogram or offload (RFC 2675): take the frame's length.
    if total == 40 { total = max(40, wireLength &- offset) }
    family = 6
    ipLength = UInt32(truncatingIfNeeded: total)
    identification = 0
    timeToLive = header[7]
    source = AddressBits(high: header.uint64(at: 8), low: header.uint64(at: 16))
    destination = AddressBits(high: header.uint64(at: 24), low: header.uint64(at: 32))
    var next = header[6]
    var start = offset &+ 40
    let end = offset &+ total
    var headers = 0
    // RFC 8200 section 4: hop-by-hop, routing, destination options, fragment; RFC 4302 AH; RFC 6275, 7401, 5533.
    while true {
      switch next {
      case 0, 43, 60, 135, 139, 140, 51:
        guard start &+ 8 <= bytes.count else { throw .truncated }
        let length = next == 51 ? (Int(bytes[start &+ 1]) &+ 2) << 2 : (Int(bytes[start &+ 1]) &+ 1) << 3
        next = bytes[start]
        start &+= length
      case 44:
        guard start &+ 8 <= bytes.count else { throw .truncated }
        let field = bytes.uint16(at: start &+ 2)
        identification = bytes.uint16(at: start &+ 6)
        // Offset 0 and no more to come (RFC 6946) is a whole packet.
        if field & 0xFFF9 != 0 { try noteFragment(offset, isFirst: field & 0xFFF8 == 0) }
        next = bytes[start]
        start &+= 8
      default:
        try decodeTransport(next, bytes, start, end, base)
        return
      }
      headers &+= 1
      guard headers <= 12 else { throw .headerChain }
      guard start <= end else { throw .badLength }
    }
  }

  /// `start` and `end`: the IP payload on the wire, as offsets in the frame; `end` may lie beyond what was captured.
  @inline(always)
  private mutating func decodeTransport(
    _ number: UInt8, _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ base: Int
  ) throws(Undecoded) {
    switch number {
    case 17:
      transport = .udp
      guard start &+ 8 <= bytes.count else { throw .truncated }
      let header = bytes.extracting(start..<(start &+ 8))
      sourcePort = header.uint16(at: 0)
      destinationPort = header.uint16(at: 2)
      let claimed = Int(header.uint16(at: 4))
      // A length of 0 is a jumbogram (RFC 2675 section 4) or offload; a first fragment carries less than it claims.
      guard claimed >= 8 || claimed == 0, end >= start &+ 8 else { throw .badLength }
      let datagramEnd = claimed == 0 ? end : min(end, start &+ claimed)
      setPayload(start &+ 8, datagramEnd, bytes.count, base)
      if Self.mayCarryTunnel(destinationPort) { try decodeDatagramTunnel(bytes, start &+ 8, datagramEnd, base) }
    case 6:
      transport = .tcp
      guard start &+ 20 <= bytes.count else { throw .truncated }
      let header = bytes.extracting(start..<(start &+ 20))
      sourcePort = header.uint16(at: 0)
      destinationPort = header.uint16(at: 2)
      sequence = SequenceNumber(header.uint32(at: 4))
      acknowledgment = SequenceNumber(header.uint32(at: 8))
      let headerLength = Int(header[12] >> 4) << 2
      tcpFlags = TCPFlags(rawValue: header[13])
      window = header.uint16(at: 14)
      guard headerLength >= 20, start &+ headerLength <= end else { throw .badLength }
      if headerLength > 20 { decodeTCPOptions(bytes, start &+ 20, min(start &+ headerLength, bytes.count)) }
      if tcpFlags.contains(.rst) { windowShift = header[12] & 0xF }
      setPayload(start &+ headerLength, end, bytes.count, base)
    case 1, 58:
      transport = number == 1 ? .icmp : .icmpv6
      guard start &+ 8 <= bytes.count else { throw .truncated }
      guard end >= start &+ 8 else { throw .badLength }
      sourcePort = UInt16(bytes[start])
      destinationPort = UInt16(bytes[start &+ 1])
      setPayload(start &+ 8, end, bytes.count, base)
    default:
      try decodeTunnel(number, bytes, start, end, base)
    }
  }

  @inline(always)
  private mutating func setPayload(_ start: Int, _ end: Int, _ captured: Int, _ base: Int) {
    payloadStart = base &+ min(start, captured)
    payloadWireLength = Int32(truncatingIfNeeded: end &- start)
    payloadLength = Int32(truncatingIfNeeded: max(0, min(end, captured) &- start))
  }

  /// RFC 9293 section 3.1, RFC 7323 and RFC 2018 options in `start..<end`.
  private mutating func decodeTCPOptions(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) {
    // Linux and most stacks send NOP NOP timestamps alone on every data segment.
    if end &- start == 12, bytes.uint32(at: start) == 0x0101_080A {
      traits.insert(.timestamps)
      timestampValue = bytes.uint32(at: start &+ 4)
      timestampEcho = bytes.uint32(at: start &+ 8)
      return
    }
    var offset = start
    while offset < end {
      let kind = bytes[offset]
      if kind == 0 { return }
      if kind == 1 {
        offset &+= 1
        continue
      }
      guard offset &+ 2 <= end else { return }
      let length = Int(bytes[offset &+ 1])
      guard length >= 2, offset &+ length <= end else { return }
      switch (kind, length) {
      case (2, 4):
        traits.insert(.maximumSegmentSize)
        maximumSegmentSize = bytes.uint16(at: offset &+ 2)
      case (3, 3):
        traits.insert(.windowScale)
        windowShift = min(bytes[offset &+ 2], 14)
      case (5, _): traits.insert(.selectiveAcknowledgment)
      case (8, 10):
        traits.insert(.timestamps)
        timestampValue = bytes.uint32(at: offset &+ 2)
        timestampEcho = bytes.uint32(at: offset &+ 6)
      default: break
      }
      offset &+= length
    }
  }
}
