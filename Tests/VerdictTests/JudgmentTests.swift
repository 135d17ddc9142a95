import Testing
import Verdict

@Suite struct JudgmentTests {
  @Test func findings() {
    for outcome in Outcome.allCases {
      for mechanism in Mechanism.allCases.map(Optional.some) + [nil] {
        let verdict = Judgment(outcome, mechanism, grade: .consistent, reason: Phrase(""))
        let ordinary =
          outcome == .ok || outcome == .inconclusive || outcome == .degraded
          || outcome == .reset && (mechanism == .resetEndpoint || mechanism == .resetRefused)
        #expect(verdict.isFinding == !ordinary)
      }
    }
  }

  @Test func framesAreCutAtTheLimit() {
    #expect(Evidence("a", Phrase(""), frames: Array(1...60)).frames == Array(1...50))
  }

  @Test func summaryCountsByOutcome() {
    var summary = SummaryRecord()
    for (index, outcome) in Outcome.allCases.enumerated() {
      for _ in 0...index { summary.count(Judgment(outcome, grade: .none, reason: Phrase(""))) }
    }
    for index in 0..<6 { #expect(summary.outcomes[index] == UInt64(index + 1)) }
    #expect(summary.flows == 21)
    #expect(summary.findings == 2 + 3 + 4)
  }
}
