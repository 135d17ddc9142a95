internal import Detection
internal import Recognition
internal import Verdict

/// Judges flow after flow in the order of their first packets and hands records on; what belongs to a call is judged with
/// it. One record is filled again and again.
struct FlowWriter {
  private let flows: FlowList
  private let judge: FlowJudge
  private var calls: CallAssembler
  private let numbers: PieceNumbers
  private var names: RecordNames
  // One of each, used again and again.
  private var record = FlowRecord()
  private var observation = FlowObservation()

  init(flows: FlowList, judge: FlowJudge, calls: CallAssembler, numbers: PieceNumbers, identity: Identity) {
    self.flows = flows
    self.judge = judge
    self.calls = calls
    self.numbers = numbers
    names = RecordNames(identity: identity, analyzers: flows.analyzers)
  }

  /// Writes every call and flow.
  mutating func write(to sink: inout some RecordSink) {
    for position in 0..<flows.count {
      guard sink.isOpen else { return }
      let place = calls.place(of: position)
      if let place, var call = calls.record(before: place) {
        call.verdict = numbers.place(call.verdict)
        sink.write(call)
      }
      write(flows[position], place, to: &sink)
    }
  }

  /// Judges and writes one flow.
  private mutating func write(
    _ outline: FlowOutline, _ place: (call: Int, flow: Int)?, to sink: inout some RecordSink
  ) {
    if let place {
      calls.take(place.flow, into: &record)
    } else {
      judge.observe(outline, into: &observation)
      judge.judge(outline, observation, into: &record.verdict)
    }
    if !numbers.isSingle, !record.verdict.isPlain { record.verdict = numbers.place(record.verdict) }
    guard sink.wantsRecord(of: record.verdict) else { return }
    record.call = nil
    record.application = outline.application?.application
    record.applicationGrade = outline.application?.grade
    if let place {
      calls.name(place.call, &record)
    } else {
      record.communityID = names.identity.communityID(outline)
      record.id = names.identity.flow(record.communityID, outline)
    }
    record.serverName = names.serverName(outline)
    flows.analyzers[outline.shard].fill(&record, outline)
    sink.write(record)
    if sink.wantsBackground { sink.write(judge.background(of: outline, record)) }
  }
}

/// Ids and server names of records; a server name is made text once.
private struct RecordNames {
  var identity: Identity
  private let analyzers: Analyzers
  private var texts: [[String?]]

  init(identity: Identity, analyzers: Analyzers) {
    self.identity = identity
    self.analyzers = analyzers
    texts = (0..<analyzers.count).map { Array(repeating: nil, count: analyzers[$0].names.count) }
  }

  /// SNI, else the name of a DNS answer.
  mutating func serverName(_ outline: FlowOutline) -> String? {
    if outline.name != NameTable.none { return text(Int(outline.name), shard: outline.shard) }
    return outline.resolved == NameTable.none ? nil : text(Int(outline.resolved), shard: 0)
  }

  private mutating func text(_ index: Int, shard: Int) -> String? {
    guard index < texts[shard].count else { return nil }
    if let known = texts[shard][index] { return known }
    let text = analyzers[shard].names.text(UInt32(index))
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
