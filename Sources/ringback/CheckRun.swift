internal import Analysis
internal import Capture
internal import Expectation
internal import Report
internal import Settings
internal import Verdict

/// One capture held against its expectation.
struct CheckRun {
  let path: String
  let thresholds: Thresholds
  let failOn: FailOn?
  /// Write the expectation that the capture meets.
  let blesses: Bool
  /// Find where evidence lies in the file.
  let wantsPlaces: Bool

  /// What came of it; and with `blesses` how the expectation changed, if it did.
  func run() -> (result: CheckResult, change: String?) {
    let file = Self.expectationFile(of: path)
    let hasFile = Environment.exists(file)
    var check: ExpectationCheck?
    if hasFile, !blesses {
      do throws(CaptureError) {
        let text = try TextFile.read(file)
        do throws(ExpectationError) {
          check = ExpectationCheck(try Expectation(toml: text))
        } catch {
          return (.misconfigured(path, "\(file): \(error.message)"), nil)
        }
      } catch {
        return (.misconfigured(path, error.message), nil)
      }
    }
    guard Environment.exists(path) else { return (.unreadable(path, "\(path): no such file"), nil) }
    if check == nil, failOn == nil, !blesses {
      return (CheckResult(path: path, status: .skipped, messages: ["no \(Self.name(file)) beside it"]), nil)
    }
    var sink = CheckSink(path: path, check: check, failOn: failOn)
    let pass = CapturePass(
      paths: [path], join: false, filter: nil, threads: 1, seed: ProcessCost.randomSeed(), thresholds: thresholds,
      showsProgress: false)
    let read = pass.run()
    guard let analysis = read.analysis, let capture = read.capture else {
      return (.unreadable(path, read.problem ?? "\(path): unreadable"), nil)
    }
    analysis.report(capture, numbers: read.numbers, phoneApps: read.phoneApps, to: &sink)
    var result = sink.result
    if let problem = read.problem {
      result.status = .failed
      result.isUnreadable = true
      result.messages.insert(problem, at: 0)
    }
    if wantsPlaces { locate(&result) }
    guard blesses, read.problem == nil else { return (result, nil) }
    do throws(CaptureError) {
      return (result, try bless(sink.written, file, hasFile))
    } catch {
      result.status = .failed
      result.isUnwritten = true
      result.messages.insert(error.message, at: 0)
      return (result, nil)
    }
  }

  private func bless(_ text: String, _ file: String, _ exists: Bool) throws(CaptureError) -> String? {
    let before = exists ? (try? TextFile.read(file)) ?? "" : ""
    guard before != text else { return nil }
    try TextFile.write(Array(text.utf8), to: file)
    return LineDifference.text(before: before, after: text, name: file)
  }

  private func locate(_ result: inout CheckResult) {
    let frames = Set(result.findings.flatMap { $0.frames.prefix(10) }).sorted()
    guard let places = try? FrameOffsets.places(of: frames, in: path) else { return }
    for index in result.findings.indices {
      result.findings[index].places = result.findings[index].frames.prefix(10).compactMap { frame in
        places.first { $0.frame == frame }.map { ($0.offset, $0.length) }
      }
    }
  }

  /// What the names of expectations end with.
  static let ending = ".expect.toml"

  /// `x.expect.toml` beside `x.pcap`, `x.PCAPNG.gz` and so on.
  static func expectationFile(of path: String) -> String {
    var stem = path[...]
    for endings in [[".gz", ".zst", ".lz4"], [".pcapng", ".pcap", ".cap", ".dmp", ".ntar"]] {
      guard let end = endings.first(where: { stem.lowercased().hasSuffix($0) }) else { continue }
      stem = stem.dropLast(end.count)
    }
    return stem + ending
  }

  private static func name(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}

/// Holds records against an expectation as they come, and keeps what reports need.
private struct CheckSink: RecordSink {
  let path: String
  private var check: ExpectationCheck?
  private let failOn: FailOn?
  private var writer = ExpectationWriter()
  private var findings: [CheckedFinding] = []
  private var named: [String] = []
  private var unlisted = 0
  /// Most findings told.
  private static let limit = 200

  init(path: String, check: ExpectationCheck?, failOn: FailOn?) {
    self.path = path
    self.check = check
    self.failOn = failOn
  }

  mutating func write(_ capture: CaptureRecord) { check?.take(capture) }

  mutating func write(_ call: CallRecord) {
    check?.take(call)
    writer.take(call)
    note(call.verdict, Facts(call).name)
  }

  mutating func wantsRecord(of verdict: Judgment) -> Bool { check != nil || verdict.isFinding }

  mutating func write(_ flow: FlowRecord) {
    check?.take(flow)
    writer.take(flow)
    if flow.verdict.isFinding { note(flow.verdict, Facts(flow).name) }
  }

  private mutating func note(_ verdict: Judgment, _ name: String) {
    guard verdict.isFinding else { return }
    let rule = verdict.outcome.rawValue + (verdict.mechanism.map { "/\($0.rawValue)" } ?? "")
    let reason = Sentence.text(verdict.reason)
    if let failOn, failOn.names(verdict) {
      named.append("\(name): \(rule), \(verdict.grade.rawValue): \(reason)")
    }
    guard findings.count < Self.limit else {
      unlisted += 1
      return
    }
    let frames = Set(verdict.evidence.flatMap(\.frames)).sorted()
    findings.append(
      CheckedFinding(rule: rule, grade: verdict.grade, name: name, reason: reason, frames: frames))
  }

  var writesIdentifiers: Bool { false }

  var isOpen: Bool { true }

  /// The expectation that these records meet.
  var written: String { writer.text }

  var result: CheckResult {
    let failures = (check?.failures ?? []) + named
    var result = CheckResult(path: path, status: failures.isEmpty ? .passed : .failed, messages: failures)
    result.statements = (check?.statements ?? 0) + (failOn == nil ? 0 : 1)
    result.findings = findings
    result.unlisted = unlisted
    return result
  }
}
