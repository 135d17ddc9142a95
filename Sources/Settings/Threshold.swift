/// A number that decides, with its unit and where it comes from.
public struct Threshold: Sendable {
  /// Unit of a threshold.
  public enum Unit: String, Sendable {
    case nanoseconds = "ns"
    case count, ratio, bytes
    case bitsPerSecond = "bit/s"
    case milliseconds = "ms"
  }

  /// The number, in `unit`.
  public var value: Double
  /// Unit.
  public let unit: Unit
  /// Paper, RFC, capture or measurement that it rests on.
  public let source: StaticString

  init(_ value: Double, _ unit: Unit, _ source: StaticString) {
    self.value = value
    self.unit = unit
    self.source = source
  }

  /// The number as an integer of its unit.
  @inline(__always)
  public var integer: Int64 { Int64(value) }
}

extension Threshold.Unit: CustomStringConvertible {
  /// The unit's name, as the rules digest covers it.
  public var description: String {
    switch self {
    case .nanoseconds: "nanoseconds"
    case .milliseconds: "milliseconds"
    case .bitsPerSecond: "bitsPerSecond"
    case .count, .ratio, .bytes: rawValue
    }
  }
}
