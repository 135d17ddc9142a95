// Big-endian loads. Slice first, then read at constant offsets: the bounds checks then fold into the slice's one.

extension Span where Element == UInt8 {
  /// The 16-bit big-endian number at `offset`; traps past the end: check the length first.
  @inline(__always)
  public func uint16(at offset: Int) -> UInt16 {
    UInt16(self[offset]) << 8 | UInt16(self[offset &+ 1])
  }

  /// The 24-bit big-endian number at `offset`.
  @inline(__always)
  public func uint24(at offset: Int) -> UInt32 {
    UInt32(self[offset]) << 16 | UInt32(self[offset &+ 1]) << 8 | UInt32(self[offset &+ 2])
  }

  /// The 32-bit big-endian number at `offset`.
  @inline(__always)
  public func uint32(at offset: Int) -> UInt32 {
    UInt32(self[offset]) << 24 | UInt32(self[offset &+ 1]) << 16 | UInt32(self[offset &+ 2]) << 8
      | UInt32(self[offset &+ 3])
  }

  /// The 64-bit big-endian number at `offset`.
  @inline(__always)
  public func uint64(at offset: Int) -> UInt64 {
    UInt64(uint32(at: offset)) << 32 | UInt64(uint32(at: offset &+ 4))
  }
}
