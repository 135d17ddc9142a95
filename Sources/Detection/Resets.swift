public import Flow
internal import Settings
public import Verdict
internal import Wire

/// TCP resets: whose they were.
///
/// Each reset is first held against what a genuine stack sends in its place (METHOD.md M1.0): a closed port, an
/// abort of a live socket, a dead socket's answer. A third party is claimed on two resets that contradict each other by
/// all six conditions of NDSS'09 RST_SEQ_CHANGE, or on two independent signs: the reset came sooner than its supposed
/// sender could have answered, the sender went on sending new data, an IPv4 identification outside the sender's own
/// counter, a TTL that the sender never used, or timestamps missing; a TTL alone proves nothing (28 % of normal resets
/// differ), and new data beside numbers out of place are what the sender's own packet filter leaves behind. A packet
/// rewritten in place into a reset is claimed where it has the marks of two templates that exclude each other
/// (`RewrittenReset`). Cannot tell apart: censor, enterprise firewall, carrier NAT, the host's own packet filter.
public enum Resets {
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

    var count: Int { rawValue.nonzeroBitCount }

    /// Enough for a third party. New data after a reset shows that another stack than the socket's sent it, its own host's
    /// packet filter included, whose resets stand out of place as well: it needs a sign of another host.
    var proveThirdParty: Bool {
      if contains(.sequenceChange) { return true }
      let ofOneSocket: Signs = [.dataAfter, .progressAfter, .outOfPlace]
      return !isDisjoint(with: .hard) && count >= 2 && !isSubset(of: ofOneSocket)
    }
  }

  /// Whether `judge` may claim a third party: false of what nearly all resets are, and asked of every connection.
  public static func mayAccuse(_ state: TCPState, _ trace: ResetTrace, _ known: Circumstances) -> Bool {
    guard trace.count == 1 else { return trace.count > 1 }
    return !signs(trace.segments[0], state, trace, known).isEmpty || RewrittenReset.isMarked(trace.segments[0])
  }

  /// Whether a connection was refused: what its server's other connections showed tells whether by the server.
  public static func isRefusal(_ trace: ResetTrace) -> Bool {
    trace.count > 0 && trace.segments[0].answersSYN && !trace.segments[0].established
  }

  /// Judges the resets of a connection; nil if there was none.
  static func judge(
    _ flow: FlowObservation, _ state: TCPState, _ trace: ResetTrace, _ known: Circumstances
  ) -> Judgment? {
    guard trace.count > 0 else { return nil }
    // The first reset speaks, but for a later one, of either side, that proves a third party.
    var segment = trace.segments[0]
    var signs = signs(segment, state, trace, known, flow)
    for place in 1..<Int(trace.count) where !signs.proveThirdParty {
      let later = Self.signs(trace.segments[place], state, trace, known, flow)
      guard later.proveThirdParty else { continue }
      segment = trace.segments[place]
      signs = later
    }
    if isIgnored(segment, state, trace, known) { return ignored(segment, signs, state, trace, known) }
    if isAfterEnd(segment, signs) { return nil }
    if signs.proveThirdParty {
      if let idle = afterIdleTime(segment, signs, known) { return idle }
      if let changed = changedPath(segment, signs, state, flow, known) { return changed }
      let judgment = injected(segment, signs, state, trace, flow, known)
      // These two only together with the same on a connection that began apart: no radio had to wake up for the later one.
      if signs.isSubset(of: .ofSlowStart), known.replication.isComplete,
        !known.replication.isRepeated(judgment, flow, apart: known.thresholds.reset.awake.integer)
      {
        return unknownOrigin(segment, signs)
      }
      return judgment
    }
    if let rewritten = RewrittenReset.judge(segment, signs, trace, flow, known) { return rewritten }
    if !signs.isDisjoint(with: [.dataAfter, .progressAfter, .early]) { return unknownOrigin(segment, signs) }
    if var judgment = genuine(segment, signs, state, flow, known) {
      judgment.evidence += pathEvidence(segment, signs, state, flow, known)
      return judgment
    }
    return unknownOrigin(segment, signs)
  }

  private static func unknownOrigin(_ segment: ResetSegment, _ signs: Signs) -> Judgment {
    Claim.inconclusive(
      "reset_origin", seen: Double(signs.count), needed: 2,
      segment.answersSYN && !segment.established
        ? Phrase(
          "The SYN was answered with a reset in {}, sooner than its server ever answered and with another TTL: that the port is closed is not told.",
          .frame(segment.frame))
        : Phrase(
          "The connection was reset in {}; the reset fits no usual end of an endpoint, and too few signs say whose it was.",
          .frame(segment.frame)))
  }

  /// A NAT or load balancer that forgot an idle connection answers in the server's name, from nearer by and with its own
  /// TTL (METHOD.md M1.1): after an idle time that answer is nobody's interference. nil if the reset is another.
  private static func afterIdleTime(_ segment: ResetSegment, _ signs: Signs, _ known: Circumstances) -> Judgment? {
    let limit = known.thresholds.reset.idle
    guard segment.idleBefore >= limit.integer, signs.isDisjoint(with: [.dataAfter, .sequenceChange]) else { return nil }
    return Claim.inconclusive(
      "idle_before_reset", seen: Claim.seconds(segment.idleBefore), needed: Claim.seconds(limit.integer),
      Phrase(
        "The reset in {} came after {} of idle time: a NAT or load balancer may have forgotten the connection.",
        .frame(segment.frame), .duration(segment.idleBefore)))
  }

  /// How far the connection was: Cloudflare Radar's words.
  public static func stage(_ state: TCPState, _ trace: ResetTrace?) -> ConnectionStage? {
    let opener = Int(state.opener == 2 ? 0 : state.opener)
    let answered =
      state.sides[1 - opener].sent.contains(.synACK) && state.sides[opener].sent.contains(.ack)
    if let trace, trace.count > 0 {
      let first = trace.segments[0]
      if !first.established && state.opener != 2 { return .postSYN }
      switch first.openerDataSegments {
      case 0: return .postACK
      case 1: return .postPSH
      default: return .laterInFlow
      }
    }
    if state.opener == 2 { return .laterInFlow }
    if !answered { return .postSYN }
    switch state.sides[opener].dataSegments
      &- min(state.sides[opener].dataSegments, UInt16(clamping: state.sides[opener].retransmissions))
    {
    case 0: return .postACK
    case 1: return .postPSH
    default: return .laterInFlow
    }
  }

  // MARK: Signs

  /// `flow`: whose other connections count as well; nil for the connection alone.
  static func signs(
    _ segment: ResetSegment, _ state: TCPState, _ trace: ResetTrace, _ known: Circumstances,
    _ flow: FlowObservation? = nil
  ) -> Signs {
    let limits = known.thresholds.reset
    let side = Int(segment.side)
    var signs: Signs = []
    let distance = distance(of: side, state)
    let end = flow.flatMap { known.around.paths.end(side, of: $0, state) }
    // A refused SYN's reset is the first packet of its connection: other connections alone tell how far its server is, and
    // their first packets may have waited for a radio. It is too early only with a TTL that none of them showed.
    let isRefusal = segment.answersSYN && !segment.established
    let isKnown = isRefusal && (end?.showed(timeToLive: segment.timeToLive) ?? true)
    let least = isRefusal ? end?.distance ?? 0 : least(distance, end)
    if least >= limits.distance.integer, segment.sinceTrigger >= 0, !isKnown,
      Double(segment.sinceTrigger) < limits.early.value * Double(least), !segment.afterClose
    {
      signs.insert(.early)
    }
    // A Linux socket puts the timestamps that were negotiated into its aborts too (METHOD.md M1.0). Beside other signs than
    // the time, its host's packet filter and stacks that leave them out explain it.
    if signs.contains(.early), segment.established, segment.flags.contains(.ack), segment.beyondNext == 0,
      segment.senderTimestamps, !segment.timestamps, segment.senderStartedWithZero
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

  /// The same with what its other connections showed.
  private static func least(_ distance: Int64, _ end: ServerPaths.End?) -> Int64 {
    guard let end, end.distance > 0, distance > 0 else { return distance }
    return min(distance, end.distance)
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
      if segment.time &- earlier.time < limits.pairWindow.integer, !segment.afterClose,
        segment.sequence - earlier.sequence > slack, earlier.beyondNext >= 0,
        segment.sequence - (earlier.sequence + UInt32(bitPattern: -earlier.beyondNext)) > slack,
        segment.sequence - state.sides[1 - side].acknowledged > slack
      {
        return true
      }
    }
    return false
  }

  // MARK: Outcomes

  /// The connection went on as if nothing had happened: both sides exchanged more after the reset, its receiver for longer
  /// than a round trip, and reset nothing itself but what came behind the end.
  private static func isIgnored(
    _ segment: ResetSegment, _ state: TCPState, _ trace: ResetTrace, _ known: Circumstances
  ) -> Bool {
    let side = Int(segment.side)
    let roundTrip = Int64(state.handshakeMicroseconds &+ state.acknowledgeMicroseconds) &* 1000
    let later = trace.aftermath.replyTime[1 - side] &- segment.time
    guard trace.aftermath.packets[side] >= 2, trace.aftermath.exchanges >= 6,
      trace.aftermath.replies[1 - side] >= 2, later > max(known.thresholds.reset.reorder.integer, roundTrip)
    else { return false }
    for place in 0..<Int(trace.count) where Int(trace.segments[place].side) != side {
      if !trace.segments[place].afterClose { return false }
    }
    return true
  }

  /// After a FIN a dead socket answers with the acknowledgment it was sent, a live one continues its numbers: the
  /// connection had its end already, and what happened to it before counts. Other numbers are nobody's usual end.
  private static func isAfterEnd(_ segment: ResetSegment, _ signs: Signs) -> Bool {
    segment.afterClose && !signs.proveThirdParty
      && (segment.answersAcknowledgment || segment.beyondNext == 0 || !segment.senderSeen)
  }

  private static func ignored(
    _ segment: ResetSegment, _ signs: Signs, _ state: TCPState, _ trace: ResetTrace, _ known: Circumstances
  ) -> Judgment {
    var judgment = Claim.ok(
      Power("reset_effective", 1), known,
      Phrase(
        "A reset in {} had no effect: the connection went on with {} more packets.", .frame(segment.frame),
        .count(Int(trace.aftermath.exchanges))))
    judgment.evidence =
      [
        Evidence(
          "stray_reset",
          Phrase(
            "A reset that both ends ignored, {} bytes beyond the sender's numbers.", .count(Int(segment.beyondNext))),
          frames: [segment.frame])
      ] + evidence(of: signs, segment, state, trace)
    return judgment
  }

  private static func injected(
    _ segment: ResetSegment, _ signs: Signs, _ state: TCPState, _ trace: ResetTrace, _ flow: FlowObservation,
    _ known: Circumstances
  ) -> Judgment {
    if let lossy = Silence.lossyCapture(known) { return lossy }
    let side = Int(segment.side)
    let direction: Direction = side == flow.clientSide ? .up : .down
    var judgment = Claim.finding(
      .reset, .resetInjected, direction, known.thresholds.score.resetInjected,
      Phrase(
        "The reset in {} was not sent by the end it names: {} independent signs.", .frame(segment.frame),
        .count(signs.count)))
    judgment.window = TimeWindow(first: segment.time, last: segment.time)
    judgment.evidence = [
      Evidence("reset", Phrase("Reset with TTL {}.", .count(Int(segment.timeToLive))), frames: [segment.frame])
    ]
    judgment.evidence += evidence(of: signs, segment, state, trace)
    judgment.evidence += pathEvidence(segment, signs, state, flow, known)
    judgment.excluders = [
      Excluder("endpoint-abort", .excluded),
      Excluder("reordering", .excluded),
      CaptureLoss.excluder(known),
      Excluder("host-firewall", signs.contains(.early) ? .excluded : .unknown),
    ]
    judgment.alternatives = ["enterprise-firewall", "carrier-nat"]
    let initial = segment.timeToLive == 64 || segment.timeToLive == 128 || segment.timeToLive == 255
    if initial, segment.sinceTrigger >= 0, segment.sinceTrigger < known.thresholds.reset.local.integer {
      judgment.alternatives.append("lan-box")
    }
    if !signs.contains(.early) { judgment.alternatives.append("host-firewall") }
    if mayBeChangedPath(segment, signs, flow, known) { judgment.alternatives.append("path-change") }
    return judgment
  }

  /// What each sign says, and published likenesses.
  private static func evidence(
    of signs: Signs, _ segment: ResetSegment, _ state: TCPState, _ trace: ResetTrace
  ) -> [Evidence] {
    let side = Int(segment.side)
    var evidence: [Evidence] = []
    if signs.contains(.early) {
      evidence.append(
        Evidence(
          "reset_too_early",
          Phrase(
            "It came {} after the packet that it answers; its supposed sender never needed less than {}.",
            .duration(segment.sinceTrigger), .duration(distance(of: side, state))), frames: [segment.frame]))
    }
    if signs.contains(.withoutTimestamps) {
      evidence.append(
        Evidence(
          "reset_without_timestamps",
          Phrase("It lacks the timestamps that its supposed sender's stack puts into every segment, aborts included."),
          frames: [segment.frame]))
    }
    if signs.contains(.dataAfter) {
      evidence.append(
        Evidence(
          "data_after_own_reset",
          Phrase(
            "Its supposed sender sent new data in {} segments afterwards.", .count(Int(trace.aftermath.data[side]))),
          frames: [trace.aftermath.dataFrame[side]]))
    }
    if signs.contains(.progressAfter) {
      evidence.append(
        Evidence(
          "acknowledgment_after_own_reset",
          Phrase("Its supposed sender acknowledged more than before, afterwards."),
          frames: [trace.aftermath.progressFrame[side]]))
    }
    if signs.contains(.sequenceChange) {
      evidence.append(
        Evidence(
          "reset_sequence_change", Phrase("Two resets with rising sequence numbers that no stack sends."),
          frames: [segment.frame]))
    }
    if signs.contains(.acknowledgmentChange) {
      evidence.append(
        Evidence(
          "reset_acknowledgment_change",
          Phrase("Two resets with different acknowledgments of what was never sent."), frames: [segment.frame]))
    }
    if signs.contains(.reservedBits) {
      evidence.append(
        Evidence(
          "reset_reserved_bits", Phrase("Reserved bits of its TCP header are set, as no stack does."),
          frames: [segment.frame]))
    }
    if signs.contains(.strangeIdentification) {
      evidence.append(
        Evidence(
          "strange_identification",
          Phrase(
            "IPv4 identification {} beyond the sender's own counter.", .count(Int(segment.identificationStep))),
          frames: [segment.frame]))
    }
    if signs.contains(.strangeTimeToLive) {
      evidence.append(
        Evidence(
          "strange_ttl",
          Phrase(
            "TTL {}; the same end had used {} before.", .count(Int(segment.timeToLive)),
            .count(Int(state.sides[side].timesToLive[0]))), frames: [segment.frame]))
    }
    if signs.contains(.outOfPlace) {
      evidence.append(
        Evidence(
          "sequence_behind",
          Phrase("{} bytes behind what the same end had sent.", .count(Int(-Int64(segment.beyondNext)))),
          frames: [segment.frame]))
    }
    return evidence + ResetFingerprint.evidence(of: side, trace)
  }

  /// Held against the grammar of genuine resets (METHOD.md M1.0); nil if none fits.
  private static func genuine(
    _ segment: ResetSegment, _ signs: Signs, _ state: TCPState, _ flow: FlowObservation, _ known: Circumstances
  ) -> Judgment? {
    let bySelf = Int(segment.side) == flow.clientSide
    func end(_ mechanism: Mechanism, _ reason: Phrase) -> Judgment {
      var judgment = Judgment(.reset, mechanism, grade: .none, reason: reason)
      judgment.attribution = .endpoint
      judgment.score = known.thresholds.score.resetEndpoint.value
      judgment.evidence = [
        Evidence("reset", Phrase("Reset with TTL {}.", .count(Int(segment.timeToLive))), frames: [segment.frame])
      ]
      return judgment
    }
    if segment.answersSYN, !segment.established {
      // Windows sends a refused SYN again, with the same number: some servers accept it then.
      return end(
        .resetRefused,
        Phrase(
          state.opening.isRepeatedLater
            ? "The SYN was answered with a reset in {} and sent again: the connection that follows tells what came of it."
            : "The SYN was answered with a reset in {}: the port is closed.", .frame(segment.frame)))
    }
    let strange = segment.senderSeen && signs.contains(.strangeTimeToLive)
    if segment.flags.contains(.ack), segment.senderSeen, segment.beyondNext == 0, !strange {
      // A live socket's abort continues its own numbers: exactly snd_nxt.
      return end(
        .resetEndpoint,
        Phrase(
          bySelf
            ? "The client aborted the connection in {}: the reset continues its own numbers."
            : "The server aborted the connection in {}: the reset continues its own numbers.",
          .frame(segment.frame)))
    }
    if !segment.flags.contains(.ack), segment.answersAcknowledgment, !strange {
      if !bySelf, segment.openerDataSegments <= 2, state.sides[1 - Int(segment.side)].payload > 0,
        state.sides[Int(segment.side)].payload == 0
      {
        // A dead socket's answer to a fresh connection's first request: a server that lost its state within moments, or
        // somebody who knows the acknowledgment number. Only repetition could tell.
        return nil
      }
      return end(
        .resetEndpoint,
        Phrase("Reset in {} answers a segment for a connection that its sender no longer knew.", .frame(segment.frame)))
    }
    if bySelf, segment.beyondNext == 0 || segment.answersAcknowledgment {
      return end(
        .resetEndpoint, Phrase("The client reset the connection in {}.", .frame(segment.frame)))
    }
    if !segment.senderSeen {
      return Claim.inconclusive(
        "mid_flow", seen: 0, needed: 1,
        Phrase("The reset in {} is the first packet of its sender in this capture.", .frame(segment.frame)))
    }
    return nil
  }
}
