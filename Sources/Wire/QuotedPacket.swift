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
    let isError =
      outer.transport == .icmp
      ? (type == 3 || type == 4 || type == 5 || type == 11 || type == 12) : (type >= 1 && type <= 4)
    guard isError, outer.payloadLength >= 28 else { return nil }
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
}
