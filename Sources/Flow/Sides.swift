extension UInt32 {
  /// All bits, or none where this is 0: what is chosen by them is no branch. Sides speak in turn as it comes, and which speaks next no
  /// processor foretells.
  @inlinable var isSet: (all: UInt64, half: UInt32) {
    @inline(always) get {
      let all = 0 &- ((UInt64(self) &+ 0xFFFF_FFFF) &>> 32)
      return (all, UInt32(truncatingIfNeeded: all))
    }
  }
}

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

  /// Lends both, that of `side`, 0 or 1, before the other's. Without a branch: which side sent the next packet of a capture no
  /// processor foretells, and each time it is wrong costs as much as twenty instructions.
  @inlinable @inline(always)
  mutating func lend(from side: Int, _ body: (inout Element, inout Element) -> Void) {
    let own = side & 1
    unsafe withUnsafeMutablePointer(to: &self) { both in
      // Two stored values of one type: the second lies a stride behind the first.
      unsafe both.withMemoryRebound(to: Element.self, capacity: 2) { values in
        unsafe body(&values[own], &values[1 &- own])
      }
    }
  }
}
