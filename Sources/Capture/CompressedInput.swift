/// Compressed bytes on their way into a library: one buffer, refilled when it is used up.
@safe
struct CompressedInput: ~Copyable {
  private static let size = 256 * 1024
  private let buffer: UnsafeMutableRawBufferPointer
  private var start = 0
  private var end: Int

  /// Begins with the compressed bytes read so far, at most 256 KiB.
  init(first: UnsafeRawBufferPointer) {
    unsafe buffer = .allocate(byteCount: Self.size, alignment: 4096)
    // The caller's buffer holds one read of at most 256 KiB; the clamp makes the copy fit whatever it holds.
    end = min(first.count, Self.size)
    unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: first[..<end]))
  }

  deinit {
    // Allocated in init, lent by `unread` for one step at a time.
    unsafe buffer.deallocate()
  }

  var isEmpty: Bool { start == end }

  /// Bytes not yet taken; valid until `refill`.
  var unread: UnsafeRawBufferPointer {
    // start <= end <= size: `take` and `refill` are the only writers.
    unsafe UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[start..<end])
  }

  mutating func take(_ count: Int) {
    precondition(count >= 0 && count <= end - start, "a library takes no more than it was given")
    start += count
  }

  /// Reads more; 0 at the end of the file. Both libraries keep what they need of earlier input themselves.
  mutating func refill(from file: inout Descriptor, path: String) throws(CaptureError) -> Int {
    if start < end { return 0 }
    let count = unsafe try file.read(into: buffer, path: path)
    start = 0
    end = count
    return count
  }
}
