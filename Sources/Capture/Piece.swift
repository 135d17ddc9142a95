internal import Wire

/// One capture of a joined set, opened or waiting for its turn.
@safe
struct Piece: ~Copyable {
  let path: String
  /// nil while it waits and after its end.
  var reader: PieceReader?
  /// What was known when the reader was closed.
  var closedFacts: CaptureFacts
  /// Time of the next frame, which orders the pieces; meaningless after the end.
  var nextTime: Int64 = 0
  /// The next frame of the batch, and how many the batch has.
  var position = 0
  var count = 0
  var hasEnded = false

  /// What is known so far.
  var facts: CaptureFacts {
    switch reader {
    case .some(let reader): reader.facts
    case .none: closedFacts
    }
  }

  /// Frames of the batch and the bytes they lie in; only while the piece is open.
  var batch: (frames: UnsafeMutablePointer<FrameInfo>, block: UnsafeRawBufferPointer) {
    switch reader {
    case .some(let reader): unsafe (reader.frames, reader.block)
    case .none: preconditionFailure("a piece hands out frames only between `advance` and its end")
    }
  }

  /// Opens `path` and reads its first batch.
  init(path: String, whileWaiting: (() -> Void)? = nil) throws(CaptureError) {
    self.path = path
    closedFacts = CaptureFacts(path: path)
    reader = try PieceReader(path: path, whileWaiting: whileWaiting)
    try reader?.takeInterfaces()
  }

  /// Reads the next batch if the current one is used up; closes the piece at its end.
  mutating func advance() throws(CaptureError) {
    if position < count || hasEnded { return }
    if reader == nil { reader = try PieceReader(path: path) }
    position = 0
    count = try reader?.nextBatch() ?? 0
    if count == 0 {
      hasEnded = true
      close()
    } else {
      // A batch of count > 0 frames has a first one.
      nextTime = unsafe batch.frames[0].time
    }
  }

  /// After a run was handed over: makes ``nextTime`` the time of what follows it.
  mutating func settle() throws(CaptureError) {
    guard position < count else { return try advance() }
    // position < count frames of the batch.
    nextTime = unsafe batch.frames[position].time
  }

  /// Gives back the memory and the descriptor, keeps the facts.
  mutating func close() {
    closedFacts = facts
    reader = nil
    position = 0
    count = 0
  }
}
