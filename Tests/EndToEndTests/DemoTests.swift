import TestSupport
import Testing

/// `demo` works where there is no file at all.
@Suite struct DemoTests {
  @Test func itShowsWhatWasPlayedAndWhatIsSeen() throws {
    let folder = try TemporaryFolder()
    let result = try BuiltCommand.run(["demo"], folder: folder.url)
    #expect(result.exitCode == 0 && result.errors == "")
    #expect(result.lines.count { $0.hasPrefix("WHAT WAS PLAYED") } == 4)
    #expect(result.text.contains("telegram-clean: nothing wrong seen in 1 call"))
    #expect(result.text.contains("a Telegram call was probably blocked"))
    for line in result.lines { #expect(line.count <= 80, "\(line)") }
    #expect(try BuiltCommand.run(["demo"]).output == result.output)
    #expect(SampleCapture.names(in: folder.url).isEmpty)
  }

  @Test func aSituationIsAnalyzedAsItsFileIs() throws {
    let result = try BuiltCommand.run(["demo", "reset-injected"])
    let sample = try SampleCapture.named("reset-injected")
    let report = try BuiltCommand.run(["analyze", sample.name], folder: sample.folder).text
    let seen = report.replacing("reset-injected.pcap: ", with: "reset-injected: ").split(separator: "\nTOTAL")[0]
    // Line breaks depend on the name's length.
    let words = result.text.split { $0.isWhitespace }.joined(separator: " ")
    #expect(words.contains(seen.split { $0.isWhitespace }.joined(separator: " ")))
  }

  @Test func aNameThatIsNoneIsTwo() throws {
    let result = try BuiltCommand.run(["demo", "no-such-situation"])
    #expect(result.exitCode == 2 && result.output.isEmpty)
  }
}
