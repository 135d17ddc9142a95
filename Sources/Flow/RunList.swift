/// A growing list of small records whose room is given in runs of 64: what one flow needs grows with it, and no list is
/// ever moved.
public struct RunList: BitwiseCopyable, Sendable {
  /// First run; `FlowState.none` before the first record.
  @usableFromInline var first = FlowState.none
  /// Run that is written to.
  @usableFromInline var current = FlowState.none
  /// Records in it.
  @usableFromInline var used: UInt32 = 64
  /// Records.
  public var count: UInt32 = 0

  /// An empty list.
  @inlinable
  public init() {}
}

/// The runs of all lists of one kind.
///
/// Generic over the record and therefore `@inlinable`, as `Arena` is.
public struct Runs<Element: BitwiseCopyable & Sendable>: ~Copyable {
  @usableFromInline var elements = Arena<Element, 13>()
  @usableFromInline var following = Arena<UInt32, 10>()
  @usableFromInline let blank: Element

  /// No runs; `blank` fills the room that is not used yet.
  @inlinable
  public init(blank: Element) { self.blank = blank }

  /// Adds a record to a list and returns its index.
  @inlinable @inline(always) @discardableResult
  public mutating func append(_ element: Element, to list: inout RunList) -> UInt32 {
    if list.used == 64 { extend(&list) }
    let index = list.current &* 64 &+ list.used
    elements[index] = element
    list.used &+= 1
    list.count &+= 1
    return index
  }

  /// The record at an index, in place.
  @inlinable
  public subscript(index: UInt32) -> Element {
    @inline(always) get { elements[index] }
    @inline(always) _modify { yield &elements[index] }
  }

  /// Index of the list's first record; only for a list that has one.
  @inlinable
  public func first(of list: RunList) -> UInt32 { list.first &* 64 }

  /// Index of the list's last record; only for a list that has one.
  @inlinable @inline(always)
  func last(of list: RunList) -> UInt32 { list.current &* 64 &+ list.used &- 1 }

  /// Index of the record behind one that is not the list's last.
  @inlinable
  public func index(after index: UInt32) -> UInt32 {
    index & 63 == 63 ? following[index >> 6] &* 64 : index &+ 1
  }

  /// Goes on to the next run of the list, one that it has already or a new one.
  @usableFromInline @inline(never)
  mutating func extend(_ list: inout RunList) {
    list.used = 0
    if list.current != FlowState.none, following[list.current] != FlowState.none {
      list.current = following[list.current]
      return
    }
    let run = elements.append(repeating: blank, length: 64) / 64
    _ = following.append(FlowState.none)
    if list.current == FlowState.none { list.first = run } else { following[list.current] = run }
    list.current = run
  }

  /// Indices of the latest records of a list, 64 at most; nil if it is empty.
  func latestRun(of list: RunList) -> Range<UInt32>? {
    guard list.count > 0, list.current != FlowState.none else { return nil }
    return list.current &* 64..<list.current &* 64 &+ list.used
  }

  /// Begins a list anew in the room that it has.
  @inlinable
  public func clear(_ list: inout RunList) {
    list.count = 0
    list.used = list.first == FlowState.none ? 64 : 0
    list.current = list.first
  }

  /// Makes a list shorter: `join` takes the next record into the one before it, or refuses and it stays on its own.
  public mutating func fold(_ list: inout RunList, _ join: (inout Element, Element) -> Bool) {
    let total = list.count
    var reading = list.first
    clear(&list)
    var latest = FlowState.none
    var done: UInt32 = 0
    while done < total {
      let following = following[reading]
      for offset in 0..<min(64, total &- done) {
        let record = elements[reading &* 64 &+ offset]
        if latest == FlowState.none || !join(&elements[latest], record) { latest = append(record, to: &list) }
      }
      done &+= 64
      reading = following
    }
  }

  /// Bytes allocated.
  public var bytes: Int { elements.bytes + following.bytes }

  /// A list of its own with the records of another's list, the `latest` of them.
  public mutating func adopt(_ list: RunList, of other: borrowing Runs, latest: UInt32 = .max) -> RunList {
    var copy = RunList()
    var run = list.first
    var seen: UInt32 = 0
    let skipped = list.count &- min(latest, list.count)
    while seen < list.count, run != FlowState.none {
      let part = min(64, list.count &- seen)
      for offset in 0..<part where seen &+ offset >= skipped { append(other.elements[run &* 64 &+ offset], to: &copy) }
      seen &+= part
      run = other.following[run]
    }
    return copy
  }

  /// Index of a list's record by its place.
  func index(of place: UInt32, in list: RunList) -> UInt32 {
    var run = list.first
    for _ in 0..<place / 64 { run = following[run] }
    return run &* 64 &+ place % 64
  }

  /// The records of a list in order.
  @inlinable
  public func records(of list: RunList) -> [Element] {
    var records: [Element] = []
    records.reserveCapacity(Int(list.count))
    var run = list.first
    while records.count < Int(list.count), run != FlowState.none {
      let part = min(64, Int(list.count) &- records.count)
      for offset in 0..<UInt32(part) { records.append(elements[run &* 64 &+ offset]) }
      run = following[run]
    }
    return records
  }
}
