/// One captured frame.
public struct SynthFrame: Sendable, Equatable {
  /// Capture time, nanoseconds since the Unix epoch.
  public var time: Nanoseconds
  /// Captured bytes.
  public var bytes: [UInt8]
  /// Length before the snaplen cut.
  public var wireLength: Int
  /// Link type as in the capture file (tcpdump.org/linktypes).
  public var linkType: UInt16
}
