extension LineBuffer {
  /// Appends decimal digits.
  mutating func unsigned(_ value: UInt64) {
    if value < 10 { return byte(0x30 + UInt8(truncatingIfNeeded: value)) }
    var digits: [20 of UInt8] = .init(repeating: 0)
    var start = 20
    var rest = value
    repeat {
      start -= 1
      digits[start] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest > 0
    bytes.append(addingCapacity: 20) { output in
      for index in start..<20 { output.append(digits[index]) }
    }
  }

  /// Appends decimal digits with a sign if negative.
  mutating func integer(_ value: Int64) {
    if value < 0 { byte(0x2D) }
    unsigned(value.magnitude)
  }

  /// Appends 16 lower-case hex digits.
  mutating func hex16(_ value: UInt64) {
    bytes.append(addingCapacity: 16) { output in
      for shift in stride(from: 60, through: 0, by: -4) {
        let nibble = UInt8(truncatingIfNeeded: (value >> UInt64(shift)) & 0xF)
        output.append(nibble < 10 ? 0x30 + nibble : 0x57 + nibble)
      }
    }
  }

  /// Appends a number with at most `decimals` (0...4) decimals, trailing zeros cut: 0.5, 1, 0, never -0.
  ///
  /// The value that the double holds exactly is rounded, half away from zero. NaN and infinity become `null`. From 2^64 on,
  /// where every double is whole, the shortest form that reads back to the same double is written (1e+20).
  mutating func decimal(_ value: Double, _ decimals: Int) {
    guard value.isFinite else { return literal("null") }
    let magnitude = value.magnitude
    guard magnitude < 18_446_744_073_709_551_616 else { return literal(value.description) }
    var whole = UInt64(magnitude)
    var fraction: UInt64 = 0
    var places = min(max(decimals, 0), 4)
    var scale: UInt64 = 1
    for _ in 0..<places { scale *= 10 }
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
    byte(0x2E)
    while fraction % 10 == 0 {
      fraction /= 10
      places -= 1
    }
    var divisor: UInt64 = 1
    for _ in 1..<max(places, 1) { divisor *= 10 }
    while divisor > 0 {
      byte(0x30 + UInt8(truncatingIfNeeded: fraction / divisor % 10))
      divisor /= 10
    }
  }

  /// `value * scale`, rounded half away from zero without the error of the multiplication: rounding is monotone, so only
  /// a product that lands on a half can have come from below it, and the fused product tells.
  private static func rounded(_ value: Double, times scale: Double) -> UInt64 {
    let product = value * scale
    let floor = product.rounded(.down)
    let part = product - floor
    guard part == 0.5 else { return UInt64(floor) + (part > 0.5 ? 1 : 0) }
    let below = (-product).addingProduct(value, scale) < 0
    return UInt64(floor) + (below ? 0 : 1)
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
    literal(exponent < 10 ? "e-0" : "e-")
    unsigned(exponent)
  }
}
