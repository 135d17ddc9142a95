// PCAPdroid's trailer (emanuele-f/PCAPdroid, pcap_dump.h, read 2026-11): magic (4), user id (4), name of the app (20,
// ends with a zero), checksum (4), behind the packet and its padding, all inside of an Ethernet frame without addresses.

/// Which app a phone's packet belongs to, as the phone itself says.
public struct PhoneTrailer: Sendable {
  /// Android's user id of the app; -1 if the phone did not know it.
  public let userID: Int32
  /// The app's label, as a range of the block; UTF-8, perhaps cut.
  public let name: Range<Int>

  private static let size = 32

  /// The trailer of a frame; nil if it has none, or names no app.
  @inlinable
  public init?(_ block: Span<UInt8>, _ frame: FrameInfo) {
    guard frame.linkType == .ethernet, frame.capturedLength >= 14 + 20 + 32 else { return nil }
    // Read at the start of a flow, of which nearly none has it.
    guard block.uint32(at: frame.start &+ Int(frame.capturedLength) &- 32) == 0x0107_2021 else { return nil }
    self.init(reading: block, frame)
  }

  @usableFromInline
  init?(reading block: Span<UInt8>, _ frame: FrameInfo) {
    let frameEnd = frame.start &+ Int(frame.capturedLength)
    for offset in 0..<12 where block[frame.start &+ offset] != 0 { return nil }
    let start = frameEnd &- Self.size
    userID = Int32(bitPattern: block.uint32(at: start &+ 4))
    var end = start &+ 8
    while end < start &+ 28, block[end] != 0 { end &+= 1 }
    guard end > start &+ 8 else { return nil }
    name = (start &+ 8)..<end
  }
}
