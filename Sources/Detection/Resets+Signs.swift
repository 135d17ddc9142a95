internal import Flow
internal import Settings
internal import Verdict
internal import Wire

/// Signs that a reset is not its supposed sender's.
extension Resets {
  /// Signs that a reset is not its supposed sender's, one bit each.
  struct Signs: OptionSet {
    let rawValue: UInt16
    static let early = Signs(rawValue: 1)
    static let dataAfter = Signs(rawValue: 2)
    static let sequenceChange = Signs(rawValue: 4)
    static let strangeTimeToLive = Signs(rawValue: 8)
    static let outOfPlace = Signs(rawValue: 16)
    static let acknowledgmentChange = Signs(rawValue: 32)
    static let strangeIdentification = Signs(rawValue: 64)
    static let reservedBits = Signs(rawValue: 128)
    static let progressAfter = Signs(rawValue: 256)
    static let withoutTimestamps = Signs(rawValue: 512)
    /// An endpoint could not have produced these.
    static let hard: Signs = [
      .early, .dataAfter, .sequenceChange, .acknowledgmentChange, .reservedBits, .progressAfter,
    ]

    /// The path's own delay may make both: its first packet waited for a radio, and not every stack that looks like Linux is.
    static let ofSlowStart: Signs = [.early, .withoutTimestamps]

    /// What stands before a server shows these where the distance seemed longer than it is: its own TTL, counter and stack.
    static let ofFront: Signs = [.early, .withoutTimestamps, .strangeTimeToLive, .strangeIdentification]

    var count: Int { rawValue.nonzeroBitCount }

    /// Enough for a third party. New data after a reset shows that another stack than the socket's sent it, its own host's
    /// packet filter included, whose resets stand out of place as well: it needs a sign of another host.
    var proveThirdParty: Bool {
      if contains(.sequenceChange) { return true }
      let ofOneSocket: Signs = [.dataAfter, .progressAfter, .outOfPlace]
      return !isDisjoint(with: .hard) && count >= 2 && !isSubset(of: ofOneSocket)
    }
  }

  /// `flow`: whose other connections count as well; nil for the connection alone.
  static func signs(
    _ segment: ResetSegment, _ state: TCPState, _ trace: ResetTrace, _ known: Circumstances,
    _ flow: FlowObservation? = nil
  ) -> Signs {
    let limits = known.thresholds.reset
    let side = Int(segment.side)
    var signs: Signs = []
    let distance = distance(of: side, state)
    // Once: an observation is large, and each of its parts that is asked for would copy it.
    let whose = flow.map {
      (client: $0.client, first: $0.first, end: known.around.paths.end(side, of: $0, state))
    }
    let end = whose?.end
    // A refused SYN's reset is the first packet of its connection: other connections alone tell how far its server is, and
    // their first packets may have waited for a radio. It is too early only with a TTL that none of them showed.
    let isRefusal = segment.answersSYN && !segment.established
    let isKnown = isRefusal && (end?.showed(timeToLive: segment.timeToLive) ?? true)
    // Behind its sender's own packet a bare reset with the next number may answer nothing: it aborts. Within a round trip, where no
    // data came between but what acknowledges that packet, it may be that of what stands before the server, if it came from about as
    // far.
    let mayBeServers =
      !segment.answersData
      && 2 * Int(TimeToLive.hops(segment.timeToLive)) >= Int(TimeToLive.hops(state.sides[side].timesToLive[0]))
    let isAbort =
      !segment.flags.contains(.ack) && segment.beyondNext == 0 && !segment.senderOnlyOpened
      && segment.sinceOwn >= 0
      && segment.sinceOwn <= (mayBeServers ? max(limits.reorder.integer, distance) : limits.reorder.integer)
    // Two packets at one instant of a coarse clock show no time.
    if segment.sinceTrigger > 0, !segment.afterClose, !isKnown, !isAbort {
      let least = least(side, state, isRefusal ? 0 : distance, end, whose?.client, whose?.first ?? 0, known)
      if least >= limits.distance.integer, Double(segment.sinceTrigger) < limits.early.value * Double(least) {
        signs.insert(.early)
      }
    }
    // A Linux socket puts the timestamps that were negotiated into its aborts too (METHOD.md M1.0). Beside other signs than
    // the time, its host's packet filter and stacks that leave them out explain it.
    if signs.contains(.early), segment.established, segment.flags.contains(.ack), segment.beyondNext == 0,
      segment.senderTimestamps, !segment.timestamps, segment.senderLooksLikeLinux, whose?.client.family != .v6
    {
      signs.insert(.withoutTimestamps)
    }
    let reordering = max(limits.reorder.integer, distance / 4)
    if trace.aftermath.data[side] > 0, trace.aftermath.dataTime[side] &- segment.time > reordering {
      signs.insert(.dataAfter)
    }
    if trace.aftermath.progressTime[side] &- segment.time > reordering { signs.insert(.progressAfter) }
    if hasSequenceChange(trace, side, state, limits) { signs.insert(.sequenceChange) }
    // A sender that spoke only after its reset, as a server whose SYN-ACK follows, shows its TTL then.
    let spoke = !state.sides[side].sent.isDisjoint(with: [.syn, .synACK, .ack, .data, .fin])
    if spoke, !segment.usedTimeToLive || !segment.senderSeen && !state.sides[side].used(timeToLive: segment.timeToLive),
      !(end?.showed(timeToLive: segment.timeToLive) ?? false)
    {
      signs.insert(.strangeTimeToLive)
    }
    // NDSS'09 RST_SEQ_DATA: behind what its sender had sent; neither an acknowledgment nor reordering explains the number.
    if segment.senderSeen, segment.beyondNext < -Int32(limits.sequenceSlack.integer), !segment.answersAcknowledgment,
      segment.sinceOwn > reordering
    {
      signs.insert(.outOfPlace)
    }
    if hasAcknowledgmentChange(trace, side, limits) { signs.insert(.acknowledgmentChange) }
    if segment.reservedBits { signs.insert(.reservedBits) }
    // Against the template of a live socket's abort, which goes on counting; a dead socket's answer is numbered 0.
    if segment.senderCounts, segment.flags.contains(.ack), !segment.zeroIdentification,
      segment.identificationStep > UInt16(limits.identification.integer)
    {
      signs.insert(.strangeIdentification)
    }
    return signs
  }

  /// How long a side needs at least to answer, from this capture point, ns: its share of the handshake, or less if it
  /// acknowledged something sooner. 0 if nothing tells.
  static func distance(of side: Int, _ state: TCPState) -> Int64 {
    let handshake = side == Int(state.opener) ? state.acknowledgeMicroseconds : state.handshakeMicroseconds
    let fastest = state.sides[side].fastestReply
    if handshake == 0 || fastest == 0 { return Int64(handshake) &* 1000 }
    return Int64(min(handshake, fastest)) &* 1000
  }

  /// The least that a side surely needed, by its own connection (`distance`, 0 if nothing tells) and the handshakes of others; 0 if
  /// none of them counts.
  ///
  /// A SYN that was the client's first packet for a while may have waited for its radio, for 50 ms and more, and then the answer
  /// to it seems to take as much longer. What the side acknowledged later on shows its distance as it is. Without a client nothing
  /// else is asked.
  private static func least(
    _ side: Int, _ state: TCPState, _ distance: Int64, _ end: ServerPaths.End?, _ client: IPAddress?, _ first: Int64,
    _ known: Circumstances
  ) -> Int64 {
    guard let client else { return distance }
    let idle = known.thresholds.reset.radioIdle.integer
    let isTrusted =
      distance == 0 || side == Int(state.opener) || !state.sides[side].sent.isDisjoint(with: [.ack, .data])
      || known.around.wasAwake(client, at: first, idle: idle)
    var least = isTrusted ? distance : 0
    for handshake in end?.handshakes ?? [] where least == 0 || handshake.distance < least {
      if known.around.wasAwake(client, at: handshake.first, idle: idle) { least = handshake.distance }
    }
    return least
  }

  /// Whether the handshake that shows a side's distance may have waited, in the queue of a full line or for a radio that saves power,
  /// and the reset not: then an abort of the server's, or of what stands before it, seems too early. Nil of resets with signs that
  /// such a wait does not make.
  ///
  /// Excluded by what was not held up in the same second, a handshake with another server that took less than the reset was too
  /// early, by what the side acknowledged later on, or by handshakes with it that took the same each time.
  static func slowHandshake(
    _ segment: ResetSegment, _ signs: Signs, _ state: TCPState, _ flow: FlowObservation, _ known: Circumstances
  ) -> Excluder? {
    let limits = known.thresholds.reset
    let side = Int(segment.side)
    guard signs.contains(.early), signs.isSubset(of: .ofFront) else { return nil }
    if signs.contains(.strangeTimeToLive) {
      let isClose = (0..<4).contains {
        let used = Int64(state.sides[side].timesToLive[$0])
        return used != 0 && abs(used - Int64(segment.timeToLive)) <= limits.front.integer
      }
      guard isClose else { return nil }
    }
    let awake = limits.awake.integer
    if state.sides[side].fastestReply > 0, state.sides[side].acknowledgmentTime &- flow.first >= awake {
      return Excluder("slow-handshake", .excluded)
    }
    var handshakes = known.around.paths.end(side, of: flow, state)?.handshakes ?? []
    if isFloor(handshakes, behind: segment, known) { return Excluder("slow-handshake", .excluded) }
    // Handshakes of others show the way to servers alone.
    guard side != flow.clientSide else { return Excluder("slow-handshake", .unknown) }
    if segment.established { handshakes.append((distance(of: side, state), flow.first)) }
    let isQuick = handshakes.contains {
      known.around.hasHandshake(
        of: flow.client, besides: flow.server, at: $0.first, apart: awake, under: $0.distance &- segment.sinceTrigger)
    }
    return Excluder("slow-handshake", isQuick ? .excluded : .unknown)
  }

  /// The least that a side's handshakes needed was the same again and again, in connections that began apart: what waits does not wait
  /// equally long each time.
  private static func isFloor(
    _ handshakes: [(distance: Int64, first: Int64)], behind segment: ResetSegment, _ known: Circumstances
  ) -> Bool {
    let limits = known.thresholds.reset
    guard let least = handshakes.first?.distance,
      Double(segment.sinceTrigger) < limits.early.value * Double(least)
    else { return false }
    let equal = handshakes.filter { Double($0.distance) <= limits.steady.value * Double(least) }
    var (count, latest): (Int64, Int64?) = (0, nil)
    for first in equal.map(\.first).sorted() where latest.map({ first &- $0 >= limits.awake.integer }) ?? true {
      count += 1
      latest = first
    }
    return count >= known.thresholds.grade.connections.integer
  }

  /// NDSS'09 RST_ACK_CHANGE: two resets of one side whose acknowledgments differ and lie beyond what the peer had sent.
  private static func hasAcknowledgmentChange(_ trace: ResetTrace, _ side: Int, _ limits: Thresholds.Reset) -> Bool {
    let slack = Int32(limits.sequenceSlack.integer)
    var first: ResetSegment?
    for place in 0..<Int(trace.count) {
      let segment = trace.segments[place]
      guard Int(segment.side) == side, segment.flags.contains(.ack), segment.beyondPeer > slack, !segment.afterClose
      else { continue }
      if let first, first.acknowledgment != segment.acknowledgment,
        segment.time &- first.time < limits.pairWindow.integer
      {
        return true
      }
      if first == nil { first = segment }
    }
    return false
  }

  /// NDSS'09 RST_SEQ_CHANGE with its six conditions: two resets of one side within 2 s, the second beyond the first,
  /// beyond all that the side had sent and beyond all that the peer had acknowledged, before any FIN, and no reset of
  /// the peer before.
  private static func hasSequenceChange(
    _ trace: ResetTrace, _ side: Int, _ state: TCPState, _ limits: Thresholds.Reset
  ) -> Bool {
    var first: ResetSegment?
    for place in 0..<Int(trace.count) {
      let segment = trace.segments[place]
      guard Int(segment.side) == side else {
        if first == nil { return false }
        continue
      }
      guard let earlier = first else {
        if segment.afterClose || !segment.senderSeen { return false }
        first = segment
        continue
      }
      let slack = Int32(limits.sequenceSlack.integer)
      // A dead socket answers each acknowledgment with its number: where the capture lacks segments, those too that it did not see.
      let areAnswers = !segment.flags.contains(.ack) && !earlier.flags.contains(.ack) && state.lacksSegments
      if segment.time &- earlier.time < limits.pairWindow.integer, !segment.afterClose, !areAnswers,
        segment.sequence - earlier.sequence > slack, earlier.beyondNext >= 0,
        segment.sequence - (earlier.sequence + UInt32(bitPattern: -earlier.beyondNext)) > slack,
        segment.sequence - state.sides[1 - side].acknowledged > slack
      {
        return true
      }
    }
    return false
  }
}
