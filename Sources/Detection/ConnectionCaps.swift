public import Settings
public import Verdict

/// What was found out about the rate of a connection, alone and together with those beside it.
public struct ConnectionCap: Sendable {
  /// How the rate was held.
  enum Kind: Sendable {
    /// Dropped above a rate; the fit and the delay at the losses, ms.
    case policed(TokenBucketFit, delay: Double)
    /// Queued above a rate; `offersMore`: the transfer was seen to send more when the queue began.
    case shaped(
      rate: Double, variation: Double, delay: Double, span: ClosedRange<Double>, faster: Double, offersMore: Bool)
    /// A refusal.
    case unknown(code: StaticString, seen: Double, needed: Double, reason: Phrase)
  }

  let kind: Kind
  /// Which side sends, as seen from the client.
  let direction: Direction
  /// The direction it was found in.
  let passage: Passage
  /// Connections behind the same bucket, this one among them.
  let members: Int
}

/// One direction of a connection that carries enough to be looked at.
public struct TracedConnection: Sendable {
  /// Frame of the connection's first packet: what it is known by.
  public let key: UInt64
  /// The client.
  public let client: IPAddress
  /// The server.
  public let server: IPAddress
  /// The client sends.
  public let isFromClient: Bool
  /// What was sent.
  public let passage: Passage
  /// Losses lie behind the capture point: delays are round trips.
  public let isNearSender: Bool
  /// The server's port.
  public let port: UInt16
  /// Largest window that the receiver offered, bytes; nil if its scale is not known.
  public let window: Double?
  /// Round trip of the handshake, s; nil if it was not seen.
  public let roundTrip: Double?
  /// What it carried before its segments that are kept.
  public var untraced: Carrier.Untraced?

  /// A direction of a connection.
  public init(
    key: UInt64, client: IPAddress, server: IPAddress, isFromClient: Bool, passage: Passage, isNearSender: Bool,
    port: UInt16 = 0, window: Double? = nil, roundTrip: Double? = nil
  ) {
    self.port = port
    self.window = window
    self.roundTrip = roundTrip
    self.key = key
    self.client = client
    self.server = server
    self.isFromClient = isFromClient
    self.passage = passage
    self.isNearSender = isNearSender
  }
}

extension TracedConnection {
  /// Which direction, as seen from the client.
  var direction: Direction { isFromClient ? .up : .down }
  /// Round trip of the handshake, ms, where delays are round trips; infinite where they are not or it was not seen.
  var handshake: Double { isNearSender ? (roundTrip ?? .infinity) * 1000 : .infinity }
  /// Who sends.
  var sender: IPAddress { isFromClient ? client : server }
  /// Who receives.
  var receiver: IPAddress { isFromClient ? server : client }
}

/// Why TCP transfers lost segments or went no faster: a policer, alone or shared with others, or a shaper.
///
/// Claims `policer` where a token bucket explains the losses of one connection, or of all between two hosts or of one
/// client together, better than losses drawn at random among the same segments, and the round trip (near the sender) or the
/// transit by the timestamps option (near the receiver) had not grown at the losses as much as a full queue of that size would
/// make it grow. Claims `shaper` where the delay stood raised for seconds at one rate and the line had been faster, all that
/// the client carried taken together.
///
/// Cannot tell apart: a policer from a bottleneck whose buffer is smaller than the delay can show (refused by name), the
/// policer of a subscription from one for this service. METHOD.md M3.2.
public enum ConnectionCaps {
  /// False if nothing was found of the connection.
  static func mayJudge(_ flow: FlowObservation, _ known: Circumstances) -> Bool {
    !known.around.connectionCaps.isEmpty && known.around.connectionCaps[flow.firstFrame] != nil
      || !known.around.phases.isEmpty && known.around.phases[flow.firstFrame] != nil
  }

  /// What was found of a connection; nil if nothing.
  public static func judge(_ flow: FlowObservation, _ known: Circumstances) -> Judgment? {
    guard let cap = known.around.connectionCaps[flow.firstFrame] else { return nil }
    if let refused = dropped(cap, flow, known) { return refused }
    if known.around.hasTwins {
      // A second copy of a segment and its retransmission look the same.
      return Claim.inconclusive(
        "duplicated_frames", seen: 1, needed: 0,
        Phrase("The capture holds packets twice: which segments were sent again cannot be told."))
    }
    switch cap.kind {
    case .policed(let fit, let delay): return policed(cap, fit, delay, known)
    case .shaped(let rate, let variation, let delay, let span, let faster, let offersMore):
      if let refused = QueueDelay.clockRefusal(cap.passage, known) { return refused }
      let phases = known.around.phases[flow.firstFrame]
      if let phases, let held = phases.excluders.first(where: { $0.result == .present }) {
        var judgment = Claim.inconclusive(
          "transfer_held_elsewhere", seen: Double(phases.line), needed: Double(phases.seconds) / 2,
          Phrase("A queue stood for a time, but most of the transfer was held back by something else."))
        judgment.excluders = [held]
        judgment.evidence = [phases.evidence]
        return judgment
      }
      if let shared = SharedLine.refusal(cap.passage, flow, cap.direction, rate, isMedia: false, known) {
        return shared
      }
      return shaped(cap, flow.firstFrame, rate, variation, delay, span, faster, offersMore, known)
    case .unknown(let code, let seen, let needed, let reason):
      return Claim.inconclusive(code, seen: seen, needed: needed, reason)
    }
  }

  /// A refusal if the capture dropped what may be the losses, or enough to move the rate.
  private static func dropped(_ cap: ConnectionCap, _ flow: FlowObservation, _ known: Circumstances) -> Judgment? {
    let sent = Double(cap.direction == .up ? flow.packets.client : flow.packets.server)
    switch cap.kind {
    case .policed(let fit, _):
      let lost = Double(fit.losses)
      if let refused = CaptureLoss.refusal(missed: cap.passage.missed, besides: fit.losses, known) { return refused }
      return CaptureLoss.refusal(lost, of: max(sent, lost), share: 0, known)
    case .shaped:
      // No loss is needed for it, so none can be the capture's: what counts is what the rate is told from.
      return CaptureLoss.refusal(sent, of: sent, share: 0, known)
    case .unknown: return nil
    }
  }

  private static func policed(
    _ cap: ConnectionCap, _ fit: TokenBucketFit, _ delay: Double, _ known: Circumstances
  ) -> Judgment {
    let rate = fit.statedRate(known.thresholds.cap, isTransfer: true)
    let reason =
      switch (rate, cap.members) {
      case (let rate?, 1):
        Phrase(
          "Of the segments of {} {} were lost as a token bucket of {} would lose them, without a queue.",
          Claim.duration(fit.last - fit.first), .share(fit.share),
          .rate(Int64(rate)))
      case (let rate?, let members):
        Phrase(
          "Segments were lost as a token bucket of {} shared by {} connections would lose them, without a queue.",
          .rate(Int64(rate)), .count(members))
      case (nil, 1):
        Phrase(
          "Of the segments of {} {} were lost as a token bucket would lose them, without a queue; its rate stays open.",
          Claim.duration(fit.last - fit.first), .share(fit.share))
      case (nil, let members):
        Phrase(
          "Segments were lost as a token bucket shared by {} connections would lose them, without a queue; its rate stays open.",
          .count(members))
      }
    var judgment = Claim.finding(.capped, .policer, cap.direction, known.thresholds.score.policer, reason)
    judgment.window = TimeWindow(first: cap.passage.moment(fit.first), last: cap.passage.moment(fit.last))
    judgment.evidence = [
      Evidence(
        "u9_token_bucket_conformity", MediaCaps.bucket(fit, rate), frames: cap.passage.frames),
      Evidence("flat_delay", Phrase("Delay at the losses was {} at the median.", Claim.duration(delay / 1000))),
    ]
    MediaCaps.settleCap(&judgment, fit, rate, known)
    // It offered more than the bucket lets through, or nothing would have been lost.
    judgment.excluders += [
      Excluder("application-limited", .excluded), Excluder("receiver-window-limited", .excluded),
      Excluder("congestion-window-limited", .excluded),
    ]
    judgment.alternatives = ["plan-limit", "server-limit", "bufferless-bottleneck"]
    return judgment
  }

  private static func shaped(
    _ cap: ConnectionCap, _ key: UInt64, _ rate: Double, _ variation: Double, _ delay: Double,
    _ span: ClosedRange<Double>,
    _ faster: Double, _ offersMore: Bool, _ known: Circumstances
  ) -> Judgment {
    var judgment = Claim.finding(
      .capped, .shaper, cap.direction, known.thresholds.score.shaper,
      Phrase(
        "The transfer was held at {} behind a queue of {}, while {} was possible without it.", .rate(Int64(rate)),
        Claim.duration(delay / 1000), .rate(Int64(faster))))
    // Whole seconds were looked at; the last one may not have ended.
    judgment.window = TimeWindow(
      first: cap.passage.moment(span.lowerBound), last: min(cap.passage.moment(span.upperBound), known.around.end))
    judgment.capRate = Int64(rate)
    judgment.cap = CapEstimate(
      low: Int64(rate * (1 - variation)), high: Int64(rate * (1 + variation)), bucket: nil)
    judgment.evidence = [
      Evidence(
        "u10_standing_queue",
        Phrase(
          "A queue of {} at the median stood for {}; {} went through with a variation of {}.",
          Claim.duration(delay / 1000), Claim.duration(span.upperBound - span.lowerBound), .rate(Int64(rate)),
          .share(variation)), frames: cap.passage.frames)
    ]
    // What fills a queue sends more than the queue lets through; a second counts as the line's wherever delays are long.
    judgment.excluders =
      (known.around.phases[key]?.excluders ?? [
        Excluder("application-limited", .excluded), Excluder("receiver-window-limited", .excluded),
      ]).map { $0.result == .excluded && !offersMore ? Excluder($0.name, .unknown) : $0 } + [
        Excluder("congestion-window-limited", offersMore ? .excluded : .unknown), Excluder("plan-limit", .unknown),
        Excluder("slow-link", .unknown),
      ]
    judgment.alternatives = ["plan-limit", "server-limit", "slow-link", "congestion"]
    return judgment
  }

  // MARK: Examination

  /// Looks at all connections that carry enough: each alone, then together those of two hosts, then those of a client.
  public static func examine(_ connections: [TracedConnection], _ thresholds: Thresholds) -> [UInt64: ConnectionCap] {
    var limits = thresholds.cap
    let open = connections.indices.filter { isLossy(connections[$0], thresholds) }
    limits.draws.value = min(limits.draws.value, max(2, limits.drawBudget.value / Double(max(1, open.count))).rounded())
    var found: [UInt64: ConnectionCap] = [:]
    for connection in open.map({ connections[$0] }) {
      if let kind = single(connection, connections, limits) {
        found[connection.key] = ConnectionCap(
          kind: kind, direction: connection.direction, passage: connection.passage, members: 1)
      }
    }
    for index in connections.indices where found[connections[index].key] == nil {
      guard let kind = shaper(connections[index], connections, thresholds) else { continue }
      found[connections[index].key] = ConnectionCap(
        kind: kind, direction: connections[index].direction, passage: connections[index].passage, members: 1)
    }
    share(open, connections, limits, &found) { $0.sender == $1.sender && $0.receiver == $1.receiver }
    let left = open.filter { if case .policed = found[connections[$0].key]?.kind { false } else { true } }
    share(left, connections, limits, &found) { $0.isFromClient == $1.isFromClient && $0.client == $1.client }
    return found
  }

  /// It lost enough to be looked at.
  static func isLossy(_ connection: TracedConnection, _ thresholds: Thresholds) -> Bool {
    let losses = connection.passage.losses
    return losses >= Int(thresholds.cap.losses.integer)
      && Double(losses) >= thresholds.power.lossShare.value / 2 * Double(connection.passage.offers.count)
  }

  /// One connection behind its own bucket.
  private static func single(
    _ connection: TracedConnection, _ all: [TracedConnection], _ limits: Thresholds.Cap
  ) -> ConnectionCap.Kind? {
    guard let fit = TokenBucketSearch(connection.passage.offers, limits)?.fit(isWide: true), conforms(fit, limits)
    else { return nil }
    return settle(fit, connection.passage.offers, connection.passage.delays, [connection], limits)
  }

  private static func conforms(_ fit: TokenBucketFit, _ limits: Thresholds.Cap) -> Bool {
    fit.explains((fit.isNearGoodput ? limits.connectionConformity : limits.burstConformity).value, limits)
  }

  /// Connections behind one bucket: their offers together.
  private static func share(
    _ open: [Int], _ all: [TracedConnection], _ limits: Thresholds.Cap, _ found: inout [UInt64: ConnectionCap],
    _ belong: (TracedConnection, TracedConnection) -> Bool
  ) {
    var left = open[...]
    while let first = left.popFirst() {
      let group = all.indices.filter { belong(all[$0], all[first]) }
      left = left.filter { !group.contains($0) }[...]
      guard group.count > 1 else { continue }
      let members = group.map { all[$0] }
      let start = members.reduce(Int64.max) { min($0, $1.passage.start) }
      guard let (offers, delays) = together(members, start),
        let fit = TokenBucketSearch(offers, limits)?.fit(isWide: true), conforms(fit, limits),
        case .policed(_, let delay) = settle(fit, offers, delays, members, limits)
      else { continue }
      // One bucket for all explains more than one for each, or it is one for each.
      let alone = members.compactMap { member in
        if case .policed(let own, _) = found[member.key]?.kind { own.conformity } else { nil }
      }
      if alone.count > 0, fit.conformity < alone.reduce(0, +) / Double(alone.count) { continue }
      let missed = members.reduce(0) { $0 + $1.passage.missed }
      for member in members where member.passage.losses >= Int(limits.losses.integer) {
        // The fit's times count from the earliest member.
        let passage = Passage(
          start: start, offers: [], delays: [], frames: member.passage.frames, missed: missed)
        found[member.key] = ConnectionCap(
          kind: .policed(fit, delay: delay), direction: member.direction, passage: passage, members: members.count)
      }
    }
  }

  /// The offers of several connections in order, over the time in which all that lost something were traced.
  private static func together(_ members: [TracedConnection], _ start: Int64) -> ([Offer], [DelaySample])? {
    var from = -Double.infinity
    var until = Double.infinity
    var all: [Offer] = []
    var delays: [DelaySample] = []
    for member in members {
      let shift = Double(member.passage.start &- start) / 1e9
      if member.passage.losses >= 15, let first = member.passage.offers.first, let last = member.passage.offers.last {
        from = max(from, first.time + shift)
        until = min(until, last.time + shift)
      }
      for offer in member.passage.offers {
        all.append(Offer(time: offer.time + shift, bytes: offer.bytes, fate: offer.fate))
      }
      // Hosts differ in their distance: only what came on top counts.
      let base = member.passage.delays.reduce(Double.infinity) { min($0, $1.transit) }
      for sample in member.passage.delays {
        delays.append(DelaySample(time: sample.time + shift, transit: sample.transit - base))
      }
    }
    guard until > from else { return nil }
    all = all.filter { $0.time >= from && $0.time <= until }
    all.sort { $0.time < $1.time }
    delays.sort { $0.time < $1.time }
    return (all, delays)
  }
}
