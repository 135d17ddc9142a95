import Foundation
import TestSupport
import Testing

/// `explain`: calls, flows and frames by name, and what cannot be explained.
@Suite struct ExplainTests {
  private func explain(_ name: String, _ arguments: [String]) throws -> BuiltCommand.Result {
    let sample = try SampleCapture.named(name)
    return try BuiltCommand.run(["explain", sample.name] + arguments, folder: sample.folder)
  }

  @Test func theAnswerIsTheFirstLineAndLinesAreShort() throws {
    for arguments in [[], ["call", "1"], ["flow", "91.108.9.21:597"], ["frame", "7"]] {
      let result = try explain("telegram-blocked", arguments)
      #expect(result.exitCode == 0 && result.errors == "")
      #expect(result.lines.first?.hasPrefix("telegram-blocked.pcap: ") == true)
      #expect(result.text.contains("no relay answered") || result.text.contains("never answered"))
      for line in result.lines { #expect(line.count <= 80, "\(line)") }
    }
  }

  @Test func aCallLeadsToItsPacketsAndRules() throws {
    let text = try explain("telegram-blocked", ["--call", "1"]).text
    for part in [
      "clue     40-byte reflector hello", "tgcalls ReflectorPort", "reflector hello 82 bytes",
      "silence.trials: 33, at least 4:",
      "METHOD.md M2.3", "GRADE probable", "or       routing: not excluded", "fisher exact",
    ] { #expect(text.contains(part), "\(part)") }
  }

  /// Numbers that a claim was made on hold against their thresholds: where they are read from is right.
  @Test(arguments: [
    "telegram-blocked", "policer-audio-1", "policer-video-1", "shaper-audio-1", "tcp-policer-1",
    "random-discard-2", "blackhole-time-1", "blackhole-dtls-1", "blackhole-media-1", "one-way-1", "quic-blackhole-1",
    "syn-blackhole", "tls-silence-1", "freeze-tcp-1", "reset-single-1", "icmp-prohibited-1",
  ]) func numbersHoldAgainstTheirThresholds(name: String) throws {
    let sample = try #require(SampleCapture.all.first { $0.name.hasPrefix(name + ".") })
    let lines = try BuiltCommand.run(["explain", "--format", "ndjson", sample.name], folder: sample.folder).lines
    var held = 0
    for line in lines {
      guard case .array(let detectors)? = try JSONParser.parse(String(line))["detectors"] else { continue }
      for detector in detectors {
        guard case .array(let rules)? = detector["rules"] else { continue }
        for rule in rules {
          guard case .string(let asks)? = rule["asks"], let seen = number(rule["seen"]),
            let limit = number(rule["value"])
          else { continue }
          held += 1
          #expect(asks == "at least" ? seen >= limit : seen <= limit, "\(name): \(rule)")
        }
      }
    }
    #expect(held > 0, "\(name)")
  }

  private func number(_ value: JSONValue?) -> Double? {
    guard case .string(let text)? = value else { return nil }
    return Double(text.prefix { $0 != " " })
  }

  @Test func whyAGradeIsNoHigherIsSaid() throws {
    let text = try explain("syn-blackhole", []).text
    #expect(text.contains("ringback explain syn-blackhole.pcap flow "))
    let id = try #require(text.firstMatch(of: /explain syn-blackhole\.pcap flow ([0-9a-f]{16})/)?.1)
    let flow = try explain("syn-blackhole", ["flow", String(id)]).text
    #expect(flow.contains("GRADE consistent"))
    #expect(flow.contains("lacks    silent in the same way: 1 of 2 servers"))
  }

  @Test func idsOfTheRecordsAreTaken() throws {
    let sample = try SampleCapture.named("telegram-blocked")
    let records = try BuiltCommand.run(["analyze", "--format", "ndjson", sample.name], folder: sample.folder).lines
    for line in records {
      let record = try JSONParser.parse(String(line))
      guard case .string(let id) = record["id"], case .string(let kind) = record["record"] else { continue }
      let result = try explain("telegram-blocked", [kind, String(id.prefix(8))])
      #expect(result.exitCode == 0 && result.text.contains(id))
    }
  }

  @Test func framesSayWhatTheyArePartOf() throws {
    let cited = try explain("telegram-blocked", ["frame", "7"])
    #expect(cited.text.contains("frame 7 is part of UDP"))
    #expect(cited.text.contains("cited    66 reflector hellos"))
    let error = try explain("telegram-clean", ["--format", "ndjson", "--frame", "1164"])
    let lines = try error.lines.map { try JSONParser.parse(String($0)) }
    #expect(lines.contains { $0["record"] == .string("frame") && $0["frame"] == .integer(1164) })
  }

  @Test func whatIsInNoFlowIsGivenAReason() throws {
    let folder = try TemporaryFolder()
    // pcap header, then an ARP request and a later fragment of UDP.
    var bytes: [UInt8] =
      [0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0] + [UInt8](repeating: 0, count: 8) + [0, 0, 4, 0, 1, 0, 0, 0]
    let ends: [UInt8] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2]
    let request: [UInt8] = ends + [8, 6, 0, 1, 8, 0, 6, 4, 0, 1] + [UInt8](repeating: 1, count: 20)
    let fragment: [UInt8] =
      ends + [8, 0, 0x45, 0, 0, 40, 0, 1, 0x00, 0x10, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
      + [UInt8](repeating: 7, count: 20)
    for frame in [request, fragment] {
      bytes += [1, 0, 0, 0, 0, 0, 0, 0, UInt8(frame.count), 0, 0, 0, UInt8(frame.count), 0, 0, 0] + frame
    }
    try folder.write(bytes, to: "odd.pcap")
    for (frame, reason) in [("1", "[not_ip]"), ("2", "[later_fragment]")] {
      let result = try BuiltCommand.run(["explain", "odd.pcap", "frame", frame], folder: folder.url)
      #expect(result.exitCode == 0)
      #expect(result.lines.first?.hasPrefix("odd.pcap: frame \(frame) is in no flow: ") == true)
      #expect(result.text.contains(reason))
    }
  }

  @Test func recordsForProgramsParse() throws {
    for arguments in [[], ["call", "1"], ["flow", "91.108.9.21:597"], ["frame", "7"]] {
      let result = try explain("telegram-blocked", ["--format", "ndjson"] + arguments)
      let records = try result.lines.map { try JSONParser.parse(String($0)) }
      #expect(records.first?["record"] == .string("capture"))
      let explanation = try #require(records.first { $0["record"] == .string("explanation") })
      guard case .array(let detectors) = explanation["detectors"], case .array(let packets) = explanation["packets"]
      else {
        Issue.record("no detectors or packets")
        continue
      }
      #expect(detectors.count == 5 && detectors[0]["name"] == .string("silence"))
      #expect(packets.first?["direction"] == .string("up"))
    }
  }

  @Test func whatIsNotThereIsThree() throws {
    for arguments in [["call", "2"], ["call", "abcdef0123"], ["flow", "192.0.2.1:1"], ["frame", "999999"]] {
      let result = try explain("telegram-blocked", arguments)
      #expect(result.exitCode == 3 && result.output.isEmpty, "\(arguments)")
      #expect(result.errors.hasPrefix("ringback: telegram-blocked.pcap: "))
    }
    #expect(try BuiltCommand.run(["explain", "/nowhere/x.pcap"]).exitCode == 3)
  }

  @Test func wrongCommandLinesAreTwo() throws {
    for arguments in [
      ["call"], ["call", "0"], ["call", "x y"], ["frame", "0"], ["frame", "seven"], ["flow", ""], ["packet", "7"],
      ["call", "1", "2"], ["call", "1", "--frame", "7"], ["--format", "yaml"],
    ] {
      let result = try explain("telegram-blocked", arguments)
      #expect(result.exitCode == 2 && result.errors.contains("Usage: ringback explain"), "\(arguments)")
    }
    for arguments in [[], ["-"], ["/tmp"], ["/dev/null"]] {
      #expect(try BuiltCommand.run(["explain"] + arguments).exitCode == 2, "\(arguments)")
    }
  }

  /// Explaining changes no verdict.
  @Test(arguments: SampleCapture.all.filter { !$0.isLarge }) func everySampleIsExplained(_ sample: SampleCapture) throws
  {
    let result = try BuiltCommand.run(["explain", "--format", "ndjson", sample.name], folder: sample.folder)
    #expect(result.exitCode == 0 && result.errors == "")
    let records = try BuiltCommand.run(["analyze", "--format", "ndjson", sample.name], folder: sample.folder).lines
    let known = Set(records)
    var explained = 0
    for line in result.lines {
      if line.hasPrefix("{\"record\":\"explanation\"") { explained += 1 } else { #expect(known.contains(line)) }
    }
    let findings = records.count { $0.hasPrefix("{\"record\":\"flow\"") && $0.contains("\"finding\":true") }
    #expect(explained >= min(findings, 200))
  }
}
