/// One frame of a capture: where its bytes lie in the lent block, and what the record header says.
public struct FrameInfo: Sendable, BitwiseCopyable {
  /// Capture time, ns since the epoch.
  public var time: Int64
  /// 1-based number in its capture, as Wireshark counts.
  public var number: UInt64
  /// Offset of the first captured byte in the block.
  public var start: Int
  /// Captured bytes.
  public var capturedLength: Int32
  /// Bytes on the wire.
  public var wireLength: Int32
  /// Link type of the interface.
  public var linkType: LinkType
  /// Interface index in a pcapng section, or the index of the FILE with `--join`.
  public var interface: UInt16
  /// Whose packet it is where the capture program says so: Android's user id of the app (PCAPdroid in pcapng); else -1.
  public var user: Int32

  /// A frame.
  public init(
    time: Int64, number: UInt64, start: Int, capturedLength: Int32, wireLength: Int32, linkType: LinkType,
    interface: UInt16 = 0, user: Int32 = -1
  ) {
    self.time = time
    self.number = number
    self.start = start
    self.capturedLength = capturedLength
    self.wireLength = wireLength
    self.linkType = linkType
    self.interface = interface
    self.user = user
  }
}
