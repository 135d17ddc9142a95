import Analysis
import Capture
import Report
import Settings
import Synth
import TestSupport
import Verdict
import Wire

/// The lines, beside the values: a writer's 2 KiB of scratch are thousands of instructions wherever an unoptimized test copies them.
/// Written while one test analyzes, only read after that.
private final class LineWriter: @unchecked Sendable {
  var ndjson = NDJSONWriter()
}

/// What the analysis of a capture wrote: records as values and as the bytes of their lines.
struct Analyzed: RecordSink {
  var captures: [CaptureRecord] = []
  var calls: [CallRecord] = []
  var flows: [FlowRecord] = []
  /// `call` or `flow` with its id, in the order written.
  var order: [String] = []
  var isOpen: Bool { true }
  private let lineWriter = LineWriter()

  var bytes: [UInt8] { lineWriter.ndjson.bytes }
  var text: String { String(decoding: bytes, as: UTF8.self) }
  var lines: [JSONValue] {
    get throws { try text.split(separator: "\n").map { try JSONParser.parse(String($0)) } }
  }

  mutating func write(_ capture: CaptureRecord) {
    captures.append(capture)
    lineWriter.ndjson.append(capture)
  }

  mutating func write(_ call: CallRecord) {
    order.append("call \(call.id)")
    calls.append(call)
    lineWriter.ndjson.append(call)
  }

  mutating func wantsRecord(of verdict: Judgment) -> Bool { true }
  var writesIdentifiers = true

  mutating func write(_ flow: FlowRecord) {
    order.append("flow \(flow.id)")
    flows.append(flow)
    lineWriter.ndjson.append(flow)
  }

  func flow(to server: HostAddress, port: UInt16? = nil) -> FlowRecord? {
    flows.first { $0.server.address == IPAddress(server) && (port == nil || $0.server.port == port) }
  }
}

extension IPAddress {
  init(_ host: HostAddress) {
    switch host {
    case .v4(let bits): self.init(v4: bits)
    case .v6(let high, let low): self.init(high: high, low: low)
    }
  }
}

/// Analyzes frames as if one block held them all, `batch` frames at a time.
func analyze(
  _ frames: [SynthFrame], shards: Int = 1, seed: UInt64 = 0x5EED, drops: UInt64? = nil, batch: Int = 32,
  thresholds: Thresholds = Thresholds(), linkTypes: [String] = [], withIdentifiers: Bool = true
) -> Analyzed {
  let lent = LentFrames(frames)
  let analysis = CaptureAnalysis(thresholds: thresholds, seed: seed, threads: shards)
  for shard in analysis.shards {
    var start = 0
    while start < lent.infos.count {
      let end = min(lent.infos.count, start + batch)
      shard.consume(lent.block.span, lent.infos.span.extracting(start..<end))
      start = end
    }
  }
  var record = CaptureRecord(path: "x.pcap")
  record.drops = drops
  record.linkTypes = linkTypes
  var sink = Analyzed()
  sink.writesIdentifiers = withIdentifiers
  analysis.report(record, to: &sink)
  return sink
}

/// Scenarios analyzed once for all tests.
enum Played {
  static let all: [Scenario: Analyzed] = {
    var result: [Scenario: Analyzed] = [:]
    for scenario in Scenario.allCases { result[scenario] = analyze(scenario.frames(seed: 1)) }
    return result
  }()

  static func result(_ scenario: Scenario) -> Analyzed { all[scenario] ?? Analyzed() }
}

extension JSONValue {
  /// The value as text with other times and without what is named after them: ids, and frame numbers where asked.
  func neutral(shift: Int64 = 0, frames: Bool = true) -> String {
    switch self {
    case .array(let values): return "[" + values.map { $0.neutral(shift: shift, frames: frames) + "," }.joined() + "]"
    case .object(let members):
      var text = "{"
      for member in members {
        var value = member.value.neutral(shift: shift, frames: frames)
        switch member.key {
        case "id", "call", "flows", "controls":
          // Ids hash the time; how many there are does not change.
          value = member.value == .null ? "null" : "id"
          if case .array(let values) = member.value { value = "\(values.count) ids" }
        case "first_ns", "last_ns":
          if case .integer(let time) = member.value { value = "\(time - shift)" }
        case "packets" where !frames:
          if case .array(let values) = member.value { value = "\(values.count) frames" }
        default: break
        }
        text += member.key + ":" + value + ","
      }
      return text + "}"
    default: return "\(self)"
    }
  }
}
