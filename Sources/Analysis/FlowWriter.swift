internal import Recognition
internal import Verdict

/// Judges flow after flow in the order of their first packets and hands records on; what belongs to a call was judged with
/// it. One record is filled again and again.
struct FlowWriter {
  let flows: FlowList
  let judge: FlowJudge
  let calls: Calls
  let numbers: PieceNumbers

  /// Writes every call and flow.
  func write(to sink: inout some RecordSink, _ identity: Identity) {
    var names = RecordNames(identity: identity, shards: flows.shards)
    var record = FlowRecord()
    var nextCall = 0
    var nextMember = 0
    for position in 0..<flows.count {
      guard sink.isOpen else { return }
      if nextCall < calls.order.count, calls.all[calls.order[nextCall]].first == position {
        var call = calls.all[calls.order[nextCall]].record
        call.verdict = numbers.place(call.verdict)
        sink.write(call)
        nextCall += 1
      }
      var member: Int?
      if nextMember < calls.memberOrder.count {
        let next = calls.memberOrder[nextMember]
        if calls.members[next].position == position {
          member = next
          nextMember += 1
        }
      }
      let outline = flows[position]
      flows.shards[outline.shard].analyzer.write(outline, member, self, &names, &record, to: &sink)
    }
  }

  /// Ids and application of a flow that is part of a call.
  fileprivate func name(_ record: inout FlowRecord, _ outline: FlowOutline, _ member: Calls.Member) {
    let call = calls.all[member.call]
    record.id = member.id
    record.communityID = member.communityID
    record.call = call.record.id
    record.application = outline.application?.application
    record.applicationGrade = outline.application?.grade
    if record.application == nil || record.applicationGrade == .weak, let shared = call.record.application {
      // What only the call shows is likely of its flows, not certain.
      let isKnown = record.application != nil && call.application != nil
      record.application = call.application?.application ?? shared
      record.applicationGrade = isKnown ? call.application?.grade : .likely
    }
  }
}

extension Analyzer {
  /// Judges and writes one flow.
  fileprivate func write(
    _ outline: FlowOutline, _ member: Int?, _ writer: FlowWriter, _ names: inout RecordNames,
    _ record: inout FlowRecord, to sink: inout some RecordSink
  ) {
    if let member {
      record.verdict = writer.calls.members[member].verdict
    } else {
      record.verdict = judge(outline, writer.judge.known, writer.judge.reflectorPorts)
    }
    if !writer.numbers.isSingle, !record.verdict.isPlain { record.verdict = writer.numbers.place(record.verdict) }
    guard sink.wantsRecord(of: record.verdict) else { return }
    if let member {
      writer.name(&record, outline, writer.calls.members[member])
    } else {
      record.call = nil
      record.application = outline.application?.application
      record.applicationGrade = outline.application?.grade
      record.communityID = names.identity.communityID(outline)
      record.id = names.identity.flow(record.communityID, outline)
    }
    record.serverName = names.serverName(outline)
    fill(&record, outline)
    sink.write(record)
    if sink.wantsBackground { sink.write(writer.judge.background(of: outline, record)) }
  }
}

/// Ids and server names of records; a server name is made text once.
private struct RecordNames {
  var identity: Identity
  private let shards: [Shard]
  private var texts: [[String?]]

  init(identity: Identity, shards: [Shard]) {
    self.identity = identity
    self.shards = shards
    texts = shards.map { Array(repeating: nil, count: $0.analyzer.names.count) }
  }

  /// SNI, else the name of a DNS answer.
  mutating func serverName(_ outline: FlowOutline) -> String? {
    if outline.name != NameTable.none { return text(Int(outline.name), shard: outline.shard) }
    return outline.resolved == NameTable.none ? nil : text(Int(outline.resolved), shard: 0)
  }

  private mutating func text(_ index: Int, shard: Int) -> String? {
    guard index < texts[shard].count else { return nil }
    if let known = texts[shard][index] { return known }
    let text = shards[shard].analyzer.names.text(UInt32(index))
    texts[shard][index] = text
    return text
  }
}

extension Identity {
  /// Community ID of a flow.
  mutating func communityID(_ outline: FlowOutline) -> CommunityID {
    communityID(
      outline.client, outline.clientPort, outline.server, outline.serverPort, transport: outline.transport)
  }

  /// Id of a flow.
  mutating func flow(_ community: CommunityID, _ outline: FlowOutline) -> UInt64 {
    flow(community, outline.client, outline.clientPort, first: outline.first, ordinal: outline.ordinal)
  }
}
