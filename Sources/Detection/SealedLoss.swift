public import Flow
internal import Settings
internal import Verdict

/// One direction of media that has no RTP numbers: DTLS records, whose numbers are in clear before version 1.3 (RFC 6347
/// section 4.1), or datagrams of no known format, of which only the times are known.
public struct SealedSide: Sendable {
  /// Losses by record number; nil where no numbers are seen.
  public var pattern: LossPattern?
  /// Times between datagrams.
  public var cadence: Cadence
  /// Round trips of the client's requests on this flow: when, ns since the epoch, and ms.
  public var roundTrips: [(time: Int64, milliseconds: Double)]

  /// A direction.
  public init(
    pattern: LossPattern?, cadence: Cadence, roundTrips: [(time: Int64, milliseconds: Double)]
  ) {
    self.pattern = pattern
    self.cadence = cadence
    self.roundTrips = roundTrips
  }
}

/// Both directions of a flow with such media.
public final class SealedMedia: Sendable {
  /// From the client; nil if there is nothing to look at.
  public let client: SealedSide?
  /// From the server.
  public let server: SealedSide?
  /// No router had passed on what was captured of the client's: what is missing of it the capture missed, or its host dropped.
  public let isClientUntouched: Bool

  /// Two directions.
  public init(client: SealedSide?, server: SealedSide?, isClientUntouched: Bool) {
    self.client = client
    self.server = server
    self.isClientUntouched = isClientUntouched
  }
}

/// Random discarding of media without RTP numbers, told apart from bursts, from a fixed rate and from a queue.
///
/// Claims `random-discard` where 3 % or more are missing as by chance: behind a lost one the next is lost no more and no
/// less often, each second loses its share, fast seconds lose no larger one, and nothing waited - by round trips on the
/// same flow, or because gaps stay open that a queue would close. Cannot tell apart: a link with even losses; records that
/// went another way than this flow's; on the datagrams of no known format a sender that leaves packets out by chance.
/// METHOD.md M3.8.
enum SealedLoss {
  /// Judges both directions; nil if neither lost what can be told.
  static func judge(_ flow: FlowObservation, _ known: Circumstances) -> Judgment? {
    guard let sealed = flow.sealed else { return nil }
    let (client, server) = (facts(sealed.client, known), facts(sealed.server, known))
    let atSource = sealed.isClientUntouched ? client?.share : nil
    var strongest: Judgment?
    for (facts, direction) in [(server, Direction.down), (client, Direction.up)] {
      guard let facts, let judgment = judge(facts, direction, atSource: atSource, flow, known) else { continue }
      if let other = strongest, other.isFinding || !judgment.isFinding { continue }
      strongest = judgment
    }
    return strongest
  }

  /// What cannot be told of loss on a flow in which nothing wrong was found; nil where it can.
  static func unseen(_ flow: FlowObservation, _ known: Circumstances) -> Evidence? {
    guard let side = flow.sealed?.server, side.pattern == nil else { return nil }
    switch SteadyPace.find(side.cadence, known.thresholds.cap, least: known.thresholds.power.mediaPackets.value) {
    case .success(let pace):
      return Evidence(
        "loss_estimated",
        Phrase(
          "The datagrams carry no numbers that can be read; by their pace of {} an estimated {} are missing.",
          Claim.duration(pace.interval / 1000), .share(pace.share)))
    case .failure(.few): return nil
    case .failure(.unsteady):
      return Evidence(
        "loss_unseen_variable_rate",
        Phrase("The datagrams carry no numbers that can be read and keep no steady pace: their loss is not seen."))
    case .failure(.pauses):
      return Evidence(
        "loss_unseen_pauses",
        Phrase("The datagrams carry no numbers that can be read and pause, as speech does: their loss is not seen."))
    case .failure(.pattern):
      return Evidence(
        "loss_unseen_pace_changes",
        Phrase(
          "The datagrams carry no numbers that can be read, and their gaps are not those of loss by chance: a sender that changes its pace leaves such."
        ))
    }
  }

  private static func facts(_ side: SealedSide?, _ known: Circumstances) -> Facts? {
    guard let side else { return nil }
    let pace = try? SteadyPace.find(
      side.cadence, known.thresholds.cap, least: known.thresholds.power.mediaPackets.value
    ).get()
    if let pattern = side.pattern?.closed() {
      let sums = pattern.sums
      return Facts(
        lost: sums.lost, offered: sums.offered, runs: pattern.runs, spread: LossSpread(sums),
        dependsOnRate: Facts.dependsOnRate(sums), window: TimeWindow(first: pattern.first, last: pattern.last),
        delay: roundTripDelay(side.roundTrips, pattern.first, pattern.last, known.thresholds.cap)
          ?? paceDelay(pace, sums.lost), pace: nil)
    }
    guard let pace, pace.share >= known.thresholds.cap.discardShare.value else { return nil }
    return Facts(
      lost: pace.lost, offered: pace.received + pace.lost, runs: pace.runs,
      spread: LossSpread(dispersion: pace.dispersion, bins: pace.bins), dependsOnRate: false,
      window: TimeWindow(first: side.cadence.first, last: side.cadence.last), delay: 0, pace: pace.interval)
  }

  /// Three quarters of the round trips between first and last loss took at most so much longer than the fastest, ms; nil
  /// if there are too few of them.
  static func roundTripDelay(
    _ samples: [(time: Int64, milliseconds: Double)], _ first: Int64, _ last: Int64, _ limits: Thresholds.Cap
  ) -> Double? {
    guard Int64(samples.count) >= limits.roundTrips.integer else { return nil }
    let base = samples.reduce(Double.infinity) { min($0, $1.milliseconds) }
    var delays = samples.filter { $0.time >= first && $0.time <= last }.map { $0.milliseconds - base }
    guard delays.count >= 5 else { return nil }
    delays.sort()
    return delays[delays.count * 3 / 4]
  }

  /// Gaps that show the very losses that the numbers show were closed by no queue.
  private static func paceDelay(_ pace: SteadyPace?, _ lost: Double) -> Double? {
    guard let pace, pace.lost >= 0.8 * lost else { return nil }
    return 0
  }

  /// `atSource`: share of the client's that is missing where no router had passed it on.
  private static func judge(
    _ facts: Facts, _ direction: Direction, atSource: Double?, _ flow: FlowObservation, _ known: Circumstances
  ) -> Judgment? {
    let limits = known.thresholds.cap
    guard facts.lost >= limits.losses.value,
      facts.lost >= known.thresholds.power.lossShare.value * facts.offered
    else { return nil }
    if let refused = CaptureLoss.refusal(
      facts.lost, of: facts.offered, share: known.thresholds.power.lossShare.value, known)
      ?? CaptureLoss.refusal(tookOtherPaths: facts.lost, flow, isUp: direction == .up, known)
      ?? CaptureLoss.refusal(facts.lost, of: facts.offered, direction, atSource: atSource, known)
      ?? CaptureLoss.refusal(facts.lost, of: facts.offered, missedLikeTransfers: known)
      ?? CaptureLoss.refusal(overheard: facts.lost, of: facts.offered, reported: nil, known)
    {
      return refused
    }
    let correlation = LossCorrelation(ratio: facts.clustering, error: facts.error, share: facts.share)
    if correlation.isBursty(limits) {
      return facts.degraded(
        .burstyLoss, direction,
        Phrase(
          "{} of the media were lost, in bursts: behind a lost one the next was lost {} times as often.",
          .share(facts.share), .number(facts.clustering)), ["bandwidth-cap", "congestion"], known)
    }
    if let delay = facts.delay, delay >= limits.queue.value {
      return facts.degraded(
        .congestion, direction,
        Phrase(
          "{} of the media were lost while round trips took {} longer.", .share(facts.share),
          Claim.duration(delay / 1000)), ["bandwidth-cap", "slow-link"], known)
    }
    guard facts.share >= limits.discardShare.value, correlation.mayBeByChance(limits), facts.spread.isEven,
      !facts.dependsOnRate
    else {
      return facts.degraded(
        nil, direction,
        Phrase(
          "{} of {} media packets were lost ({}); the cause is not told apart here.", .count(Int(facts.lost)),
          .count(Int(facts.offered)), .share(facts.share)),
        ["congestion", "radio-loss", "bandwidth-cap", "random-discard"], known)
    }
    guard correlation.isByChance(limits) else {
      let excess = 2 * facts.error / (1 - limits.regular.value)
      let needed = (facts.lost * max(1, excess * excess, correlation.needed(limits))).rounded(.up)
      return Claim.inconclusive(
        "too_few_losses", seen: facts.lost, needed: needed,
        Phrase(
          "{} of the media were lost ({} of them), too few to tell chance from bursts and from a fixed rate: some {} would tell.",
          .share(facts.share), .count(Int(facts.lost)), .count(Int(needed))))
    }
    let seconds = Claim.seconds(facts.window.last &- facts.window.first)
    guard seconds * 1e9 >= limits.span.value else {
      return Claim.inconclusive(
        "too_short", seen: seconds, needed: limits.span.value / 1e9,
        Phrase("{} were lost within {}: too short to say why.", .count(Int(facts.lost)), Claim.duration(seconds)))
    }
    guard facts.delay != nil else {
      return Claim.inconclusive(
        "delay_unseen", seen: 0, needed: 1,
        Phrase(
          "{} of the media were lost as by chance, but nothing tells whether packets waited before.",
          .share(facts.share)))
    }
    return discarded(facts, direction, known)
  }

  private static func discarded(_ facts: Facts, _ direction: Direction, _ known: Circumstances) -> Judgment {
    let isEstimate = facts.pace != nil
    var judgment = Claim.finding(
      .dropped, .randomDiscard, direction, known.thresholds.score.randomDiscard,
      isEstimate
        ? Phrase(
          "An estimated {} of the media were lost as by chance, by the gaps in their steady pace; {} came through.",
          .share(facts.share), .share(1 - facts.share))
        : Phrase(
          "{} of the media's records were lost as by chance, and no standing queue was seen; {} came through.",
          .share(facts.share), .share(1 - facts.share)))
    judgment.window = facts.window
    judgment.evidence = [
      Evidence(
        "u8_loss_by_chance",
        Phrase(
          "Behind a lost packet the next was lost {} times as often as any, within {} at two deviations.",
          .hundredths(facts.clustering), .hundredths(2 * facts.error))),
      Evidence(
        "u8_even_loss",
        Phrase("Seconds differ in their loss {} times as much as by chance.", .number(facts.spread.dispersion))),
    ]
    if let pace = facts.pace {
      judgment.evidence.append(
        Evidence(
          "estimated_by_pace",
          Phrase(
            "An estimate: no numbers can be read; a packet came every {}, or a whole multiple of that later.",
            Claim.duration(pace / 1000))))
    }
    judgment.excluders = [
      Excluder("queue", .excluded), Excluder("radio-loss", .excluded), Excluder("bandwidth-cap", .excluded),
      Excluder("silence-suppression", .excluded), CaptureLoss.excluder(known),
    ]
    // A sender's records have one count, whichever of a call's paths each of them takes.
    judgment.alternatives = isEstimate ? ["faulty-link", "sender-thinning"] : ["faulty-link", "other-path"]
    return judgment
  }
}

extension SealedLoss {
  /// What the rules look at.
  fileprivate struct Facts {
    let lost: Double
    let offered: Double
    let runs: Double
    let spread: LossSpread
    let dependsOnRate: Bool
    let window: TimeWindow
    let delay: Double?
    let pace: Double?

    var share: Double { lost / max(1, offered) }
    /// Share behind a lost one that is lost, over the share of all, and its standard error.
    var clustering: Double { lost > 0 ? (lost - runs) / (lost * share) : 0 }
    var error: Double { LossCorrelation.error(lost: lost, share: share) }

    /// Seconds with more packets lose a larger share of them, by three deviations.
    static func dependsOnRate(_ sums: LossPattern.Sums) -> Bool {
      guard sums.bins >= 4 else { return false }
      let spread = sums.offeredSquared - sums.offered * sums.offered / sums.bins
      guard spread > 0 else { return false }
      let slope = (sums.product - sums.offered * sums.lost / sums.bins) / spread
      let share = sums.lost / sums.offered
      let deviation = (share * (1 - share) * sums.offered / sums.bins / spread).squareRoot()
      return slope - share > 3 * deviation
    }

    func degraded(
      _ mechanism: Mechanism?, _ direction: Direction, _ reason: Phrase, _ alternatives: [StaticString],
      _ known: Circumstances
    ) -> Judgment {
      var judgment = Judgment(.degraded, mechanism, grade: .consistent, reason: reason)
      judgment.direction = direction
      judgment.attribution = .unknown
      judgment.score = known.thresholds.score.degraded.value
      judgment.window = window
      judgment.alternatives = alternatives
      return judgment
    }
  }
}
