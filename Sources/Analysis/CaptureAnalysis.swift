internal import Detection
internal import Flow
internal import Recognition
public import Settings
public import Verdict
internal import Wire

/// A whole capture: shards that take frames in, then the records.
public final class CaptureAnalysis {
  /// Workers; every one is shown every frame.
  public let shards: [Shard]
  private let thresholds: Thresholds
  private let signatures = SignatureIndex()

  /// An analysis with `threads` shards. `seed` changes nothing that is reported.
  public init(thresholds: Thresholds = Thresholds(), seed: UInt64, threads: Int = 1) {
    self.thresholds = thresholds
    let count = max(1, threads)
    var shards: [Shard] = []
    for shard in 0..<count {
      shards.append(Shard(Analyzer(thresholds: thresholds, seed: seed, shard: shard, shards: count)))
    }
    self.shards = shards
  }

  /// Frames seen so far.
  public var frames: UInt64 { shards[0].analyzer.hygiene.frames }
  /// Flows seen so far.
  public var flows: Int { shards.reduce(0) { $0 + $1.analyzer.table.flows.count } }

  /// Digest of the signatures and thresholds in force: 16 hex digits.
  public static func rulesDigest(_ thresholds: Thresholds) -> String {
    Identity.digest(
      SignatureIndex.listing() + thresholds.listing.map { "\($0.name) \($0.threshold.value) \($0.threshold.unit)" })
  }

  /// Writes the capture's records: capture, then calls and flows in the order of their first packets.
  ///
  /// - Parameters:
  ///   - capture: what the reader knows of the file; counts and hygiene are filled in here.
  ///   - numbers: where frame numbers of joined pieces belong.
  public func report(
    _ capture: CaptureRecord, numbers: PieceNumbers = .single, to sink: inout some RecordSink
  ) {
    let hygiene = shards[0].analyzer.hygiene
    sink.write(completed(capture, hygiene))
    guard sink.isOpen else { return }
    let flows = FlowList(shards, signatures, thresholds)
    let judge = judge(flows, hygiene, drops: capture.drops)
    let identity = Identity(isWanted: sink.writesIdentifiers)
    var assembler = CallAssembler(flows: flows, judge: judge, identity: identity)
    let calls = assembler.assemble()
    FlowWriter(flows: flows, judge: judge, calls: calls, numbers: numbers).write(to: &sink, identity)
  }

  private func completed(_ given: CaptureRecord, _ hygiene: Hygiene) -> CaptureRecord {
    var record = given
    record.packets = hygiene.frames
    record.bytes = hygiene.bytes
    if hygiene.frames > 0 {
      record.first = hygiene.first
      record.last = hygiene.last
    }
    record.rules = Self.rulesDigest(thresholds)
    record.evictedFlows = shards.reduce(0) { $0 + $1.analyzer.table.evicted }
    record.stunMessages = shards.reduce(0) { $0 + $1.analyzer.hygiene.stunMessages }
    for reason in Undecoded.allCases where hygiene.undecoded[Int(reason.rawValue)] > 0 {
      record.undecoded.append((reason.code, hygiene.undecoded[Int(reason.rawValue)]))
    }
    if record.truncated { record.hygiene.append("truncated") }
    if let drops = record.drops, drops > 0 { record.hygiene.append("capture_drops") }
    if hygiene.backwards > 0 { record.hygiene.append("time_backwards") }
    if hygiene.cut > 0 { record.hygiene.append("snaplen_cut") }
    if hygiene.oversized > 0 { record.hygiene.append("offload") }
    if record.evictedFlows > 0 { record.hygiene.append("flows_evicted") }
    return record
  }

  /// A judge who knows what flows are to each other: controls, reflector ports, moves to another address.
  private func judge(_ flows: FlowList, _ hygiene: Hygiene, drops: UInt64?) -> FlowJudge {
    var around = Surroundings(drops: drops)
    around.linkAlive = hygiene.linkAlive
    var reflectorPorts: Set<ServerEndpoint> = []
    var answered = !hygiene.linkAlive.isEmpty
    var needsControls = false
    for position in 0..<flows.count {
      let marks = flows.places[position].marks
      if !marks.contains(.oneSided) { answered = true }
      if marks.isDisjoint(with: [.oneSided, .mayBeOfCall, .maybeSilent]) { continue }
      let outline = flows.unnamed(position)
      if outline.content.contains(.reflectorHello) {
        reflectorPorts.insert(ServerEndpoint(address: outline.server, port: outline.serverPort))
      }
      if outline.isCallTraffic || outline.content.contains(.stun) {
        around.noteClient(outline.client, of: outline.server, first: outline.first)
      }
      let shard = shards[outline.shard]
      if shard.analyzer.isSilenceCandidate(outline, thresholds) { around.examined += 1 }
      if !needsControls { needsControls = shard.analyzer.mayHaveGoneSilent(outline, thresholds) }
    }
    around.isOneSided = !answered
    if needsControls || around.examined > 0 {
      for position in 0..<flows.count {
        let outline = flows.unnamed(position)
        let answers = shards[outline.shard].analyzer.answers(outline)
        guard outline.packets.server > 0, answers.trials > 0 else { continue }
        around.add(
          Neighbor(
            position: position, client: outline.client, server: outline.server, port: outline.serverPort,
            transport: outline.transport, first: outline.first, lastAnswer: answers.last, trials: answers.trials))
      }
    }
    return FlowJudge(shards: shards, known: Circumstances(around, thresholds), reflectorPorts: reflectorPorts)
  }
}

extension Analyzer {
  /// Enough unanswered requests to be tested.
  func isSilenceCandidate(_ outline: FlowOutline, _ thresholds: Thresholds) -> Bool {
    guard outline.packets.server == 0 else { return false }
    let flow = table.flows[outline.index]
    if outline.isTCP { return Int64(tcp[flow.detail].syns) >= thresholds.silence.synTrials.integer }
    guard flow.facts != FlowState.none else { return false }
    let dialogue = facts[flow.facts].dialogue
    guard dialogue != FlowState.none else { return false }
    return Int64(dialogues[dialogue][.server].bins) >= thresholds.silence.trials.integer
  }

  /// The client spoke last, for several seconds.
  func mayHaveGoneSilent(_ outline: FlowOutline, _ thresholds: Thresholds) -> Bool {
    let flow = table.flows[outline.index]
    if outline.isTCP {
      return Int64(tcp[flow.detail].sides[Int(outline.clientSide)].unansweredCopies)
        >= thresholds.silence.retransmissions.integer
    }
    return Int64(udp[flow.detail].sides[Int(outline.clientSide)].runBins) >= thresholds.silence.trials.integer
      || outline.isCallTraffic
  }

  /// How often and until when the server answered.
  func answers(_ outline: FlowOutline) -> (trials: Int, last: Int64) {
    let flow = table.flows[outline.index]
    let server = 1 - Int(outline.clientSide)
    if outline.isTCP {
      let state = tcp[flow.detail]
      let answered = state.sides[server].sent.contains(.synACK) || state.sides[server].dataSegments > 0
      return (answered ? 1 : 0, state.sides[server].last)
    }
    let state = udp[flow.detail]
    return (Int(state.exchangeBins), state.sides[server].last)
  }
}
