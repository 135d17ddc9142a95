/// The hot record of a flow: one cache line, written by every packet.
///
/// Side 0 is the sender of the flow's first packet, side 1 the other. Whether side 0 is the client is decided when the
/// flow is judged.
public struct FlowState: BitwiseCopyable, Sendable {
  // Canonical key: for IPv4 the two addresses, for IPv6 the index of the address pair and nothing.
  @usableFromInline var a: UInt32
  @usableFromInline var b: UInt32
  /// Port of a, port of b.
  @usableFromInline var ports: UInt32
  /// As in `FlowKey.kind`.
  @usableFromInline var kind: UInt16
  /// Bits of `Mark`.
  public var marks: Mark
  /// Observer's choice of decoder; 0 while undecided.
  public var decoder: UInt8
  /// Packets by side.
  public var packets: (UInt32, UInt32)
  /// IP bytes by side.
  public var bytes: (UInt64, UInt64)
  /// First packet, ns since the epoch.
  public var first: Int64
  /// Latest packet time, ns since the epoch.
  public var last: Int64
  /// Index of the transport's own record.
  public var detail: UInt32
  /// Index of what recognition found; `FlowState.none` before.
  public var facts: UInt32

  /// No record.
  @inlinable public static var none: UInt32 { .max }

  /// What is known of the flow's life.
  public struct Mark: OptionSet, BitwiseCopyable, Sendable {
    /// Bits.
    public let rawValue: UInt8
    /// From bits.
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// The first packet came from endpoint b of the canonical key.
    @inlinable static var initiatorIsB: Mark { Mark(rawValue: 1) }
    /// No longer in the table: a later packet of the same five-tuple starts a new flow.
    @inlinable static var unlinked: Mark { Mark(rawValue: 2) }
    /// TCP: closed or reset, so that a new SYN starts a new flow.
    @inlinable public static var closed: Mark { Mark(rawValue: 4) }
    /// The record's room was given to another flow.
    @inlinable public static var evicted: Mark { Mark(rawValue: 8) }
  }

  /// No longer in the table: another flow of the same five-tuple has begun.
  public var isUnlinked: Bool { marks.contains(.unlinked) }
  /// IP protocol number.
  @inlinable public var isTCP: Bool { kind & 0xFF == 6 }
  /// IPv6.
  @inlinable public var isIPv6: Bool { kind & 0x100 != 0 }

  /// Counts a packet of side 0 or 1 with its IP bytes; those of its side so far. Without a branch, as `Sides.lend`.
  @inlinable @inline(always)
  public mutating func count(_ side: Int, bytes added: UInt32) -> UInt64 {
    let second = UInt64(side & 1)
    let (toFirst, toSecond) = (second &- 1, 0 &- second)
    packets.0 &+= UInt32(truncatingIfNeeded: 1 &- second)
    packets.1 &+= UInt32(truncatingIfNeeded: second)
    let sums = (bytes.0 &+ (UInt64(added) & toFirst), bytes.1 &+ (UInt64(added) & toSecond))
    bytes = sums
    return sums.0 & toFirst | sums.1 & toSecond
  }

  /// Packets of both sides.
  public var totalPackets: UInt64 { UInt64(packets.0) + UInt64(packets.1) }
}
