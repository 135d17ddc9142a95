internal import Analysis
internal import Report
internal import Settings

/// The rules in force, as text and as NDJSON.
struct RuleListing {
  private let rows: [RuleRow]
  private let digest: String

  init(thresholds: Thresholds, digest: String, prefix: String) {
    rows = RuleRow.all(thresholds).filter { $0.name.hasPrefix(prefix) }
    self.digest = digest
  }

  var isEmpty: Bool { rows.isEmpty }

  /// A block for each group and app: name, value, and below it where it comes from.
  var text: String {
    var text = ""
    var group = ""
    for row in rows {
      let own = row.kind == .threshold ? String(row.name.prefix { $0 != "." }) : row.name
      if own != group {
        text += (text.isEmpty ? "" : "\n") + (row.kind == .threshold ? "[\(own)]" : "\(own): told by") + "\n"
        group = own
      }
      switch row.kind {
      case .threshold: text += "\(row.name.dropFirst(own.count + 1)) = \(row.value)\n    \(row.source)\n"
      case .clue: text += "\(row.weight ?? "")  \(row.value)\n    \(row.source); seen \(row.seen ?? "")\n"
      }
    }
    return text + "\ndigest \(digest)\n"
  }

  /// One object a rule, then the digest.
  var ndjson: String {
    var text = ""
    for row in rows {
      text +=
        "{\"record\":\"rule\",\"schema\":1,\"kind\":\"\(row.kind.rawValue)\",\"name\":\(JSONText.quoted(row.name))"
      text += ",\"value\":\(JSONText.quoted(row.value)),\"weight\":\(row.weight.map(JSONText.quoted) ?? "null")"
      text += ",\"source\":\(JSONText.quoted(row.source)),\"seen\":\(row.seen.map(JSONText.quoted) ?? "null")}\n"
    }
    return text + "{\"record\":\"rules\",\"schema\":1,\"digest\":\"\(digest)\"}\n"
  }
}
