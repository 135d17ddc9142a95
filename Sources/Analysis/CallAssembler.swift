internal import Detection
internal import Flow
internal import Recognition
internal import Settings
internal import Verdict

/// Flow outlines to calls: what one client's relays, checks, handshakes and media around the same time are parts of.
struct CallAssembler {
  /// A call while it is put together.
  private struct Draft {
    var members: [Int]
    var client: IPAddress
    var first: Int64
    var last: Int64
    var application: ApplicationMatch?
  }

  private let judge: FlowJudge
  private let thresholds: Thresholds
  private let shards: [Shard]
  private var identity = Identity()
  private var verdicts: [Int: Judgment] = [:]
  private var callOfFlow: [Int: Int] = [:]
  private var records: [CallRecord] = []
  private var firstMember: [Int: [Int]] = [:]
  private var applications: [Int: ApplicationMatch] = [:]
  /// Flows of one client that begin within this time of each other's span belong to one call.
  private static let slack: Int64 = 10_000_000_000

  init(judge: FlowJudge, thresholds: Thresholds, shards: [Shard]) {
    self.judge = judge
    self.thresholds = thresholds
    self.shards = shards
  }

  /// Puts the calls together; outlines in the order of first packets.
  mutating func assemble(_ outlines: [FlowOutline]) {
    var drafts: [Draft] = []
    var latest: [IPAddress: [Int]] = [:]
    for position in outlines.indices where outlines[position].isCallTraffic || isSIP(outlines[position]) {
      let outline = outlines[position]
      let own = outline.application?.grade == .weak ? nil : outline.application
      if let index = latest[outline.client]?.last(where: { fits(outline, own, drafts[$0]) }) {
        drafts[index].members.append(position)
        drafts[index].last = max(drafts[index].last, outline.last)
        drafts[index].application = ApplicationMatch.louder(drafts[index].application, own)
      } else {
        latest[outline.client, default: []].append(drafts.count)
        drafts.append(
          Draft(
            members: [position], client: outline.client, first: outline.first, last: outline.last, application: own))
      }
    }
    // Plain STUN to a server beside a call is part of it; alone it is no call.
    for position in outlines.indices where isPlainSTUN(outlines[position]) {
      let outline = outlines[position]
      if let index = latest[outline.client]?.last(where: { fits(outline, nil, drafts[$0]) }) {
        drafts[index].members.append(position)
      }
    }
    for draft in drafts where isCall(draft, outlines) { finish(draft, outlines) }
  }

  private func fits(_ outline: FlowOutline, _ own: ApplicationMatch?, _ draft: Draft) -> Bool {
    guard outline.first <= draft.last &+ Self.slack, outline.last &+ Self.slack >= draft.first else { return false }
    guard let own, let theirs = draft.application else { return true }
    return own.application == theirs.application
  }

  private func isSIP(_ outline: FlowOutline) -> Bool { outline.content.contains(.sip) }

  private func isPlainSTUN(_ outline: FlowOutline) -> Bool {
    !outline.isCallTraffic && !outline.isTCP && outline.content.contains(.stun)
  }

  /// SIP registration alone is no call; nor is a single RTP-like flow without a second sign.
  private func isCall(_ draft: Draft, _ outlines: [FlowOutline]) -> Bool {
    draft.members.contains { outlines[$0].isCallTraffic }
  }

  // MARK: One call

  private mutating func finish(_ draft: Draft, _ outlines: [FlowOutline]) {
    let members = draft.members.sorted()
    let number = records.count
    var stage = Stage.signalling
    var firstMedia = Int64.max
    var lastMedia = Int64.min
    var hangUp: (time: Int64, local: Bool)?
    for position in members {
      let outline = outlines[position]
      verdicts[position] = judge.judge(outline)
      callOfFlow[position] = number
      let reached = self.stage(of: outline)
      if Stage.allCases.firstIndex(of: reached.stage) ?? 0 > Stage.allCases.firstIndex(of: stage) ?? 0 {
        stage = reached.stage
      }
      firstMedia = min(firstMedia, reached.firstMedia)
      lastMedia = max(lastMedia, reached.lastMedia)
      if let end = reached.hangUp, hangUp.map({ end.time < $0.time }) ?? true { hangUp = end }
    }
    let ids = members.map { flowIdentity(outlines[$0]) }
    var application = draft.application
    if application == nil {
      application = members.lazy.compactMap { outlines[$0].application }.first
    }
    let isSIPCall = members.contains { isSIP(outlines[$0]) }
    let fallback: Application? = isSIPCall ? .sip : members.contains { isWebRTC(outlines[$0]) } ? .webrtc : nil
    for position in members { applications[position] = application }
    let first = outlines[members[0]].first
    let last = members.reduce(Int64.min) { max($0, outlines[$1].last) }
    if stage == .connectivity { withholdSoundness(members, outlines) }
    var verdict = callVerdict(members, outlines, stage)
    let fellBack = verdict.outcome == .dropped && carriedOn(draft, members, outlines)
    let controls = self.controls(draft.client, members, outlines, first, last)
    if fellBack {
      verdict.evidence.append(
        Evidence(
          "u13_carried_on_over_tcp", Phrase("Meanwhile TCP to the same application carried data both ways (U13).")))
    }
    records.append(
      CallRecord(
        id: identity.call(ids), application: application?.application ?? fallback,
        applicationGrade: application?.grade ?? (fallback == nil ? nil : .likely), flows: ids, stage: stage,
        ended: hangUp != nil, endedBy: hangUp.map { $0.local ? .local : .remote }, first: first, last: last,
        setup: firstMedia == .max ? nil : Double(firstMedia &- first) / 1e6,
        media: lastMedia == .min ? nil : Double(lastMedia &- firstMedia) / 1e9, verdict: verdict, controls: controls,
        masked: fellBack))
    firstMember[members[0], default: []].append(number)
  }

  private func isWebRTC(_ outline: FlowOutline) -> Bool {
    !outline.content.isDisjoint(with: [.iceCheck, .dtlsSRTP, .turn])
  }

  /// How far a flow got, when its media ran and whether somebody hung up on it.
  private func stage(
    of outline: FlowOutline
  ) -> (stage: Stage, firstMedia: Int64, lastMedia: Int64, hangUp: (time: Int64, local: Bool)?) {
    let observation = judge.observe(outline)
    let shard = shards[outline.shard]
    let facts = shard.analyzer.table.flows[outline.index].facts
    var firstMedia = min(observation.media.client.first, observation.media.server.first)
    var lastMedia = max(observation.media.client.last, observation.media.server.last)
    if observation.hasOpaqueMedia, facts != FlowState.none {
      firstMedia = min(firstMedia, shard.analyzer.facts[facts].firstOpaque)
      lastMedia = max(
        lastMedia, shard.analyzer.facts[facts].lastOpaque[0], shard.analyzer.facts[facts].lastOpaque[1])
    }
    var hangUp: (time: Int64, local: Bool)?
    var stage = Stage.signalling
    if let dialogue = observation.dialogue {
      if dialogue.hangUp != .max {
        hangUp = (dialogue.hangUp, dialogue.hangUpSide == outline.clientSide)
      }
      if observation.isServerRole, outline.packets.server > 0 { stage = .relay }
      if dialogue.answeredChecks > 0 { stage = .connectivity }
      if dialogue.handshakeRecords[0] > 0 && dialogue.handshakeRecords[1] > 0 { stage = .handshake }
    }
    // Both ways, or one way where it is all the capture could see: media is media.
    let both = observation.media.client.packets > 0 && observation.media.server.packets > 0
    if both || observation.hasOpaqueMedia && outline.packets.server > 0 { stage = .media }
    return (stage, firstMedia, lastMedia, hangUp)
  }

  // MARK: Verdict

  /// The call's verdict from its flows': the media path's own, if media ran; else the relays', if every one of them
  /// failed; else what is missing.
  private func callVerdict(_ members: [Int], _ outlines: [FlowOutline], _ stage: Stage) -> Judgment {
    let media = members.filter { outlines[$0].packets.server > 0 && isMedia(outlines[$0]) }
    if let path = media.max(by: { weight(outlines[$0]) < weight(outlines[$1]) }), var verdict = verdicts[path] {
      let worst = media.compactMap { verdicts[$0] }.first { $0.isFinding && !verdict.isFinding && media.count == 1 }
      if let worst { verdict = worst }
      if verdict.outcome == .ok {
        verdict.reason =
          media.count == 1
          ? Phrase("Media ran and was answered to the end.")
          : Phrase("Media ran on {} paths and was answered to the end.", .count(media.count))
      }
      return verdict
    }
    let relays = members.filter { !outlines[$0].isTCP && judge.observe(outlines[$0]).isServerRole }
    let failed = relays.filter { verdicts[$0]?.isFinding == true }
    if !relays.isEmpty, failed.count == relays.count, let strongest = failed.first, var verdict = verdicts[strongest] {
      let servers = Set(failed.map { outlines[$0].server }).count
      verdict.reason = Phrase(
        "None of {} relays ({} addresses) answered; the call did not get beyond them.", .count(failed.count),
        .count(servers))
      verdict.evidence = failed.flatMap { verdicts[$0]?.evidence ?? [] }.filter { !Self.isControl($0) }
      verdict.evidence += verdicts[strongest]?.evidence.filter(Self.isControl) ?? []
      verdict.window = TimeWindow(
        first: failed.reduce(Int64.max) { min($0, verdicts[$1]?.window?.first ?? .max) },
        last: failed.reduce(Int64.min) { max($0, verdicts[$1]?.window?.last ?? .min) })
      return verdict
    }
    var verdict = Judgment(
      .inconclusive, grade: .inconclusive,
      reason: Phrase(
        "No media was seen; {} of {} relays answered.", .count(relays.count - failed.count), .count(relays.count)))
    verdict.gap = Gap("no_media", seen: 0, needed: 1)
    return verdict
  }

  /// A control is said once for the whole call.
  private static func isControl(_ item: Evidence) -> Bool { "\(item.code)" == "u15_control_answered" }

  /// Checks were answered for seconds and nothing followed, neither handshake nor media: that is not `ok`, though who is
  /// to blame cannot be said.
  private mutating func withholdSoundness(_ members: [Int], _ outlines: [FlowOutline]) {
    for position in members where verdicts[position]?.outcome == .ok {
      let observation = judge.observe(outlines[position])
      guard observation.isPeerPath, observation.last &- observation.first >= thresholds.silence.mediaSpan.integer else {
        continue
      }
      var verdict = Judgment(
        .inconclusive, grade: .inconclusive,
        reason: Phrase(
          "Connectivity checks were answered for {}, but neither a handshake nor media followed.",
          .duration(observation.last &- observation.first)))
      verdict.gap = Gap("no_handshake", seen: 0, needed: 1)
      verdicts[position] = verdict
    }
  }

  private func isMedia(_ outline: FlowOutline) -> Bool {
    let observation = judge.observe(outline)
    return observation.media.client.packets > 0 || observation.media.server.packets > 0 || observation.hasOpaqueMedia
  }

  private func weight(_ outline: FlowOutline) -> UInt64 { outline.packets.client + outline.packets.server }

  /// TCP to servers of the same application, both ways, while the relays were silent: the call went on another way.
  private func carriedOn(_ draft: Draft, _ members: [Int], _ outlines: [FlowOutline]) -> Bool {
    guard let application = draft.application?.application else { return false }
    let first = outlines[members[0]].first
    let last = members.reduce(Int64.min) { max($0, outlines[$1].last) }
    return outlines.contains { outline in
      outline.isTCP && outline.client == draft.client && outline.application?.application == application
        && outline.first <= last && outline.last >= first
        && min(outline.packets.client, outline.packets.server) >= Self.mediaOverTCP
        && Double(min(outline.bytes.client, outline.bytes.server)) >= Self.mediaRate
          * Double(max(1, outline.last &- outline.first)) / 1e9
    }
  }

  /// Packets each way, and bytes a second each way, from which on a TCP flow may carry a call: half of 8 kbit/s Opus.
  private static let mediaOverTCP: UInt64 = 100
  private static let mediaRate = 500.0

  private mutating func controls(
    _ client: IPAddress, _ members: [Int], _ outlines: [FlowOutline], _ first: Int64, _ last: Int64
  ) -> [UInt64] {
    guard members.contains(where: { verdicts[$0]?.isFinding == true }) else { return [] }
    let servers = Set(members.filter { verdicts[$0]?.isFinding == true }.map { outlines[$0].server })
    var positions: [Int] = []
    for server in servers.sorted() {
      for neighbor in judge.around.controls(
        for: client, server: server, transport: .udp, window: TimeWindow(first: first, last: last),
        slack: thresholds.silence.controlOverlap.integer)
      where !servers.contains(neighbor.server) && !positions.contains(neighbor.position)
        && neighbor.trials >= Int(thresholds.silence.trials.integer)
      {
        positions.append(neighbor.position)
      }
    }
    return positions.prefix(16).map { flowIdentity(outlines[$0]) }
  }

  // MARK: Records

  /// Calls whose first flow is at this position.
  func calls(startingAt position: Int) -> [CallRecord] { (firstMember[position] ?? []).map { records[$0] } }

  private mutating func flowIdentity(_ outline: FlowOutline) -> UInt64 {
    let community = identity.communityID(
      outline.client, outline.clientPort, outline.server, outline.serverPort, transport: outline.isTCP ? .tcp : .udp)
    return identity.flow(
      community, outline.client, outline.clientPort, first: outline.first, ordinal: ordinal(outline))
  }

  private func resolvedName(_ outline: FlowOutline) -> String? {
    outline.resolved == NameTable.none ? nil : shards[0].analyzer.names.text(outline.resolved)
  }

  private func ordinal(_ outline: FlowOutline) -> UInt16 {
    let shard = shards[outline.shard]
    let detail = shard.analyzer.table.flows[outline.index].detail
    return outline.isTCP ? shard.analyzer.tcp[detail].ordinal : shard.analyzer.udp[detail].ordinal
  }

  /// The record of the flow at a position; judged now unless its call needed the verdict before.
  mutating func flowRecord(at position: Int, _ outline: FlowOutline) -> FlowRecord {
    let verdict = verdicts.isEmpty ? judge.judge(outline) : verdicts[position] ?? judge.judge(outline)
    let community = identity.communityID(
      outline.client, outline.clientPort, outline.server, outline.serverPort, transport: outline.isTCP ? .tcp : .udp)
    let id = identity.flow(
      community, outline.client, outline.clientPort, first: outline.first, ordinal: ordinal(outline))
    let call = callOfFlow.isEmpty ? nil : callOfFlow[position]
    var match = outline.application
    if let call, match == nil || match?.grade == .weak, let record = records[call].application {
      match = applications[position]
      // What only the call shows is likely of its flows, not certain.
      return shards[outline.shard].analyzer.record(
        outline, community: community, id: id, call: records[call].id, application: match?.application ?? record,
        grade: outline.application == nil || match == nil ? .likely : match?.grade, verdict: verdict,
        resolvedName: resolvedName(outline))
    }
    return shards[outline.shard].analyzer.record(
      outline, community: community, id: id, call: call.map { records[$0].id }, application: match?.application,
      grade: match?.grade, verdict: verdict,
      resolvedName: resolvedName(outline))
  }
}
