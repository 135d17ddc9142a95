import TestSupport
import Testing

/// However a capture comes in, the records are the same.
@Suite struct InputTests {
  private let options = ["analyze", "--format", "ndjson"]

  /// Records without the capture's name, which is as given.
  private func records(_ result: BuiltCommand.Result) -> [String] {
    result.lines.map { String($0.replacing(/"(capture|path)":"[^"]*"/) { "\"\($0.1)\":\"\"" }) }
  }

  @Test func standardInputIsAFileLikeAnother() throws {
    let sample = try SampleCapture.named("telegram-blocked")
    let file = try BuiltCommand.run(options + [sample.name], folder: sample.folder)
    let piped = try BuiltCommand.run(options + ["-"], input: try sample.bytes())
    #expect(piped.exitCode == 0)
    #expect(piped.errors == "")
    #expect(records(piped) == records(file))
    #expect(piped.text.contains(#""path":"-""#))
  }

  @Test func gzipIsUnpacked() throws {
    let sample = try SampleCapture.named("whatsapp-clean")
    let file = try BuiltCommand.run(options + [sample.name], folder: sample.folder)
    let folder = try TemporaryFolder()
    try folder.write(try sample.bytes(), to: "call.pcap")
    let packed = try BuiltCommand.shell(
      "gzip call.pcap && $ringback analyze --format ndjson call.pcap.gz", folder: folder.url)
    #expect(packed.exitCode == 0)
    #expect(records(packed) == records(file))
  }

  @Test(arguments: [("zstd -q", ".zst"), ("lz4 -q", ".lz4")])
  func zstdAndLZ4AreUnpacked(_ tool: (command: String, suffix: String)) throws {
    let program = tool.command.prefix { $0 != " " }
    guard
      try BuiltCommand.shell("command -v \(program)", folder: SampleCapture.named("whatsapp-clean").folder).exitCode
        == 0
    else { return }  // CaptureTests pack with the libraries, which are always there.
    let sample = try SampleCapture.named("whatsapp-clean")
    let file = try BuiltCommand.run(options + [sample.name], folder: sample.folder)
    let folder = try TemporaryFolder()
    try folder.write(try sample.bytes(), to: "call.pcap")
    let packed = try BuiltCommand.shell(
      "\(tool.command) call.pcap -o call\(tool.suffix) 2>/dev/null || \(tool.command) call.pcap call\(tool.suffix); "
        + "$ringback analyze --format ndjson call\(tool.suffix)", folder: folder.url)
    #expect(packed.exitCode == 0)
    #expect(records(packed) == records(file))
  }

  /// Every capture below the directory, in order of path; what is none is counted and no error.
  @Test func aDirectoryIsTheCapturesInIt() throws {
    let folder = try TemporaryFolder()
    let blocked = try SampleCapture.named("telegram-blocked").bytes()
    let clean = try SampleCapture.named("telegram-clean").bytes()
    let made = try BuiltCommand.shell(
      "mkdir -p all/deep/empty && ln -s .. all/deep/circle && mkfifo all/pipe && echo no capture > all/notes.txt "
        + "&& gzip -c all/notes.txt > all/notes.gz", folder: folder.url)
    #expect(made.exitCode == 0)
    try folder.write(blocked, to: "all/deep/b.bin")
    try folder.write(clean, to: "all/c.pcap")
    let whole = try BuiltCommand.run(options + ["all"], folder: folder.url)
    let named = try BuiltCommand.run(options + ["all/c.pcap", "all/deep/b.bin"], folder: folder.url)
    #expect(whole.exitCode == 0)
    #expect(whole.output == named.output)
    #expect(whole.errors == "ringback: all: 2 files are no captures and were passed over\n")
    let joined = try BuiltCommand.run(options + ["--join", "all"], folder: folder.url)
    #expect(joined.exitCode == 0 && joined.lines.last?.contains(#""captures":1,"#) == true)
    let nothing = try BuiltCommand.run(options + ["all/deep/empty"], folder: folder.url)
    #expect(nothing.exitCode == 3 && nothing.errors == "ringback: all/deep/empty: no captures in it\n")
  }

  /// What cannot be looked at may be what was looked for: it is named, the rest is read, and the run has failed.
  @Test func aNameThatIsNoUTF8IsSaid() throws {
    let folder = try TemporaryFolder()
    try folder.write(try SampleCapture.named("sip-clean").bytes(), to: "all/clean.pcap")
    let made = try BuiltCommand.shell(
      "cp all/clean.pcap \"all/$(printf '\\347\\342').pcap\" && ln -s nowhere all/link.pcap", folder: folder.url)
    #expect(made.exitCode == 0)
    for command in [["analyze", "--fail-on", "any", "all"], ["check", "--fail-on", "any", "all"]] {
      let result = try BuiltCommand.run(command, folder: folder.url)
      #expect(result.exitCode == 3 && result.text.contains("clean.pcap"))
      #expect(result.errors.split(separator: "\n").count { $0.contains("cannot be looked at") } == 2)
    }
  }

  @Test func severalFilesAreSeveralCaptures() throws {
    let folder = try TemporaryFolder()
    for name in ["telegram-clean", "telegram-blocked"] {
      try folder.write(try SampleCapture.named(name).bytes(), to: "\(name).pcap")
    }
    let both = try BuiltCommand.run(options + ["telegram-clean.pcap", "telegram-blocked.pcap"], folder: folder.url)
    #expect(both.exitCode == 0)
    var apart: [Substring] = []
    for name in ["telegram-clean", "telegram-blocked"] {
      apart += try BuiltCommand.run(options + ["\(name).pcap"], folder: folder.url).lines.dropLast()
    }
    #expect(both.lines.dropLast() == apart[...])
    #expect(both.lines.last?.contains(#""captures":2,"#) == true)
  }

  /// Pieces of one capture, joined, give its flows and verdicts, whatever the order of their names.
  @Test(arguments: [["a.pcap", "b.pcap"], ["b.pcap", "a.pcap"]])
  func joinedPiecesAreTheWhole(_ names: [String]) throws {
    let sample = try SampleCapture.named("telegram-cutoff")
    let folder = try TemporaryFolder()
    let pieces = try halves(try sample.bytes())
    try folder.write(pieces.0, to: "a.pcap")
    try folder.write(pieces.1, to: "b.pcap")
    let whole = try BuiltCommand.run(options + [sample.name], folder: sample.folder)
    let joined = try BuiltCommand.run(options + ["--join"] + names, folder: folder.url)
    #expect(joined.exitCode == 0)
    #expect(joined.errors == "")
    #expect(joined.lines.count == whole.lines.count)
    for (one, other) in zip(whole.lines, joined.lines) {
      let one = try JSONParser.parse(String(one))
      let other = try JSONParser.parse(String(other))
      for key in [
        "record", "id", "community_id", "first_ns", "last_ns", "app", "protocol", "stage", "streams", "flows", "ended",
        "ended_by", "setup_ms", "media_s", "stages_ms", "media_up_s", "media_down_s", "peer",
      ] {
        #expect(one[key] == other[key], "\(key)")
      }
      for key in ["outcome", "mechanism", "direction", "grade", "reason", "window", "loss", "tests"] {
        #expect(one["verdict"]?[key] == other["verdict"]?[key], "verdict.\(key)")
      }
    }
  }

  /// The newest piece is empty until its writer flushes it: the others are reported, and it is said.
  @Test(arguments: [["a.pcap", "b.pcap", "z.pcap"], ["z.pcap", "a.pcap"]])
  func anEmptyPieceIsPassedOver(_ names: [String]) throws {
    let folder = try TemporaryFolder()
    let pieces = try halves(try SampleCapture.named("telegram-cutoff").bytes())
    try folder.write(pieces.0, to: "a.pcap")
    try folder.write(pieces.1, to: "b.pcap")
    try folder.write([], to: "z.pcap")
    let whole = try BuiltCommand.run(options + ["--join"] + names.filter { $0 != "z.pcap" }, folder: folder.url)
    let joined = try BuiltCommand.run(options + ["--join"] + names, folder: folder.url)
    #expect(joined.exitCode == 3 && joined.errors.contains("z.pcap: the file is empty"))
    #expect(joined.lines.count == whole.lines.count && joined.lines.count > 2)
    let nothing = try BuiltCommand.run(options + ["--join", "z.pcap", "z.pcap"], folder: folder.url)
    #expect(nothing.exitCode == 3)
  }

  @Test func wordsBehindTheFilesAreAFilter() throws {
    let sample = try SampleCapture.named("telegram-blocked")
    let words = try BuiltCommand.run(options + [sample.name, "tcp", "port", "443"], folder: sample.folder)
    let option = try BuiltCommand.run(options + ["-f", "tcp port 443", sample.name], folder: sample.folder)
    #expect(words.exitCode == 0)
    #expect(words.output == option.output)
    let flows = words.lines.filter { $0.hasPrefix(#"{"record":"flow""#) }
    #expect(!flows.isEmpty)
    #expect(flows.allSatisfy { $0.contains(#""transport":"tcp""#) })
  }

  /// The first half of the records and the rest, each with the file's header (a pcap file of this machine's byte order).
  private func halves(_ bytes: [UInt8]) throws -> ([UInt8], [UInt8]) {
    var starts: [Int] = []
    var at = 24
    while at + 16 <= bytes.count {
      starts.append(at)
      at += 16 + (0..<4).reduce(0) { $0 | Int(bytes[at + 8 + $1]) << (8 * $1) }
    }
    try #require(at == bytes.count && starts.count > 2)
    let middle = starts[starts.count / 2]
    return (Array(bytes[..<middle]), Array(bytes[..<24] + bytes[middle...]))
  }
}
