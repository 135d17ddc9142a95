/// Random numbers that are the same on every machine and with every compiler: SplitMix64 (Steele, Lea, Flood 2014).
///
/// The standard library's `random(in:using:)` may change how it draws between releases, so ranges are drawn here.
public struct SeededGenerator: Sendable {
  private var state: UInt64

  /// A generator that yields the same sequence for the same seed.
  public init(seed: UInt64) {
    state = seed
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number of the range, evenly; the bias of the multiply-shift is below 2^-32 for the ranges used here.
  public mutating func number(in range: ClosedRange<Int>) -> Int {
    let width = UInt64(range.upperBound - range.lowerBound) + 1
    return range.lowerBound + Int(next().multipliedFullWidth(by: width).high)
  }

  /// True with the given probability.
  public mutating func occurs(with probability: Double) -> Bool {
    Double(next() >> 11) * 0x1p-53 < probability
  }

  /// Random bytes, as ciphertext looks.
  public mutating func bytes(_ count: Int) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(count + 7)
    while result.count < count {
      let word = next()
      for shift in stride(from: 0, to: 64, by: 8) { result.append(UInt8(truncatingIfNeeded: word >> UInt64(shift))) }
    }
    result.removeLast(result.count - count)
    return result
  }

  /// Random characters of the base64 alphabet, as libwebrtc makes ICE names and transaction ids.
  public mutating func base64Characters(_ count: Int) -> [UInt8] {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    return (0..<count).map { _ in alphabet[number(in: 0...63)] }
  }

  /// Random lower-case hexadecimal digits.
  public mutating func hexadecimalDigits(_ count: Int) -> [UInt8] {
    let alphabet = Array("0123456789abcdef".utf8)
    return (0..<count).map { _ in alphabet[number(in: 0...15)] }
  }

  /// A generator of its own for one part of a scenario, so that more draws there change nothing elsewhere.
  public mutating func fork() -> SeededGenerator {
    SeededGenerator(seed: next())
  }
}
