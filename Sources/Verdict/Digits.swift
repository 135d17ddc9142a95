/// Decimal digits as the bytes of a word, most significant digit lowest: text is written a word at a time.
public enum Digits {
  /// Eight digits, values 0 to 9 each, of 0...99999999: halves, then pairs, then digits are split in all lanes at once.
  /// 10486/2^20 and 103/2^10 are 1/100 and 1/10 for every value of their lanes.
  @inlinable @inline(always)
  public static func eight(_ value: UInt64) -> UInt64 {
    let halves = value / 10_000 | (value % 10_000) << 32
    let hundreds = (halves &* 10_486) >> 20 & 0x0000_007F_0000_007F
    let pairs = hundreds | (halves &- hundreds &* 100) << 16
    let tens = (pairs &* 103) >> 10 & 0x000F_000F_000F_000F
    return tens | (pairs &- tens &* 10) << 8
  }

  /// The characters of 1...99999999 without leading zeros, and how many there are.
  @inlinable @inline(always)
  public static func leading(_ value: UInt64) -> (characters: UInt64, count: Int) {
    let digits = eight(value)
    let zeros = digits.trailingZeroBitCount & ~7
    return ((digits | 0x3030_3030_3030_3030) &>> UInt64(zeros), 8 &- zeros / 8)
  }

  /// The characters of 0...255, and how many there are. 41/2^12 and 103/2^10 are 1/100 and 1/10 here.
  @inlinable @inline(always)
  public static func octet(_ value: UInt64) -> (characters: UInt64, count: Int) {
    let hundreds = (value &* 41) >> 12
    let rest = value &- hundreds &* 100
    let tens = (rest &* 103) >> 10
    let all = (hundreds | tens << 8 | (rest &- tens &* 10) << 16) | 0x30_3030
    let count = value < 10 ? 1 : value < 100 ? 2 : 3
    return (all &>> UInt64(24 &- 8 &* count), count)
  }
}
