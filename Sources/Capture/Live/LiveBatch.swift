internal import CPcap
internal import Wire

/// Frames copied out of the kernel's rings, reused again and again: a region for each interface, all within one block.
@safe
final class LiveBatch {
  /// What the callback works on, reached through one pointer: no reference is counted per frame.
  @safe
  struct Region {
    // `capacity` bytes from `base` on and `most` frames, parts of what init allocates and deinit frees; `end` and `count` stay
    // within, and `head` does not exceed `count`.
    let bytes: UnsafeMutableRawPointer
    let base: Int
    let capacity: Int
    let frames: UnsafeMutablePointer<FrameInfo>
    var end = 0
    var count = 0
    /// The first frame that was not lent yet.
    var head = 0
    var linkType = LinkType.ethernet
    var interface: UInt16 = 0
    /// Frames before this time are left out.
    var since = Int64.min
  }

  private let bytes: UnsafeMutableRawPointer
  private let size: Int
  private let frames: UnsafeMutablePointer<FrameInfo>
  private let regions: UnsafeMutablePointer<Region>
  private let count: Int
  private let most: Int
  /// Frames of all regions in the order of time.
  private let merged: UnsafeMutablePointer<FrameInfo>
  private let numbers: FrameNumbers
  private var copies: PacketCopies?
  /// Frames left out because another interface had shown their packets.
  private(set) var copied: UInt64 = 0

  init(snaplen: Int, regions count: Int, numbers: FrameNumbers, hasCopies: Bool) {
    // Every frame fits: libpcap hands over no more bytes of one than the snapshot length.
    let length = min(max(snaplen, 64), 262_144)
    let capacity = min(max(256 << 10, 16 * length), 4 << 20)
    most = min(256, capacity / length)
    self.count = max(1, count)
    self.numbers = numbers
    copies = hasCopies ? PacketCopies() : nil
    size = capacity * self.count
    unsafe bytes = .allocate(byteCount: size, alignment: 64)
    unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    let none = FrameInfo(time: 0, number: 0, start: 0, capturedLength: 0, wireLength: 0, linkType: .ethernet)
    unsafe frames = .allocate(capacity: most * self.count)
    unsafe frames.initialize(repeating: none, count: most * self.count)
    unsafe merged = .allocate(capacity: most * self.count)
    unsafe merged.initialize(repeating: none, count: most * self.count)
    unsafe regions = .allocate(capacity: self.count)
    for index in 0..<self.count {
      unsafe (regions + index).initialize(
        to: Region(
          bytes: bytes + index * capacity, base: index * capacity, capacity: capacity, frames: frames + index * most))
    }
  }

  deinit {
    unsafe bytes.deallocate()
    unsafe frames.deallocate()
    unsafe merged.deallocate()
    unsafe regions.deallocate()
  }

  /// Nothing of a region waits to be lent.
  func isEmpty(_ region: Int) -> Bool {
    precondition(region < count, "a region of this batch")
    return unsafe regions[region].head == regions[region].count
  }

  /// Leaves out frames before `time`.
  func leaveOut(before time: Int64) { for index in 0..<count { unsafe regions[index].since = time } }

  /// Takes what an interface has ready into its region, which is empty.
  func fill(_ region: Int, from handle: LiveHandle) -> LiveHandle.Step {
    precondition(region < count, "a region of this batch")
    let place = unsafe regions + region
    unsafe place.pointee.end = 0
    unsafe place.pointee.count = 0
    unsafe place.pointee.head = 0
    unsafe place.pointee.linkType = handle.linkType
    unsafe place.pointee.interface = UInt16(clamping: region)
    return unsafe handle.dispatch(
      Int32(most),
      { context, header, bytes in
        guard let context = unsafe context, let header = unsafe header, let bytes = unsafe bytes else { return }
        // `context` is the region below, alive for the dispatch; header and bytes are libpcap's for this call.
        let region = unsafe UnsafeMutableRawPointer(context).assumingMemoryBound(to: Region.self)
        unsafe LiveBatch.take(region, header.pointee, bytes)
      }, UnsafeMutableRawPointer(place).assumingMemoryBound(to: UInt8.self))
  }

  @inline(always)
  private static func take(
    _ region: UnsafeMutablePointer<Region>, _ header: pcap_pkthdr, _ bytes: UnsafePointer<UInt8>
  ) {
    let length = Int(header.caplen)
    let start = unsafe region.pointee.end
    let time = Int64(header.ts.tv_sec) &* 1_000_000_000 &+ Int64(header.ts.tv_usec)
    // Dispatch hands over at most `most` frames, which fit; a longer one than the snapshot length would not.
    guard unsafe length <= region.pointee.capacity &- start, unsafe time >= region.pointee.since else { return }
    unsafe (region.pointee.bytes + start).copyMemory(from: bytes, byteCount: length)
    unsafe region.pointee.end = start &+ length
    unsafe region.pointee.frames[region.pointee.count] = FrameInfo(
      time: time, number: 0, start: region.pointee.base &+ start, capturedLength: Int32(truncatingIfNeeded: length),
      wireLength: Int32(clamping: header.len), linkType: region.pointee.linkType, interface: region.pointee.interface)
    unsafe region.pointee.count &+= 1
  }

  /// Lends what a region holds. False if that is nothing.
  func lend(_ region: Int, _ body: (Span<UInt8>, Span<FrameInfo>) -> Void) -> Bool {
    precondition(region < count, "a region of this batch")
    let kept = unsafe number(regions[region].frames, regions[region].count)
    unsafe regions[region].head = regions[region].count
    guard kept > 0 else { return false }
    unsafe lend(regions[region].frames, kept, body)
    return true
  }

  /// Lends what all regions hold and is not later than what may still come: `bounds`, by region, is the time before which
  /// nothing more will come of it once it is empty. False if that is nothing.
  func lendMerged(bounds: [Int64], _ body: (Span<UInt8>, Span<FrameInfo>) -> Void) -> Bool {
    precondition(bounds.count == count, "a bound for every region")
    var taken = 0
    while taken < most * count {
      var chosen = -1
      var earliest = Int64.max
      var bound = Int64.max
      for index in 0..<count {
        if isEmpty(index) {
          bound = min(bound, bounds[index])
        } else {
          let time = unsafe regions[index].frames[regions[index].head].time
          if chosen < 0 || time < earliest { (chosen, earliest) = (index, time) }
        }
      }
      guard chosen >= 0, earliest <= bound else { break }
      // `taken` is below the room of `merged`; the head is below the region's count.
      unsafe merged[taken] = regions[chosen].frames[regions[chosen].head]
      unsafe regions[chosen].head += 1
      taken += 1
    }
    let kept = unsafe number(merged, taken)
    guard kept > 0 else { return false }
    unsafe lend(merged, kept, body)
    return true
  }

  /// Time of the earliest frame that waits; nil if none does.
  var earliest: Int64? {
    var time: Int64?
    for index in 0..<count where !isEmpty(index) {
      let head = unsafe regions[index].frames[regions[index].head].time
      time = min(time ?? head, head)
    }
    return time
  }

  /// Time of the latest frame of a region, if it has any.
  func latest(_ region: Int) -> Int64? {
    precondition(region < count, "a region of this batch")
    let count = unsafe regions[region].count
    return count == 0 ? nil : unsafe regions[region].frames[count - 1].time
  }

  /// Leaves copies out and numbers the others; how many these are.
  private func number(_ list: UnsafeMutablePointer<FrameInfo>, _ count: Int) -> Int {
    var kept = count
    if copies != nil {
      kept = 0
      // All bytes are initialized, and the frames lie within them.
      let block = unsafe Span<UInt8>(
        _unsafeStart: UnsafePointer(bytes.assumingMemoryBound(to: UInt8.self)), count: size)
      for index in 0..<count {
        let frame = unsafe list[index]
        if copies?.isCopy(block, frame) ?? false { continue }
        unsafe list[kept] = frame
        kept += 1
      }
      copied &+= UInt64(count - kept)
    }
    let first = numbers.take(kept)
    for index in 0..<kept { unsafe list[index].number = first &+ UInt64(index) }
    return kept
  }

  private func lend(
    _ list: UnsafeMutablePointer<FrameInfo>, _ count: Int, _ body: (Span<UInt8>, Span<FrameInfo>) -> Void
  ) {
    // All bytes are initialized; the spans end with the call, and nothing is taken meanwhile.
    unsafe body(
      Span(
        _unsafeElements: UnsafeBufferPointer(
          start: UnsafePointer(bytes.assumingMemoryBound(to: UInt8.self)), count: size)),
      Span(_unsafeElements: UnsafeBufferPointer(start: UnsafePointer(list), count: count))
    )
  }
}
