/// Lines of a fixed width: words wrapped with a hanging indent, what is longer than a line broken, color outside the count.
struct TextLayout: Sendable {
  /// A color or weight; nothing where color is off.
  enum Style: Sendable {
    case plain, bold, red, green, yellow
  }

  /// What was laid out.
  var bytes: [UInt8] = []
  let width: Int
  let color: Bool

  init(width: Int, color: Bool) {
    self.width = max(width, 40)
    self.color = color
  }

  /// Appends an empty line.
  mutating func blank() { bytes.append(0x0A) }

  /// Appends a paragraph: a head in a style, at `indent`, then the text with its further lines at `hanging`.
  mutating func paragraph(_ head: String, _ style: Style, _ text: String, indent: Int = 0, hanging: Int = 2) {
    var column = indent
    pad(indent)
    if !head.isEmpty {
      styled(head, style)
      column += Self.columns(head)
    }
    if !text.isEmpty, !head.isEmpty, column < hanging {
      pad(hanging - column)
      column = hanging
    }
    var atStart = head.isEmpty
    var separated = column == hanging
    for word in text.split(separator: " ", omittingEmptySubsequences: true) {
      var rest = word
      var length = Self.columns(rest)
      let space = atStart || separated ? 0 : 1
      if column + space + length <= width {
        pad(space)
        bytes.append(contentsOf: rest.utf8)
        column += space + length
      } else {
        if !atStart { newLine(hanging) }
        column = atStart ? column : hanging
        while column + length > width {
          let part = rest.prefix(width - column)
          bytes.append(contentsOf: part.utf8)
          rest = rest.dropFirst(width - column)
          length = Self.columns(rest)
          newLine(hanging)
          column = hanging
        }
        bytes.append(contentsOf: rest.utf8)
        column += length
      }
      atStart = false
      separated = false
    }
    bytes.append(0x0A)
  }

  /// Appends a paragraph with a plain head.
  mutating func paragraph(_ head: String, _ text: String, indent: Int = 0, hanging: Int = 2) {
    paragraph(head, .plain, text, indent: indent, hanging: hanging)
  }

  private mutating func newLine(_ indent: Int) {
    bytes.append(0x0A)
    pad(indent)
  }

  private mutating func pad(_ count: Int) {
    for _ in 0..<max(count, 0) { bytes.append(0x20) }
  }

  private mutating func styled(_ text: String, _ style: Style) {
    guard color, style != .plain else { return bytes.append(contentsOf: text.utf8) }
    let code =
      switch style {
      case .plain: "0"
      case .bold: "1"
      case .red: "1;31"
      case .green: "32"
      case .yellow: "33"
      }
    bytes.append(0x1B)
    bytes.append(contentsOf: "[\(code)m".utf8)
    bytes.append(contentsOf: text.utf8)
    bytes.append(0x1B)
    bytes.append(contentsOf: "[0m".utf8)
  }

  /// Characters of a text; a wide one counts as one.
  private static func columns(_ text: some StringProtocol) -> Int { text.count }
}
