internal import Flow
internal import Recognition
internal import Verdict

/// One look at all flows of a run that goes on: says what changed, finishes what is over.
///
/// It takes the records of a report in their order (`RecordSink`: one verdict for each flow in the order of first packets,
/// a call before its first flow) and passes on those that are news.
struct LivePass: RecordSink {
  private let flows: FlowList
  /// By call: positions of its flows, in order.
  private let rosters: [[Int]]
  /// By position: the call it is part of, the first of them; -1 if none.
  private let callOf: [Int32]
  /// By position: several calls have it among their flows.
  private let isShared: [Bool]
  /// By position: a call that goes on has it among its flows.
  private let isNeeded: [Bool]
  private let isOver: [Bool]
  private let isCallOver: [Bool]
  private let sink: any LiveSink
  var memory: LiveMemory
  /// Calls that go on.
  private(set) var shown: [LiveCall] = []
  /// Flows that were finished.
  private(set) var finished = 0
  private var position = 0
  private var nextCall = 0
  /// What calls of this look are known by.
  private var keys: Set<UInt64> = []
  /// Ids of calls of which the last word was said in this look.
  private var lastIDs: [UInt64: UInt64] = [:]
  /// Most calls remembered beyond their last word.
  private static let mostFinished = 1 << 16
  // Of the flow whose verdict was asked for last.
  private var frame: UInt64 = 0
  private var ends = false

  init(
    _ flows: FlowList, _ rosters: [[Int]], isOver: [Bool], isCallOver: [Bool], memory: LiveMemory, sink: any LiveSink
  ) {
    self.flows = flows
    self.rosters = rosters
    var isShared = [Bool](repeating: false, count: flows.count)
    var isNeeded = [Bool](repeating: false, count: flows.count)
    var callOf = [Int32](repeating: -1, count: flows.count)
    for (number, positions) in rosters.enumerated() {
      for position in positions {
        if callOf[position] < 0 {
          callOf[position] = Int32(truncatingIfNeeded: number)
        } else {
          isShared[position] = true
        }
        if !isCallOver[number] { isNeeded[position] = true }
      }
    }
    self.callOf = callOf
    self.isNeeded = isNeeded
    self.isShared = isShared
    self.isOver = isOver
    self.isCallOver = isCallOver
    self.memory = memory
    self.sink = sink
  }

  var writesIdentifiers: Bool { true }
  var isOpen: Bool { sink.isOpen }

  mutating func write(_ capture: CaptureRecord) {}

  mutating func write(_ call: CallRecord) {
    let number = nextCall
    nextCall += 1
    let frames = rosters[number].map { firstFrame($0) }
    // Signaling that tells of several calls is not what a call is known by.
    let own = rosters[number].indices.filter { !isShared[rosters[number][$0]] }
    let known = key(of: own.map { frames[$0] }, first: call.first)
    guard !memory.finished.contains(known), !rosters[number].allSatisfy(isFinished) else { return }
    for place in own { memory.callOfFlow[frames[place]] = known }
    var record = call
    let told = memory.calls[known]
    record.id = told?.id ?? call.id
    record.isProvisional = !isCallOver[number]
    for (place, frame) in frames.enumerated() where place < record.flows.count {
      if let told = memory.flows[frame] { record.flows[place] = told.id }
    }
    let live = describe(record, rosters[number])
    let news = LiveMemory.ToldCall(
      id: record.id, gist: LiveMemory.Gist(record.verdict), stage: record.stage, application: record.application,
      ended: record.ended, masked: record.masked)
    if record.isProvisional {
      shown.append(live)
      guard news != told else { return }
      memory.calls[known] = news
    } else {
      memory.calls[known] = nil
      // Ids of its flows still ask for its own.
      if memory.finished.count >= Self.mostFinished { memory.finished.removeAll() }
      memory.finished.insert(known)
      lastIDs[known] = record.id
    }
    sink.write(live)
  }

  mutating func wantsRecord(of verdict: Judgment) -> Bool {
    defer { position += 1 }
    guard !isFinished(position) else { return false }
    frame = firstFrame(position)
    ends = !isNeeded[position] && (isOver[position] || callOf[position] >= 0 && isCallOver[Int(callOf[position])])
    if ends {
      finished += 1
      let isTold = memory.flows[frame] != nil
      let isWanted = sink.wantsRecord(ofEnded: verdict)
      if !isTold, !isWanted {
        finish(position, isWitness: verdict.isFinding)
        return false
      }
      return true
    }
    guard let told = memory.flows[frame] else { return verdict.isFinding }
    return told.gist != LiveMemory.Gist(verdict)
  }

  mutating func write(_ flow: FlowRecord) {
    var record = flow
    record.isProvisional = !ends
    record.id = memory.flows[frame]?.id ?? flow.id
    if let call = memory.callOfFlow[frame], let id = memory.calls[call]?.id ?? lastIDs[call] { record.call = id }
    if ends {
      finish(position - 1, isWitness: flow.verdict.isFinding)
    } else {
      memory.flows[frame] = (record.id, LiveMemory.Gist(flow.verdict))
    }
    sink.write(record)
  }

  /// What a call is known by: as before, if any of its flows was of a call before. Of two calls that were taken for one, the
  /// first stays what it was.
  private mutating func key(of frames: [UInt64], first: Int64) -> UInt64 {
    let earlier = frames.compactMap { memory.callOfFlow[$0] }
    let key = (earlier + frames).first { !keys.contains($0) } ?? UInt64(bitPattern: first)
    keys.insert(key)
    return key
  }

  /// After a look: forgets calls that were told of and that it knows nothing of, for their flows are another call's now.
  mutating func forgetAbsorbed() { memory.calls = memory.calls.filter { keys.contains($0.key) } }

  private func isFinished(_ position: Int) -> Bool {
    let place = flows.places[position]
    return memory.isOver(Int(place.shard), place.index, frame: firstFrame(position))
  }

  private mutating func finish(_ position: Int, isWitness: Bool) {
    let place = flows.places[position]
    memory.finish(Int(place.shard), place.index, frame: frame, isWitness: isWitness)
  }

  private func firstFrame(_ position: Int) -> UInt64 {
    let place = flows.places[position]
    return flows.analyzers[Int(place.shard)].firstFrame(place.index)
  }

  private func describe(_ record: CallRecord, _ positions: [Int]) -> LiveCall {
    var bytes: (up: UInt64, down: UInt64) = (0, 0)
    var ends: [(client: IPAddress, server: IPAddress)] = []
    for position in positions {
      let outline = flows[position]
      bytes.up &+= outline.bytes.client
      bytes.down &+= outline.bytes.server
      ends.append((outline.client, outline.server))
    }
    return LiveCall(record: record, client: ends.first?.client ?? IPAddress(v4: 0), bytes: bytes, ends: ends)
  }
}
