public import Flow
internal import Settings
public import Verdict
internal import Wire

/// TCP resets: whose they were.
///
/// Each reset is first held against what a genuine stack sends in its place (METHOD.md M1.0): a closed port, an
/// abort of a live socket, a dead socket's answer. A third party is claimed only on two independent signs: the reset
/// came sooner than its supposed sender could have answered, the sender went on sending new data, two resets contradict
/// each other (NDSS'09 RST_SEQ_CHANGE), or a TTL that the sender never used; a TTL alone proves nothing (28 % of normal
/// resets differ). Cannot tell apart: censor, enterprise firewall, carrier NAT, the host's own packet filter; and a
/// reset rewritten in place, which carries the sender's own headers.
public enum Resets {
  /// Signs that a reset is not its supposed sender's, one bit each.
  struct Signs: OptionSet {
    let rawValue: UInt8
    static let early = Signs(rawValue: 1)
    static let dataAfter = Signs(rawValue: 2)
    static let sequenceChange = Signs(rawValue: 4)
    static let strangeTimeToLive = Signs(rawValue: 8)
    static let outOfPlace = Signs(rawValue: 16)
    /// An endpoint could not have produced these.
    static let hard: Signs = [.early, .dataAfter, .sequenceChange]

    var count: Int { rawValue.nonzeroBitCount }
  }

  /// Judges the resets of a connection; nil if there was none.
  public static func judge(
    _ flow: FlowObservation, _ state: TCPState, _ trace: ResetTrace?, _ known: Circumstances
  ) -> Judgment? {
    guard let trace, trace.count > 0 else { return nil }
    var chosen: (segment: ResetSegment, signs: Signs)?
    for side in 0..<2 {
      guard let first = firstReset(trace, side) else { continue }
      let signs = signs(first, state, trace, known)
      // The side with the stronger contradiction speaks; the earlier reset on a tie.
      if let current = chosen {
        let stronger = !signs.isDisjoint(with: .hard) && signs.count > current.signs.count
        if stronger || (signs.count == current.signs.count && first.time < current.segment.time) {
          chosen = (first, signs)
        }
      } else {
        chosen = (first, signs)
      }
    }
    guard let (segment, signs) = chosen else { return nil }
    if isIgnored(segment, trace, flow) { return ignored(segment, trace, flow, known) }
    if !signs.isDisjoint(with: .hard), signs.count >= 2 {
      return injected(segment, signs, state, trace, flow, known)
    }
    if let judgment = genuine(segment, state, flow, known) { return judgment }
    return Claim.inconclusive(
      "reset_origin", seen: Double(signs.count), needed: 2,
      Phrase(
        "The connection was reset in {}; the reset fits no usual end of an endpoint, and too few signs say whose it was.",
        .frame(segment.frame)))
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

  private static func firstReset(_ trace: ResetTrace, _ side: Int) -> ResetSegment? {
    for place in 0..<Int(trace.count) where Int(trace.segments[place].side) == side { return trace.segments[place] }
    return nil
  }

  // MARK: Signs

  static func signs(
    _ segment: ResetSegment, _ state: TCPState, _ trace: ResetTrace, _ known: Circumstances
  ) -> Signs {
    let limits = known.thresholds.reset
    let side = Int(segment.side)
    var signs: Signs = []
    // How long the supposed sender needs at least, from this capture point: its own share of the handshake.
    let distance =
      Int64(side == Int(state.opener) ? state.acknowledgeMicroseconds : state.handshakeMicroseconds) &* 1000
    if distance >= limits.distance.integer, segment.sinceTrigger >= 0,
      Double(segment.sinceTrigger) < limits.early.value * Double(distance), !segment.afterClose
    {
      signs.insert(.early)
    }
    let reordering = max(limits.reorder.integer, distance / 4)
    if trace.aftermath.data[side] > 0, trace.aftermath.dataTime[side] &- segment.time > reordering {
      signs.insert(.dataAfter)
    }
    if hasSequenceChange(trace, side, state, limits) { signs.insert(.sequenceChange) }
    if segment.senderSeen, !segment.usedTimeToLive { signs.insert(.strangeTimeToLive) }
    // NDSS'09 RST_SEQ_DATA: behind what its sender had sent, and no acknowledgment explains the number.
    if segment.senderSeen, segment.beyondNext < -Int32(limits.sequenceSlack.integer), !segment.answersAcknowledgment {
      signs.insert(.outOfPlace)
    }
    return signs
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

  /// The connection went on as if nothing had happened: both sides exchanged more after the first reset, and closed.
  private static func isIgnored(_ segment: ResetSegment, _ trace: ResetTrace, _ flow: FlowObservation) -> Bool {
    trace.aftermath.packets[Int(segment.side)] >= 2 && trace.aftermath.exchanges >= 6 && Int(trace.count) <= 1
  }

  private static func ignored(
    _ segment: ResetSegment, _ trace: ResetTrace, _ flow: FlowObservation, _ known: Circumstances
  ) -> Judgment {
    var judgment = Claim.ok(
      Power("reset_effective", 1), known,
      Phrase(
        "A reset in {} had no effect: the connection went on with {} more packets.", .frame(segment.frame),
        .count(Int(trace.aftermath.exchanges))))
    judgment.evidence = [
      Evidence(
        "stray_reset",
        Phrase(
          "A reset that both ends ignored, {} bytes beyond the sender's numbers.", .count(Int(segment.beyondNext))),
        frames: [segment.frame])
    ]
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
    if signs.contains(.early) {
      let distance = Int64(side == Int(state.opener) ? state.acknowledgeMicroseconds : state.handshakeMicroseconds)
      judgment.evidence.append(
        Evidence(
          "reset_too_early",
          Phrase(
            "It came {} after the packet that it answers; its supposed sender needed {} in the handshake.",
            .duration(segment.sinceTrigger), .duration(distance &* 1000)), frames: [segment.frame]))
    }
    if signs.contains(.dataAfter) {
      judgment.evidence.append(
        Evidence(
          "data_after_own_reset",
          Phrase(
            "Its supposed sender sent new data in {} segments afterwards.", .count(Int(trace.aftermath.data[side]))),
          frames: [trace.aftermath.dataFrame[side]]))
    }
    if signs.contains(.sequenceChange) {
      judgment.evidence.append(
        Evidence(
          "reset_sequence_change", Phrase("Two resets with rising sequence numbers that no stack sends."),
          frames: [segment.frame]))
    }
    if signs.contains(.strangeTimeToLive) {
      judgment.evidence.append(
        Evidence(
          "strange_ttl",
          Phrase(
            "TTL {}; the same end had used {} before.", .count(Int(segment.timeToLive)),
            .count(Int(state.sides[side].timesToLive[0]))), frames: [segment.frame]))
    }
    if signs.contains(.outOfPlace) {
      judgment.evidence.append(
        Evidence(
          "sequence_behind",
          Phrase("{} bytes behind what the same end had sent.", .count(Int(-Int64(segment.beyondNext)))),
          frames: [segment.frame]))
    }
    judgment.excluders = [
      Excluder("endpoint-abort", .excluded),
      Excluder("reordering", .excluded),
      Excluder("capture-loss", known.around.drops == nil ? .unknown : .excluded),
      Excluder("host-firewall", signs.contains(.early) ? .excluded : .unknown),
    ]
    judgment.alternatives = ["enterprise-firewall", "carrier-nat"]
    let initial = segment.timeToLive == 64 || segment.timeToLive == 128 || segment.timeToLive == 255
    if initial, segment.sinceTrigger >= 0, segment.sinceTrigger < known.thresholds.reset.local.integer {
      judgment.alternatives.append("lan-box")
    }
    if !signs.contains(.early) { judgment.alternatives.append("host-firewall") }
    return judgment
  }

  /// Held against the grammar of genuine resets (METHOD.md M1.0); nil if none fits.
  private static func genuine(
    _ segment: ResetSegment, _ state: TCPState, _ flow: FlowObservation, _ known: Circumstances
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
      return end(
        .resetRefused,
        Phrase("The SYN was answered with a reset in {}: the port is closed.", .frame(segment.frame)))
    }
    // After a FIN a dead socket answers with the acknowledgment it was sent, a live one continues its numbers; other
    // numbers are nobody's usual end.
    if segment.afterClose, segment.answersAcknowledgment || segment.beyondNext == 0 || !segment.senderSeen {
      return end(
        .resetEndpoint, Phrase("Reset in {} after a FIN: an ordinary end.", .frame(segment.frame)))
    }
    let strange = segment.senderSeen && !segment.usedTimeToLive
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
