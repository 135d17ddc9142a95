/// Fisher's exact test, one-sided, for small counts.
public enum FisherExact {
  /// Probability of `testFailures` or more failures among `test` trials, given the failures of both groups together.
  ///
  /// The worked values of METHOD.md M2.3 step 3: 0/4 answered against 4/4 gives .014, 0/9 against 3/3 .0045.
  public static func p(test: Int, testFailures: Int, control: Int, controlFailures: Int) -> Double {
    let total = test + control
    let failures = testFailures + controlFailures
    guard test > 0, control > 0, failures > 0 else { return 1 }
    var sum = 0.0
    for count in testFailures...min(test, failures) where failures - count <= control {
      sum += probability(count, test: test, failures: failures, total: total)
    }
    return min(1, sum)
  }

  /// Hypergeometric probability of exactly `count` failures in the test group.
  private static func probability(_ count: Int, test: Int, failures: Int, total: Int) -> Double {
    // C(failures, count) * C(total - failures, test - count) / C(total, test), factor by factor so that nothing
    // overflows.
    var value = 1.0
    var numerator: [(n: Int, k: Int)] = [(failures, count), (total - failures, test - count)]
    var denominator = (n: total, k: test)
    denominator.k = min(denominator.k, denominator.n - denominator.k)
    for index in numerator.indices {
      guard numerator[index].k >= 0, numerator[index].k <= numerator[index].n else { return 0 }
      numerator[index].k = min(numerator[index].k, numerator[index].n - numerator[index].k)
    }
    var step = 0
    let steps = max(denominator.k, numerator[0].k, numerator[1].k)
    while step < steps {
      for part in numerator where step < part.k { value *= Double(part.n - step) / Double(step + 1) }
      if step < denominator.k { value *= Double(step + 1) / Double(denominator.n - step) }
      step += 1
    }
    return value
  }
}
