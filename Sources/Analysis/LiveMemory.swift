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
  /// By flow's index.
  private(set) var over: [Over?] = []
  /// How many flows are over and still held.
  private(set) var overCount = 0

  /// The flow at an index, known by its first frame, is over and written.
  func isOver(_ index: UInt32, frame: UInt64) -> Bool {
    Int(index) < over.count && over[Int(index)]?.frame == frame
  }

  /// Marks a flow as over.
  mutating func finish(_ index: UInt32, frame: UInt64, isWitness: Bool) {
    while over.count <= Int(index) { over.append(nil) }
    if over[Int(index)] == nil { overCount += 1 }
    over[Int(index)] = Over(frame: frame, isWitness: isWitness)
    flows[frame] = nil
    callOfFlow[frame] = nil
  }

  /// The flow at an index is a witness that is held beyond its end.
  func isWitness(_ index: UInt32, frame: UInt64) -> Bool {
    isOver(index, frame: frame) && over[Int(index)]?.isWitness == true
  }

  /// Flows have new numbers.
  mutating func renumber(_ numbers: [UInt32]) {
    var moved: [Over?] = []
    overCount = 0
    for (old, new) in numbers.enumerated() where new != FlowState.none && old < over.count {
      guard let state = over[old] else { continue }
      while moved.count <= Int(new) { moved.append(nil) }
      moved[Int(new)] = state
      overCount += 1
    }
    over = moved
  }
}
