public import Verdict

/// Results of a check in the formats of those who read them.
public enum CheckFormat: String, Sendable, CaseIterable {
  case text, junit, sarif, tap, github, markdown

  /// The report. `version` is the program's.
  public func report(_ summary: CheckSummary, version: String, color: Bool = false) -> [UInt8] {
    switch self {
    case .text: CheckText.report(summary, color: color)
    case .junit: Array(CheckJUnit.report(summary).utf8)
    case .sarif: CheckSARIF.report(summary, version: version)
    case .tap: Array(CheckTAP.report(summary).utf8)
    case .github: Array(CheckGitHub.report(summary).utf8)
    case .markdown: Array(CheckMarkdown.report(summary).utf8)
    }
  }
}

/// For people: a line for each capture, what failed below it, and the sum.
enum CheckText {
  static func report(_ summary: CheckSummary, color: Bool) -> [UInt8] {
    var out = TextLayout(width: 80, color: color)
    for result in summary.results {
      switch result.status {
      case .passed:
        out.paragraph(
          "ok", .green, "\(TextReport.readable(result.path)) (\(result.statements) as expected)", indent: 0, hanging: 8)
      case .failed:
        out.paragraph("FAILED", .red, TextReport.readable(result.path), indent: 0, hanging: 8)
        for message in result.messages {
          out.paragraph("-", .plain, TextReport.readable(message), indent: 8, hanging: 10)
        }
      case .skipped:
        out.paragraph(
          "skipped", .yellow, TextReport.readable("\(result.path): \(result.messages.joined(separator: "; "))"),
          indent: 0, hanging: 8)
      }
    }
    out.paragraph("", .plain, summary.line)
    return out.bytes
  }
}

/// JUnit's XML as Jenkins and GitLab read it. No times: the same captures give the same bytes.
enum CheckJUnit {
  static func report(_ summary: CheckSummary) -> String {
    let errors = summary.results.reduce(0) { $0 + ($1.status == .failed && $1.isUnreadable ? 1 : 0) }
    let counts =
      "tests=\"\(summary.results.count)\" failures=\"\(summary.count(.failed) - errors)\" errors=\"\(errors)\""
    var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites \(counts)>\n"
    text += "  <testsuite name=\"ringback check\" \(counts) skipped=\"\(summary.count(.skipped))\">\n"
    for result in summary.results {
      let (folder, file) = split(result.path)
      text += "    <testcase classname=\"\(escaped(folder))\" name=\"\(escaped(file))\""
      guard result.status != .passed else {
        text += "/>\n"
        continue
      }
      text += ">\n"
      let all = result.messages.joined(separator: "\n")
      switch (result.status, result.isUnreadable) {
      case (.skipped, _): text += "      <skipped message=\"\(escaped(result.messages.first ?? ""))\"/>\n"
      case (_, true):
        text += "      <error message=\"\(escaped(result.messages.first ?? ""))\">\(escaped(all))</error>\n"
      default:
        text += "      <failure message=\"\(escaped(result.messages.first ?? ""))\">\(escaped(all))</failure>\n"
      }
      text += "    </testcase>\n"
    }
    return text + "  </testsuite>\n</testsuites>\n"
  }

  private static func split(_ path: String) -> (String, String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    return (String(path[..<slash]), String(path[path.index(after: slash)...]))
  }

  /// Characters that XML 1.0 does not allow become U+FFFD.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\n": result += "&#10;"
      case "\t": result += "&#9;"
      case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

/// Test Anything Protocol, version 14.
enum CheckTAP {
  static func report(_ summary: CheckSummary) -> String {
    var text = "TAP version 14\n1..\(summary.results.count)\n"
    for (place, result) in summary.results.enumerated() {
      let name = line(result.path).replacing("\\", with: "\\\\").replacing("#", with: "\\#")
      switch result.status {
      case .passed: text += "ok \(place + 1) - \(name)\n"
      case .skipped: text += "ok \(place + 1) - \(name) # SKIP \(line(result.messages.joined(separator: "; ")))\n"
      case .failed:
        text += "not ok \(place + 1) - \(name)\n  ---\n  messages:\n"
        for message in result.messages {
          text += "    - \"\(line(message).replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\"\n"
        }
        text += "  ...\n"
      }
    }
    return text + "# \(summary.line)\n"
  }

  private static func line(_ text: String) -> String {
    String(text.unicodeScalars.map { $0.value < 0x20 ? " " : Character($0) })
  }
}

/// Without what could steer a terminal; line breaks are left to the format.
private func printable(_ text: String) -> String {
  String(
    String.UnicodeScalarView(
      text.unicodeScalars.map { $0.value < 0x20 && $0 != "\n" && $0 != "\r" || $0.value == 0x7F ? "?" : $0 }))
}

/// Annotations of GitHub Actions: one for each failure, then the sum.
enum CheckGitHub {
  static func report(_ summary: CheckSummary) -> String {
    var text = ""
    for result in summary.results where result.status == .failed {
      for message in result.messages {
        text += "::error file=\(property(result.path)),title=ringback check::\(data(message))\n"
      }
    }
    return text + summary.line + "\n"
  }

  private static func data(_ text: String) -> String {
    printable(text).replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
  }

  private static func property(_ text: String) -> String {
    data(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
  }
}

/// A table for a job's summary page.
enum CheckMarkdown {
  static func report(_ summary: CheckSummary) -> String {
    var text = "## ringback check: \(summary.line)\n\n| capture | result | findings |\n|---|---|---|\n"
    for result in summary.results {
      let findings = result.findings.map { "\($0.rule) (\($0.grade.rawValue))" }
      var counted: [String] = []
      for finding in findings where !counted.contains(where: { $0.hasSuffix(finding) }) {
        let count = findings.reduce(0) { $0 + ($1 == finding ? 1 : 0) }
        counted.append("\(count) × \(finding)")
      }
      if result.unlisted > 0 { counted.append("\(result.unlisted) more") }
      let messages = result.messages.isEmpty ? "" : ": " + result.messages.map(cell).joined(separator: "<br>")
      text += "| \(code(result.path)) | \(result.status.rawValue)\(messages) | "
      text += counted.isEmpty ? "|\n" : cell(counted.joined(separator: ", ")) + " |\n"
    }
    return text
  }

  /// Text of a cell: nothing in it is markup (CommonMark 2.4, GitHub's tables).
  private static func cell(_ text: String) -> String {
    var result = ""
    for character in oneLine(text).unicodeScalars {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\\", "`", "*", "_", "[", "]", "|", "~": result += "\\" + String(character)
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }

  /// A name as code: between more backticks than it has itself.
  private static func code(_ text: String) -> String {
    let text = oneLine(text).replacing("|", with: "\\|")
    let longest = text.split { $0 != "`" }.map(\.count).max() ?? 0
    let fence = String(repeating: "`", count: longest + 1)
    return longest > 0 ? "\(fence) \(text) \(fence)" : fence + text + fence
  }

  private static func oneLine(_ text: String) -> String {
    String(String.UnicodeScalarView(printable(text).unicodeScalars.map { $0 == "\n" || $0 == "\r" ? " " : $0 }))
  }
}
