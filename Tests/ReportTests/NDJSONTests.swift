import Foundation
import Report
import TestSupport
import Testing
import Verdict

@Suite struct NDJSONTests {
  static func schema(_ kind: String) throws -> JSONSchema {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("captures/schema")
    return try JSONSchema(Array(Data(contentsOf: folder.appendingPathComponent("\(kind).schema.json"))))
  }

  static let lines: [(kind: String, line: String)] = [
    ("flow", Records.line { $0.append(Records.fullFlow) }),
    ("flow", Records.line { $0.append(Records.minimalFlow()) }),
    ("flow", Records.line { $0.append(Records.minimalFlow(Records.verdict(.inconclusive, grade: .inconclusive))) }),
    ("call", Records.line { $0.append(Records.fullCall) }),
    ("call", Records.line { $0.append(Records.call(Records.verdict(.ok, grade: .none), application: nil)) }),
    ("capture", Records.line { $0.append(Records.fullCapture) }),
    ("capture", Records.line { $0.append(CaptureRecord(path: "")) }),
    ("summary", Records.line { $0.append(Records.fullSummary) }),
    ("summary", Records.line { $0.append(SummaryRecord()) }),
  ]

  @Test func everyKindIsValidFullAndMinimal() throws {
    for (kind, line) in Self.lines {
      let problems = try Self.schema(kind).problems(JSONParser.parse(line))
      #expect(problems.isEmpty, "\(kind): \(problems)")
    }
  }

  @Test func everyWordIsInTheSchema() throws {
    let schema = try Self.schema("flow")
    for outcome in Outcome.allCases {
      for mechanism in Mechanism.allCases {
        let flow = Records.minimalFlow(
          Records.verdict(outcome, mechanism, grade: outcome == .inconclusive ? .inconclusive : .consistent))
        #expect(try schema.problems(JSONParser.parse(Records.line { $0.append(flow) })).isEmpty)
      }
    }
    for word in WireProtocol.allCases {
      var flow = Records.minimalFlow()
      flow.wireProtocol = word
      #expect(try schema.problems(JSONParser.parse(Records.line { $0.append(flow) })).isEmpty)
    }
    for word in Application.allCases {
      var flow = Records.minimalFlow()
      flow.application = word
      #expect(try schema.problems(JSONParser.parse(Records.line { $0.append(flow) })).isEmpty)
    }
  }

  @Test func wrongRecordsAreRejected() throws {
    let line = Records.line { $0.append(Records.fullFlow) }
    let schema = try Self.schema("flow")
    let wrong = [
      ("\"schema\":1", "\"schema\":2"),
      ("\"id\":\"0123456789abcdef\"", "\"id\":\"0123456789ABCDEF\""),
      ("\"transport\":\"udp\"", "\"transport\":\"sctp\""),
      ("\"port\":443", "\"port\":70000"),
      ("\"role\":\"media\"", "\"roles\":\"media\""),
      ("\"finding\":true", "\"finding\":1"),
      ("\"score\":0.9313", "\"score\":1.5"),
      ("\"packets\":[133,", "\"packets\":[0,"),
      ("\"call\":\"fedcba9876543210\",", ""),
      ("\"outcome\":\"dropped\",\"finding\"", "\"outcome\":\"inconclusive\",\"finding\""),
    ]
    for (from, to) in wrong {
      #expect(line.contains(from), "\(from)")
      let changed = line.replacingOccurrences(of: from, with: to)
      #expect(try !schema.problems(JSONParser.parse(changed)).isEmpty, "\(to)")
    }
    #expect(throws: JSONError.self) { try JSONSchema(Array(#"{"oneOf":[]}"#.utf8)) }
    #expect(throws: JSONError.self) { try JSONSchema(Array(#"{"properties":{"a":{"format":"ipv4"}}}"#.utf8)) }
  }

  @Test func keysStandInTheOrderOfTheTables() throws {
    func keys(_ kind: String, _ index: Int) throws -> JSONValue {
      try JSONParser.parse(Self.lines.filter { $0.kind == kind }[index].line)
    }
    let words: (String) -> [String] = { $0.split(separator: " ").map(String.init) }
    let flow = try keys("flow", 0)
    #expect(
      flow.keys
        == words(
          "record schema id community_id capture transport client server first_ns last_ns protocol app app_grade role "
            + "server_name call stun streams tcp verdict rules"))
    let verdict =
      "outcome finding mechanism direction attribution grade score cap_bps window loss reason evidence gap power tests "
      + "excluders cap scope also alternatives"
    #expect(flow["verdict"]?.keys == words(verdict))
    #expect(try keys("flow", 1)["verdict"]?.keys == words(verdict))
    #expect(flow["client"]?.keys == words("ip port packets bytes"))
    #expect(flow["tcp"]?.keys == words("state history syn_rtt_ms retransmissions resets stage"))
    let call = try keys("call", 0)
    #expect(
      call.keys
        == words(
          "record schema id app app_grade flows stage ended ended_by first_ns last_ns setup_ms media_s verdict symptom"
            + " stages_ms media_up_s media_down_s peer symptoms rules"))
    #expect(call["verdict"]?.keys == words(verdict + " controls masked"))
    #expect(
      try keys("capture", 0).keys
        == words(
          "record schema path packets bytes link_types first_ns last_ns snaplen truncated drops hygiene rules undecoded "
            + "evicted_flows stun_messages"))
    #expect(
      try keys("summary", 0).keys
        == words(
          "record schema captures packets flows calls outcomes elapsed_s packets_per_s peak_rss_bytes findings"))
  }

  @Test func fullFlowHasTheseBytes() {
    let expected =
      #"{"record":"flow","schema":1,"id":"0123456789abcdef","community_id":"1:AAAAAAAAAAAAAAAAAAAAAAAAAAA=","#
      + #""capture":"call.pcapng","transport":"udp","client":{"ip":"10.0.0.1","port":5060,"packets":1,"bytes":100},"#
      + #""server":{"ip":"2001:db8::1","port":443,"packets":0,"bytes":0},"first_ns":1764590591123456789,"#
      + #""last_ns":1764590591123456789,"protocol":"telegram-reflector","app":"telegram","app_grade":"certain","#
      + #""role":"media","server_name":"relay \"x\"\n.example","call":"fedcba9876543210","#
      + #""stun":{"requests":12,"responses":0,"errors":0,"indications":0,"retransmissions":0,"unanswered":0,"#
      + #""realm":"telegram.org","software":null},"streams":[{"ssrc":4294967295,"payload_type":111,"direction":"up","#
      + #""packets":98,"expected":100,"lost":2,"out_of_order":1,"duplicates":0,"jitter_ms":3.123,"jitter_max_ms":12,"#
      + #""clock_hz":48000,"bitrate_bps":41234,"mos":4.13,"emodel":{"r":84.2,"ie":0,"bpl":25.1,"delay_ms":100,"burst_ratio":1}}],"tcp":{"state":"SF","history":"ShADadFf","#
      + #""syn_rtt_ms":31.25,"retransmissions":{"client":1,"server":2},"resets":{"client":3,"server":4},"#
      + #""stage":"post_psh"},"verdict":{"outcome":"dropped","finding":true,"mechanism":"cutoff","direction":"both","#
      + #""attribution":"unknown","grade":"probable","score":0.9313,"cap_bps":43200,"#
      + #""window":{"first_ns":1764590591123456789,"last_ns":1764590591123456790},"loss":{"up":0.5,"down":0},"#
      + #""reason":"90 packets to 91.108.9.35:1400 went unanswered for 44.5 s","evidence":[{"code":"unanswered","#
      + #""detail":"4.2 % of 12.4 KB","packets":[133,134,135,377]}],"gap":{"code":"mid_stream","seen":0.5,"needed":1},"#
      + #""power":{"effect":"loss_share","value":0.05},"tests":[{"name":"blackhole","trials":26,"p":1.2e-07,"#
      + #""examined":31}],"excluders":[{"name":"local-link","result":"excluded"},{"name":"peer-offline","#
      + #""result":"unknown"}],"cap":{"low_bps":40000,"high_bps":45000,"bucket_bytes":null},"scope":"media","#
      + #""also":[{"outcome":"capped","mechanism":"policer","direction":"up","window":{"first_ns":1,"last_ns":2}}],"#
      + #""alternatives":["peer-offline","nat-timeout"]},"rules":null}"#
    #expect(Records.line { $0.append(Records.fullFlow) } == expected)
  }

  @Test func stringsAreEscapedAndKept() throws {
    let odd = "a\u{0}b\u{1f}\"\\/\u{7f}\t\r\n é \u{1F4DE} long enough for whole words \u{85}"
    var flow = Records.minimalFlow()
    for cut in 0...odd.count {
      flow.serverName = String(odd.dropFirst(cut))
      let line = Records.line { $0.append(flow) }
      #expect(line.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F })
      #expect(try JSONParser.parse(line)["server_name"] == .string(String(odd.dropFirst(cut))))
    }
  }

  /// Strings of strangers, as a server's name or SOFTWARE: whatever is in them and wherever, it stays in its string.
  @Test func whatHasToBeEscapedIsWhereverItStands() throws {
    var flow = Records.minimalFlow()
    for length in 1...40 {
      for place in 0..<length {
        for character in ["\"", "\\", "\n", "{"] {
          let text =
            String(repeating: "x", count: place) + character + String(repeating: "y", count: length - place - 1)
          flow.serverName = text
          #expect(try JSONParser.parse(Records.line { $0.append(flow) })["server_name"] == .string(text))
        }
      }
    }
  }

  @Test func longTextAndManyLinesKeepEveryByte() throws {
    var writer = NDJSONWriter()
    var flow = Records.fullFlow
    var expected: [UInt8] = []
    for length in stride(from: 0, to: 3_000, by: 37) {
      flow.serverName = String(repeating: "x", count: length)
      writer.append(flow)
      var single = NDJSONWriter()
      single.append(flow)
      #expect(try JSONParser.parse(single.bytes)["server_name"] == .string(flow.serverName ?? ""))
      expected += single.bytes
    }
    #expect(writer.bytes == expected)
  }
}
