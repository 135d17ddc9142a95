import Report
import Testing
import Verdict

/// The table for spreadsheets: RFC 4180.
@Suite struct CSVTests {
  private static func table(_ write: (inout CSVWriter) -> Void) -> String {
    var writer = CSVWriter()
    write(&writer)
    var bytes: [UInt8] = []
    writer.passOn(atLeast: 0) { bytes += $0 }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func flow(named name: String?, in capture: String = "call.pcapng") -> String {
    let text = table { writer in
      writer.begin(CaptureRecord(path: capture))
      var flow = Records.fullFlow
      flow.serverName = name
      writer.append(flow)
    }
    return String(text.split(separator: "\r\n", omittingEmptySubsequences: false)[1...].joined(separator: "\r\n"))
  }

  @Test func theHeaderComesFirstAndIsThereWithoutAnyRecord() {
    let names = CSVWriter.columns.map { "\($0)" }
    #expect(Self.table { _ in } == names.joined(separator: ",") + "\r\n")
    #expect(Set(names).count == names.count)
  }

  @Test func aCellWithCommaQuoteOrLineEndIsQuoted() {
    #expect(Self.flow(named: "a.example").contains(",a.example,"))
    #expect(Self.flow(named: "a,b").contains(",\"a,b\","))
    #expect(Self.flow(named: "say \"x\"").contains(",\"say \"\"x\"\"\","))
    #expect(Self.flow(named: "a\nb").contains(",\"a\nb\","))
    #expect(Self.flow(named: nil).contains(",,telegram-reflector,"))
    #expect(Self.flow(named: "a", in: "my, call.pcap").hasPrefix("flow,\"my, call.pcap\","))
  }

  @Test(arguments: ["=1+1", "+1", "-1", "@x", "\tx"]) func whatASpreadsheetWouldRunIsText(name: String) {
    #expect(Self.flow(named: name).contains(",'\(name),"))
  }

  /// What a terminal would run, from a stranger's message or a file's name, is shown.
  @Test func controlCharactersAreNoPartOfATable() {
    #expect(Self.flow(named: "a\u{1B}[31mb\u{7}\u{9B}c\u{202E}d\u{0}").contains(",a?[31mb??c?d?,"))
    #expect(Self.flow(named: "a", in: "\u{1B}]0;x.pcap").hasPrefix("flow,?]0;x.pcap,"))
    #expect(Self.flow(named: "a", in: "-").hasPrefix("flow,-,"), "standard input")
  }

  /// What repeats another stream's packets loses them a second time.
  @Test func repeatsAreInNoSum() {
    var flow = Records.fullFlow
    flow.streams.append(
      StreamRecord(
        ssrc: 7, payloadType: 97, direction: .up, packets: 10, expected: 20, lost: 10, outOfOrder: 0, duplicates: 0,
        jitter: nil, jitterMax: nil, clockRate: 90_000, bitrate: nil, isRepeat: true))
    let text = Self.table { writer in
      writer.begin(CaptureRecord(path: "x"))
      writer.append(flow)
    }
    #expect(text.contains(",2,98,100,2,"))
  }

  @Test func everyLineHasEveryColumn() {
    let text = Self.table { writer in
      writer.begin(CaptureRecord(path: "x"))
      writer.append(Records.call(Records.minimalFlow(Records.fullVerdict).verdict))
      writer.append(Records.minimalFlow(Records.verdict(.ok, grade: .none)))
    }
    for line in text.split(separator: "\r\n") {
      var isQuoted = false
      let commas = line.utf8.reduce(0) { count, byte in
        if byte == 0x22 { isQuoted.toggle() }
        return count + (byte == 0x2C && !isQuoted ? 1 : 0)
      }
      #expect(commas + 1 == CSVWriter.columns.count, "\(line)")
    }
  }
}
