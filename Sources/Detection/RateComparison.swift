public import Settings
public import Verdict

/// Two series of rates held against each other, after Wehe (Li et al., SIGCOMM 2019): is one slower, and by how much?
///
/// Claims a difference where the means differ by more than a share of the larger, the Kolmogorov-Smirnov test says that the
/// distributions differ, **and** the shift between them is surely of the same sign: a pause moves a mean and no shift. Claims none
/// where the means are near each other and the shift is surely small: with few samples a test that finds nothing says nothing, and
/// with many it finds differences of no account. Cannot tell apart: throttling of one service, a busier server, a slower path,
/// another time of day, another sender's choice of rate. METHOD.md M4.
public struct RateComparison: Sendable {
  /// Mean of the second less that of the first, over the larger; -1 to 1.
  public let area: Double
  /// Kolmogorov-Smirnov distance.
  public let distance: Double
  /// Its two-sided p, asymptotic.
  public let p: Double
  /// Hodges-Lehmann shift with its 95 % interval; nil for too few samples.
  public let shift: (estimate: Double, low: Double, high: Double)?
  /// What follows.
  public let decision: ComparisonDecision

  /// Compares samples of one time each, bit/s.
  public init(_ first: [Double], _ second: [Double], _ limits: Thresholds.Comparison) {
    let means = (Self.mean(first), Self.mean(second))
    let larger = max(means.0, means.1)
    let area = larger > 0 ? (means.1 - means.0) / larger : 0
    self.area = area
    distance = Self.distance(first.sorted(), second.sorted())
    let p = Self.p(distance, first.count, second.count)
    self.p = p
    guard min(first.count, second.count) >= Int(limits.samples.integer) else {
      shift = nil
      decision = .tooFew
      return
    }
    let shift = Self.shift(first, second)
    self.shift = shift
    func isWithin(_ share: Double) -> Bool {
      abs(area) <= share && max(abs(shift.low), abs(shift.high)) <= share * larger
    }
    if abs(area) > limits.area.value, p < limits.p.value, area > 0 ? shift.low > 0 : shift.high < 0 {
      decision = .different
    } else if isWithin(limits.alike.value) || p >= limits.p.value && isWithin(limits.area.value) {
      decision = .same
    } else {
      decision = .inconclusive
    }
  }

  private static func mean(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
  }

  /// Largest difference of the two cumulative distributions; both in ascending order.
  static func distance(_ first: [Double], _ second: [Double]) -> Double {
    guard !first.isEmpty, !second.isEmpty else { return 0 }
    var (i, j) = (0, 0)
    var most = 0.0
    while i < first.count, j < second.count {
      let value = min(first[i], second[j])
      while i < first.count, first[i] <= value { i += 1 }
      while j < second.count, second[j] <= value { j += 1 }
      most = max(most, abs(Double(i) / Double(first.count) - Double(j) / Double(second.count)))
    }
    return most
  }

  /// Kolmogorov's distribution with the correction of Stephens (1970) for small samples.
  static func p(_ distance: Double, _ first: Int, _ second: Int) -> Double {
    guard first > 0, second > 0 else { return 1 }
    let root = (Double(first) * Double(second) / Double(first + second)).squareRoot()
    let value = (root + 0.12 + 0.11 / root) * distance
    guard value > 0.2 else { return 1 }
    var sum = 0.0
    var sign = 1.0
    for term in 1...100 {
      let part = Self.exponential(-2 * Double(term * term) * value * value)
      sum += sign * part
      if part < 1e-12 { break }
      sign = -sign
    }
    return min(1, max(0, 2 * sum))
  }

  /// e to a power that is not positive: halved until a short series suffices, and squared back.
  private static func exponential(_ power: Double) -> Double {
    guard power > -700 else { return 0 }
    var halvings = 0
    var small = power
    while small < -0.5 {
      small /= 2
      halvings += 1
    }
    var term = 1.0
    var sum = 1.0
    for number in 1...18 {
      term *= small / Double(number)
      sum += term
    }
    for _ in 0..<halvings { sum *= sum }
    return sum
  }

  /// Median of all differences between a second and a first sample (Hodges and Lehmann 1963); the interval is that of the
  /// Mann-Whitney test inverted, by the normal approximation. At most 512 samples a side, evenly chosen.
  static func shift(_ first: [Double], _ second: [Double]) -> (estimate: Double, low: Double, high: Double) {
    let (left, right) = (thinned(first), thinned(second))
    var differences: [Double] = []
    differences.reserveCapacity(left.count * right.count)
    for value in right { for other in left { differences.append(value - other) } }
    differences.sort()
    let (n, m) = (Double(left.count), Double(right.count))
    let spread = 1.96 * (n * m * (n + m + 1) / 12).squareRoot()
    let count = differences.count
    let low = min(count - 1, max(0, Int((n * m / 2 - spread).rounded(.down))))
    let middle =
      count % 2 == 1 ? differences[count / 2] : (differences[count / 2 - 1] + differences[count / 2]) / 2
    return (middle, differences[low], differences[count - 1 - low])
  }

  private static func thinned(_ values: [Double]) -> [Double] {
    guard values.count > 512 else { return values }
    return (0..<512).map { values[$0 * values.count / 512] }
  }
}
