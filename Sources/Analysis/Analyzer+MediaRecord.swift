internal import Detection
internal import Flow
internal import Verdict

/// What a flow's record says of media beside RTP, and of what was lost behind the capture point.
extension Analyzer {
  /// Fills it in.
  func fillMedia(_ record: inout FlowRecord, _ outline: FlowOutline, _ known: Circumstances) {
    record.opaque = nil
    record.pings = nil
    record.control = nil
    record.upstream = nil
    let flow = table.flows[outline.index]
    guard !outline.isTCP, flow.facts != FlowState.none else { return }
    let fact = facts[flow.facts]
    let client = Int(outline.clientSide)
    if fact.media != FlowState.none {
      let media = mediaFacts[fact.media]
      if media.pings[client] > 0 {
        record.pings = PingRecord(
          sent: media.pings[client], answered: min(media.pings[client], media.pongs[1 - client]))
      }
      record.opaque = opaque(fact, client)
      let control = ControlRecord(
        up: Self.control(media.control[client]), down: Self.control(media.control[1 - client]))
      if control.up != nil || control.down != nil { record.control = control }
    }
    record.upstream = upstream(flow, fact, client, record.streams, feedback(outline, fact, known))
  }

  private func opaque(_ fact: FlowFacts, _ client: Int) -> OpaqueMediaRecord? {
    guard let records = sealedRecords(fact) else { return nil }
    let sides = (sealed[records][client], sealed[records][1 - client])
    guard hasOpaqueMedia(fact) || max(sides.0.packets, sides.1.packets) >= Self.leastRecords else { return nil }
    let hasNumbers = sides.0.numbered > 0 || sides.1.numbered > 0
    return OpaqueMediaRecord(
      basis: hasNumbers ? .records : .datagrams, up: Self.side(sides.0), down: Self.side(sides.1))
  }

  /// Records of application data that are worth a word.
  private static let leastRecords: UInt32 = 8

  private static func side(_ side: SealedRecords) -> OpaqueMediaRecord.Side {
    let span = side.last > side.first ? side.last &- side.first : 0
    return OpaqueMediaRecord.Side(
      packets: UInt64(side.packets), expected: side.numbered > 0 ? side.expected : nil,
      lost: side.numbered > 0 ? side.lost : nil,
      bitrate: span > 0 ? Int64(Double(side.bytes) * 8e9 / Double(span)) : nil,
      silence: side.packets > 1 ? Double(side.longestGap) / 1e6 : nil)
  }

  private static func control(_ indices: ControlIndices) -> ControlRecord.Side? {
    indices.counts.map { ControlRecord.Side(packets: $0.packets, expected: $0.expected) }
  }

  /// What the other side's reports say of the client's media.
  private func upstream(
    _ flow: FlowState, _ fact: FlowFacts, _ client: Int, _ streams: [StreamRecord],
    _ feedback: ControlReports.Feedback
  ) -> UpstreamEstimate? {
    var checks: (asked: UInt32, unanswered: UInt32) = (0, 0)
    if fact.dialogue != FlowState.none {
      let tally = dialogues[fact.dialogue][.check(by: client)]
      // The last one may be under way.
      if tally.answered > 0 { checks = (tally.asked, tally.asked &- min(tally.asked, tally.answered &+ 1)) }
    }
    let own = streams.filter { $0.direction == .up }
    let sent = own.reduce(UInt64(0)) { $0 + $1.packets }
    var estimate: UpstreamEstimate
    if let report = Self.reported(feedback, own) {
      estimate = UpstreamEstimate(basis: .receiverReport)
      estimate.lost = report.lost
      estimate.sent = report.expected
    } else if feedback.nackEntries > 0 {
      estimate = UpstreamEstimate(basis: .nack)
      estimate.lost = UInt64(feedback.nackEntries)
      estimate.sent = sent > 0 ? sent : nil
    } else if checks.asked >= Self.leastChecks, checks.unanswered >= 2, sent > 0 || fact.media != FlowState.none {
      estimate = UpstreamEstimate(basis: .consent)
      estimate.ratio = Double(checks.unanswered) / Double(checks.asked)
    } else {
      return nil
    }
    if let lost = estimate.lost, let of = estimate.sent, of > 0 {
      estimate.ratio = min(1, Double(lost) / Double(of))
    }
    estimate.nacks = feedback.nackEntries
    estimate.keyFrameRequests = feedback.keyFrameRequests
    estimate.transportFeedback = feedback.transport
    estimate.checks = checks.asked
    estimate.unanswered = checks.unanswered
    if feedback.nackEntries > 0 { estimate.retransmitted = retransmitted(flow, client, feedback) }
    return estimate
  }

  /// Checks from which on a share of them means anything.
  private static let leastChecks: UInt32 = 20

  /// Latest receiver reports on the streams that were seen to go out, or on any if none was.
  private static func reported(
    _ feedback: ControlReports.Feedback, _ own: [StreamRecord]
  ) -> (lost: UInt64, expected: UInt64)? {
    var sum: (lost: UInt64, expected: UInt64) = (0, 0)
    var found = false
    for report in feedback.reported {
      let stream = own.first { $0.ssrc == report.ssrc }
      guard stream != nil || own.isEmpty else { continue }
      found = true
      sum.lost += UInt64(max(0, report.lost))
      sum.expected += stream?.packets ?? 0
    }
    return found ? sum : nil
  }

  /// Packets of a stream that began after the first NACK and is far smaller than the others: RFC 4588 sends again on a
  /// source of its own. Nil if there is no such stream.
  private func retransmitted(_ flow: FlowState, _ client: Int, _ feedback: ControlReports.Feedback) -> UInt64? {
    var most: UInt32 = 0
    var again: UInt64?
    for pass in 0..<2 {
      var index = udp[flow.detail].streams
      while index != FlowState.none {
        let stream = streams[index]
        index = stream.following
        guard Int(stream.side) == client else { continue }
        if pass == 0 {
          most = max(most, stream.packets)
        } else if stream.first >= feedback.firstNACK, stream.packets < most / 4,
          UInt64(stream.packets) <= 17 * UInt64(feedback.nackEntries)
        {
          again = (again ?? 0) + UInt64(stream.packets)
        }
      }
    }
    return again
  }
}
