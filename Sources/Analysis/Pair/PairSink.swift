internal import Detection
public import Settings
public import Verdict

/// Takes the near capture's records, settles each verdict by what the far capture shows, and passes all of them on at the
/// end: calls after the verdicts of their flows are known.
public struct PairSink<Next: RecordSink>: RecordSink {
  private enum Item {
    case call(CallRecord)
    case flow(FlowRecord)
  }

  private let match: PairMatch
  private let farPath: String
  private let thresholds: Thresholds
  private var next: Next
  private var items: [Item] = []
  /// Packets of the flows that may have carried a call's media, by their ids.
  private var media: [UInt64: UInt64] = [:]

  /// Settles by `match` what it passes on to `next`.
  public init(_ match: PairMatch, farPath: String, _ thresholds: Thresholds = Thresholds(), next: Next) {
    self.match = match
    self.farPath = farPath
    self.thresholds = thresholds
    self.next = next
  }

  /// The capture's line, with the pair's facts.
  public mutating func write(_ capture: CaptureRecord) {
    var capture = capture
    capture.pair = match.record(farPath)
    if match.isCutShort {
      capture.hygiene.append("pair_cut_short")
    } else if match.clock == nil {
      capture.hygiene.append("pair_without_common_packets")
    } else if match.isUnsteady {
      capture.hygiene.append("pair_clock_unsteady")
    } else if match.isOnePoint {
      capture.hygiene.append("pair_of_one_point")
    } else if match.isOneWay {
      capture.hygiene.append("pair_one_way")
    }
    next.write(capture)
  }

  /// Kept until its flows are known.
  public mutating func write(_ call: CallRecord) { items.append(.call(call)) }

  /// Every record is wanted: its verdict may change.
  public mutating func wantsRecord(of verdict: Judgment) -> Bool { true }

  /// Kept until all are known.
  public mutating func write(_ flow: FlowRecord) { items.append(.flow(flow)) }

  /// Calls name their flows by ids.
  public var writesIdentifiers: Bool { true }

  /// The next one's.
  public var isOpen: Bool { next.isOpen }

  /// Settles all verdicts and passes the records on; the sink that has them.
  public consuming func finish() -> Next {
    let settled = match.isTelling ? settleFlows() : [:]
    for case .flow(let flow) in items where flow.call != nil && flow.role == .media {
      media[flow.id] = flow.client.packets + flow.server.packets
    }
    for item in items {
      switch item {
      case .call(var call):
        Self.settle(&call, settled, carriers(of: call))
        next.write(call)
      case .flow(let flow): if next.wantsRecord(of: flow.verdict) { next.write(flow) }
      }
    }
    return next
  }

  /// Settles each flow's verdict; what it was and is, by the flows' ids.
  private mutating func settleFlows() -> [UInt64: (before: Judgment, after: Judgment)] {
    let companions = items.reduce(0) { count, item in
      guard case .flow(let flow) = item, match.hasStrangeResets(flow, thresholds) else { return count }
      return count + 1
    }
    var settled: [UInt64: (before: Judgment, after: Judgment)] = [:]
    for index in items.indices {
      guard case .flow(var flow) = items[index] else { continue }
      let before = flow.verdict
      match.settle(&flow, farPath: farPath, companions: companions, thresholds)
      settled[flow.id] = (before, flow.verdict)
      items[index] = .flow(flow)
    }
    return settled
  }

  /// The flows that carried a call's media: of a path that was only kept ready nobody heard anything. Own choice: a tenth of what the
  /// heaviest carried, as a call that moved has several.
  private func carriers(of call: CallRecord) -> [UInt64] {
    let most = call.flows.reduce(0) { max($0, media[$1] ?? 0) }
    return call.flows.filter { (media[$0] ?? 0) * 10 >= max(1, most) }
  }

  /// A call's verdict is that of its flows: where that of the flow it rests on has changed, the call's has too.
  private static func settle(
    _ call: inout CallRecord, _ settled: [UInt64: (before: Judgment, after: Judgment)], _ carriers: [UInt64]
  ) {
    let parts = call.flows.compactMap { settled[$0] }
    let base = parts.filter {
      $0.before.outcome == call.verdict.outcome && $0.before.mechanism == call.verdict.mechanism
    }
    guard call.verdict.isFinding else {
      // The call was sound by what one point saw.
      guard call.verdict.outcome == .ok,
        let worse = carriers.lazy.compactMap({ settled[$0] }).first(where: { $0.after.outcome == .degraded })
      else { return }
      call.verdict = worse.after
      return
    }
    guard let first = base.first else { return }
    if let kept = base.first(where: { $0.after.isFinding }) {
      call.verdict.grade = kept.after.grade
      call.verdict.direction = kept.after.direction
      call.verdict.excluders = kept.after.excluders
      call.verdict.alternatives = kept.after.alternatives
      let known = Set(call.verdict.evidence.map(\.code.description))
      call.verdict.evidence += kept.after.evidence.filter { !known.contains($0.code.description) }
    } else {
      call.verdict = first.after
    }
  }
}
