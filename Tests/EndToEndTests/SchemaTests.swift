import Foundation
import TestSupport
import Testing

/// Every line that a command writes for programs is valid by the JSON Schema of its kind.
@Suite struct SchemaTests {
  private static let folder = BuiltCommand.repository.appendingPathComponent("captures/schema")

  private static func schema(_ kind: String) throws -> JSONSchema {
    try JSONSchema(Array(Data(contentsOf: folder.appendingPathComponent("\(kind).schema.json"))))
  }

  /// Checks every line of a run; the kinds that were there.
  private func kinds(_ arguments: [String], in folder: URL) throws -> Set<String> {
    let result = try BuiltCommand.run(arguments, folder: folder)
    #expect(result.exitCode == 0, "\(arguments): \(result.errors)")
    var kinds: Set<String> = []
    for line in result.lines {
      let record = try JSONParser.parse(String(line))
      guard case .string(let kind)? = record["record"] else {
        Issue.record("\(arguments): no record in \(line)")
        continue
      }
      let problems = try Self.schema(kind).problems(record)
      #expect(problems.isEmpty, "\(arguments), \(kind): \(problems)")
      kinds.insert(kind)
    }
    return kinds
  }

  @Test(arguments: [
    "telegram-blocked", "policer-audio-1", "shaper-audio-1", "reset-single-1", "random-discard-1", "clean-chromium-1",
    "sip-clean", "tcp-policer-1",
  ]) func explanationsAndFrames(name: String) throws {
    let sample = try #require(SampleCapture.all.first { $0.name.hasPrefix(name + ".") })
    let explanations = try kinds(["explain", "--format", "ndjson", sample.name], in: sample.folder)
    #expect(explanations.isSuperset(of: ["capture", "flow", "explanation"]))
    for frame in ["1", "40"] {
      let frames = try kinds(["explain", "--format", "ndjson", sample.name, "frame", frame], in: sample.folder)
      #expect(frames.contains("frame"))
    }
  }

  @Test func comparisons() throws {
    let folder = try SampleCapture.named("sip-clean").folder
    for other in ["../telegram-clean/telegram-clean.pcap", "../telegram-cutoff/telegram-cutoff.pcap"] {
      #expect(try kinds(["compare", "--format", "ndjson", "sip-clean.pcap", other], in: folder) == ["comparison"])
    }
  }

  @Test func rules() throws {
    #expect(try kinds(["rules", "--format", "ndjson"], in: BuiltCommand.repository) == ["rule", "rules"])
  }

  @Test func everySchemaRefusesAFieldThatItDoesNotName() throws {
    for file in try FileManager.default.contentsOfDirectory(atPath: Self.folder.path) {
      let schema = try Self.schema(String(file.prefix { $0 != "." }))
      #expect(!schema.problems(try JSONParser.parse(#"{"surprise":1}"#)).isEmpty, "\(file)")
    }
  }
}
