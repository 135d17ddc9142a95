internal import ArgumentParser
internal import Capture
internal import Expectation
internal import Settings

/// Thresholds other than the built-in ones: `--rules FILE.toml`, then `--set NAME=NUMBER`.
struct RuleOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A threshold's value, as in cap.losses=30; 'ringback rules' lists them. May be repeated.",
      valueName: "name=number"))
  var set: [String] = []

  @Option(help: ArgumentHelp("TOML file with values of thresholds, a table for each group.", valueName: "file"))
  var rules: String?

  /// The built-in thresholds with what was asked for.
  func thresholds() throws -> Thresholds {
    var thresholds = Thresholds()
    if let rules {
      let text: String
      do throws(CaptureError) {
        text = try TextFile.read(rules)
      } catch {
        throw ValidationError(error.message)
      }
      do throws(ExpectationError) {
        for (name, value) in try RuleFile.overrides(toml: text) {
          try Self.apply(name, value, to: &thresholds, "")
        }
      } catch {
        throw ValidationError("\(rules): \(error.message)")
      }
    }
    for item in set {
      let parts = item.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, let value = Double(parts[1]) else {
        throw ValidationError("--set takes NAME=NUMBER, as in cap.losses=30; not '\(item)'")
      }
      do throws(ExpectationError) {
        try Self.apply(String(parts[0]), value, to: &thresholds, "--set: ")
      } catch {
        throw ValidationError(error.message)
      }
    }
    return thresholds
  }

  private static func apply(
    _ name: String, _ value: Double, to thresholds: inout Thresholds, _ place: String
  ) throws(ExpectationError) {
    switch thresholds.set(name, to: value) {
    case .set: return
    case .unknown:
      let like = Thresholds.names(like: name)
      let hint = like.isEmpty ? "'ringback rules' lists them" : "there is " + like.prefix(8).joined(separator: ", ")
      throw ExpectationError("\(place)no threshold is named '\(name)': \(hint)")
    case .outOfRange(let unit, let most):
      let unit = unit == .ratio || unit == .count ? "" : " \(unit.rawValue)"
      throw ExpectationError("\(place)\(name) must be above 0 and at most \(Int64(most))\(unit)")
    case .notWhole: throw ExpectationError("\(place)\(name) counts: it must be a whole number")
    }
  }
}
