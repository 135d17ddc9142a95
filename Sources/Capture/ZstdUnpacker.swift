internal import CZstd

/// zstd (RFC 8878) by libzstd, one frame after another; skippable frames are passed over by the library.
///
/// Memory is bounded by the library's own limit of the window, 128 MiB: what `zstd --long` (27) writes is read, what
/// `--long=31` writes is refused.
@safe
struct ZstdUnpacker: ~Copyable, Unpacker {
  private let context: OpaquePointer
  private var input: CompressedInput
  private var isBetweenFrames = true
  private var isCorrupt = false

  /// Takes the compressed bytes read so far; nil if the library has no memory.
  init?(first: UnsafeRawBufferPointer) {
    input = unsafe CompressedInput(first: first)
    guard let context = unsafe ZSTD_createDCtx() else { return nil }
    unsafe self.context = context
  }

  deinit {
    // The context comes from init and goes only here.
    unsafe ZSTD_freeDCtx(context)
  }

  mutating func refill(from file: inout Descriptor, path: String) throws(CaptureError) -> Int {
    try input.refill(from: &file, path: path)
  }

  mutating func unpack(into target: UnsafeMutableRawBufferPointer) -> UnpackingStep {
    while !isCorrupt {
      // The library reads `size` bytes of the input and writes `size` bytes of the target at most, and keeps neither
      // pointer beyond the call.
      let unread = unsafe input.unread
      var source = unsafe ZSTD_inBuffer(src: unread.baseAddress, size: unread.count, pos: 0)
      var sink = unsafe ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
      let status = unsafe ZSTD_decompressStream(context, &sink, &source)
      let taken = unsafe source.pos
      let produced = unsafe sink.pos
      input.take(taken)
      if ZSTD_isError(status) != 0 {
        isCorrupt = true
        if produced > 0 { return .produced(produced) }
        break
      }
      // 0: a frame ended and all of it was written.
      if taken > 0 || produced > 0 { isBetweenFrames = status == 0 }
      if produced > 0 { return .produced(produced) }
      if input.isEmpty { return .needsInput(betweenMembers: isBetweenFrames) }
      if taken == 0 { break }
    }
    return .corrupt
  }
}
