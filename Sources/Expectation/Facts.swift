public import Verdict

/// The fields of a record that expectations may name, as values.
public struct Facts: Sendable {
  /// What the record is.
  public let kind: Expectation.Kind
  /// How it is called in messages.
  public let name: String
  private let values: [(key: String, value: Expectation.Value?)]
  private let ends: [(key: String, end: EndpointRecord)]

  /// Fields of flows and calls.
  public static let keys: [Expectation.Kind: [String]] = [
    .flow: [
      "client", "server", "transport", "protocol", "app", "app_grade", "role", "server_name", "outcome", "mechanism",
      "direction", "attribution", "grade", "finding", "scope", "gap", "cap_bps", "stage",
    ],
    .call: [
      "app", "app_grade", "stage", "ended", "ended_by", "masked", "outcome", "mechanism", "direction", "attribution",
      "grade", "finding", "scope", "gap", "cap_bps",
    ],
  ]

  /// A flow's facts.
  public init(_ flow: FlowRecord) {
    kind = .flow
    name = "\(flow.transport.rawValue) \(Self.text(flow.client)) > \(Self.text(flow.server))"
    ends = [("client", flow.client), ("server", flow.server)]
    values =
      [
        ("transport", .text(flow.transport.rawValue)), ("protocol", .text(flow.wireProtocol.rawValue)),
        ("app", Self.word(flow.application?.rawValue)), ("app_grade", Self.word(flow.applicationGrade?.rawValue)),
        ("role", .text(flow.role.rawValue)), ("server_name", Self.word(flow.serverName)),
        ("stage", Self.word(flow.tcp?.stage?.rawValue)),
      ] + Self.verdict(flow.verdict)
  }

  /// A call's facts.
  public init(_ call: CallRecord) {
    kind = .call
    name = "call of \(call.application?.rawValue ?? "an unknown app")"
    ends = []
    values =
      [
        ("app", Self.word(call.application?.rawValue)), ("app_grade", Self.word(call.applicationGrade?.rawValue)),
        ("stage", .text(call.stage.rawValue)), ("ended", .flag(call.ended)),
        ("ended_by", Self.word(call.endedBy?.rawValue)), ("masked", .flag(call.masked)),
      ] + Self.verdict(call.verdict)
  }

  private static func verdict(_ verdict: Judgment) -> [(String, Expectation.Value?)] {
    [
      ("outcome", .text(verdict.outcome.rawValue)), ("mechanism", word(verdict.mechanism?.rawValue)),
      ("direction", word(verdict.direction?.rawValue)), ("attribution", word(verdict.attribution?.rawValue)),
      ("grade", .text(verdict.grade.rawValue)), ("finding", .flag(verdict.isFinding)),
      ("scope", word(verdict.scope?.rawValue)), ("gap", word(verdict.gap.map { "\($0.code)" })),
      ("cap_bps", verdict.capRate.map { .number(Double($0)) }),
    ]
  }

  private static func word(_ text: String?) -> Expectation.Value? { text.map { .text($0) } }

  private static func text(_ end: EndpointRecord) -> String {
    end.address.family == .v6 ? "[\(end.address)]:\(end.port)" : "\(end.address):\(end.port)"
  }

  /// The condition holds.
  public func meets(_ condition: Expectation.Condition) -> Bool {
    if let end = ends.first(where: { $0.key == condition.key })?.end {
      return condition.values.contains { Self.isEnd($0, end) }
    }
    let value = values.first { $0.key == condition.key }?.value
    return condition.values.contains { Self.fits(condition.key, value, $0) }
  }

  /// The field's value as an expectation would name it; nil if it has none.
  func value(of key: String) -> Expectation.Value? {
    if let end = ends.first(where: { $0.key == key })?.end { return .text(Self.text(end)) }
    return values.first { $0.key == key }?.value
  }

  /// The field's value, for messages.
  public func text(of key: String) -> String {
    if let end = ends.first(where: { $0.key == key })?.end { return Self.text(end) }
    switch values.first(where: { $0.key == key })?.value {
    case .some(let value): return value.text
    case nil: return "none"
    }
  }

  /// An end as it is named: by address, by address and port, or by `:port`.
  struct End {
    private var address: IPAddress?
    private var port: UInt16?

    /// Nil if the text names none.
    init?(_ text: String) {
      address = IPAddress(text)
      if address != nil { return }
      guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
        return nil
      }
      self.port = port
      var host = text[..<colon]
      if host.isEmpty { return }
      if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
      address = IPAddress(String(host))
      if address == nil { return nil }
    }

    func isOf(_ end: EndpointRecord) -> Bool {
      (address == nil || address == end.address) && (port == nil || port == end.port)
    }
  }

  private static func isEnd(_ value: Expectation.Value, _ end: EndpointRecord) -> Bool {
    guard case .text(let name) = value else { return false }
    return End(name)?.isOf(end) ?? false
  }

  /// `none` is no value; grades count upwards; rates are equal within a tenth, as the record format's scorer has it.
  private static func fits(_ key: String, _ value: Expectation.Value?, _ wanted: Expectation.Value) -> Bool {
    guard let value else { return wanted == .text("none") }
    switch (key, value, wanted) {
    case ("grade", .text(let grade), .text(let least)):
      guard let place = grades.firstIndex(of: grade), let minimum = grades.firstIndex(of: least) else {
        return grade == least
      }
      return place >= minimum
    case ("cap_bps", .number(let rate), .number(let expected)): return abs(rate - expected) <= 0.1 * expected
    default: return value == wanted
    }
  }

  /// Grades of findings, weakest first.
  private static let grades = ["consistent", "probable", "confirmed"]
}
