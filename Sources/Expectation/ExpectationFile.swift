internal import TOMLKit

extension Expectation {
  /// Reads an `x.expect.toml`.
  ///
  ///     [[call]]                    a call that must be there: all of it must hold
  ///     app = "telegram"
  ///     outcome = ["dropped", "reset"]
  ///     grade = "probable"          at least
  ///     count = 1                   so many; without it one or more
  ///     [[flow]]
  ///     server = "198.51.100.7:443"
  ///     cap_bps = 128000            within a tenth
  ///     [[never]]                   no record, or no `kind = "flow"`, may be so
  ///     outcome = "reset"
  ///     [counts]
  ///     findings = 2
  ///
  /// - Throws: an ``ExpectationError`` that says what is wrong, and where.
  public init(toml text: String) throws(ExpectationError) {
    self.init()
    let table = try TOMLText.table(text)
    for key in table.keys.sorted() {
      guard let value = table[key] else { continue }
      switch key {
      case "call", "flow":
        for item in try TOMLText.tables(value, key) { entries.append(try Self.entry(item, Kind(rawValue: key), key)) }
      case "never":
        for item in try TOMLText.tables(value, key) { never.append(try Self.prohibition(item)) }
      case "counts":
        guard let table = value.table else { throw ExpectationError("[counts] must be a table") }
        for name in table.keys.sorted() {
          guard Self.countNames.contains(name) else {
            throw ExpectationError(
              "[counts] knows \(Self.countNames.joined(separator: ", ")), not '\(name)'")
          }
          guard let count = table[name]?.int, count >= 0 else {
            throw ExpectationError("counts.\(name) must be a number of 0 or more")
          }
          counts.append((name, count))
        }
      default: throw ExpectationError("'\(key)' is none of call, flow, never and counts")
      }
    }
    // A check of nothing would never fail.
    if entries.isEmpty, never.isEmpty, counts.isEmpty { throw ExpectationError("nothing is expected in it") }
  }

  private static func prohibition(_ table: TOMLTable) throws(ExpectationError) -> Entry {
    var kind: Kind?
    if let named = table["kind"] {
      guard let word = named.string, let known = Kind(rawValue: word) else {
        throw ExpectationError("never.kind is \"call\" or \"flow\"")
      }
      kind = known
    }
    return try entry(table, kind, "never")
  }

  private static func entry(_ table: TOMLTable, _ kind: Kind?, _ place: String) throws(ExpectationError) -> Entry {
    var conditions: [Condition] = []
    var count: Int?
    let known = kind.map { Facts.keys[$0] ?? [] } ?? Kind.allCases.flatMap { Facts.keys[$0] ?? [] }
    for key in table.keys.sorted() {
      guard let value = table[key] else { continue }
      if key == "kind", place == "never" { continue }
      if key == "count", place != "never" {
        guard let number = value.int, number >= 0 else {
          throw ExpectationError("\(place).count must be a number of 0 or more")
        }
        count = number
        continue
      }
      guard known.contains(key) else { throw ExpectationError("\(place) has no field '\(key)'") }
      conditions.append(Condition(key, try TOMLText.values(value, "\(place).\(key)")))
    }
    guard !conditions.isEmpty else { throw ExpectationError("an entry of '\(place)' says nothing") }
    if let why = Facts.contradiction(conditions) { throw ExpectationError("\(place).finding \(why)") }
    // Records of one kind have to have all of the fields, with values that they can have there.
    let fields = Set(conditions.map(\.key))
    let kinds = (kind.map { [$0] } ?? Kind.allCases).filter { fields.isSubset(of: Facts.keys[$0] ?? []) }
    guard let first = kinds.first else {
      throw ExpectationError("an entry of '\(place)' has fields of flows and of calls: no record has both")
    }
    if kinds.allSatisfy({ objection(conditions, $0) != nil }), let why = objection(conditions, first) {
      throw ExpectationError("\(place).\(why)")
    }
    return Entry(kind, conditions, count: count)
  }
}

extension Expectation {
  /// Which field of a record cannot be so, and why.
  private static func objection(_ conditions: [Condition], _ kind: Kind) -> String? {
    for condition in conditions {
      for value in condition.values {
        if let why = Facts.objection(condition.key, value, of: kind) { return "\(condition.key) \(why)" }
      }
    }
    return nil
  }
}

/// Reading TOML with errors that say where.
enum TOMLText {
  static func table(_ text: String) throws(ExpectationError) -> TOMLTable {
    do {
      return try TOMLTable(string: text)
    } catch let error as TOMLParseError {
      throw ExpectationError(
        "line \(error.source.begin.line), column \(error.source.begin.column): \(error.description)")
    } catch {
      throw ExpectationError("not TOML")
    }
  }

  static func tables(_ value: any TOMLValueConvertible, _ key: String) throws(ExpectationError) -> [TOMLTable] {
    if let table = value.table { return [table] }
    guard let array = value.array else { throw ExpectationError("'\(key)' must be [[\(key)]] tables") }
    var tables: [TOMLTable] = []
    for item in array {
      guard let table = item.table else { throw ExpectationError("'\(key)' must be [[\(key)]] tables") }
      tables.append(table)
    }
    return tables
  }

  static func values(_ value: any TOMLValueConvertible, _ key: String) throws(ExpectationError) -> [Expectation.Value] {
    if let array = value.array {
      var values: [Expectation.Value] = []
      for item in array { values.append(try scalar(item, key)) }
      guard !values.isEmpty else { throw ExpectationError("\(key) is empty") }
      return values
    }
    return [try scalar(value, key)]
  }

  private static func scalar(
    _ value: any TOMLValueConvertible, _ key: String
  ) throws(ExpectationError) -> Expectation.Value {
    if let text = value.string { return .text(text) }
    if let flag = value.bool { return .flag(flag) }
    if let number = value.int { return .number(Double(number)) }
    if let number = value.double { return .number(number) }
    throw ExpectationError("\(key) must be a text, a number, true or false, or a list of these")
  }
}
