import Glibc
import Settings
import Synth
import TestSupport
import Testing
import Verdict

@testable import Analysis
@testable import Capture

/// What must not change a verdict.
@Suite struct LawTests {
  @Test(arguments: Scenario.allCases) func theSameFramesGiveTheSameBytes(scenario: Scenario) {
    let frames = scenario.frames(seed: 1)
    #expect(analyze(frames).bytes == Played.result(scenario).bytes)
    // Batches are a matter of reading.
    #expect(analyze(frames, batch: 1).bytes == Played.result(scenario).bytes)
    #expect(analyze(frames, batch: 7).bytes == Played.result(scenario).bytes)
  }

  @Test(arguments: Scenario.allCases) func severalShardsGiveTheBytesOfOne(scenario: Scenario) {
    let frames = scenario.frames(seed: 1)
    for shards in [2, 3] {
      #expect(analyze(frames, shards: shards).bytes == Played.result(scenario).bytes, "\(shards)")
    }
  }

  @Test(arguments: Scenario.allCases) func theHashSeedGivesTheSameBytes(scenario: Scenario) {
    let frames = scenario.frames(seed: 1)
    for seed in [UInt64(0), 1, 0xFFFF_FFFF_FFFF_FFFF] {
      #expect(analyze(frames, seed: seed).bytes == Played.result(scenario).bytes, "seed \(seed)")
      #expect(analyze(frames, shards: 3, seed: seed).bytes == Played.result(scenario).bytes, "seed \(seed)")
    }
  }

  @Test(arguments: Scenario.allCases) func shiftedTimeShiftsTimesAndNothingElse(scenario: Scenario) throws {
    // Not a whole number of seconds: bins are counted from a flow's own times, not the clock's.
    for shift in [Int64(12_345_678_901), -400_000_000, 3_600_000_000_000] {
      let frames = scenario.frames(seed: 1).map { frame in
        var moved = frame
        moved.time += shift
        return moved
      }
      let moved = try analyze(frames).lines.map { $0.neutral(shift: shift) }
      let lines = try Played.result(scenario).lines.map { $0.neutral() }
      #expect(moved.count == lines.count)
      for (one, other) in zip(moved, lines) { #expect(one == other, "shift \(shift)") }
    }
  }

  @Test(arguments: Scenario.allCases) func anotherClientsFlowsLeaveTheVerdictsAlone(scenario: Scenario) throws {
    let frames = scenario.frames(seed: 1)
    let other = Network(
      client: "192.168.1.99", up: Link(delay: .milliseconds(9), seed: 5), down: Link(delay: .milliseconds(9), seed: 6),
      seed: 42, epoch: frames[0].time / 1_000_000_000 * 1_000_000_000)
    other.visit("elsewhere.example.org", at: SocketAddress("198.18.0.7", 443), start: .seconds(3))
    other.keepBinding(
      at: SocketAddress("198.18.0.8", 3_478), from: .seconds(1), until: .seconds(20), every: .seconds(1))
    other.lookUp("elsewhere.example.org", ["198.18.0.7"], at: .seconds(2))
    other.run(until: .seconds(30))
    // Stable: frames of the same time keep their order.
    let mixed = (frames + other.frames()).enumerated()
      .sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
    let result = analyze(mixed)
    let ours = try result.lines.filter {
      $0["client"]?["ip"] != .string("192.168.1.99") && $0["record"] != .string("capture")
    }
    .map { $0.neutral(frames: false) }
    let alone = try Played.result(scenario).lines.filter { $0["record"] != .string("capture") }
      .map { $0.neutral(frames: false) }
    #expect(result.flows.count > Played.result(scenario).flows.count)
    #expect(ours.count == alone.count)
    for (one, two) in zip(ours, alone) { #expect(Self.text(one) == Self.text(two)) }
  }

  /// Frame numbers inside sentences change with the frames around, and the other client's frames move the capture's
  /// edges; everything else stays.
  private static func text(_ line: String) -> String {
    line.replacing(/frame [0-9]+/, with: "frame N")
      .replacing(/(capture-(start|end)"\),result:string\(")[a-z]+/, with: { "\($0.output.1)any" })
  }

  @Test(arguments: Scenario.allCases) func theClientsPlaceInTheAddressOrderChangesNothing(scenario: Scenario) throws {
    // 192.168.1.23 becomes 10.0.0.5, below every server: the canonical order of each pair of ends may turn.
    let frames = scenario.frames(seed: 1).map { renumbered($0, [192, 168, 1, 23], [10, 0, 0, 5]) }
    let result = analyze(frames)
    let before = Played.result(scenario)
    #expect(
      result.flows.map { ScenarioVerdictTests.words($0.verdict) }
        == before.flows.map { ScenarioVerdictTests.words($0.verdict) })
    #expect(result.flows.map(\.client.packets) == before.flows.map(\.client.packets))
    #expect(result.flows.map { $0.tcp?.history } == before.flows.map { $0.tcp?.history })
    #expect(
      result.calls.map { ScenarioVerdictTests.words($0.verdict) }
        == before.calls.map { ScenarioVerdictTests.words($0.verdict) })
  }

  private func renumbered(_ frame: SynthFrame, _ from: [UInt8], _ to: [UInt8]) -> SynthFrame {
    var result = frame
    for offset in [26, 30] where Array(frame.bytes[offset..<(offset + 4)]) == from {
      result.bytes.replaceSubrange(offset..<(offset + 4), with: to)
    }
    if frame.bytes[23] == 1 {  // the quoted packet
      for offset in [54, 58] where Array(frame.bytes[offset..<(offset + 4)]) == from {
        result.bytes.replaceSubrange(offset..<(offset + 4), with: to)
      }
    }
    return result
  }

  @Test(arguments: Scenario.allCases, [96, 128]) func aSnapshotLengthKeepsFlowsAppsAndMediaLoss(
    scenario: Scenario, length: Int
  ) {
    let frames = scenario.frames(seed: 1).map { frame in
      var cut = frame
      cut.bytes = Array(frame.bytes.prefix(length))
      return cut
    }
    let result = analyze(frames)
    let whole = Played.result(scenario)
    #expect(result.flows.map(\.id) == whole.flows.map(\.id))
    #expect(result.calls.map(\.id) == whole.calls.map(\.id))
    #expect(result.calls.map { $0.application } == whole.calls.map { $0.application })
    #expect(
      result.calls.map { ScenarioVerdictTests.words($0.verdict) }
        == whole.calls.map { ScenarioVerdictTests.words($0.verdict) })
    for (cut, full) in zip(result.flows, whole.flows) {
      if full.call != nil { #expect(cut.application == full.application) }
      #expect(cut.verdict.lossUp == full.verdict.lossUp && cut.verdict.lossDown == full.verdict.lossDown)
      #expect(cut.streams.map(\.ssrc) == full.streams.map(\.ssrc))
      #expect(cut.streams.map(\.lost) == full.streams.map(\.lost))
      #expect(cut.streams.map(\.packets) == full.streams.map(\.packets))
      #expect(ScenarioVerdictTests.words(cut.verdict) == ScenarioVerdictTests.words(full.verdict))
    }
  }

  @Test func aFileIsReadAsItsFrames() throws {
    for scenario in [Scenario.telegramClean, .resetInjected] {
      let frames = scenario.frames(seed: 1)
      for bytes in [CaptureBytes.pcap(frames), CaptureBytes.pcapng(frames)] {
        var template = Array("/tmp/ringback-analysis-XXXXXX".utf8CString)
        // mkstemp fills in the template in place; it is terminated by utf8CString.
        let descriptor = unsafe template.withUnsafeMutableBufferPointer {
          unsafe $0.baseAddress.map { unsafe mkstemp($0) } ?? -1
        }
        try #require(descriptor >= 0)
        close(descriptor)
        let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        defer { unsafe unlink(path) }
        try OutputFile.write(bytes, to: path, .replace)
        let analysis = CaptureAnalysis(seed: 9, threads: 1)
        var reader = try CaptureReader(path: path)
        try reader.forEachBlock { block, infos in
          analysis.shards[0].consume(block, infos)
          return true
        }
        var sink = Analyzed()
        analysis.report(CaptureRecord(path: "x.pcap"), to: &sink)
        #expect(sink.bytes == Played.result(scenario).bytes)
      }
    }
  }

  @Test func linkTypesChangeNoFlow() {
    let network = Scenario.webrtcClean.network(seed: 1)
    let whole = Played.result(.webrtcClean)
    for framing in [FrameBuilder.Framing.ethernet(vlans: [7, 9]), .linuxCooked, .linuxCooked2, .raw, .null] {
      let result = analyze(network.frames(builder: FrameBuilder(framing: framing)))
      #expect(result.flows.map(\.id) == whole.flows.map(\.id))
      #expect(
        result.flows.map { ScenarioVerdictTests.words($0.verdict) }
          == whole.flows.map { ScenarioVerdictTests.words($0.verdict) })
    }
  }

  @Test func noVerdictIsGivenWhereTheCaptureItselfLostPackets() {
    for scenario in [Scenario.telegramBlocked, .telegramCutoff, .synBlackhole, .tlsBlackhole, .resetInjected, .oneWay] {
      let result = analyze(scenario.frames(seed: 1), drops: 3)
      #expect(!result.flows.contains { $0.verdict.isFinding }, "\(scenario.rawValue)")
      #expect(result.captures[0].hygiene.map { "\($0)" }.contains("capture_drops"))
    }
  }

  @Test func aCaptureOfOneDirectionHasNoFinding() {
    for scenario in Scenario.allCases {
      let outgoing = scenario.frames(seed: 1).filter { Array($0.bytes[26..<30]) == [192, 168, 1, 23] }
      let result = analyze(outgoing)
      let found = result.flows.filter(\.verdict.isFinding).map {
        "\($0.server.address.text) \(ScenarioVerdictTests.words($0.verdict))"
      }
      #expect(found == [], "\(scenario.rawValue)")
    }
  }

  @Test func fewFlowsAreHeldAtOnceAndTheRestIsCountedAsEvicted() {
    var thresholds = Thresholds()
    thresholds.flow.maximum.value = 3
    for scenario in [Scenario.webrtcClean, .telegramClean, .whatsappClean, .resetInjected] {
      let frames = scenario.frames(seed: 1)
      let one = analyze(frames, seed: 1, thresholds: thresholds)
      #expect(one.flows.count <= 3)
      #expect(one.captures[0].evictedFlows > 0)
      #expect(one.bytes == analyze(frames, seed: 2, thresholds: thresholds).bytes, "\(scenario.rawValue)")
    }
  }
}
