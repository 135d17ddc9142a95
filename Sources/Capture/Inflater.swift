internal import CZlib

/// gzip (RFC 1952) by zlib, one member after another, in steps bounded by the caller's buffer.
@safe
struct Inflater: ~Copyable, Unpacker {
  private static let inputSize = 256 * 1024
  /// zlib keeps a pointer back to this structure: it must not move.
  private let stream: UnsafeMutablePointer<z_stream>
  private let input: UnsafeMutableRawBufferPointer
  private var inMember = true
  private var finished = false

  /// Takes the compressed bytes read so far, at most 256 KiB; nil if zlib has no memory.
  init?(first: UnsafeRawBufferPointer) {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    unsafe input = .allocate(byteCount: Self.inputSize, alignment: 4096)
    // The caller's buffer holds one read of at most 256 KiB; the clamp makes the copy fit whatever it holds.
    let count = min(first.count, Self.inputSize)
    unsafe input.copyMemory(from: UnsafeRawBufferPointer(rebasing: first[..<count]))
    unsafe stream.pointee.next_in = unsafe input.baseAddress?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_in = UInt32(count)
    // 15 + 16: the largest window, gzip framing only. The version and size arguments are what the macro passes.
    let status = unsafe inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    if status != Z_OK { return nil }
  }

  deinit {
    // Both pointers come from init and go only here; inflateEnd accepts a stream whose init failed.
    unsafe inflateEnd(stream)
    unsafe stream.deinitialize(count: 1)
    unsafe stream.deallocate()
    unsafe input.deallocate()
  }

  /// Reads the next compressed bytes; 0 at the end of the file.
  mutating func refill(from file: inout Descriptor, path: String) throws(CaptureError) -> Int {
    // Only bytes of a gzip header (at most 1) may be left over, moved to the front before the read behind them.
    let rest = unsafe Int(stream.pointee.avail_in)
    if rest > 0, let next = unsafe stream.pointee.next_in, let base = unsafe input.baseAddress {
      unsafe base.copyMemory(from: next, byteCount: rest)
    }
    let count = unsafe try file.read(into: UnsafeMutableRawBufferPointer(rebasing: input[rest...]), path: path)
    unsafe stream.pointee.next_in = unsafe input.baseAddress?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_in = UInt32(rest + count)
    return count
  }

  /// Unpacks into `target` until it is full or the input is used up.
  mutating func unpack(into target: UnsafeMutableRawBufferPointer) -> UnpackingStep {
    while !finished {
      if !inMember, let step = beginMember() { return step }
      // zlib writes at most avail_out bytes from next_out: exactly `target`.
      let room = min(target.count, 1 << 30)
      unsafe stream.pointee.next_out = unsafe target.baseAddress?.assumingMemoryBound(to: UInt8.self)
      unsafe stream.pointee.avail_out = UInt32(room)
      let status = unsafe inflate(stream, Z_NO_FLUSH)
      let produced = unsafe room - Int(stream.pointee.avail_out)
      if status == Z_STREAM_END { inMember = false }
      if produced > 0 { return .produced(produced) }
      switch status {
      case Z_STREAM_END: continue
      case Z_OK, Z_BUF_ERROR: return .needsInput(betweenMembers: false)
      default:
        finished = true
        return .corrupt
      }
    }
    return .ended
  }

  /// pigz, bgzip and `cat a.gz b.gz` write members back to back; tapes and some disks pad with zeros.
  private mutating func beginMember() -> UnpackingStep? {
    guard unsafe stream.pointee.avail_in >= 2, let next = unsafe stream.pointee.next_in else {
      return .needsInput(betweenMembers: true)
    }
    // Two bytes are there by the guard above.
    guard unsafe next[0] == 0x1f && next[1] == 0x8b else {
      finished = true
      return unsafe next[0] == 0 ? .ended : .corrupt
    }
    unsafe inflateReset(stream)
    inMember = true
    return nil
  }
}
