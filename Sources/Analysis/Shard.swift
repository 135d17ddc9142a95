public import Wire

/// One worker's analyzer behind a reference: a block of frames is handed over with one call.
///
/// Not Sendable by itself: a shard is given to one thread at a time by whoever walks the capture.
public final class Shard {
  var analyzer: Analyzer

  /// Wraps an analyzer.
  public init(_ analyzer: consuming Analyzer) { self.analyzer = analyzer }

  /// Takes in the frames of one block.
  public func consume(_ block: Span<UInt8>, _ frames: Span<FrameInfo>) { analyzer.consume(block, frames) }
}
