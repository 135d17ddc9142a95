/// Why a text is no JSON, and where.
public struct JSONError: Error, CustomStringConvertible {
  /// What was wrong, with its byte offset.
  public let description: String
}

/// A strict JSON reader (RFC 8259) that keeps the order of keys and refuses duplicate ones.
public struct JSONParser {
  private let bytes: [UInt8]
  private var index = 0

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Reads one value; anything but white space behind it is an error.
  public static func parse(_ bytes: [UInt8]) throws -> JSONValue {
    var parser = JSONParser(bytes)
    let value = try parser.value()
    parser.space()
    guard parser.index == bytes.count else { throw parser.error("text behind the value") }
    return value
  }

  /// Reads one value.
  public static func parse(_ text: String) throws -> JSONValue { try parse(Array(text.utf8)) }

  private func error(_ text: String) -> JSONError { JSONError(description: "\(text) at byte \(index)") }

  private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func space() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    space()
    guard next == byte else { return false }
    index += 1
    return true
  }

  private mutating func word(_ text: String, _ value: JSONValue) throws -> JSONValue {
    guard bytes[index...].starts(with: text.utf8) else { throw error("no JSON value") }
    index += text.utf8.count
    return value
  }

  private mutating func value() throws -> JSONValue {
    space()
    switch next {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func object() throws -> JSONValue {
    index += 1
    var members: [JSONValue.Member] = []
    if take(UInt8(ascii: "}")) { return .object(members) }
    repeat {
      space()
      let key = try string()
      guard take(UInt8(ascii: ":")) else { throw error("no colon") }
      guard !members.contains(where: { $0.key == key }) else { throw error("duplicate key \(key)") }
      members.append(JSONValue.Member(key: key, value: try value()))
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw error("no end of object") }
    return .object(members)
  }

  private mutating func array() throws -> JSONValue {
    index += 1
    var values: [JSONValue] = []
    if take(UInt8(ascii: "]")) { return .array(values) }
    repeat { values.append(try value()) } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw error("no end of array") }
    return .array(values)
  }

  private mutating func string() throws -> String {
    guard next == UInt8(ascii: "\"") else { throw error("no string") }
    index += 1
    var text: [UInt8] = []
    while let byte = next, byte != UInt8(ascii: "\"") {
      guard byte >= 0x20 else { throw error("bare control character") }
      index += 1
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
        continue
      }
      guard let escape = next else { break }
      index += 1
      switch escape {
      case UInt8(ascii: "n"): text.append(0x0A)
      case UInt8(ascii: "r"): text.append(0x0D)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "b"): text.append(0x08)
      case UInt8(ascii: "f"): text.append(0x0C)
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(escape)
      case UInt8(ascii: "u"):
        let digits = String(decoding: bytes[index..<min(index + 4, bytes.count)], as: UTF8.self)
        guard digits.utf8.count == 4, let code = UInt16(digits, radix: 16), let scalar = Unicode.Scalar(code) else {
          throw error("bad \\u escape")
        }
        text.append(contentsOf: Array(String(Character(scalar)).utf8))
        index += 4
      default: throw error("bad escape")
      }
    }
    guard next != nil else { throw error("no end of string") }
    index += 1
    guard let result = String(validating: text, as: UTF8.self) else { throw error("invalid UTF-8") }
    return result
  }

  private mutating func number() throws -> JSONValue {
    let start = index
    while let byte = next, "+-.eE0123456789".utf8.contains(byte) { index += 1 }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    guard let first = digits.utf8.first, (0x30...0x39).contains(first), !text.hasSuffix(".") else {
      throw error("no JSON value")
    }
    if digits.utf8.count > 1, first == 0x30, !digits.hasPrefix("0."), !digits.hasPrefix("0e") {
      throw error("leading zero")
    }
    if let value = Int64(text) { return .integer(value) }
    guard let value = Double(text) else { throw error("bad number") }
    return .number(value)
  }
}
