internal import CPcap
internal import Wire

/// A block of frames copied out of the kernel's ring, reused again and again.
@safe
final class LiveBatch {
  /// What the callback works on, reached through one pointer: no reference is counted per frame.
  @safe
  struct State {
    // `capacity` bytes and `most` frames, allocated in init, freed in deinit; `end` and `count` stay within.
    let bytes: UnsafeMutableRawPointer
    let frames: UnsafeMutablePointer<FrameInfo>
    let capacity: Int
    var end = 0
    var count = 0
    var number: UInt64 = 0
    var linkType = LinkType.ethernet
    var interface: UInt16 = 0
  }

  private let state: UnsafeMutablePointer<State>
  private let most: Int32

  init(snaplen: Int) {
    // Every frame fits: libpcap hands over no more bytes of one than the snapshot length.
    let length = min(max(snaplen, 64), 262_144)
    let capacity = min(max(256 << 10, 16 * length), 4 << 20)
    let most = min(256, capacity / length)
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 64)
    unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0, count: capacity)
    let frames = UnsafeMutablePointer<FrameInfo>.allocate(capacity: most)
    unsafe frames.initialize(
      repeating: FrameInfo(time: 0, number: 0, start: 0, capturedLength: 0, wireLength: 0, linkType: .ethernet),
      count: most)
    unsafe state = .allocate(capacity: 1)
    unsafe state.initialize(to: State(bytes: bytes, frames: frames, capacity: capacity))
    self.most = Int32(most)
  }

  deinit {
    unsafe state.pointee.bytes.deallocate()
    unsafe state.pointee.frames.deallocate()
    unsafe state.deallocate()
  }

  /// Takes what an interface has ready.
  func fill(from handle: LiveHandle, interface: Int) -> LiveHandle.Step {
    unsafe state.pointee.end = 0
    unsafe state.pointee.count = 0
    unsafe state.pointee.linkType = handle.linkType
    unsafe state.pointee.interface = UInt16(clamping: interface)
    return unsafe handle.dispatch(
      most,
      { context, header, bytes in
        guard let context = unsafe context, let header = unsafe header, let bytes = unsafe bytes else { return }
        // `context` is the state below, alive for the dispatch; header and bytes are libpcap's for this call.
        let state = unsafe UnsafeMutableRawPointer(context).assumingMemoryBound(to: State.self)
        unsafe LiveBatch.take(state, header.pointee, bytes)
      }, UnsafeMutableRawPointer(state).assumingMemoryBound(to: UInt8.self))
  }

  @inline(__always)
  private static func take(
    _ state: UnsafeMutablePointer<State>, _ header: pcap_pkthdr, _ bytes: UnsafePointer<UInt8>
  ) {
    let length = Int(header.caplen)
    let start = unsafe state.pointee.end
    // Dispatch hands over at most `most` frames, which fit; a longer one than the snapshot length would not.
    guard unsafe length <= state.pointee.capacity &- start else { return }
    unsafe (state.pointee.bytes + start).copyMemory(from: bytes, byteCount: length)
    unsafe state.pointee.end = start &+ length
    unsafe state.pointee.number &+= 1
    let time = Int64(header.ts.tv_sec) &* 1_000_000_000 &+ Int64(header.ts.tv_usec)
    unsafe state.pointee.frames[state.pointee.count] = FrameInfo(
      time: time, number: state.pointee.number, start: start, capturedLength: Int32(truncatingIfNeeded: length),
      wireLength: Int32(clamping: header.len), linkType: state.pointee.linkType, interface: state.pointee.interface)
    unsafe state.pointee.count &+= 1
  }

  /// Lends what was taken.
  func lend(_ body: (Span<UInt8>, Span<FrameInfo>) -> Void) {
    // All bytes are initialized; the spans end with the call, and nothing is taken meanwhile.
    unsafe body(
      Span(
        _unsafeElements: UnsafeBufferPointer(
          start: UnsafePointer(state.pointee.bytes.assumingMemoryBound(to: UInt8.self)), count: state.pointee.end)),
      Span(_unsafeElements: UnsafeBufferPointer(start: UnsafePointer(state.pointee.frames), count: state.pointee.count))
    )
  }
}
