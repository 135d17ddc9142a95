/// Copies a pcapng capture block by block, adding comments.
///
/// Every block is copied byte for byte but: the first section header, which gets the section's comments behind its own
/// options; Enhanced Packet Blocks and the older Packet Blocks of frames with comments, which get these behind theirs; and
/// a section's length, which becomes "not given" (-1) where such a block may follow. Simple Packet Blocks have no options
/// and no time: they stay, and what is to be said of them stands among the section's comments.
struct SectionCopy {
  /// Longest block that is held in memory; no packet of TCP or UDP is longer. Longer ones are copied in pieces. Where one of
  /// those is cut, it is left out if the file's size tells so, else the copy is cut there as well.
  private static let longest = 16 << 20

  private var steps: BlockSteps
  private var comments: FrameComments
  private var isFirst = true
  /// Packets that got a comment.
  private(set) var commented: UInt64 = 0
  /// See ``BlockSteps/isCut``.
  var isCut: Bool { steps.isCut || isShort }
  /// The file ends before a long block does.
  private var isShort = false

  init(_ comments: FrameComments, limit: UInt64) {
    steps = BlockSteps(limit: limit)
    self.comments = comments
  }

  /// The frames of a capture that lie in Simple Packet Blocks and have comments.
  static func simplePackets(
    _ buffer: inout BlockBuffer, _ comments: FrameComments, limit: UInt64
  ) throws(CaptureError) -> [UInt64] {
    var steps = BlockSteps(limit: limit)
    var comments = comments
    var found: [UInt64] = []
    while comments.areLeft, let step = try steps.next(&buffer) {
      if step.type == SectionWalk.Block.simplePacket, let number = step.number, comments.has(number) {
        found.append(number)
      }
      guard unsafe try steps.pass(step, &buffer, { _ in }) else { break }
    }
    return found
  }

  /// Copies the next block; false at the end.
  mutating func step(
    _ buffer: inout BlockBuffer, to output: inout CaptureOutput
  ) throws(CaptureError) -> Bool {
    guard let step = try steps.next(&buffer) else { return false }
    guard step.length <= Self.longest else {
      if let size = buffer.totalBytes, buffer.bytesRead == buffer.streamEnd,
        buffer.position + UInt64(step.length) > size
      {
        isShort = true
        return false
      }
      return unsafe try steps.pass(step, &buffer) { bytes throws(CaptureError) in unsafe try output.append(bytes) }
    }
    guard try steps.hold(step, &buffer) else { return false }
    // `length` bytes are unread and stay until the buffer is filled again, in the next step.
    let whole = unsafe UnsafeRawBufferPointer(rebasing: buffer.unread[..<step.length])
    let body = unsafe BlockBody(
      bytes: UnsafeRawBufferPointer(rebasing: whole[8..<(step.length - 4)]), isSwapped: steps.order == .big)
    if let changed = changed(step, body) {
      try output.append(changed)
    } else {
      unsafe try output.append(whole)
    }
    buffer.advance(to: buffer.start + step.length)
    return true
  }

  /// The block anew, where it is to be another; else nil.
  private mutating func changed(_ step: BlockSteps.Step, _ body: BlockBody) -> [UInt8]? {
    switch step.type {
    case SectionWalk.Block.section: return section(body)
    case SectionWalk.Block.enhancedPacket, SectionWalk.Block.packet:
      guard let number = step.number, comments.has(number), body.count >= 20 else { return nil }
      let captured = Int(body.word(12))
      guard captured <= body.count - 20 else { return nil }
      commented += 1
      return CommentOptions.added(
        comments.take(number), toBlock: step.type, body, optionsAt: 20 + (captured + 3) & ~3, steps.order)
    default: return nil
    }
  }

  private mutating func section(_ body: BlockBody) -> [UInt8]? {
    guard body.count >= 16 else { return nil }
    let added = isFirst ? comments.section : []
    isFirst = false
    let unknown = UInt64.max
    let losesLength = body.long(8) != unknown && (comments.areLeft || !added.isEmpty)
    guard !added.isEmpty || losesLength else { return nil }
    var whole = CommentOptions.added(added, toBlock: SectionWalk.Block.section, body, optionsAt: 16, steps.order)
    if losesLength { whole.replaceSubrange(16..<24, with: [UInt8](repeating: 0xFF, count: 8)) }
    return whole
  }
}
