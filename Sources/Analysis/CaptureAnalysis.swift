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
  public func report(_ capture: CaptureRecord, numbers: PieceNumbers = .single, to sink: inout any RecordSink) {
    for shard in shards { shard.analyzer.finish() }
    let order = flowOrder()
    let hygiene = shards[0].analyzer.hygiene
    sink.write(completed(capture, hygiene))
    guard sink.isOpen else { return }

    var outlines = order.map { shards[$0.shard].analyzer.outline($0.index, shard: $0.shard, home: nil) }
    orient(&outlines, order)
    name(&outlines)
    let around = surroundings(outlines, hygiene, drops: capture.drops)
    var judge = FlowJudge(shards: shards, thresholds: thresholds, around: around.surroundings)
    judge.reflectorPorts = around.reflectorPorts
    var assembler = CallAssembler(judge: judge, thresholds: thresholds, shards: shards)
    assembler.assemble(outlines)
    for position in outlines.indices {
      guard sink.isOpen else { return }
      for var call in assembler.calls(startingAt: position) {
        call.verdict = numbers.place(call.verdict)
        sink.write(call)
      }
      var flow = assembler.flowRecord(at: position, outlines[position])
      if !numbers.isSingle { flow.verdict = numbers.place(flow.verdict) }
      sink.write(flow)
    }
  }

  /// Flows of all shards by the frame of their first packet.
  private func flowOrder() -> [(shard: Int, index: UInt32)] {
    var order: [(frame: UInt64, shard: Int, index: UInt32)] = []
    order.reserveCapacity(flows)
    var sorted = true
    for (number, shard) in shards.enumerated() {
      // Records keep the order of first packets unless room was taken from old flows.
      for index in 0..<UInt32(shard.analyzer.table.flows.count) {
        let flow = shard.analyzer.table.flows[index]
        let frame = flow.isTCP ? shard.analyzer.tcp[flow.detail].firstFrame : shard.analyzer.udp[flow.detail].firstFrame
        if let previous = order.last, previous.frame > frame { sorted = false }
        order.append((frame, number, index))
      }
    }
    if !sorted { order.sort { $0.frame < $1.frame } }
    return order.map { ($0.shard, $0.index) }
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

  /// A second look at peer-to-peer flows between two public or two private hosts, once it is known who asked servers.
  private func orient(_ outlines: inout [FlowOutline], _ order: [(shard: Int, index: UInt32)]) {
    var home = HomeHosts()
    for outline in outlines where !outline.content.isDisjoint(with: [.turn, .reflectorHello, .dns, .tls]) {
      home.note(outline.client)
    }
    if home.isEmpty { return }
    for position in outlines.indices
    where !outlines[position].isTCP && outlines[position].client.isPrivate == outlines[position].server.isPrivate {
      if !outlines[position].content.isDisjoint(with: [.iceCheck, .bareIntegrityCheck, .rtp, .rtcp, .srtcp, .dtls]) {
        outlines[position] = shards[order[position].shard].analyzer.outline(
          order[position].index, shard: order[position].shard, home: home)
      }
    }
  }

  /// Server names (SNI, else DNS) and the application that each flow speaks for.
  private func name(_ outlines: inout [FlowOutline]) {
    let naming = Naming(shards: shards, signatures: signatures)
    naming.name(&outlines)
  }

  /// What flows are to each other: controls, reflector ports, moves to another address.
  private func surroundings(
    _ outlines: [FlowOutline], _ hygiene: Hygiene, drops: UInt64?
  ) -> (surroundings: Surroundings, reflectorPorts: Set<ServerEndpoint>) {
    var around = Surroundings(first: hygiene.first, last: hygiene.last, drops: drops)
    around.linkAlive = hygiene.linkAlive
    var reflectorPorts: Set<ServerEndpoint> = []
    var answered = !hygiene.linkAlive.isEmpty
    for outline in outlines {
      if outline.packets.server > 0, outline.packets.client > 0 { answered = true }
      if outline.content.contains(.reflectorHello) {
        reflectorPorts.insert(ServerEndpoint(address: outline.server, port: outline.serverPort))
      }
      if outline.isCallTraffic || outline.content.contains(.stun) {
        around.noteClient(outline.client, of: outline.server, first: outline.first)
      }
      let shard = shards[outline.shard]
      if shard.analyzer.isSilenceCandidate(outline, thresholds) { around.examined += 1 }
    }
    if around.examined > 0 || outlines.contains(where: { shards[$0.shard].analyzer.mayHaveGoneSilent($0, thresholds) })
    {
      for position in outlines.indices where outlines[position].packets.server > 0 {
        let outline = outlines[position]
        let facts = shards[outline.shard].analyzer.answers(outline)
        guard facts.trials > 0 else { continue }
        around.add(
          Neighbor(
            position: position, client: outline.client, server: outline.server, port: outline.serverPort,
            transport: outline.isTCP ? .tcp : .udp, first: outline.first, lastAnswer: facts.last, trials: facts.trials))
      }
    }
    around.isOneSided = !answered
    return (around, reflectorPorts)
  }
}

/// A server's address and port.
struct ServerEndpoint: Hashable {
  let address: IPAddress
  let port: UInt16
}

extension AddressBits {
  /// From an address.
  init(_ address: IPAddress) { self.init(high: address.high, low: address.low) }
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
  func answers(_ outline: FlowOutline) -> (trials: Int, last: Int64, ordinal: UInt16) {
    let flow = table.flows[outline.index]
    let server = 1 - Int(outline.clientSide)
    if outline.isTCP {
      let state = tcp[flow.detail]
      let answered = state.sides[server].sent.contains(.synACK) || state.sides[server].dataSegments > 0
      return (answered ? 1 : 0, state.sides[server].last, state.ordinal)
    }
    let state = udp[flow.detail]
    return (Int(state.exchangeBins), state.sides[server].last, state.ordinal)
  }
}
