internal import Wire

/// Walks the records of a classic capture in place, as libpcap's own loop would hand them out.
///
///     seconds(4) microseconds or nanoseconds(4) captured(4) wire(4) bytes...        pcap-savefile(5)
struct RecordWalk {
  /// Order of the two lengths. They were exchanged in version 2.3, and some writers of that version did not.
  private enum Lengths {
    case capturedFirst
    case wireFirst
    case smallerIsCaptured
  }

  private let isSwapped: Bool
  private let headerLength: Int
  /// Nanoseconds in one unit of the sub-second field.
  private let unit: Int64
  private let lengths: Lengths
  /// Longer frames are handed out cut to this, as libpcap does.
  private let snapshot: UInt32
  /// A record that claims more is damage, not a frame.
  private let limit: UInt32
  private let linkType: LinkType
  /// Why the walk stopped.
  private(set) var refusal: String?

  /// A walk behind `header`; with `isWhole`, frames longer than the snapshot length are handed out as they are.
  init(_ header: SavefileHeader, isWhole: Bool = false) {
    isSwapped = header.isSwapped
    // Kuznetsov's records add an interface index, a protocol, a packet type and padding.
    headerLength = header.magic == SavefileHeader.Magic.kuznetzov ? 24 : 16
    unit = header.magic == SavefileHeader.Magic.nano ? 1 : 1000
    // DG/UX tcpdump called its version 543.0 and kept the old order.
    switch (header.major, header.minor) {
    case (543, _), (_, 0..<3): lengths = .wireFirst
    case (_, 3): lengths = .smallerIsCaptured
    default: lengths = .capturedFirst
    }
    snapshot = isWhole ? .max : header.snapshot
    limit = header.limit
    linkType = header.linkType
  }

  /// Fills `frames` (room for ``FrameBatch/size``) from the bytes at hand; `number` counts on.
  mutating func walk(
    _ buffer: inout BlockBuffer, into frames: UnsafeMutablePointer<FrameInfo>, number: inout UInt64
  ) -> (count: Int, pause: Pause) {
    // In registers: what is stored into `frames` might be `self` for all the compiler knows.
    let base = unsafe buffer.base
    let end = buffer.end
    let (isSwapped, headerLength, unit, lengths) = (isSwapped, headerLength, unit, lengths)
    let (snapshot, limit, linkType) = (snapshot, limit, linkType)
    func word(_ value: UInt32) -> UInt32 {
      isSwapped ? UInt32(littleEndian: value).byteSwapped : UInt32(littleEndian: value)
    }
    var latest = number
    var position = buffer.start
    var count = 0
    var pause = Pause.full
    while count < FrameBatch.size {
      guard end &- position >= headerLength else {
        pause = .needs(headerLength)
        break
      }
      // position + 16 <= end by the guard above, and the bytes up to `end` are initialized.
      let record = unsafe base + position
      let seconds = word(unsafe record.loadUnaligned(fromByteOffset: 0, as: UInt32.self))
      let fraction = word(unsafe record.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
      var captured = word(unsafe record.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
      var wire = word(unsafe record.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
      if lengths != .capturedFirst, lengths == .wireFirst || captured > wire { swap(&captured, &wire) }
      if captured > limit {
        refusal = "a record claims \(captured) captured bytes, at most \(limit) can be right,"
        pause = .refused
        break
      }
      let length = headerLength &+ Int(captured)
      guard end &- position >= length else {
        pause = .needs(length)
        break
      }
      latest &+= 1
      // count < FrameBatch.size, the room `frames` has.
      unsafe frames[count] = FrameInfo(
        time: Int64(seconds) &* 1_000_000_000 &+ Int64(fraction) &* unit, number: latest,
        start: position &+ headerLength,
        capturedLength: Int32(truncatingIfNeeded: min(captured, snapshot)), wireLength: Int32(clamping: wire),
        linkType: linkType)
      count &+= 1
      position &+= length
    }
    number = latest
    buffer.advance(to: position)
    return (count, pause)
  }
}
