internal import Analysis
internal import ArgumentParser
internal import Capture
internal import Settings
internal import Verdict

/// Reads captures and writes verdicts.
struct Analyze: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, ndjson, csv
  }

  static let configuration = CommandConfiguration(
    commandName: "analyze",
    abstract: "Reads captures and writes a verdict for every flow and call.",
    usage: "ringback analyze [options] FILE ... [filter words]",
    discussion: """
      FILE is a pcap or pcapng file, plain or packed with gzip, zstd or lz4; a directory, for all captures in \
      it; or '-' for standard input. Words after the files are a capture \
      filter as tcpdump takes it.

        ringback analyze call.pcapng
        ringback analyze --format ndjson call.pcap udp port 3478
        tcpdump -i any -w - udp | ringback analyze -

      Exit codes: 0 done, 1 a finding that --fail-on names, 2 usage, 3 a file unreadable, empty or truncated (what was \
      read is reported), 5 the output could not be written, 130 interrupted.
      """)

  @Argument(help: ArgumentHelp("Captures, then the words of an optional filter.", valueName: "file"))
  var words: [String]

  @Option(
    help:
      "text for people; ndjson for programs, one JSON object a line; csv for spreadsheets, calls and flows in one table."
  )
  var format = Format.text

  @Option(name: [.short, .long], help: "Capture filter, as tcpdump takes it.")
  var filter: String?

  @Flag(help: "Read the files as rotated pieces of one capture, in time order.")
  var join = false

  @Flag(
    help:
      "Read two files as captures of the same traffic at two points, the client's first: verdicts of the first, settled by what the second shows."
  )
  var pair = false

  @Flag(help: "Add elapsed time, packets per second and peak memory to the summary.")
  var stats = false

  @Flag(help: "Add the SHA-256 of each file to its record.")
  var hash = false

  @Flag(
    help:
      "NDJSON: add what every flow sent, by time, for plots: packets, bytes, losses and delay in bins of 100 ms or more."
  )
  var bins = false

  @Flag(help: "Text: a line for every flow, not only for those with a finding.")
  var all = false

  @Option(
    name: .customLong("fail-on"),
    help: ArgumentHelp(
      "Exit 1 if there is a finding: 'any', or outcomes (reset,dropped,capped), with ':probable' or ':confirmed' for a least grade.",
      valueName: "what"))
  var failOn: String?

  @OptionGroup var rules: RuleOptions

  @Option(help: "Threads for one capture; results are the same with any number.")
  var threads = 1

  @Option(help: ArgumentHelp("Seed of the hash tables; results are the same with any.", visibility: .hidden))
  var hashSeed: UInt64?

  func validate() throws {
    if words.isEmpty { throw ValidationError("name a capture file, or '-' for standard input") }
    if hash, words.contains("-") { throw ValidationError("--hash needs a file: standard input is read once") }
    if pair, join || words.contains("-") { throw ValidationError("--pair takes two files, each read more than once") }
    if threads < 1 || threads > 64 { throw ValidationError("--threads takes 1 to 64") }
    _ = try FailOn(failOn)
    _ = try rules.thresholds()
    // What is wrong about them is told here with this command's usage.
    let files = try inputs().files
    if pair {
      for file in files { try FileArgument.check(file) }
      if files.count != 2 {
        let next = words.dropFirst(files.count).first.map { "; '\($0)' is no file" } ?? ""
        throw ValidationError(
          "--pair takes two captures: the client's, then the far one\(files.count == 1 ? next : "")")
      }
    }
  }

  func run() throws {
    Interruption.watch()
    let start = ProcessCost()
    let color = StandardStream.output.showsColor
    var text = TextSink(color: color, showAll: all)
    var lines = NDJSONSink()
    var table = CSVSink()
    (text.countsAll, lines.countsAll, table.countsAll) = (failOn != nil, failOn != nil, failOn != nil)
    let thresholds = try rules.thresholds()
    let (named, filter) = try inputs()
    var readFailed = false
    let files = Self.captures(in: named, failed: &readFailed)
    var ends = CallEnds(keeps: files.count > 1)
    let groups = pair ? [[files[0]]] : join ? (files.isEmpty ? [] : [files]) : files.map { [$0] }
    for group in groups where !Interruption.isRequested {
      let pass = CapturePass(
        paths: group, join: join, filter: filter, threads: threads, seed: hashSeed ?? ProcessCost.randomSeed(),
        keepsBins: bins, thresholds: thresholds)
      let result = pass.run()
      if let message = result.problem {
        StandardStream.error.write("ringback: \(message)\n")
        readFailed = true
      }
      guard let analysis = result.analysis, var capture = result.capture else {
        if result.isUsage { throw ExitCode(2) }
        continue
      }
      if hash { capture.sha256 = try? FileDigest.sha256(of: group[0]) }
      let match = pair ? PairPass(near: files[0], far: files[1], filter: filter).match(&readFailed) : nil
      switch format {
      case .text:
        Self.report(analysis, capture, result, match, files, &ends, to: &text)
        text.endCapture()
      case .ndjson: Self.report(analysis, capture, result, match, files, &ends, to: &lines)
      case .csv: Self.report(analysis, capture, result, match, files, &ends, to: &table)
      }
      if !text.isOpen || !lines.isOpen || !table.isOpen { break }
    }
    let since = stats ? start : nil
    let tally =
      switch format {
      case .text: text.finish(since: since)
      case .ndjson: lines.finish(since: since)
      case .csv: table.finish()
      }
    if let reason = text.failure ?? lines.failure ?? table.failure {
      StandardStream.error.write("ringback: the results could not be written: \(reason)\n")
      throw ExitCode(5)
    }
    if Interruption.isRequested { throw ExitCode(130) }
    if readFailed { throw ExitCode(3) }
    if let failure = try FailOn(failOn), tally.hasFinding(of: failure.outcomes, atLeast: failure.grade) {
      throw ExitCode(1)
    }
  }

  /// Writes a capture's records, settled by the far capture where there is one.
  private static func report(
    _ analysis: CaptureAnalysis, _ capture: CaptureRecord, _ result: CapturePass.Result, _ match: PairMatch?,
    _ files: [String], _ ends: inout CallEnds, to sink: inout some RecordSink
  ) {
    guard let match else {
      return analysis.report(
        capture, numbers: result.numbers, phoneApps: result.phoneApps, ends: &ends, to: &sink)
    }
    var settling = PairSink(match, farPath: files[1], next: sink)
    analysis.report(capture, numbers: result.numbers, phoneApps: result.phoneApps, ends: &ends, to: &settling)
    sink = settling.finish()
  }

  /// Files first, then the words of a filter: the first word that is no file begins it.
  private func inputs() throws -> (files: [String], filter: String?) {
    var files: [String] = []
    var rest = words[...]
    while let word = rest.first, word == "-" || files.isEmpty || Self.isFile(word) || Self.looksLikeFile(word) {
      files.append(word)
      rest = rest.dropFirst()
    }
    if rest.isEmpty { return (files, filter) }
    if filter != nil { throw ValidationError("give the filter once: after -f, or as words behind the files") }
    return (files, rest.joined(separator: " "))
  }

  /// The files, each directory replaced by the captures in it; says on standard error what was passed over.
  static func captures(
    in named: [String], failed: inout Bool, tellsOthers: Bool = true, emptyFails: Bool = true
  ) -> [String] {
    var files: [String] = []
    for name in named {
      guard name != "-", CaptureFolder.isFolder(name) else {
        files.append(name)
        continue
      }
      do throws(CaptureError) {
        let folder = try CaptureFolder(path: name)
        files += folder.captures
        for path in folder.unreadable {
          StandardStream.error.write(
            "ringback: \(path): cannot be looked at: its name is not UTF-8, or it is a link that leads nowhere\n")
          failed = true
        }
        if folder.others > 0, tellsOthers {
          let what =
            folder.others == 1 ? "1 file is no capture and was" : "\(folder.others) files are no captures and were"
          StandardStream.error.write("ringback: \(name): \(what) passed over\n")
        }
        if folder.captures.isEmpty, folder.unreadable.isEmpty {
          StandardStream.error.write("ringback: \(name): no captures in it\n")
          if emptyFails { failed = true }
        }
      } catch {
        StandardStream.error.write("ringback: \(error.message)\n")
        failed = true
      }
    }
    return files
  }

  private static func isFile(_ word: String) -> Bool { Environment.exists(word) }

  /// A name that only a file would have: its absence is to be reported as such, not as a bad filter.
  private static func looksLikeFile(_ word: String) -> Bool {
    word.contains("/") && !word.contains(" ") && !(word.first?.isNumber ?? false)
      || [".pcap", ".pcapng", ".cap", ".gz", ".zst", ".lz4", ".dmp"].contains { word.hasSuffix($0) }
  }
}
