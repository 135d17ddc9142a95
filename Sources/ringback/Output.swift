internal import Capture
internal import Report
internal import Verdict

/// Standard output for results: a reader that has seen enough is no fault, a full disk is.
struct ResultStream {
  private(set) var isOpen = true
  private(set) var failure: String?

  mutating func write(_ bytes: [UInt8]) {
    guard isOpen else { return }
    switch StandardStream.output.write(bytes) {
    case .written: break
    case .closed: isOpen = false
    case .failed(let reason):
      isOpen = false
      failure = reason
    }
  }
}

/// NDJSON to standard output, in pieces of 256 KiB.
struct NDJSONSink: RecordSink {
  private var writer = NDJSONWriter()
  private var tally = Tally()
  private var output = ResultStream()
  private static let piece = 1 << 18

  mutating func write(_ capture: CaptureRecord) {
    tally.summary.captures += 1
    tally.summary.packets += capture.packets
    writer.append(capture)
    flushIfFull()
  }

  mutating func write(_ call: CallRecord) {
    tally.count(call)
    writer.append(call)
    flushIfFull()
  }

  mutating func wantsRecord(of verdict: Judgment) -> Bool {
    tally.count(verdict)
    return true
  }

  mutating func write(_ flow: FlowRecord) {
    writer.append(flow)
    flushIfFull()
  }

  var writesIdentifiers: Bool { true }

  /// Whether anybody reads, or the verdicts count for more than being read.
  var isOpen: Bool { output.isOpen || countsAll }
  /// The exit code tells of all verdicts, read or not.
  var countsAll = false
  /// Why results are lost, if they are.
  var failure: String? { output.failure }

  mutating func finish(since start: ProcessCost?) -> Tally {
    tally.summary.cost = tally.cost(since: start)
    writer.append(tally.summary)
    flush()
    return tally
  }

  private mutating func flushIfFull() { writer.passOn(atLeast: Self.piece) { output.write($0) } }

  private mutating func flush() { writer.passOn(atLeast: 0) { output.write($0) } }
}

/// Text for people to standard output, written capture by capture.
struct TextSink: RecordSink {
  private var report: TextReport
  private var tally = Tally()
  private var captures = 0
  private var output = ResultStream()

  init(color: Bool, showAll: Bool) { report = TextReport(color: color, showAll: showAll) }

  mutating func write(_ capture: CaptureRecord) {
    tally.summary.captures += 1
    tally.summary.packets += capture.packets
    if captures > 0 { output.write([0x0A]) }
    captures += 1
    report.begin(capture)
  }

  mutating func write(_ call: CallRecord) {
    tally.count(call)
    report.add(call)
  }

  mutating func wantsRecord(of verdict: Judgment) -> Bool {
    tally.count(verdict)
    return report.count(verdict)
  }

  mutating func write(_ flow: FlowRecord) { report.add(flow) }

  var writesIdentifiers: Bool { false }

  /// Whether anybody reads, or the verdicts count for more than being read.
  var isOpen: Bool { output.isOpen || countsAll }
  /// The exit code tells of all verdicts, read or not.
  var countsAll = false
  /// Why results are lost, if they are.
  var failure: String? { output.failure }

  mutating func endCapture() {
    report.end()
    flush()
  }

  mutating func finish(since start: ProcessCost?) -> Tally {
    tally.summary.cost = tally.cost(since: start)
    report.summary(tally.summary)
    flush()
    return tally
  }

  private mutating func flush() {
    output.write(report.bytes)
    report.removeAll(keepingCapacity: true)
  }
}

/// What the exit code and the summary need of the records.
struct Tally {
  var summary = SummaryRecord()
  /// Strongest grade among findings, by the outcome's word.
  private var findings: [Outcome: Grade] = [:]

  /// What the run cost since `start`; nil without one.
  func cost(since start: ProcessCost?) -> SummaryRecord.Cost? {
    guard let start else { return nil }
    let now = ProcessCost()
    let elapsed = Double(now.now - start.now) / 1e9
    return SummaryRecord.Cost(
      elapsed: elapsed, packetsPerSecond: elapsed > 0 ? Double(summary.packets) / elapsed : 0,
      peakResidentBytes: now.peakResidentBytes)
  }

  mutating func count(_ verdict: Judgment) {
    summary.count(verdict)
    if verdict.isFinding { note(verdict) }
  }

  mutating func count(_ call: CallRecord) {
    summary.calls += 1
    if call.verdict.isFinding { note(call.verdict) }
  }

  private mutating func note(_ verdict: Judgment) {
    let known = findings[verdict.outcome]?.rank ?? 0
    if verdict.grade.rank > known { findings[verdict.outcome] = verdict.grade }
  }

  /// There is a finding of one of these outcomes (all, if empty) at this grade or above.
  func hasFinding(of outcomes: Set<Outcome>, atLeast grade: Grade) -> Bool {
    findings.contains { (outcomes.isEmpty || outcomes.contains($0.key)) && $0.value.rank >= grade.rank }
  }
}
