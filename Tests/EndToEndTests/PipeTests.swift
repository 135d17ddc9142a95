import TestSupport
import Testing

/// Readers that leave, writers that do not stop, users who press Ctrl-C.
@Suite struct PipeTests {
  @Test(arguments: ["text", "ndjson"])
  func aReaderThatLeftIsNoError(_ format: String) throws {
    let running = try RunningCommand(["analyze", "--format", format, "-"], closedOutput: true)
    // The reader is gone before the first record can be written.
    running.feed(try SampleCapture.named("telegram-blocked").bytes())
    running.endInput()
    let result = running.wait()
    #expect(result.errors == "")
    #expect(result.exitCode == 0)
  }

  @Test func headTakesItsLineAndNobodyComplains() throws {
    let sample = try SampleCapture.named("telegram-blocked")
    let line = "$ringback analyze --format ndjson \(sample.name) | head -n 1"
    let result = try BuiltCommand.shell(line, folder: sample.folder)
    #expect(result.exitCode == 0)
    #expect(result.errors == "")
    #expect(result.lines.count == 1)
  }

  /// The exit code tells of what nobody read as well.
  @Test(arguments: ["text", "ndjson", "csv"]) func findingsBehindAReaderThatLeftCount(_ format: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(try SampleCapture.named("sip-clean").bytes(), to: "a.pcap")
    try folder.write(try SampleCapture.named("telegram-blocked").bytes(), to: "b.pcap")
    let running = try RunningCommand(
      ["analyze", "--all", "--format", format, "--fail-on", "any", "a.pcap", "b.pcap"], folder: folder.url,
      closedOutput: true)
    running.endInput()
    let result = running.wait()
    #expect(result.exitCode == 1 && result.errors == "")
  }

  /// Linux gives a device that is always full.
  @Test func aFullDiskIsNoSuccess() throws {
    let sample = try SampleCapture.named("sip-clean")
    for format in ["text", "ndjson"] {
      let line = "$ringback analyze --format \(format) \(sample.name) > /dev/full"
      let result = try BuiltCommand.shell(line, folder: sample.folder)
      #expect(result.exitCode == 5)
      #expect(result.errors == "ringback: the results could not be written: No space left on device\n")
    }
  }

  /// A pipe holds 64 KiB: once more than that has gone into it, the program is reading.
  @Test func interruptedWhileAPipeStaysOpen() throws {
    let running = try RunningCommand(["analyze", "--format", "ndjson", "-"])
    let bytes = try SampleCapture.named("telegram-cutoff").bytes()
    try #require(bytes.count > 2 * 65_536)
    running.feed(bytes)
    running.interrupt()
    let result = running.wait(limit: 10)
    #expect(result.exitCode == 130)
    #expect(result.errors == "")
    #expect(result.lines.last?.hasPrefix(#"{"record":"summary""#) == true)
  }
}
