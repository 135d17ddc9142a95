internal import Verdict

extension LineBuffer {
  /// Appends decimal digits.
  @inline(always)
  mutating func unsigned(_ value: UInt64) {
    if value < 10 { byte(0x30 &+ UInt8(truncatingIfNeeded: value)) } else { several(value) }
  }

  /// Appends the digits of 10 and above.
  private mutating func several(_ value: UInt64) {
    let unit: UInt64 = 100_000_000
    let zeros: UInt64 = 0x3030_3030_3030_3030
    if value < unit { return leading(value) }
    let rest = value / unit
    let low = Digits.eight(value &- rest &* unit) | zeros
    if rest < unit {
      let high = Digits.leading(rest)
      words(high.characters, high.count, low, 8)
    } else {
      let top = rest / unit
      let high = Digits.leading(top)
      words(high.characters, high.count, Digits.eight(rest &- top &* unit) | zeros, 8, low, 8)
    }
  }

  /// Appends the digits of 1...99999999.
  private mutating func leading(_ value: UInt64) {
    let digits = Digits.leading(value)
    word(digits.characters, length: digits.count)
  }

  /// Appends decimal digits with a sign if negative.
  mutating func integer(_ value: Int64) {
    if value < 0 { byte(0x2D) }
    unsigned(value.magnitude)
  }

  /// Appends 16 lower-case hex digits.
  mutating func hex16(_ value: UInt64) {
    words(
      Self.eightHexDigits(UInt32(truncatingIfNeeded: value >> 32)), 8,
      Self.eightHexDigits(UInt32(truncatingIfNeeded: value)), 8)
  }

  /// Appends the 36 characters of a fingerprint.
  mutating func fingerprint(_ ja4: JA4) {
    words(ja4.lead.0, 8, UInt64(ja4.lead.1), 2)
    hash48(ja4.ciphers)
    hash48(ja4.extensions)
  }

  /// Appends `_` and the twelve hex digits of 48 bits.
  private mutating func hash48(_ value: UInt64) {
    words(
      0x5F, 1, Self.eightHexDigits(UInt32(truncatingIfNeeded: value >> 16)), 8,
      Self.eightHexDigits(UInt32(truncatingIfNeeded: value & 0xFFFF)) >> 32, 4)
  }

  /// Eight hex digits as the bytes of a word, most significant digit lowest.
  private static func eightHexDigits(_ value: UInt32) -> UInt64 {
    var lanes = UInt64(value.byteSwapped)
    lanes = lanes & 0xFFFF | (lanes & 0xFFFF_0000) << 16
    lanes = lanes & 0x0000_00FF_0000_00FF | (lanes & 0x0000_FF00_0000_FF00) << 8
    lanes = lanes >> 4 & 0x000F_000F_000F_000F | (lanes & 0x000F_000F_000F_000F) << 8
    let letters = (lanes &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
    return lanes &+ 0x3030_3030_3030_3030 &+ letters &* 0x27
  }

  /// Appends a number with at most `decimals` (0...4) decimals, trailing zeros cut: 0.5, 1, 0, never -0.
  ///
  /// The value that the double holds exactly is rounded, half away from zero. NaN and infinity become `null`. From 2^64 on,
  /// where every double is whole, the shortest form that reads back to the same double is written (1e+20).
  mutating func decimal(_ value: Double, _ decimals: Int) {
    // Most are small whole numbers.
    if value >= 0, value < 0x1p32, value == Double(UInt32(value)) { return unsigned(UInt64(UInt32(value))) }
    guard value.isFinite else { return text("null") }
    let magnitude = value.magnitude
    guard magnitude < 18_446_744_073_709_551_616 else { return text(value.description) }
    var whole = magnitude < 0x1p62 ? UInt64(bitPattern: Int64(magnitude)) : UInt64(magnitude)
    var fraction: UInt64 = 0
    var places = min(max(decimals, 0), 4)
    let scale: UInt64 =
      switch places {
      case 0: 1
      case 1: 10
      case 2: 100
      case 3: 1_000
      default: 10_000
      }
    let rest = magnitude - Double(whole)  // exact
    if rest > 0 {
      fraction = Self.rounded(rest, times: Double(scale))
      if fraction == scale {
        whole += 1
        fraction = 0
      }
    }
    if value < 0, whole > 0 || fraction > 0 { byte(0x2D) }
    unsigned(whole)
    guard fraction > 0 else { return }
    while fraction % 10 == 0 {
      fraction /= 10
      places -= 1
    }
    let digits = Digits.eight(fraction) | 0x3030_3030_3030_3030
    byte(0x2E)
    word(digits >> UInt64(64 - 8 * places), length: places)
  }

  /// `value * scale`, rounded half away from zero without the error of the multiplication: rounding is monotone, so only
  /// a product that lands on a half can have come from below it, and the fused product tells.
  private static func rounded(_ value: Double, times scale: Double) -> UInt64 {
    let product = value * scale
    let floor = UInt64(bitPattern: Int64(product))
    let part = product - Double(floor)
    guard part == 0.5 else { return floor + (part > 0.5 ? 1 : 0) }
    let below = (-product).addingProduct(value, scale) < 0
    return floor + (below ? 0 : 1)
  }

  /// Appends a p-value: from 0.001 on with four decimals, trailing zeros cut (0.0123); below with two significant digits
  /// in scientific form, trailing zero cut, exponent of at least two digits (1.2e-07, 2e-05); 0 as 0; NaN as `null`.
  mutating func probability(_ value: Double) {
    guard value > 0, value < 0.001 else { return decimal(value, 4) }
    var mantissa = value
    var exponent: UInt64 = 0
    while mantissa < 1e-16 {
      mantissa *= 1e16
      exponent += 16
    }
    while mantissa < 1 {
      mantissa *= 10
      exponent += 1
    }
    var tenths = UInt64((mantissa * 10).rounded(.toNearestOrAwayFromZero))
    if tenths == 100 {
      tenths = 10
      exponent -= 1
    }
    unsigned(tenths / 10)
    if tenths % 10 != 0 {
      byte(0x2E)
      unsigned(tenths % 10)
    }
    text(exponent < 10 ? "e-0" : "e-")
    unsigned(exponent)
  }
}
