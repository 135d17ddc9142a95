/// Compressed formats that are unpacked while reading.
enum Compression: String {
  case gzip, zstd, lz4
}

/// What a step of unpacking came to.
enum UnpackingStep {
  case produced(Int)
  /// Between members or frames, and before the first, an end of the input is a clean end.
  case needsInput(betweenMembers: Bool)
  /// Every member ended where it should.
  case ended
  /// The data is not what a writer of the format made.
  case corrupt
}

/// Unpacks one format, in steps bounded by the caller's buffer.
protocol Unpacker: ~Copyable {
  /// Reads the next compressed bytes; 0 at the end of the file.
  mutating func refill(from file: inout Descriptor, path: String) throws(CaptureError) -> Int

  /// Unpacks into `target` until it is full or the input is used up.
  mutating func unpack(into target: UnsafeMutableRawBufferPointer) -> UnpackingStep
}
