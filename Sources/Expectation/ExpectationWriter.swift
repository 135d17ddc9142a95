public import Verdict

/// Writes the expectation that a capture's records meet: its calls, its findings and their number.
public struct ExpectationWriter: Sendable {
  private var calls: [String] = []
  private var flows: [String] = []
  private var counts = (calls: 0, findings: 0)
  /// Most findings and calls written down; more are only counted.
  private static let limit = 50

  /// Nothing seen.
  public init() {}

  /// Takes a call in.
  public mutating func take(_ call: CallRecord) {
    counts.calls += 1
    guard calls.count < Self.limit else { return }
    var lines = ["[[call]]"]
    if let application = call.application { lines.append("app = \"\(application.rawValue)\"") }
    lines.append("stage = \"\(call.stage.rawValue)\"")
    if call.masked { lines.append("masked = true") }
    calls.append((lines + Self.verdict(call.verdict)).joined(separator: "\n"))
  }

  /// Takes a flow in: findings only.
  public mutating func take(_ flow: FlowRecord) {
    guard flow.verdict.isFinding else { return }
    counts.findings += 1
    guard flows.count < Self.limit else { return }
    let server =
      flow.server.address.family == .v6
      ? "[\(flow.server.address)]:\(flow.server.port)" : "\(flow.server.address):\(flow.server.port)"
    var lines = ["[[flow]]", "transport = \"\(flow.transport.rawValue)\"", "server = \"\(server)\""]
    if let application = flow.application { lines.append("app = \"\(application.rawValue)\"") }
    flows.append((lines + Self.verdict(flow.verdict)).joined(separator: "\n"))
  }

  private static func verdict(_ verdict: Judgment) -> [String] {
    var lines = ["outcome = \"\(verdict.outcome.rawValue)\""]
    if let mechanism = verdict.mechanism { lines.append("mechanism = \"\(mechanism.rawValue)\"") }
    if verdict.isFinding {
      if let direction = verdict.direction { lines.append("direction = \"\(direction.rawValue)\"") }
      lines.append("grade = \"\(verdict.grade.rawValue)\"")
      if let rate = verdict.capRate { lines.append("cap_bps = \(rate)") }
    }
    return lines
  }

  /// The file: equal entries once, with their number.
  public var text: String {
    var parts: [String] = []
    for list in [calls, flows] {
      var seen: [String] = []
      for entry in list where !seen.contains(entry) {
        seen.append(entry)
        let count = list.reduce(0) { $0 + ($1 == entry ? 1 : 0) }
        parts.append(entry + "\ncount = \(count)\n")
      }
    }
    parts.append("[counts]\ncalls = \(counts.calls)\nfindings = \(counts.findings)\n")
    return parts.joined(separator: "\n")
  }
}
