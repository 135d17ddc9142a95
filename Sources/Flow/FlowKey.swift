public import Wire

/// A five-tuple in canonical order: the lower endpoint is `a`. `reversed` says that the packet's sender is `b`.
///
/// Inlinable: the packet loop, in another module, makes one a packet.
public struct FlowKey: BitwiseCopyable, Sendable {
  @usableFromInline var aHigh: UInt64 = 0
  @usableFromInline var aLow: UInt64 = 0
  @usableFromInline var bHigh: UInt64 = 0
  @usableFromInline var bLow: UInt64 = 0
  /// Port of a in the upper half, of b in the lower.
  @usableFromInline var ports: UInt32 = 0
  /// IP protocol in the low byte, 0x100 set for IPv6.
  @usableFromInline var kind: UInt16 = 0
  @usableFromInline var reversed = false

  /// Of nothing: to be set.
  @inlinable
  public init() {}

  /// The key of a packet's five-tuple.
  public init(_ packet: Packet) {
    self.init()
    var copy = packet
    set(&copy)
  }

  /// Becomes the key of the packet, which is lent in place and not changed: passed by value it would be copied.
  @inlinable @inline(always)
  public mutating func set(_ packet: inout Packet) {
    let sourceFirst: Bool
    if packet.source.high != packet.destination.high {
      sourceFirst = packet.source.high < packet.destination.high
    } else if packet.source.low != packet.destination.low {
      sourceFirst = packet.source.low < packet.destination.low
    } else {
      sourceFirst = packet.sourcePort <= packet.destinationPort
    }
    kind = UInt16(packet.transport.rawValue) | (packet.family == 6 ? 0x100 : 0)
    reversed = !sourceFirst
    let a = sourceFirst ? packet.source : packet.destination
    let b = sourceFirst ? packet.destination : packet.source
    aHigh = a.high
    aLow = a.low
    bHigh = b.high
    bLow = b.low
    let direct = UInt32(packet.sourcePort) << 16 | UInt32(packet.destinationPort)
    ports = sourceFirst ? direct : direct << 16 | direct >> 16
  }

  /// Becomes the key of an IPv4 packet: the same as `set`, of which half is about what only IPv6 has.
  @inlinable @inline(always)
  public mutating func setIPv4(_ packet: inout Packet) {
    let source = packet.source.low &<< 16 | UInt64(packet.sourcePort)
    let destination = packet.destination.low &<< 16 | UInt64(packet.destinationPort)
    let sourceFirst = source <= destination
    let a = sourceFirst ? source : destination
    let b = sourceFirst ? destination : source
    aHigh = 0
    bHigh = 0
    aLow = a &>> 16
    bLow = b &>> 16
    ports = UInt32(truncatingIfNeeded: a & 0xFFFF) &<< 16 | UInt32(truncatingIfNeeded: b & 0xFFFF)
    kind = UInt16(packet.transport.rawValue)
    reversed = !sourceFirst
  }

  /// Seeded multiply-fold of 64 x 64 to 128 bits: two multiplications for IPv4, three for IPv6.
  @inlinable @inline(always)
  func hash(_ seed: UInt64) -> UInt64 {
    let high = kind & 0x100 != 0 ? Self.fold(aHigh ^ seed, bHigh ^ 0xC2B2_AE3D_27D4_EB4F) : 0
    return Self.hash(aLow, bLow, ports, kind, high: high, seed)
  }

  /// The same of a key that is not put together; `high`: what IPv6's upper halves add.
  @inlinable @inline(always)
  static func hash(
    _ aLow: UInt64, _ bLow: UInt64, _ ports: UInt32, _ kind: UInt16, high: UInt64 = 0, _ seed: UInt64
  ) -> UInt64 {
    let mixed = fold(aLow ^ seed, bLow &+ 0x9E37_79B9_7F4A_7C15)
    return fold(mixed ^ (UInt64(ports) << 16 | UInt64(kind)) ^ high, seed | 1)
  }

  @inlinable @inline(always)
  static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }
}
