internal import Detection
internal import Flow
internal import Recognition
internal import Settings
internal import Verdict

/// Flows to calls: what one client's relays, checks, handshakes and media around the same time are parts of.
///
/// Which flows are one call's is told for all of them first (`CallGrouping`). A call is judged when its first flow is to be
/// written: the verdicts of its flows wait here until these are, and no longer.
struct CallAssembler {
  /// A call's name when it was judged.
  private struct Named {
    /// 0 before it was judged.
    var id: UInt64 = 0
    var shared: Application?
    var own: ApplicationMatch?
  }

  /// A flow that is part of a call.
  private struct Candidate: BitwiseCopyable {
    let position: UInt32
    /// Its call: the first of them, if its messages told of several.
    let draft: Int32
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
  private let limits: CallLimits
  private var identity: Identity
  private let drafts: [CallGrouping.Draft]
  private var named: [Named]
  /// By draft: the other end's draft, or its record in an earlier capture.
  private let peers: [Int?]
  private let earlierPeers: [UInt64?]
  /// Ascending by position.
  private var candidates: [Candidate] = []
  /// Drafts in the order of their first flows.
  private let order: [Int]
  private var nextCall = 0
  /// Candidates before this place were asked for.
  private var asked = 0
  private var waiting: [Member?] = []
  private var free: [Int32] = []
  /// Of the call that is judged.
  private var members: [CallMember] = []
  private var carriers: CallCarriers

  /// `ends`: of the calls of captures before this one.
  init(flows: FlowList, judge: FlowJudge, identity: Identity, ends: CallEnds) {
    self.flows = flows
    self.judge = judge
    self.identity = identity
    limits = CallLimits(judge.known.thresholds)
    carriers = CallCarriers(flows, judge, limits)
    var grouping = CallGrouping(flows, judge.known, limits)
    let drafts = grouping.drafts()
    let order = drafts.indices.sorted { (drafts[$0].positions[0], $0) < (drafts[$1].positions[0], $1) }
    var owned: [(position: Int, rank: Int)] = []
    for (rank, draft) in order.enumerated() {
      for position in drafts[draft].positions { owned.append((position, rank)) }
    }
    owned.sort { ($0.position, $0.rank) < ($1.position, $1.rank) }
    self.drafts = drafts
    self.order = order
    named = Array(repeating: Named(), count: drafts.count)
    peers = CallEnds.pairs(drafts.map(\.end))
    earlierPeers = drafts.map { ends.peer(of: $0.end) }
    for (position, rank) in owned where candidates.last.map({ Int($0.position) }) != position {
      candidates.append(Candidate(position: UInt32(position), draft: Int32(order[rank])))
    }
  }

  /// Ends of the calls that were judged, for captures after this one.
  var ends: [CallEnd] {
    drafts.indices.filter { named[$0].id != 0 }.map { draft in
      var end = drafts[draft].end
      end.call = named[draft].id
      return end
    }
  }

  /// Positions of each call's flows, ascending, in the order in which calls are judged and written.
  var rosters: [[Int]] { order.map { drafts[$0].positions } }

  // MARK: In the order of flows

  /// The next call whose first flow is at this position, judged; nil if there is none. Asked for every position in order.
  /// `observation` is room to work in.
  @inline(always)
  mutating func record(before position: Int, _ observation: inout FlowObservation) -> CallRecord? {
    guard nextCall < order.count, drafts[order[nextCall]].positions[0] == position else { return nil }
    nextCall += 1
    return finish(order[nextCall - 1], &observation)
  }

  /// The call's place among the drafts if the flow at this position is part of one, and the flow's among the candidates.
  /// Asked for every position in order.
  @inline(always)
  mutating func place(of position: Int) -> (call: Int, flow: Int)? {
    guard asked < candidates.count, Int(candidates[asked].position) == position else { return nil }
    asked += 1
    return (Int(candidates[asked - 1].draft), asked - 1)
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

  /// Id and application of a call that was judged, for a flow of it, or one that `isBeside` it: STUN that is no call's for itself.
  func name(_ call: Int, _ record: inout FlowRecord, isBeside: Bool) {
    record.call = named[call].id
    guard record.application == nil || record.applicationGrade == .weak else { return }
    guard let shared = named[call].shared else { return }
    let own = named[call].own
    let isKnown = own != nil && record.application == own?.application
    // Whose server it is says less than whose call it is part of, but one beside a call may have been asked by anybody.
    if let given = record.application, isBeside, !CallGroup.agree(given, own?.application ?? shared) { return }
    record.application = own?.application ?? shared
    // What only the call shows is likely of its flows, not certain.
    record.applicationGrade = isKnown ? own?.grade : own?.grade == .weak ? .weak : .likely
  }

  private mutating func wait(_ member: CallMember) {
    let place = free.popLast() ?? Int32(waiting.count)
    let flow = Member(id: member.id, communityID: member.communityID, verdict: member.verdict)
    if Int(place) == waiting.count { waiting.append(flow) } else { waiting[Int(place)] = flow }
    candidates[member.candidate].waiting = place
  }

  /// Place of a flow among the candidates.
  private func place(ofCandidate position: Int) -> Int {
    candidates.firstPlace { $0.position >= position }
  }

  // MARK: One call

  private mutating func finish(_ number: Int, _ observation: inout FlowObservation) -> CallRecord {
    let draft = drafts[number]
    var progress = CallProgress(limits)
    members.removeAll(keepingCapacity: true)
    for position in draft.positions {
      let outline = flows[position]
      judge.observe(outline, into: &observation)
      let community = identity.communityID(outline)
      let candidate = flows.analyzers[outline.shard].candidate(outline, at: position)
      members.append(
        CallMember(
          candidate, at: place(ofCandidate: position), id: identity.flow(community, outline), communityID: community,
          observation: observation, verdict: judge.judge(outline, observation)))
      guard !draft.telling.contains(position) else { continue }
      progress.add(
        candidate,
        said: flows.analyzers[outline.shard].said(candidate, limits),
        isServerRole: observation.isServerRole,
        window: draft.window ?? TimeSpan(first: .min, last: .max), isOneSided: judge.known.around.isOneSided)
    }
    for dialog in draft.dialogs { progress.add(dialog.told, isEndLocal: dialog.isEndLocal) }
    // Whose STUN server a call asks names nobody: Google's serves every browser.
    let application = draft.application ?? members.lazy.filter { $0.isCallTraffic }.compactMap { $0.application }.first
    let isSIPCall = members.contains { $0.isSIP }
    let fallback: Application? = isSIPCall ? .sip : members.contains { $0.isWebRTC } ? .webrtc : nil
    let span = progress.span.window
    if progress.stage == .connectivity { CallMember.withholdSoundness(&members, judge.known.thresholds.silence) }
    var (verdict, fellBack) = CallMember.verdict(
      members, isOneSided: judge.known.around.isOneSided,
      invites: draft.dialogs.contains { $0.told.responses > 0 } ? 0 : draft.dialogs.reduce(0) { $0 + $1.told.invites },
      judge.known.thresholds.calls)
    if !verdict.isFinding, verdict.outcome != .degraded,
      let cut = CallMember.cutAgainAndAgain(members, judge.known)
    {
      verdict = cut
    }
    // A flow of signalling may have fallen silent before the call.
    if let window = verdict.window, window.first < span.first, window.last >= span.first {
      verdict.window = TimeWindow(first: span.first, last: window.last)
    }
    if !fellBack, verdict.outcome == .dropped,
      let carried = carriers.evidence(
        of: draft, relays: Set(members.filter(\.isRelay).map(\.server)), span: span,
        cutAt: progress.stage == .media ? verdict.window?.first : nil)
    {
      fellBack = !carried.isBroken
      if fellBack, let reason = CallMember.carriedOn(members) { verdict.reason = reason }
      verdict.evidence.append(carried.evidence)
    }
    for index in members.indices where Int(candidates[members[index].candidate].draft) == number {
      wait(members[index])
    }
    if verdict.outcome == .ok,
      let deaf = Self.deaf(
        progress, sharesFlows: draft.sharesFlows, leadsNowhere: members.contains { $0.isOneWay && !$0.hasAnswers },
        judge.known.thresholds.silence)
    {
      verdict = deaf
    } else if verdict.outcome == .ok, progress.server.isEmpty, !progress.client.isEmpty,
      !members.contains(where: \.isTCP)
    {
      verdict.reason = Phrase(
        "The client's media ran and was answered to the end, by reports or requests: the other end sent none.")
    }
    let ids = members.map(\.id)
    let hangUp = progress.hangUp
    var record = CallRecord(
      id: callID(number, ids), application: application?.application ?? fallback,
      applicationGrade: application?.grade ?? (fallback == nil ? nil : .likely), flows: ids, stage: progress.stage,
      ended: hangUp != nil, endedBy: hangUp?.isLocal.map { $0 ? .local : .remote }, first: span.first, last: span.last,
      setup: progress.setup, media: progress.mediaSeconds, verdict: verdict,
      controls: controls(draft.clients[0], members, verdict.window ?? span), masked: fellBack)
    record.stages = progress.milliseconds
    let heard = draft.positions.reduce(into: Set<HeardLoss>()) { all, position in
      all.formUnion(flows.analyzers[Int(flows.places[position].shard)].heard(flows[position]))
    }
    record.symptoms = HeardLoss.allCases.filter(heard.contains)
    record.mediaUp = progress.client.seconds
    record.mediaDown = progress.server.seconds
    record.peer = earlierPeers[number] ?? peers[number].map { id(of: $0) }
    named[number] = Named(id: record.id, shared: record.application, own: application)
    return record
  }

  /// A refusal where all is well on what was answered, and yet the client heard nothing, or nothing any more.
  private static func deaf(
    _ progress: CallProgress, sharesFlows: Bool, leadsNowhere: Bool, _ limits: Thresholds.Silence
  ) -> Judgment? {
    let (up, down) = (progress.client, progress.server)
    guard !up.isEmpty else { return nil }
    let wait = limits.cutoff.integer
    // Flows that calls share, one after the other, are judged as a whole: in this one's time nothing came but, perhaps, the next
    // one's first.
    if sharesFlows,
      down.isEmpty || down.last &- down.first < limits.bin.integer && up.last &- up.first >= wait
    {
      return Claim.inconclusive(
        "no_media_back", seen: 0, needed: 1,
        Phrase("The client sent media while this call was up, and none came back; nothing that was seen owed them."))
    }
    guard leadsNowhere, !down.isEmpty, up.last &- down.last >= wait else { return nil }
    return Claim.inconclusive(
      "no_media_back", seen: 0, needed: 1,
      Phrase(
        "Media ran both ways, then the client's went where nothing came back: it sent on for {} after the last that came.",
        .duration(up.last &- down.last)))
  }

  /// Id of a call, judged or not.
  private mutating func id(of number: Int) -> UInt64 {
    if named[number].id != 0 { return named[number].id }
    var ids: [UInt64] = []
    for position in drafts[number].positions {
      let outline = flows[position]
      ids.append(identity.flow(identity.communityID(outline), outline))
    }
    return callID(number, ids)
  }

  /// Calls that follow each other on the same flows differ by their time alone.
  private mutating func callID(_ number: Int, _ flows: [UInt64]) -> UInt64 {
    let draft = drafts[number]
    return identity.call(draft.sharesFlows ? flows + [UInt64(bitPattern: draft.window?.first ?? 0)] : flows)
  }

  // MARK: Beside the call

  private mutating func controls(_ client: IPAddress, _ members: [CallMember], _ span: TimeWindow) -> [UInt64] {
    let servers = Set(members.filter { $0.verdict.isFinding }.map { $0.server })
    var positions: [Int] = []
    for server in servers.sorted() {
      for control in judge.known.around.controls(
        for: client, server: server, transport: .udp, during: span)
      where !servers.contains(control.flow.server) && !positions.contains(control.flow.position)
        && control.trials >= Int(judge.known.thresholds.silence.trials.integer)
      {
        positions.append(control.flow.position)
      }
    }
    return positions.prefix(16).map { position in
      let outline = flows[position]
      return identity.flow(identity.communityID(outline), outline)
    }
  }
}

extension Analyzer {
  /// What a flow's dialogue says of how far a call got and who hung up; nil if there was none.
  fileprivate func said(_ candidate: CallCandidate, _ limits: CallLimits) -> CallProgress.Said? {
    let index = candidate.outline.index
    let fact = table.flows[index].facts
    guard fact != FlowState.none, facts[fact].dialogue != FlowState.none else { return nil }
    let dialogue = facts[fact].dialogue
    var hangUp = (time: Int64.max, side: UInt8(2))
    if dialogues[dialogue].hangUp != .max {
      let said = settled(dialogue, of: table.flows[index])
      hangUp = (said.hangUp, said.hadGone(said.hangUpSide, reaction: limits.afterHangUp) ? 2 : said.hangUpSide)
    }
    return CallProgress.Said(
      hangUp: hangUp.time, hangUpSide: hangUp.side,
      // A registrar is no relay.
      serverAnswered: facts[fact].content.contains(.sipRegister) ? .max : dialogues[dialogue].server.firstAnswer,
      // Checks through a relay are the peers' own as well.
      checksAnswered: min(
        dialogues[dialogue].checkBySide0.firstAnswer, dialogues[dialogue].checkBySide1.firstAnswer),
      hasAnsweredChecks: dialogues[dialogue].answeredChecks > 0,
      greetingAnswered: dialogues[dialogue].clientHello.firstAnswer,
      hasHandshake: dialogues[dialogue].handshakeRecords[0] > 0 && dialogues[dialogue].handshakeRecords[1] > 0)
  }
}
