internal import Verdict

/// Bytes of text under construction: the one place where values become characters.
///
/// Literals are copied through `OutputSpan`: one capacity check and one `memcpy` a literal, and no allocation, as a Swift
/// string literal has static storage. A `StaticString` has no safe view of its bytes and costs one short-lived string.
struct LineBuffer: Sendable {
  /// What was written.
  var bytes: [UInt8] = []

  /// Bytes written so far.
  var count: Int { bytes.count }

  /// Appends text that needs no escaping.
  mutating func literal(_ text: String) {
    let source = text.utf8.span
    let count = source.count
    bytes.append(addingCapacity: count) { output in
      output.append(repeating: 0, count: count)
      var target = output.mutableSpan
      for index in 0..<count { target[index] = source[index] }
    }
  }

  /// Appends a fixed text that needs no escaping.
  mutating func fixedText(_ text: StaticString) { literal(text.description) }

  /// Appends one byte.
  mutating func byte(_ value: UInt8) { bytes.append(value) }

  /// Appends an address in its text form.
  mutating func address(_ address: IPAddress) { address.append(to: &bytes) }

  /// Appends `1.2.3.4:80` or `[2001:db8::1]:80`.
  mutating func endpoint(_ address: IPAddress, port: UInt16) {
    if address.family == .v6 { byte(0x5B) }
    self.address(address)
    if address.family == .v6 { byte(0x5D) }
    byte(0x3A)
    unsigned(UInt64(port))
  }

  /// Appends text from outside for a person to read: control and format characters become `?`, so that a file name or a
  /// server name cannot move a terminal's cursor or turn text around.
  mutating func readable(_ text: String) {
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: byte(0x3F)
      default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
      }
    }
  }
}
