/// The body of one pcapng block, numbers in the section's byte order.
@safe
struct BlockBody {
  /// Valid while the window is not refilled: the walk uses it within one step.
  private let bytes: UnsafeRawBufferPointer
  private let isSwapped: Bool

  /// One option: its code and where its value lies in the body.
  struct Option {
    let code: UInt16
    let start: Int
    let length: Int
  }

  /// Steps over the options of a block; ends at the last one, at opt_endofopt, or where one would overrun the body.
  struct Options {
    /// Where the next one would begin.
    fileprivate(set) var position: Int

    mutating func next(in body: BlockBody) -> Option? {
      guard body.count - position >= 4 else { return nil }
      let code = body.half(position)
      let length = Int(body.half(position + 2))
      let start = position + 4
      guard code != 0, body.count - start >= length else { return nil }
      position = start + (length + 3) & ~3
      return Option(code: code, start: start, length: length)
    }
  }

  /// A view of `bytes`, which must stay valid and unchanged as long as the view is used.
  init(bytes: UnsafeRawBufferPointer, isSwapped: Bool) {
    unsafe self.bytes = unsafe bytes
    self.isSwapped = isSwapped
  }

  /// Bytes of the body.
  var count: Int { unsafe bytes.count }

  func options(from position: Int) -> Options { Options(position: position) }

  /// Appends the bytes of a range to `bytes`.
  func copy(_ range: Range<Int>, to target: inout [UInt8]) {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    // Inside the body by the line above; the view is valid by the rule of `init`.
    unsafe target.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[range]))
  }

  /// The byte at `offset`; like the other loads it traps past the end, which the walk has checked.
  func byte(_ offset: Int) -> UInt8 {
    precondition(offset >= 0 && offset < count)
    return unsafe bytes[offset]
  }

  @inline(always)
  func half(_ offset: Int) -> UInt16 {
    precondition(offset >= 0 && offset &+ 2 <= count)
    // Inside the body by the line above.
    let value = UInt16(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    return isSwapped ? value.byteSwapped : value
  }

  @inline(always)
  func word(_ offset: Int) -> UInt32 {
    precondition(offset >= 0 && offset &+ 4 <= count)
    // Inside the body by the line above.
    let value = UInt32(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    return isSwapped ? value.byteSwapped : value
  }

  func long(_ offset: Int) -> UInt64 {
    let first = UInt64(word(offset))
    let second = UInt64(word(offset + 4))
    return isSwapped ? first << 32 | second : second << 32 | first
  }
}
