internal import Flow
internal import Settings
internal import Verdict

/// Answers that stop in the middle of a TLS record, or behind a full segment, while the client waits (METHOD.md M2.5).
///
/// A record's length is announced, so the rest of it is owed, whether or not the client asks again; and a server hands whole
/// records to its stack, which sends them on as long as the client has room. Where each record fills a segment none is ever
/// unfinished; but what is written ends within a segment mostly, and one flow in a thousand behind a full one. Claims `freeze`
/// where several flows of one client to one network stopped like that one after the other, after nearly the same count
/// (`FreezeCounts`), with segments among them that not every path carries, and those behind full segments after different
/// amounts; of one flow nothing more than that its record is unfinished.
/// Cannot tell apart: a filter, a server or its route that died, a limit of the server's own.
enum UnfinishedRecord {
  /// Judges a connection whose server has begun a record; nil if it was not silent for long, or had to be.
  static func judge(
    _ flow: FlowObservation, _ state: TCPState, _ trace: ResetTrace?, _ known: Circumstances
  ) -> Judgment? {
    let limits = known.thresholds.silence
    let mine = state.sides[flow.clientSide]
    let theirs = state.sides[1 - flow.clientSide]
    guard flow.owedBytes > 0 || flow.fullAfter > 0, state.responder != flow.clientSide, !theirs.sent.contains(.rst),
      room(mine, theirs) >= (flow.owedBytes > 0 ? Int64(flow.owedBytes) : 2 * Int64(theirs.largestLength)),
      let end = end(of: flow, mine, trace, known)
    else { return nil }
    // What the client acknowledged beyond it, in its reset perhaps, came, and the capture missed it.
    var beyond = TransferSide(mine).missed(of: TransferSide(theirs))
    if let trace, trace.count > 0 { beyond = max(beyond, trace.segments[0].beyondPeer) }
    if beyond > 0 {
      // Of a flow that owes nothing it is told where it counts (`Soundness`).
      guard flow.owedBytes > 0 else { return nil }
      return Claim.inconclusive(
        "capture_missed", seen: Double(beyond), needed: 0,
        Phrase(
          "The client acknowledged {} bytes beyond the server's last in this capture: the capture missed them.",
          .count(Int(beyond))))
    }
    let silent = TimeWindow(first: theirs.nextTime, last: end)
    guard silent.last &- silent.first >= silence(theirs, limits) else { return nil }
    let (packets, payload) = exchanged(flow, mine, theirs)
    if let freeze = freeze(flow, mine, theirs, silent, packets, payload, known) { return freeze }
    guard flow.owedBytes > 0 else { return full(flow, theirs, silent, packets, payload, known) }
    var judgment = Claim.inconclusive(
      "unfinished_record", seen: Double(flow.owedBytes), needed: 0,
      Phrase(
        "The server's latest record lacks {} bytes, for which the client had room; nothing more of it came within {}.",
        .count(Int(flow.owedBytes)), .duration(silent.last &- silent.first)))
    // What it has in common with other flows is told by all of them; alone it counts for nothing.
    if theirs.last == theirs.nextTime { judgment.exchanged = (packets, payload, theirs.last) }
    judgment.alternatives = ["server-down", "routing", "local-link"]
    return judgment
  }

  /// A flow that seems sound, and fell silent after as much as others for which that is a rule; nil if it did not.
  static func alike(_ flow: FlowObservation, _ state: TCPState, _ known: Circumstances) -> Judgment? {
    let limits = known.thresholds.silence
    let mine = state.sides[flow.clientSide]
    let theirs = state.sides[1 - flow.clientSide]
    guard flow.isServerRole, theirs.sent.isDisjoint(with: [.fin, .rst]), theirs.payload > 0,
      let end = end(of: flow, mine, nil, known), end &- theirs.last >= silence(theirs, limits)
    else { return nil }
    let (packets, payload) = exchanged(flow, mine, theirs)
    guard let constancy = known.replication.freezes.constancy(of: flow, after: (packets, payload), over: .tcp, limits),
      constancy.isOwed
    else { return nil }
    return stoppedAlike(constancy, end &- theirs.last)
  }

  private static func stoppedAlike(_ constancy: FreezeCounts.Constancy, _ silence: Int64) -> Judgment {
    var judgment = Claim.inconclusive(
      "stopped_alike", seen: Double(constancy.flows), needed: 0,
      Phrase(
        "Silent for {} after as much as {} flows of this client to the same network, which stopped after {} to {} packets: what came may have been all, or the rest was dropped.",
        .duration(silence), .count(constancy.flows), .count(Int(clamping: constancy.packets.lowerBound)),
        .count(Int(clamping: constancy.packets.upperBound))))
    judgment.alternatives = ["server-limit", "server-down", "routing"]
    return judgment
  }

  /// A flow that stopped behind a full segment: as any of a thousand does by chance, unless others stopped so too.
  private static func full(
    _ flow: FlowObservation, _ theirs: TCPSide, _ silent: TimeWindow, _ packets: UInt64, _ payload: UInt64,
    _ known: Circumstances
  ) -> Judgment? {
    guard flow.isServerRole, flow.isWeb, theirs.last == theirs.nextTime else { return nil }
    guard known.replication.isComplete else {
      var judgment = Claim.inconclusive(
        "stopped_alike", seen: 1, needed: 0, Phrase("The server stopped behind a segment as large as the one before."))
      judgment.exchanged = (packets, payload, theirs.last)
      return judgment
    }
    guard
      let constancy = known.replication.freezes.constancy(
        of: flow, after: (packets, payload), over: .tcp, known.thresholds.silence)
    else { return nil }
    return stoppedAlike(constancy, silent.last &- silent.first)
  }

  /// How long a silence must last, ns.
  private static func silence(_ theirs: TCPSide, _ limits: Thresholds.Silence) -> Int64 {
    max(limits.cutoff.integer, Int64(limits.gapFactor.value * Double(theirs.longestGap)))
  }

  /// Packets and bytes of payload of both directions. All that the client sent since was sent in vain or nothing at all: its reset
  /// is none of the exchange.
  private static func exchanged(
    _ flow: FlowObservation, _ mine: TCPSide, _ theirs: TCPSide
  ) -> (packets: UInt64, payload: UInt64) {
    let waited = UInt64(mine.unanswered) + UInt64(mine.resets) + UInt64(mine.twins) + UInt64(theirs.twins)
    return (
      flow.packets.client + flow.packets.server - min(flow.packets.client, waited),
      UInt64(mine.payload) + UInt64(theirs.payload)
    )
  }

  /// When the waiting ended: with the client's reset or the last that it sent behind its FIN, else with the capture.
  private static func end(
    of flow: FlowObservation, _ mine: TCPSide, _ trace: ResetTrace?, _ known: Circumstances
  ) -> Int64? {
    guard let trace else {
      if mine.sent.contains(.fin) { return mine.unanswered > 0 ? mine.unansweredSince : mine.last }
      return known.around.end == .max ? flow.last : known.around.end
    }
    let first = trace.segments[0]
    return trace.count > 0 && Int(first.side) == flow.clientSide ? first.time : nil
  }

  /// How much the client was ready to take, bytes. Its window is scaled only if both offered it (RFC 7323 section 2.2).
  private static func room(_ mine: TCPSide, _ theirs: TCPSide) -> Int64 {
    let isScaled = mine.windowShift <= 14 && theirs.windowShift <= 14 && theirs.windowShift > 0
    return Int64(mine.window) << (isScaled ? Int64(mine.windowShift) : 0)
  }

  private static func freeze(
    _ flow: FlowObservation, _ mine: TCPSide, _ theirs: TCPSide, _ silent: TimeWindow, _ packets: UInt64,
    _ payload: UInt64, _ known: Circumstances
  ) -> Judgment? {
    let limits = known.thresholds.silence
    guard flow.isServerRole, theirs.last == theirs.nextTime, flow.dialogue?.icmpErrors ?? 0 == 0,
      Silence.cutError(flow, .tcp, known) == nil,
      let constancy = known.replication.freezes.constancy(of: flow, after: (packets, payload), over: .tcp, limits),
      constancy.isOwed, flow.owedBytes > 0 || flow.isWeb && flow.isCutOff,
      // A path that loses large segments stops at the first of them: such ones had passed.
      Int64(theirs.largestLength) > limits.pathPayload.integer,
      Silence.lineAway(flow, silent, known) == nil, Silence.lossyCapture(known) == nil,
      known.around.hasArrival(at: flow.client, from: flow.server, in: silent, margin: limits.bin.integer)
    else { return nil }
    let isUnfinished = flow.owedBytes > 0
    let endpoint = Quantity.endpoint(flow.server, flow.serverPort)
    let silence = Quantity.duration(silent.last &- silent.first)
    var judgment = Claim.finding(
      .dropped, .cutoff, .down, known.thresholds.score.cutoff,
      isUnfinished
        ? Phrase(
          "{} stopped in the middle of a record, {} bytes before its end, and was silent for {} while the client waited.",
          endpoint, .count(Int(flow.owedBytes)), silence)
        : Phrase(
          "{} stopped behind a full segment and was silent for {} while the connection stayed open.", endpoint, silence)
    )
    judgment.window = silent
    judgment.evidence = [
      isUnfinished
        ? Evidence(
          "unfinished_record",
          Phrase(
            "A TLS record lacks {} of its bytes; all before them arrived, and the client's window had room.",
            .count(Int(flow.owedBytes))), frames: [flow.firstFrame])
        : Evidence(
          "stopped_behind_full_segment",
          Phrase(
            "The last segment holds {} bytes, as many as the one before: what is written ends within one mostly, and the client's window had room.",
            .count(Int(theirs.newestLength))), frames: [flow.firstFrame])
    ]
    Silence.settle(
      &judgment, flow, known, transport: .tcp, trials: constancy.flows, window: silent,
      alternatives: isUnfinished ? ["server-down", "routing"] : ["answer-complete", "server-down", "routing"])
    Freeze.mark(
      &judgment, flow, .tcp, packets: packets, payload: payload, lastAnswer: theirs.last, longestGap: theirs.longestGap,
      since: theirs.last,
      frame: flow.firstFrame, known)
    return judgment
  }
}
