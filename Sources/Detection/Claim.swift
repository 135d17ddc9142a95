public import Settings
public import Verdict

/// What detectors say in the same way: grades that are earned, gaps that are named.
public enum Claim {
  /// A refusal with what was missing, in the place of another verdict.
  @inline(always)
  static func withhold(
    _ judgment: inout Judgment, _ code: StaticString, seen: Double, needed: Double, _ reason: Phrase
  ) {
    judgment.renew(.inconclusive, grade: .inconclusive, reason: reason)
    judgment.gap = Gap(code, seen: seen, needed: needed)
  }

  /// Nothing wrong, in the place of another verdict.
  @inline(always)
  static func clear(_ judgment: inout Judgment, _ power: Power, _ known: Circumstances, _ reason: Phrase) {
    judgment.renew(.ok, grade: .none, reason: reason)
    judgment.power = power
    judgment.score = known.thresholds.score.ok.value
  }

  /// A refusal with what was missing.
  public static func inconclusive(_ code: StaticString, seen: Double, needed: Double, _ reason: Phrase) -> Judgment {
    var judgment = Judgment(.inconclusive, grade: .inconclusive, reason: reason)
    judgment.gap = Gap(code, seen: seen, needed: needed)
    return judgment
  }

  /// Nothing wrong, with the smallest effect that would have been seen.
  static func ok(_ power: Power, _ known: Circumstances, _ reason: Phrase) -> Judgment {
    var judgment = Judgment(.ok, grade: .none, reason: reason)
    judgment.power = power
    judgment.score = known.thresholds.score.ok.value
    return judgment
  }

  /// A finding from one flow: `consistent` at most, without attribution (METHOD.md M6.2).
  public static func finding(
    _ outcome: Outcome, _ mechanism: Mechanism, _ direction: Direction, _ score: Threshold, _ reason: Phrase
  ) -> Judgment {
    var judgment = Judgment(outcome, mechanism, grade: .consistent, reason: reason)
    judgment.direction = direction
    judgment.attribution = .unknown
    judgment.score = score.value
    return judgment
  }

  /// Loss whose cause is not told: `consistent`, nobody's.
  static func lossy(
    _ direction: Direction, during window: TimeWindow? = nil, _ thresholds: Thresholds, _ reason: Phrase
  ) -> Judgment {
    var judgment = Judgment(.degraded, nil, grade: .consistent, reason: reason)
    judgment.direction = direction
    judgment.attribution = .unknown
    judgment.score = thresholds.score.degraded.value
    judgment.window = window
    judgment.alternatives = ["congestion", "radio-loss", "bandwidth-cap", "random-discard"]
    return judgment
  }

  /// Seconds of a duration in ns.
  static func seconds(_ duration: Int64) -> Double { Double(duration) / 1e9 }

  /// A duration in seconds as a quantity.
  static func duration(_ seconds: Double) -> Quantity { .duration(Int64(seconds * 1e9)) }
}
