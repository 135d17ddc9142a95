/// A value for each side of a flow. Side 0 sent the first packet.
///
/// Two stored values rather than an inline array: reading one element of an inline array copies all of it, and the two
/// can be lent at the same time.
public struct Sides<Element: BitwiseCopyable & Sendable>: BitwiseCopyable, Sendable {
  /// Of side 0.
  public var first: Element
  /// Of side 1.
  public var second: Element

  /// The same for both.
  @inlinable @inline(always)
  public init(_ both: Element) {
    first = both
    second = both
  }

  /// Of side 0 or 1.
  @inlinable
  public subscript(side: Int) -> Element {
    @inline(always) get { side == 0 ? first : second }
    @inline(always) _modify {
      if side == 0 { yield &first } else { yield &second }
    }
  }
}
