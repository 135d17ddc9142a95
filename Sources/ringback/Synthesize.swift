internal import ArgumentParser
internal import Capture
internal import Synth

/// Makes one of the sample captures.
struct Synthesize: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "synth",
    abstract: "Writes a made-up capture of a known situation to standard output.",
    discussion: """
      Every packet is generated: no network is touched. Without a name, the situations are listed. The same name and \
      seed always give the same bytes.
      """)

  @Argument(help: "Name of the situation.")
  var name: String?

  @Option(help: "Seed of everything random in it.")
  var seed: UInt64 = 1

  @Option(
    help: ArgumentHelp(
      "A call over a line, as in 'voice policer 24000 8000 20ms 60s', in place of a situation.", visibility: .hidden))
  var line: String?

  func run() throws {
    if let line {
      guard let call = LineCall(line.split(separator: " ").map(String.init)) else {
        throw ValidationError("the line '\(line)' is not understood")
      }
      if case .failed(let reason) = StandardStream.output.write(call.capture(seed: seed)) {
        StandardStream.error.write("ringback: the capture could not be written: \(reason)\n")
        throw ExitCode(5)
      }
      return
    }
    guard let name else {
      for scenario in Scenario.allCases {
        StandardStream.output.write("\(scenario.rawValue)  \(scenario.summary)\n")
      }
      return
    }
    guard let scenario = Scenario(rawValue: name) else {
      throw ValidationError("there is no situation '\(name)': 'ringback synth' lists them")
    }
    if StandardStream.output.isTerminal {
      throw ValidationError("a capture is binary: send it to a file, as in 'ringback synth \(name) > \(name).pcap'")
    }
    if case .failed(let reason) = StandardStream.output.write(scenario.capture(seed: seed)) {
      StandardStream.error.write("ringback: the capture could not be written: \(reason)\n")
      throw ExitCode(5)
    }
  }
}
