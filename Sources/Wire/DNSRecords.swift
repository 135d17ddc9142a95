// RFC 1035 section 4.1.3 and RFC 3596: resource records.

/// A resource record of an answer.
public struct DNSRecord: Sendable, BitwiseCopyable {
  /// Type CNAME.
  public static let cname: UInt16 = 5

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

  /// The owner's name in lower case.
  public func ownerName(in payload: Span<UInt8>) -> String? {
    DNSName.read(payload, at: name)?.text
  }
}

/// Walks a message's answer records; ends at the first one that is cut.
public struct DNSRecords: Sendable, BitwiseCopyable {
  private var offset: Int
  private var left: Int

  /// Over the answers of `message`.
  public init(_ message: DNSMessage) {
    self.offset = message.recordsOffset
    // No honest answer holds more, and the work on a hostile one stays small.
    self.left = Swift.min(message.answerCount, 256)
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
