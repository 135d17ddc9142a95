internal import ArgumentParser
internal import Verdict

/// What `--fail-on` names: outcomes, and the least grade of findings that count.
struct FailOn {
  /// Outcomes; all findings if empty.
  let outcomes: Set<Outcome>
  /// Least grade.
  let grade: Grade

  /// Of the option's words; nil without any.
  init?(_ words: String?) throws {
    guard let words else { return nil }
    let parts = words.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    var grade = Grade.consistent
    if parts.count == 2 {
      guard let named = Grade(rawValue: parts[1]), [.consistent, .probable, .confirmed].contains(named) else {
        throw ValidationError("--fail-on: a grade is consistent, probable or confirmed")
      }
      grade = named
    }
    self.grade = grade
    if parts[0] == "any" {
      outcomes = []
      return
    }
    var outcomes: Set<Outcome> = []
    for word in parts[0].split(separator: ",", omittingEmptySubsequences: false) {
      guard let outcome = Outcome(rawValue: String(word)), [.reset, .dropped, .capped].contains(outcome) else {
        throw ValidationError("--fail-on takes 'any' or a list of reset, dropped and capped")
      }
      outcomes.insert(outcome)
    }
    self.outcomes = outcomes
  }

  /// A finding of these outcomes and at least this grade.
  func names(_ verdict: Judgment) -> Bool {
    verdict.isFinding && (outcomes.isEmpty || outcomes.contains(verdict.outcome))
      && verdict.grade.rank >= grade.rank
  }
}
