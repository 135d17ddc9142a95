/// A UDP datagram of the most frequent kind, read as far as its flow needs: Ethernet, IPv4 without options and whole.
///
/// What a media packet costs is what is read of it and written down; everything else of the packet is read only if its
/// flow wants it, by `Packet.decode`.
public struct PlainDatagram: BitwiseCopyable, Sendable {
  /// Address and port of the lower end in canonical order: address << 16 | port.
  public var lower: UInt64 = 0
  /// The same of the higher end.
  public var higher: UInt64 = 0
  /// Offset in the block of the first payload byte.
  public var payloadStart = 0
  /// Captured payload bytes.
  public var payloadLength: Int32 = 0
  /// Payload bytes on the wire, as the headers say.
  public var payloadWireLength: Int32 = 0
  /// IP bytes as the header says.
  public var ipLength: UInt32 = 0
  /// The sender is the higher end.
  public var isReversed = false
  /// Time to live.
  public var timeToLive: UInt8 = 0
  /// First eight captured payload bytes; 0 if fewer than twelve were captured.
  public var leading: UInt64 = 0
  /// The four bytes behind these: of RTP its source.
  public var source: UInt32 = 0

  /// An empty datagram.
  public init() {}

  /// Sender's port.
  @inlinable public var sourcePort: UInt16 { UInt16(truncatingIfNeeded: isReversed ? higher : lower) }
  /// Receiver's port.
  @inlinable public var destinationPort: UInt16 { UInt16(truncatingIfNeeded: isReversed ? lower : higher) }

  /// Becomes the datagram of a packet that was decoded otherwise; of the ends only the ports mean something.
  @inlinable @inline(always)
  public mutating func take(_ packet: Packet) {
    payloadStart = packet.payloadStart
    payloadLength = packet.payloadLength
    payloadWireLength = packet.payloadWireLength
    ipLength = packet.ipLength
    timeToLive = packet.timeToLive
    lower = UInt64(packet.sourcePort)
    higher = UInt64(packet.destinationPort)
    isReversed = false
  }

  /// Reads what of the payload is kept, for a datagram that was not decoded here.
  @inlinable
  public mutating func readLeading(_ block: Span<UInt8>) {
    leading = 0
    guard payloadLength >= 12 else { return }
    let head = block.extracting(payloadStart..<(payloadStart &+ 12))
    leading = head.uint64(at: 0)
    source = head.uint32(at: 8)
  }

  /// Becomes the frame's datagram; false if the frame is of another kind or one of those that more is done with: answers
  /// of DNS, ports of tunnels, packets above `largest` IP bytes. What this then holds means nothing.
  ///
  /// Says of a frame what `Packet.decode` says of it.
  @inlinable @inline(always)
  public mutating func decode(_ block: Span<UInt8>, _ frame: FrameInfo, largest: UInt32) -> Bool {
    // What is too short for media is decoded in full, if it is not padded: there is little of it.
    guard frame.linkType == .ethernet, frame.capturedLength >= 54 else { return false }
    let header = block.extracting(frame.start..<(frame.start &+ 54))
    // EtherType IPv4, then version 4 and a header of five words; 0x3FFF: more fragments, and any offset.
    guard header[23] == 17, header.uint16(at: 12) == 0x0800, header[14] == 0x45, header.uint16(at: 20) & 0x3FFF == 0
    else { return false }
    let total = UInt32(header.uint16(at: 16))
    let claimed = UInt32(header.uint16(at: 38))
    let from = UInt64(header.uint16(at: 34))
    let to = UInt64(header.uint16(at: 36))
    guard claimed >= 8, total >= 20 &+ claimed, total <= largest, from != 53,
      !Packet.mayCarryTunnel(UInt16(truncatingIfNeeded: to))
    else { return false }
    let sender = UInt64(header.uint32(at: 26)) &<< 16 | from
    let receiver = UInt64(header.uint32(at: 30)) &<< 16 | to
    isReversed = receiver < sender
    lower = min(sender, receiver)
    higher = max(sender, receiver)
    ipLength = total
    timeToLive = header[22]
    payloadStart = frame.start &+ 42
    let length = Int32(bitPattern: claimed &- 8)
    payloadWireLength = length
    payloadLength = min(length, frame.capturedLength &- 42)
    leading = header.uint64(at: 42)
    source = header.uint32(at: 50)
    return true
  }
}
