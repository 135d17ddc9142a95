internal import Detection
internal import Flow
internal import Recognition
internal import Settings
internal import Verdict

/// Flows to calls: what one client's relays, checks, handshakes and media around the same time are parts of.
struct CallAssembler {
  /// A call while it is put together.
  private struct Draft {
    var members: [Candidate]
    var client: IPAddress
    var first: Int64
    var last: Int64
    var application: ApplicationMatch?
  }

  /// A flow that may be part of a call.
  private struct Candidate {
    let position: Int
    let outline: FlowOutline
  }

  private let judge: FlowJudge
  private let flows: FlowList
  private var identity: Identity
  private var calls = Calls()
  /// TCP flows that may carry a call, by client; found when the first is asked for.
  private var carriers: [IPAddress: [Int]]?
  /// Flows of one client that begin within this time of each other's span belong to one call.
  private static let slack: Int64 = 10_000_000_000

  init(flows: FlowList, judge: FlowJudge, identity: Identity) {
    self.flows = flows
    self.judge = judge
    self.identity = identity
  }

  /// Puts the calls together.
  mutating func assemble() -> Calls {
    var drafts: [Draft] = []
    var latest: [IPAddress: [Int]] = [:]
    var beside: [Candidate] = []
    for position in 0..<flows.count where flows.places[position].marks.contains(.mayBeOfCall) {
      let outline = flows[position]
      let candidate = Candidate(position: position, outline: outline)
      guard outline.isCallTraffic || outline.isSIP else {
        if outline.isPlainSTUN { beside.append(candidate) }
        continue
      }
      let own = outline.application?.grade == .weak ? nil : outline.application
      if let index = latest[outline.client]?.last(where: { fits(outline, own, drafts[$0]) }) {
        drafts[index].members.append(candidate)
        drafts[index].last = max(drafts[index].last, outline.last)
        drafts[index].application = ApplicationMatch.louder(drafts[index].application, own)
      } else {
        latest[outline.client, default: []].append(drafts.count)
        drafts.append(
          Draft(
            members: [candidate], client: outline.client, first: outline.first, last: outline.last, application: own))
      }
    }
    // Plain STUN to a server beside a call is part of it; alone it is no call.
    for candidate in beside {
      let outline = candidate.outline
      if let index = latest[outline.client]?.last(where: { fits(outline, nil, drafts[$0]) }) {
        drafts[index].members.append(candidate)
      }
    }
    // SIP registration alone is no call.
    for index in drafts.indices where drafts[index].members.contains(where: { $0.outline.isCallTraffic }) {
      drafts[index].members.sort { $0.position < $1.position }
      finish(drafts[index])
    }
    calls.close()
    return calls
  }

  private func fits(_ outline: FlowOutline, _ own: ApplicationMatch?, _ draft: Draft) -> Bool {
    guard outline.first <= draft.last &+ Self.slack, outline.last &+ Self.slack >= draft.first else { return false }
    guard let own, let theirs = draft.application else { return true }
    return own.application == theirs.application
  }

  // MARK: One call

  private mutating func finish(_ draft: Draft) {
    var stage = Stage.signalling
    var firstMedia = Int64.max
    var lastMedia = Int64.min
    var hangUp: (time: Int64, local: Bool)?
    var members: [CallMember] = []
    for candidate in draft.members {
      let outline = candidate.outline
      let observation = judge.observe(outline)
      members.append(
        CallMember(
          position: candidate.position, outline: outline, observation: observation,
          verdict: judge.judge(outline, observation)))
      let reached = self.stage(of: outline, observation)
      if Stage.allCases.firstIndex(of: reached.stage) ?? 0 > Stage.allCases.firstIndex(of: stage) ?? 0 {
        stage = reached.stage
      }
      firstMedia = min(firstMedia, reached.firstMedia)
      lastMedia = max(lastMedia, reached.lastMedia)
      if let end = reached.hangUp, hangUp.map({ end.time < $0.time }) ?? true { hangUp = end }
    }
    let application = draft.application ?? members.lazy.compactMap { $0.outline.application }.first
    let isSIPCall = members.contains { $0.outline.isSIP }
    let fallback: Application? = isSIPCall ? .sip : members.contains { $0.isWebRTC } ? .webrtc : nil
    let span = TimeWindow(
      first: members[0].outline.first, last: members.reduce(Int64.min) { max($0, $1.outline.last) })
    if stage == .connectivity { CallMember.withholdSoundness(&members, judge.known.thresholds) }
    var verdict = CallMember.verdict(members)
    let fellBack = verdict.outcome == .dropped && carriedOn(draft, span)
    if fellBack {
      verdict.evidence.append(
        Evidence(
          "u13_carried_on_over_tcp", Phrase("Meanwhile TCP to the same application carried data both ways (U13).")))
    }
    let number = calls.count
    let parts = members.map { member in
      let community = identity.communityID(member.outline)
      return Calls.Member(
        position: member.position, call: number, id: identity.flow(community, member.outline), communityID: community,
        verdict: member.verdict)
    }
    let ids = parts.map(\.id)
    let record = CallRecord(
      id: identity.call(ids), application: application?.application ?? fallback,
      applicationGrade: application?.grade ?? (fallback == nil ? nil : .likely), flows: ids, stage: stage,
      ended: hangUp != nil, endedBy: hangUp.map { $0.local ? .local : .remote }, first: span.first, last: span.last,
      setup: firstMedia == .max ? nil : Double(firstMedia &- span.first) / 1e6,
      media: lastMedia == .min ? nil : Double(lastMedia &- firstMedia) / 1e9, verdict: verdict,
      controls: controls(draft.client, members, span), masked: fellBack)
    calls.add(Calls.Call(record: record, first: members[0].position, application: application), parts)
  }

  /// How far a flow got, when its media ran and whether somebody hung up on it.
  private func stage(
    of outline: FlowOutline, _ observation: FlowObservation
  ) -> (stage: Stage, firstMedia: Int64, lastMedia: Int64, hangUp: (time: Int64, local: Bool)?) {
    var firstMedia = min(observation.media.client.first, observation.media.server.first)
    var lastMedia = max(observation.media.client.last, observation.media.server.last)
    if observation.hasOpaqueMedia {
      let opaque = flows.shards[outline.shard].analyzer.opaqueSpan(outline.index)
      firstMedia = min(firstMedia, opaque.first)
      lastMedia = max(lastMedia, opaque.last)
    }
    var hangUp: (time: Int64, local: Bool)?
    var stage = Stage.signalling
    if let dialogue = observation.dialogue {
      if dialogue.hangUp != .max {
        hangUp = (dialogue.hangUp, dialogue.hangUpSide == outline.clientSide)
      }
      if observation.isServerRole, outline.packets.server > 0 { stage = .relay }
      // Checks through a relay are the peers' own as well.
      let checked = dialogue[.checkBySide0].answered &+ dialogue[.checkBySide1].answered
      if dialogue.answeredChecks > 0 || checked > 0 { stage = .connectivity }
      if dialogue.handshakeRecords[0] > 0 && dialogue.handshakeRecords[1] > 0 { stage = .handshake }
    }
    // Both ways, or one way where it is all the capture could see: media is media.
    let both = observation.media.client.packets > 0 && observation.media.server.packets > 0
    if both || observation.hasOpaqueMedia && outline.packets.server > 0 { stage = .media }
    return (stage, firstMedia, lastMedia, hangUp)
  }

  // MARK: Beside the call

  /// TCP to servers of the same application, both ways, while the relays were silent: the call went on another way.
  private mutating func carriedOn(_ draft: Draft, _ span: TimeWindow) -> Bool {
    guard let application = draft.application?.application else { return false }
    let carriers = carriers ?? findCarriers()
    self.carriers = carriers
    return (carriers[draft.client] ?? []).contains { position in
      let outline = flows[position]
      return outline.application?.application == application && outline.first <= span.last && outline.last >= span.first
        && Double(min(outline.bytes.client, outline.bytes.server)) >= Self.mediaRate
          * Double(max(1, outline.last &- outline.first)) / 1e9
    }
  }

  private func findCarriers() -> [IPAddress: [Int]] {
    var carriers: [IPAddress: [Int]] = [:]
    for position in 0..<flows.count where !flows.places[position].marks.contains(.oneSided) {
      let outline = flows.unnamed(position)
      if outline.isTCP, min(outline.packets.client, outline.packets.server) >= Self.mediaOverTCP {
        carriers[outline.client, default: []].append(position)
      }
    }
    return carriers
  }

  /// Packets each way, and bytes a second each way, from which on a TCP flow may carry a call: half of 8 kbit/s Opus.
  private static let mediaOverTCP: UInt64 = 100
  private static let mediaRate = 500.0

  private mutating func controls(_ client: IPAddress, _ members: [CallMember], _ span: TimeWindow) -> [UInt64] {
    let servers = Set(members.filter { $0.verdict.isFinding }.map { $0.outline.server })
    var positions: [Int] = []
    for server in servers.sorted() {
      for neighbor in judge.known.around.controls(
        for: client, server: server, transport: .udp, window: span,
        slack: judge.known.thresholds.silence.controlOverlap.integer)
      where !servers.contains(neighbor.server) && !positions.contains(neighbor.position)
        && neighbor.trials >= Int(judge.known.thresholds.silence.trials.integer)
      {
        positions.append(neighbor.position)
      }
    }
    return positions.prefix(16).map { position in
      let outline = flows.unnamed(position)
      return identity.flow(identity.communityID(outline), outline)
    }
  }
}

extension Analyzer {
  /// When a flow's datagrams of no known format were seen.
  fileprivate func opaqueSpan(_ index: UInt32) -> (first: Int64, last: Int64) {
    let facts = facts[table.flows[index].facts]
    return (facts.firstOpaque, max(facts.lastOpaque[0], facts.lastOpaque[1]))
  }
}
