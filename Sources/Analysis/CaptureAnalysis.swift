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

  /// An analysis with `threads` shards. `seed` changes nothing that is reported; `keepsBins` adds time bins to flows.
  public init(thresholds: Thresholds = Thresholds(), seed: UInt64, threads: Int = 1, keepsBins: Bool = false) {
    self.thresholds = thresholds
    let count = max(1, threads)
    var shards: [Shard] = []
    for shard in 0..<count {
      shards.append(
        Shard(Analyzer(thresholds: thresholds, seed: seed, shard: shard, shards: count, keepsBins: keepsBins)))
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
  ///   - phoneApps: labels of apps by the user of their frames, where the capture has them.
  public func report(
    _ capture: CaptureRecord, numbers: PieceNumbers = .single, phoneApps: [Int32: [UInt8]] = [:],
    to sink: inout some RecordSink
  ) {
    for shard in shards {
      shard.analyzer.finish()
      shard.analyzer.namePhoneUsers(phoneApps)
    }
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
    record.overlappingFragments = shards[0].analyzer.fragments.counts.overlaps
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
    around.end = hygiene.last
    around.isOrderly = hygiene.backwards &* 1_000 <= hygiene.frames
    var reflectorPorts: Set<ServerEndpoint> = []
    var answered = !hygiene.linkAlive.isEmpty
    // Whose flows a detector or a call may want controls for.
    var clients: Set<IPAddress> = []
    var needsControls = false
    // Flows that may be findings: what they are is asked twice, alone and with what all of them say together.
    var suspects: [Int] = []
    let limits = SilenceLimits(thresholds)
    var alone = FlowJudge(shards: shards, known: Circumstances(around, thresholds), reflectorPorts: [])
    for position in 0..<flows.count {
      let place = flows.places[position]
      if !place.marks.contains(.oneSided) { answered = true }
      if place.marks.contains(.reset), alone.mayAccuse(place), alone.judge(flows[position]).isFinding {
        suspects.append(position)
        clients.insert(flows[position].client)
        needsControls = true
      }
      if place.marks.isDisjoint(with: [.oneSided, .mayBeOfCall, .maybeSilent]) { continue }
      let (outline, silence) = shards[Int(place.shard)].analyzer.silence(place, flows.home, limits)
      if outline.content.contains(.reflectorHello) {
        reflectorPorts.insert(ServerEndpoint(address: outline.server, port: outline.serverPort))
      }
      if outline.isCallTraffic || outline.content.contains(.stun) {
        around.noteClient(outline.client, of: outline.server, first: outline.first)
      }
      if silence.isCandidate { around.examined += 1 }
      if silence.isCandidate || silence.mayHaveBegun || outline.isCallTraffic { needsControls = true }
      if silence.isCandidate || silence.mayHaveBegun {
        if suspects.last != position { suspects.append(position) }
      }
      if silence.isCandidate || silence.mayHaveBegun || place.marks.contains(.mayBeOfCall) {
        clients.insert(outline.client)
      }
    }
    around.isOneSided = !answered
    around.lossyCalls = CapTraces.calls(flows)
    around.sharedBuckets = SharedBuckets.examine(around.lossyCalls, thresholds)
    around.connectionCaps = ConnectionCaps.examine(CapTraces.connections(flows), thresholds)
    if needsControls {
      for position in 0..<flows.count {
        let place = flows.places[position]
        guard let neighbor = shards[Int(place.shard)].analyzer.neighbor(place, at: position, flows.home),
          clients.contains(neighbor.client)
        else { continue }
        around.add(neighbor)
      }
    }
    alone = FlowJudge(shards: shards, known: Circumstances(around, thresholds), reflectorPorts: reflectorPorts)
    var replication = Replication()
    for position in suspects {
      let outline = flows[position]
      let observation = alone.observe(outline)
      replication.note(
        alone.judge(outline, observation), of: observation, over: outline.transport, name: alone.name(outline))
    }
    replication.close()
    return FlowJudge(
      shards: shards, known: Circumstances(around, thresholds, replication), reflectorPorts: reflectorPorts)
  }
}

/// The limits of silence that are asked for every flow.
private struct SilenceLimits {
  let synTrials: Int64
  let trials: Int64
  let retransmissions: Int64
  let initials: Int64
  let pauseTrials: Int64

  init(_ thresholds: Thresholds) {
    synTrials = thresholds.silence.synTrials.integer
    trials = thresholds.silence.trials.integer
    retransmissions = thresholds.silence.retransmissions.integer
    initials = thresholds.silence.initials.integer
    pauseTrials = thresholds.silence.pauseTrials.integer
  }
}

extension Analyzer {
  /// A flow's outline; whether it has enough unanswered requests to be tested, and whether the client spoke last for
  /// several seconds or was not answered for as long.
  fileprivate func silence(
    _ place: FlowList.Place, _ home: HomeHosts, _ limits: SilenceLimits
  ) -> (outline: FlowOutline, silence: (isCandidate: Bool, mayHaveBegun: Bool)) {
    let outline = outline(place, home: home)
    let flow = table.flows[place.index]
    let client = Int(outline.clientSide)
    if outline.isTCP {
      let isCandidate = outline.packets.server == 0 && Int64(tcp[flow.detail].syns) >= limits.synTrials
      let side = tcp[flow.detail].sides[client]
      let copies = max(side.unansweredCopies, side.stalledCopies)
      return (outline, (isCandidate, Int64(copies) >= limits.retransmissions))
    }
    var isCandidate = false
    var mayHaveBegun = Int64(udp[flow.detail].sides[client].runBins) >= limits.trials
    if flow.facts != FlowState.none, facts[flow.facts].dialogue != FlowState.none {
      let dialogue = facts[flow.facts].dialogue
      if outline.packets.server == 0 {
        isCandidate =
          Int64(dialogues[dialogue][.server].bins) >= limits.trials
          || Int64(dialogues[dialogue][.initial].asked) >= limits.initials
      } else if !mayHaveBegun {
        mayHaveBegun = Int64(dialogues[dialogue].longestRow) >= limits.pauseTrials
      }
    }
    return (outline, (isCandidate, mayHaveBegun))
  }

  /// The flow as a control: how often and until when the server answered; nil if it never did.
  fileprivate func neighbor(_ place: FlowList.Place, at position: Int, _ home: HomeHosts) -> Neighbor? {
    let flow = table.flows[place.index]
    if !flow.isTCP, udp[flow.detail].exchangeBins == 0 { return nil }
    let outline = outline(place, home: home)
    guard outline.packets.server > 0 else { return nil }
    let server = 1 - Int(outline.clientSide)
    var trials = 1
    var longestGap = Int64.max
    let last: Int64
    if outline.isTCP {
      let side = tcp[flow.detail].sides[server]
      guard side.sent.contains(.synACK) || side.dataSegments > 0 else { return nil }
      last = side.last
      longestGap = side.longestGap
    } else {
      trials = Int(udp[flow.detail].exchangeBins)
      last = udp[flow.detail].sides[server].last
      longestGap = udp[flow.detail].sides[server].longestGap
    }
    return Neighbor(
      position: position, client: outline.client, server: outline.server, port: outline.serverPort,
      transport: outline.transport, first: outline.first, lastAnswer: last, trials: trials,
      longestGap: longestGap, sent: (outline.packets.client, outline.bytes.client))
  }
}
