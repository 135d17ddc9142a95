internal import Detection
internal import Flow
internal import Recognition
public import Settings
public import Verdict
public import Wire

/// An analysis that goes on: frames in, records out as they become justified, room given back as flows end.
///
/// What is said at a look is what a report on the packets so far would say, by the same judges. A flow is over by its own
/// end or by silence; a call is over when nothing of it was seen for as long as a UDP flow may be silent. One thread at a
/// time.
public final class LiveAnalysis {
  private let analysis: CaptureAnalysis
  private let limits: LiveLimits
  private var memory = LiveMemory()
  private var nextLook = Int64.min
  /// How many times the silence that ends a flow was shortened for want of room.
  private var pressure = 0
  private var seed: UInt64
  /// Flows that were finished and written.
  public private(set) var finished: UInt64 = 0
  /// Flows that were taken for over before their time, for want of room.
  public private(set) var hurried: UInt64 = 0

  /// An analysis of nothing yet. `seed` changes nothing that is reported.
  public init(limits: LiveLimits = LiveLimits(), seed: UInt64) {
    analysis = CaptureAnalysis(seed: seed, maximumFlows: max(16, Int(limits.flows.integer)))
    self.limits = limits
    self.seed = seed
  }

  /// Frames seen.
  public var frames: UInt64 { analysis.frames }
  /// Bytes of their states.
  public var bytesHeld: Int { shard.analyzer.bytesHeld }
  /// Flows that lost their room to newer ones before they could be judged.
  public var evicted: UInt64 { shard.analyzer.table.evicted }
  /// Time of the latest packet, ns since the epoch; nil before the first.
  public var latest: Int64? { analysis.frames == 0 ? nil : shard.analyzer.hygiene.last }

  private var shard: Shard { analysis.shards[0] }

  /// Takes in the frames of one block.
  public func consume(_ block: Span<UInt8>, _ frames: Span<FrameInfo>) { shard.consume(block, frames) }

  /// It is time to look: packets tell the time, and where none come the clock does.
  ///
  /// A clock that was set back does not stop the looks.
  public func isDue(at now: Int64) -> Bool { now >= nextLook || now < nextLook &- Self.longestPause }

  /// Longest time between two looks that the number of flows explains, ns.
  private static let longestPause: Int64 = 3_600_000_000_000

  /// The capture's own record as it stands.
  public func completed(_ capture: CaptureRecord) -> CaptureRecord {
    var record = analysis.completed(capture, shard.analyzer.hygiene)
    if hurried > 0 { record.hygiene.append("flows_hurried") }
    return record
  }

  /// Says what changed since the last look and finishes what is over; at the end of the run that is everything.
  public func look(at now: Int64, drops: UInt64?, isLast: Bool = false, to sink: any LiveSink) {
    if isLast { shard.analyzer.finish() }
    let idle = idleLimit
    let flows = FlowList(analysis.shards, analysis.signatures, analysis.thresholds)
    let judge = analysis.judge(flows, shard.analyzer.hygiene, drops: drops)
    let identity = Identity(isWanted: true)
    let calls = CallAssembler(flows: flows, judge: judge, identity: identity, ends: CallEnds())
    let rosters = calls.rosters
    let patience = min(analysis.thresholds.flow.udpIdle.integer, idle)
    // Signaling that tells of several calls goes on when one of them is over.
    var uses = [UInt8](repeating: 0, count: flows.count)
    for positions in rosters { for position in positions { uses[position] = min(2, uses[position] + 1) } }
    let isCallOver = rosters.map { positions in
      let own = positions.filter { uses[$0] == 1 }
      return isLast || (own.isEmpty ? positions : own).allSatisfy { now &- state(flows, $0).last > patience }
    }
    var pass = LivePass(
      flows, rosters, isOver: overFlows(flows, rosters, isCallOver, now, idle, isLast), isCallOver: isCallOver,
      memory: memory, sink: sink)
    memory = LiveMemory()
    _ = FlowWriter(flows: flows, judge: judge, numbers: .single).write(calls, identity, to: &pass)
    memory = pass.memory
    finished &+= UInt64(pass.finished)
    if pressure > 0 { hurried &+= UInt64(pass.finished) }
    sink.show(pass.shown, at: now)
    if !isLast { giveBack(now) }
    let share = max(1, Double(analysis.flows) / limits.looked.value)
    nextLook = now &+ Int64(limits.look.value * share)
  }

  /// The silence that ends a UDP flow: shorter for want of room.
  private var idleLimit: Int64 { analysis.thresholds.flow.udpIdle.integer / (1 << Int64(pressure)) }

  /// By position: the flow is over. What ended beside a call that goes on is still asked for as its control.
  private func overFlows(
    _ flows: FlowList, _ rosters: [[Int]], _ isCallOver: [Bool], _ now: Int64, _ idle: Int64, _ isLast: Bool
  ) -> [Bool] {
    if isLast { return Array(repeating: true, count: flows.count) }
    var busy: [IPAddress: Int64] = [:]
    for (number, positions) in rosters.enumerated() where !isCallOver[number] {
      let client = flows.client(positions[0])
      let first = positions.reduce(Int64.max) { min($0, state(flows, $1).first) }
      busy[client] = min(busy[client] ?? .max, first)
    }
    let slack = analysis.thresholds.silence.controlOverlap.integer
    return (0..<flows.count).map { position in
      let index = flows.places[position].index
      guard shard.analyzer.isOver(index, at: now, idle: idle, limits) else { return false }
      guard !busy.isEmpty, pressure == 0 else { return true }
      guard let start = busy[flows.client(position)] else { return true }
      return state(flows, position).last &+ slack < start
    }
  }

  private func state(_ flows: FlowList, _ position: Int) -> FlowState {
    shard.analyzer.table.flows[flows.places[position].index]
  }

  /// Forgets flows that are over once they are half of all, or when room is short.
  private func giveBack(_ now: Int64) {
    let held = analysis.flows
    let isFull = held >= Int(limits.flows.integer) / 2 || bytesHeld >= Int(limits.memory.integer) / 2
    let isSpacious = held < Int(limits.flows.integer) / 4 && bytesHeld < Int(limits.memory.integer) / 4
    let isHalfOver = memory.overCount >= max(Int(limits.renewal.integer), held / 2)
    let isWorthwhile = isHalfOver || isFull && memory.overCount >= held / 16
    let isTight = bytesHeld >= Int(limits.memory.integer) / 4 * 3
    if isWorthwhile || isTight { renew(at: now, keepsTraces: !isTight) }
    // After giving back: is there room again?
    let stillFull =
      analysis.flows >= Int(limits.flows.integer) / 2 || bytesHeld >= Int(limits.memory.integer) / 2
    if stillFull { pressure = min(pressure + 1, 6) } else if isSpacious, pressure > 0 { pressure -= 1 }
  }

  /// Moves what is kept into fresh collections.
  func renew(at now: Int64, keepsTraces: Bool = true) {
    let kept = kept(now)
    seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    let numbers = shard.analyzer.compact(
      analysis.thresholds, seed: seed, namesSince: now &- limits.names.integer, keepsTraces: keepsTraces
    ) { kept[Int($0)] }
    memory.renumber(numbers)
  }

  /// By index: the flow is kept, because it goes on or is a witness.
  private func kept(_ now: Int64) -> [Bool] {
    let oldest = now &- limits.witness.integer
    var witnesses = 0
    return (0..<UInt32(analysis.flows)).map { index in
      let frame = shard.analyzer.firstFrame(index)
      if !memory.isOver(index, frame: frame) { return true }
      guard memory.isWitness(index, frame: frame), shard.analyzer.table.flows[index].last >= oldest,
        witnesses < Int(limits.witnesses.integer)
      else {
        return false
      }
      witnesses += 1
      return true
    }
  }
}
