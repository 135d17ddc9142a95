internal import Analysis
internal import ArgumentParser
internal import Capture
internal import Report
internal import Verdict

/// Copies a capture with comments on the packets that show something.
struct Annotate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "annotate",
    abstract: "Copies a capture with comments on the packets that show something, for Wireshark.",
    usage: "ringback annotate FILE -o OUT.pcapng",
    discussion: """
      OUT is pcapng: the same packets in the same order, with the same times and lengths. Every packet that a verdict \
      cites as evidence gets a comment that says what it shows, the first section one with the answer. Of a pcapng \
      file all blocks, options and comments are kept. OUT is replaced if it exists; '-' is standard output.

        ringback annotate call.pcap -o call-annotated.pcapng
        wireshark -Y 'frame.comment contains "ringback"' call-annotated.pcapng
        ringback annotate call.pcapng -o - | tshark -r - -Y frame.comment

      pcap becomes pcapng, and compressed files are unpacked. Simple Packet Blocks of pcapng cannot bear comments: \
      theirs are the section's, with the frame's number.

      Exit codes: 0 done, 2 usage, 3 the file is unreadable, empty or truncated (what is whole was written), 5 OUT \
      could not be written, 130 interrupted.
      """)

  @Argument(help: ArgumentHelp("A capture, read more than once.", valueName: "file"))
  var file: String

  @Option(name: .shortAndLong, help: ArgumentHelp("Where the copy goes; '-' is standard output.", valueName: "out"))
  var output: String

  @OptionGroup var rules: RuleOptions

  func validate() throws {
    try FileArgument.check(file)
    _ = try rules.thresholds()
    if output == "-" {
      guard StandardStream.output.isTerminal else { return }
      throw ValidationError("a capture is binary: name a file, as in '-o annotated.pcapng'")
    }
    if output.isEmpty { throw ValidationError("-o takes the name of a file") }
    if CaptureFolder.isFolder(output) { throw ValidationError("\(output) is a directory: name a file in it") }
    if Environment.isSameFile(file, output) {
      throw ValidationError("\(output) is the capture itself, which is not changed: name another file")
    }
  }

  func run() throws {
    Interruption.watch()
    let pass = CapturePass(
      paths: [file], join: false, filter: nil, threads: 1, seed: ProcessCost.randomSeed(),
      thresholds: try rules.thresholds())
    let result = pass.run()
    if let problem = result.problem { StandardStream.error.write("ringback: \(problem)\n") }
    if Interruption.isRequested { throw ExitCode(130) }
    guard let analysis = result.analysis, let capture = result.capture, let facts = result.facts else {
      throw ExitCode(3)
    }
    var sink = CommentSink()
    analysis.report(capture, numbers: result.numbers, phoneApps: result.phoneApps, to: &sink)
    let comments = sink.comments
    let copy: AnnotatedCopy.Result
    do throws(CaptureError) {
      copy = try AnnotatedCopy.write(
        of: file, to: output,
        FrameComments(section: [comments.section], texts: comments.texts, places: comments.places), facts
      ) { !Interruption.isRequested }
    } catch {
      StandardStream.error.write("ringback: \(error.message)\n")
      if case .writeFailed = error { throw ExitCode(5) }
      throw ExitCode(3)
    }
    // Not behind the capture where that went to standard output under another name.
    if output != "-", !Environment.isSameFile(output, "/dev/stdout") {
      let packets = copy.commented == 1 ? "1 packet" : "\(copy.commented) packets"
      StandardStream.output.write("\(output): \(comments.sentence)\n  comments on \(packets) and on the section\n")
    }
    if Interruption.isRequested { throw ExitCode(130) }
    if copy.isCut, result.problem == nil {
      StandardStream.error.write("ringback: \(file): changed while it was read; what was analyzed was written\n")
    }
    if result.problem != nil || copy.isCut { throw ExitCode(3) }
  }
}

/// Gathers the comments of a capture's records.
private struct CommentSink: RecordSink {
  private(set) var comments = PacketComments(version: Ringback.configuration.version)

  mutating func write(_ capture: CaptureRecord) { comments.begin(capture) }

  mutating func write(_ call: CallRecord) { comments.count(call) }

  mutating func wantsRecord(of verdict: Judgment) -> Bool { comments.count(verdict) }

  mutating func write(_ flow: FlowRecord) { comments.add(flow) }

  var writesIdentifiers: Bool { true }

  var isOpen: Bool { true }
}
