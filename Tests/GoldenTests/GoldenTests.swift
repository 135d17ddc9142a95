import Foundation
import TestSupport
import Testing

/// Every capture of `captures/` gives exactly the bytes of its expected file.
@Suite struct GoldenTests {
  @Test(arguments: SampleCapture.all)
  func recordsAreAsExpected(_ sample: SampleCapture) throws {
    let expected = String(decoding: try Data(contentsOf: sample.expectedFile), as: UTF8.self)
    let result = try analyze(sample)
    #expect(result.exitCode == 0)
    #expect(result.errors == "")
    if result.text != expected {
      Issue.record(
        "\(difference(expected, result.text))\nIf this is right: scripts/bless \(sample.folder.lastPathComponent)")
    }
  }

  @Test(arguments: SampleCapture.all)
  func threadsAndHashSeedsChangeNothing(_ sample: SampleCapture) throws {
    let one = try analyze(sample, ["--threads", "1", "--hash-seed", "1"])
    let all = [("3", "987654321"), ("2", "1"), ("3", "1"), ("1", "987654321")]
    for (threads, seed) in sample.isLarge ? Array(all.prefix(1)) : all {
      let other = try analyze(sample, ["--threads", threads, "--hash-seed", seed])
      if one.output != other.output {
        Issue.record("--threads \(threads) --hash-seed \(seed):\n\(difference(one.text, other.text))")
      }
    }
  }

  @Test(arguments: SampleCapture.all)
  func everyExpectedLineKeepsItsSchema(_ sample: SampleCapture) throws {
    let schemas = try Self.schemas()
    let text = String(decoding: try Data(contentsOf: sample.expectedFile), as: UTF8.self)
    for (number, line) in text.split(separator: "\n").enumerated() {
      let value = try JSONParser.parse(String(line))
      guard case .string(let kind) = value["record"], let schema = schemas[kind] else {
        Issue.record("line \(number + 1) is no record: \(line.prefix(80))")
        continue
      }
      for problem in schema.problems(value) { Issue.record("line \(number + 1), \(kind): \(problem)") }
    }
  }

  @Test func noFileIsMissingOrLeftOver() throws {
    #expect(!SampleCapture.all.isEmpty)
    for folder in SampleCapture.folders {
      let all = SampleCapture.names(in: folder)
      let names = all.filter { !$0.hasSuffix(".label.json") && !$0.hasSuffix(".expect.toml") }
      let captures = SampleCapture.all.filter { $0.folder == folder }
      #expect(!captures.isEmpty, "\(folder.lastPathComponent) holds no capture")
      let wanted = captures.flatMap { [$0.name, $0.expectedFile.lastPathComponent] }
      // A table beside the records is there for a few.
      let others = names.filter { !$0.hasSuffix(".expected.csv") }
      #expect(others == Set(wanted).sorted(), "in \(folder.lastPathComponent)")
      for capture in captures {
        let expectation = capture.name.prefix { $0 != "." } + ".expect.toml"
        #expect(all.contains(String(expectation)), "\(capture.name) has no expectation for 'check'")
      }
      for label in all where label.hasSuffix(".label.json") {
        let capture = label.dropLast(".label.json".count) + ".pcap.gz"
        #expect(names.contains(String(capture)), "\(label) labels nothing")
      }
    }
  }

  @Test func everyCaptureIsInTheTable() throws {
    let url = SampleCapture.root.appendingPathComponent("README.md")
    let table = String(decoding: try Data(contentsOf: url), as: UTF8.self)
    let listed = table.split(separator: "\n").compactMap { line in
      line.firstMatch(of: /^\| `([^`]+)` \|/).map { String($0.1) }
    }
    #expect(listed.sorted() == SampleCapture.all.map { "\($0.folder.lastPathComponent)/\($0.name)" }.sorted())
  }

  /// A made-up capture can be made again: its name and seed are its source.
  @Test(arguments: SampleCapture.all)
  func madeUpCapturesAreMadeAgain(_ sample: SampleCapture) throws {
    let known = try BuiltCommand.run(["synth"]).lines.compactMap { $0.split(separator: " ").first.map(String.init) }
    let name = String(sample.name.dropLast(".pcap".count))
    guard known.contains(name) else { return }
    let made = try BuiltCommand.run(["synth", name, "--seed", "1"])
    #expect(made.exitCode == 0)
    let same = made.output == (try sample.bytes())
    #expect(same, "\(sample.name) differs from what 'ringback synth' makes: scripts/synthesize writes it anew")
  }

  private func analyze(_ sample: SampleCapture, _ options: [String] = []) throws -> BuiltCommand.Result {
    try BuiltCommand.run(["analyze", "--format", "ndjson"] + options + [sample.name], folder: sample.folder)
  }

  private static func schemas() throws -> [String: JSONSchema] {
    var schemas: [String: JSONSchema] = [:]
    for kind in ["capture", "flow", "call", "summary"] {
      let url = SampleCapture.root.appendingPathComponent("schema/\(kind).schema.json")
      schemas[kind] = try JSONSchema([UInt8](try Data(contentsOf: url)))
    }
    return schemas
  }
}
