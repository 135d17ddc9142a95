public import Wire

/// What a capture says of itself, as far as it has been read.
public struct CaptureFacts: Equatable, Sendable {
  /// Where it was read from; `-` is standard input; joined pieces are separated by a comma and a space.
  public var path: String
  /// Link types in order of appearance.
  public var linkTypes: [LinkType] = []
  /// Bytes kept of each frame, the largest of the interfaces; nil if an interface has no limit or does not say.
  public var snaplen: UInt32?
  /// The capture ends in the middle of something, or in something that cannot be right. What came before is kept.
  public var truncated = false
  /// Where and how, e.g. `cut at byte 288112, after packet 411`.
  public var truncation: String?
  /// Packets the capturing machine dropped (pcapng isb_ifdrop: the latest of each interface, summed); nil if the file
  /// does not say.
  public var drops: UInt64?
  /// Frames walked so far, those the filter hides included.
  public var framesRead: UInt64 = 0
  /// Bytes taken from the file so far (compressed bytes of a compressed file), for progress.
  public var bytesRead: UInt64 = 0
  /// Size of the file; nil for a pipe.
  public var totalBytes: UInt64?
  /// Some packets lie in pcapng's Simple Packet Blocks, which have no time and bear no comments.
  public var hasSimplePackets = false
  /// Labels of apps by ``FrameInfo/user``, UTF-8, where the capture says whose its packets are.
  public var phoneApps: [Int32: [UInt8]] = [:]
  /// Joined pieces: which frames came from which, in order of their merged numbers; empty for one file.
  public var runs: [PieceRun] = []

  /// Facts of a capture of which nothing has been read.
  public init(path: String) { self.path = path }
}
