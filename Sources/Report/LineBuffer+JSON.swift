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

  /// Appends bytes of UTF-8, escaped as JSON asks (RFC 8259 section 7); in almost every case nothing has to be.
  mutating func escaped(_ source: borrowing Span<UInt8>) {
    var index = 0
    while source.count - index >= 8 {
      let eight = Self.load(source, at: index)
      guard !Self.anyMustEscape(eight) else { break }
      word(eight, length: 8)
      index += 8
    }
    while index < source.count {
      escaped(source[index])
      index += 1
    }
  }

  /// Appends a byte of UTF-8, escaped as JSON asks.
  mutating func escaped(_ value: UInt8) {
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

  /// True if any byte of the word is a quotation mark, a backslash or a control character, DEL included: it is one, although
  /// JSON allows it. A byte from 0x80 on may be taken for one; the slow way then finds that it is none.
  @inline(__always)
  static func anyMustEscape(_ word: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let control = word &- ones &* 0x20
    let quote = (word ^ ones &* 0x22) &- ones
    let backslash = (word ^ ones &* 0x5C) &- ones
    let delete = (word ^ ones &* 0x7F) &- ones
    return (control | quote | backslash | delete | word) & (ones &* 0x80) != 0
  }

  /// Appends `1:` and the 28 base64 characters of the digest.
  mutating func communityID(_ id: CommunityID) {
    let characters = id.characters
    word(0x3A31, length: 2)
    word(characters.0, length: 8)
    word(characters.1, length: 8)
    word(characters.2, length: 8)
    word(UInt64(characters.3), length: 4)
  }
}
