public import CSystem

/// Records that never move: chunks of plain values, addressed by index.
///
/// An array would copy itself at every doubling and hold twice the memory meanwhile; a million flows would then cost a
/// peak of three times their size. Chunks of 2 MiB or less grow by one and keep every address.
///
/// Generic and therefore `@inlinable`: an unspecialized generic across a module border costs about thirty times more
/// (4,060 against 125 instructions a packet, measured on the decode loop).
@safe
public struct Arena<Element: BitwiseCopyable>: ~Copyable {
  // The proof for every pointer below: `chunks` holds `chunkCount` allocations of `1 << shift` initialized elements,
  // freed only in deinit, and each access checks its index against `count`, which never exceeds what is allocated.
  @usableFromInline var chunks: UnsafeMutablePointer<UnsafeMutablePointer<Element>>
  @usableFromInline var chunkCapacity: Int
  @usableFromInline var chunkCount = 0
  @usableFromInline let shift: Int
  /// Number of records.
  public private(set) var count = 0

  /// An empty arena; `chunkShift` is the base-2 logarithm of the records a chunk holds.
  public init(chunkShift: Int) {
    shift = chunkShift
    chunkCapacity = 16
    unsafe chunks = .allocate(capacity: 16)
  }

  deinit {
    for index in 0..<chunkCount { unsafe chunks[index].deallocate() }
    unsafe chunks.deallocate()
  }

  /// Adds one record and returns its index.
  public mutating func append(_ element: Element) -> UInt32 {
    let index = count
    if index == chunkCount << shift { grow() }
    unsafe chunks[index >> shift][index & ((1 << shift) - 1)] = element
    count = index + 1
    return UInt32(truncatingIfNeeded: index)
  }

  private mutating func grow() {
    if chunkCount == chunkCapacity {
      let larger = UnsafeMutablePointer<UnsafeMutablePointer<Element>>.allocate(capacity: chunkCapacity * 2)
      unsafe larger.update(from: chunks, count: chunkCount)
      unsafe chunks.deallocate()
      unsafe chunks = larger
      chunkCapacity *= 2
    }
    unsafe chunks[chunkCount] = .allocate(capacity: 1 << shift)
    chunkCount += 1
  }

  /// The record at `index`, in place.
  @inlinable
  public subscript(index: UInt32) -> Element {
    @inline(__always) unsafeAddress {
      precondition(Int(index) < count, "record index within the arena")
      return unsafe UnsafePointer(chunks[Int(index) >> shift] + (Int(index) & ((1 << shift) - 1)))
    }
    @inline(__always) unsafeMutableAddress {
      precondition(Int(index) < count, "record index within the arena")
      return unsafe chunks[Int(index) >> shift] + (Int(index) & ((1 << shift) - 1))
    }
  }

  /// Asks for every cache line of a record; an index beyond the end asks for nothing.
  @inlinable
  public func prefetch(_ index: UInt32) {
    guard Int(index) < count else { return }
    let address = unsafe UnsafeRawPointer(chunks[Int(index) >> shift] + (Int(index) & ((1 << shift) - 1)))
    var offset = 0
    // A prefetch reads nothing and cannot fault; the lines lie inside the record.
    while offset < MemoryLayout<Element>.stride {
      unsafe ringback_prefetch(address + offset)
      offset &+= 64
    }
  }

  /// Address of a record for a prefetch; never read through.
  @inlinable @inline(__always)
  public func address(of index: UInt32) -> UnsafeRawPointer {
    unsafe UnsafeRawPointer(chunks[Int(index) >> shift] + (Int(index) & ((1 << shift) - 1)))
  }
}
