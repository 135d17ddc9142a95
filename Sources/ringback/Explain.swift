internal import Analysis
internal import ArgumentParser
internal import Capture
internal import Report
internal import Verdict

/// Goes the way from a verdict back to the packets.
struct Explain: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, ndjson
  }

  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Shows what a verdict rests on: clues, rules, numbers, packets.",
    usage: "ringback explain [options] FILE [call N | flow ID | frame N]",
    discussion: """
      A call is named by its number in the report or by its id; a flow by its id, the first digits of it, or one of \
      its ends, as in 192.0.2.7:3478; a frame by Wireshark's number. 'frame N' says which flow and call a packet is \
      part of, or why it is in none. Without any of these, all calls and findings are told in short.

        ringback explain call.pcap
        ringback explain call.pcap call 1
        ringback explain call.pcap flow 91.108.9.21:597
        ringback explain call.pcap frame 52

      Exit codes: 0 done, 2 usage, 3 the file is unreadable, empty or truncated, or there is no such call, flow or frame, \
      5 the output could not be written, 130 interrupted.
      """)

  @Argument(help: ArgumentHelp("A capture, then what of it.", valueName: "file"))
  var words: [String]

  @Option(help: ArgumentHelp("The same as 'call N'.", valueName: "n"))
  var call: String?

  @Option(help: ArgumentHelp("The same as 'flow ID'.", valueName: "id"))
  var flow: String?

  @Option(help: ArgumentHelp("The same as 'frame N'.", valueName: "n"))
  var frame: String?

  @Option(help: "text for people; ndjson for programs, one JSON object a line.")
  var format = Format.text

  @OptionGroup var rules: RuleOptions

  func validate() throws {
    guard let file = words.first else { throw ValidationError("name a capture") }
    try FileArgument.check(file)
    _ = try subject()
    _ = try rules.thresholds()
  }

  func run() throws {
    Interruption.watch()
    let file = words[0]
    let subject = try subject()
    var asked: PacketRecord?
    if case .frame(let number) = subject { asked = try packets([number], of: file).first }
    let pass = CapturePass(
      paths: [file], join: false, filter: nil, threads: 1, seed: ProcessCost.randomSeed(),
      thresholds: try rules.thresholds())
    let result = pass.run()
    if let problem = result.problem { StandardStream.error.write("ringback: \(problem)\n") }
    guard let analysis = result.analysis, let capture = result.capture else { throw ExitCode(3) }
    let color = StandardStream.output.showsColor
    var sink = ExplanationSink(subject, asked, color: color)
    analysis.report(capture, numbers: result.numbers, phoneApps: result.phoneApps, to: &sink)
    if Interruption.isRequested { throw ExitCode(130) }
    if let missing = sink.missing(path: file) {
      StandardStream.error.write("ringback: \(missing.text)\n")
      throw ExitCode(missing.isAmbiguous ? 2 : 3)
    }
    guard var explanation = sink.explanation else { throw ExitCode(3) }
    for packet in try packets(explanation.citedFrames, of: file) { explanation.packets[packet.frame] = packet }
    var output = ResultStream()
    switch format {
    case .text: output.write(sink.text(explanation, path: file))
    case .ndjson: output.write(sink.lines(explanation))
    }
    if let reason = output.failure {
      StandardStream.error.write("ringback: the results could not be written: \(reason)\n")
      throw ExitCode(5)
    }
    if result.problem != nil { throw ExitCode(3) }
  }

  /// The frames of these numbers, as far as the file has them.
  private func packets(_ numbers: [UInt64], of file: String) throws -> [PacketRecord] {
    var details = PacketDetails(frames: numbers)
    guard !details.isComplete else { return [] }
    do throws(CaptureError) {
      var reader = try CaptureReader(path: file)
      try reader.forEachBlock { block, frames in
        details.consume(block, frames)
        return !details.isComplete && !Interruption.isRequested
      }
    } catch {
      // The analysis reads the file as well and says what is wrong with it.
    }
    return details.records
  }

  private func subject() throws -> ExplanationSubject {
    var found: [ExplanationSubject] = []
    let named = [("call", call), ("flow", flow), ("frame", frame)].compactMap { kind, name in name.map { (kind, $0) } }
    for (kind, name) in named { found.append(try ExplanationSubject(kind, name)) }
    let rest = words.dropFirst()
    if rest.count == 2, let kind = rest.first, let name = rest.last {
      found.append(try ExplanationSubject(kind, name))
    } else if !rest.isEmpty {
      throw ValidationError("behind the file goes one of 'call N', 'flow ID' and 'frame N'")
    }
    if found.count > 1 { throw ValidationError("ask for one thing: a call, a flow or a frame") }
    return found.first ?? .everything
  }
}

/// What is to be explained.
enum ExplanationSubject {
  case everything
  /// Number in the order of the records, 1 the first.
  case call(Int)
  /// First digits of its id.
  case callID(String)
  case flow(FlowChoice, name: String)
  case frame(UInt64)

  init(_ kind: String, _ name: String) throws {
    switch kind {
    case "call":
      if let number = Int(name), number > 0, name.utf8.count < 10 {
        self = .call(number)
      } else if Int(name) != 0, !name.isEmpty, name.utf8.count <= 16, name.allSatisfy(\.isHexDigit) {
        self = .callID(name.lowercased())
      } else {
        throw ValidationError("a call is named by its number, 1 or more, or by its id; not '\(name)'")
      }
    case "flow":
      if name.isEmpty { throw ValidationError("a flow is named by its id or one of its ends") }
      self = .flow(FlowChoice(name), name: name)
    case "frame":
      guard let number = UInt64(name), number > 0 else {
        throw ValidationError("a frame is named by its number, 1 or more; not '\(name)'")
      }
      self = .frame(number)
    default: throw ValidationError("'\(kind)' is none of 'call N', 'flow ID' and 'frame N'")
    }
  }
}
