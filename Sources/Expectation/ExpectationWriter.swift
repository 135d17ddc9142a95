public import Verdict

/// Writes the expectation that a capture's records meet: its calls, its findings and their number.
public struct ExpectationWriter: Sendable {
  /// Entries of one kind.
  private struct List: Sendable {
    let kind: Expectation.Kind
    private var entries: [(entry: Expectation.Entry, count: Int)] = []
    /// The records that the entries were made of.
    private var facts: [Facts] = []
    /// Most calls, or findings, that are written down; more are only counted.
    private static let limit = 50

    init(_ kind: Expectation.Kind) { self.kind = kind }

    mutating func take(_ record: Facts, _ keys: [String]) {
      for place in entries.indices where Self.meets(record, entries[place].entry) { entries[place].count += 1 }
      guard facts.count < Self.limit else { return }
      facts.append(record)
      let entry = Expectation.Entry(kind, keys.compactMap { key in record.value(of: key).map { .init(key, [$0]) } })
      guard !entries.contains(where: { $0.entry == entry }) else { return }
      // What meets an entry is more than what it was made of: a grade is the least, a rate is within a tenth.
      entries.append((entry, facts.reduce(0) { $0 + (Self.meets($1, entry) ? 1 : 0) }))
    }

    private static func meets(_ record: Facts, _ entry: Expectation.Entry) -> Bool {
      entry.conditions.allSatisfy { record.meets($0) }
    }

    var text: [String] {
      entries.map { entry, count in
        let lines = entry.conditions.map { condition in
          switch condition.values.first {
          case .text(let text): "\(condition.key) = \"\(text)\"\n"
          case .some(let value): "\(condition.key) = \(value.text)\n"
          case nil: ""
          }
        }
        return "[[\(kind.rawValue)]]\n\(lines.joined())count = \(count)\n"
      }
    }
  }

  private var calls = List(.call)
  private var flows = List(.flow)
  private var counts = (calls: 0, findings: 0)

  /// Nothing seen.
  public init() {}

  /// Takes a call in.
  public mutating func take(_ call: CallRecord) {
    counts.calls += 1
    calls.take(Facts(call), ["app", "stage"] + (call.masked ? ["masked"] : []) + Self.keys(call.verdict))
  }

  /// Takes a flow in: findings only.
  public mutating func take(_ flow: FlowRecord) {
    guard flow.verdict.isFinding else { return }
    counts.findings += 1
    flows.take(Facts(flow), ["transport", "server", "app"] + Self.keys(flow.verdict))
  }

  private static func keys(_ verdict: Judgment) -> [String] {
    ["outcome", "mechanism"] + (verdict.isFinding ? ["direction", "grade", "cap_bps"] : [])
  }

  /// The file: equal entries once, with the number of records that meet them.
  public var text: String {
    (calls.text + flows.text + ["[counts]\ncalls = \(counts.calls)\nfindings = \(counts.findings)\n"])
      .joined(separator: "\n")
  }
}
