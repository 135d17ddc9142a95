// RFC 9000 section 17.2 and RFC 8999: QUIC long headers; RFC 9369 section 3.2: version 2's packet types.

/// QUIC packet types of the long header.
public enum QUICPacketType: UInt8, Sendable, BitwiseCopyable {
  case initial
  case zeroRTT
  case handshake
  case retry
  case versionNegotiation
}

/// A QUIC long header; what follows it is encrypted, the Initial's with keys that anyone can derive.
public struct QUICLongHeader: Sendable, BitwiseCopyable {
  /// Longest connection id of versions 1 and 2.
  public static let longestConnectionID = 20

  /// Version; 0 for Version Negotiation.
  public let version: UInt32
  /// Packet type.
  public let type: QUICPacketType
  /// Bytes of an Initial's token, or of a Retry's.
  public let tokenLength: Int
  /// Bytes of packet number and payload that the header announces; 0 for Retry and Version Negotiation.
  public let length: Int
  /// Where the packet number starts; for Retry and Version Negotiation where the header ends.
  public let packetNumberOffset: Int
  private let destinationLength: UInt8
  private let sourceLength: UInt8
  private let lengthBytes: Int

  /// Where the destination connection id lies; a client's first one keys its Initials.
  public var destinationID: Range<Int> { 6..<(6 &+ Int(destinationLength)) }

  /// Where the source connection id lies.
  public var sourceID: Range<Int> {
    let start = 7 &+ Int(destinationLength)
    return start..<(start &+ Int(sourceLength))
  }

  /// Where the token of an Initial lies; empty for other types.
  public var token: Range<Int> {
    let end = packetNumberOffset &- lengthBytes
    guard type == .initial else { return end..<end }
    return (end &- tokenLength)..<end
  }

  /// Where the next packet of the datagram starts, or its end.
  public var end: Int { packetNumberOffset &+ length }

  /// Whether the packet's layout is version 1's: versions 1 and 2, the drafts from 23 on, Facebook's mvfst, and Google's
  /// Q050, T050 and T051 (`quic-mvfst-27`, `quic_q50`, `quic_t50`).
  public static func isKnown(_ version: UInt32) -> Bool {
    switch version {
    case 0x0000_0001, 0x6B33_43CF, 0xFF00_0017...0xFF00_0022, 0xFACE_B001, 0xFACE_B002, 0xFACE_B00E, 0x5130_3530,
      0x5430_3530, 0x5430_3531:
      true
    default: false
    }
  }

  /// Reads the header at the start of a datagram, or of a packet coalesced into it (span and length from there on); nil
  /// for versions whose layout is unknown, and where a length does not fit.
  public init?(_ datagram: Span<UInt8>, wireLength: Int) {
    guard datagram.count >= 7 else { return nil }
    let head = datagram.extracting(0..<6)
    let first = head[0]
    let version = head.uint32(at: 1)
    // The fixed bit may be greased (RFC 9287; seen in `quic_frags_ch_in_multiple_packets`).
    guard first & 0x80 != 0, version == 0 || QUICLongHeader.isKnown(version) else { return nil }
    let limit = version == 0 ? 255 : QUICLongHeader.longestConnectionID
    let destinationLength = head[5]
    let sourceAt = 6 &+ Int(destinationLength)
    guard Int(destinationLength) <= limit, sourceAt < datagram.count else { return nil }
    let sourceLength = datagram[sourceAt]
    var offset = sourceAt &+ 1 &+ Int(sourceLength)
    guard Int(sourceLength) <= limit, offset <= datagram.count else { return nil }
    self.version = version
    self.destinationLength = destinationLength
    self.sourceLength = sourceLength
    let type = version == 0 ? QUICPacketType.versionNegotiation : QUICLongHeader.type(first, version)
    self.type = type
    switch type {
    case .versionNegotiation:
      // A list of versions, at least one, follows to the end.
      guard wireLength &- offset >= 4, (wireLength &- offset) & 3 == 0 else { return nil }
      self.tokenLength = 0
      self.length = 0
      self.lengthBytes = 0
    case .retry:
      // A token follows to the 16 bytes of integrity tag at the end.
      guard wireLength &- offset >= 16 else { return nil }
      self.tokenLength = wireLength &- offset &- 16
      self.length = 0
      self.lengthBytes = 0
    case .initial, .zeroRTT, .handshake:
      var token = 0
      if type == .initial {
        guard let field = QUICVariableInteger(datagram, at: offset) else { return nil }
        offset &+= field.size
        guard field.value <= UInt64(Swift.max(0, wireLength &- offset)) else { return nil }
        token = Int(field.value)
        offset &+= token
      }
      guard let field = QUICVariableInteger(datagram, at: offset) else { return nil }
      offset &+= field.size
      // A packet number of one byte and an AEAD tag are the least that can follow.
      guard field.value >= 17, field.value <= UInt64(Swift.max(0, wireLength &- offset)) else { return nil }
      self.tokenLength = token
      self.length = Int(field.value)
      self.lengthBytes = field.size
    }
    self.packetNumberOffset = offset
  }

  private static func type(_ first: UInt8, _ version: UInt32) -> QUICPacketType {
    let bits = first >> 4 & 3
    // Version 2 counts from Retry on (RFC 9369 section 3.2).
    let number = version == 0x6B33_43CF ? (bits &+ 3) & 3 : bits
    return QUICPacketType(rawValue: number) ?? .initial
  }
}
