import Foundation
import TestSupport
import Testing

/// `compare`: two captures, two flows of one, and what cannot be compared.
@Suite struct CompareTests {
  private func sample(_ name: String) throws -> SampleCapture {
    try #require(SampleCapture.all.first { $0.name.hasPrefix(name + ".") })
  }

  private func path(_ name: String) throws -> String {
    let sample = try sample(name)
    return "../\(sample.folder.lastPathComponent)/\(sample.name)"
  }

  @Test func aSlowerFlowIsTheAnswerInTheFirstLine() throws {
    let folder = try sample("sip-clean").folder
    let result = try BuiltCommand.run(
      ["compare", try path("policer-audio-1"), try path("clean-sip-1")], folder: folder)
    #expect(result.exitCode == 0)
    #expect(result.lines.first?.hasPrefix("A went slower than B: ") == true)
    for line in result.lines { #expect(line.count <= 80) }
    let same = try BuiltCommand.run(["compare", try path("sip-clean"), try path("sip-clean")], folder: folder)
    #expect(same.lines.first?.hasPrefix("A and B went alike: ") == true)
  }

  @Test func oneRecordForPrograms() throws {
    let folder = try sample("sip-clean").folder
    let result = try BuiltCommand.run(
      ["compare", "--format", "ndjson", try path("policer-audio-1"), try path("clean-sip-1")],
      folder: folder)
    let record = try JSONParser.parse(Array(result.output))
    #expect(record["record"] == .string("comparison"))
    #expect(record["decision"] == .string("different"))
    #expect(record["a"]?["app"] == .string("whatsapp"))
  }

  @Test func whatCannotBeComparedIsSaid() throws {
    let folder = try sample("sip-clean").folder
    let file = try path("sip-clean")
    #expect(try BuiltCommand.run(["compare", file], folder: folder).exitCode == 2)
    #expect(try BuiltCommand.run(["compare", file, "no-such.pcap"], folder: folder).exitCode == 3)
    #expect(
      try BuiltCommand.run(["compare", file, file, "--flow-a", "192.0.2.99:1"], folder: folder).exitCode == 3)
  }
}
