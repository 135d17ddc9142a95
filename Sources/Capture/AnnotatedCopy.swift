/// A copy of a capture as pcapng, with comments on packets and on its first section, that Wireshark shows.
public enum AnnotatedCopy {
  /// What was written.
  public struct Result: Sendable {
    /// Packets that got a comment.
    public let commented: UInt64
    /// The capture ended in the middle of something: what is whole was copied.
    public let isCut: Bool
  }

  /// Reads `source` and writes it to `target` (`-` is standard output), unpacked.
  ///
  /// - Parameters:
  ///   - facts: what reading the capture has shown: as many packets are copied as were read.
  ///   - goesOn: asked between packets; false ends the copy behind a whole one.
  /// - Throws: ``CaptureError/writeFailed(path:reason:)``, or what reading throws.
  public static func write(
    of source: String, to target: String, _ comments: FrameComments, _ facts: CaptureFacts,
    while goesOn: () -> Bool = { true }
  ) throws(CaptureError) -> Result {
    var comments = comments
    if facts.hasSimplePackets {
      var first = try CaptureOpening(path: source)
      comments.moveToSection(try first.simplePackets(comments, limit: facts.framesRead))
    }
    let opening = try CaptureOpening(path: source)
    let header = opening.header
    var buffer = opening.buffer
    var output = try CaptureOutput(path: target)
    let result: Result
    if let header {
      var copy = SavefileCopy(header, comments, limit: facts.framesRead)
      while goesOn(), output.isOpen, try copy.step(&buffer, to: &output) {}
      result = Result(commented: copy.commented, isCut: copy.isCut)
    } else {
      var copy = SectionCopy(comments, limit: facts.framesRead)
      while goesOn(), output.isOpen, try copy.step(&buffer, to: &output) {}
      result = Result(commented: copy.commented, isCut: copy.isCut)
    }
    try output.finish()
    return result
  }
}

extension CaptureOpening {
  /// See ``SectionCopy/simplePackets(_:_:limit:)``.
  fileprivate mutating func simplePackets(
    _ comments: FrameComments, limit: UInt64
  ) throws(CaptureError) -> [UInt64] {
    header == nil ? try SectionCopy.simplePackets(&buffer, comments, limit: limit) : []
  }
}
