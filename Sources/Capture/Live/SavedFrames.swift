public import Wire

/// Frames with their bytes, copied out to be written.
public struct SavedFrames: Sendable {
  /// Their bytes, one after another.
  public private(set) var bytes: [UInt8] = []
  /// Where each lies.
  public private(set) var frames: [FrameInfo] = []

  /// None.
  public init() {}

  /// Bytes of memory, with what tells where they lie.
  public var size: Int { bytes.count + frames.count * MemoryLayout<FrameInfo>.stride }

  /// Adds a frame of a block.
  public mutating func append(_ block: Span<UInt8>, _ frame: FrameInfo) {
    var copy = frame
    copy.start = bytes.count
    let range = frame.start..<(frame.start + Int(frame.capturedLength))
    unsafe block.extracting(range).withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    frames.append(copy)
  }

  /// Adds others, in the order of times.
  public mutating func add(_ other: SavedFrames) {
    if frames.isEmpty {
      self = other
      return
    }
    guard !other.frames.isEmpty else { return }
    let shift = bytes.count
    bytes += other.bytes
    for frame in other.frames {
      var moved = frame
      moved.start += shift
      frames.append(moved)
    }
    frames.sort { ($0.time, $0.number) < ($1.time, $1.number) }
  }

  /// Puts them in the order in which they came.
  mutating func sort() { frames.sort { $0.number < $1.number } }

  /// The bytes of one.
  public func bytes(of frame: FrameInfo) -> ArraySlice<UInt8> {
    bytes[frame.start..<(frame.start + Int(frame.capturedLength))]
  }
}
