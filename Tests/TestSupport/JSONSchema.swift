/// A JSON Schema of draft 2020-12, checked with exactly the keywords that the record schemas use; any other keyword is an
/// error, so that a rule that is not checked cannot be written.
public struct JSONSchema: Sendable {
  private let root: JSONValue

  /// A schema from its text; throws for a keyword that is not supported.
  public init(_ text: [UInt8]) throws {
    root = try JSONParser.parse(text)
    try Self.vet(root, at: "#")
  }

  /// What a value breaks, with paths; empty if it is valid.
  public func problems(_ value: JSONValue) -> [String] {
    var found: [String] = []
    check(value, root, "$", &found)
    return found
  }

  private static let keywords: Set<String> = [
    "$schema", "title", "$defs", "$ref", "type", "enum", "const", "properties", "required", "additionalProperties",
    "minProperties", "items", "minItems", "maxItems", "minimum", "maximum", "minLength", "pattern", "if", "then",
  ]

  private static func vet(_ schema: JSONValue, at path: String) throws {
    guard case .object(let members) = schema else {
      guard case .bool = schema else { throw JSONError(description: "\(path): no schema") }
      return
    }
    for member in members {
      guard keywords.contains(member.key) else {
        throw JSONError(description: "\(path): keyword \(member.key) is not supported")
      }
      switch member.key {
      case "properties", "$defs":
        guard case .object(let parts) = member.value else { throw JSONError(description: "\(path): no object") }
        for part in parts { try vet(part.value, at: "\(path)/\(member.key)/\(part.key)") }
      case "items", "additionalProperties", "if", "then": try vet(member.value, at: "\(path)/\(member.key)")
      case "pattern":
        guard case .string(let text) = member.value, (try? Regex(text)) != nil else {
          throw JSONError(description: "\(path): bad pattern")
        }
      default: break
      }
    }
  }

  private func check(_ value: JSONValue, _ schema: JSONValue, _ path: String, _ found: inout [String]) {
    if case .bool(let allowed) = schema {
      if !allowed { found.append("\(path): not allowed") }
      return
    }
    guard case .object(let rules) = schema else { return }
    for rule in rules {
      switch rule.key {
      case "$ref": check(value, resolve(rule.value), path, &found)
      case "type":
        if !hasType(value, rule.value) { found.append("\(path): is \(value.typeName)") }
      case "enum":
        if case .array(let allowed) = rule.value, !allowed.contains(value) {
          found.append("\(path): \(value) not in enum")
        }
      case "const":
        if rule.value != value { found.append("\(path): \(value) is not \(rule.value)") }
      case "minimum":
        if let limit = rule.value.numeric, let number = value.numeric, number < limit {
          found.append("\(path): too small")
        }
      case "maximum":
        if let limit = rule.value.numeric, let number = value.numeric, number > limit {
          found.append("\(path): too large")
        }
      case "minLength":
        if case .string(let text) = value, let limit = rule.value.numeric, text.count < Int(limit) {
          found.append("\(path): too short")
        }
      case "pattern":
        if case .string(let text) = value, case .string(let pattern) = rule.value, let regex = try? Regex(pattern),
          text.firstMatch(of: regex) == nil
        {
          found.append("\(path): \(text) does not match \(pattern)")
        }
      case "if":
        var broken: [String] = []
        check(value, rule.value, path, &broken)
        if broken.isEmpty, let then = schema["then"] { check(value, then, path, &found) }
      default: checkParts(value, rule, schema, path, &found)
      }
    }
  }

  private func checkParts(
    _ value: JSONValue, _ rule: JSONValue.Member, _ schema: JSONValue, _ path: String, _ found: inout [String]
  ) {
    switch (rule.key, value) {
    case ("items", .array(let values)):
      for (index, item) in values.enumerated() { check(item, rule.value, "\(path)[\(index)]", &found) }
    case ("minItems", .array(let values)):
      if let limit = rule.value.numeric, values.count < Int(limit) { found.append("\(path): too few items") }
    case ("maxItems", .array(let values)):
      if let limit = rule.value.numeric, values.count > Int(limit) { found.append("\(path): too many items") }
    case ("minProperties", .object(let members)):
      if let limit = rule.value.numeric, members.count < Int(limit) { found.append("\(path): too few properties") }
    case ("required", .object):
      guard case .array(let names) = rule.value else { return }
      for case .string(let name) in names where value[name] == nil { found.append("\(path).\(name): missing") }
    case ("properties", .object):
      guard case .object(let parts) = rule.value else { return }
      for part in parts {
        if let member = value[part.key] { check(member, part.value, "\(path).\(part.key)", &found) }
      }
    case ("additionalProperties", .object(let members)):
      let known = Set(schema["properties"]?.keys ?? [])
      for member in members where !known.contains(member.key) {
        check(member.value, rule.value, "\(path).\(member.key)", &found)
      }
    default: break
    }
  }

  private func hasType(_ value: JSONValue, _ rule: JSONValue) -> Bool {
    switch rule {
    case .string(let name): value.typeName == name || (name == "number" && value.numeric != nil)
    case .array(let names): names.contains { hasType(value, $0) }
    default: false
    }
  }

  /// Only `#/$defs/name` is used; anything else allows nothing.
  private func resolve(_ reference: JSONValue) -> JSONValue {
    guard case .string(let text) = reference, text.hasPrefix("#/$defs/") else { return .bool(false) }
    return root["$defs"]?[String(text.dropFirst(8))] ?? .bool(false)
  }
}
