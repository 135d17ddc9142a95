public import Wire

/// Frames with their bytes, copied out to be written.
public struct SavedFrames: Sendable {
  /// Their bytes, one after another.
  public private(set) var bytes: [UInt8] = []
  /// Where each lies.
  public private(set) var frames: [FrameInfo] = []

  /// None.
  public init() {}

  mutating func append(_ block: Span<UInt8>, _ frame: FrameInfo) {
    var copy = frame
    copy.start = bytes.count
    let range = frame.start..<(frame.start + Int(frame.capturedLength))
    unsafe block.extracting(range).withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    frames.append(copy)
  }

  /// Puts them in the order in which they came.
  mutating func sort() { frames.sort { $0.number < $1.number } }

  /// The bytes of one.
  public func bytes(of frame: FrameInfo) -> ArraySlice<UInt8> {
    bytes[frame.start..<(frame.start + Int(frame.capturedLength))]
  }
}
