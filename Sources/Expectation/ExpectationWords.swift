internal import Verdict

/// What the fields of a record can be: a misspelled word would be met by nothing, and what must never be would never be found.
extension Facts {
  /// The words of a field; nil if it is free text.
  private static func words(_ key: String, _ kind: Expectation.Kind) -> [String]? {
    func all<Word: CaseIterable & RawRepresentable<String>>(_: Word.Type) -> [String] { Word.allCases.map(\.rawValue) }
    return switch key {
    case "transport": all(Transport.self)
    case "protocol": all(WireProtocol.self)
    case "app": all(Application.self)
    case "app_grade": all(ApplicationGrade.self)
    case "role": all(Role.self)
    case "outcome": all(Outcome.self)
    case "mechanism": all(Mechanism.self)
    case "direction": all(Direction.self)
    case "attribution": all(Attribution.self)
    case "grade": all(Grade.self)
    case "scope": all(Scope.self)
    case "stage": kind == .call ? all(Stage.self) : all(ConnectionStage.self)
    case "ended_by": all(EndedBy.self)
    default: nil
    }
  }

  /// Fields that may have no value.
  private static func isOptional(_ key: String, _ kind: Expectation.Kind) -> Bool {
    switch key {
    case "app", "app_grade", "server_name", "mechanism", "direction", "attribution", "scope", "gap", "cap_bps",
      "ended_by":
      true
    case "stage": kind != .call
    default: false
    }
  }

  /// Rates that something may be held to, bit/s.
  private static let rates = 1.0...1e15

  /// Why a field of such records cannot have a value; nil if it can.
  static func objection(_ key: String, _ value: Expectation.Value, of kind: Expectation.Kind) -> String? {
    // No value at all.
    if value == .text("none"), isOptional(key, kind) { return nil }
    switch key {
    case "finding", "ended", "masked":
      if case .flag = value { return nil }
      return "is true or false, without quotes"
    case "cap_bps":
      if case .number(let rate) = value, rates.contains(rate) { return nil }
      return "is a number of bits a second"
    case "client", "server":
      guard case .text(let text) = value, End(text) != nil else { return "is an address, address:port or :port" }
      return nil
    case "gap":
      guard case .text(let text) = value, Gap.codes.contains(text) else { return "is no gap that a verdict may name" }
      return nil
    default:
      guard case .text(let text) = value else { return "is a text" }
      guard let words = words(key, kind) else { return key == "server_name" ? nameObjection(text) : nil }
      if words.contains(text) { return nil }
      let none = isOptional(key, kind) ? ", none" : ""
      return "cannot be '\(text)'; it is one of \(words.joined(separator: ", "))\(none)"
    }
  }

  /// Names are kept in small letters.
  private static func nameObjection(_ text: String) -> String? {
    text.utf8.contains { $0 >= 0x41 && $0 <= 0x5A } ? "is written in small letters" : nil
  }

  /// Why no record can be all of this; nil if one can.
  static func contradiction(_ conditions: [Expectation.Condition]) -> String? {
    guard let finding = conditions.first(where: { $0.key == "finding" })?.values, finding.count == 1 else { return nil }
    func all(_ key: String, are names: [String]) -> Bool {
      guard let values = conditions.first(where: { $0.key == key })?.values, !values.isEmpty else { return false }
      return values.allSatisfy { value in names.contains { .text($0) == value } }
    }
    if finding == [.flag(true)] {
      if all("grade", are: [Grade.none.rawValue, Grade.inconclusive.rawValue]) { return "cannot be with that grade" }
      if all("mechanism", are: [Mechanism.resetEndpoint, .congestion, .burstyLoss].map(\.rawValue)) {
        return "cannot be with that mechanism"
      }
    }
    guard let outcomes = conditions.first(where: { $0.key == "outcome" })?.values
    else { return nil }
    // A reset may be the end's own, and no finding.
    let never: [Outcome] = finding == [.flag(true)] ? [.ok, .degraded, .inconclusive] : [.dropped, .capped]
    guard outcomes.allSatisfy({ outcome in never.contains { .text($0.rawValue) == outcome } }) else { return nil }
    return "cannot be with that outcome"
  }
}
