internal import Analysis
internal import ArgumentParser
internal import Capture
internal import Report
internal import Synth
internal import Verdict
internal import Wire

/// Shows the program at work on made-up captures, without any file.
struct Demo: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Shows reports of made-up calls; needs no file.",
    discussion: """
      Each situation is played in memory, told, and analyzed as if it were a capture. No network is touched. \
      'ringback synth' lists all situations and writes them as files.

        ringback demo
        ringback demo reset-injected
      """)

  @Argument(help: ArgumentHelp("Situations; without any, four that differ.", valueName: "name"))
  var names: [String] = []

  private static let usual: [Scenario] = [.telegramClean, .telegramBlocked, .oneWay, .resetInPath]

  func validate() throws { _ = try scenarios() }

  func run() throws {
    let color = StandardStream.output.showsColor
    var output = ResultStream()
    for scenario in try scenarios() where output.isOpen {
      let analysis = CaptureAnalysis(seed: ProcessCost.randomSeed())
      var capture = CaptureRecord(path: scenario.rawValue)
      Self.play(scenario, into: analysis.shards[0], &capture)
      var sink = DemoSink(report: TextReport(color: color))
      analysis.report(capture, to: &sink)
      sink.report.end()
      output.write(DemoText.opening(scenario.rawValue, scenario.summary, color: color))
      output.write(sink.report.bytes + [0x0A])
    }
    output.write(DemoText.closing)
    if let reason = output.failure {
      StandardStream.error.write("ringback: the results could not be written: \(reason)\n")
      throw ExitCode(5)
    }
  }

  private func scenarios() throws -> [Scenario] {
    if names.isEmpty { return Self.usual }
    return try names.map { name in
      guard let scenario = Scenario(rawValue: name) else {
        throw ValidationError("there is no situation '\(name)': 'ringback synth' lists them")
      }
      return scenario
    }
  }

  /// Hands a situation's frames to an analyzer as one block.
  private static func play(_ scenario: Scenario, into shard: Shard, _ capture: inout CaptureRecord) {
    var block: [UInt8] = []
    var infos: [FrameInfo] = []
    for frame in scenario.frames() {
      infos.append(
        FrameInfo(
          time: frame.time, number: UInt64(infos.count + 1), start: block.count,
          capturedLength: Int32(frame.bytes.count), wireLength: Int32(frame.wireLength),
          linkType: LinkType(rawValue: frame.linkType)))
      block += frame.bytes
    }
    capture.linkTypes = infos.first.map { [$0.linkType.name] } ?? []
    shard.consume(block.span, infos.span)
  }
}

/// A report of one capture.
private struct DemoSink: RecordSink {
  var report: TextReport

  mutating func write(_ capture: CaptureRecord) { report.begin(capture) }

  mutating func write(_ call: CallRecord) { report.add(call) }

  mutating func wantsRecord(of verdict: Judgment) -> Bool { report.count(verdict) }

  mutating func write(_ flow: FlowRecord) { report.add(flow) }

  var writesIdentifiers: Bool { false }

  var isOpen: Bool { true }
}
