internal import Flow
internal import Settings

/// How losses spread over seconds: by chance each second loses its share, however many packets it has.
struct LossSpread {
  /// Variance of the losses of a second over that of chance.
  let dispersion: Double
  /// Seconds it rests on.
  let bins: Double

  init(dispersion: Double, bins: Double) {
    self.dispersion = dispersion
    self.bins = bins
  }

  init(_ sums: LossPattern.Sums) {
    let share = sums.lost / max(1, sums.offered)
    let square = sums.lostSquared - 2 * share * sums.product + share * share * sums.offeredSquared
    let chance = share * (1 - share) * sums.offered
    dispersion = chance > 0 ? square / chance : 0
    bins = sums.bins
  }

  /// Of what was offered within a span, at times known well.
  init(_ offers: [Offer], _ span: ClosedRange<Double>) {
    var sums = LossPattern.Sums()
    var bin = (place: 0, offered: 0.0, lost: 0.0)
    for offer in offers.within(span) where offer.fate != .lostSometime {
      let place = Int(offer.time - span.lowerBound)
      if place != bin.place {
        sums.add(bin.offered, bin.lost)
        bin = (place, 0, 0)
      }
      bin.offered += 1
      if offer.fate == .lost { bin.lost += 1 }
    }
    sums.add(bin.offered, bin.lost)
    self.init(sums)
  }

  /// As even as chance leaves them, by three deviations.
  var isEven: Bool { dispersion <= 1 + 3 * (2 / max(1, bins)).squareRoot() }
}

/// How much more often than any a packet behind a lost one is lost: the ratio of the two, 1 by chance, and as a share of what is left
/// to lose, 0 by chance and 1 if losses never end. The ratio is 1 / p at most, and says little where much is lost.
struct LossCorrelation {
  let ratio: Double
  /// The ratio within two standard errors.
  let range: ClosedRange<Double>
  /// The share of what is left to lose.
  let value: Double
  /// Two standard errors, were losses by chance.
  let width: Double
  /// Share of all that are lost.
  private let share: Double

  /// `ratio`: share lost behind a lost one over the share of all, and its standard error by chance.
  init(ratio: Double, error: Double, share: Double) {
    self.ratio = ratio
    self.share = share
    range = ratio - 2 * error...ratio + 2 * error
    let odds = share < 1 ? share / (1 - share) : .infinity
    value = (ratio - 1) * odds
    width = 2 * error * odds
  }

  /// Standard error of that ratio, were losses by chance.
  static func error(lost: Double, share: Double) -> Double {
    lost > 0 && share > 0 ? (1 - share) / (share * lost).squareRoot() : .infinity
  }

  /// By how much more it errs, taken as if the share of all were known beforehand. Losses in bursts vary more than those by
  /// chance, so that this is asked before any are called so.
  private var knownShare: Double { share < 1 ? 1 / (1 - share).squareRoot() : .infinity }

  /// Two errors, were losses correlated by `limit`: of a chain of two states n times the variance of φ is
  /// (1 - φ)(1 + φ (1 / (p (1 - p)) - 3)), by the delta method. Below a share of .2 that is more than with a known share, which
  /// is held to there.
  private func width(at limit: Double) -> Double {
    let chance = share * (1 - share)
    guard chance > 0 else { return width * knownShare }
    let chain = (1 - limit) * (1 + limit * (1 / chance - 3))
    return width * min(knownShare, max(1, chain).squareRoot())
  }

  /// Losses follow each other.
  func isBursty(_ limits: Thresholds.Cap) -> Bool {
    let least = ratio - (ratio - range.lowerBound) * knownShare
    return ratio >= limits.clustered.value && least > 1
      || value >= limits.correlation.value && value > width * knownShare
  }

  /// They do not, nor do they avoid each other; so many of them tell.
  func isByChance(_ limits: Thresholds.Cap) -> Bool {
    let limit = limits.chanceCorrelation.value
    return range.lowerBound > limits.regular.value && range.upperBound < limits.clustered.value
      && abs(value) + width(at: limit) < limit
  }

  /// They may be by chance, were there more of them.
  func mayBeByChance(_ limits: Thresholds.Cap) -> Bool {
    range.upperBound > limits.regular.value && range.lowerBound < limits.clustered.value
      && abs(value) - width < limits.correlation.value
  }

  /// How many times as many would tell.
  func needed(_ limits: Thresholds.Cap) -> Double {
    let excess = width(at: limits.chanceCorrelation.value) / limits.chanceCorrelation.value
    return excess * excess
  }
}

/// The part of a passage in which it lost packets: what comes before the first loss and behind the last is held against none of
/// them, strays left out.
struct LossWindow {
  /// From the first to the last loss, seconds.
  let span: ClosedRange<Double>
  /// The streams within.
  let streams: [StreamLosses]
  /// Packets that came before it, and behind it.
  let before: Double
  let after: Double
  /// Strays before it and behind it.
  let strays: (before: Double, after: Double)

  /// Nil with too few losses whose time is known.
  init?(_ passage: Passage, _ limits: Thresholds.Cap) {
    let places = TokenBucketSearch.places(passage.offers, limits)
    guard var first = places.first, var last = places.last, last > first else { return nil }
    let offers = passage.offers
    func count(_ range: Range<Int>, _ fate: Offer.Fate) -> Double {
      offers[range].reduce(0) { $1.fate == fate ? $0 + 1 : $0 }
    }
    func passed(_ range: Range<Int>) -> Double { count(range, .passed) }
    let start = offers.firstIndex { $0.fate == .lost } ?? first
    let end = offers.lastIndex { $0.fate == .lost } ?? last
    // Of many losses the twentieth that is left out at an end is what chance has there, unless far fewer were lost than of any.
    let within = count(first..<last + 1, .lost)
    let rate = within / max(1, within + passed(first..<last))
    func areStrays(_ range: Range<Int>) -> Bool {
      let lost = count(range, .lost)
      return lost < limits.strayRate.value * rate * (lost + passed(range))
    }
    if start < first, !areStrays(0..<first) { first = start }
    if end > last, !areStrays(last + 1..<offers.count) { last = end }
    span = offers[first].time...offers[last].time
    strays = (count(0..<first, .lost), count(last + 1..<offers.count, .lost))
    before = passed(0..<first) * passage.uniqueShare
    after = passed(last..<offers.count) * passage.uniqueShare
    // Streams are known since the first of all losses; strays and what is behind the last one are the same share of each.
    let since = passed(start..<offers.count)
    let scale = since > 0 ? passed(first..<last) / since : 1
    streams = passage.streams.map { stream in
      var within = stream
      within.packets = (stream.packets - stream.before) * scale
      within.before = 0
      return within
    }
  }

  /// Packets lost and sent.
  var lost: Double { streams.reduce(0) { $0 + $1.lost } }
  var expected: Double { streams.reduce(0) { $0 + $1.lost + $1.packets } }
  var share: Double { lost / max(1, expected) }

  /// More came before it, or behind it, than chance lets pass without a loss.
  func beginsLate(_ limits: Thresholds.Cap) -> Bool { before * share >= limits.lossFree.value }
  func endsEarly(_ limits: Thresholds.Cap) -> Bool { after * share >= limits.lossFree.value }
}
