internal import Wire

/// Room for one batch of frames, reused for every batch.
@safe
struct FrameBatch: ~Copyable {
  /// Frames handed over in one batch: enough to hide a cache miss per frame, few enough to stay in the first-level
  /// cache.
  static let size = 32

  /// ``size`` initialized frames, valid as long as the batch.
  let frames: UnsafeMutablePointer<FrameInfo>

  /// A batch of empty frames.
  init() {
    unsafe frames = .allocate(capacity: Self.size)
    unsafe frames.initialize(
      repeating: FrameInfo(time: 0, number: 0, start: 0, capturedLength: 0, wireLength: 0, linkType: .null),
      count: Self.size)
  }

  deinit {
    // Ours alone; FrameInfo is bitwise copyable and needs no deinitialization.
    unsafe frames.deallocate()
  }
}
