internal import Verdict

/// SARIF 2.1.0 (OASIS): a result for each finding, with the bytes of its evidence, and for each expectation not met.
enum CheckSARIF {
  private static let rules: [(id: String, text: String)] = [
    ("expectation", "The capture does not show what it is expected to show."),
    ("unreadable", "The capture could not be read to its end."),
    ("dropped", "Packets of a flow or call were dropped: it was never answered, or went silent."),
    ("reset", "A connection was ended by a reset that its endpoints did not send."),
    ("capped", "A flow or call was held below a rate."),
  ]

  static func report(_ summary: CheckSummary, version: String) -> [UInt8] {
    var line = LineBuffer()
    line.text("{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{")
    line.text("\"tool\":{\"driver\":{\"name\":\"Ringback\",\"semanticVersion\":")
    line.quoted(version)
    line.text(",\"rules\":[")
    for (place, rule) in rules.enumerated() {
      line.text("\(place > 0 ? "," : ""){\"id\":\"\(rule.id)\",\"shortDescription\":{\"text\":")
      line.quoted(rule.text)
      line.text("}}")
    }
    line.text("]}},\"columnKind\":\"utf16CodeUnits\",\"results\":[")
    var isFirst = true
    for result in summary.results {
      if result.status == .failed {
        for message in result.messages {
          open(&line, &isFirst, result.isUnreadable ? "unreadable" : "expectation", "error", message)
          location(&line, result.path, [])
        }
      }
      for finding in result.findings {
        let family = finding.rule.prefix { $0 != "/" }
        open(
          &line, &isFirst, rules.contains { $0.id == family } ? String(family) : "expectation",
          finding.grade == .consistent ? "note" : "warning",
          "\(finding.name): \(finding.reason) (\(finding.rule), \(finding.grade.rawValue))")
        location(&line, result.path, finding.places)
      }
      if result.unlisted > 0 {
        open(&line, &isFirst, "expectation", "note", "\(result.unlisted) more findings are not listed.")
        location(&line, result.path, [])
      }
    }
    line.text("]}]}\n")
    line.spill()
    return line.spilled
  }

  private static func open(
    _ line: inout LineBuffer, _ isFirst: inout Bool, _ rule: String, _ level: String, _ message: String
  ) {
    line.text(isFirst ? "{" : ",{")
    isFirst = false
    line.text("\"ruleId\":\"\(rule)\",\"level\":\"\(level)\",\"message\":{\"text\":")
    line.quoted(message)
    line.text("}")
  }

  private static func location(
    _ line: inout LineBuffer, _ path: String, _ places: [(offset: UInt64, length: UInt64)]
  ) {
    line.text(",\"locations\":[")
    if places.isEmpty { place(&line, path, nil) }
    for (number, region) in places.prefix(10).enumerated() {
      if number > 0 { line.byte(0x2C) }
      place(&line, path, region)
    }
    line.text("]}")
  }

  private static func place(_ line: inout LineBuffer, _ path: String, _ region: (offset: UInt64, length: UInt64)?) {
    line.text("{\"physicalLocation\":{\"artifactLocation\":{\"uri\":")
    line.quoted(uri(path))
    line.byte(0x7D)
    if let region { line.text(",\"region\":{\"byteOffset\":\(region.offset),\"byteLength\":\(region.length)}") }
    line.text("}}")
  }

  /// A path as the URI reference that SARIF asks for (RFC 3986 section 3.3).
  private static func uri(_ path: String) -> String {
    var result = ""
    for byte in path.utf8 {
      let character = Character(UnicodeScalar(byte))
      if byte < 0x80, character.isLetter || character.isNumber || "-._~/!$&'()*+,;=@".contains(character) {
        result.append(character)
      } else {
        let digits = Array("0123456789ABCDEF")
        result += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
      }
    }
    return result
  }
}
