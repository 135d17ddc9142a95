internal import Verdict

extension LineBuffer {
  /// Appends a JSON string.
  mutating func quoted(_ text: String) {
    byte(0x22)
    escaped(text.utf8.span)
    byte(0x22)
  }

  /// Appends a JSON string or `null`.
  mutating func quoted(_ text: String?) {
    if let text { quoted(text) } else { literal(Piece.null) }
  }

  /// Appends a code or word of the record format as a JSON string: it is made of letters, digits, `_` and `-`.
  mutating func quoted(_ word: StaticString) {
    byte(0x22)
    fixedText(word)
    byte(0x22)
  }

  /// Appends a word of the vocabulary as a JSON string, or `null`.
  mutating func word<Word: RawRepresentable<String>>(_ value: Word?) {
    guard let value else { return literal(Piece.null) }
    byte(0x22)
    text(value.rawValue)
    byte(0x22)
  }

  /// Appends bytes of UTF-8, escaped as JSON asks (RFC 8259 section 7); in almost every case nothing has to be.
  mutating func escaped(_ source: borrowing Span<UInt8>) {
    let count = source.count
    var index = 0
    while count &- index >= 8, Self.plainBytes(Self.load(source, at: index)) == 8 { index &+= 8 }
    // The rest of a text whose words are all plain, together with what lies before it.
    let rest = count &- index
    if index > 0, rest > 0, rest < 8, Self.plainBytes(Self.load(source, at: count &- 8)) == 8 { index = count }
    if index > 0 { append(source.extracting(0..<index)) }
    while index < count {
      escaped(source[index])
      index &+= 1
    }
  }

  /// Appends a byte of UTF-8, escaped as JSON asks.
  mutating func escaped(_ value: UInt8) {
    if value >= 0x23, value != 0x5C, value != 0x7F { return byte(value) }
    switch value {
    case 0x22: text("\\\"")
    case 0x5C: text("\\\\")
    case 0x0A: text("\\n")
    case 0x0D: text("\\r")
    case 0x09: text("\\t")
    case 0..<0x20, 0x7F:
      text("\\u00")
      byte(0x30 + (value >> 4))
      byte(value & 0xF < 10 ? 0x30 + (value & 0xF) : 0x57 + (value & 0xF))
    default: byte(value)
    }
  }

  /// How many bytes of a word, from the lowest, are neither a quotation mark, a backslash, a control character nor from `{`
  /// on: those may begin a place for a quantity, are DEL, which is escaped although JSON allows it, or no ASCII.
  @inline(always)
  static func plainBytes(_ word: UInt64) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let control = word &- ones &* 0x20
    let quote = (word ^ ones &* 0x22) &- ones
    let backslash = (word ^ ones &* 0x5C) &- ones
    let high = word &+ ones &* 5
    // A lane that borrows or carries is one of them itself: above it any lane may look like one, below none.
    return ((control | quote | backslash | high | word) & (ones &* 0x80)).trailingZeroBitCount / 8
  }

  /// Appends `1:` and the 28 base64 characters of the digest.
  mutating func communityID(_ id: CommunityID) {
    let characters = id.characters
    words(0x3A31, 2, characters.0, 8, characters.1, 8)
    words(characters.2, 8, UInt64(characters.3), 4)
  }
}
