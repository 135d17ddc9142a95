// RFC 791 section 3.2, RFC 8200 section 4.5: which part of which packet a fragment is.

/// One fragment of an IP packet: its place, and where its bytes lie.
public struct FragmentHeader: Sendable {
  /// Fragments of one packet have these in common (RFC 791: addresses, protocol and identification).
  public struct Key: Equatable, Sendable, BitwiseCopyable {
    /// Sender.
    public let source: AddressBits
    /// Receiver.
    public let destination: AddressBits
    /// Identification; 16 bits for IPv4.
    public let identification: UInt32
    /// IPv4: protocol. IPv6: 0, the identification alone counts there.
    public let transport: UInt8
    /// 4 or 6.
    public let family: UInt8
  }

  /// Which packet.
  public let key: Key
  /// Where its data belong in the packet's data, bytes.
  public let offset: Int
  /// More fragments follow behind it.
  public let hasMore: Bool
  /// Headers that every fragment carries, as a range of the block; without the fragment header itself.
  public let headers: Range<Int>
  /// Place of the byte in `headers` that names what follows them (IPv4: the protocol).
  public let nextField: Int
  /// What follows the headers of the whole packet.
  public let next: UInt8
  /// Start of the data in the block.
  public let start: Int
  /// Bytes of data on the wire.
  public let length: Int
  /// Bytes of data captured.
  public let captured: Int

  /// The fragment whose IP header lies `networkOffset` bytes into the frame; nil if there is none.
  public init?(_ block: Span<UInt8>, _ frame: FrameInfo, networkOffset: Int) {
    let begin = frame.start &+ networkOffset
    let frameEnd = frame.start &+ Int(frame.capturedLength)
    guard networkOffset >= 0, begin &+ 20 <= frameEnd, frameEnd <= block.count else { return nil }
    let bytes = block.extracting(begin..<frameEnd)
    var end: Int
    switch bytes[0] >> 4 {
    case 4:
      let length = Int(bytes[0] & 0x0F) << 2
      end = Int(bytes.uint16(at: 2))
      let field = bytes.uint16(at: 6)
      guard length >= 20, length <= bytes.count, end >= length, field & 0x3FFF != 0 else { return nil }
      offset = Int(field & 0x1FFF) << 3
      hasMore = field & 0x2000 != 0
      next = bytes[9]
      nextField = 9
      headers = begin..<(begin &+ length)
      start = begin &+ length
      key = Key(
        source: AddressBits(low: UInt64(bytes.uint32(at: 12))),
        destination: AddressBits(low: UInt64(bytes.uint32(at: 16))),
        identification: UInt32(bytes.uint16(at: 4)), transport: next, family: 4)
    case 6:
      guard bytes.count >= 40 else { return nil }
      end = Int(bytes.uint16(at: 4)) &+ 40
      var field = 6
      var position = 40
      var count = 0
      // Only headers that routers read may stand in front of it.
      while bytes[field] == 0 || bytes[field] == 43 || bytes[field] == 60 {
        guard position &+ 8 <= bytes.count, count < 8 else { return nil }
        count &+= 1
        field = position
        position &+= (Int(bytes[position &+ 1]) &+ 1) << 3
      }
      guard bytes[field] == 44, position &+ 8 <= bytes.count, end >= position &+ 8 else { return nil }
      let place = bytes.uint16(at: position &+ 2)
      guard place & 0xFFF9 != 0 else { return nil }
      offset = Int(place & 0xFFF8)
      hasMore = place & 1 != 0
      next = bytes[position]
      nextField = field
      headers = begin..<(begin &+ position)
      start = begin &+ position &+ 8
      key = Key(
        source: AddressBits(high: bytes.uint64(at: 8), low: bytes.uint64(at: 16)),
        destination: AddressBits(high: bytes.uint64(at: 24), low: bytes.uint64(at: 32)),
        identification: bytes.uint32(at: position &+ 4), transport: 0, family: 6)
    default: return nil
    }
    end &+= begin
    length = end &- start
    captured = max(0, min(end, frameEnd) &- start)
  }
}
