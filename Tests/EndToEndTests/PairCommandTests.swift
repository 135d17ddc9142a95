import Foundation
import TestSupport
import Testing

/// `analyze --pair` on the lab's captures of both sides of the line.
@Suite struct PairCommandTests {
  private static let pairs = SampleCapture.all.filter { $0.name.hasSuffix("-far.pcap.gz") }

  @Test(arguments: pairs) func theLabsTruthHolds(_ far: SampleCapture) throws {
    let near = far.name.replacing("-far", with: "")
    let result = try BuiltCommand.run(["analyze", "--format", "ndjson", "--pair", near, far.name], folder: far.folder)
    #expect(result.exitCode == 0 && result.errors == "")
    let label = try JSONParser.parse(
      String(
        decoding: Data(
          contentsOf: far.folder.appendingPathComponent(near.replacing(".pcap.gz", with: ".label.json"))),
        as: UTF8.self))
    var truths: [String: JSONValue] = [:]
    for flow in elements(label["flows"]) {
      guard let transport = text(flow["transport"]), let client = text(flow["client"]) else { continue }
      truths["\(transport) \(client)"] = flow
    }
    let records = try result.lines.map { try JSONParser.parse(String($0)) }
    let capture = try #require(records.first)
    // One machine, one clock.
    let offset = try #require(whole(capture["pair"]?["clock_offset_ns"]))
    let uncertainty = try #require(whole(capture["pair"]?["uncertainty_ns"]))
    #expect(abs(offset) <= uncertainty)
    for record in records where text(record["record"]) == "flow" {
      let client = record["client"]
      guard let ip = text(client?["ip"]), let port = whole(client?["port"]),
        let truth = truths["\(text(record["transport"]) ?? "") \(ip):\(port)"]
      else { continue }
      let verdict = record["verdict"]
      if truth["finding"] == .bool(false) {
        #expect(verdict?["finding"] == .bool(false), "\(ip):\(port)")
      }
      let made = text(truth["truth"]?["mechanism"])
      if made == "rst-injected" || made == "rst-rewritten" {
        #expect(text(verdict?["mechanism"]) == made)
        #expect(text(verdict?["grade"]) == "confirmed" || text(verdict?["grade"]) == "probable")
      }
    }
  }

  private func text(_ value: JSONValue?) -> String? {
    guard case .string(let text) = value else { return nil }
    return text
  }

  private func whole(_ value: JSONValue?) -> Int64? {
    guard case .integer(let number) = value else { return nil }
    return number
  }

  private func elements(_ value: JSONValue?) -> [JSONValue] {
    guard case .array(let elements) = value else { return [] }
    return elements
  }

  @Test(arguments: [["--pair", "one.pcap"], ["--pair", "-", "two.pcap"], ["--pair", "--join", "a.pcap", "b.pcap"]])
  func aPairIsTwoFiles(_ arguments: [String]) throws {
    let result = try BuiltCommand.run(["analyze"] + arguments)
    #expect(result.exitCode == 2 && result.output.isEmpty)
  }
}
