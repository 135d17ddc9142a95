import Foundation
import TestSupport
import Testing

/// The table of `--format csv` is as expected, and says what the records say.
@Suite struct TableTests {
  private static let samples = SampleCapture.all.filter { FileManager.default.fileExists(atPath: table(of: $0).path) }

  private static func table(of sample: SampleCapture) -> URL {
    sample.folder.appendingPathComponent(sample.name.prefix { $0 != "." } + ".expected.csv")
  }

  @Test func someCapturesHaveATable() { #expect(Self.samples.count >= 3) }

  @Test(arguments: samples) func theTableIsAsExpected(_ sample: SampleCapture) throws {
    let expected = try Data(contentsOf: Self.table(of: sample))
    let result = try BuiltCommand.run(["analyze", "--format", "csv", sample.name], folder: sample.folder)
    #expect(result.exitCode == 0)
    if result.output != [UInt8](expected) {
      Issue.record(
        "\(difference(String(decoding: expected, as: UTF8.self), result.text))\nIf this is right: scripts/bless")
    }
  }

  @Test(arguments: SampleCapture.all.filter { !$0.isLarge }) func everyCellIsTheRecordsValue(_ sample: SampleCapture)
    throws
  {
    let table = try Self.parse(
      try BuiltCommand.run(["analyze", "--format", "csv", sample.name], folder: sample.folder).text)
    let lines = try BuiltCommand.run(["analyze", "--format", "ndjson", sample.name], folder: sample.folder).text
      .split(separator: "\n").map { try JSONParser.parse(String($0)) }
      .filter { $0["record"] == .string("flow") || $0["record"] == .string("call") }
    #expect(table.count == lines.count + 1)
    let columns = table[0]
    #expect(Set(columns).count == columns.count)
    for (row, record) in zip(table.dropFirst(), lines) {
      #expect(row.count == columns.count)
      for (column, cell) in zip(columns, row) {
        #expect(cell == Self.cell(column, of: record, in: sample.name), "\(column)")
      }
    }
  }

  @Test func severalCapturesShareOneHeader() throws {
    let names = ["sip-clean", "telegram-clean"]
    let paths = try names.map { try SampleCapture.named($0).file.path }
    let result = try BuiltCommand.run(["analyze", "--format", "csv"] + paths)
    let table = try Self.parse(result.text)
    #expect(table.filter { $0[0] == "record" }.count == 1)
    #expect(Set(table.dropFirst().map { $0[1] }) == Set(paths))
  }

  /// What a column should hold for a record, by its name.
  private static func cell(_ column: String, of record: JSONValue, in capture: String) -> String {
    let verdict = record["verdict"] ?? .null
    switch column {
    case "capture": return capture
    case "evidence", "alternatives": return text(verdict[column])
    case "gap": return text(verdict["gap"]?["code"])
    case "window_first_ns": return text(verdict["window"]?["first_ns"])
    case "window_last_ns": return text(verdict["window"]?["last_ns"])
    case "loss_up": return text(verdict["loss"]?["up"])
    case "loss_down": return text(verdict["loss"]?["down"])
    case "streams", "stream_packets", "stream_expected", "stream_lost":
      guard case .array(let streams) = record["streams"] ?? .null else { return "" }
      if column == "streams" { return "\(streams.count)" }
      return "\(streams.reduce(0) { $0 + (Int64(text($1[String(column.dropFirst(7))])) ?? 0) })"
    default:
      for object in ["stun", "tcp"] where column.hasPrefix(object + "_") {
        let member = column.dropFirst(object.count + 1)
        for list in ["retransmissions", "resets"] where object == "tcp" && member.hasPrefix(list) {
          return text(record["tcp"]?[list]?[String(member.dropFirst(list.count + 1))])
        }
        return text(record[object]?[String(member)])
      }
      for end in ["client", "server"] where column.hasPrefix(end + "_") && column != "server_name" {
        return text(record[end]?[String(column.dropFirst(end.count + 1))])
      }
      return text(record[column] ?? verdict[column])
    }
  }

  private static func text(_ value: JSONValue?) -> String {
    switch value {
    case .string(let text): return text
    case .integer(let number): return "\(number)"
    case .number(let number): return number.description
    case .bool(let flag): return "\(flag)"
    case .array(let values): return values.map { text($0["code"] ?? $0) }.joined(separator: " ")
    default: return ""
    }
  }

  /// RFC 4180: cells between commas, quotation marks around some of them and doubled inside, CR LF behind each line.
  static func parse(_ text: String) throws -> [[String]] {
    var table: [[String]] = []
    var row: [String] = []
    var cell: [UInt8] = []
    var isQuoted = false
    var bytes = Array(text.utf8)[...]
    while let byte = bytes.popFirst() {
      switch (byte, isQuoted) {
      case (0x22, true) where bytes.first == 0x22:
        cell.append(0x22)
        bytes.removeFirst()
      case (0x22, _): isQuoted.toggle()
      case (0x2C, false):
        row.append(String(decoding: cell, as: UTF8.self))
        cell = []
      case (0x0D, false):
        try #require(bytes.popFirst() == 0x0A)
        table.append(row + [String(decoding: cell, as: UTF8.self)])
        row = []
        cell = []
      default: cell.append(byte)
      }
    }
    try #require(row.isEmpty && cell.isEmpty && !isQuoted)
    return table
  }
}
