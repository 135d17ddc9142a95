internal import Detection
internal import Recognition
internal import Verdict

/// Judges flow after flow in the order of their first packets and hands records on; what belongs to a call is judged with
/// it. One record and one observation are filled again and again, each lent by itself: fields of one value would be
/// copied together with it.
struct FlowWriter {
  let flows: FlowList
  let judge: FlowJudge
  let numbers: PieceNumbers

  /// Writes every call and flow; what comes back are the ends of the calls.
  func write(_ drafts: consuming CallAssembler, _ identity: Identity, to sink: inout some RecordSink) -> [CallEnd] {
    var calls = drafts
    var names = RecordNames(identity: identity, analyzers: flows.analyzers)
    var record = FlowRecord()
    var observation = FlowObservation()
    var position = 0
    while position < flows.count, sink.isOpen {
      position = flows.analyzers[Int(flows.places[position].shard)].write(
        from: position, self, &calls, &names, &record, &observation, to: &sink)
    }
    return calls.ends
  }
}

extension Analyzer {
  /// Judges and writes the flows from a position on for as long as they are this shard's; where that ends. All in one call:
  /// each call from outside would bring a copy of the analyzer's own fields with it.
  fileprivate func write(
    from start: Int, _ writer: FlowWriter, _ calls: inout CallAssembler, _ names: inout RecordNames,
    _ record: inout FlowRecord, _ observation: inout FlowObservation, to sink: inout some RecordSink
  ) -> Int {
    var position = start
    let shard = writer.flows.places[start].shard
    while position < writer.flows.count, writer.flows.places[position].shard == shard, sink.isOpen {
      let outline = outline(writer.flows.places[position])
      let place = calls.place(of: position)
      while var call = calls.record(before: position, &observation) {
        call.verdict = writer.numbers.place(call.verdict)
        sink.write(call)
      }
      position += 1
      if let place {
        calls.take(place.flow, into: &record)
      } else {
        observe(outline, writer.judge.reflectorPorts, writer.judge.known, into: &observation)
        judge(outline, observation, writer.judge.known, into: &record.verdict)
      }
      if !writer.numbers.isSingle, !record.verdict.isPlain {
        record.verdict = writer.numbers.place(record.verdict)
      }
      guard sink.wantsRecord(of: record.verdict) else { continue }
      record.call = nil
      record.application = outline.application?.application
      record.applicationGrade = outline.application?.grade
      if let place {
        calls.name(place.call, &record, isBeside: outline.isPlainSTUN)
      } else {
        record.communityID = names.identity.communityID(outline)
        record.id = names.identity.flow(record.communityID, outline)
      }
      record.serverName = names.serverName(outline)
      fill(&record, outline, writer.judge.known)
      sink.write(record)
      if sink.wantsBackground { sink.write(writer.judge.background(of: outline, record)) }
    }
    return position
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
