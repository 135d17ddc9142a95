internal import ArgumentParser
internal import Capture
internal import Report
internal import Settings
internal import Synchronization
internal import Verdict

/// Holds captures against what they are expected to show.
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Holds captures against what they are expected to show, for CI.",
    usage: "ringback check [options] PATH ...",
    discussion: """
      PATH is a capture, or a directory for all captures in it. Beside x.pcap lies x.expect.toml:

        [[call]]
        app = "telegram"
        outcome = "dropped"
        grade = "consistent"      # at least
        [[flow]]
        server = "198.51.100.7:443"
        cap_bps = 128000          # within a tenth
        count = 1                 # exactly; else one or more
        [[never]]
        outcome = "reset"
        [counts]
        findings = 2              # flows with a finding

      --bless writes these files as the captures are today, and shows what changed. With --fail-on a capture fails if \
      it has a finding that is named, with or without such a file. Others are skipped; where none is left, or an \
      expectation lies in a directory without its capture, that is an error.

      Exit codes: 0 all as expected, 1 not, 2 usage, an expectation that cannot be read or nothing to check, 3 a \
      capture unreadable, 5 something could not be written, 130 interrupted.
      """)

  @Argument(help: ArgumentHelp("Captures and directories.", valueName: "path"))
  var paths: [String]

  @Option(
    help: ArgumentHelp(
      "text, junit, sarif (2.1.0), tap (14), github (annotations) or markdown, to standard output.",
      valueName: "format"),
    transform: Self.format)
  var format = CheckFormat.text

  @Option(
    name: .customLong("report"),
    help: ArgumentHelp(
      "Another report into a file, as in junit=check.xml. May be repeated.", valueName: "format=file"))
  var reports: [String] = []

  @Option(
    name: .customLong("fail-on"),
    help: ArgumentHelp(
      "Fail on a finding: 'any', or outcomes (reset,dropped,capped), with ':probable' or ':confirmed' for a least grade.",
      valueName: "what"))
  var failOn: String?

  @Flag(help: "Write the expectations as the captures are now, and show what changed.")
  var bless = false

  @OptionGroup var rules: RuleOptions

  @Option(help: "Captures read at once; the number of processors if not given.")
  var jobs: Int?

  func validate() throws {
    if paths.isEmpty { throw ValidationError("name captures or directories") }
    if paths.contains("-") { throw ValidationError("a check reads files, not standard input") }
    if let jobs, jobs < 1 || jobs > 256 { throw ValidationError("--jobs takes 1 to 256") }
    _ = try FailOn(failOn)
    _ = try rules.thresholds()
    _ = try outputs()
  }

  func run() throws {
    Interruption.watch()
    let thresholds = try rules.thresholds()
    let failure = try FailOn(failOn)
    let outputs = try outputs()
    var readFailed = false
    let files = Analyze.captures(in: paths, failed: &readFailed, tellsOthers: false, emptyFails: false)
    try refuseOverwriting(outputs.map(\.file), files)
    let shared = sharing(files)
    let wantsPlaces = format == .sarif || outputs.contains { $0.format == .sarif }
    let done = Mutex<[(result: CheckResult, change: String?)?]>(Array(repeating: nil, count: files.count))
    let next = Atomic<Int>(0)
    let blesses = bless
    Workers.run(min(files.count, jobs ?? TextFile.processors)) { _ in
      while !Interruption.isRequested {
        let place = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard place < files.count else { return }
        let run = CheckRun(
          path: files[place], thresholds: thresholds, failOn: failure, blesses: blesses, wantsPlaces: wantsPlaces)
        let result = shared[files[place]].map { (.misconfigured(files[place], $0), nil) } ?? run.run()
        done.withLock { $0[place] = result }
      }
    }
    let all = done.withLock { $0 }
    let summary = CheckSummary(
      zip(files, all).map { path, done in
        done?.result ?? .unreadable(path, "not read: the check was interrupted")
      } + Self.abandoned(paths, files))
    var output = ResultStream()
    // What changed is for people: a report for others stays one.
    for change in all.compactMap({ $0?.change }) {
      if format == .text { output.write(Array(change.utf8)) } else { StandardStream.error.write(change) }
    }
    let version = Ringback.configuration.version
    let color = StandardStream.output.showsColor
    output.write(format.report(summary, version: version, color: color))
    for report in outputs {
      do throws(CaptureError) {
        try TextFile.write(report.format.report(summary, version: version), to: report.file)
      } catch {
        StandardStream.error.write("ringback: \(error.message)\n")
        throw ExitCode(5)
      }
    }
    if let reason = output.failure {
      StandardStream.error.write("ringback: the results could not be written: \(reason)\n")
      throw ExitCode(5)
    }
    if Interruption.isRequested { throw ExitCode(130) }
    if summary.results.contains(where: \.isUnwritten) { throw ExitCode(5) }
    if summary.results.contains(where: \.isMisconfigured) { throw ExitCode(2) }
    if readFailed || summary.results.contains(where: \.isUnreadable) { throw ExitCode(3) }
    if summary.count(.failed) > 0 { throw ExitCode(1) }
    if summary.count(.passed) == 0 {
      if !files.isEmpty {
        StandardStream.error.write("ringback: nothing was checked: no capture has an expectation beside it\n")
      }
      throw ExitCode(2)
    }
  }

  /// A report in place of a capture or of what it is held against would destroy it.
  private func refuseOverwriting(_ reports: [String], _ captures: [String]) throws {
    for report in reports {
      for capture in captures {
        for file in [capture, CheckRun.expectationFile(of: capture)]
        where Environment.isSameFile(report, file) || report == file {
          throw ValidationError("--report \(report): that is \(file), which is read here; name another file")
        }
      }
    }
  }

  /// Captures that share an expectation, or would, and what is said of them.
  private func sharing(_ captures: [String]) -> [String: String] {
    var said: [String: String] = [:]
    for (file, sharing) in Dictionary(grouping: Set(captures), by: { CheckRun.expectationFile(of: $0) })
    where sharing.count > 1 && (bless || Environment.exists(file)) {
      for capture in sharing {
        said[capture] = "\(file) would be that of \(sharing.sorted().joined(separator: " and ")): rename one"
      }
    }
    return said
  }

  /// Expectations in the directories that no capture there belongs to: what they say is held against nothing.
  private static func abandoned(_ paths: [String], _ captures: [String]) -> [CheckResult] {
    let wanted = Set(captures.map { CheckRun.expectationFile(of: $0) })
    let files = paths.filter { CaptureFolder.isFolder($0) }.flatMap {
      (try? CaptureFolder.files(in: $0, endingWith: CheckRun.ending)) ?? []
    }
    return Set(files).subtracting(wanted).sorted().map { .misconfigured($0, "no capture lies beside it") }
  }

  private func outputs() throws -> [(format: CheckFormat, file: String)] {
    let outputs = try parts()
    for (place, output) in outputs.enumerated() {
      for other in outputs[..<place] where other.file == output.file || Environment.isSameFile(other.file, output.file)
      {
        throw ValidationError("--report \(output.file): two reports would go there; name another file")
      }
    }
    return outputs
  }

  private func parts() throws -> [(format: CheckFormat, file: String)] {
    try reports.map { item in
      let parts = item.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { throw ValidationError("--report takes FORMAT=FILE; not '\(item)'") }
      return (try Self.format(parts[0]), parts[1])
    }
  }

  private static func format(_ word: String) throws -> CheckFormat {
    guard let format = CheckFormat(rawValue: word) else {
      let known = CheckFormat.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("'\(word)' is no format; there are \(known)")
    }
    return format
  }
}
