/// A piece of a line that is written millions of times, kept as words: a copy asks for no string storage and no capacity,
/// where appending a `String` to an `[UInt8]` costs some 230 instructions.
struct Literal: Sendable, BitwiseCopyable, ExpressibleByStringLiteral {
  /// Longest piece, bytes.
  static let capacity = 24

  /// Bytes 0...7, first byte lowest.
  let first: UInt64
  /// Bytes 8...15.
  let second: UInt64
  /// Bytes 16...23.
  let third: UInt64
  /// Bytes that count.
  let count: Int

  init(stringLiteral text: String) {
    precondition(text.utf8.count <= Self.capacity, "our own piece of a line is longer than three words")
    self.init(text.utf8, from: 0)
  }

  /// The bytes from an offset on, as many as fit.
  init(_ text: String.UTF8View, from offset: Int) {
    var words: [3 of UInt64] = .init(repeating: 0)
    var count = 0
    for byte in text.dropFirst(offset).prefix(Self.capacity) {
      words[count / 8] |= UInt64(byte) << UInt64(count % 8 * 8)
      count += 1
    }
    first = words[0]
    second = words[1]
    third = words[2]
    self.count = count
  }
}

/// A run of fields that usually stand together, up to 72 bytes.
struct LongLiteral: Sendable, BitwiseCopyable, ExpressibleByStringLiteral {
  /// Bytes 0...23.
  let head: Literal
  /// Bytes 24...47.
  let middle: Literal
  /// Bytes 48...71.
  let tail: Literal

  init(stringLiteral text: String) {
    precondition(text.utf8.count <= 3 * Literal.capacity, "our own run of fields is longer than nine words")
    head = Literal(text.utf8, from: 0)
    middle = Literal(text.utf8, from: Literal.capacity)
    tail = Literal(text.utf8, from: 2 * Literal.capacity)
  }
}
