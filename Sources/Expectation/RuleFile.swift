internal import TOMLKit

/// Thresholds named in a TOML file: a table for each group, a number for each name.
///
///     [cap]
///     losses = 30
public enum RuleFile {
  /// Names as `group.field` and numbers, in the order of the names.
  public static func overrides(toml text: String) throws(ExpectationError) -> [(name: String, value: Double)] {
    let table = try TOMLText.table(text)
    var overrides: [(name: String, value: Double)] = []
    for group in table.keys.sorted() {
      guard let fields = table[group]?.table else {
        throw ExpectationError("'\(group)' must be a table of numbers, as in [\(group)]")
      }
      for field in fields.keys.sorted() {
        guard let value = fields[field]?.double ?? fields[field]?.int.map(Double.init) else {
          throw ExpectationError("\(group).\(field) must be a number")
        }
        overrides.append(("\(group).\(field)", value))
      }
    }
    return overrides
  }
}
