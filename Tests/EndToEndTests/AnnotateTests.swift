import Foundation
import TestSupport
import Testing

/// `annotate`: copies that Wireshark reads, and command lines that are refused. What needs tshark and capinfos is skipped
/// where they are not installed.
@Suite struct AnnotateTests {
  static let hasWireshark = ["tshark", "capinfos"].allSatisfy {
    FileManager.default.isExecutableFile(atPath: "/usr/bin/" + $0)
  }

  /// Frames that the records cite.
  private func cited(_ path: String) throws -> Set<Int64> {
    var frames: Set<Int64> = []
    for line in try BuiltCommand.run(["analyze", "--format", "ndjson", path]).lines {
      guard case .array(let evidence) = try JSONParser.parse(String(line))["verdict"]?["evidence"] else { continue }
      for item in evidence {
        guard case .array(let packets) = item["packets"] else { continue }
        for case .integer(let frame) in packets { frames.insert(Int64(frame)) }
      }
    }
    return frames
  }

  private func shell(_ line: String, _ folder: TemporaryFolder) throws -> BuiltCommand.Result {
    try BuiltCommand.shell(line, folder: folder.url)
  }

  /// Comments on the frames that the records cite; packets, times, lengths, interfaces as before.
  private func check(_ path: String) throws {
    let folder = try TemporaryFolder()
    let made = try BuiltCommand.run(["annotate", path, "-o", "out.pcapng"], folder: folder.url)
    guard FileManager.default.fileExists(atPath: folder.url.appending(path: "out.pcapng").path) else {
      // Not a capture that is read at all.
      #expect(made.exitCode == 3 && made.errors.hasPrefix("ringback: "), "\(path)")
      return
    }
    #expect(made.exitCode == 0 || made.exitCode == 3, "\(path): \(made.errors)")
    let commented = try shell(
      "tshark -n -r out.pcapng -Y 'frame.comment contains \"ringback\"' -T fields -e frame.number 2>/dev/null", folder)
    #expect(Set(commented.lines.compactMap { Int64($0) }) == (try cited(path)), "\(path)")
    let fields = "-T fields -e frame.number -e frame.time_epoch -e frame.len -e frame.cap_len -e frame.encap_type"
    let before = try shell("tshark -n -r '\(path)' \(fields) 2>/dev/null", folder)
    let after = try shell("tshark -n -r out.pcapng \(fields) 2>/dev/null", folder)
    #expect(before.output == after.output, "\(path)")
    let facts = "-M -c -u -a -e -S -E -I"
    let drop = "2>/dev/null | grep -v -e '^File name' -e comment"
    let one = try shell("capinfos \(facts) '\(path)' \(drop)", folder)
    let other = try shell("capinfos \(facts) out.pcapng \(drop)", folder)
    #expect(one.text == other.text && !one.output.isEmpty, "\(path)")
  }

  /// A fifth of the small captures: tshark takes its time to start, three times for each.
  static let some = SampleCapture.all.filter { !$0.isLarge }.enumerated().filter { $0.offset % 5 == 0 }.map(\.element)

  @Test(.enabled(if: AnnotateTests.hasWireshark, "tshark is not installed"), arguments: some)
  func wiresharkSeesTheSamePacketsAndTheComments(_ sample: SampleCapture) throws { try check(sample.file.path) }

  /// With RINGBACK_CORPUS set: the captures of its captures/real, without those that take tshark minutes.
  @Test(
    .enabled(if: AnnotateTests.hasWireshark, "tshark is not installed"),
    .enabled(if: ProcessInfo.processInfo.environment["RINGBACK_CORPUS"] != nil, "RINGBACK_CORPUS is not set"))
  func capturesFromElsewhere() throws {
    let root = (ProcessInfo.processInfo.environment["RINGBACK_CORPUS"] ?? "") + "/captures/real"
    let files = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
    let wanted = files.filter { name in
      guard name.contains("call"), name.contains(".pcap") else { return false }
      let size = (try? FileManager.default.attributesOfItem(atPath: root + "/" + name)[.size] as? Int) ?? 0
      return size < 2_000_000
    }
    for name in wanted.sorted() { try check(root + "/" + name) }
    print("annotated: \(wanted.count) captures")
  }

  @Test func theAnswerIsToldAndStandsInTheSection() throws {
    let folder = try TemporaryFolder()
    let sample = try SampleCapture.named("telegram-blocked")
    let result = try BuiltCommand.run(["annotate", sample.file.path, "-o", "out.pcapng"], folder: folder.url)
    #expect(result.exitCode == 0 && result.errors == "")
    #expect(result.lines.first?.hasPrefix("out.pcapng: a Telegram call was probably blocked: ") == true)
    let bytes = try Data(contentsOf: folder.url.appending(path: "out.pcapng"))
    #expect(String(decoding: bytes.prefix(300), as: UTF8.self).contains("ringback 0.1.0: a Telegram call was"))
    // The copy is analyzed as the capture was.
    let again = try BuiltCommand.run(["analyze", "--format", "ndjson", "out.pcapng"], folder: folder.url)
    let first = try BuiltCommand.run(["analyze", "--format", "ndjson", sample.name], folder: sample.folder)
    #expect(again.lines.last == first.lines.last)
  }

  @Test func standardOutputCarriesTheCaptureAlone() throws {
    let sample = try SampleCapture.named("telegram-cutoff")
    let folder = try TemporaryFolder()
    let file = try BuiltCommand.run(["annotate", sample.file.path, "-o", "out.pcapng"], folder: folder.url)
    #expect(file.exitCode == 0)
    let piped = try BuiltCommand.shell("$ringback annotate \(sample.name) -o - | cat", folder: sample.folder)
    #expect(piped.output == [UInt8](try Data(contentsOf: folder.url.appending(path: "out.pcapng"))))
    // A reader that has seen enough is no fault.
    let left = try BuiltCommand.shell(
      "$ringback annotate \(sample.name) -o - | head -c 10 | wc -c", folder: sample.folder)
    #expect(left.text.trimmingCharacters(in: .whitespacesAndNewlines) == "10" && left.errors == "")
  }

  @Test func whatIsWholeOfACutCaptureIsWritten() throws {
    let folder = try TemporaryFolder()
    try folder.write(try SampleCapture.named("telegram-blocked").bytes().dropLast(7), to: "cut.pcap")
    let result = try BuiltCommand.run(["annotate", "cut.pcap", "-o", "out.pcapng"], folder: folder.url)
    #expect(result.exitCode == 3 && result.errors.contains("cut at byte"))
    let copy = try BuiltCommand.run(["analyze", "--format", "ndjson", "out.pcapng"], folder: folder.url)
    #expect(copy.exitCode == 0 && copy.lines.first?.contains("\"packets\":381,") == true)
  }

  /// A copy is a new file until it is whole, and no other file is touched for it.
  @Test func whatIsThereStaysUntilTheCopyIsWhole() throws {
    let sample = try SampleCapture.named("telegram-blocked")
    let folder = try TemporaryFolder()
    let capture = try folder.write(try sample.bytes(), to: "big.pcapng.part")
    let result = try BuiltCommand.run(["annotate", capture.path, "-o", "big.pcapng"], folder: folder.url)
    #expect(result.exitCode == 0)
    #expect(try Data(contentsOf: capture) == Data(sample.bytes()), "it is the input")
    #expect(SampleCapture.names(in: folder.url) == ["big.pcapng", "big.pcapng.part"])
    // No file may have more than 8 blocks of 512 bytes.
    let full = try shell(
      "ulimit -f 8; trap '' XFSZ; \"$ringback\" annotate big.pcapng.part -o old.pcapng", folder)
    #expect(full.exitCode == 5)
    _ = try folder.write(Array("old".utf8), to: "old.pcapng")
    let again = try shell("ulimit -f 8; trap '' XFSZ; \"$ringback\" annotate big.pcapng.part -o old.pcapng", folder)
    #expect(again.exitCode == 5)
    #expect(try Data(contentsOf: folder.url.appendingPathComponent("old.pcapng")) == Data("old".utf8))
    #expect(SampleCapture.names(in: folder.url) == ["big.pcapng", "big.pcapng.part", "old.pcapng"])
    // What has other names is written to in its place.
    _ = try shell("ln old.pcapng other.pcapng && \"$ringback\" annotate big.pcapng.part -o old.pcapng", folder)
    #expect(
      try Data(contentsOf: folder.url.appendingPathComponent("other.pcapng"))
        == Data(contentsOf: folder.url.appendingPathComponent("old.pcapng")))
  }

  @Test func wrongCommandLinesAreTwoAndChangeNothing() throws {
    let folder = try TemporaryFolder()
    let bytes = try SampleCapture.named("telegram-blocked").bytes()
    try folder.write(bytes, to: "call.pcap")
    for arguments in [
      ["call.pcap"], ["call.pcap", "-o", "."], ["call.pcap", "-o", "call.pcap"], ["-", "-o", "x"],
      ["call.pcap", "-o", ""],
      [".", "-o", "x"], ["-o", "x"], ["/dev/null", "-o", "x"],
    ] {
      let result = try BuiltCommand.run(["annotate"] + arguments, folder: folder.url)
      #expect(result.exitCode == 2, "\(arguments)")
      #expect(result.output.isEmpty && result.errors.contains("Usage: ringback annotate"), "\(arguments)")
    }
    #expect([UInt8](try Data(contentsOf: folder.url.appending(path: "call.pcap"))) == bytes)
    #expect(SampleCapture.names(in: folder.url) == ["call.pcap"])
  }

  @Test func unreadableIsThreeUnwritableIsFive() throws {
    let folder = try TemporaryFolder()
    try folder.write(Array("no capture".utf8), to: "notes.txt")
    for name in ["missing.pcap", "notes.txt"] {
      let result = try BuiltCommand.run(["annotate", name, "-o", "out.pcapng"], folder: folder.url)
      #expect(result.exitCode == 3 && result.errors.hasPrefix("ringback: \(name): "))
    }
    let sample = try SampleCapture.named("sip-clean")
    for target in ["/nowhere/out.pcapng", "/dev/full"] {
      let result = try BuiltCommand.run(["annotate", sample.file.path, "-o", target])
      #expect(result.exitCode == 5 && result.errors.hasPrefix("ringback: \(target): cannot be written: "))
    }
  }

  @Test func helpIsThere() throws {
    let result = try BuiltCommand.run(["annotate", "--help"])
    #expect(result.exitCode == 0 && result.text.contains("frame.comment"))
  }
}
