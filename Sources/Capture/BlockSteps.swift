/// Steps from block to block of a pcapng capture, whatever is in them: types, lengths and the frame numbers that
/// Wireshark counts, as `SectionWalk` does.
struct BlockSteps {
  /// The block that begins where the buffer stands.
  struct Step {
    let type: UInt32
    /// Bytes of the whole block, its two lengths included.
    let length: Int
    /// Frame number; nil for what has none.
    let number: UInt64?
  }

  /// Order of numbers in the section at hand.
  private(set) var order = ByteOrder.little
  /// Packets that may be stepped on.
  private var room: UInt64
  private var number: UInt64 = 0
  /// Ended in front of something that is no whole block, or of a packet beyond the limit.
  private(set) var isCut = false

  /// Steps over at most `limit` packets.
  init(limit: UInt64) { room = limit }

  /// The next block; nil at the end, and where no whole header follows.
  mutating func next(_ buffer: inout BlockBuffer) throws(CaptureError) -> Step? {
    try buffer.fill(12)
    guard buffer.available >= 12 else {
      isCut = buffer.available > 0 || buffer.damage != nil
      return nil
    }
    // All loads end before byte 12 of what is unread, which was counted above; the bytes stay for the closure-free read.
    let head = unsafe BlockBody(bytes: UnsafeRawBufferPointer(rebasing: buffer.unread[..<12]), isSwapped: false)
    let isSwapped = order == .big
    var type = head.word(0)
    if type == SectionWalk.Block.section {
      switch head.word(8) {
      case SectionWalk.byteOrderMagic: order = .little
      case SectionWalk.byteOrderMagic.byteSwapped: order = .big
      default: return cut()
      }
    } else if isSwapped {
      type = type.byteSwapped
    }
    let length = Int(order == .big ? head.word(4).byteSwapped : head.word(4))
    guard length >= 12, length & 3 == 0 else { return cut() }
    guard SectionWalk.Block.isPacket(type) else {
      let isNumbered = SectionWalk.Block.isNumberedOther(type)
      if isNumbered { number += 1 }
      return Step(type: type, length: length, number: isNumbered ? number : nil)
    }
    guard room > 0 else { return cut() }
    room -= 1
    number += 1
    return Step(type: type, length: length, number: number)
  }

  private mutating func cut() -> Step? {
    isCut = true
    return nil
  }

  /// Reads the block whole and checks that it says its length twice; false if it does not, or is cut.
  mutating func hold(_ step: Step, _ buffer: inout BlockBuffer) throws(CaptureError) -> Bool {
    try buffer.fill(step.length)
    // The last four of `length` unread bytes.
    if buffer.available >= step.length,
      unsafe endsWell(step, UnsafeRawBufferPointer(rebasing: buffer.unread[(step.length - 4)..<step.length]))
    {
      return true
    }
    isCut = true
    return false
  }

  /// Passes over a block piece by piece, however long it is; false if it is cut or says two lengths.
  mutating func pass(
    _ step: Step, _ buffer: inout BlockBuffer, _ body: (UnsafeRawBufferPointer) throws(CaptureError) -> Void
  ) throws(CaptureError) -> Bool {
    var rest = step.length
    while rest > 4 {
      try buffer.fill(1)
      let count = min(rest - 4, buffer.available)
      if count == 0 { break }
      // `count` bytes are unread; they stay until the buffer is filled again.
      unsafe try body(UnsafeRawBufferPointer(rebasing: buffer.unread[..<count]))
      buffer.advance(to: buffer.start + count)
      rest -= count
    }
    try buffer.fill(4)
    guard rest == 4, buffer.available >= 4,
      unsafe endsWell(step, UnsafeRawBufferPointer(rebasing: buffer.unread[..<4]))
    else {
      isCut = true
      return false
    }
    unsafe try body(UnsafeRawBufferPointer(rebasing: buffer.unread[..<4]))
    buffer.advance(to: buffer.start + 4)
    return true
  }

  private func endsWell(_ step: Step, _ four: UnsafeRawBufferPointer) -> Bool {
    let end = unsafe BlockBody(bytes: four, isSwapped: order == .big)
    return end.word(0) == UInt32(step.length)
  }
}
