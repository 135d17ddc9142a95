import TestSupport
import Testing

/// Exit codes are those of the record format, and what was read is always reported.
@Suite struct ExitCodeTests {
  @Test func aReadCaptureIsZero() throws {
    let sample = try SampleCapture.named("telegram-blocked")
    let result = try BuiltCommand.run(["analyze", sample.name], folder: sample.folder)
    #expect(result.exitCode == 0)
    #expect(result.errors == "")
  }

  @Test(arguments: [
    ["analyze"], ["analyze", "--format", "yaml", "x.pcap"], ["analyze", "--no-such-option", "x.pcap"],
    ["analyze", "--threads", "0", "x.pcap"], ["analyze", "--fail-on", "rain", "x.pcap"],
    ["analyze", "--fail-on", "reset:perhaps", "x.pcap"], ["analyze", "--fail-on", "reset:", "x.pcap"],
    ["analyze", "--fail-on", "dropped,,reset", "x.pcap"], ["analyze", "--fail-on", "", "x.pcap"],
    ["synth", "no-such-situation"], ["no-such-command"],
    ["analyze", "--pair", "."], ["analyze", "--pair", "x.pcap", "nosuch"],
    ["analyze", "--pair", "/dev/null", "x.pcap"],
    ["check", "--report", "junit=x", "--report", "sarif=x", "."],
  ])
  func aWrongCommandLineIsTwo(_ arguments: [String]) throws {
    let result = try BuiltCommand.run(arguments)
    #expect(result.exitCode == 2)
    #expect(result.output.isEmpty)
    #expect(result.errors.contains("Usage: ringback") || result.errors.contains("USAGE: ringback"))
  }

  /// The option parser traps in help narrower than its own indentation.
  @Test(arguments: ["0", "1", "12", "26", "80", "wide"]) func helpIsToldInAnyWidth(columns: String) throws {
    let result = try BuiltCommand.run(["analyze", "--help"], environment: ["COLUMNS": columns])
    #expect(result.exitCode == 0 && result.text.contains("--fail-on"))
  }

  /// Read as options it would ask for help, and nobody would have looked at the capture.
  @Test func aFileWhoseNameBeginsWithADashIsTwo() throws {
    let folder = try TemporaryFolder()
    try folder.write(try SampleCapture.named("telegram-blocked").bytes(), to: "-dash.pcap")
    let result = try BuiltCommand.run(["analyze", "-dash.pcap"], folder: folder.url)
    #expect(result.exitCode == 2 && result.output.isEmpty)
    #expect(result.errors.contains("./-dash.pcap"))
    for arguments in [["analyze", "./-dash.pcap"], ["analyze", "--", "-dash.pcap"]] {
      #expect(try BuiltCommand.run(arguments, folder: folder.url).exitCode == 0)
    }
  }

  @Test func noCommandIsTwo() throws {
    let result = try BuiltCommand.run([])
    #expect(result.exitCode == 2)
    #expect(result.output.isEmpty)
  }

  @Test func aBadFilterIsTwo() throws {
    let sample = try SampleCapture.named("sip-clean")
    let result = try BuiltCommand.run(["analyze", sample.name, "udp", "prt", "53"], folder: sample.folder)
    #expect(result.exitCode == 2)
    #expect(result.output.isEmpty)
    #expect(result.errors.contains("filter 'udp prt 53'"))
  }

  @Test func aMissingFileIsThree() throws {
    let result = try BuiltCommand.run(["analyze", "/nowhere/call.pcap"])
    #expect(result.exitCode == 3)
    #expect(result.errors == "ringback: /nowhere/call.pcap: cannot be opened: No such file or directory\n")
  }

  @Test(arguments: [
    ("empty.pcap", "", "is empty"), ("notes.pcap", "Dear diary,\nno packets today.\n", "not a capture"),
  ])
  func aFileThatIsNoCaptureIsThree(_ name: String, _ content: String, _ said: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(Array(content.utf8), to: name)
    let result = try BuiltCommand.run(["analyze", name], folder: folder.url)
    #expect(result.exitCode == 3)
    #expect(result.errors.hasPrefix("ringback: \(name): "))
    #expect(result.errors.contains(said))
    #expect(result.errors.split(separator: "\n").count == 1)
  }

  @Test func aTruncatedCaptureIsReportedAndThree() throws {
    let folder = try TemporaryFolder()
    try folder.write(try SampleCapture.named("telegram-blocked").bytes().dropLast(7), to: "cut.pcap")
    let result = try BuiltCommand.run(["analyze", "--format", "ndjson", "cut.pcap"], folder: folder.url)
    #expect(result.exitCode == 3)
    #expect(result.errors.hasPrefix("ringback: cut.pcap: "))
    let capture = try JSONParser.parse(String(try #require(result.lines.first)))
    #expect(capture["truncated"] == .bool(true))
    #expect(result.lines.contains { $0.hasPrefix(#"{"record":"call""#) })
    #expect(result.lines.last?.hasPrefix(#"{"record":"summary""#) == true)
  }

  /// The rest is still read, and the run is not passed off as complete.
  @Test func oneUnreadableFileAmongOthersIsThree() throws {
    let sample = try SampleCapture.named("sip-clean")
    let result = try BuiltCommand.run(
      ["analyze", "--format", "ndjson", "/nowhere/call.pcap", sample.name], folder: sample.folder)
    #expect(result.exitCode == 3)
    #expect(result.lines.filter { $0.hasPrefix(#"{"record":"capture""#) }.count == 1)
  }

  @Test(arguments: [
    ("telegram-blocked", "any", 1), ("telegram-blocked", "dropped", 1), ("telegram-blocked", "reset", 0),
    ("telegram-blocked", "reset,dropped:consistent", 1), ("reset-injected", "reset", 1), ("telegram-clean", "any", 0),
    ("client-abort", "any", 0), ("closed-port", "any", 0),
  ])
  func failOnIsOneForAFindingItNames(_ name: String, _ what: String, _ code: Int32) throws {
    let sample = try SampleCapture.named(name)
    let result = try BuiltCommand.run(["analyze", "--fail-on", what, sample.name], folder: sample.folder)
    #expect(result.exitCode == code)
  }
}
