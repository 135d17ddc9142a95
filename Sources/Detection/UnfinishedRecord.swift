internal import Flow
internal import Settings
internal import Verdict

/// Answers that stop in the middle of a TLS record while the client waits (METHOD.md M2.5).
///
/// A record's length is announced, so the rest of it is owed, whether or not the client asks again; and a server hands whole
/// records to its stack, which sends them on as long as the client has room. Claims `freeze` where several flows of
/// one client to one network stopped like that one after the other, after nearly the same count (`FreezeCounts`), with
/// segments among them that are as large as any; of one flow nothing more than that it is unfinished.
/// Cannot tell apart: a filter, a server or its route that died, a limit of the server's own.
enum UnfinishedRecord {
  /// Judges a connection whose server has begun a record; nil if it was not silent for long, or had to be.
  static func judge(
    _ flow: FlowObservation, _ state: TCPState, _ trace: ResetTrace?, _ known: Circumstances
  ) -> Judgment? {
    let limits = known.thresholds.silence
    let mine = state.sides[flow.clientSide]
    let theirs = state.sides[1 - flow.clientSide]
    guard flow.owedBytes > 0, state.responder != flow.clientSide, !theirs.sent.contains(.rst),
      room(mine, theirs) >= Int64(flow.owedBytes), let end = end(of: flow, mine, trace, known)
    else { return nil }
    // What the client acknowledged beyond it, in its reset perhaps, came, and the capture missed it.
    var beyond = TransferSide(mine).missed(of: TransferSide(theirs))
    if let trace, trace.count > 0 { beyond = max(beyond, trace.segments[0].beyondPeer) }
    if beyond > 0 {
      return Claim.inconclusive(
        "capture_missed", seen: Double(beyond), needed: 0,
        Phrase(
          "The client acknowledged {} bytes beyond the server's last in this capture: the capture missed them.",
          .count(Int(beyond))))
    }
    let silent = TimeWindow(first: theirs.nextTime, last: end)
    let least = max(limits.cutoff.integer, Int64(limits.gapFactor.value * Double(theirs.longestGap)))
    guard silent.last &- silent.first >= least else { return nil }
    // All that the client sent since was sent in vain or nothing at all: its reset is none of the exchange.
    let waited = UInt64(mine.unanswered) + UInt64(mine.resets) + UInt64(mine.twins) + UInt64(theirs.twins)
    let packets = flow.packets.client + flow.packets.server - min(flow.packets.client, waited)
    let payload = UInt64(mine.payload) + UInt64(theirs.payload)
    if let freeze = freeze(flow, mine, theirs, silent, packets, payload, known) { return freeze }
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
      let constancy = known.replication.freezes.constancy(of: flow, over: .tcp, limits),
      // A path that loses large segments stops at the first of them: such ones had passed.
      Int64(theirs.payload) > limits.pathPayload.integer * Int64(theirs.dataSegments),
      Silence.lineAway(flow, silent, known) == nil, Silence.lossyCapture(known) == nil,
      known.around.hasArrival(at: flow.client, from: flow.server, in: silent, margin: limits.bin.integer)
    else { return nil }
    var judgment = Claim.finding(
      .dropped, .cutoff, .down, known.thresholds.score.cutoff,
      Phrase(
        "{} stopped in the middle of a record, {} bytes before its end, and was silent for {} while the client waited.",
        .endpoint(flow.server, flow.serverPort), .count(Int(flow.owedBytes)), .duration(silent.last &- silent.first)))
    judgment.window = silent
    judgment.evidence = [
      Evidence(
        "unfinished_record",
        Phrase(
          "A TLS record lacks {} of its bytes; all before them arrived, and the client's window had room.",
          .count(Int(flow.owedBytes))), frames: [flow.firstFrame])
    ]
    Silence.settle(
      &judgment, flow, known, transport: .tcp, trials: constancy.flows, window: silent,
      alternatives: ["server-down", "routing"])
    Freeze.mark(
      &judgment, flow, .tcp, packets: packets, payload: payload, lastAnswer: theirs.last, longestGap: theirs.longestGap,
      since: theirs.last,
      frame: flow.firstFrame, known)
    return judgment
  }
}
