internal import Wire

/// Copies a classic capture into pcapng, adding comments: one section, one interface with the file's link type, snapshot
/// length and resolution, and an Enhanced Packet Block for every record.
struct SavefileCopy: ~Copyable {
  private var records: RecordWalk
  private let batch = FrameBatch()
  private let header: SavefileHeader
  private var comments: FrameComments
  private var number: UInt64 = 0
  private let limit: UInt64
  private var hasBegun = false
  /// Packets that got a comment.
  private(set) var commented: UInt64 = 0
  /// Ended in front of something that is no whole record.
  private(set) var isCut = false

  /// Copies at most `limit` packets.
  init(_ header: SavefileHeader, _ comments: FrameComments, limit: UInt64) {
    self.limit = limit
    records = RecordWalk(header, isWhole: true)
    self.header = header
    self.comments = comments
  }

  /// Copies the next records; false at the end.
  mutating func step(_ buffer: inout BlockBuffer, to output: inout CaptureOutput) throws(CaptureError) -> Bool {
    if !hasBegun {
      hasBegun = true
      try output.append(opening)
    }
    let (count, pause) = unsafe records.walk(&buffer, into: batch.frames, number: &number)
    for index in 0..<count {
      // index < count <= FrameBatch.size frames that the walk filled; each lies within the first `count` bytes of the
      // window, which stays until the buffer is filled.
      let frame = unsafe batch.frames[index]
      guard frame.number <= limit else {
        isCut = true
        return false
      }
      let captured = Int(frame.capturedLength)
      let bytes = unsafe UnsafeRawBufferPointer(start: buffer.base + frame.start, count: captured)
      let comments = self.comments.has(frame.number) ? self.comments.take(frame.number) : []
      if !comments.isEmpty { commented += 1 }
      let options = CommentOptions.alone(comments, .little)
      let padding = -captured & 3
      let length = UInt32(32 + captured + padding + options.count)
      try output.append(head(of: frame, length: length))
      unsafe try output.append(bytes)
      var tail = [UInt8](repeating: 0, count: padding)
      tail += options
      tail.append(length, .little)
      try output.append(tail)
    }
    if count > 0 { return true }
    guard case .needs(let bytes) = pause else {
      isCut = true
      return false
    }
    try buffer.fill(bytes)
    if buffer.available >= bytes { return true }
    isCut = buffer.available > 0 || buffer.damage != nil
    return false
  }

  private var isNanoseconds: Bool { header.magic == SavefileHeader.Magic.nano }

  /// Section header and interface description.
  private var opening: [UInt8] {
    var writer = PcapNGWriter(comments: comments.section)
    writer.appendInterface(
      linkType: LinkType(rawValue: header.linkNumber), snaplen: header.snaplenField, resolution: isNanoseconds ? 9 : 6)
    return writer.bytes
  }

  private func head(of frame: FrameInfo, length: UInt32) -> [UInt8] {
    // Seconds are unsigned in the file, so the time is not negative; its unit divides it.
    let ticks = UInt64(frame.time) / (isNanoseconds ? 1 : 1000)
    var head: [UInt8] = []
    head.reserveCapacity(28)
    head.append(SectionWalk.Block.enhancedPacket, .little)
    head.append(length, .little)
    head.append(UInt32(0), .little)
    head.append(UInt32(truncatingIfNeeded: ticks >> 32), .little)
    head.append(UInt32(truncatingIfNeeded: ticks), .little)
    head.append(UInt32(frame.capturedLength), .little)
    head.append(UInt32(frame.wireLength), .little)
    return head
  }
}
