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
/// time; with several workers each may take frames in on a thread of its own, while nobody looks.
public final class LiveAnalysis {
  private let analysis: CaptureAnalysis
  private let limits: LiveLimits
  private var memory: LiveMemory
  private var nextLook = Int64.min
  /// How many times the silence that ends a flow was shortened for want of room.
  private var pressure = 0
  private var seed: UInt64
  /// What the capture dropped and when; nil if that is unknown.
  var losses: CaptureLosses?
  /// Flows that were finished and written.
  public private(set) var finished: UInt64 = 0
  /// Flows that were taken for over before their time, for want of room.
  public private(set) var hurried: UInt64 = 0
  /// What workers share; nil with one.
  public let exchange: LiveExchange?

  /// An analysis of nothing yet. `seed` changes nothing that is reported. With several workers each is shown the packets of
  /// flows of its own.
  public init(
    limits: LiveLimits = LiveLimits(), thresholds: Thresholds = Thresholds(), seed: UInt64, workers: Int = 1
  ) {
    analysis = CaptureAnalysis(
      thresholds: thresholds, seed: seed, apart: max(1, workers), maximumFlows: max(16, Int(limits.flows.integer)))
    memory = LiveMemory(shards: max(1, workers))
    exchange = workers > 1 ? LiveExchange(workers: workers) : nil
    self.limits = limits
    self.seed = seed
  }

  /// Who takes frames in.
  public var workers: [Shard] { analysis.shards }
  /// Frames seen.
  public var frames: UInt64 { analysis.shards.reduce(0) { $0 + $1.frames } }
  /// Bytes of flows' states.
  public var bytesHeld: Int { analysis.shards.reduce(0) { $0 + $1.analyzer.bytesHeld } }
  /// Flows held, those that are over and not yet given back among them.
  var flowsHeld: Int { analysis.flows }
  /// Flows that lost their room to newer ones before they could be judged.
  public var evicted: UInt64 { analysis.shards.reduce(0) { $0 + $1.analyzer.table.evicted } }
  /// Time of the latest packet, ns since the epoch; nil before the first.
  public var latest: Int64? { frames == 0 ? nil : hygiene.last }

  private var hygiene: Hygiene {
    var sum = analysis.shards[0].analyzer.hygiene
    for shard in analysis.shards.dropFirst() { sum.add(shard.analyzer.hygiene) }
    return sum
  }

  /// Takes in the frames of one block: the only worker does.
  public func consume(_ block: Span<UInt8>, _ frames: Span<FrameInfo>) { analysis.shards[0].consume(block, frames) }

  /// It is time to look: packets tell the time, and where none come the clock does.
  ///
  /// A clock that was set back does not stop the looks.
  public func isDue(at now: Int64) -> Bool { now >= nextLook || now < nextLook &- Self.longestPause }

  /// Longest time between two looks that the number of flows explains, ns.
  private static let longestPause: Int64 = 3_600_000_000_000

  /// What workers may hold.
  public struct MemoryLimits: Sendable {
    fileprivate let bytes: Int

    /// A worker holds more than its part: `relieve` cannot wait.
    public func isCrowded(_ worker: Shard) -> Bool { worker.analyzer.bytesHeld >= bytes }
  }

  /// What each worker may hold.
  public var memoryLimits: MemoryLimits {
    MemoryLimits(bytes: Int(limits.memory.value * limits.crowded.value) / analysis.shards.count)
  }

  /// A worker holds more than its part of the memory: `relieve` cannot wait.
  public func isCrowded(_ worker: Shard) -> Bool { memoryLimits.isCrowded(worker) }

  /// The capture's own record as it stands.
  public func completed(_ capture: CaptureRecord) -> CaptureRecord {
    var record = analysis.completed(capture, hygiene)
    if hurried > 0 { record.hygiene.append("flows_hurried") }
    return record
  }

  /// The kernel dropped `total` packets so far, those it had not dropped before from `first` to `last`. Without a word on it
  /// nobody knows.
  public func noteDrops(_ total: UInt64, from first: Int64, to last: Int64) {
    var known = losses ?? CaptureLosses()
    known.note(total, from: first, to: last)
    losses = known
  }

  /// Says what changed since the last look and finishes what is over; at the end of the run that is everything.
  public func look(at now: Int64, isLast: Bool = false, to sink: any LiveSink) {
    share(until: isLast ? .max : now &- limits.sharing.integer)
    if isLast {
      for shard in analysis.shards { shard.analyzer.finish() }
      share(until: .max)
    }
    let idle = idleLimit
    let flows = FlowList(analysis.shards, analysis.signatures, analysis.thresholds)
    let judge = analysis.judge(flows, hygiene, drops: losses?.total, losses: losses)
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
    memory = LiveMemory(shards: 0)
    _ = FlowWriter(flows: flows, judge: judge, numbers: .single).write(calls, identity, to: &pass)
    if sink.isOpen { pass.forgetAbsorbed() }
    memory = pass.memory
    finished &+= UInt64(pass.finished)
    if pressure > 0 { hurried &+= UInt64(pass.finished) }
    sink.show(pass.shown, at: now)
    if !isLast { giveBack(now) }
    let share = max(1, Double(analysis.flows) / limits.looked.value)
    nextLook = now &+ Int64(limits.look.value * share)
  }

  /// Lets workers take in what others shared; what arrives in a tunnel may be shared once more.
  private func share(until time: Int64) {
    guard let exchange else { return }
    for _ in 0..<2 { for shard in analysis.shards { shard.exchange(exchange, until: time) } }
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
      let place = flows.places[position]
      guard flows.analyzers[Int(place.shard)].isOver(place.index, at: now, idle: idle, limits) else { return false }
      guard !busy.isEmpty, pressure == 0 else { return true }
      guard let start = busy[flows.client(position)] else { return true }
      return state(flows, position).last &+ slack < start
    }
  }

  private func state(_ flows: FlowList, _ position: Int) -> FlowState {
    let place = flows.places[position]
    return flows.analyzers[Int(place.shard)].table.flows[place.index]
  }
}

// MARK: Room

extension LiveAnalysis {
  private func exceeds(_ part: Threshold) -> Bool { Double(bytesHeld) >= limits.memory.value * part.value }

  /// Forgets flows that are over once they are half of all, or when room is short.
  private func giveBack(_ now: Int64) {
    let held = analysis.flows
    let isFull = held >= Int(limits.flows.integer) / 2 || exceeds(limits.full)
    let isHalfOver = memory.overCount >= max(Int(limits.renewal.integer), held / 2)
    let isWorthwhile = isHalfOver || isFull && memory.overCount >= max(16, held / 16)
    let isTight = exceeds(limits.tight)
    if isWorthwhile || isTight { renew(at: now, keepsTraces: !isTight) }
    if exceeds(limits.tight) { relieve(at: now) }
    // After giving back: is there room again?
    let stillFull = analysis.flows >= Int(limits.flows.integer) / 2 || exceeds(limits.full)
    let isSpacious = analysis.flows < Int(limits.flows.integer) / 4 && !exceeds(limits.relieved)
    if stillFull { pressure = min(pressure + 1, 6) } else if isSpacious, pressure > 0 { pressure -= 1 }
  }

  /// Gives up the flows that were silent longest, unjudged, those about which nothing is known first, until there is room.
  public func relieve(at now: Int64) {
    // What evicted flows left behind may be all that is too much.
    renew(at: now, keepsTraces: false)
    guard exceeds(limits.full) else { return }
    renew(at: now, keepsTraces: false, most: limits.memory.value * limits.relieved.value / Double(bytesHeld))
    pressure = min(pressure + 1, 6)
  }

  /// Moves what is kept into fresh collections; of flows that are not over the part `most` at most.
  func renew(at now: Int64, keepsTraces: Bool = true, most: Double = 1) {
    seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    var witnesses = 0
    for (number, shard) in analysis.shards.enumerated() {
      var kept = kept(number, now, &witnesses)
      let givenUp = most < 1 ? giveUp(number, &kept, most) : 0
      let numbers = shard.analyzer.compact(
        analysis.thresholds, seed: seed, namesSince: now &- limits.names.integer, keepsTraces: keepsTraces,
        givenUp: givenUp
      ) { kept[Int($0)] }
      memory.renumber(number, numbers)
    }
  }

  /// By index: the flow is kept, because it goes on or is a witness.
  private func kept(_ number: Int, _ now: Int64, _ witnesses: inout Int) -> [Bool] {
    let oldest = now &- limits.witness.integer
    let shard = analysis.shards[number]
    var kept: [Bool] = []
    kept.reserveCapacity(shard.analyzer.table.flows.count)
    for index in 0..<UInt32(shard.analyzer.table.flows.count) {
      let frame = shard.analyzer.firstFrame(index)
      guard memory.isOver(number, index, frame: frame) else {
        kept.append(true)
        continue
      }
      let isKept =
        memory.isWitness(number, index, frame: frame) && shard.analyzer.table.flows[index].last >= oldest
        && witnesses < Int(limits.witnesses.integer)
      if isKept { witnesses += 1 }
      kept.append(isKept)
    }
    return kept
  }

  /// Unmarks all but the part `most`, oldest first; how many.
  private func giveUp(_ number: Int, _ kept: inout [Bool], _ most: Double) -> Int {
    let shard = analysis.shards[number]
    var order: [(isKnown: Bool, last: Int64, index: Int)] = []
    for index in kept.indices where kept[index] {
      let flow = shard.analyzer.table.flows[UInt32(index)]
      order.append((flow.facts != FlowState.none, flow.last, index))
    }
    order.sort { left, right in
      if left.isKnown != right.isKnown { return right.isKnown }
      return (left.last, left.index) < (right.last, right.index)
    }
    let surplus = order.count - Int(Double(order.count) * most)
    var count = 0
    for entry in order.prefix(max(0, surplus)) {
      kept[entry.index] = false
      let frame = shard.analyzer.firstFrame(UInt32(entry.index))
      if memory.isOver(number, UInt32(entry.index), frame: frame) { continue }
      memory.forget(frame)
      count += 1
    }
    return count
  }
}
