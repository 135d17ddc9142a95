/// A file or pipe opened as a capture: unpacked if need be, its first bytes checked, the walk about to begin.
struct CaptureOpening: ~Copyable {
  /// Stands behind the header of a classic capture, or in front of the first block.
  var buffer: BlockBuffer
  /// Header of a classic capture; nil if it is pcapng.
  let header: SavefileHeader?

  /// Opens `path` (`-` is standard input).
  init(path: String, whileWaiting: (() -> Void)? = nil) throws(CaptureError) {
    var buffer = BlockBuffer(source: try ByteSource(path: path, whileWaiting: whileWaiting))
    try buffer.fill(CaptureFormat.peek)
    if buffer.available == 0 { throw .empty(path: path) }
    var found = unsafe CaptureFormat(buffer.unread)
    if case .compressed(let compression) = found {
      try buffer.decompress(compression)
      try buffer.fill(CaptureFormat.peek)
      if buffer.available == 0 {
        throw buffer.damage.map { .unsupported(path: path, reason: $0 + ", before the first packet") }
          ?? .empty(path: path)
      }
      found = unsafe CaptureFormat(buffer.unread)
      if case .compressed(let inner) = found {
        let names = "\(inner.rawValue) inside \(compression.rawValue)"
        throw .unsupported(path: path, reason: "\(names): decompress it once")
      }
    }
    var header: SavefileHeader?
    switch found {
    case .pcap:
      do throws(SavefileHeader.Refusal) {
        header = unsafe try SavefileHeader(buffer.unread)
      } catch {
        throw .unsupported(path: path, reason: error.reason)
      }
      buffer.advance(to: buffer.start + SavefileHeader.length)
    case .pcapng: break
    case .unsupported(let reason): throw .unsupported(path: path, reason: reason)
    case .compressed, .unknown: throw .notACapture(path: path)
    }
    self.buffer = buffer
    self.header = header
  }
}
