internal import Analysis
internal import ArgumentParser
internal import Capture
internal import Report
internal import Settings

/// Lists what decides: thresholds and signatures.
struct Rules: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, ndjson
  }

  static let configuration = CommandConfiguration(
    commandName: "rules",
    abstract: "Lists the thresholds and signatures in force, with their sources and dates.",
    discussion: """
      The digest in the last line is that of every record (`rules`). --set and --rules change thresholds, here and \
      where captures are read.

        ringback rules
        ringback rules --set cap.losses=30 cap
      """)

  @Argument(help: ArgumentHelp("Only what begins with this: a group, an app.", valueName: "prefix"))
  var prefix: String?

  @Option(help: "text for people; ndjson for programs.")
  var format = Format.text

  @OptionGroup var rules: RuleOptions

  func validate() throws {
    if try listing().isEmpty { throw ValidationError("no threshold and no app begins with '\(prefix ?? "")'") }
  }

  private func listing() throws -> RuleListing {
    let thresholds = try rules.thresholds()
    return RuleListing(
      thresholds: thresholds, digest: CaptureAnalysis.rulesDigest(thresholds), prefix: prefix ?? "")
  }

  func run() throws {
    let listing = try listing()
    var output = ResultStream()
    output.write(Array((format == .text ? listing.text : listing.ndjson).utf8))
    if let reason = output.failure {
      StandardStream.error.write("ringback: the results could not be written: \(reason)\n")
      throw ExitCode(5)
    }
  }
}
