public import Wire

/// One worker's analyzer behind a reference: a block of frames is handed over with one call.
///
/// Unchecked: whoever walks a capture gives each shard to one thread, and joins the threads before results are read.
public final class Shard: @unchecked Sendable {
  var analyzer: Analyzer

  /// Wraps an analyzer.
  public init(_ analyzer: consuming Analyzer) { self.analyzer = analyzer }

  /// Frames seen so far.
  public var frames: UInt64 { analyzer.hygiene.frames }

  /// Takes in the frames of one block.
  public func consume(_ block: Span<UInt8>, _ frames: Span<FrameInfo>) { analyzer.consume(block, frames) }
}
