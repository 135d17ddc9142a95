import Foundation
import TestSupport
import Testing

/// `check`: in CI, over captures with expectations beside them.
@Suite struct CheckTests {
  /// A folder with two samples and expectations that they meet.
  private func blessed() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for name in ["sip-clean", "telegram-blocked"] {
      let sample = try #require(SampleCapture.all.first { $0.name == "\(name).pcap" })
      try FileManager.default.copyItem(at: sample.file, to: folder.url.appendingPathComponent(sample.name))
    }
    let result = try BuiltCommand.run(["check", "--bless", "."], folder: folder.url)
    #expect(result.exitCode == 0)
    #expect(result.lines.contains("+outcome = \"dropped\""))
    return folder
  }

  private func write(_ text: String, _ name: String, _ folder: TemporaryFolder) throws {
    try Data(text.utf8).write(to: folder.url.appendingPathComponent(name))
  }

  @Test func whatIsBlessedPasses() throws {
    let folder = try blessed()
    let result = try BuiltCommand.run(["check", "."], folder: folder.url)
    #expect(result.exitCode == 0)
    #expect(result.lines.last == "2 passed, 0 failed, 0 skipped")
    let again = try BuiltCommand.run(["check", "--bless", "."], folder: folder.url)
    #expect(!again.lines.contains { $0.hasPrefix("+") }, "nothing has changed")
  }

  @Test func whatIsNotAsExpectedFails() throws {
    let folder = try blessed()
    try write("[[call]]\napp = \"max\"\n", "sip-clean.expect.toml", folder)
    let result = try BuiltCommand.run(["check", "--jobs", "3", "."], folder: folder.url)
    #expect(result.exitCode == 1)
    #expect(result.lines.first == "FAILED  ./sip-clean.pcap")
    #expect(result.lines.last == "1 passed, 1 failed, 0 skipped")
  }

  @Test func withoutAnExpectationACaptureIsSkipped() throws {
    let folder = try blessed()
    try FileManager.default.removeItem(at: folder.url.appendingPathComponent("sip-clean.expect.toml"))
    let result = try BuiltCommand.run(["check", "."], folder: folder.url)
    #expect(result.exitCode == 0 && result.lines.last == "1 passed, 0 failed, 1 skipped")
    let strict = try BuiltCommand.run(["check", "--fail-on", "any", "."], folder: folder.url)
    #expect(strict.exitCode == 1 && strict.lines.last == "1 passed, 1 failed, 0 skipped")
  }

  @Test func aBrokenExpectationIsAMatterOfConfiguration() throws {
    let folder = try blessed()
    try write("[[call]\n", "sip-clean.expect.toml", folder)
    #expect(try BuiltCommand.run(["check", "."], folder: folder.url).exitCode == 2)
    #expect(try BuiltCommand.run(["check", "no-such.pcap"], folder: folder.url).exitCode == 3)
    #expect(try BuiltCommand.run(["check"], folder: folder.url).exitCode == 2)
    let empty = try TemporaryFolder()
    #expect(try BuiltCommand.run(["check", "."], folder: empty.url).exitCode == 2)
    #expect(try BuiltCommand.run(["check", "--format", "yaml", "."], folder: folder.url).exitCode == 2)
  }

  /// What checks nothing does not pass.
  @Test func aCheckOfNothingIsAnError() throws {
    let folder = try blessed()
    try FileManager.default.removeItem(at: folder.url.appendingPathComponent("sip-clean.pcap"))
    let gone = try BuiltCommand.run(["check", "."], folder: folder.url)
    #expect(gone.exitCode == 2)
    #expect(gone.lines.contains("FAILED  ./sip-clean.expect.toml"))
    for name in ["sip-clean", "telegram-blocked"] {
      try FileManager.default.removeItem(at: folder.url.appendingPathComponent("\(name).expect.toml"))
    }
    let nothing = try BuiltCommand.run(["check", "."], folder: folder.url)
    #expect(nothing.exitCode == 2 && nothing.errors.contains("nothing was checked"))
    try write("", "telegram-blocked.expect.toml", folder)
    #expect(try BuiltCommand.run(["check", "."], folder: folder.url).exitCode == 2)
  }

  /// Names in capitals too; and two captures do not share one expectation.
  @Test func anExpectationBelongsToOneCapture() throws {
    let folder = try blessed()
    let capture = folder.url.appendingPathComponent("telegram-blocked.pcap")
    let capitals = folder.url.appendingPathComponent("telegram-blocked.PCAP")
    try FileManager.default.moveItem(at: capture, to: capitals)
    let result = try BuiltCommand.run(["check", "."], folder: folder.url)
    #expect(result.exitCode == 0 && result.lines.last == "2 passed, 0 failed, 0 skipped")
    try FileManager.default.copyItem(at: capitals, to: capture)
    let shared = try BuiltCommand.run(["check", "--bless", "."], folder: folder.url)
    #expect(shared.exitCode == 2 && shared.lines.last == "1 passed, 2 failed, 0 skipped")
    // Without any there is nothing to share.
    try FileManager.default.removeItem(at: folder.url.appendingPathComponent("telegram-blocked.expect.toml"))
    let strict = try BuiltCommand.run(["check", "--fail-on", "any", "."], folder: folder.url)
    #expect(strict.exitCode == 1 && strict.lines.last == "1 passed, 2 failed, 0 skipped")
  }

  @Test func blessingHidesNothing() throws {
    let folder = try blessed()
    let result = try BuiltCommand.run(["check", "--bless", "--fail-on", "any", "."], folder: folder.url)
    #expect(result.exitCode == 1 && result.lines.last == "1 passed, 1 failed, 0 skipped")
    // A folder in its place cannot be written to.
    let file = folder.url.appendingPathComponent("sip-clean.expect.toml")
    try FileManager.default.removeItem(at: file)
    try FileManager.default.createDirectory(at: file, withIntermediateDirectories: false)
    let refused = try BuiltCommand.run(["check", "--bless", "."], folder: folder.url)
    #expect(refused.exitCode == 5 && refused.lines.last == "1 passed, 1 failed, 0 skipped")
    // What changed is not in front of a report.
    try write("[counts]\ncalls = 9\n", "telegram-blocked.expect.toml", folder)
    let junit = try BuiltCommand.run(
      ["check", "--bless", "--format", "junit", "telegram-blocked.pcap"], folder: folder.url)
    #expect(junit.lines.first?.hasPrefix("<?xml") == true && junit.errors.contains("-calls = 9"))
  }

  @Test func aReportTakesNoCapturesPlace() throws {
    let folder = try blessed()
    for file in ["sip-clean.pcap", "./sip-clean.expect.toml"] {
      let result = try BuiltCommand.run(["check", ".", "--report", "junit=\(file)"], folder: folder.url)
      #expect(result.exitCode == 2 || result.exitCode == 64, "\(result.errors)")
    }
    #expect(try BuiltCommand.run(["check", "."], folder: folder.url).exitCode == 0)
  }

  /// CommonMark and GitHub's tables: nothing of a name is markup.
  @Test func namesAreNoMarkup() throws {
    let folder = try blessed()
    let name = "a`b|<i>c*.pcap"
    try FileManager.default.moveItem(
      at: folder.url.appendingPathComponent("telegram-blocked.pcap"), to: folder.url.appendingPathComponent(name))
    try write("[[never]]\nserver_name = \"<b>x</b>\"\n[[call]]\nserver_name = 1\n", "a`b|<i>c*.expect.toml", folder)
    let result = try BuiltCommand.run(["check", "--format", "markdown", name], folder: folder.url)
    let row = result.lines.last ?? ""
    #expect(row.hasPrefix("| `` a`b\\|<i>c*.pcap `` | failed: a\\`b\\|&lt;i&gt;c\\*.expect.toml: "), "\(row)")
  }

  @Test func reportsForOthersAreWellFormed() throws {
    let folder = try blessed()
    try write("[[never]]\nfinding = true\n", "telegram-blocked.expect.toml", folder)
    let result = try BuiltCommand.run(
      [
        "check", ".", "--format", "tap", "--report", "sarif=out.sarif", "--report", "junit=out.xml", "--report",
        "github=out.txt", "--report", "markdown=out.md",
      ], folder: folder.url)
    #expect(result.exitCode == 1)
    #expect(
      result.lines.prefix(4) == [
        "TAP version 14", "1..2", "ok 1 - ./sip-clean.pcap", "not ok 2 - ./telegram-blocked.pcap",
      ])
    let sarif = try JSONParser.parse(Array(try Data(contentsOf: folder.url.appendingPathComponent("out.sarif"))))
    #expect(sarif["version"] == .string("2.1.0"))
    let xml = try Small.text(folder.url.appendingPathComponent("out.xml"))
    #expect(xml.contains("<testsuites tests=\"2\" failures=\"1\" errors=\"0\">"))
    let github = try Small.text(folder.url.appendingPathComponent("out.txt"))
    #expect(github.hasPrefix("::error file=./telegram-blocked.pcap,title=ringback check::"))
    let table = try Small.text(folder.url.appendingPathComponent("out.md"))
    #expect(table.hasPrefix("## ringback check: 1 passed, 1 failed, 0 skipped"))
  }

  /// The bytes that SARIF names are the evidence's: those of a reset are its Ethernet frame.
  @Test func placesInSARIFAreThoseOfTheFrames() throws {
    let sample = try #require(SampleCapture.all.first { $0.name == "reset-injected.pcap" })
    let result = try BuiltCommand.run(
      ["check", "--fail-on", "any", "--format", "sarif", sample.name], folder: sample.folder)
    #expect(result.exitCode == 1)
    let sarif = try JSONParser.parse(Array(result.output))
    guard case .array(let runs) = try #require(sarif["runs"]),
      case .array(let results) = try #require(runs[0]["results"])
    else { throw CocoaError(.coderInvalidValue) }
    let bytes = [UInt8](try Data(contentsOf: sample.file))
    var regions = 0
    for result in results where result["ruleId"] == .string("reset") {
      guard case .array(let locations) = try #require(result["locations"]) else { continue }
      for location in locations {
        guard let region = location["physicalLocation"]?["region"], case .integer(let offset) = region["byteOffset"],
          case .integer(let length) = region["byteLength"]
        else { continue }
        regions += 1
        // Ethernet with IPv4 behind the record's header, whose third word is the length.
        #expect(Array(bytes[Int(offset) + 12..<Int(offset) + 14]) == [0x08, 0x00])
        #expect(Int64(bytes[Int(offset) - 8]) | Int64(bytes[Int(offset) - 7]) << 8 == length)
      }
    }
    #expect(regions > 0)
  }

  @Test func rulesAreListedAndOverridden() throws {
    let plain = try BuiltCommand.run(["rules"])
    #expect(plain.exitCode == 0 && plain.lines.contains("[cap]") && plain.lines.contains("whatsapp: told by"))
    let changed = try BuiltCommand.run(["rules", "--set", "cap.losses=99", "cap"])
    #expect(changed.lines.contains("losses = 99 count"))
    #expect(changed.lines.last != plain.lines.last, "the digest tells")
    let folder = try TemporaryFolder()
    try write("[cap]\nlosses = 99\n", "my.toml", folder)
    let file = try BuiltCommand.run(["rules", "--rules", "my.toml", "cap"], folder: folder.url)
    #expect(file.lines.last == changed.lines.last)
    #expect(try BuiltCommand.run(["rules", "--set", "cap.bogus=1"]).exitCode == 2)
    #expect(try BuiltCommand.run(["rules", "--set", "cap.losses=0"]).exitCode == 2)
    #expect(try BuiltCommand.run(["rules", "bogus"]).exitCode == 2)
  }
}

/// Text of a small file.
private enum Small {
  static func text(_ file: URL) throws -> String { String(decoding: try Data(contentsOf: file), as: UTF8.self) }
}
