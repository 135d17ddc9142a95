internal import Recognition
public import Settings
internal import Verdict

/// One thing that decides, for lists of rules: a threshold, or a clue for an application.
public struct RuleRow: Sendable {
  /// What it is.
  public enum Kind: String, Sendable {
    case threshold, clue
  }

  /// What it is.
  public let kind: Kind
  /// `group.field` of a threshold; the application of a clue.
  public let name: String
  /// The number with its unit; what a clue looks for.
  public let value: String
  /// How loudly a clue speaks; nil for a threshold.
  public let weight: String?
  /// Where it comes from.
  public let source: String
  /// When a clue was last seen, as 2025-10-31; nil for a threshold.
  public let seen: String?

  /// Everything that decides: thresholds by name, then clues by application, strongest first.
  public static func all(_ thresholds: Thresholds) -> [RuleRow] {
    let numbers = thresholds.listing.map { name, threshold in
      RuleRow(
        kind: .threshold, name: name, value: "\(plain(threshold.value)) \(threshold.unit.rawValue)", weight: nil,
        source: "\(threshold.source)", seen: nil)
    }
    let clues = Signature.all.flatMap { signature in
      signature.clues.map { clue in
        RuleRow(
          kind: .clue, name: signature.application.rawValue, value: text(clue.kind), weight: clue.weight.rawValue,
          source: "\(clue.source)", seen: date(clue.seen.day))
      }
    }
    return numbers + clues
  }

  static func plain(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
  }

  static func date(_ day: UInt32) -> String {
    let (year, month, date) = (day / 10_000, day / 100 % 100, day % 100)
    return "\(year)-\(month < 10 ? "0" : "")\(month)-\(date < 10 ? "0" : "")\(date)"
  }

  static func text(_ kind: Clue.Kind) -> String {
    switch kind {
    case .content(let bits): bits.meaning
    case .realm(let text): "REALM ends with \(text)"
    case .serverName(let text): "server name \(text)"
    case .phoneApp(let text): "the phone names the app \(text)"
    case .prefix(let prefix, let length): "server in \(prefix)/\(length)"
    case .service(let prefix, let length, let transport, let ports):
      "server in \(prefix)/\(length), \(transport.rawValue) port "
        + (ports.lowerBound == ports.upperBound ? "\(ports.lowerBound)" : "\(ports.lowerBound)-\(ports.upperBound)")
    }
  }
}
