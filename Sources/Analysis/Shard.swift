public import Wire

/// One worker's analyzer behind a reference: a block of frames is handed over with one call.
///
/// Unchecked: whoever walks a capture gives each shard to one thread, and joins the threads before results are read.
@safe
public final class Shard: @unchecked Sendable {
  // In memory of its own, reached by addressors: a stored property of a class asks the runtime at every access whether
  // another one is under way, once for each batch of frames. Proof: allocated and initialized in init, freed in deinit,
  // never handed out; one thread at a time by the rule above.
  private let storage: UnsafeMutablePointer<Analyzer>

  /// Wraps an analyzer.
  public init(_ analyzer: consuming Analyzer) {
    unsafe storage = .allocate(capacity: 1)
    unsafe storage.initialize(to: analyzer)
  }

  deinit {
    unsafe storage.deinitialize(count: 1)
    unsafe storage.deallocate()
  }

  /// The analyzer, in place.
  var analyzer: Analyzer {
    unsafeAddress { unsafe UnsafePointer(storage) }
    unsafeMutableAddress { unsafe storage }
  }

  /// Where the analyzer lies, for as long as this shard lives.
  fileprivate var address: UnsafePointer<Analyzer> { unsafe UnsafePointer(storage) }

  /// Frames seen so far.
  public var frames: UInt64 { analyzer.hygiene.frames }

  /// Takes in the frames of one block.
  public func consume(_ block: Span<UInt8>, _ frames: Span<FrameInfo>) { analyzer.consume(block, frames) }
}

/// The analyzers of a capture's shards after the last frame: read in place, without counting references at each look.
///
/// Proof: each pointer is that of the shard at the same place in `shards`, which this value keeps alive; every access is
/// checked by the array. Nobody changes an analyzer any more.
@safe
struct Analyzers {
  private let shards: [Shard]
  private let pointers: [UnsafePointer<Analyzer>]

  init(_ shards: [Shard]) {
    self.shards = shards
    unsafe pointers = shards.map { unsafe $0.address }
  }

  var count: Int { unsafe pointers.count }

  /// The analyzer of a shard, in place.
  subscript(shard: Int) -> Analyzer {
    @inline(always) unsafeAddress { unsafe pointers[shard] }
  }
}
