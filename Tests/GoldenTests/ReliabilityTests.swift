import Foundation
import TestSupport
import Testing

/// Scores are the labelled sets' own shares: scripts/reliability.txt, which scripts/reliability writes.
@Suite struct ReliabilityTests {
  private struct Row {
    let verdict: String
    let score: Double
    let flows: Int
    let impaired: Int
  }

  private static func rows() throws -> [Row] {
    let file = BuiltCommand.repository.appendingPathComponent("scripts/reliability.txt")
    let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    return text.split(separator: "\n").dropFirst().compactMap { line in
      let words = line.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
      guard words.count >= 6, let score = Double(words[2]), let flows = Int(words[3]), let impaired = Int(words[4])
      else { return nil }
      return Row(verdict: words[0], score: score, flows: flows, impaired: impaired)
    }
  }

  @Test func everyScoreLiesWithinItsInterval() throws {
    let rows = try Self.rows()
    #expect(rows.count >= 12)
    for row in rows {
      let (share, count) = (Double(row.impaired) / Double(row.flows), Double(row.flows))
      let z = 1.96
      let center = (share + z * z / (2 * count)) / (1 + z * z / count)
      let width = z * (share * (1 - share) / count + z * z / (4 * count * count)).squareRoot() / (1 + z * z / count)
      #expect((center - width - 0.005...center + width + 0.005).contains(row.score), "\(row.verdict) \(row.score)")
    }
  }

  /// No verdict that accuses fell on a flow to which nothing was done.
  @Test func findingsAreImpaired() throws {
    for row in try Self.rows() where row.verdict.hasPrefix("dropped") || row.verdict.hasPrefix("capped") {
      #expect(row.impaired == row.flows, "\(row.verdict)")
    }
  }
}
