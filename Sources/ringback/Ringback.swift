internal import ArgumentParser
internal import Capture

/// The command: options in, exit code out.
@main
struct Ringback: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ringback",
    abstract: "Says what the network did to a call, from a packet capture.",
    discussion: """
      Ringback reads captures, recognizes call traffic (STUN, TURN, DTLS, RTP and the call set-up of messengers) and \
      writes a verdict for every flow and every call, with the packets that show it. It only reads: it sends nothing \
      and decrypts no media.
      """,
    version: "0.1.0",
    // Each names itself: to ask a type for its name has the runtime look through every conformance of the program.
    subcommands: [
      Analyze.self, Live.self, Explain.self, Annotate.self, Compare.self, Check.self, Rules.self, Synthesize.self,
      Demo.self,
    ])

  static func main() {
    StandardStream.ignoreBrokenPipes()
    Environment.widenColumns(least: 40)
    if CommandLine.arguments.count < 2 {
      StandardStream.error.write(helpMessage() + "\n")
      exit(withError: ExitCode(2))
    }
    do {
      try refuseFileAsOptions()
      var command = try parseAsRoot()
      try command.run()
    } catch let error as ExitCode {
      exit(withError: error)
    } catch {
      // Usage errors leave with 2 (the record format's exit codes), help and version with 0.
      let code = exitCode(for: error)
      let text = fullMessage(for: error)
      if code == .success {
        StandardStream.output.write(text + "\n")
        exit(withError: nil)
      }
      StandardStream.error.write(text + "\n")
      exit(withError: ExitCode(2))
    }
  }
  /// A file's name that begins with a dash would be read as options, `-h` among them: help and exit code 0 for a capture that nobody
  /// looked at.
  private static func refuseFileAsOptions() throws {
    for argument in CommandLine.arguments.dropFirst().prefix(while: { $0 != "--" })
    where argument.utf8.count > 2 && argument.hasPrefix("-") && !argument.hasPrefix("--")
      && Environment.isRegularFile(argument)
    {
      throw ValidationError("'\(argument)' would be read as options; a file of that name is ./\(argument)")
    }
  }
}
