/// JA4 of a TLS, DTLS or QUIC ClientHello (FoxIO, technical_details/JA4.md): `t13d1516h2_8daaf6152771_e5627efa2ab1`.
public struct JA4: Sendable, Equatable, BitwiseCopyable {
  /// Letters before the first line, first letter lowest in each.
  public let lead: (UInt64, UInt16)
  /// First 48 bits of the hash over the cipher suites.
  public let ciphers: UInt64
  /// First 48 bits of the hash over extensions and signature algorithms.
  public let extensions: UInt64

  /// From ten letters and the two hashes.
  public init(lead: [UInt8], ciphers: UInt64, extensions: UInt64) {
    var words: (UInt64, UInt16) = (0, 0)
    for (place, letter) in lead.prefix(10).enumerated() {
      if place < 8 {
        words.0 |= UInt64(letter) << UInt64(8 * place)
      } else {
        words.1 |= UInt16(letter) << UInt16(8 * (place - 8))
      }
    }
    self.lead = words
    self.ciphers = ciphers
    self.extensions = extensions
  }

  /// Equal letters and hashes.
  public static func == (left: JA4, right: JA4) -> Bool {
    left.lead == right.lead && left.ciphers == right.ciphers && left.extensions == right.extensions
  }

  /// The 36 characters.
  public var characters: [UInt8] {
    var result: [UInt8] = []
    for place in 0..<8 { result.append(UInt8(truncatingIfNeeded: lead.0 >> UInt64(8 * place))) }
    for place in 0..<2 { result.append(UInt8(truncatingIfNeeded: lead.1 >> UInt16(8 * place))) }
    for hash in [ciphers, extensions] {
      result.append(0x5F)
      for shift in stride(from: UInt64(44), through: 0, by: -4) {
        let digit = UInt8(truncatingIfNeeded: hash >> shift & 15)
        result.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
      }
    }
    return result
  }
}
