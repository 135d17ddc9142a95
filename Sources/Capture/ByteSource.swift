/// The one stream of capture bytes: a file or pipe, decompressed if need be.
struct ByteSource: ~Copyable {
  /// As the user named it.
  let path: String
  private var file: Descriptor
  private var inflater: Inflater?
  /// Bytes taken from the file, compressed ones if it is compressed.
  private(set) var bytesRead: UInt64 = 0
  /// Why the stream ended before its time, if it did.
  private(set) var damage: String?

  /// Opens `path`; `-` is standard input.
  init(path: String) throws(CaptureError) {
    self.path = path
    self.file = try Descriptor(path: path)
  }

  /// Bytes of the file, nil for a pipe.
  var totalBytes: UInt64? { file.size }

  /// From here on the stream is what the gzip data, beginning with `first`, decompresses to.
  mutating func decompress(first: UnsafeRawBufferPointer) throws(CaptureError) {
    guard let inflater = unsafe Inflater(first: first) else {
      throw .readFailed(path: path, reason: "zlib has no memory")
    }
    self.inflater = consume inflater
  }

  /// Reads some bytes, 0 only at the end. A damaged compressed stream ends early and `damage` says why.
  mutating func read(into target: UnsafeMutableRawBufferPointer) throws(CaptureError) -> Int {
    guard inflater != nil else {
      let count = unsafe try file.read(into: target, path: path)
      bytesRead &+= UInt64(count)
      return count
    }
    while damage == nil {
      switch unsafe inflater?.inflate(into: target) ?? .ended {
      case .produced(let count): return count
      case .ended: return 0
      case .corrupt: damage = "gzip data is corrupt near byte \(bytesRead) of the file"
      case .needsInput(let isBetweenMembers):
        let count = try inflater?.refill(from: &file, path: path) ?? 0
        bytesRead &+= UInt64(count)
        if count > 0 { continue }
        if isBetweenMembers { return 0 }
        damage = "gzip data is cut at byte \(bytesRead) of the file"
      }
    }
    return 0
  }
}
