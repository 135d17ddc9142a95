import FoundationEssentials
import Synth
import TestSupport
import Testing
import Verdict

/// The committed table of verdicts on made-up lines (`scripts/cap-grid`): that it still holds, and what it says.
@Suite struct CapGridTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let line: String
    let letters: [Character]
    /// Caps within 10 %, where there is one.
    let near: Int?
    var words: [String] { line.split(separator: " ").map(String.init) }
    var testDescription: String { line }
  }

  static let rows: [Row] = {
    let path = #filePath.replacing("CapGridTests.swift", with: "cap-grid.txt")
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
    return text.split(separator: "\n").map { row in
      let parts = row.split(separator: " ")
      // What is done has four words and more, then come the letters, then a number where there is a cap.
      let hasCap = parts.count > 1 && (parts[1] == "policer" || parts[1] == "shaper")
      let letters = parts[parts.count - (hasCap ? 2 : 1)]
      return Row(
        line: parts.dropLast(hasCap ? 2 : 1).joined(separator: " "), letters: Array(letters),
        near: hasCap ? Int(parts[parts.count - 1]) : nil)
    }
  }()

  /// Calls of 20 s of voice: what a debug build judges in a moment.
  static let quick = rows.filter {
    $0.words[0] != "video" && $0.words.last == "20s" && $0.words.suffix(2).first == "20ms"
  }

  static func letter(_ verdict: Judgment) -> Character {
    switch (verdict.outcome, verdict.mechanism) {
    case (_, .policer): "P"
    case (_, .shaper): "S"
    case (_, .randomDiscard): "R"
    case (_, .burstyLoss): "B"
    case (_, .congestion): "C"
    case (.ok, _): "."
    case (.degraded, _): "d"
    case (.inconclusive, _): "i"
    default: "!"
    }
  }

  @Test func theTableIsThere() { #expect(Self.rows.count > 100) }

  @Test(arguments: quick) func theFirstSeedIsStillJudgedAsInTheTable(row: Row) throws {
    let call = try #require(LineCall(row.words))
    let verdict = try #require(analyze(call.frames(seed: 1)).flows.first).verdict
    #expect(Self.letter(verdict) == row.letters[0])
  }

  @Test func noLineWithoutACapIsCalledCapped() {
    for row in Self.rows where row.near == nil {
      #expect(!row.letters.contains("P") && !row.letters.contains("S"), "\(row.line)")
    }
  }

  @Test func policersAndShapersAreNotTakenForEachOther() {
    for row in Self.rows where row.near != nil {
      #expect(!row.letters.contains(row.words[1] == "policer" ? "S" : "P"), "\(row.line)")
    }
  }
}
