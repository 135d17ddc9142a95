internal import Settings

/// How well a token bucket explains which packets of a direction were lost.
///
/// A policer passes a packet if its bucket holds that many tokens (RFC 2697 in its one-rate form), and tokens flow in at
/// its rate. With the right rate and size, the fill that follows from what came through is low when packets are lost and
/// not low when they pass; with loss by chance, by radio or by other people's traffic the fill at losses is like that at
/// any time. `conformity` is the difference of the two shares of low fill: 1 for a policer seen perfectly, about 0
/// otherwise. A full queue loses by the same arithmetic, so it conforms as well: the delay tells the two apart.
///
/// After Flach et al., SIGCOMM 2016, whose detector takes the goodput for the rate and compares the means. Here the rate
/// and the bucket that explain most are looked for, so that a bucket of a few packets, a sender that pauses, constant
/// bit rates and several flows behind one bucket are explained too (METHOD.md M3.2).
public struct TokenBucketFit: Sendable {
  /// Share of losses at low fill minus share of passed packets at low fill.
  public var conformity: Double
  /// Bit/s.
  public var rate: Double
  /// Rates that explain nearly as much, bit/s.
  public var low: Double
  /// Upper end.
  public var high: Double
  /// The rate is near what came through.
  public var isNearGoodput: Bool
  /// What came through as a rate explains as much, with this bucket or another one: the bucket was always empty.
  public var fitsGoodput: Bool
  /// Bytes of the bucket that explains most.
  public var size: Double
  /// Bytes; nil if every larger one explains as much.
  public var bucket: Int?
  /// Losses it was fitted to.
  public var losses: Int
  /// Packets of like sizes that came through, with which they were compared.
  public var compared: Int
  /// First of them, seconds.
  public var first: Double
  /// Last of them.
  public var last: Double
  /// What came through between them, bit/s.
  public var goodput: Double
  /// Share lost between them.
  public var share: Double
  /// Packets of at least this share of the lost ones' lower quartile compare with them.
  public static let comparableShare = 0.6
  /// A line several times as fast, with a buffer of a few packets, would lose as many of these: bursts fill it, whatever the rate.
  public var mayBeShallow = false
}

extension TokenBucketFit {
  /// The cap, bit/s; nil if the losses leave the rate open.
  ///
  /// Of a call: what came through, where a bucket of that rate, the same or another one, explains the losses, for it was
  /// always empty then, and counting bytes is exact; else the highest rate that explains them: above it the bucket would have been full when
  /// packets were lost. Of a transfer, whose bucket may have been empty now and then only: what came through, where it
  /// surely explains as much as any rate; else the rate that explains most, but no less than what came through, unless that
  /// is more than any rate explains.
  ///
  /// A bucket of a few packets fills again between pictures, and what overflows then did not come through: what did is the cap only
  /// where no rate far above it explains the losses as well. A transfer that sends a quarter more than passes leaves no bucket the
  /// time to fill.
  func statedRate(_ limits: Thresholds.Cap, isTransfer: Bool) -> Double? {
    let isPossible = goodput <= limits.goodputMost.value * high
    let isNarrow = high <= limits.rateSpread.value * low
    if mayBeShallow { return nil }
    let isBounded =
      goodput >= limits.goodputBound.value * high || high <= limits.rateSpread.value * min(low, goodput)
    if isTransfer {
      if fitsGoodput, conformity >= limits.sure.value, isPossible {
        return isBounded || share >= limits.emptyShare.value ? goodput : nil
      }
      if goodput >= limits.goodputLeast.value * rate, isPossible { return isBounded ? max(goodput, rate) : nil }
      return isNarrow ? rate : nil
    }
    if fitsGoodput || goodput >= limits.goodputLeast.value * low, isPossible { return isBounded ? goodput : nil }
    return isNarrow ? high : nil
  }

  /// What came through is near the highest rate that explains the losses: two measures of one cap.
  func agrees(_ limits: Thresholds.Cap) -> Bool {
    goodput >= limits.coarseGoodput.value * high && goodput <= limits.goodputMost.value * high
  }

  /// The bucket explains the losses: its conformity is `least`, and as much more as few losses, or few packets that came through,
  /// may have by chance. Of nine packets some bucket was full whenever they came.
  func explains(_ least: Double, _ limits: Thresholds.Cap) -> Bool {
    let count = Double(min(losses, compared))
    guard count >= limits.losses.value else { return false }
    let enough = 1 / limits.lossesEnough.value.squareRoot()
    return conformity >= least + limits.chance.value * max(0, 1 / count.squareRoot() - enough)
  }
}

/// Looks for the token bucket that explains a direction's losses best.
struct TokenBucketSearch {
  private let offers: [Offer]
  /// Largest lost packet, and the size from which on passed ones compare with lost ones.
  private let largest: Double
  private let comparable: Double
  private let losses: Int
  private let compared: Int
  private let goodput: Double
  private let limits: Thresholds.Cap
  /// Bytes a second that flow in, and most bytes that it holds.
  private typealias Bucket = (rate: Double, size: Double)
  /// A bucket that was tried, and what it explains.
  private typealias Candidate = (conformity: Double, bucket: Bucket)

  /// Between the first and the last loss, stray ones at either end left out; nil if there are too few.
  init?(_ offers: [Offer], _ limits: Thresholds.Cap) {
    let places = Self.places(offers, limits)
    guard let first = places.first, let last = places.last, offers[last].time - offers[first].time >= 1 else {
      return nil
    }
    self.offers = Array(offers[first...last])
    self.limits = limits
    losses = places.count
    var sizes = places.map { offers[$0].bytes }
    sizes.sort()
    largest = sizes[sizes.count - 1]
    let comparable = TokenBucketFit.comparableShare * sizes[sizes.count / 4]
    self.comparable = comparable
    compared = self.offers.count { $0.fate == .passed && $0.bytes >= comparable && !$0.isMixed }
    let passed = self.offers.reduce(0.0) { $0 + ($1.fate == .passed ? $1.bytes : 0) }
    goodput = passed / (offers[last].time - offers[first].time)
    guard goodput > 0, largest > 0 else { return nil }
  }

  /// Places of the losses, stray ones at either end left out; none if there are too few.
  static func places(_ offers: [Offer], _ limits: Thresholds.Cap) -> [Int] {
    var places: [Int] = []
    for (index, offer) in offers.enumerated() where offer.fate == .lost { places.append(index) }
    guard places.count >= Int(limits.losses.integer) else { return [] }
    let few = Double(places.count) * limits.strayShare.value
    let pause = Double(limits.strayPause.integer) / 1e9
    var from = 0
    for next in 1..<places.count where Double(next) <= few {
      if offers[places[next]].time - offers[places[next - 1]].time > pause { from = next }
    }
    var until = places.count
    for next in stride(from: places.count - 1, to: from, by: -1) where Double(places.count - next) <= few {
      if offers[places[next]].time - offers[places[next - 1]].time > pause { until = next }
    }
    return Array(places[from..<until])
  }

  /// Difference of the shares of low fill for each of some buckets.
  private func conformities(_ tried: [Bucket]) -> [Double] {
    var values: [Double] = []
    values.reserveCapacity(tried.count + 8)
    for start in stride(from: 0, to: tried.count, by: 8) {
      var rates = SIMD8<Double>(repeating: 0)
      var sizes = SIMD8<Double>(repeating: 0)
      for lane in 0..<min(8, tried.count - start) {
        rates[lane] = tried[start + lane].rate
        sizes[lane] = tried[start + lane].size
      }
      let eight = conformities(rates, sizes)
      for lane in 0..<8 { values.append(eight[lane]) }
    }
    return values
  }

  /// The same for eight at once: what a bucket holds waits on what it held before, and eight wait together.
  ///
  /// Low is below the packet's own size and a margin of up to one and a half packets, the margin that parts them best:
  /// offers are known to within a packet's time, and a packet behind the bottleneck is some milliseconds off.
  private func conformities(_ rates: SIMD8<Double>, _ sizes: SIMD8<Double>) -> SIMD8<Double> {
    var lost: [5 of SIMD8<Int64>] = .init(repeating: .zero)
    var passed: [5 of SIMD8<Int64>] = .init(repeating: .zero)
    var all = (lost: 0, passed: 0)
    var fill = SIMD8<Double>.zero
    var before = offers[0].time
    let unit = 1 / largest
    for offer in offers {
      let grown = fill + rates * (offer.time - before)
      fill = grown.replacing(with: sizes, where: sizes .<= grown)
      before = offer.time
      let rest = fill - offer.bytes
      if offer.fate == .passed {
        if offer.bytes >= comparable, !offer.isMixed {
          all.passed += 1
          Self.count(rest * unit, &passed)
        }
        fill = rest.replacing(with: 0, where: rest .< 0)
      } else if offer.fate == .lost {
        all.lost += 1
        Self.count(rest * unit, &lost)
      }
    }
    guard all.passed > 0 else { return .zero }
    var best = SIMD8<Double>(repeating: -1)
    for margin in 0..<5 {
      let parted = SIMD8<Double>(lost[margin]) / Double(all.lost) - SIMD8<Double>(passed[margin]) / Double(all.passed)
      best = best.replacing(with: parted, where: best .< parted)
    }
    return best
  }

  /// Counts a packet by the margins that what it left is below, in packets of the largest size.
  @inline(always)
  private static func count(_ spare: SIMD8<Double>, _ counts: inout [5 of SIMD8<Int64>]) {
    let one = SIMD8<Int64>(repeating: 1)
    counts[0] &+= SIMD8.zero.replacing(with: one, where: spare .< 0)
    counts[1] &+= SIMD8.zero.replacing(with: one, where: spare .< 0.25)
    counts[2] &+= SIMD8.zero.replacing(with: one, where: spare .< 0.5)
    counts[3] &+= SIMD8.zero.replacing(with: one, where: spare .< 1)
    counts[4] &+= SIMD8.zero.replacing(with: one, where: spare .< 1.5)
  }

  /// The best fit. `isWide`: rates up to several times the goodput too, for senders that pause (TCP behind a small
  /// bucket); nil if a coarse look finds nothing.
  func fit(isWide: Bool) -> TokenBucketFit? {
    let least = max(1.2 * largest, 1500)
    let factors = isWide ? (-4...28).map { Self.power(1.06, $0) } : (-8...22).map { Self.power(1.015, $0) }
    let sizes = isWide ? (0..<17).map { least * Self.power(1.5, $0) } : (0..<10).map { least * Self.power(1.7, $0) }
    // A coarse look first: most lossy directions are far from any bucket, and the whole search costs ten times as much. Losses
    // by chance look like .16 to .22, so half of them go on; but so does a policer whose rate the look has missed by 2 %.
    var tried: [Bucket] = []
    for size in stride(from: 0, to: sizes.count, by: 3) {
      for factor in stride(from: 1, to: factors.count, by: 3) {
        tried.append((goodput * factors[factor], sizes[size]))
      }
    }
    guard conformities(tried).reduce(-1, max) >= limits.hopeless.value / 2 else { return nil }
    tried = sizes.flatMap { size in factors.map { (goodput * $0, size) } }
    var best: Candidate = (-1, (0, 0))
    // Near the goodput: a transfer that fills its bucket. What is far above it must explain much more.
    var near = best
    for (place, value) in zip(tried.indices, conformities(tried)) {
      if value > best.conformity { best = (value, tried[place]) }
      if value > near.conformity, factors[place % factors.count] <= limits.nearGoodput.value {
        near = (value, tried[place])
      }
    }
    if near.conformity >= limits.connectionConformity.value, near.conformity >= best.conformity - 2 * limits.edge.value
    {
      best = near
    }
    guard best.conformity >= limits.hopeless.value else { return nil }
    if isWide { best = closer(to: best) }
    tried = (isWide ? -20...20 : -5...5).map { (best.bucket.rate * Self.power(1.003, $0), best.bucket.size) }
    for (bucket, value) in zip(tried, conformities(tried)) where value > best.conformity { best = (value, bucket) }
    let (conformity, bucket) = best
    let enough = conformity - limits.edge.value
    let (high, low) = (edge(of: bucket, 1, enough), edge(of: bucket, -1, enough))
    let isBounded = conformities([(bucket.rate, bucket.size * 4)])[0] < enough
    let atGoodput = conformities(
      [(goodput, bucket.size)] + (0..<40).map { (goodput, least * Self.power(1.2, $0)) }
    ).reduce(-1, max)
    var fit = TokenBucketFit(
      conformity: conformity, rate: 8 * bucket.rate, low: 8 * low, high: 8 * high,
      isNearGoodput: bucket.rate <= limits.nearGoodput.value * goodput,
      fitsGoodput: atGoodput >= conformity - limits.edge.value / 2, size: bucket.size,
      bucket: isBounded ? Int(bucket.size) : nil, losses: losses, compared: compared, first: offers[0].time,
      last: offers[offers.count - 1].time, goodput: 8 * goodput,
      share: Double(losses) / Double(max(1, offers.count)))
    if !isWide, conformity >= limits.conformity.value {
      let roots = [1, 2.0.squareRoot()]
      let fast: [Bucket] = (2...10).flatMap { half in
        (0...15).map {
          (goodput * Double(1 << (half / 2)) * roots[half % 2], 1.2 * largest * Self.power(1.4, $0))
        }
      }
      let most = conformities(fast).reduce(-1, max)
      fit.mayBeShallow = most >= enough && most >= limits.sure.value
    }
    return fit
  }

  /// The last rate, in steps of .3 % up or down, as far as which all explain `enough`.
  private func edge(of bucket: Bucket, _ direction: Int, _ enough: Double) -> Double {
    var last = bucket.rate
    for start in stride(from: 1, through: 100, by: 8) {
      let tried: [Bucket] = (start..<min(start + 8, 101)).map {
        (bucket.rate * Self.power(1.003, direction * $0), bucket.size)
      }
      for ((rate, _), value) in zip(tried, conformities(tried)) {
        guard value >= enough else { return last }
        last = rate
      }
    }
    return last
  }

  /// A better fit near one of the search. Whether a fill is low is told to within a packet or two, so a large bucket must be
  /// known to some percent, and the rate that goes with it is another one. What is near the goodput stays near it, unless a
  /// bucket far above it explains as much as such a one must.
  private func closer(to found: Candidate) -> Candidate {
    let near = limits.nearGoodput.value * goodput
    var best = found
    var bestNear = found
    let tried: [Bucket] = (-10...10).flatMap { size in
      (-6...6).map { (found.bucket.rate * Self.power(1.06, $0), found.bucket.size * Self.power(1.025, size)) }
    }
    for (bucket, value) in zip(tried, conformities(tried)) {
      if value > best.conformity { best = (value, bucket) }
      if bucket.rate <= near, value > bestNear.conformity { bestNear = (value, bucket) }
    }
    return best.bucket.rate <= near || found.bucket.rate > near
      || best.conformity >= limits.burstConformity.value + limits.edge.value
      ? best : bestNear
  }

  /// How the delay of passed packets grows with the delay that a queue of the bucket's size would cause: 1 if the bucket
  /// is a queue, 0 if nothing waits; nil if too few delays are known. `delays` in order, at the times of offers.
  static func queueSlope(_ offers: [Offer], _ delays: [DelaySample], _ fit: TokenBucketFit) -> Double? {
    let rate = fit.high / 8
    var fill = 0.0
    var before = offers.first?.time ?? 0
    var place = 0
    var count = 0.0
    var sums = (x: 0.0, y: 0.0, xx: 0.0, xy: 0.0)
    for offer in offers where offer.time >= fit.first && offer.time <= fit.last {
      fill = min(fit.size, fill + rate * (offer.time - before))
      before = offer.time
      guard offer.fate == .passed else { continue }
      while place < delays.count, delays[place].time < offer.time - 1e-6 { place += 1 }
      if place < delays.count, delays[place].time <= offer.time + 1e-6 {
        let queue = (fit.size - fill) / rate * 1000
        count += 1
        sums.x += queue
        sums.y += delays[place].transit
        sums.xx += queue * queue
        sums.xy += queue * delays[place].transit
      }
      fill = max(0, fill - offer.bytes)
    }
    let spread = sums.xx - sums.x * sums.x / max(1, count)
    guard count >= 20, spread > 0 else { return nil }
    return (sums.xy - sums.x * sums.y / count) / spread
  }

  private static func power(_ base: Double, _ exponent: Int) -> Double {
    var result = 1.0
    for _ in 0..<abs(exponent) { result *= base }
    return exponent < 0 ? 1 / result : result
  }
}
