internal import Verdict

extension LineBuffer {
  /// Appends a JSON string.
  mutating func quoted(_ text: String) {
    byte(0x22)
    let start = bytes.count
    literal(text)
    escape(from: start)
    byte(0x22)
  }

  /// Appends a JSON string or `null`.
  mutating func quoted(_ text: String?) {
    if let text { quoted(text) } else { literal("null") }
  }

  /// Appends a JSON string.
  mutating func quoted(_ text: StaticString) { quoted(text.description) }

  /// Escapes what was written since `start` as JSON asks (RFC 8259 section 7); in almost every case nothing has to be.
  mutating func escape(from start: Int) {
    let first = firstToEscape(from: start)
    guard first < bytes.count else { return }
    let tail = Array(bytes[first...])
    bytes.removeSubrange(first...)
    for value in tail {
      switch value {
      case 0x22: literal("\\\"")
      case 0x5C: literal("\\\\")
      case 0x0A: literal("\\n")
      case 0x0D: literal("\\r")
      case 0x09: literal("\\t")
      case 0..<0x20, 0x7F:
        literal("\\u00")
        byte(0x30 + (value >> 4))
        byte(value & 0xF < 10 ? 0x30 + (value & 0xF) : 0x57 + (value & 0xF))
      default: byte(value)
      }
    }
  }

  private func firstToEscape(from start: Int) -> Int {
    let written = bytes.span
    var index = start
    while index < written.count, !Self.mustEscape(written[index]) { index += 1 }
    return index
  }

  /// Quotation mark, backslash and control characters; DEL too, as it is one although JSON allows it.
  private static func mustEscape(_ value: UInt8) -> Bool {
    value < 0x20 || value == 0x22 || value == 0x5C || value == 0x7F
  }

  /// Appends `1:` and the 28 base64 characters of the digest.
  mutating func communityID(_ id: CommunityID) {
    let digest = id.digest
    bytes.append(addingCapacity: 30) { output in
      output.append(0x31)
      output.append(0x3A)
      for group in 0..<7 {
        let first = UInt32(digest[3 * group])
        let second = UInt32(digest[3 * group + 1])
        let third = group < 6 ? UInt32(digest[3 * group + 2]) : 0
        let bits = first << 16 | second << 8 | third
        for shift in stride(from: 18, through: 0, by: -6) {
          let sextet = UInt8(truncatingIfNeeded: (bits >> UInt32(shift)) & 0x3F)
          output.append(group == 6 && shift == 0 ? 0x3D : Self.base64(sextet))
        }
      }
    }
  }

  private static func base64(_ sextet: UInt8) -> UInt8 {
    switch sextet {
    case 0..<26: 0x41 + sextet
    case 26..<52: 0x61 + (sextet - 26)
    case 52..<62: 0x30 + (sextet - 52)
    case 62: 0x2B
    default: 0x2F
    }
  }
}
