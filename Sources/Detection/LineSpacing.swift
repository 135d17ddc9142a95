internal import Settings
internal import Verdict

/// How close together large packets of a call came behind what lost some of them: a line takes its time for each, however
/// its queue is managed; a policer on a faster line passes at once what is sent at once.
///
/// A queue that is managed as RFC 8289 (CoDel) and RFC 8290 (fq_codel) say is held at 5 ms by dropping: no delay worth the
/// name shows it, and what it drops is what a line of that rate cannot carry, so a bucket explains it. What lies behind such a line
/// may let its packets go in bunches, as an access point or a cell does: then they come close together, but no more of them in
/// any time than the line sends in it and in the time from bunch to bunch. METHOD.md M3.7.
struct LineSpacing {
  /// Large packets, those that were kept together as one.
  private(set) var count = 0
  /// Those among them that came in less time than a line of the bucket's rate could have sent them in, by half of what one
  /// takes.
  private(set) var close = 0
  /// Those that came within a millisecond, and those that came later than that by no more than another one.
  private var together = 0
  private var between = 0
  /// Those that came when more had come than a line of the rate sends, and what it sends from bunch to bunch.
  private var beyond = 0
  /// Time from bunch to bunch that nine of ten keep to, seconds; 0 where most are too long for one.
  private var bunch = 0.0
  /// Of a long call, whose packets are joined: what was close may have come in bunches.
  private var isDoubtful = false

  /// Between the first and the last loss that the bucket explains; of a long call, as long as each packet was kept.
  init(_ passage: Passage, _ fit: TokenBucketFit, _ limits: Thresholds.Cap) {
    if let all = passage.spacings.first, all.count >= Int(limits.segmentPairs.integer),
      let near = passage.spacings.first(where: { $0.rate * limits.lineShare.value >= fit.high })
    {
      (count, close) = (all.count, near.count)
      let (beyond, groups) = Self.beyond(passage, fit, limits.bunchHold.value / 1e9, limits)
      isDoubtful = Double(beyond) < limits.closePackets.value * Double(groups)
      return
    }
    var before: Double?
    var bunches: [Double] = []
    var pauses = 0
    for group in Self.groups(passage, fit) {
      defer { before = group.time }
      guard let before else { continue }
      let gap = group.time - before
      if group.largest > limits.fullSegment.value {
        count += 1
        let needed = 8 * (group.bytes - limits.lineShare.value * group.largest) / fit.high
        if gap < needed { close += 1 }
        if gap <= Self.atOnce { together += 1 } else if gap <= 2 * Self.atOnce { between += 1 }
      }
      guard gap > Self.atOnce else { continue }
      if gap <= limits.bunchHold.value / 1e9 { bunches.append(gap) } else { pauses += 1 }
    }
    bunches.sort()
    bunch = bunches.count > pauses ? bunches[bunches.count * 9 / 10] : 0
    if isBunched(limits) { beyond = Self.beyond(passage, fit, bunch, limits).count }
  }

  /// Own choice: what comes within a millisecond comes at once, for the clocks of captures and links' jitter.
  private static let atOnce = 0.001
  /// Own choice: seconds, several bunches.
  private static let longest = 0.05

  /// Packets that came between the first and the last loss that the bucket explains; what was kept together came by the time of its
  /// last.
  private static func groups(
    _ passage: Passage, _ fit: TokenBucketFit
  ) -> [(time: Double, bytes: Double, largest: Double)] {
    var groups: [(time: Double, bytes: Double, largest: Double)] = []
    var group = (bytes: 0.0, largest: 0.0)
    for offer in passage.offers.within(fit.first...fit.last) where offer.fate == .passed {
      group = (group.bytes + offer.bytes, max(group.largest, offer.bytes))
      if offer.isPart { continue }
      groups.append((offer.time, group.bytes, group.largest))
      group = (0, 0)
    }
    return groups
  }

  /// Large packets that came when more had come since one before than a line of the bucket's rate sends meanwhile and in the time of a
  /// bunch, by half a packet.
  private static func beyond(
    _ passage: Passage, _ fit: TokenBucketFit, _ bunch: Double, _ limits: Thresholds.Cap
  ) -> (count: Int, groups: Int) {
    let groups = Self.groups(passage, fit)
    let largest = groups.reduce(0) { max($0, min($1.largest, 1_500)) }
    let room = fit.high / 8 * bunch + limits.lineShare.value * largest
    var (count, large) = (0, 0)
    for place in groups.indices where groups[place].largest > limits.fullSegment.value {
      large += 1
      // Since some packet before: the rate is known to some percent, so in a short time.
      var bytes = 0.0
      var next = place
      while next > 0 {
        bytes += groups[next].bytes
        next -= 1
        let time = groups[place].time - groups[next].time
        if bytes - fit.high / 8 * time > room {
          count += 1
          break
        }
        if time > Self.longest { break }
      }
    }
    return (count, large)
  }

  /// Share of close ones.
  private var share: Double { Double(close) / Double(max(1, count)) }

  /// There are enough of them to tell.
  private func isEnough(_ limits: Thresholds.Cap) -> Bool { Int64(count) >= limits.segmentPairs.integer }

  /// Packets come at once or some time later, and hardly ever in between.
  private func isBunched(_ limits: Thresholds.Cap) -> Bool {
    bunch > 0 && Double(together) >= limits.closePackets.value * Double(count)
      && Double(between) <= limits.bunchBetween.value * Double(count)
  }

  /// What is close is explained by bunches behind a line.
  private func isOfBunches(_ limits: Thresholds.Cap) -> Bool {
    isBunched(limits) && Double(beyond) < limits.closePackets.value * Double(count)
  }

  /// Packets came closer together than a line of that rate could have sent them.
  func isCloser(_ limits: Thresholds.Cap) -> Bool {
    isEnough(limits) && share >= limits.closePackets.value && !isOfBunches(limits)
  }

  /// And no bunches of a line explain that.
  func excludesManagedQueue(_ limits: Thresholds.Cap) -> Bool { isCloser(limits) && !isDoubtful }

  /// A refusal where large packets hardly ever came closer together than a line of the bucket's rate sends them.
  func refusal(_ fit: TokenBucketFit, _ limits: Thresholds.Cap) -> Judgment? {
    guard isEnough(limits), !isCloser(limits) else { return nil }
    if share >= limits.closePackets.value {
      return Claim.inconclusive(
        "line_rate", seen: Double(beyond) / Double(count), needed: limits.closePackets.value,
        Phrase(
          "A token bucket of {} explains {} losses, but packets came in bunches every {}, hardly ever more of them than a line of that rate sends meanwhile: one whose queue is managed by dropping looks the same.",
          .rate(Int64(fit.rate)), .count(fit.losses), Claim.duration(bunch)))
    }
    return Claim.inconclusive(
      "line_rate", seen: share, needed: limits.closePackets.value,
      Phrase(
        "A token bucket of {} explains {} losses, but hardly any large packets came closer together than a line of that rate sends them: one whose queue is managed by dropping looks the same.",
        .rate(Int64(fit.rate)), .count(fit.losses)))
  }
}
