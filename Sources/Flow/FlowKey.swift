internal import Wire

/// A five-tuple in canonical order: the lower endpoint is `a`. `reversed` says that the packet's sender is `b`.
struct FlowKey {
  var aHigh: UInt64
  var aLow: UInt64
  var bHigh: UInt64
  var bLow: UInt64
  /// Port of a in the upper half, of b in the lower.
  var ports: UInt32
  /// IP protocol in the low byte, 0x100 set for IPv6.
  var kind: UInt16
  var reversed: Bool

  @inline(__always)
  init(_ packet: Packet) {
    let source = packet.source
    let destination = packet.destination
    let sourceFirst: Bool
    if source.high != destination.high {
      sourceFirst = source.high < destination.high
    } else if source.low != destination.low {
      sourceFirst = source.low < destination.low
    } else {
      sourceFirst = packet.sourcePort <= packet.destinationPort
    }
    kind = UInt16(packet.transport.rawValue) | (packet.family == 6 ? 0x100 : 0)
    if sourceFirst {
      aHigh = source.high
      aLow = source.low
      bHigh = destination.high
      bLow = destination.low
      ports = UInt32(packet.sourcePort) << 16 | UInt32(packet.destinationPort)
    } else {
      aHigh = destination.high
      aLow = destination.low
      bHigh = source.high
      bLow = source.low
      ports = UInt32(packet.destinationPort) << 16 | UInt32(packet.sourcePort)
    }
    reversed = !sourceFirst
  }

  /// Seeded multiply-fold of 64 x 64 to 128 bits: two multiplications for IPv4, three for IPv6.
  @inline(__always)
  func hash(_ seed: UInt64) -> UInt64 {
    let mixed = Self.fold(aLow ^ seed, bLow &+ 0x9E37_79B9_7F4A_7C15)
    var low = mixed ^ (UInt64(ports) << 16 | UInt64(kind))
    if kind & 0x100 != 0 { low ^= Self.fold(aHigh ^ seed, bHigh ^ 0xC2B2_AE3D_27D4_EB4F) }
    return Self.fold(low, seed | 1)
  }

  @inline(__always)
  private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }
}
