// RFC 8489 sections 14.1 and 14.2: MAPPED-ADDRESS and XOR-MAPPED-ADDRESS.

/// An address and port that a STUN attribute carries.
public struct STUNAddress: Equatable, Sendable, BitwiseCopyable {
  /// 4 or 6.
  public let family: UInt8
  /// Address bits, as in a packet.
  public let address: AddressBits
  /// Port.
  public let port: UInt16

  /// An address.
  public init(family: UInt8, address: AddressBits, port: UInt16) {
    self.family = family
    self.address = address
    self.port = port
  }

  /// From an attribute's value as it stands; nil if its length and family disagree.
  @inline(always)
  init?(plain value: Span<UInt8>) {
    if value.count == 8, value[1] == 1 {
      self.init(family: 4, address: AddressBits(low: UInt64(value.uint32(at: 4))), port: value.uint16(at: 2))
    } else if value.count == 20, value[1] == 2 {
      let address = AddressBits(high: value.uint64(at: 4), low: value.uint64(at: 12))
      self.init(family: 6, address: address, port: value.uint16(at: 2))
    } else {
      return nil
    }
  }

  /// From an attribute's value masked with the cookie and, for IPv6, with the transaction id.
  @inline(always)
  init?(masked value: Span<UInt8>, by header: STUNHeader) {
    guard let plain = STUNAddress(plain: value) else { return nil }
    let port = plain.port ^ UInt16(truncatingIfNeeded: STUNHeader.cookie >> 16)
    let cookie = UInt64(STUNHeader.cookie)
    if plain.family == 4 {
      self.init(family: 4, address: AddressBits(low: plain.address.low ^ cookie), port: port)
    } else {
      let high = plain.address.high ^ (cookie << 32 | header.transactionHigh & 0xFFFF_FFFF)
      let address = AddressBits(high: high, low: plain.address.low ^ header.transactionLow)
      self.init(family: 6, address: address, port: port)
    }
  }
}
