import Analysis
import Capture
import Synth
import Testing
import Verdict
import Wire

/// What lies behind a verdict agrees with it, for every situation that can be played.
@Suite struct BackgroundTests {
  private struct Sink: RecordSink {
    var flows: [(record: FlowRecord, background: FlowBackground)] = []
    private var latest = FlowRecord()
    var isOpen: Bool { true }
    var writesIdentifiers: Bool { true }
    var wantsBackground: Bool { true }
    mutating func write(_ capture: CaptureRecord) {}
    mutating func write(_ call: CallRecord) {}
    mutating func wantsRecord(of verdict: Judgment) -> Bool { true }
    mutating func write(_ flow: FlowRecord) { latest = flow }
    mutating func write(_ background: FlowBackground) { flows.append((latest, background)) }
  }

  private func background(of scenario: Scenario) -> Sink {
    let analysis = CaptureAnalysis(seed: 7)
    let (block, infos) = Self.lent(scenario)
    analysis.shards[0].consume(block.span, infos.span)
    var sink = Sink()
    analysis.report(CaptureRecord(path: "x"), to: &sink)
    return sink
  }

  private static func lent(_ scenario: Scenario) -> (block: [UInt8], infos: [FrameInfo]) {
    var block: [UInt8] = []
    var infos: [FrameInfo] = []
    for (index, frame) in scenario.frames().enumerated() {
      infos.append(
        FrameInfo(
          time: frame.time, number: UInt64(index + 1), start: block.count, capturedLength: Int32(frame.bytes.count),
          wireLength: Int32(frame.wireLength), linkType: LinkType(rawValue: frame.linkType)))
      block += frame.bytes
    }
    return (block, infos)
  }

  @Test(arguments: Scenario.allCases) func theVerdictIsOneOfTheAnswers(_ scenario: Scenario) {
    let sink = background(of: scenario)
    #expect(!sink.flows.isEmpty)
    for (record, background) in sink.flows {
      let said = background.answers.contains {
        $0.judgment?.outcome == record.verdict.outcome && $0.judgment?.mechanism == record.verdict.mechanism
      }
      // A call's media path may be withheld what its flow alone would be.
      #expect(said || record.call != nil, "\(record.client.port) \(record.verdict.outcome)")
      #expect(Set(background.answers.map(\.detector)).count == background.answers.count)
      #expect(background.answers.allSatisfy { $0.detector.judges(record.transport) })
      for answer in background.answers where answer.kind == .refused { #expect(answer.judgment?.gap != nil) }
      // What is told with a grade has a clue for it; what is not a finding lacks nothing.
      #expect(background.clues.contains { $0.weight == record.applicationGrade } == (record.application != nil))
      if !record.verdict.isFinding { #expect(background.shortfalls.isEmpty) }
      if record.verdict.isFinding, record.verdict.grade == .consistent { #expect(!background.shortfalls.isEmpty) }
    }
  }

  @Test func cluesComeWithSourceAndDate() throws {
    let sink = background(of: .telegramBlocked)
    let hello = try #require(sink.flows.first { $0.record.wireProtocol == .telegramReflector })
    let clue = try #require(hello.background.clues.first)
    #expect(clue.weight == .certain && clue.source?.contains("tgcalls") == true && clue.seen == "2026-09-21")
  }

  @Test func packetsAreDescribed() throws {
    let (block, infos) = Self.lent(.telegramBlocked)
    var details = PacketDetails(frames: [7, 1, 7, 100_000])
    details.consume(block.span, infos.span)
    #expect(details.records.map(\.frame) == [1, 7] && !details.isComplete)
    #expect(details.records[0].what == "SYN" && details.records[0].ends?.transport == .tcp)
    #expect(details.records[1].what == "reflector hello" && details.records[1].payload == 40)
  }
}
