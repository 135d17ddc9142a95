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
  }

  @Test func whatIsFoundOfAFlowIsSaidBesideItsRate() throws {
    let folder = try sample("sip-clean").folder
    let result = try BuiltCommand.run(
      ["compare", try path("telegram-cutoff"), try path("telegram-clean")], folder: folder)
    #expect(result.exitCode == 0)
    #expect(result.lines.first?.hasPrefix("A and B went alike") == false, "half of A's time nothing came")
    let words = result.text.split { $0.isWhitespace }.joined(separator: " ")
    #expect(words.contains("found: dropped by cutoff"))
  }

  @Test func thresholdsAreThoseAskedFor() throws {
    let folder = try sample("sip-clean").folder
    let both = [try path("policer-audio-1"), try path("clean-sip-1")]
    // No difference is larger than all there is.
    let lenient = try BuiltCommand.run(["compare", "--set", "comparison.area=1"] + both, folder: folder)
    #expect(lenient.exitCode == 0 && lenient.lines.first?.hasPrefix("A went slower than B: ") == false)
    #expect(try BuiltCommand.run(["compare", "--set", "comparison.bogus=1"] + both, folder: folder).exitCode == 2)
    #expect(try BuiltCommand.run(["live", "--set", "cap.bogus=1", "-r", both[0]], folder: folder).exitCode == 2)
    #expect(try BuiltCommand.run(["live", "--set", "cap.losses=99", "-r", both[0]], folder: folder).exitCode == 0)
  }

  /// A flow is not compared with itself.
  @Test func twoFlowsAreTwo() throws {
    let sample = try sample("sip-clean")
    let same = try BuiltCommand.run(["compare", sample.name, sample.name], folder: sample.folder)
    #expect(same.exitCode == 2 && same.errors.contains("the same flow"))
  }

  @Test func aCutCaptureIsToldByTheExitCode() throws {
    let sample = try sample("telegram-cutoff")
    let folder = try TemporaryFolder()
    let bytes = try sample.bytes()
    let cut = try folder.write(Array(bytes.prefix(bytes.count - 100)), to: "cut.pcap")
    let result = try BuiltCommand.run(
      ["compare", cut.path, try path("sip-clean")], folder: try self.sample("sip-clean").folder)
    #expect(result.exitCode == 3 && !result.lines.isEmpty && result.errors.contains("cut"))
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
