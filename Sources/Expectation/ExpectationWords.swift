internal import Verdict

/// What the fields of a record can be: a misspelled word would be met by nothing, and what must never be would never be found.
extension Facts {
  /// The words of a field, of calls and flows together; nil if it is free text.
  private static func words(_ key: String) -> [String]? {
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
    case "stage": all(Stage.self) + all(ConnectionStage.self)
    case "ended_by": all(EndedBy.self)
    default: nil
    }
  }

  /// Why a field cannot have a value; nil if it can.
  static func objection(_ key: String, _ value: Expectation.Value) -> String? {
    // No value at all.
    if value == .text("none") { return nil }
    switch key {
    case "finding", "ended", "masked":
      if case .flag = value { return nil }
      return "is true or false, without quotes"
    case "cap_bps":
      if case .number = value { return nil }
      return "is a number, bits a second"
    default:
      guard case .text(let text) = value else { return "is a text" }
      guard let words = words(key), !words.contains(text) else { return nil }
      return "cannot be '\(text)'; it is one of \(words.joined(separator: ", ")), none"
    }
  }
}
