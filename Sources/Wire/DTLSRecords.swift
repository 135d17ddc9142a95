// RFC 6347 section 4.1.1: several records may share a datagram.

/// Walks the records of a datagram.
public struct DTLSRecords: Sendable, BitwiseCopyable {
  private var offset = 0
  private let wireLength: Int

  /// Over a datagram of `wireLength` bytes.
  @inline(__always)
  public init(wireLength: Int) { self.wireLength = wireLength }

  /// The next record of `datagram`; a cut fragment ends the walk.
  @inline(__always)
  public mutating func next(in datagram: Span<UInt8>) -> DTLSRecord? {
    guard let record = DTLSRecord(datagram, at: offset, wireLength: wireLength) else { return nil }
    offset = record.fragment.lowerBound &+ record.length
    return record
  }
}
