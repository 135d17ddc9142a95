public import CSystem

/// Records that never move: chunks of plain values, addressed by index.
///
/// An array would copy itself at every doubling and hold twice the memory meanwhile; a million flows would then cost a
/// peak of three times their size. Chunks of 2 MiB or less grow by one and keep every address.
///
/// Generic and therefore `@inlinable`: an unspecialized generic across a module border costs about thirty times more
/// (4,060 against 125 instructions a packet, measured on the decode loop).
///
/// The first MiB comes from the allocator; what lies beyond comes in regions of large pages, because a capture that has
/// so many flows reaches for them at random.
///
/// `shift` is the base-2 logarithm of the records a chunk holds: a constant of the type, so that finding a record takes
/// two shifts and a load.
@safe
public struct Arena<Element: BitwiseCopyable, let shift: Int>: ~Copyable {
  // The proof for every pointer below: `chunks` holds the starts of `chunkCount` disjoint rooms for `1 << shift` elements,
  // the first `plainChunks` allocated one by one, then `regionChunks` in each region, all freed only in deinit; each access
  // checks its index against `count`, which never exceeds what is allocated and initialized.
  @usableFromInline var chunks: UnsafeMutablePointer<UnsafeMutablePointer<Element>>
  @usableFromInline var chunkCapacity: Int
  @usableFromInline var chunkCount = 0
  /// Number of records.
  public private(set) var count = 0

  /// An empty arena.
  public init() {
    chunkCapacity = 16
    unsafe chunks = .allocate(capacity: 16)
  }

  deinit {
    for index in 0..<min(chunkCount, Self.plainChunks) { unsafe UnsafeMutableRawPointer(chunks[index]).deallocate() }
    for index in stride(from: Self.plainChunks, to: chunkCount, by: Self.regionChunks) {
      unsafe ringback_region_close(chunks[index], Self.regionBytes)
    }
    unsafe chunks.deallocate()
  }

  /// Bytes allocated for records.
  public var bytes: Int { (chunkCount << shift) * MemoryLayout<Element>.stride }

  /// Records of a chunk minus one.
  @inlinable static var mask: Int { (1 &<< shift) &- 1 }

  /// Adds one record and returns its index.
  public mutating func append(_ element: Element) -> UInt32 {
    let index = count
    if index == chunkCount << shift { grow() }
    unsafe chunks[index &>> shift][index & Self.mask] = element
    count = index + 1
    return UInt32(truncatingIfNeeded: index)
  }

  /// Adds a run of `length` equal records, a power of two no longer than a chunk, and returns the index of its first. Only
  /// for arenas that grow by runs of one length: none lies in two chunks then.
  public mutating func append(repeating element: Element, length: Int) -> UInt32 {
    precondition(length <= 1 << shift && count & (length - 1) == 0, "runs fill a chunk")
    if count == chunkCount << shift { grow() }
    let first = count
    // Within one chunk: both its size and the run's are powers of two, and `count` is a multiple of the run's.
    unsafe (chunks[first &>> shift] + (first & Self.mask)).update(repeating: element, count: length)
    count = first + length
    return UInt32(truncatingIfNeeded: first)
  }

  private mutating func grow() {
    if chunkCount == chunkCapacity {
      let larger = UnsafeMutablePointer<UnsafeMutablePointer<Element>>.allocate(capacity: chunkCapacity * 2)
      unsafe larger.update(from: chunks, count: chunkCount)
      unsafe chunks.deallocate()
      unsafe chunks = larger
      chunkCapacity *= 2
    }
    // On cache lines: a record of 64 bytes is then one line and not two. Alignment of `Element` is at most that.
    let room: UnsafeMutableRawPointer
    if chunkCount < Self.plainChunks {
      unsafe room = .allocate(byteCount: Self.chunkBytes, alignment: 64)
    } else if (chunkCount - Self.plainChunks) % Self.regionChunks == 0 {
      unsafe room = ringback_region_open(Self.regionBytes)
    } else {
      // The next part of the latest region: chunk sizes are multiples of 64.
      unsafe room = UnsafeMutableRawPointer(chunks[chunkCount - 1]) + Self.chunkBytes
    }
    unsafe chunks[chunkCount] = room.bindMemory(to: Element.self, capacity: 1 << shift)
    chunkCount += 1
  }

  private static var chunkBytes: Int { MemoryLayout<Element>.stride &<< shift }

  /// Chunks of the first MiB.
  private static var plainChunks: Int { ((1 << 20) + chunkBytes - 1) / chunkBytes }

  /// Chunks of a region: so many that it has 8 MiB.
  private static var regionChunks: Int { ((8 << 20) + chunkBytes - 1) / chunkBytes }

  /// Bytes of a region, in large pages.
  private static var regionBytes: Int { (regionChunks * chunkBytes + (2 << 20) - 1) & ~((2 << 20) - 1) }

  /// The record at `index`, in place.
  @inlinable
  public subscript(index: UInt32) -> Element {
    @inline(always) unsafeAddress {
      precondition(Int(index) < count, "record index within the arena")
      return unsafe UnsafePointer(chunks[Int(index) &>> shift] + (Int(index) & Self.mask))
    }
    @inline(always) unsafeMutableAddress {
      precondition(Int(index) < count, "record index within the arena")
      return unsafe chunks[Int(index) &>> shift] + (Int(index) & Self.mask)
    }
  }

  /// Asks for every cache line of a record; an index beyond the end asks for nothing.
  @inlinable
  public func prefetch(_ index: UInt32) {
    guard Int(index) < count else { return }
    let address = unsafe UnsafeRawPointer(chunks[Int(index) &>> shift] + (Int(index) & Self.mask))
    // A prefetch reads nothing and cannot fault; the lines hold bytes of the record.
    var offset = 0
    while offset < MemoryLayout<Element>.stride {
      unsafe ringback_prefetch(address + offset)
      offset &+= 64
    }
    if MemoryLayout<Element>.stride & 63 != 0 { unsafe ringback_prefetch(address + (MemoryLayout<Element>.stride - 1)) }
  }

  /// Asks for the first two cache lines of a record; an index beyond the end asks for nothing.
  @inlinable @inline(always)
  public func prefetchHalf(_ index: UInt32) {
    guard Int(index) < count else { return }
    unsafe ringback_prefetch(address(of: index))
    unsafe ringback_prefetch(address(of: index) + 64)
  }

  /// Asks for the last cache line of a record; an index beyond the end asks for nothing.
  @inlinable @inline(always)
  public func prefetchEnd(_ index: UInt32) {
    if Int(index) < count { unsafe ringback_prefetch(address(of: index) + (MemoryLayout<Element>.stride &- 1)) }
  }

  /// Asks for the first cache line of a record; an index beyond the end asks for nothing.
  @inlinable @inline(always)
  public func prefetchStart(_ index: UInt32) {
    if Int(index) < count { unsafe ringback_prefetch(address(of: index)) }
  }

  /// Address of a record for a prefetch; never read through.
  @inlinable @inline(always)
  public func address(of index: UInt32) -> UnsafeRawPointer {
    unsafe UnsafeRawPointer(chunks[Int(index) &>> shift] + (Int(index) & Self.mask))
  }
}
