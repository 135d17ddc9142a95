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
  let thresholds: Thresholds
  let signatures = SignatureIndex()
  /// Packets that are looked at one by one for caps.
  let offers: Int

  /// An analysis with `threads` shards. `seed` changes nothing that is reported; `keepsBins` adds time bins to flows;
  /// `maximumFlows` replaces the threshold.
  public init(
    thresholds: Thresholds = Thresholds(), seed: UInt64, threads: Int = 1, keepsBins: Bool = false,
    maximumFlows: Int? = nil
  ) {
    self.thresholds = thresholds
    offers = Int(thresholds.cap.offers.integer)
    let count = max(1, threads)
    var shards: [Shard] = []
    for shard in 0..<count {
      shards.append(
        Shard(
          Analyzer(
            thresholds: thresholds, seed: seed, shard: shard, shards: count, keepsBins: keepsBins,
            maximumFlows: maximumFlows)))
    }
    self.shards = shards
  }

  /// An analysis whose shards see frames of their own, the flows of each: a run on several cores.
  init(thresholds: Thresholds, seed: UInt64, apart workers: Int, maximumFlows: Int) {
    self.thresholds = thresholds
    // With what they are put together with 50 MB at most: who watches has to bound its memory.
    offers = min(500_000, Int(thresholds.cap.offers.integer))
    shards = (0..<workers).map { worker in
      Shard(
        Analyzer(
          thresholds: thresholds, seed: seed, shard: worker, maximumFlows: max(16, maximumFlows / workers),
          isApart: workers > 1))
    }
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
  ///   - ends: ends of the calls of captures reported before, which may be those of this capture's.
  public func report(
    _ capture: CaptureRecord, numbers: PieceNumbers = .single, phoneApps: [Int32: [UInt8]] = [:],
    ends: inout CallEnds, to sink: inout some RecordSink
  ) {
    for shard in shards {
      shard.analyzer.finish()
      shard.analyzer.namePhoneUsers(phoneApps)
    }
    let hygiene = shards[0].analyzer.hygiene
    sink.write(completed(capture, hygiene))
    guard sink.isOpen else { return }
    let flows = FlowList(shards, signatures, thresholds)
    let judge = judge(
      flows, hygiene, drops: capture.drops, isHostsOwn: capture.linkTypes.contains(where: Self.ownLinks.contains),
      isOverheard: capture.linkTypes.contains(where: Self.radioLinks.contains))
    let identity = Identity(isWanted: sink.writesIdentifiers)
    let calls = CallAssembler(flows: flows, judge: judge, identity: identity, ends: ends)
    ends.add(FlowWriter(flows: flows, judge: judge, numbers: numbers).write(calls, identity, to: &sink))
  }

  /// The same for a capture by itself.
  public func report(
    _ capture: CaptureRecord, numbers: PieceNumbers = .single, phoneApps: [Int32: [UInt8]] = [:],
    to sink: inout some RecordSink
  ) {
    var ends = CallEnds(keeps: false)
    report(capture, numbers: numbers, phoneApps: phoneApps, ends: &ends, to: &sink)
  }

  /// Links of a host's pseudo-devices and tunnels: what is captured there is its own traffic.
  private static let ownLinks: Set<String> = ["linux-sll", "linux-sll2", "rawip", "rawip4", "rawip6", "null", "loop"]

  /// Links of radios in monitor mode: a third radio hears what two others send each other, and misses what it does not hear.
  private static let radioLinks: Set<String> = [
    "ieee-802-11", "ieee-802-11-prism", "ieee-802-11-radiotap", "ieee-802-11-avs", "ppi",
  ]

  func completed(_ given: CaptureRecord, _ hygiene: Hygiene) -> CaptureRecord {
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
    if hasTwins(hygiene) { record.hygiene.append("duplicated_frames") }
    if record.evictedFlows > 0 { record.hygiene.append("flows_evicted") }
    return record
  }

  /// A judge who knows what flows are to each other: controls, reflector ports, moves to another address. `losses`: when
  /// the capture dropped packets, if that is known; `isHostsOwn`: a host recorded its own packets on several interfaces;
  /// `isOverheard`: a radio in monitor mode recorded those of others.
  func judge(
    _ flows: FlowList, _ hygiene: Hygiene, drops: UInt64?, losses: CaptureLosses? = nil, isHostsOwn: Bool = false,
    isOverheard: Bool = false
  ) -> FlowJudge {
    var around = Surroundings(drops: drops)
    around.isHostsOwn = isHostsOwn
    around.isOverheard = isOverheard
    around.linkAlive = hygiene.linkAlive
    around.cutErrors = hygiene.cutErrors
    around.room = hygiene.cut > 0 ? Int64(hygiene.room) : nil
    around.start = hygiene.first
    around.end = hygiene.last
    around.hasTwins = hasTwins(hygiene)
    around.hasMergedFrames = hygiene.oversized > 0
    around.hasOnlySegmentsAndDatagrams = hygiene.icmp == 0 && hygiene.undecoded[Int(Undecoded.notIP.rawValue)] == 0
    // A few that several queues or processors put out of order say nothing of a short capture.
    around.isOrderly =
      hygiene.backwards &* 1_000 <= hygiene.frames
      || hygiene.backwards <= Hygiene.mostSteps && hygiene.clockSteps.isEmpty
    around.holes = hygiene.holes(of: thresholds.power.holeFrames.value)
    around.stills = hygiene.stills(of: thresholds.power.holeFrames.value)
    if hygiene.clockSteps.count <= Hygiene.mostSteps { around.clockSteps = hygiene.clockSteps }
    for shard in shards { shard.analyzer.described.show(to: &around.agreed) }
    var reflectorPorts: Set<Socket> = []
    var answered = false
    let repliedTo = Set(hygiene.linkAlive.compactMap(\.target))
    if hygiene.linkAlive.contains(where: { $0.target == nil }) { answered = true }
    // Whose flows a detector or a call may want controls for.
    var clients = AddressIndex()
    var needsControls = false
    // Flows that may be findings: what they are is asked twice, alone and with what all of them say together.
    var suspects: [Int] = []
    let limits = SilenceLimits(thresholds)
    let reset = lookAtResets(flows, losses, &around)
    var alone = FlowJudge(
      analyzers: flows.analyzers, known: Circumstances(around, thresholds, losses: losses), reflectorPorts: [])
    for position in 0..<flows.count {
      let place = flows.places[position]
      if !place.marks.contains(.oneSided) { answered = true }
      if place.marks.contains(.reset), reset.contains(position), alone.judge(flows[position]).isFinding {
        suspects.append(position)
        _ = clients.number(flows.client(position))
        needsControls = true
      }
      if place.marks.contains(.http) { flows.analyzers[Int(place.shard)].showPage(place, to: &around.pages) }
      if place.marks.isDisjoint(with: [.oneSided, .mayBeOfCall, .maybeSilent]) { continue }
      let shard = Int(place.shard)
      let content = flows.analyzers[shard].content(place.index)
      let silence = flows.analyzers[shard].silence(place, limits)
      if !content.isDisjoint(with: .surveyed) {
        let ends = flows.analyzers[shard].ends(place)
        if content.contains(.reflectorHello) {
          reflectorPorts.insert(Socket(ends.server, ends.serverPort))
        }
        around.noteClient(ends.client, of: ends.server, first: flows.analyzers[shard].table.flows[place.index].first)
      }
      if place.marks.contains(.oneSided) {
        flows.analyzers[shard].showInitials(place, to: &around.initials)
        if flows.analyzers[shard].followsAnswer(place) { around.unheardClients.insert(flows.client(position)) }
        if flows.analyzers[shard].acknowledgesUnseen(place) { around.halfHeardClients.insert(flows.client(position)) }
      }
      if !answered, !repliedTo.isEmpty, repliedTo.contains(flows.client(position)) { answered = true }
      if silence.isCandidate { around.examined += 1 }
      let isSuspect = silence.isCandidate || silence.mayHaveBegun
      if isSuspect || !content.isDisjoint(with: .callTraffic) { needsControls = true }
      if isSuspect, suspects.last != position { suspects.append(position) }
      if isSuspect || place.marks.contains(.mayBeOfCall) { _ = clients.number(flows.client(position)) }
    }
    around.isOneSided = !answered
    dropHeard(flows, from: &around.unheardClients)
    if (0..<shards.count).contains(where: { !flows.analyzers[$0].dnsAnswers.isEmpty }) {
      for position in 0..<flows.count {
        let outline = flows[position]
        guard !outline.isTCP, outline.content.contains(.dns) else { continue }
        around.answers[outline.firstFrame] = flows.analyzers[outline.shard].dnsAnswers.pair(
          client: AddressBits(outline.client), port: outline.clientPort, server: AddressBits(outline.server))
      }
    }
    for position in 0..<flows.count where flows.places[position].marks.contains(.control) {
      flows.analyzers[Int(flows.places[position].shard)].noteReports(flows[position], in: &around)
    }
    if !around.reports.isEmpty {
      for position in 0..<flows.count where flows.places[position].marks.contains(.media) {
        flows.analyzers[Int(flows.places[position].shard)].noteReported(flows[position], in: &around)
      }
    }
    let capped = examineCaps(flows, losses, &around)
    if !capped.isEmpty {
      let known = Set(suspects)
      for position in 0..<flows.count where !known.contains(position) {
        let place = flows.places[position]
        guard place.marks.contains(.media) || place.marks.contains(.traced) else { continue }
        if capped.contains(flows[position].firstFrame) { suspects.append(position) }
      }
      suspects.sort()
    }
    if needsControls {
      around.knowsControls = true
      around.reserve(controls: flows.count)
      // A program on the host that carries everything, as a VPN app that records, is no router's neighbor: there all look so.
      let showsLink =
        !isHostsOwn
        || flows.places.contains {
          !$0.marks.contains(.oneSided) && flows.analyzers[Int($0.shard)].table.flows[$0.index].isTCP
            && !flows.analyzers[Int($0.shard)].isUnrouted($0)
        }
      for position in 0..<flows.count {
        let place = flows.places[position]
        if place.marks.contains(.oneSided), clients.find(flows.client(position)) != nil,
          let unanswered = flows.analyzers[Int(place.shard)].unanswered(flows[position], place)
        {
          around.add(unanswered, of: flows.client(position))
        }
        if place.marks.contains(.media) || flows.analyzers[Int(place.shard)].hasSealedMedia(place.index),
          let path = flows.analyzers[Int(place.shard)].mediaPath(flows[position])
        {
          around.note(path.path, of: path.socket)
        }
        flows.analyzers[Int(place.shard)].noteOwnServer(place, in: &around)
        if var neighbor = flows.analyzers[Int(place.shard)].neighbor(
          place, at: position, of: clients, isFromLink: showsLink)
        {
          if neighbor.transport == .tcp || FlowJudge.isRelay(flows.analyzers[Int(place.shard)].content(place.index)) {
            neighbor.service = flows[position].application?.application
          }
          around.add(neighbor)
        }
      }
    }
    alone = FlowJudge(
      analyzers: flows.analyzers, known: Circumstances(around, thresholds, losses: losses),
      reflectorPorts: reflectorPorts)
    var replication = Replication()
    for position in suspects {
      let outline = flows[position]
      let observation = alone.observe(outline)
      replication.note(
        alone.judge(outline, observation), of: observation, over: outline.transport, name: alone.name(outline))
    }
    replication.close()
    return FlowJudge(
      analyzers: flows.analyzers, known: Circumstances(around, thresholds, replication, losses: losses),
      reflectorPorts: reflectorPorts)
  }

  /// Takes out whom a packet from beyond the local network reached: the capture holds both ways for it. ARP shows the link.
  private func dropHeard(_ flows: FlowList, from clients: inout Set<IPAddress>) {
    guard !clients.isEmpty else { return }
    for place in flows.places where !place.marks.contains(.oneSided) {
      let ends = flows.analyzers[Int(place.shard)].ends(place)
      if !Surroundings.isOnLink(ends.server, of: ends.client) { clients.remove(ends.client) }
      if !Surroundings.isOnLink(ends.client, of: ends.server) { clients.remove(ends.server) }
    }
  }
}
