internal import Recognition
internal import Verdict

/// The calls of a capture and the flows that belong to them.
struct Calls {
  /// A call as it was put together.
  struct Call {
    let record: CallRecord
    /// Position of its first flow, before which it is written.
    let first: Int
    /// What its flows say about the application.
    let application: ApplicationMatch?
  }

  /// A flow of a call: what was found out about it then.
  struct Member {
    let position: Int
    /// Index of its call.
    let call: Int
    let id: UInt64
    let communityID: CommunityID
    let verdict: Judgment
  }

  /// As they were put together.
  private(set) var all: [Call] = []
  /// As they were added.
  private(set) var members: [Member] = []
  /// Indices of members in the order of positions.
  private(set) var memberOrder: [Int] = []
  /// Indices of calls in the order of their first flows.
  private(set) var order: [Int] = []

  /// Adds a call and its flows.
  mutating func add(_ call: Call, _ flows: [Member]) {
    all.append(call)
    members.append(contentsOf: flows)
  }

  /// Number of the call added next.
  var count: Int { all.count }

  /// Puts calls and flows in order, after the last call.
  mutating func close() {
    memberOrder = Self.ascending(members.map(\.position))
    order = Self.ascending(all.map(\.first))
  }

  /// Indices that put positions, none twice, in order.
  private static func ascending(_ positions: [Int]) -> [Int] {
    let keyed = positions.enumerated().map { UInt64($0.element) << 32 | UInt64($0.offset) }
    return keyed.sorted().map { Int($0 & 0xFFFF_FFFF) }
  }
}
