internal import Detection
internal import Settings
internal import Verdict

extension PairMatch {
  /// The pair's facts.
  func record(_ path: String) -> PairRecord {
    PairRecord(
      path: path, clockOffset: clock?.offset, uncertainty: clock?.uncertainty,
      packets: UInt64(clock?.packets ?? 0), flows: UInt64(flows.values.reduce(0) { $0 + ($1.isSeen ? 1 : 0) }),
      overlap: both.upperBound - both.lowerBound)
  }

  private func find(_ record: FlowRecord) -> (flow: Flow, isClientUp: Bool)? {
    let tuple = PointTrace.Tuple(
      record.transport, (record.client.address, record.client.port), (record.server.address, record.server.port))
    guard let flow = flows[tuple] else { return nil }
    let clientSide = tuple.low == record.client.address && tuple.lowPort == record.client.port ? 0 : 1
    return (flow, clientSide == flow.lowerSide)
  }

  /// Resets that surely neither end sent came to one of the points.
  func hasStrangeResets(_ record: FlowRecord, _ thresholds: Thresholds) -> Bool {
    guard let (flow, _) = find(record), flow.rebound == 0 else { return false }
    let span = TimeWindow(first: record.first, last: .max)
    let up = resets(flow.up, span, thresholds)
    let down = resets(flow.down, span, thresholds)
    return !up.isEmpty && !down.isEmpty || (up + down).contains { $0.isProven || $0.lacksCause }
  }

  /// Settles a record's verdict and adds the account of its packets.
  func settle(_ record: inout FlowRecord, farPath: String, companions: Int, _ thresholds: Thresholds) {
    guard let (flow, isClientUp) = find(record) else { return }
    let span = TimeWindow(first: record.first, last: record.last &+ Self.longestWay)
    // Frames and directions are the client's: it sits at the near point, or at the far one.
    let up = isClientUp ? flow.up : flow.down
    let down = isClientUp ? flow.down : flow.up
    var facts = TwoPointFacts()
    facts.isRewritten = flow.isRewritten
    if !flow.isRewritten {
      record.twoPoints = TwoPointRecord(up: Self.account(up, span), down: Self.account(down, span))
    }
    facts.isCovered =
      !flow.isRewritten
      && (flow.isSeen || coverage.holds(Self.end(isClientUp ? record.server : record.client, record.transport)))
    facts.isAtServer = (isClientUp ? ends.far : ends.near).holds(record.server.address)
    facts.isDatagrams = record.transport == .udp
    let near = isClientUp ? missed.near : (missed.far.down, missed.far.up)
    let far = isClientUp ? missed.far : (missed.near.down, missed.near.up)
    facts.missedShare = (Gaps.share(far.0, far.1), Gaps.share(near.0, near.1))
    let nearTCP = isClientUp ? missed.nearTCP : (missed.farTCP.down, missed.farTCP.up)
    let farTCP = isClientUp ? missed.farTCP : (missed.nearTCP.down, missed.nearTCP.up)
    facts.missedSegments = (nearTCP.0.share, farTCP.1.share)
    facts.mostMissed = (nearTCP.0.most, farTCP.1.most)
    facts.seenLoss = (
      record.verdict.lossUp ?? Self.loss(record.opaque?.up), record.verdict.lossDown ?? Self.loss(record.opaque?.down)
    )
    func loss(_ way: WayRecord, _ passed: Way, _ missed: Double) -> Double? {
      guard TwoPoints.isLost(way.sent - way.arrived, of: way.sent, missed: missed, thresholds),
        facts.changed(Self.facts(passed, span)) == 0
      else { return nil }
      return way.loss
    }
    if let points = record.twoPoints { facts.lossBetween = (points.up.loss, points.down.loss) }
    if facts.isCovered, let points = record.twoPoints {
      record.verdict.lossUp = record.verdict.lossUp ?? loss(points.up, up, facts.missedShare.up)
      record.verdict.lossDown = record.verdict.lossDown ?? loss(points.down, down, facts.missedShare.down)
    }
    facts.farPath = farPath
    facts.isComplete = isComplete
    facts.rebound = flow.rebound
    facts.companions = companions
    let window = record.verdict.outcome == .dropped ? record.verdict.window ?? span : span
    facts.up = Self.facts(up, window)
    facts.down = Self.facts(down, window)
    if let scope = record.verdict.scope, record.transport == .udp {
      facts.layer = (Self.facts(up, window) { $0.isOf(scope) }, Self.facts(down, window) { $0.isOf(scope) })
    }
    facts.resetsUp = resets(up, span, thresholds)
    facts.resetsDown = resets(down, span, thresholds)
    // The reset that the verdict cites came from the other point as it is.
    let cited = record.verdict.evidence.first { $0.code.description == "reset" }?.frames.first
    facts.isResetSent = cited.map { frame in down.passed.contains { $0.frame == frame && $0.delay != nil } } ?? false
    // Offload puts segments together before one point and not before the other: numbers tell little then.
    let made = down.appeared.filter { !$0.isReset && !$0.isMissed && $0.time >= span.first && $0.time <= span.last }
    let arrived = record.twoPoints?.down.arrived ?? 0
    if record.transport == .udp || UInt64(made.count) <= max(2, arrived) {
      facts.strangersDown = (made.count, made.prefix(8).map(\.frame))
    }
    if record.verdict.isFinding || !facts.resetsUp.isEmpty || !facts.resetsDown.isEmpty {
      // Who else was there is asked of the time around it as well: connections are short, and controls few.
      let around = TimeWindow(first: window.first &- Self.around, last: window.last &+ Self.around)
      facts.others = others(besides: record, isClientUp: isClientUp, around)
    }
    TwoPoints.settle(&record.verdict, facts, thresholds)
  }

  /// Time around a connection in which others show that both points work.
  private static let around: Int64 = 30_000_000_000

  /// What became of packets of other flows. Those to the same server may have met the same, and count where they passed.
  private func others(
    besides record: FlowRecord, isClientUp: Bool, _ window: TimeWindow
  ) -> (up: TwoPointFacts.Way, down: TwoPointFacts.Way) {
    var sums = (up: TwoPointFacts.Way(), down: TwoPointFacts.Way())
    let own = PointTrace.Tuple(
      record.transport, (record.client.address, record.client.port), (record.server.address, record.server.port))
    for (tuple, other) in flows where other.isSeen && tuple != own {
      let isSameServer = tuple.low == record.server.address || tuple.high == record.server.address
      for (way, isUp) in [(other.up, isClientUp), (other.down, !isClientUp)] {
        let part = Self.facts(way, window)
        if isSameServer, part.arrived < part.sent { continue }
        if isUp {
          sums.up.sent += part.sent
          sums.up.arrived += part.arrived
        } else {
          sums.down.sent += part.sent
          sums.down.arrived += part.arrived
        }
      }
    }
    return sums
  }

  /// Resets that came to the second point and are not in the file of the first.
  private func resets(_ way: Way, _ span: TimeWindow, _ thresholds: Thresholds) -> [TwoPointFacts.Stranger] {
    way.appeared.filter { $0.isReset && $0.time >= span.first && $0.time <= span.last }.map { reset in
      // Whoever resets a connection has forgotten it, and goes on with nothing (RFC 9293 section 3.10.7.1).
      let left = reset.time &- (clock?.uncertainty ?? 0) &+ thresholds.reset.reorder.integer
      let goesOn = reset.followed.map { $0 > left } ?? false
      return TwoPointFacts.Stranger(
        frame: reset.frame, original: reset.original, time: reset.time, goesOn: goesOn, lacksCause: reset.lacksCause)
    }
  }

  /// Share that is missing by records' numbers.
  private static func loss(_ side: OpaqueMediaRecord.Side?) -> Double? {
    guard let expected = side?.expected, expected > 0, let lost = side?.lost else { return nil }
    return Double(lost) / Double(expected)
  }

  private static func end(_ endpoint: EndpointRecord, _ transport: Transport) -> PointTrace.End {
    PointTrace.End(transport: transport, address: endpoint.address, port: endpoint.port)
  }

  private static func facts(
    _ way: Way, _ window: TimeWindow, of kinds: (PacketKind) -> Bool = { _ in true }
  ) -> TwoPointFacts.Way {
    var facts = TwoPointFacts.Way()
    var bin = Int64.min
    for packet in way.passed where packet.left >= window.first && packet.left <= window.last && kinds(packet.kind) {
      facts.sent += 1
      if packet.hasArrived {
        facts.arrived += 1
        if facts.sent == facts.arrived, packet.left &- window.first < 1_000_000_000 { facts.arrivedFirst += 1 }
        continue
      }
      let place = (packet.left &- window.first) / 1_000_000_000
      if place != bin {
        bin = place
        facts.lostBins += 1
      }
      if facts.lostFrames.count < 8 { facts.lostFrames.append(packet.frame) }
    }
    let made = way.appeared.count {
      !$0.isReset && !$0.isCopy && $0.time >= window.first && $0.time <= window.last &+ longestWay
    }
    facts.changed = min(made, facts.sent - facts.arrived)
    return facts
  }

  private static func account(_ way: Way, _ span: TimeWindow) -> WayRecord {
    let passed = way.passed.filter { $0.left >= span.first && $0.left <= span.last }
    let delays = passed.compactMap(\.delay).sorted()
    let appeared = way.appeared.reduce(0) { $0 + ($1.time >= span.first && $1.time <= span.last ? 1 : 0) }
    return WayRecord(
      sent: UInt64(passed.count), arrived: UInt64(passed.count(where: \.hasArrived)),
      // Clocks that do not run alike to within the way tell no delays.
      delay: delays.isEmpty || delays[0] < 0
        ? nil : (delays[0], delays[delays.count / 2], delays[min(delays.count - 1, delays.count * 95 / 100)]),
      appeared: UInt64(appeared))
  }
}
