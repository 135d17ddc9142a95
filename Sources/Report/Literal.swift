/// A piece of a line that is written millions of times, kept as words: a copy is one store per eight bytes, where appending
/// a `String` to an `[UInt8]` costs some 130 instructions before its first byte.
struct Literal: Sendable, ExpressibleByStringLiteral {
  /// Bytes 0...7, first byte lowest.
  let first: UInt64
  /// Bytes 8...15.
  let second: UInt64
  /// Bytes 16...23.
  let third: UInt64
  /// Bytes that count, those of `rest` included.
  let count: Int
  /// Everything behind byte 23.
  let rest: String

  init(stringLiteral text: String) {
    var words: [3 of UInt64] = .init(repeating: 0)
    for (index, byte) in text.utf8.prefix(24).enumerated() {
      words[index / 8] |= UInt64(byte) << UInt64(index % 8 * 8)
    }
    first = words[0]
    second = words[1]
    third = words[2]
    count = text.utf8.count
    rest = String(text.dropFirst(24))
  }
}
