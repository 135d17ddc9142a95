/// Frame numbers as people cite them: `frames 133-140, 377`.
enum FrameRanges {
  /// The citation; empty for no frames. Numbers are taken in ascending order.
  static func text(_ frames: [UInt64]) -> String {
    guard let first = frames.first else { return "" }
    if frames.count == 1 { return "frame \(first)" }
    var text = "frames "
    var start = first
    var end = first
    func close(_ text: inout String) { text += start == end ? "\(start)" : "\(start)-\(end)" }
    for frame in frames.dropFirst() {
      if frame == end || frame == end + 1 {
        end = frame
        continue
      }
      close(&text)
      text += ", "
      start = frame
      end = frame
    }
    close(&text)
    return text
  }
}
