internal import Flow
internal import Verdict

/// What was said of flows and calls that go on, and which flows are over.
struct LiveMemory {
  /// What of a verdict is worth another record when it changes.
  struct Gist: Equatable {
    let outcome: Outcome
    let mechanism: Mechanism?
    let direction: Direction?
    let grade: Grade
    let scope: Scope?

    init(_ verdict: Judgment) {
      outcome = verdict.outcome
      mechanism = verdict.mechanism
      direction = verdict.direction
      grade = verdict.grade
      scope = verdict.scope
    }
  }

  /// What was said of a call.
  struct ToldCall: Equatable {
    let id: UInt64
    let gist: Gist
    let stage: Stage
    let application: Application?
    let ended: Bool
    let masked: Bool
  }

  /// State of a flow that is over.
  struct Over {
    /// Frame of its first packet, by which a flow is known: its place may be taken by another.
    let frame: UInt64
    /// It had a finding: others of its kind may refer to it.
    let isWitness: Bool
  }

  /// By the frame of its first packet: a flow's id and what was said of it.
  var flows: [UInt64: (id: UInt64, gist: Gist)] = [:]
  /// By number: what was said of a call.
  var calls: [UInt64: ToldCall] = [:]
  /// Numbers of calls of which the last word was said while some of their flows go on.
  var finished: Set<UInt64> = []
  /// By the frame of a flow's first packet: number of its call, which is the frame of that call's first flow when it was
  /// first seen.
  var callOfFlow: [UInt64: UInt64] = [:]
  /// By shard and the flow's index.
  private var over: [[Over?]]
  /// How many flows are over and still held.
  private(set) var overCount = 0

  /// Nothing was said yet of the flows of so many shards.
  init(shards: Int) { over = Array(repeating: [], count: shards) }

  /// The flow at a place, known by its first frame, is over and written.
  func isOver(_ shard: Int, _ index: UInt32, frame: UInt64) -> Bool {
    Int(index) < over[shard].count && over[shard][Int(index)]?.frame == frame
  }

  /// Marks a flow as over.
  mutating func finish(_ shard: Int, _ index: UInt32, frame: UInt64, isWitness: Bool) {
    if over[shard].count <= Int(index) {
      over[shard].append(contentsOf: repeatElement(nil, count: Int(index) + 1 - over[shard].count))
    }
    if over[shard][Int(index)] == nil { overCount += 1 }
    over[shard][Int(index)] = Over(frame: frame, isWitness: isWitness)
    forget(frame)
  }

  /// Nothing more will be said of the flow with this first frame.
  mutating func forget(_ frame: UInt64) {
    flows[frame] = nil
    callOfFlow[frame] = nil
  }

  /// The flow at a place is a witness that is held beyond its end.
  func isWitness(_ shard: Int, _ index: UInt32, frame: UInt64) -> Bool {
    isOver(shard, index, frame: frame) && over[shard][Int(index)]?.isWitness == true
  }

  /// Flows of a shard have new numbers.
  mutating func renumber(_ shard: Int, _ numbers: [UInt32]) {
    var moved: [Over?] = []
    overCount -= over[shard].reduce(0) { $1 == nil ? $0 : $0 + 1 }
    for (old, new) in numbers.enumerated() where new != FlowState.none && old < over[shard].count {
      guard let state = over[shard][old] else { continue }
      while moved.count <= Int(new) { moved.append(nil) }
      moved[Int(new)] = state
      overCount += 1
    }
    over[shard] = moved
  }
}
