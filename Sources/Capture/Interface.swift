internal import Wire

/// One interface of a pcapng section: what its packets are, and how its clock counts.
struct Interface {
  /// How a 64-bit timestamp becomes nanoseconds.
  private enum Scale {
    case times(UInt64)
    case dividedBy(UInt64)
    /// 2^-n seconds a tick.
    case binary(UInt64)
  }

  let linkType: LinkType
  /// Bytes kept of each frame; 0 is no limit.
  let snaplen: UInt32
  private var scale = Scale.times(1000)
  /// if_tsoffset in nanoseconds.
  private var offset: Int64 = 0
  /// isb_ifdrop of the latest statistics block.
  var drops: UInt64?

  /// An interface with the default clock: microseconds since the epoch.
  init(linkType: LinkType, snaplen: UInt32) {
    self.linkType = linkType
    self.snaplen = snaplen
  }

  /// Takes an if_tsresol value; false if 64 bits cannot hold one second of it (libpcap refuses the same ones).
  mutating func setResolution(_ value: UInt8) -> Bool {
    let exponent = value & 0x7F
    if value & 0x80 != 0 {
      guard exponent <= 63 else { return false }
      scale = .binary(UInt64(exponent))
      return true
    }
    guard exponent <= 19 else { return false }
    let power = { (count: UInt8) in (0..<count).reduce(UInt64(1)) { product, _ in product * 10 } }
    scale = exponent <= 9 ? .times(power(9 - exponent)) : .dividedBy(power(exponent - 9))
    return true
  }

  /// Takes an if_tsoffset value, seconds.
  mutating func setOffset(_ seconds: Int64) {
    offset = Self.saturating(seconds.multipliedReportingOverflow(by: 1_000_000_000), negative: seconds < 0)
  }

  /// Nanoseconds since the epoch; a time past what 64 bits hold (year 2262) stays at the end of the range.
  @inline(always)
  func time(_ ticks: UInt64) -> Int64 {
    let elapsed: UInt64
    switch scale {
    case .times(let factor):
      let (product, overflow) = ticks.multipliedReportingOverflow(by: factor)
      elapsed = overflow ? .max : product
    case .dividedBy(let divisor): elapsed = ticks / divisor
    case .binary(let shift): elapsed = Self.binary(ticks, shift)
    }
    let nanoseconds = Int64(clamping: elapsed)
    if offset == 0 { return nanoseconds }
    return Self.saturating(nanoseconds.addingReportingOverflow(offset), negative: offset < 0)
  }

  private static func binary(_ ticks: UInt64, _ shift: UInt64) -> UInt64 {
    let second = UInt64(1) << shift
    // ticks * 10^9 / 2^shift with a 128-bit product; the quotient fits unless the high part reaches the divisor.
    let product = ticks.multipliedFullWidth(by: 1_000_000_000)
    guard product.high < second else { return .max }
    return second.dividingFullWidth(product).quotient
  }

  private static func saturating(_ result: (partialValue: Int64, overflow: Bool), negative: Bool) -> Int64 {
    result.overflow ? (negative ? .min : .max) : result.partialValue
  }
}
