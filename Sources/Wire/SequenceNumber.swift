/// TCP sequence number: differences wrap modulo 2^32 (RFC 9293 section 3.4).
public struct SequenceNumber: Equatable, Sendable, BitwiseCopyable {
  /// Number on the wire.
  public var rawValue: UInt32

  /// From the wire.
  @inlinable @inline(always)
  public init(_ rawValue: UInt32) { self.rawValue = rawValue }

  /// Signed distance: positive if `left` is later.
  @inlinable @inline(always)
  public static func - (left: SequenceNumber, right: SequenceNumber) -> Int32 {
    Int32(bitPattern: left.rawValue &- right.rawValue)
  }

  /// The number `bytes` later.
  @inlinable @inline(always)
  public static func + (left: SequenceNumber, bytes: UInt32) -> SequenceNumber {
    SequenceNumber(left.rawValue &+ bytes)
  }
}
