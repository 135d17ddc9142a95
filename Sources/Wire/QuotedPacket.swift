/// What an ICMP error says about the packet it quotes (RFC 792, RFC 4443 section 3).
public struct QuotedPacket: Sendable, BitwiseCopyable {
  /// ICMP type.
  public let type: UInt8
  /// ICMP code.
  public let code: UInt8
  /// Header of the packet that caused the error, as its sender wrote it; payload fields mean nothing.
  public let packet: Packet

  /// From a decoded ICMP packet of `block`; nil if it is no error or quotes less than the ports.
  public init?(_ outer: Packet, in block: Span<UInt8>) {
    let type = UInt8(truncatingIfNeeded: outer.sourcePort)
    // The shortest header and two ports.
    guard Self.isError(outer), outer.payloadLength >= 24 else { return nil }
    let bytes = block.extracting(outer.payloadStart..<(outer.payloadStart &+ Int(outer.payloadLength)))
    var inner = Packet()
    let version = bytes[0] >> 4
    var number: UInt8
    var start: Int
    if version == 4 {
      start = Int(bytes[0] & 0x0F) << 2
      guard start >= 20, start &+ 4 <= bytes.count, bytes.uint16(at: 6) & 0x1FFF == 0 else { return nil }
      number = bytes[9]
      inner.family = 4
      inner.timeToLive = bytes[8]
      inner.identification = bytes.uint16(at: 4)
      inner.source = AddressBits(low: UInt64(bytes.uint32(at: 12)))
      inner.destination = AddressBits(low: UInt64(bytes.uint32(at: 16)))
    } else if version == 6 {
      guard bytes.count >= 44 else { return nil }
      number = bytes[6]
      start = 40
      inner.family = 6
      inner.timeToLive = bytes[7]
      inner.source = AddressBits(high: bytes.uint64(at: 8), low: bytes.uint64(at: 16))
      inner.destination = AddressBits(high: bytes.uint64(at: 24), low: bytes.uint64(at: 32))
    } else {
      return nil
    }
    guard let transport = TransportProtocol(rawValue: number), transport == .udp || transport == .tcp else {
      return nil
    }
    inner.transport = transport
    inner.sourcePort = bytes.uint16(at: start)
    inner.destinationPort = bytes.uint16(at: start &+ 2)
    self.type = type
    self.code = UInt8(truncatingIfNeeded: outer.destinationPort)
    self.packet = inner
  }

  /// The message quotes a packet (RFC 792, RFC 4443 section 2.1).
  static func isError(_ outer: Packet) -> Bool {
    let type = outer.sourcePort
    return outer.transport == .icmp
      ? type == 3 || type == 4 || type == 5 || type == 11 || type == 12
      : outer.transport == .icmpv6 && type >= 1 && type <= 4
  }
}

/// What is left of a packet that an ICMP error quotes, where the capture cut it in front of its ports.
public struct CutQuote: Sendable, BitwiseCopyable {
  /// ICMP type.
  public let type: UInt8
  /// ICMP code.
  public let code: UInt8
  /// Its protocol; nil if that was cut.
  public private(set) var transport: TransportProtocol?
  /// Where it went to; 0 in the bits that were cut.
  public private(set) var destination = AddressBits()
  /// Bits of that which are there.
  public private(set) var destinationBits = 0
  /// Its sender's port; nil if that was cut.
  public private(set) var sourcePort: UInt16?

  /// From a decoded ICMP packet of `block`; nil if it is no error, was not cut, has its ports, or quotes what has none.
  public init?(_ outer: Packet, in block: Span<UInt8>) {
    guard QuotedPacket.isError(outer), outer.payloadLength < outer.payloadWireLength else { return nil }
    let bytes = block.extracting(outer.payloadStart..<(outer.payloadStart &+ Int(outer.payloadLength)))
    type = UInt8(truncatingIfNeeded: outer.sourcePort)
    code = UInt8(truncatingIfNeeded: outer.destinationPort)
    if bytes.count == 0 { return }
    let isV4 = bytes[0] >> 4 == 4
    guard isV4 || bytes[0] >> 4 == 6 else { return nil }
    let ports = isV4 ? Int(bytes[0] & 0x0F) << 2 : 40
    guard ports >= 20, bytes.count < ports &+ 4 else { return nil }
    // Later fragments have no ports (RFC 791 section 3.1).
    if isV4, bytes.count >= 8, bytes.uint16(at: 6) & 0x1FFF != 0 { return nil }
    let number = isV4 ? 9 : 6
    if bytes.count > number {
      guard let known = TransportProtocol(rawValue: bytes[number]), known == .udp || known == .tcp else { return nil }
      transport = known
    }
    let start = isV4 ? 16 : 24
    let length = isV4 ? 4 : 16
    for place in start..<min(max(start, bytes.count), start &+ length) {
      let bit = 8 &* (start &+ length &- 1 &- place)
      if bit >= 64 {
        destination.high |= UInt64(bytes[place]) << UInt64(bit &- 64)
      } else {
        destination.low |= UInt64(bytes[place]) << UInt64(bit)
      }
      destinationBits &+= 8
    }
    if bytes.count >= ports &+ 2 { sourcePort = bytes.uint16(at: ports) }
  }
}
