internal import Settings
internal import Verdict

/// Whether losses keep a rhythm of their own: every so many packets, or every so many seconds, whatever was sent between.
///
/// A bucket that is fed steadily loses at nearly regular distances too, but what moves them are the bytes between: where
/// packets differ in size neither their count nor the time stays the same, and what is a little off adds up. A counter that
/// drops each nth packet, or a radio that leaves its channel twice a second, keeps count or time and lets the bytes vary.
/// METHOD.md M3.7.
struct LossRhythm {
  /// Packets from one loss to the next, most often.
  private(set) var count = 0
  /// Share of losses that come so many packets behind another one, minus share of packets that do and came through.
  private(set) var byCount = 0.0
  /// Seconds from one loss to the next.
  private(set) var period = 0.0
  /// Share of losses that fall into one quarter of that period over all of their time, minus share of packets that do and
  /// came through: .75 for a clock, what luck makes of it for anything else.
  private(set) var byTime = 0.0

  /// How the bytes between losses stray from what comes in at an even rate: variance over sixteen losses against sixteen times
  /// that over one. About 1 where they are as sizes happen to be, a sixteenth where what is too much now is too little next.
  private(set) var stray = 0.0

  /// Share of the losses that come exactly `count` packets behind the one before.
  private(set) var keptCount = 0.0
  /// Nearly all packets that came are of one size.
  private(set) var isOneSize = false

  /// Losses over which that is looked at.
  private static let lag = 16
  /// Runs of losses of which the period is looked for.
  private static let most = 256

  /// Losses looked at.
  private let losses: Int

  /// Within a span of time.
  init(_ offers: [Offer], _ span: ClosedRange<Double>) {
    let offers = offers.within(span).filter { $0.fate != .lostSometime }
    losses = offers.count { $0.fate == .lost }
    lookAtCount(offers)
    lookAtTime(offers)
    lookAtBytes(offers)
    lookAtSizes(offers)
  }

  /// A counter of packets and a bucket look the same: packets of one size, and each nth lost. A bucket that loses a share which is
  /// no whole nth alternates between two distances.
  func mayBeCounter(_ limits: Thresholds.Cap) -> Bool { isOneSize && keptCount >= limits.rhythmKept.value }

  /// A refusal where losses that seem to come by chance keep to a count of packets, by more deviations than the best of many
  /// counts does. To a time they need not be asked: what is lost of pictures is placed within them by guess.
  func refusal(_ limits: Thresholds.Cap) -> Judgment? {
    let needed = max(limits.rhythmLeast.value, limits.rhythmDeviations.value / Double(max(1, losses)).squareRoot())
    guard losses >= Int(limits.rhythmLosses.integer), byCount >= needed else { return nil }
    return Claim.inconclusive(
      "regular_losses", seen: byCount, needed: needed,
      Phrase(
        "{} packets were lost, and more often than by chance every nth, n = {} ({}).", .count(losses), .count(count),
        .share(byCount)))
  }

  /// A refusal where the losses keep to a count of packets or to a time better than to the bucket.
  func refusal(_ fit: TokenBucketFit, _ limits: Thresholds.Cap) -> Judgment? {
    guard losses >= Int(limits.rhythmLosses.integer) else { return nil }
    if byCount >= fit.conformity + limits.rhythmCount.value, stray >= limits.rhythmStray.value {
      return Claim.inconclusive(
        "regular_losses", seen: byCount, needed: fit.conformity + limits.rhythmCount.value,
        Phrase(
          "Every nth packet was lost, n = {} (by {} more often than by chance), more regularly than a token bucket of {} explains ({}): a counter of packets does so, and a rate limit at a round share of what was sent.",
          .count(count), .share(byCount), .rate(Int64(fit.high)), .share(fit.conformity)))
    }
    if byTime >= fit.conformity + limits.rhythmTime.value {
      return Claim.inconclusive(
        "regular_losses", seen: byTime, needed: fit.conformity + limits.rhythmTime.value,
        Phrase(
          "Packets were lost every {} ({}), more regularly than a token bucket of {} explains ({}), as where a radio leaves its channel.",
          Claim.duration(period), .share(byTime), .rate(Int64(fit.high)), .share(fit.conformity)))
    }
    return nil
  }

  private mutating func lookAtBytes(_ offers: [Offer]) {
    guard let first = offers.first, let last = offers.last, last.time > first.time else { return }
    let rate = offers.reduce(0) { $0 + ($1.fate == .passed ? $1.bytes : 0) } / (last.time - first.time)
    var sum = 0.0
    var sums: [Double] = []
    for offer in offers {
      if offer.fate == .passed { sum += offer.bytes } else { sums.append(sum - rate * (offer.time - first.time)) }
    }
    func spread(_ lag: Int) -> Double {
      let steps = zip(sums.dropFirst(lag), sums).map { $0 - $1 }
      return steps.reduce(0) { $0 + $1 * $1 } / Double(max(1, steps.count))
    }
    let one = spread(1)
    if one > 0 { stray = spread(Self.lag) / (Double(Self.lag) * one) }
  }

  private mutating func lookAtSizes(_ offers: [Offer]) {
    let sizes = offers.filter { $0.fate == .passed }.map(\.bytes).sorted()
    guard !sizes.isEmpty else { return }
    let middle = sizes[sizes.count / 2]
    let alike = sizes.count { abs($0 - middle) <= Self.sameSize * middle }
    isOneSize = Double(alike) >= Self.alike * Double(sizes.count)
  }

  /// Own choices: sizes this near are one, for records round them; a report in between is no other size.
  private static let sameSize = 0.02
  private static let alike = 0.95

  private mutating func lookAtCount(_ offers: [Offer]) {
    var distances: [Int: Int] = [:]
    var losses = 0
    var since = 0
    for offer in offers {
      since += 1
      guard offer.fate == .lost else { continue }
      if losses > 0 { distances[since, default: 0] += 1 }
      losses += 1
      since = 0
    }
    guard losses > 1, offers.count > losses else { return }
    // From far to near: packets that came through at a distance are those whose next loss is farther.
    var beyond = 0
    for (distance, times) in distances.sorted(by: { $0.key > $1.key }) {
      let value = Double(times) / Double(losses - 1) - Double(beyond) / Double(offers.count - losses)
      if distance > 1, value > byCount {
        (byCount, count) = (value, distance)
        keptCount = Double(times) / Double(losses - 1)
      }
      beyond += times
    }
  }

  private mutating func lookAtTime(_ offers: [Offer]) {
    var lost: [Double] = []
    var passed: [Double] = []
    var isLost = false
    for offer in offers {
      if offer.fate == .lost {
        if !isLost { lost.append(offer.time) }
        if lost.count == Self.most { break }
      } else if !isLost {
        passed.append(offer.time)
      }
      isLost = offer.fate == .lost
    }
    guard let first = lost.first, let last = lost.last, lost.count > 2, last > first else { return }
    // Frequencies from two thirds of the mean's to half as much again, so close that none is missed by more than a
    // twentieth of a turn at either end.
    let mean = Double(lost.count - 1) / (last - first)
    let step = 0.1 / (last - first)
    var best = (share: 0.0, phase: 0, frequency: mean)
    var frequency = mean / 1.5
    while frequency < 1.5 * mean {
      let (share, phase) = Folded(lost, from: first, frequency).best
      if share > best.share { best = (share, phase, frequency) }
      frequency += step
    }
    period = 1 / best.frequency
    // Packets that are sent by a clock keep to its periods, lost or not. Runs begin behind what came through, so those that
    // did behind such a one are what they compare with.
    byTime = best.share - Folded(passed, from: first, best.frequency).share(best.phase)
  }

  /// Times laid over each other, one period on the next, in sixteen bins.
  private struct Folded {
    private var bins: [16 of Int32] = .init(repeating: 0)
    private let count: Int

    init(_ times: [Double], from start: Double, _ frequency: Double) {
      count = times.count
      for time in times {
        let turns = (time - start) * frequency
        bins[Int((turns - turns.rounded(.down)) * 16) & 15] += 1
      }
    }

    /// Share of them within the quarter of the period that begins with a bin.
    func share(_ phase: Int) -> Double {
      var sum: Int32 = 0
      for bin in phase..<phase + 4 { sum += bins[bin & 15] }
      return Double(sum) / Double(max(1, count))
    }

    /// The quarter that holds most.
    var best: (share: Double, phase: Int) {
      var best = (share: 0.0, phase: 0)
      for phase in 0..<16 {
        let value = share(phase)
        if value > best.share { best = (value, phase) }
      }
      return best
    }
  }
}
