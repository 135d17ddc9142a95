// RFC 1035 section 4.1.3, RFC 3596 and RFC 9460: resource records.

/// A resource record of an answer.
public struct DNSRecord: Sendable, BitwiseCopyable {
  /// Type CNAME.
  public static let cname: UInt16 = 5
  /// Type HTTPS.
  public static let https: UInt16 = 65

  /// Offset of the owner's name.
  public let name: Int
  /// 1 A, 5 CNAME, 28 AAAA, 65 HTTPS.
  public let type: UInt16
  /// Class without multicast DNS's flush bit: 1 Internet.
  public let recordClass: UInt16
  /// Seconds to live; a set top bit means 0 (RFC 2181 section 8).
  public let ttl: UInt32
  private let start: Int
  private let length: Int

  /// Where the data lies.
  public var data: Range<Int> { start..<(start &+ length) }

  init(name: Int, head: Span<UInt8>, start: Int) {
    self.name = name
    self.type = head.uint16(at: 0)
    self.recordClass = head.uint16(at: 2) & 0x7FFF
    self.ttl = head.uint32(at: 4) >> 31 == 1 ? 0 : head.uint32(at: 4)
    self.start = start
    self.length = Int(head.uint16(at: 8))
  }

  /// The address of an A or AAAA record.
  public func address(in payload: Span<UInt8>) -> (family: UInt8, address: AddressBits)? {
    guard recordClass == 1, data.upperBound <= payload.count else { return nil }
    let bytes = payload.extracting(data)
    switch (type, length) {
    case (1, 4): return (4, AddressBits(low: UInt64(bytes.uint32(at: 0))))
    case (28, 16): return (6, AddressBits(high: bytes.uint64(at: 0), low: bytes.uint64(at: 8)))
    default: return nil
    }
  }

  /// Offset of the name that this record's owner is another name of: a CNAME's, or the target of an HTTPS record, in alias
  /// mode or in service mode (RFC 9460 section 2.2: priority (2), name, parameters).
  func alias(in payload: Span<UInt8>) -> Int? {
    switch type {
    case Self.cname: return start
    case Self.https:
      // The root stands for the owner itself.
      guard length >= 3, start &+ 2 < payload.count, payload[start &+ 2] != 0 else { return nil }
      return start &+ 2
    default: return nil
    }
  }

  /// Hands out the addresses that an HTTPS record hints at (RFC 9460 section 7.3: ipv4hint is parameter 4, ipv6hint 6).
  func forEachHint(in payload: Span<UInt8>, _ body: (UInt8, AddressBits) -> Void) {
    guard type == Self.https, recordClass == 1, length >= 3, data.upperBound <= payload.count,
      let nameEnd = DNSName.end(payload, at: start &+ 2)
    else { return }
    let end = data.upperBound
    var offset = nameEnd
    // Parameters: key (2), length (2), value.
    while offset &+ 4 <= end {
      let head = payload.extracting(offset..<(offset &+ 4))
      let valueEnd = offset &+ 4 &+ Int(head.uint16(at: 2))
      guard valueEnd <= end else { return }
      var place = offset &+ 4
      switch head.uint16(at: 0) {
      case 4:
        while place &+ 4 <= valueEnd {
          body(4, AddressBits(low: UInt64(payload.extracting(place..<(place &+ 4)).uint32(at: 0))))
          place &+= 4
        }
      case 6:
        while place &+ 16 <= valueEnd {
          let bytes = payload.extracting(place..<(place &+ 16))
          body(6, AddressBits(high: bytes.uint64(at: 0), low: bytes.uint64(at: 8)))
          place &+= 16
        }
      default: break
      }
      offset = valueEnd
    }
  }

  /// The name that this record's owner is another name of, in lower case; nil if it is of another type.
  public func aliasName(in payload: Span<UInt8>) -> String? {
    alias(in: payload).flatMap { DNSName.read(payload, at: $0)?.text }
  }

  /// The owner's name in lower case.
  public func ownerName(in payload: Span<UInt8>) -> String? {
    DNSName.read(payload, at: name)?.text
  }
}

/// Walks a message's answer records; ends at the first one that is cut.
public struct DNSRecords: Sendable, BitwiseCopyable {
  /// No honest answer holds more, and the work on a hostile one stays small.
  public static let limit = 256
  private var offset: Int
  private var left: Int

  /// Over the answers of `message`.
  public init(_ message: DNSMessage) {
    self.offset = message.recordsOffset
    self.left = Swift.min(message.answerCount, Self.limit)
  }

  /// The next answer in `payload`, from which the message was read.
  public mutating func next(in payload: Span<UInt8>) -> DNSRecord? {
    guard left > 0, let end = DNSName.end(payload, at: offset), end &+ 10 <= payload.count else { return nil }
    let record = DNSRecord(name: offset, head: payload.extracting(end..<(end &+ 10)), start: end &+ 10)
    guard record.data.upperBound <= payload.count else { return nil }
    offset = record.data.upperBound
    left &-= 1
    return record
  }
}
