// RFC 6347 section 4.1: the DTLS 1.0/1.2 record; RFC 9147 section 4: DTLS 1.3's unified header.

/// What a TLS or DTLS record carries.
public enum TLSContentType: UInt8, Sendable, BitwiseCopyable {
  case changeCipherSpec = 20
  case alert = 21
  case handshake = 22
  case applicationData = 23
  case heartbeat = 24
  /// DTLS record with a connection id, of a length that only the peers know (RFC 9146).
  case connectionID = 25
  /// DTLS 1.3 acknowledgment.
  case acknowledgment = 26
}

/// One record of a datagram.
public struct DTLSRecord: Sendable, BitwiseCopyable {
  /// Bytes before the fragment in DTLS up to 1.2.
  public static let headerSize = 13

  /// What it carries; of a unified record nothing is known, and application data is assumed.
  public let contentType: TLSContentType
  /// 0xFEFF, 0xFEFD, 0xFEFC, or 0x0100 of AnyConnect; 0xFEFC for a unified record.
  public let version: UInt16
  /// Whether it has DTLS 1.3's short header, 001CSLEE; a weak sign (one byte): only after a DTLS handshake.
  public let isUnified: Bool
  /// Epoch; of a unified record the two low bits.
  public let epoch: UInt16
  /// 48-bit sequence number within the epoch: a gap is a loss; 0 for a unified record, which encrypts it.
  public let sequence: UInt64
  /// Fragment bytes on the wire.
  public let length: Int
  private let start: Int
  private let captured: Int

  /// Where the captured part of the fragment lies.
  public var fragment: Range<Int> { start..<(start &+ captured) }

  /// Whether the capture cut the fragment.
  public var isTruncated: Bool { captured < length }

  private init(
    _ contentType: TLSContentType, version: UInt16, isUnified: Bool, epoch: UInt16, sequence: UInt64, length: Int,
    start: Int, captured: Int
  ) {
    self.contentType = contentType
    self.version = version
    self.isUnified = isUnified
    self.epoch = epoch
    self.sequence = sequence
    self.length = length
    self.start = start
    self.captured = captured
  }

  /// Reads the record at `offset` of a datagram of `wireLength` bytes.
  ///
  /// Nil if the header is cut or is no DTLS, or if its length does not fit: one record proves DTLS as well as any.
  public init?(_ datagram: Span<UInt8>, at offset: Int = 0, wireLength: Int) {
    guard offset >= 0, offset < datagram.count else { return nil }
    let bytes = datagram.extracting(offset..<datagram.count)
    let rest = wireLength &- offset
    let record =
      bytes[0] & 0xE0 == 0x20
      ? DTLSRecord.unified(bytes, at: offset, rest: rest) : DTLSRecord.plain(bytes, at: offset, rest: rest)
    guard let record else { return nil }
    self = record
  }

  private static func plain(_ bytes: Span<UInt8>, at offset: Int, rest: Int) -> DTLSRecord? {
    guard bytes.count >= 13 else { return nil }
    let header = bytes.extracting(0..<13)
    guard let contentType = TLSContentType(rawValue: header[0]) else { return nil }
    let version = header.uint16(at: 1)
    switch version {
    case 0xFEFF, 0xFEFD, 0xFEFC, 0x0100: break
    default: return nil
    }
    // Behind a connection id of unknown length there is no length to read: the record takes the rest.
    let length = contentType == .connectionID ? rest &- 13 : Int(header.uint16(at: 11))
    guard length > 0, length <= rest &- 13 else { return nil }
    return DTLSRecord(
      contentType, version: version, isUnified: false, epoch: header.uint16(at: 3),
      sequence: UInt64(header.uint16(at: 5)) << 32 | UInt64(header.uint32(at: 7)), length: length,
      start: offset &+ 13, captured: Swift.min(length, bytes.count &- 13))
  }

  /// 001CSLEE, then connection id, 8 or 16 bits of sequence number, and a length if L is set.
  private static func unified(_ bytes: Span<UInt8>, at offset: Int, rest: Int) -> DTLSRecord? {
    let flags = bytes[0]
    let hasConnectionID = flags & 0x10 != 0
    var header = flags & 0x08 != 0 ? 3 : 2
    var length = rest &- header
    if flags & 0x04 != 0, !hasConnectionID {
      guard bytes.count >= header &+ 2 else { return nil }
      length = Int(bytes.extracting(header..<(header &+ 2)).uint16(at: 0))
      header &+= 2
    }
    // An encrypted record holds at least its content type and a tag of 16 bytes (RFC 9147 section 4.2.3).
    guard length >= 17, length <= rest &- header, bytes.count >= header else { return nil }
    return DTLSRecord(
      .applicationData, version: 0xFEFC, isUnified: true, epoch: UInt16(flags & 0x03), sequence: 0, length: length,
      start: offset &+ header, captured: Swift.min(length, bytes.count &- header))
  }
}
