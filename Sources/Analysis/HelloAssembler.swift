/// ClientHellos that came in several segments: bytes kept in order of arrival until the hello is whole.
///
/// Bounded: at most `limit` at a time, 16 KiB each (RFC 8446 allows more, no client sends it). Buffers are reused.
struct HelloAssembler {
  private static let limit = 256
  private static let longest = 16_384
  private var buffers: [[UInt8]] = []
  private var free: [Int] = []

  /// Room for another hello; nil if all is taken.
  mutating func open() -> Int? {
    if let slot = free.popLast() { return slot }
    guard buffers.count < Self.limit else { return nil }
    buffers.append([])
    return buffers.count - 1
  }

  /// Adds bytes; false if the hello would be too long.
  mutating func append(_ bytes: Span<UInt8>, to slot: Int) -> Bool {
    guard buffers[slot].count + bytes.count <= Self.longest else { return false }
    for index in 0..<bytes.count { buffers[slot].append(bytes[index]) }
    return true
  }

  /// The bytes so far.
  func bytes(_ slot: Int) -> [UInt8] { buffers[slot] }

  /// Bytes of all hellos that wait.
  var bytesHeld: Int { buffers.reduce(0) { $0 + $1.count } }

  /// Gives the room back.
  mutating func close(_ slot: Int) {
    buffers[slot].removeAll(keepingCapacity: true)
    free.append(slot)
  }
}
