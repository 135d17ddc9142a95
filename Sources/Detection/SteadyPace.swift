internal import Flow
internal import Settings

/// Media of a constant rate as its gaps tell it: packet time, and what is missing between.
///
/// An estimate, made only where gaps are whole multiples of one packet time and as many of each multiple as chance leaves
/// (1 - p) p^(k-1): then no queue stood either, for behind one the gap of a lost packet closes. Silence suppression (gaps
/// of any length), a changed packet time (two multiples, none between), variable rates and bunched packets are refused by
/// name. METHOD.md M3.8.
struct SteadyPace {
  /// Why nothing can be said.
  enum Refusal: Sendable {
    /// Fewer gaps than a statement needs.
    case few
    /// Gaps are no multiples of one time, or packets come in bunches.
    case unsteady
    /// Gaps too long to be chance.
    case pauses
    /// The multiples are not those of chance: a sender that changed its pace, or losses with a pattern of their own.
    case pattern
  }

  /// Packet time, ms.
  let interval: Double
  /// Packets that came, and those missing between them.
  let received: Double
  let lost: Double
  /// Gaps with something missing.
  let runs: Double
  /// Variance of the packets in a second over that of chance.
  let dispersion: Double
  /// Seconds it rests on.
  let bins: Double

  /// Share missing.
  var share: Double { lost / max(1, received + lost) }

  static func find(_ cadence: Cadence, _ limits: Thresholds.Cap, least: Double) -> Result<SteadyPace, Refusal> {
    let gaps = (0..<Cadence.limit).map { Double(cadence.gaps[$0]) }
    let count = gaps.reduce(0, +)
    guard count >= least else { return .failure(.few) }
    guard let interval = interval(gaps) else { return .failure(.unsteady) }
    // A gap's share in the width of one packet time, to either side.
    let slack = max(limits.paceSlack.value, limits.paceWidth.value * interval)
    var multiples = [Double](repeating: 0, count: Int(Double(Cadence.limit) / interval) + 2)
    var steady = 0.0
    var crowded = 0.0
    for (milliseconds, number) in gaps.enumerated() where number > 0 {
      let multiple = (Double(milliseconds) / interval).rounded()
      if multiple < 1 {
        crowded += number
      } else if abs(Double(milliseconds) - multiple * interval) <= slack {
        steady += number
        multiples[Int(multiple)] += number
      }
    }
    guard steady >= limits.paceShare.value * count, crowded <= (1 - limits.paceShare.value) / 2 * count else {
      return .failure(.unsteady)
    }
    guard Double(cadence.pauses) <= limits.pacePauses.value * count else { return .failure(.pauses) }
    var lost = 0.0
    for multiple in 2..<multiples.count { lost += Double(multiple - 1) * multiples[multiple] }
    let runs = steady - multiples[1]
    let share = lost / max(1, steady + lost)
    if lost >= limits.losses.value {
      // What the longest gaps hold must be possible by chance.
      if cadence.pauses > 0, expected(steady, share, from: multiples.count - 1) < 1 { return .failure(.pauses) }
      guard isChance(multiples, steady, share) else { return .failure(.pattern) }
    }
    let pace = 1000 / interval
    let mean = cadence.counted / max(1, cadence.bins)
    let variance = cadence.squared / max(1, cadence.bins) - mean * mean
    // A second's edges cut a packet time: a variance of a sixth at least.
    let chance = pace * share * (1 - share) + 1 / 6
    return .success(
      SteadyPace(
        interval: interval, received: steady, lost: lost, runs: runs, dispersion: variance / chance, bins: cadence.bins)
    )
  }

  /// The usual gap: mean of the millisecond that is hit most and its neighbors; nil if it is no packet time of media.
  private static func interval(_ gaps: [Double]) -> Double? {
    var best = (sum: 0.0, place: 0)
    for place in 5..<140 {
      let sum = gaps[place - 2] + gaps[place - 1] + gaps[place] + gaps[place + 1] + gaps[place + 2]
      if sum > best.sum { best = (sum, place) }
    }
    guard best.sum > 0 else { return nil }
    var weighted = 0.0
    for place in (best.place - 2)...(best.place + 2) { weighted += Double(place) * gaps[place] }
    let interval = weighted / best.sum
    return interval >= 8 ? interval : nil
  }

  /// Gaps of `multiple` and more that chance leaves.
  private static func expected(_ gaps: Double, _ share: Double, from multiple: Int) -> Double {
    var power = 1.0
    for _ in 0..<max(0, multiple - 1) { power *= share }
    return gaps * power
  }

  /// Pearson's test of the multiples against a geometric distribution; the last class holds all that chance makes rare.
  private static func isChance(_ multiples: [Double], _ gaps: Double, _ share: Double) -> Bool {
    var square = 0.0
    var classes = 0.0
    var multiple = 1
    while multiple < multiples.count {
      let rest = expected(gaps, share, from: multiple)
      let own = rest * (1 - share)
      let isLast = own < 5 || rest - own < 5 || multiple == multiples.count - 1
      let chance = isLast ? rest : own
      let seen = isLast ? multiples[multiple...].reduce(0, +) : multiples[multiple]
      square += (seen - chance) * (seen - chance) / max(chance, 1)
      classes += 1
      if isLast { break }
      multiple += 1
    }
    let freedom = max(1, classes - 2)
    // Wilson and Hilferty's approximation of the quantile that chance exceeds once in a thousand.
    let term = 1 - 2 / (9 * freedom) + 3.09 * (2 / (9 * freedom)).squareRoot()
    return square <= freedom * term * term * term
  }
}

extension SteadyPace.Refusal: Error {}
