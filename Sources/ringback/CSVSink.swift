internal import Capture
internal import Report
internal import Verdict

/// CSV to standard output, in pieces of 256 KiB.
struct CSVSink: RecordSink {
  private var writer = CSVWriter()
  private var tally = Tally()
  private var output = ResultStream()
  private static let piece = 1 << 18

  mutating func write(_ capture: CaptureRecord) {
    tally.summary.captures += 1
    tally.summary.packets += capture.packets
    writer.begin(capture)
  }

  mutating func write(_ call: CallRecord) {
    tally.count(call)
    writer.append(call)
    pass(atLeast: Self.piece)
  }

  mutating func wantsRecord(of verdict: Judgment) -> Bool {
    tally.count(verdict)
    return true
  }

  mutating func write(_ flow: FlowRecord) {
    writer.append(flow)
    pass(atLeast: Self.piece)
  }

  var writesIdentifiers: Bool { true }
  /// Whether anybody reads, or the verdicts count for more than being read.
  var isOpen: Bool { output.isOpen || countsAll }
  /// The exit code tells of all verdicts, read or not.
  var countsAll = false
  /// Why results are lost, if they are.
  var failure: String? { output.failure }

  mutating func finish() -> Tally {
    pass(atLeast: 0)
    return tally
  }

  private mutating func pass(atLeast least: Int) { writer.passOn(atLeast: least) { output.write($0) } }
}
