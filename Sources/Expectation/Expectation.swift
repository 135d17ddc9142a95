/// What a capture is expected to show: records that must be there, records that must not, and counts.
public struct Expectation: Sendable {
  /// Kinds of records.
  public enum Kind: String, Sendable, CaseIterable {
    case call, flow
  }

  /// A value that a record's field may have.
  public enum Value: Sendable, Equatable {
    case text(String)
    case number(Double)
    case flag(Bool)

    /// For messages.
    var text: String {
      switch self {
      case .text(let text): text
      case .number(let number): Int64(exactly: number.rounded()).map { "\($0)" } ?? "\(number)"
      case .flag(let flag): flag ? "true" : "false"
      }
    }
  }

  /// A field and what it may be: any of the values.
  public struct Condition: Sendable, Equatable {
    /// Field, one of `Facts.keys`.
    public let key: String
    /// What it may be.
    public let values: [Value]

    /// A condition.
    public init(_ key: String, _ values: [Value]) {
      self.key = key
      self.values = values
    }
  }

  /// Records of one kind that meet all of some conditions.
  public struct Entry: Sendable, Equatable {
    /// Kind of record; nil for any.
    public let kind: Kind?
    /// All of them must hold.
    public let conditions: [Condition]
    /// How many such records there must be; nil for one or more.
    public let count: Int?

    /// An entry.
    public init(_ kind: Kind?, _ conditions: [Condition], count: Int? = nil) {
      self.kind = kind
      self.conditions = conditions
      self.count = count
    }
  }

  /// Counts that can be expected, by name.
  public static let countNames = ["calls", "flows", "findings", "packets"]

  /// Records that must be there.
  public var entries: [Entry] = []
  /// Records that must not.
  public var never: [Entry] = []
  /// Exact counts, by name.
  public var counts: [(name: String, count: Int)] = []

  /// Nothing expected.
  public init() {}
}

/// Why an expectation could not be read.
public struct ExpectationError: Error, Sendable, Equatable {
  /// For people, with the place in the file where it is known.
  public let message: String

  /// An error.
  public init(_ message: String) { self.message = message }
}
