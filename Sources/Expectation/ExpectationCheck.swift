public import Verdict

/// Records of a capture held against an expectation, one by one as they come: nothing of them is kept but the nearest miss.
public struct ExpectationCheck: Sendable {
  private struct Progress: Sendable {
    var met = 0
    /// Of records that do not meet the entry, the one that meets most of it, and what it fails at.
    var nearest: (conditions: Int, name: String, misses: String)?
  }

  private let expectation: Expectation
  private var entries: [Progress]
  private var never: [Progress]
  private var counts: [String: Int] = ["calls": 0, "flows": 0, "findings": 0, "packets": 0]

  /// A check with no records yet.
  public init(_ expectation: Expectation) {
    self.expectation = expectation
    entries = Array(repeating: Progress(), count: expectation.entries.count)
    never = Array(repeating: Progress(), count: expectation.never.count)
  }

  /// Takes a capture's record in.
  public mutating func take(_ capture: CaptureRecord) {
    counts["packets", default: 0] += Int(clamping: capture.packets)
  }

  /// Takes a call in.
  public mutating func take(_ call: CallRecord) {
    counts["calls", default: 0] += 1
    take(Facts(call))
  }

  /// Takes a flow in.
  public mutating func take(_ flow: FlowRecord) {
    counts["flows", default: 0] += 1
    if flow.verdict.isFinding { counts["findings", default: 0] += 1 }
    take(Facts(flow))
  }

  private mutating func take(_ facts: Facts) {
    for place in entries.indices { Self.hold(facts, against: expectation.entries[place], &entries[place]) }
    for place in never.indices { Self.hold(facts, against: expectation.never[place], &never[place]) }
  }

  private static func hold(_ facts: Facts, against entry: Expectation.Entry, _ progress: inout Progress) {
    if let kind = entry.kind, kind != facts.kind { return }
    let misses = entry.conditions.filter { !facts.meets($0) }
    if misses.isEmpty {
      progress.met += 1
      if progress.nearest == nil || progress.nearest?.conditions != .max {
        progress.nearest = (.max, facts.name, "")
      }
      return
    }
    let conditions = entry.conditions.count - misses.count
    if let nearest = progress.nearest, nearest.conditions >= conditions { return }
    progress.nearest = (
      conditions, facts.name, misses.map { "\($0.key) is \(facts.text(of: $0.key))" }.joined(separator: ", ")
    )
  }

  /// What is not as expected, one sentence each, in the order of the file; empty if all is.
  public var failures: [String] {
    var failures: [String] = []
    for (entry, progress) in zip(expectation.entries, entries) {
      if let count = entry.count, progress.met == count { continue }
      if entry.count == nil, progress.met > 0 { continue }
      var text = "expected \(Self.wanted(entry)); found \(progress.met == 0 ? "none" : "\(progress.met)")"
      if progress.met == 0, let nearest = progress.nearest, nearest.conditions > 0 || entry.conditions.count == 1 {
        text += ": the nearest is \(nearest.name), but \(nearest.misses)"
      }
      failures.append(text)
    }
    for (entry, progress) in zip(expectation.never, never) where progress.met > 0 {
      let example = progress.nearest.map { ", \($0.name) for one" } ?? ""
      failures.append("expected never \(Self.description(entry)); found \(progress.met)\(example)")
    }
    for (name, count) in expectation.counts {
      let found = counts[name] ?? 0
      if found != count { failures.append("expected \(count) \(name); found \(found)") }
    }
    return failures
  }

  /// Statements that were checked.
  public var statements: Int { entries.count + never.count + expectation.counts.count }

  private static func wanted(_ entry: Expectation.Entry) -> String {
    (entry.count.map { "\($0) of " } ?? "") + description(entry)
  }

  private static func description(_ entry: Expectation.Entry) -> String {
    let conditions = entry.conditions.map { condition in
      let relation = condition.key == "grade" ? " at least " : " "
      return condition.key + relation + condition.values.map(\.text).joined(separator: " or ")
    }
    return "\(entry.kind?.rawValue ?? "a record") with " + conditions.joined(separator: ", ")
  }
}
