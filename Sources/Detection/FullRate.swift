internal import Settings
public import Verdict

/// One direction of a flow that carried something, whether or not it lost any of it: what a capped one is held against.
public struct Carrier: Sendable {
  /// Frame of the flow's first packet: what it is known by.
  public let key: UInt64
  /// The client.
  public let client: IPAddress
  /// The server.
  public let server: IPAddress
  /// Its port.
  public let port: UInt16
  /// Transport.
  public let transport: Transport
  /// Which direction, as seen from the client.
  public let direction: Direction
  /// What was offered and came through.
  public let passage: Passage
  /// What it carried before that was not kept one by one.
  public var untraced: Untraced?

  /// Bytes of a time of which nothing else is known.
  public struct Untraced: Sendable {
    let window: TimeWindow
    let bytes: Double

    /// IP bytes within a window.
    public init(_ bytes: Double, in window: TimeWindow) {
      self.window = window
      self.bytes = bytes
    }
  }

  /// A direction.
  public init(
    key: UInt64, client: IPAddress, server: IPAddress, port: UInt16, transport: Transport, direction: Direction,
    passage: Passage
  ) {
    self.port = port
    self.key = key
    self.client = client
    self.server = server
    self.transport = transport
    self.direction = direction
    self.passage = passage
  }

  /// Packets of carriers that are looked at for all caps together.
  static let most = 100_000_000

  /// What else a client's flows carried in one direction.
  static func beside(
    _ key: UInt64, of client: IPAddress, _ direction: Direction, _ known: Circumstances
  ) -> [Carrier] {
    known.around.carriers.filter { $0.key != key && $0.client == client && $0.direction == direction }
  }

  /// The carrier's part of a window: bytes that came through, seconds from its first packet in it to its last, packets
  /// offered and lost, and one-second bins with and without a loss.
  func share(of window: TimeWindow) -> (
    bytes: Double, seconds: Double, offered: Int, lost: Int, bins: Int, lossyBins: Int
  ) {
    var sum = (bytes: 0.0, seconds: 0.0, offered: 0, lost: 0, bins: 0, lossyBins: 0)
    var first = Int64.max
    var last = Int64.min
    var bin = Int64.min
    var isLossy = false
    for offer in passage.offers[passage.places(in: window)] where offer.fate != .lostSometime {
      let time = passage.moment(offer.time)
      first = min(first, time)
      last = max(last, time)
      let place = (time &- window.first) / 1_000_000_000
      if place != bin {
        bin = place
        sum.bins += 1
        isLossy = false
      }
      sum.offered += 1
      if offer.fate == .lost {
        sum.lost += 1
        if !isLossy {
          isLossy = true
          sum.lossyBins += 1
        }
      } else {
        sum.bytes += offer.bytes
      }
    }
    if last > first { sum.seconds = Claim.seconds(last &- first) }
    return sum
  }
}

/// A control beside a capped flow: another server's flow of the same client that went faster the same way at the same time
/// and lost nothing to speak of.
///
/// It excludes that the client's line or subscription is the limit, and a slow link at the client's end. Cannot exclude: a
/// bottleneck farther on, on the way to the capped service alone, that service's own limit, and a plan or a router of the client
/// that slows one kind of traffic; and the line or the
/// subscription of whom the media come from, whether straight or through a relay. METHOD.md M6.2.
enum FullRate {
  /// Adds the control to a cap, with an exact test of seconds with a loss against those of the control.
  static func settle(
    _ judgment: inout Judgment, _ flow: FlowObservation, _ transport: Transport, _ known: Circumstances
  ) {
    guard judgment.outcome == .capped, let window = judgment.window, let rate = judgment.capRate,
      let direction = judgment.direction, !known.around.carriers.isEmpty
    else { return }
    let limits = known.thresholds.grade
    let span = Claim.seconds(window.last &- window.first)
    var best: (carrier: Carrier, rate: Double, share: Double, bins: Int, lossyBins: Int)?
    let others = known.around.carriers.filter {
      $0.client == flow.client && $0.direction == direction && $0.server.network != flow.server.network
        && !Surroundings.isOnLink($0.server, of: flow.client)
    }
    let count = others.reduce(0) { $0 + $1.passage.offers.count }
    guard count <= Carrier.most / max(1, known.around.examinedCaps) else { return }
    for carrier in others {
      let part = carrier.share(of: window)
      guard part.offered > 0, part.seconds >= limits.overlap.value * span, part.seconds > 0 else { continue }
      let own = 8 * part.bytes / part.seconds
      let share = Double(part.lost) / Double(part.offered)
      guard own >= limits.fullRate.value * Double(rate), share < known.thresholds.power.lossShare.value else {
        continue
      }
      // Of the same transport first, then the fastest; the earlier on a tie.
      let isLike = carrier.transport == transport
      let wasLike = best.map { $0.carrier.transport == transport } ?? false
      if best == nil || isLike && !wasLike || isLike == wasLike && own > best?.rate ?? 0 {
        best = (carrier, own, share, part.bins, part.lossyBins)
      }
    }
    guard let best else { return }
    let own = known.around.carriers.first { $0.key == flow.firstFrame && $0.direction == direction }
    if judgment.mechanism == .policer, let own,
      sharesBucket(own, best.carrier, window, isWide: transport == .tcp, known.thresholds.cap)
    {
      judgment.evidence.append(
        Evidence(
          "shared_bucket",
          Phrase(
            "{} went at {} the same way meanwhile and lost {}; one bucket for both explains the losses as well, so it may be the line's or the plan's.",
            .endpoint(best.carrier.server, best.carrier.port), .rate(Int64(best.rate)), .share(best.share)),
          isControl: true))
      return
    }
    let crossesFarLine = crossesFarLine(flow, transport, direction)
    judgment.evidence.append(
      Evidence(
        best.carrier.transport == transport ? "control_at_full_rate" : "control_at_full_rate_partial",
        Phrase(
          crossesFarLine
            ? "{} went at {} the same way meanwhile and lost {}: not the client's line or its plan's overall rate is the limit, but the other end's may be."
            : "{} went at {} the same way meanwhile and lost {}: neither the client's line nor its plan's overall rate is the limit.",
          .endpoint(best.carrier.server, best.carrier.port), .rate(Int64(best.rate)), .share(best.share)),
        isControl: true))
    if !crossesFarLine { judgment.exclude("plan-limit", "slow-link") }
    if judgment.alternatives.isEmpty { judgment.alternatives.append("congestion") }
    guard let own else { return }
    let part = own.share(of: window)
    guard part.bins > 0 else { return }
    let p = FisherExact.p(
      test: part.bins, testFailures: part.lossyBins, control: best.bins, controlFailures: best.lossyBins)
    judgment.tests = [
      StatisticalTest("fisher_exact", trials: part.bins, p: p, examined: max(1, known.around.examinedCaps))
    ]
  }

  /// A token bucket through which the other carrier went as well explains the losses as well as one of the flow's own. Small and even
  /// packets nearly always find tokens where full segments in bursts do not: that one lost nothing shows no other way.
  private static func sharesBucket(
    _ own: Carrier, _ other: Carrier, _ window: TimeWindow, isWide: Bool, _ limits: Thresholds.Cap
  ) -> Bool {
    let mine = Array(own.passage.offers[own.passage.places(in: window)])
    let shift = Double(other.passage.start &- own.passage.start) / 1e9
    var all = mine
    for var offer in other.passage.offers[other.passage.places(in: window)] {
      offer.time += shift
      all.append(offer)
    }
    all.sort { $0.time < $1.time }
    guard let alone = TokenBucketSearch(mine, limits)?.fit(isWide: isWide),
      let together = TokenBucketSearch(all, limits)?.fit(isWide: isWide)
    else { return false }
    return together.conformity >= alone.conformity - limits.edge.value
  }

  /// What was lost may have been lost on the line of someone at the other end, of which a control on the client's says
  /// nothing. Numbers of media show what was lost before the capture point: of what comes in, all the way from whom it
  /// is, and a relay keeps the numbers; of what goes out, the client's side alone. A transfer's show the whole way, so there
  /// the other end must be a server.
  private static func crossesFarLine(
    _ flow: FlowObservation, _ transport: Transport, _ direction: Direction
  ) -> Bool {
    transport == .udp ? direction == .down : !flow.isServerRole
  }
}
