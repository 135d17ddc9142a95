/// Text as JSON writes it, for lines that no record stands behind.
public enum JSONText {
  /// A JSON string (RFC 8259 section 7).
  public static func quoted(_ text: String) -> String {
    var line = LineBuffer()
    line.quoted(text)
    return String(decoding: line.bytes, as: UTF8.self)
  }
}
