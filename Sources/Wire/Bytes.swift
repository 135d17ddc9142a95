// Big-endian loads. Slice first, then read at constant offsets: the bounds checks then fold into the slice's one.

extension Span where Element == UInt8 {
  /// The 16-bit big-endian number at `offset`; traps past the end: check the length first.
  @inlinable @inline(always)
  public func uint16(at offset: Int) -> UInt16 {
    // Every bit pattern is an integer, and the load checks its bounds: nothing of this is unsafe but the name. Put
    // together from bytes, four loads of eight bits stayed four (twice the instructions).
    unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self).bigEndian
  }

  /// The 24-bit big-endian number at `offset`.
  @inlinable @inline(always)
  public func uint24(at offset: Int) -> UInt32 {
    UInt32(self[offset]) << 16 | UInt32(self[offset &+ 1]) << 8 | UInt32(self[offset &+ 2])
  }

  /// The 32-bit big-endian number at `offset`.
  @inlinable @inline(always)
  public func uint32(at offset: Int) -> UInt32 {
    unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt32.self).bigEndian
  }

  /// The 64-bit big-endian number at `offset`.
  @inlinable @inline(always)
  public func uint64(at offset: Int) -> UInt64 {
    unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self).bigEndian
  }
}
