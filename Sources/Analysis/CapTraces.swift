internal import Detection
internal import Flow
internal import Settings
internal import Verdict

/// What the packet path kept for the judges of caps, put as they look at it: packets offered, passed and lost.
enum CapTraces {
  /// Losses below which a direction of a call is not looked at.
  private static let fewest = 15
  /// Missing packets in a row beyond which the numbers have jumped: no sender's next packet would wait for so long.
  private static let largestGap: UInt16 = 500
  /// Seconds of a stream without a packet beyond which it was silent, not thinned.
  private static let longestGap = 3.0

  // MARK: Media

  /// What is known of both directions of a flow, however little it lost.
  static func whole(
    _ analyzer: borrowing Analyzer, _ outline: FlowOutline
  ) -> (client: Passage?, server: Passage?) {
    let sides = (outline.clientSide, 1 - outline.clientSide)
    if outline.isTCP { return (analyzer.transfer(outline, sides.0), analyzer.transfer(outline, sides.1)) }
    // One flow at a time.
    return (
      analyzer.media(outline, sides.0, fewest: 0) { _ in true },
      analyzer.media(outline, sides.1, fewest: 0) { _ in true }
    )
  }

  /// A direction of a flow with RTP; nil if it lost fewer than `fewest`, or where there is no room for so many packets.
  fileprivate static func passage(
    _ analyzer: borrowing Analyzer, _ flow: FlowState, _ side: UInt8, clientSide: UInt8, fewest: Int,
    _ hasRoom: (Int) -> Bool
  ) -> Passage? {
    var streams: [(index: Int, stream: MediaStream)] = []
    var passage = FlowState.none
    var lost = 0
    var next = analyzer.udp[flow.detail].streams
    var places = 0
    while next != FlowState.none {
      let stream = analyzer.streams[next]
      if stream.side == side, stream.passage != FlowState.none {
        passage = stream.passage
        lost += Int(clamping: stream.lost)
        streams.append((places, stream))
      }
      places += 1
      next = stream.following
    }
    guard passage != FlowState.none, lost >= fewest else { return nil }
    let state = analyzer.passages[passage]
    let records = analyzer.passages.records(of: passage)
    let width = Double(state.width) * 1e-5
    // By the place that records name.
    var kinds = [Kind?](repeating: nil, count: places + 1)
    for (index, stream) in streams {
      kinds[index] = Kind(
        meanBytes: Double(stream.bytes) / Double(max(1, stream.packets)),
        isRetransmission: isRetransmission(stream, streams.map(\.stream)),
        gaps: GapTimes(stream, index, records, width: width))
    }
    var offers: [Offer] = []
    var delays: [DelaySample] = []
    var before = 0.0
    // When records that lie closely end.
    var end = -Double.infinity
    let typical = kinds.reduce(40) { max($0, $1?.meanBytes ?? 0) }
    let isMixed = kinds.contains { ($0?.meanBytes ?? typical) < TokenBucketFit.comparableShare * typical }
    let count = records.reduce(0) {
      let own = kinds[min(Int($1.stream), places)]?.meanBytes ?? typical
      return $0 + pieces(of: $1, own, typical) + Int(min($1.lost, largestGap)) + 1
    }
    // Delay is looked at in bins of a quarter of a second, a third of an offer each.
    guard hasRoom(count + Int(records.last?.time ?? 0) / 75_000) else { return nil }
    offers.reserveCapacity(count)
    for record in records {
      let time = Double(record.time) * 1e-5
      let owner = min(Int(record.stream), places)
      let own = kinds[owner]?.meanBytes ?? typical
      // What came since the record before, in packets of a usual size, and at its end the stream's own.
      var rest = Double(record.bytes)
      var last = rest
      let count = pieces(of: record, own, typical)
      // Where records lie closely, the parts came just before its last packet.
      let step = width > 0 && before < end ? min(width / 2, (time - before) / Double(count + 1)) : nil
      if count > 0 {
        last = own
        rest -= own
        let pieces = Double(count)
        for piece in 0..<count {
          let moment =
            step.map { time - Double(count - piece) * $0 }
            ?? before + (time - before) * (Double(piece) + 0.5) / pieces
          offers.append(Offer(time: moment, bytes: rest / pieces, fate: .passed, isPart: true, isMixed: isMixed))
        }
      }
      if record.lost > 0, let kind = kinds[owner] {
        let start = kind.latest >= 0 ? kind.latest : before
        let isJump = record.lost > largestGap || time - start > longestGap
        let fate = kind.isRetransmission || isJump ? Offer.Fate.lostSometime : .lost
        let missing = GapTimes.Missing(
          start: count > 0 ? max(start, time - (step ?? .infinity)) : start, end: time, bytes: kind.meanBytes,
          fate: fate)
        let lost = Int(min(record.lost, largestGap))
        if start < end {
          kind.gaps.add(lost, missing, isBehindMarker: record.markers.before, to: &offers)
        } else {
          GapTimes.addEvenly(lost, missing, to: &offers)
        }
        end = time + Double(MediaPassages.fineTime) * 1e-5
        if isJump { kinds[owner]?.jumped += Double(record.lost) } else { kinds[owner]?.runs += 1 }
      }
      if last > 0 { offers.append(Offer(time: time, bytes: last, fate: .passed)) }
      if record.transit.isFinite, record.time >= state.delaySince {
        delays.append(DelaySample(time: time, transit: Double(record.transit)))
      }
      kinds[owner]?.latest = time
      before = time
    }
    offers.sort { $0.time < $1.time }
    var losses: [StreamLosses] = []
    for (index, stream) in streams {
      guard let kind = kinds[index], !kind.isRetransmission else { continue }
      let lost = max(0, Double(stream.lost) - Double(stream.skipped) - kind.jumped)
      // A second copy is the capture's, or a repeat: neither makes a lost packet one of more. Of copies before the first loss no
      // count is kept, and they are taken for as many as of all.
      let packets = Double(stream.packets &- stream.duplicates)
      let before = Double(stream.packetsBefore) * packets / Double(max(1, stream.packets))
      losses.append(
        StreamLosses(
          packets: packets, before: before, lost: lost,
          runs: min(lost, Double(kind.runs)), meanBytes: kind.meanBytes,
          isVideo: stream.finalClock == 90_000, pairs: pairs(analyzer, stream)))
    }
    let packets = streams.reduce((all: 0.0, copies: 0.0)) {
      ($0.all + Double($1.stream.packets), $0.copies + Double($1.stream.duplicates))
    }
    let first = flow.detail
    var frames: [UInt64] = []
    for place in 0..<Int(state.frameCount) {
      // Kept as low words of frame numbers.
      let low = UInt64(state.frames[place])
      let origin = analyzer.udp[first].firstFrame
      frames.append(origin &+ (low &- origin & 0xFFFF_FFFF))
    }
    return Passage(
      start: state.start, offers: offers, delays: delays, streams: losses, frames: frames,
      largest: state.largestBefore == 0 ? nil : (Double(state.largestBefore), Double(state.largestAfter)),
      roundTrips: analyzer.roundTrips(flow.facts, Int(clientSide)), isCoarse: state.isCoarse,
      spacings: spacings(state),
      firstTransit: state.delayStream != FlowState.none && analyzer.streams[state.delayStream].clockTries > 0 ? 0 : nil,
      hasVoiceDelay: state.delayIsAudio,
      uniqueShare: 1 - packets.copies / max(1, packets.all),
      withoutLarge: (
        Double(state.largeTime) / 1e5, Double(state.lost &- state.largeLost), Double(state.largestSince),
        Double(state.peak)
      ))
  }

  /// How many large packets came at which rate or more; those at any rate first.
  private static func spacings(_ state: MediaPassage) -> [(rate: Double, count: Int)] {
    guard state.isCoarse else { return [] }
    var sums: [(rate: Double, count: Int)] = []
    var sum = 0
    for place in (0..<state.spacings.count).reversed() {
      sum += Int(state.spacings[place])
      sums.append((Double(MediaPassage.spacingRate(place)), sum))
    }
    sums.append((0, sum + Int(state.slow)))
    return sums.reversed()
  }

  /// Packets of the usual size that a record stands for besides its last one, whose size is its stream's.
  private static func pieces(of record: PassageRecord, _ own: Double, _ typical: Double) -> Int {
    let bytes = Double(record.bytes)
    return bytes > 1.5 * own ? Int(max(1, min(256, ((bytes - own) / typical).rounded(.up)))) : 0
  }

  /// Pairs of a stream's missing packets; nil if not all that were missing once are missing still.
  private static func pairs(
    _ analyzer: borrowing Analyzer, _ stream: MediaStream
  ) -> (two: Double, three: Double, four: Double)? {
    guard stream.losses != FlowState.none,
      UInt64(analyzer.lossRuns[stream.losses].lost) + UInt64(stream.skipped) == stream.lost
    else { return nil }
    let pairs = analyzer.lossRuns[stream.losses].pairs
    return (Double(pairs.two), Double(pairs.three), Double(pairs.four))
  }

  private struct Kind {
    let meanBytes: Double
    let isRetransmission: Bool
    /// When what is missing of it was offered.
    let gaps: GapTimes
    var runs = 0
    /// Packets missing in jumps of the numbers.
    var jumped = 0.0
    var latest = -1.0
  }

  /// Retransmissions (RFC 4588) and probes: their numbers leave gaps as large as the pauses between them. Their time
  /// stamps follow no clock, or their payload type is the one behind a video's, as libwebrtc numbers them. No clock is looked for
  /// in fewer packets than `clockPackets`: a picture of which fewer came has none either.
  static func isRetransmission(_ stream: MediaStream, _ all: [MediaStream]) -> Bool {
    stream.finalClock == 0 && stream.packets >= MediaStream.clockPackets || isRepeat(stream, all)
  }

  /// By its payload type, the one behind that of a video beside it, which has more packets; a voice's clock is no repeat's, which has
  /// the time stamps of what it repeats.
  static func isRepeat(_ stream: MediaStream, _ all: [MediaStream]) -> Bool {
    mayRepeat(stream)
      && all.contains {
        $0.ssrc != stream.ssrc && $0.payloadType == stream.payloadType - 1 && $0.finalClock == 90_000
          && $0.packets > stream.packets / 2
      }
  }

  /// By its payload type and clock alone.
  static func mayRepeat(_ stream: MediaStream) -> Bool {
    let clock = stream.finalClock
    return stream.payloadType > 96 && (clock == 90_000 || clock == 0)
  }

  /// Flows with media that lost enough to be looked at, with their clients; not those during which the capture itself dropped
  /// packets.
  static func calls(
    _ flows: FlowList, losses: CaptureLosses?, _ thresholds: Thresholds, _ room: inout PassageRoom
  ) -> [LossyCall] {
    var list: [LossyCall] = []
    for position in 0..<flows.count {
      guard flows.places[position].marks.contains(.media) else { continue }
      let outline = flows[position]
      if let losses, losses.count(in: TimeWindow(first: outline.first, last: outline.last)) > 0 { continue }
      if room.crowded.contains(outline.client) { continue }
      let (client, server) = (
        flows.analyzers[outline.shard].media(outline, outline.clientSide, fewest: fewest) {
          room.take($0, of: outline.client)
        },
        flows.analyzers[outline.shard].media(outline, 1 - outline.clientSide, fewest: fewest) {
          room.take($0, of: outline.client)
        }
      )
      if room.crowded.contains(outline.client) { continue }
      if client != nil || server != nil {
        let passages = DirectionPassages(client: client, server: server)
        list.append(LossyCall(key: outline.firstFrame, client: outline.client, passages: passages, thresholds))
      }
    }
    return list
  }

  /// By client, how much longer than the fastest of their flow round trips of some clients' requests took.
  static func lateTrips(
    _ flows: FlowList, of clients: Set<IPAddress>
  ) -> [IPAddress: [(time: Int64, milliseconds: Double)]] {
    var late: [IPAddress: [(time: Int64, milliseconds: Double)]] = [:]
    guard !clients.isEmpty else { return late }
    for position in 0..<flows.count {
      guard flows.places[position].marks.contains(.mayBeOfCall), clients.contains(flows.client(position)) else {
        continue
      }
      let outline = flows[position]
      let trips = flows.analyzers[outline.shard].roundTrips(outline)
      guard trips.count >= 2 else { continue }
      let least = trips.reduce(Double.infinity) { min($0, $1.milliseconds) }
      late[outline.client, default: []] += trips.map { ($0.time, $0.milliseconds - least) }
    }
    return late
  }

  // MARK: TCP

  /// All directions of connections of clients that have one which may show a cap, in the order of the flows: short ones
  /// show what the line could do.
  static func connections(_ flows: FlowList, _ room: inout PassageRoom) -> [TracedConnection] {
    var clients: Set<IPAddress> = []
    var traced: [Int] = []
    for position in 0..<flows.count {
      let place = flows.places[position]
      guard place.marks.contains(.traced) else { continue }
      traced.append(position)
      if flows.analyzers[Int(place.shard)].mayShowCap(place.index) { clients.insert(flows.client(position)) }
    }
    var list: [TracedConnection] = []
    guard !clients.isEmpty else { return list }
    for position in traced {
      let client = flows.client(position)
      guard clients.contains(client), !room.crowded.contains(client) else { continue }
      let outline = flows[position]
      let before = list.count
      flows.analyzers[outline.shard].addConnections(outline, to: &list)
      let count = list[before...].reduce(0) { $0 + $1.passage.offers.count }
      if !room.take(count, of: client) { list.removeSubrange(before...) }
    }
    return list.filter { !room.crowded.contains($0.client) }
  }
}

extension Analyzer {
  /// A direction of a flow with RTP; nil if it lost fewer than `fewest`, or where there is no room for so many packets.
  func media(
    _ outline: FlowOutline, _ side: UInt8, fewest: Int, _ hasRoom: (Int) -> Bool
  ) -> Passage? {
    CapTraces.passage(
      self, table.flows[outline.index], side, clientSide: outline.clientSide, fewest: fewest, hasRoom)
  }

  fileprivate func roundTrips(_ outline: FlowOutline) -> [(time: Int64, milliseconds: Double)] {
    roundTrips(table.flows[outline.index].facts, Int(outline.clientSide))
  }

  /// One of the directions of a connection whose segments were traced may show a cap.
  fileprivate func mayShowCap(_ index: UInt32) -> Bool {
    let traces = tcp[table.flows[index].detail].traces
    for side: UInt32 in 0..<2 {
      let trace = segments[traces &+ side]
      if trace.count >= Self.fewestSegments,
        trace.disorder >= 15 || trace.last &- trace.start >= Self.shortestTransfer
      {
        return true
      }
    }
    return false
  }

  fileprivate func addConnections(_ outline: FlowOutline, to list: inout [TracedConnection]) {
    let detail = table.flows[outline.index].detail
    let traces = tcp[detail].traces
    // Of both parts: a SYN that was repeated measures none.
    let parts = (tcp[detail].handshakeMicroseconds, tcp[detail].acknowledgeMicroseconds)
    let distance = parts.0 > 0 && parts.1 > 0 ? Double(parts.0 &+ parts.1) / 1e6 : 0
    for side in 0..<2 {
      let trace = segments[traces &+ UInt32(side)]
      guard trace.count >= Self.fewestSegments else { continue }
      let (passage, isNearSender) = Self.passage(
        trace, segments.records(of: traces &+ UInt32(side)), outline.firstFrame, reorder: reorder)
      let isFromClient = side == Int(outline.clientSide)
      var connection = TracedConnection(
        key: outline.firstFrame, client: outline.client, server: outline.server, isFromClient: isFromClient,
        passage: passage, isNearSender: isNearSender, port: outline.serverPort,
        window: shift(detail, 1 - side).map { Double(trace.window) * $0 }, roundTrip: distance > 0 ? distance : nil)
      // A full trace of a transfer without losses began anew: what it held is known by its sum.
      let carried = Double(isFromClient ? outline.bytes.client : outline.bytes.server)
      let traced = passage.offers.reduce(0.0) { $0 + ($1.fate == .passed ? $1.bytes : 0) }
      if traced < 0.9 * carried, trace.start &- outline.first > 1_000_000_000 {
        connection.untraced = Carrier.Untraced(
          carried - traced, in: TimeWindow(first: outline.first, last: trace.start))
      }
      list.append(connection)
    }
  }

  /// What a side's window counts in, bytes (RFC 7323 section 2.2); nil if the SYN of either side was not seen.
  private func shift(_ detail: UInt32, _ side: Int) -> Double? {
    let (own, other) = (tcp[detail].sides[side].windowShift, tcp[detail].sides[1 - side].windowShift)
    return own == .max || other == .max ? nil : Double(UInt32(1) << UInt32(min(own, 14)))
  }

  /// What was traced of a direction of a connection; nil if it carried next to nothing.
  fileprivate func transfer(_ outline: FlowOutline, _ side: UInt8) -> Passage? {
    let traces = tcp[table.flows[outline.index].detail].traces
    guard traces != FlowState.none, segments[traces &+ UInt32(side)].count > 0 else { return nil }
    let trace = traces &+ UInt32(side)
    return Self.passage(segments[trace], segments.records(of: trace), outline.firstFrame, reorder: reorder).0
  }

  /// A transfer without losses that is shorter than this shows no shaper: 3 s of standing queue and a time without, ns.
  private static var shortestTransfer: Int64 { 4_000_000_000 }

  /// Segments of a direction that make a transfer.
  private static var fewestSegments: UInt32 { 50 }
}
