/// A finding of a checked capture, as reports of checks tell it.
public struct CheckedFinding: Sendable {
  /// `dropped/blackhole` and so on: outcome and mechanism.
  public var rule: String
  /// Grade.
  public var grade: Grade
  /// The record's name: a call or a flow's ends.
  public var name: String
  /// The verdict's sentence.
  public var reason: String
  /// Frames of its evidence, ascending.
  public var frames: [UInt64]
  /// Where those lie in the (unpacked) file: offset and length of each frame's bytes, as far as known.
  public var places: [(offset: UInt64, length: UInt64)] = []

  /// A finding.
  public init(rule: String, grade: Grade, name: String, reason: String, frames: [UInt64]) {
    self.rule = rule
    self.grade = grade
    self.name = name
    self.reason = reason
    self.frames = frames
  }
}

/// How a capture stood its check.
public struct CheckResult: Sendable {
  /// What came of it.
  public enum Status: String, Sendable, CaseIterable {
    case passed, failed, skipped
  }

  /// The capture, as named.
  public var path: String
  /// What came of it.
  public var status: Status
  /// What is not as expected, or why it was skipped or could not be read; a sentence each.
  public var messages: [String]
  /// Statements that were checked.
  public var statements = 0
  /// What is wrong with the capture's flows and calls.
  public var findings: [CheckedFinding] = []
  /// Findings that are only counted.
  public var unlisted = 0
  /// The capture could not be read to its end.
  public var isUnreadable = false
  /// Its expectation could not be read.
  public var isMisconfigured = false
  /// Its expectation could not be written.
  public var isUnwritten = false

  /// A result.
  public init(path: String, status: Status, messages: [String] = []) {
    self.path = path
    self.status = status
    self.messages = messages
  }

  /// A capture that could not be read, and why.
  public static func unreadable(_ path: String, _ message: String) -> CheckResult {
    var result = CheckResult(path: path, status: .failed, messages: [message])
    result.isUnreadable = true
    return result
  }

  /// A capture, or an expectation alone, that is held against nothing, and why.
  public static func misconfigured(_ path: String, _ message: String) -> CheckResult {
    var result = CheckResult(path: path, status: .failed, messages: [message])
    result.isMisconfigured = true
    return result
  }
}

/// Results of a check, in the order of the captures.
public struct CheckSummary: Sendable {
  /// One for each capture.
  public let results: [CheckResult]

  /// A summary.
  public init(_ results: [CheckResult]) { self.results = results }

  /// Captures with this status.
  public func count(_ status: CheckResult.Status) -> Int {
    results.reduce(0) { $0 + ($1.status == status ? 1 : 0) }
  }

  /// `N passed, N failed, N skipped`.
  public var line: String { "\(count(.passed)) passed, \(count(.failed)) failed, \(count(.skipped)) skipped" }
}
