import Foundation
import TestSupport
import Testing

/// `live` over a stream: what needs neither root nor an interface.
@Suite struct LiveStreamTests {
  private static func live(
    _ sample: SampleCapture, _ arguments: [String] = [], folder: URL? = nil
  ) throws -> BuiltCommand.Result {
    try BuiltCommand.run(
      ["live", "-r", "-", "--sandbox", "off"] + arguments, input: try sample.bytes(), folder: folder)
  }

  private static func records(_ result: BuiltCommand.Result) throws -> [JSONValue] {
    try result.lines.map { try JSONParser.parse(String($0)) }
  }

  private static func gist(_ record: JSONValue) -> String {
    ["outcome", "mechanism", "direction", "grade"].map { key in
      record["verdict"]?[key].map { "\($0)" } ?? "-"
    }.joined(separator: " ")
  }

  /// Ids and what is said of them, in the order of ids.
  private static func gists(_ records: [JSONValue]) -> [String] {
    records.map { record in "\(record["id"].map { "\($0)" } ?? "-") \(gist(record))" }.sorted()
  }

  /// Every record keeps its schema, provisional ones come first, and the last word of each call is that of `analyze`.
  @Test(arguments: ["telegram-blocked", "telegram-cutoff", "telegram-clean", "sip-clean", "reset-injected"])
  func aStreamIsToldAsItComesAndEndsAsTheReportDoes(_ name: String) throws {
    let sample = try SampleCapture.named(name)
    let result = try Self.live(sample)
    #expect(result.exitCode == 0)
    #expect(result.errors == "")
    let records = try Self.records(result)
    #expect(records.first?["record"] == .string("capture") && records.first?["provisional"] == .bool(true))
    #expect(records.last?["record"] == .string("summary"))
    let analyzed = try Self.records(
      try BuiltCommand.run(["analyze", "--format", "ndjson", sample.name], folder: sample.folder))
    for kind in ["call", "flow"] {
      let last = records.filter { $0["record"] == .string(kind) && $0["provisional"] != .bool(true) }
      let expected = analyzed.filter { $0["record"] == .string(kind) }
      #expect(Self.gists(last) == Self.gists(expected))
    }
  }

  /// What is saved for a finding shows it by itself.
  @Test(arguments: [
    ("telegram-blocked", "dropped"), ("telegram-cutoff", "dropped"), ("reset-injected", "reset"),
  ])
  func whatIsSavedGivesTheVerdictThatWasTold(_ name: String, _ outcome: String) throws {
    let sample = try SampleCapture.named(name)
    let folder = try TemporaryFolder()
    let result = try Self.live(
      sample, ["--save-on", outcome, "--pre", "60", "--post", "30", "-w", "evidence"], folder: folder.url)
    #expect(result.exitCode == 0)
    let place = folder.url.appendingPathComponent("evidence")
    let names = SampleCapture.names(in: place)
    let captures = names.filter { $0.hasSuffix(".pcapng") }
    #expect(captures.count == 1, "\(names)")
    let saved = try Self.records(
      try BuiltCommand.run(["analyze", "--format", "ndjson", captures.first ?? ""], folder: place))
    let told = try Self.records(result).filter { $0["provisional"] != .bool(true) }
    for kind in ["call", "flow"] {
      let wanted = told.filter {
        $0["record"] == .string(kind) && $0["verdict"]?["outcome"] == .string(outcome)
      }
      let found = saved.filter { $0["record"] == .string(kind) && $0["verdict"]?["outcome"] == .string(outcome) }
      #expect(Self.gists(found) == Self.gists(wanted))
    }
    // The last word lies beside it, and packets of evidence carry their comment.
    let beside = names.first { $0.hasSuffix(".ndjson") } ?? ""
    let text = String(decoding: try Data(contentsOf: place.appendingPathComponent(beside)), as: UTF8.self)
    let words = try text.split(separator: "\n").map { try JSONParser.parse(String($0)) }
    #expect(words.contains { $0["provisional"] != .bool(true) && $0["verdict"]?["outcome"] == .string(outcome) })
    let bytes = try Data(contentsOf: place.appendingPathComponent(captures.first ?? ""))
    #expect(String(decoding: bytes, as: UTF8.self).contains("ringback: \(outcome), "))
    // Packets are cited by their numbers in it.
    for word in words where word["provisional"] != .bool(true) {
      let same = saved.first { $0["id"] == word["id"] && $0["record"] == word["record"] }
      if let same { #expect(Self.cited(word) == Self.cited(same)) }
    }
  }

  private static func cited(_ record: JSONValue) -> [JSONValue] {
    guard case .array(let evidence) = record["verdict"]?["evidence"] else { return [] }
    return evidence.compactMap { $0["packets"] }
  }

  /// As many findings are told to people, followers and programs as the summary counts: also those that are first justified when
  /// their flow ends.
  @Test(arguments: ["reset-injected", "reset-rewritten", "http-reset"]) func aFindingAtTheEndIsTold(_ name: String)
    throws
  {
    guard let sample = SampleCapture.all.first(where: { $0.name.hasPrefix(name) }) else { return }
    let records = try Self.records(try Self.live(sample))
    let ports = records.compactMap { record -> Int64? in
      guard record["record"] == .string("flow"), record["provisional"] != .bool(true),
        record["verdict"]?["finding"] == .bool(true), case .integer(let port) = record["client"]?["port"]
      else { return nil }
      return port
    }
    for port in Set(ports) {
      let folder = try TemporaryFolder()
      let result = try Self.live(
        sample, ["--format", "text", "--save-on", "any", "-w", "evidence", "port", "\(port)"], folder: folder.url)
      let counted = result.lines.last { $0.contains("of them with a finding") } ?? ""
      let lines = result.lines.filter { $0.contains("RESET") || $0.contains("DROPPED") || $0.contains("CAPPED") }
      #expect(counted.contains(" 0 of them") == lines.isEmpty, "\(result.lines)")
      let saved = SampleCapture.names(in: folder.url.appendingPathComponent("evidence"))
      #expect(lines.isEmpty == saved.isEmpty)
    }
  }

  /// Other files in the folder are somebody's own.
  @Test func whatLiesInTheFolderStays() throws {
    let sample = try SampleCapture.named("telegram-cutoff")
    let folder = try TemporaryFolder()
    let place = folder.url.appendingPathComponent("evidence")
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    for name in ["0-my-thesis.pcapng", "2024-holiday.pcapng", "2024-holiday.ndjson"] {
      try Data("mine".utf8).write(to: place.appendingPathComponent(name))
    }
    let first = try Self.live(sample, ["--save-on", "any", "-W", "1", "-w", "evidence"], folder: folder.url)
    #expect(first.exitCode == 0)
    #expect(SampleCapture.names(in: place).count == 5)
    // Again, in the same second of the capture's time: the older recording makes room with its records.
    _ = try Self.live(sample, ["--save-on", "any", "-W", "1", "-w", "evidence"], folder: folder.url)
    let names = SampleCapture.names(in: place)
    #expect(names.count == 5 && names.contains("2024-holiday.ndjson"), "\(names)")
  }

  /// What cannot be saved is said, and the exit code tells.
  @Test func evidenceThatCannotBeWrittenIsAFailure() throws {
    let sample = try SampleCapture.named("telegram-cutoff")
    let folder = try TemporaryFolder()
    // No file may have more than 8 blocks of 512 bytes.
    let result = try BuiltCommand.shell(
      "ulimit -f 8; trap '' XFSZ; \"$ringback\" live -r '\(sample.file.path)' --sandbox off --save-on any -w evidence",
      folder: folder.url)
    #expect(result.exitCode == 5)
    #expect(result.errors.contains("evidence could not be saved"))
    // What is left ends with a whole packet, and nothing is empty.
    let place = folder.url.appendingPathComponent("evidence")
    for name in SampleCapture.names(in: place) where name.hasSuffix(".pcapng") {
      #expect(try BuiltCommand.run(["analyze", name], folder: place).exitCode == 0, "\(name)")
    }
  }

  @Test func aCommandGetsEachFindingOnItsInput() throws {
    let sample = try SampleCapture.named("telegram-blocked")
    let folder = try TemporaryFolder()
    let script = try folder.write(Array("#!/bin/sh\ncat >> \"$1\"\n".utf8), to: "tell")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script.path)
    let told = folder.url.appendingPathComponent("told").path
    let result = try Self.live(sample, ["--on-verdict", "'\(script.path)' '\(told)'"], folder: folder.url)
    #expect(result.exitCode == 0)
    // The command's process works on when the run is over.
    let text = try BuiltCommand.shell(
      "for i in $(seq 100); do grep -q -v provisional told && break; sleep 0.1; done; cat told", folder: folder.url)
    let records = try Self.records(text)
    #expect(records.first?["provisional"] == .bool(true))
    #expect(records.contains { $0["record"] == .string("call") && $0["verdict"]?["outcome"] == .string("dropped") })
  }

  @Test func wrongUseIsRefused() throws {
    for arguments in [
      [], ["-i", "x", "-r", "-"], ["-r", "-", "--threads", "2"], ["-r", "-", "--threads", "0"], ["-r", "-", "-w", "x"],
      ["--connect", "nowhere"], ["--connect", "127.0.0.1:99999"], ["--connect", "127.0.0.1:"],
      ["--connect", "127.0.0.1:0"], ["--connect", ":80"],
      ["-r", "-", "--save-on", "ok", "-w", "x"], ["-r", "-", "-s", "95"], ["-r", "-", "-Q", "up"],
      ["-r", "-", "-c", "0"], ["-r", "-", "--max-memory", "9223372036854775807"],
      ["-r", "-", "--save-on", "any", "-w", "x", "-C", "9223372036855"],
      ["-r", "-", "--save-on", "any", "-w", "x", "-G", "9223372037"],
      ["-r", "-", "--save-on", "any", "-w", "x", "--quota", "9223372036855"],
      ["-r", "-", "--top", "--format", "text"], ["-r", "-", "--on-verdict", "'"], ["-r", "-", "-f", "udp", "tcp"],
    ] {
      #expect(try BuiltCommand.run(["live"] + arguments).exitCode == 2, "\(arguments)")
    }
    #expect(try BuiltCommand.run(["live", "-r", "-"], input: [1, 2, 3]).exitCode == 3)
    #expect(try BuiltCommand.run(["live", "-r", "/does/not/exist"]).exitCode == 3)
    #expect(try BuiltCommand.run(["live", "-i", "no-such-interface"]).exitCode == 4)
    #expect(try BuiltCommand.run(["live", "--connect", "127.0.0.1:1"]).exitCode == 4)
  }

  @Test func linesAreForPeople() throws {
    let result = try Self.live(try SampleCapture.named("telegram-blocked"), ["--format", "text"])
    #expect(result.exitCode == 0)
    #expect(result.lines.first?.contains(" Telegram 192.168.1.23: signalling") == true)
    #expect(result.lines.contains { $0.contains("DROPPED") })
    #expect(result.lines.last?.contains(" packets in ") == true)
  }

  /// A call that went on over TCP is sound; that its relays never answered is said of them.
  @Test func whatIsFoundOnAFlowOfASoundCallIsTold() throws {
    let sample = try #require(SampleCapture.all.first { $0.name == "masked-1.pcap.gz" })
    let result = try Self.live(sample, ["--format", "text"])
    #expect(result.lines.contains { $0.contains(" UDP ") && $0.contains("DROPPED") }, "\(result.text)")
    #expect(result.lines.last?.contains("0 of them with a finding") == false)
  }

  @Test(arguments: [1, 5, 33]) func itEndsAfterSoManyPackets(count: Int64) throws {
    let result = try Self.live(try SampleCapture.named("telegram-blocked"), ["-c", "\(count)"])
    #expect(try Self.records(result).last?["packets"] == .integer(count))
  }

  @Test func interruptedItEndsWithASummary() throws {
    let running = try RunningCommand(["live", "-r", "-", "--sandbox", "off"])
    let bytes = try SampleCapture.named("telegram-cutoff").bytes()
    try #require(bytes.count > 2 * 65_536)
    running.feed(bytes)
    running.interrupt()
    let result = running.wait(limit: 20)
    #expect(result.exitCode == 130)
    #expect(result.lines.last?.hasPrefix(#"{"record":"summary""#) == true)
  }
}
