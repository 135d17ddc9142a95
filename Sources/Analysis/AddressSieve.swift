internal import Wire

/// Addresses of which most are not in it: 16,384 bits by their hash, asked before a dictionary is. It may say yes of an
/// address that was never put in, and never says no of one that was.
struct AddressSieve {
  private var bits: [UInt64] = Array(repeating: 0, count: 1 << 8)
  /// Nothing was put in.
  private(set) var isEmpty = true

  /// Puts an address in; `port` where it is one of a pair.
  mutating func insert(_ address: AddressBits, port: UInt16 = 0) {
    let bit = Self.bit(address, port)
    bits[bit >> 6] |= 1 << UInt64(bit & 63)
    isEmpty = false
  }

  /// False if it was certainly not put in.
  func mayHold(_ address: AddressBits, port: UInt16 = 0) -> Bool {
    let bit = Self.bit(address, port)
    return bits[bit >> 6] >> UInt64(bit & 63) & 1 == 1
  }

  /// 0..<16384.
  private static func bit(_ address: AddressBits, _ port: UInt16) -> Int {
    let mixed = address.low ^ address.high &* 31 ^ UInt64(port) &<< 40
    return Int(truncatingIfNeeded: (mixed &* 0x9E37_79B9_7F4A_7C15) >> 50)
  }
}
