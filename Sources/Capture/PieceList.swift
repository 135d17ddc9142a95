/// A fixed number of pieces in memory that does not move: arrays cannot hold noncopyable values.
@safe
struct PieceList: ~Copyable {
  private let storage: UnsafeMutablePointer<Piece>
  private let capacity: Int
  private(set) var count = 0

  /// Room for `capacity` pieces.
  init(capacity: Int) {
    unsafe storage = .allocate(capacity: max(capacity, 1))
    self.capacity = capacity
  }

  deinit {
    // The first `count` are initialized, by `append`.
    unsafe storage.deinitialize(count: count)
    unsafe storage.deallocate()
  }

  mutating func append(_ piece: consuming Piece) {
    precondition(count < capacity, "the list is as long as the list of paths")
    unsafe (storage + count).initialize(to: piece)
    count += 1
  }

  subscript(index: Int) -> Piece {
    _read {
      precondition(index >= 0 && index < count)
      // Initialized by `append`.
      yield unsafe storage[index]
    }
    _modify {
      precondition(index >= 0 && index < count)
      // Initialized by `append`; `self` is held exclusively.
      yield unsafe &storage[index]
    }
  }
}
