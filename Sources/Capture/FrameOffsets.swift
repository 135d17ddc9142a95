internal import Wire

/// Where frames lie in a capture.
public enum FrameOffsets {
  /// Offset and length of the captured bytes of each of the frames, which are given by ascending number, in the file as it is
  /// after unpacking. Frames that the file does not have are left out.
  public static func places(
    of frames: [UInt64], in path: String
  ) throws(CaptureError) -> [(frame: UInt64, offset: UInt64, length: UInt64)] {
    var places: [(frame: UInt64, offset: UInt64, length: UInt64)] = []
    guard !frames.isEmpty else { return places }
    var reader = try PieceReader(path: path)
    var wanted = 0
    while wanted < frames.count {
      let count = try reader.nextBatch()
      if count == 0 { break }
      let origin = reader.blockOffset
      for index in 0..<count where wanted < frames.count {
        // index < count frames of the batch, which stays until the next is read.
        let frame = unsafe reader.frames[index]
        while wanted < frames.count, frames[wanted] < frame.number { wanted += 1 }
        guard wanted < frames.count, frames[wanted] == frame.number else { continue }
        places.append((frame.number, origin &+ UInt64(frame.start), UInt64(max(0, frame.capturedLength))))
        wanted += 1
      }
    }
    return places
  }
}
