/// A number in a sentence, with its unit: text is made from it only where a report is written.
public enum Quantity: Sendable, Equatable, BitwiseCopyable {
  case nothing
  case count(Int)
  /// Nanoseconds.
  case duration(Int64)
  case bytes(Int)
  /// Bits per second, IP bytes.
  case rate(Int64)
  /// 0...1.
  case share(Double)
  /// A p-value.
  case probability(Double)
  /// A plain number, one decimal.
  case number(Double)
  /// The same, two decimals: where a tenth is much.
  case hundredths(Double)
  case endpoint(IPAddress, UInt16)
  /// 1-based frame number.
  case frame(UInt64)
}

/// A sentence of a detector: a fixed text with `{}` where its quantities go, in order.
///
/// A detector states facts; `Report` alone turns them into text, so that wording, units and language live in one place
/// and a verdict costs no string until it is written.
public struct Phrase: Sendable {
  /// Text with one `{}` per quantity.
  public let template: StaticString
  /// The quantities in order; unused places are `.nothing`.
  public let values: [4 of Quantity]

  /// A sentence with up to four quantities.
  @inlinable
  public init(
    _ template: StaticString, _ a: Quantity = .nothing, _ b: Quantity = .nothing, _ c: Quantity = .nothing,
    _ d: Quantity = .nothing
  ) {
    self.template = template
    self.values = [a, b, c, d]
  }

  /// The same with other numbers for frames; one without a new number keeps its own.
  public func renumbered(_ number: (UInt64) -> UInt64?) -> Phrase {
    func changed(_ place: Int) -> Quantity {
      if case .frame(let frame) = values[place] { return .frame(number(frame) ?? frame) }
      return values[place]
    }
    return Phrase(template, changed(0), changed(1), changed(2), changed(3))
  }
}
