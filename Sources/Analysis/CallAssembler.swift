internal import Detection
internal import Flow
internal import Recognition
internal import Settings
internal import Verdict

/// Flows to calls: what one client's relays, checks, handshakes and media around the same time are parts of.
///
/// Which flows are one call's is told for all of them first. A call is judged when its first flow is to be written: the
/// verdicts of its flows wait here until these are, and no longer.
struct CallAssembler {
  /// A call while it is put together, and its name when it was judged.
  private struct Draft {
    let client: IPAddress
    var first: Int64
    var last: Int64
    var application: ApplicationMatch?
    /// Its first flow, as a place among the candidates; -1 before they are linked.
    var head: Int32 = -1
    /// The client's draft before this one; -1 if there is none.
    let earlier: Int32
    /// A flow of it carries call traffic: SIP registration alone is no call.
    var isCall = false
    /// What it was named when it was judged.
    var id: UInt64 = 0
    var shared: Application?
    var own: ApplicationMatch?
  }

  /// A flow that may be part of a call.
  private struct Candidate: BitwiseCopyable {
    let position: UInt32
    /// Its call; -1 if it is part of none.
    var draft: Int32 = -1
    /// Next flow of the same call; -1 at the end.
    var following: Int32 = -1
    /// Where its verdict waits; -1 before the call was judged.
    var waiting: Int32 = -1
  }

  /// A flow of a call that was judged with it, until it is written.
  private struct Member {
    let id: UInt64
    let communityID: CommunityID
    let verdict: Judgment
  }

  private let judge: FlowJudge
  private let flows: FlowList
  private var identity: Identity
  private var drafts: [Draft] = []
  private var candidates: [Candidate] = []
  /// Candidates before this place were asked for.
  private var asked = 0
  private var waiting: [Member?] = []
  private var free: [Int32] = []
  /// Of the call that is judged.
  private var members: [CallMember] = []
  /// TCP flows that may carry a call, by client; found when the first is asked for.
  private var carriers: [IPAddress: [Int]]?
  /// Flows of one client that begin within this time of each other's span belong to one call.
  private static let slack: Int64 = 10_000_000_000

  init(flows: FlowList, judge: FlowJudge, identity: Identity) {
    self.flows = flows
    self.judge = judge
    self.identity = identity
    gather()
    link()
  }

  // MARK: Which flows

  private mutating func gather() {
    var clients = AddressIndex()
    /// By number of the client, its latest draft.
    var latest: [Int32] = []
    for position in 0..<flows.count where flows.places[position].marks.contains(.mayBeOfCall) {
      let outline = flows[position]
      guard outline.isCallTraffic || outline.isSIP else {
        // Plain STUN to a server beside a call is part of it; alone it is no call.
        if outline.isPlainSTUN { candidates.append(Candidate(position: UInt32(position))) }
        continue
      }
      let own = outline.application?.grade == .weak ? nil : outline.application
      let client = clients.number(outline.client)
      if client == latest.count { latest.append(-1) }
      let place = fitting(outline, own, from: latest[client])
      let draft: Int
      if place >= 0 {
        draft = Int(place)
        drafts[draft].last = max(drafts[draft].last, outline.last)
        drafts[draft].application = ApplicationMatch.louder(drafts[draft].application, own)
      } else {
        draft = drafts.count
        drafts.append(
          Draft(
            client: outline.client, first: outline.first, last: outline.last, application: own, earlier: latest[client])
        )
        latest[client] = Int32(draft)
      }
      if outline.isCallTraffic { drafts[draft].isCall = true }
      candidates.append(Candidate(position: UInt32(position), draft: Int32(draft)))
    }
    for index in candidates.indices where candidates[index].draft < 0 {
      let outline = flows[Int(candidates[index].position)]
      guard let client = clients.find(outline.client) else { continue }
      candidates[index].draft = fitting(outline, nil, from: latest[client])
    }
  }

  /// Puts the flows of each call in a row.
  private mutating func link() {
    for index in candidates.indices.reversed() {
      let draft = Int(candidates[index].draft)
      guard draft >= 0 else { continue }
      candidates[index].following = drafts[draft].head
      drafts[draft].head = Int32(index)
    }
  }

  /// The latest draft of a client, from `place` back, that a flow fits; -1 if none.
  private func fitting(_ outline: FlowOutline, _ own: ApplicationMatch?, from place: Int32) -> Int32 {
    var place = place
    while place >= 0, !fits(outline, own, drafts[Int(place)]) { place = drafts[Int(place)].earlier }
    return place
  }

  private func fits(_ outline: FlowOutline, _ own: ApplicationMatch?, _ draft: Draft) -> Bool {
    guard outline.first <= draft.last &+ Self.slack, outline.last &+ Self.slack >= draft.first else { return false }
    guard let own, let theirs = draft.application else { return true }
    return own.application == theirs.application
  }

  // MARK: In the order of flows

  /// The call's place among the drafts if the flow at this position is part of one, and the flow's among the candidates.
  /// Asked for every position in order.
  @inline(__always)
  mutating func place(of position: Int) -> (call: Int, flow: Int)? {
    guard asked < candidates.count, Int(candidates[asked].position) == position else { return nil }
    let flow = asked
    asked += 1
    let call = Int(candidates[flow].draft)
    return call >= 0 && drafts[call].isCall ? (call, flow) : nil
  }

  /// The call, judged, before its first flow; nil before the others. `observation` is room to work in.
  mutating func record(
    before place: (call: Int, flow: Int), _ observation: inout FlowObservation
  ) -> CallRecord? {
    Int(drafts[place.call].head) == place.flow ? finish(place.call, &observation) : nil
  }

  /// Ids and verdict of a flow whose call was judged; they are asked for once.
  mutating func take(_ flow: Int, into record: inout FlowRecord) {
    let place = Int(candidates[flow].waiting)
    guard place >= 0, let member = waiting[place] else { return }
    record.id = member.id
    record.communityID = member.communityID
    record.verdict = member.verdict
    waiting[place] = nil
    free.append(Int32(place))
    candidates[flow].waiting = -1
  }

  /// Id and application of a call that was judged, for a flow of it.
  func name(_ call: Int, _ record: inout FlowRecord) {
    record.call = drafts[call].id
    guard record.application == nil || record.applicationGrade == .weak else { return }
    guard let shared = drafts[call].shared else { return }
    // What only the call shows is likely of its flows, not certain.
    let own = drafts[call].own
    let isKnown = record.application != nil && own != nil
    record.application = own?.application ?? shared
    record.applicationGrade = isKnown ? own?.grade : .likely
  }

  private mutating func wait(_ member: CallMember) {
    let place = free.popLast() ?? Int32(waiting.count)
    let flow = Member(id: member.id, communityID: member.communityID, verdict: member.verdict)
    if Int(place) == waiting.count { waiting.append(flow) } else { waiting[Int(place)] = flow }
    candidates[member.candidate].waiting = place
  }

  // MARK: One call

  private mutating func finish(_ number: Int, _ observation: inout FlowObservation) -> CallRecord {
    var stage = Stage.signalling
    var firstMedia = Int64.max
    var lastMedia = Int64.min
    var hangUp: (time: Int64, local: Bool)?
    members.removeAll(keepingCapacity: true)
    var candidate = drafts[number].head
    while candidate >= 0 {
      let outline = flows[Int(candidates[Int(candidate)].position)]
      judge.observe(outline, into: &observation)
      let community = identity.communityID(outline)
      members.append(
        CallMember(
          candidate: Int(candidate), id: identity.flow(community, outline), communityID: community, outline: outline,
          observation: observation, verdict: judge.judge(outline, observation)))
      let reached = self.stage(of: outline, observation)
      if Self.rank(reached.stage) > Self.rank(stage) { stage = reached.stage }
      firstMedia = min(firstMedia, reached.firstMedia)
      lastMedia = max(lastMedia, reached.lastMedia)
      if let end = reached.hangUp, hangUp.map({ end.time < $0.time }) ?? true { hangUp = end }
      candidate = candidates[Int(candidate)].following
    }
    let draft = drafts[number]
    let application = draft.application ?? members.lazy.compactMap { $0.application }.first
    let isSIPCall = members.contains { $0.isSIP }
    let fallback: Application? = isSIPCall ? .sip : members.contains { $0.isWebRTC } ? .webrtc : nil
    let span = TimeWindow(
      first: members[0].first, last: members.reduce(Int64.min) { max($0, $1.last) })
    if stage == .connectivity { CallMember.withholdSoundness(&members, judge.known.thresholds) }
    var verdict = CallMember.verdict(members)
    let fellBack = verdict.outcome == .dropped && carriedOn(draft, span)
    if fellBack {
      verdict.evidence.append(
        Evidence(
          "u13_carried_on_over_tcp", Phrase("Meanwhile TCP to the same application carried data both ways (U13).")))
    }
    for index in members.indices { wait(members[index]) }
    let ids = members.map(\.id)
    let record = CallRecord(
      id: identity.call(ids), application: application?.application ?? fallback,
      applicationGrade: application?.grade ?? (fallback == nil ? nil : .likely), flows: ids, stage: stage,
      ended: hangUp != nil, endedBy: hangUp.map { $0.local ? .local : .remote }, first: span.first, last: span.last,
      setup: firstMedia == .max ? nil : Double(firstMedia &- span.first) / 1e6,
      media: lastMedia == .min ? nil : Double(lastMedia &- firstMedia) / 1e9, verdict: verdict,
      controls: controls(draft.client, members, span), masked: fellBack)
    drafts[number].id = record.id
    drafts[number].shared = record.application
    drafts[number].own = application
    return record
  }

  /// Order of the stages.
  private static func rank(_ stage: Stage) -> Int {
    switch stage {
    case .signalling: 0
    case .relay: 1
    case .connectivity: 2
    case .handshake: 3
    case .media: 4
    }
  }

  /// How far a flow got, when its media ran and whether somebody hung up on it.
  private func stage(
    of outline: FlowOutline, _ observation: FlowObservation
  ) -> (stage: Stage, firstMedia: Int64, lastMedia: Int64, hangUp: (time: Int64, local: Bool)?) {
    var firstMedia = min(observation.media.client.first, observation.media.server.first)
    var lastMedia = max(observation.media.client.last, observation.media.server.last)
    if observation.hasOpaqueMedia {
      let opaque = flows.analyzers[outline.shard].opaqueSpan(outline.index)
      firstMedia = min(firstMedia, opaque.first)
      lastMedia = max(lastMedia, opaque.last)
    }
    var hangUp: (time: Int64, local: Bool)?
    var stage = Stage.signalling
    if let said = flows.analyzers[outline.shard].said(outline.index) {
      if said.hangUp != .max { hangUp = (said.hangUp, said.hangUpSide == outline.clientSide) }
      if observation.isServerRole, outline.packets.server > 0 { stage = .relay }
      if said.hasAnsweredChecks { stage = .connectivity }
      if said.hasHandshake { stage = .handshake }
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
      let outline = flows[position]
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
    let servers = Set(members.filter { $0.verdict.isFinding }.map { $0.server })
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
      let outline = flows[position]
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

  /// What a flow's dialogue says of how far a call got and who hung up; nil if there was none.
  fileprivate func said(
    _ index: UInt32
  ) -> (hangUp: Int64, hangUpSide: UInt8, hasAnsweredChecks: Bool, hasHandshake: Bool)? {
    let fact = table.flows[index].facts
    guard fact != FlowState.none, facts[fact].dialogue != FlowState.none else { return nil }
    let dialogue = facts[fact].dialogue
    return (
      // Checks through a relay are the peers' own as well.
      dialogues[dialogue].hangUp, dialogues[dialogue].hangUpSide,
      dialogues[dialogue].answeredChecks > 0 || dialogues[dialogue][.checkBySide0].answered > 0
        || dialogues[dialogue][.checkBySide1].answered > 0,
      dialogues[dialogue].handshakeRecords[0] > 0 && dialogues[dialogue].handshakeRecords[1] > 0
    )
  }
}
