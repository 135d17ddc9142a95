internal import Detection
internal import Flow
internal import Verdict

/// What both ends' RTCP in clear says of a flow's media.
extension Analyzer {
  /// What a side said; nil if it said nothing that can be read.
  private func reports(_ fact: UInt32, _ side: Int) -> ControlReports? {
    guard fact != FlowState.none, facts[fact].media != FlowState.none else { return nil }
    let said = mediaFacts[facts[fact].media].feedback[side]
    guard said.reportedCount > 0 || said.countedCount > 0 || said.nackEntries > 0 else { return nil }
    var receptions: [ControlReports.Reception] = []
    for index in 0..<Int(said.reportedCount) {
      let report = said.reported[index]
      // A receiver that began to count anew says nothing of before.
      let expected = Int64(report.highest) - Int64(report.base)
      let lost = Int64(report.lost) - Int64(report.baseLost)
      guard expected > 0, lost >= 0, lost <= expected else { continue }
      receptions.append(
        ControlReports.Reception(
          ssrc: report.ssrc, lost: lost, expected: expected, window: TimeWindow(first: report.first, last: report.last))
      )
    }
    var announced: Int64 = 0
    for index in 0..<Int(said.countedCount) {
      announced += max(0, Int64(said.counted[index].latest) - Int64(said.counted[index].base))
    }
    var reports = ControlReports(receptions: receptions, announced: announced)
    reports.feedback = ControlReports.Feedback(said)
    return reports
  }

  /// Notes that a flow has media, of which others' RTCP on the ports above its own speaks.
  func noteReported(_ outline: FlowOutline, in around: inout Surroundings) {
    guard !outline.isTCP, let path = Self.controlPath(outline) else { return }
    if around.reports[path] != nil || around.reports[path.back] != nil { around.reported.insert(path) }
  }

  /// From the client to the server on the ports above a flow's own (RFC 3550 section 11); nil if there are none.
  static func controlPath(_ outline: FlowOutline) -> ControlPath? {
    guard outline.clientPort < .max, outline.serverPort < .max else { return nil }
    return ControlPath(
      from: Socket(outline.client, outline.clientPort + 1), to: Socket(outline.server, outline.serverPort + 1))
  }

  /// What the server's end says of the client's media, on the flow or, where they are not multiplexed, on the ports above its own. Of a
  /// flow of RTCP alone whose media are in the capture nothing: it is said of those.
  func feedback(_ outline: FlowOutline, _ fact: FlowFacts, _ known: Circumstances) -> ControlReports.Feedback {
    let flow = table.flows[outline.index]
    var own = ControlReports.Feedback()
    if fact.media != FlowState.none {
      own = ControlReports.Feedback(mediaFacts[fact.media].feedback[1 - Int(outline.clientSide)])
    }
    if known.around.reports.isEmpty { return own }
    if udp[flow.detail].streams == FlowState.none {
      let path = ControlPath(
        from: Socket(outline.client, outline.clientPort), to: Socket(outline.server, outline.serverPort))
      return known.around.reported.contains(path) || known.around.reported.contains(path.back)
        ? ControlReports.Feedback() : own
    }
    guard own.isEmpty, let path = Self.controlPath(outline) else { return own }
    return known.around.reports[path.back]?.feedback ?? own
  }

  /// Ends whose reports are kept, so that a flood of them fills no memory.
  private static var mostReports: Int { 16_384 }

  /// Keeps how much RTCP a flow carries that has no media, and what of it is in clear.
  func noteReports(_ outline: FlowOutline, in around: inout Surroundings) {
    guard udp[table.flows[outline.index].detail].streams == FlowState.none,
      max(around.reports.count, around.controls.count) < Self.mostReports
    else {
      return
    }
    let fact = table.flows[outline.index].facts
    let client = Socket(outline.client, outline.clientPort)
    let server = Socket(outline.server, outline.serverPort)
    let side = Int(outline.clientSide)
    if fact != FlowState.none, facts[fact].dialogue != FlowState.none {
      let packets = dialogues[facts[fact].dialogue].controlPackets
      if packets[side] > 0 { around.controls[ControlPath(from: client, to: server)] = packets[side] }
      if packets[1 - side] > 0 { around.controls[ControlPath(from: server, to: client)] = packets[1 - side] }
    }
    if let said = reports(fact, side) { around.reports[ControlPath(from: client, to: server)] = said }
    if let said = reports(fact, 1 - side) { around.reports[ControlPath(from: server, to: client)] = said }
  }

  /// Adds the RTCP on the ports above those of a flow with media (RFC 3550 section 11): who only receives sends it there if the two
  /// are not multiplexed (RFC 5761).
  func addControl(_ outline: FlowOutline, _ known: Circumstances, to observation: inout FlowObservation) {
    guard !known.around.controls.isEmpty, outline.clientPort < .max, outline.serverPort < .max else { return }
    let own = Socket(outline.client, outline.clientPort + 1)
    let other = Socket(outline.server, outline.serverPort + 1)
    observation.media.client.control &+= known.around.controls[ControlPath(from: own, to: other)] ?? 0
    observation.media.server.control &+= known.around.controls[ControlPath(from: other, to: own)] ?? 0
  }

  /// Adds what the ends say of a flow's media, on the flow or on the ports above its own (RFC 3550 section 11).
  func addReports(_ outline: FlowOutline, _ known: Circumstances, to observation: inout FlowObservation) {
    let flow = table.flows[outline.index]
    let side = Int(outline.clientSide)
    var client = reports(flow.facts, side)
    var server = reports(flow.facts, 1 - side)
    if client == nil, server == nil, !known.around.reports.isEmpty, outline.clientPort < .max,
      outline.serverPort < .max
    {
      let own = Socket(outline.client, outline.clientPort + 1)
      let other = Socket(outline.server, outline.serverPort + 1)
      client = known.around.reports[ControlPath(from: own, to: other)]
      server = known.around.reports[ControlPath(from: other, to: own)]
    }
    guard client != nil || server != nil else { return }
    observation.media.client.announced = client?.announced ?? 0
    observation.media.server.announced = server?.announced ?? 0
    if let server { observation.media.client.report = report(server, on: flow, side) }
    if let client { observation.media.server.report = report(client, on: flow, 1 - side) }
  }

  /// What was said of the streams of a side.
  private func report(_ said: ControlReports, on flow: FlowState, _ side: Int) -> ReceiverReport? {
    var report: ReceiverReport?
    var isWhole = true
    forEachStream(of: flow) { index in
      let stream = streams[index]
      guard Int(stream.side) == side else { return }
      guard let reception = said.receptions.first(where: { $0.ssrc == stream.ssrc }), stream.restarts == 0 else {
        if stream.lost > 0 { isWhole = false }
        return
      }
      let before = report ?? ReceiverReport(lost: 0, expected: 0, window: reception.window)
      report = ReceiverReport(
        lost: before.lost + reception.lost, expected: before.expected + reception.expected,
        window: TimeWindow(
          first: max(before.window.first, reception.window.first),
          last: min(before.window.last, reception.window.last)))
    }
    report?.isWhole = isWhole
    return report
  }
}

extension ControlReports.Feedback {
  /// What one side said.
  fileprivate init(_ said: MediaFacts.Feedback) {
    self.init()
    for index in 0..<Int(said.reportedCount) { reported.append((said.reported[index].ssrc, said.reported[index].lost)) }
    nackEntries = said.nackEntries
    keyFrameRequests = said.keyFrameRequests
    transport = said.transport
    firstNACK = said.firstNACK
  }
}
