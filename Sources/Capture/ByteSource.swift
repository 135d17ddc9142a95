/// The one stream of capture bytes: a file or pipe, decompressed if need be.
struct ByteSource: ~Copyable {
  /// As the user named it.
  let path: String
  private var file: Descriptor
  private var compression: Compression?
  private var inflater: Inflater?
  private var zstd: ZstdUnpacker?
  private var lz4: LZ4Unpacker?
  /// Bytes taken from the file, compressed ones if it is compressed.
  private(set) var bytesRead: UInt64 = 0
  /// Why the stream ended before its time, if it did.
  private(set) var damage: String?

  /// Opens `path`; `-` is standard input.
  init(path: String, whileWaiting: (() -> Void)? = nil) throws(CaptureError) {
    self.path = path
    self.file = try Descriptor(path: path, whileWaiting: whileWaiting)
  }

  /// Bytes of the file, nil for a pipe.
  var totalBytes: UInt64? { file.size }

  /// From here on the stream is what the compressed data, beginning with `first`, unpacks to.
  mutating func decompress(_ compression: Compression, first: UnsafeRawBufferPointer) throws(CaptureError) {
    switch compression {
    case .gzip: inflater = unsafe Inflater(first: first)
    case .zstd: zstd = unsafe ZstdUnpacker(first: first)
    case .lz4: lz4 = unsafe LZ4Unpacker(first: first)
    }
    guard inflater != nil || zstd != nil || lz4 != nil else {
      throw .readFailed(path: path, reason: "\(compression.rawValue) has no memory")
    }
    self.compression = compression
  }

  /// Reads some bytes, 0 only at the end. A damaged compressed stream ends early and `damage` says why.
  mutating func read(into target: UnsafeMutableRawBufferPointer) throws(CaptureError) -> Int {
    guard let compression else {
      let count = unsafe try file.read(into: target, path: path)
      bytesRead &+= UInt64(count)
      return count
    }
    while damage == nil {
      let step: UnpackingStep? =
        switch compression {
        case .gzip: unsafe inflater?.unpack(into: target)
        case .zstd: unsafe zstd?.unpack(into: target)
        case .lz4: unsafe lz4?.unpack(into: target)
        }
      switch step ?? .ended {
      case .produced(let count): return count
      case .ended: return 0
      case .corrupt: damage = "\(compression.rawValue) data is corrupt near byte \(bytesRead) of the file"
      case .needsInput(let isBetweenMembers):
        let count: Int? =
          switch compression {
          case .gzip: try inflater?.refill(from: &file, path: path)
          case .zstd: try zstd?.refill(from: &file, path: path)
          case .lz4: try lz4?.refill(from: &file, path: path)
          }
        bytesRead &+= UInt64(count ?? 0)
        if let count, count > 0 { continue }
        if isBetweenMembers { return 0 }
        damage = "\(compression.rawValue) data is cut at byte \(bytesRead) of the file"
      }
    }
    return 0
  }
}
