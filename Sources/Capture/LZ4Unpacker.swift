internal import CLz4

/// lz4 frames by liblz4, one after another; skippable frames are passed over by the library. Blocks are 4 MiB at most.
@safe
struct LZ4Unpacker: ~Copyable, Unpacker {
  private let context: OpaquePointer
  private var input: CompressedInput
  private var isBetweenFrames = true
  private var isCorrupt = false

  /// Takes the compressed bytes read so far; nil if the library has no memory.
  init?(first: UnsafeRawBufferPointer) {
    input = unsafe CompressedInput(first: first)
    var context: OpaquePointer?
    let status = unsafe LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))
    guard LZ4F_isError(status) == 0, let context = unsafe context else { return nil }
    unsafe self.context = context
  }

  deinit {
    // The context comes from init and goes only here.
    unsafe LZ4F_freeDecompressionContext(context)
  }

  mutating func refill(from file: inout Descriptor, path: String) throws(CaptureError) -> Int {
    try input.refill(from: &file, path: path)
  }

  mutating func unpack(into target: UnsafeMutableRawBufferPointer) -> UnpackingStep {
    while !isCorrupt {
      // The library reads and writes at most the sizes given and sets them to what it did; it keeps no pointer to the
      // input. With stableDst unset (no options) it keeps none to the target either.
      let unread = unsafe input.unread
      var produced = target.count
      var taken = unread.count
      let status = unsafe LZ4F_decompress(context, target.baseAddress, &produced, unread.baseAddress, &taken, nil)
      if LZ4F_isError(status) != 0 {
        // After an error neither size means anything.
        isCorrupt = true
        break
      }
      input.take(taken)
      // 0: a frame ended and all of it was written.
      if taken > 0 || produced > 0 { isBetweenFrames = status == 0 }
      if produced > 0 { return .produced(produced) }
      if input.isEmpty { return .needsInput(betweenMembers: isBetweenFrames) }
      if taken == 0 { break }
    }
    return .corrupt
  }
}
