internal import Capture
internal import Verdict
internal import Wire

/// Keeps what was seen for a while, and writes it where a verdict asks for it.
protocol LiveSaver: LiveFollower {
  func keep(_ block: Span<UInt8>, _ frames: Span<FrameInfo>)
  func look(at time: Int64)
  func finish(at time: Int64)
  /// Why not all could be written, if it could not.
  var failure: String? { get }
}
