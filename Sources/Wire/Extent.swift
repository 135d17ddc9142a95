/// A range of a packet in four bytes; starts at or below 65,535, as everything in one IP packet does.
struct Extent: Sendable, BitwiseCopyable {
  private let start: UInt16
  private let length: UInt16

  /// Nothing: no field of a message starts at byte 0.
  static let none = Extent(0..<0)

  /// A range; none if it starts too far out.
  @inline(always)
  init(_ range: Range<Int>) {
    let fits = range.lowerBound <= 0xFFFF && range.count <= 0xFFFF
    self.start = fits ? UInt16(truncatingIfNeeded: range.lowerBound) : 0
    self.length = fits ? UInt16(truncatingIfNeeded: range.count) : 0
  }

  /// The range, unless it is none.
  @inline(always)
  var range: Range<Int>? {
    start == 0 ? nil : Int(start)..<(Int(start) &+ Int(length))
  }
}
