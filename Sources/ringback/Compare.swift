internal import Analysis
internal import ArgumentParser
internal import Capture
internal import Report
internal import Settings
internal import Verdict

/// Holds the rates of two flows against each other.
struct Compare: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, ndjson
  }

  enum Way: String, ExpressibleByArgument, CaseIterable {
    case up, down
  }

  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compares how fast two flows went, in one capture or two.",
    usage: "ringback compare [options] A [B]",
    discussion: """
      A and B are captures; without B both flows are A's. Of each capture the flow that carried most is taken, media \
      before anything else, unless one is named: by its id or the first digits of it, or by one of its ends, as in \
      192.0.2.7:3478.

        ringback compare whatsapp.pcap max.pcap
        ringback compare call.pcap --flow-a 3f27a070 --flow-b 198.51.100.7:19302

      Means and distributions of the rates are tested (as Wehe does), second by second. Two flows differ in more than \
      the network; the answer says so.
      """)

  @Argument(help: ArgumentHelp("The capture in question.", valueName: "a"))
  var first: String

  @Argument(help: ArgumentHelp("What it is compared with.", valueName: "b"))
  var second: String?

  @Option(help: ArgumentHelp("Flow of A: id or end.", valueName: "flow"))
  var flowA: String?

  @Option(help: ArgumentHelp("Flow of B: id or end.", valueName: "flow"))
  var flowB: String?

  @Option(help: "down: what the clients received; up: what they sent.")
  var direction = Way.down

  @Option(help: "text for people; ndjson for programs.")
  var format = Format.text

  @Option(name: [.short, .long], help: "Capture filter, as tcpdump takes it.")
  var filter: String?

  @OptionGroup var rules: RuleOptions

  func validate() throws {
    _ = try rules.thresholds()
    if second == nil, flowA == nil || flowB == nil {
      throw ValidationError("name two captures, or two flows of one with --flow-a and --flow-b")
    }
    if first == "-", second == "-" || second == nil {
      throw ValidationError("standard input is read once: only one of A and B can be '-'")
    }
  }

  func run() throws {
    Interruption.watch()
    let thresholds = try rules.thresholds()
    let a = try subject(first, flowA, thresholds)
    let b = try subject(second ?? first, flowB, thresholds)
    if a.subject.flow.id == b.subject.flow.id, second == nil || Environment.isSameFile(first, second ?? "") {
      StandardStream.error.write("ringback: A and B are the same flow: name another\n")
      throw ExitCode(2)
    }
    let way: Direction = direction == .up ? .up : .down
    guard let comparison = Comparison.compare(a.subject, b.subject, way, thresholds) else {
      let what = direction == .up ? "the clients sent" : "came to the clients"
      StandardStream.error.write(
        "ringback: in one of the flows less than a whole second of what \(what): too little to compare\n")
      throw ExitCode(3)
    }
    var output = ResultStream()
    switch format {
    case .text:
      let color = StandardStream.output.showsColor
      output.write(ComparisonText.text(comparison, color: color))
    case .ndjson:
      var writer = NDJSONWriter()
      writer.append(comparison)
      output.write(writer.bytes)
    }
    if let reason = output.failure {
      StandardStream.error.write("ringback: the results could not be written: \(reason)\n")
      throw ExitCode(5)
    }
    if !a.isWhole || !b.isWhole { throw ExitCode(3) }
  }

  /// A flow to compare; whether its capture was read to the end.
  private func subject(
    _ path: String, _ name: String?, _ thresholds: Thresholds
  ) throws -> (subject: Comparison.Subject, isWhole: Bool) {
    let pass = CapturePass(
      paths: [path], join: false, filter: filter, threads: 1, seed: ProcessCost.randomSeed(),
      keepsBins: true, thresholds: thresholds)
    let result = pass.run()
    if let problem = result.problem { StandardStream.error.write("ringback: \(problem)\n") }
    guard let analysis = result.analysis, let capture = result.capture else {
      throw ExitCode(result.isUsage ? 2 : 3)
    }
    var sink = ChosenFlow(name: name, isUp: direction == .up)
    analysis.report(capture, numbers: result.numbers, phoneApps: result.phoneApps, to: &sink)
    if Interruption.isRequested { throw ExitCode(130) }
    if sink.matches > 1 {
      let isIdentifier = sink.name?.isIdentifier ?? false
      StandardStream.error.write(
        "ringback: \(path): '\(name ?? "")' names \(sink.matches) flows: "
          + (isIdentifier ? "give more of the id\n" : "the one that carried most is taken\n"))
      if isIdentifier { throw ExitCode(2) }
    }
    guard let flow = sink.flow else {
      let reason = name.map { "no flow is named '\($0)'" } ?? "no flow in it"
      StandardStream.error.write("ringback: \(path): \(reason)\n")
      throw ExitCode(3)
    }
    return ((flow, path, sink.hasTwins), result.problem == nil)
  }
}

/// Keeps the flow that was named, or the one that carried most.
private struct ChosenFlow: RecordSink {
  let name: FlowChoice?
  let isUp: Bool
  private(set) var flow: FlowRecord?
  /// Flows that the name fits.
  private(set) var matches = 0
  /// The capture holds packets twice.
  private(set) var hasTwins = false

  init(name: String?, isUp: Bool) {
    self.name = name.map(FlowChoice.init)
    self.isUp = isUp
  }

  mutating func write(_ capture: CaptureRecord) {
    hasTwins = capture.hygiene.contains { $0.isSame(as: "duplicated_frames") }
  }

  mutating func write(_ call: CallRecord) {}

  mutating func wantsRecord(of verdict: Judgment) -> Bool { true }

  mutating func write(_ candidate: FlowRecord) {
    if let name {
      guard name.fits(candidate) else { return }
      // An end may be that of several flows: the largest is meant. Of ids, the first digits must tell.
      matches += 1
    }
    if let flow, rank(flow) >= rank(candidate) { return }
    flow = candidate
  }

  var writesIdentifiers: Bool { true }

  var isOpen: Bool { true }

  private func rank(_ flow: FlowRecord) -> (Int, UInt64) {
    (flow.role == .media ? 1 : 0, isUp ? flow.client.bytes : flow.server.bytes)
  }
}
