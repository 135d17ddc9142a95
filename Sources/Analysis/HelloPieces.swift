internal import Wire

/// A message that comes in pieces, in any order: bytes by their place, and which of them are there.
///
/// What came first stays: a piece that says something else of the same place changes nothing. Bounded by the caller in
/// length, here in the number of holes.
struct HelloPieces {
  /// Most runs of bytes with holes between them; whole messages make one.
  private static let limit = 64

  private(set) var bytes: [UInt8] = []
  private var covered: [Range<Int>] = []

  /// Bytes from the start without a hole.
  var prefix: Int { covered.first.map { $0.lowerBound == 0 ? $0.upperBound : 0 } ?? 0 }

  /// Puts a piece at its place; false if there are too many holes.
  mutating func add(_ data: Span<UInt8>, at position: Int) -> Bool {
    let end = position + data.count
    guard data.count > 0 else { return true }
    while bytes.count < end { bytes.append(0) }
    var place = position
    for run in covered where run.upperBound > place && run.lowerBound < end {
      copy(data, position, place..<max(place, run.lowerBound))
      place = run.upperBound
    }
    copy(data, position, place..<max(place, end))
    var merged = position..<end
    var kept: [Range<Int>] = []
    for run in covered {
      if run.upperBound < merged.lowerBound || run.lowerBound > merged.upperBound {
        kept.append(run)
      } else {
        merged = min(run.lowerBound, merged.lowerBound)..<max(run.upperBound, merged.upperBound)
      }
    }
    guard kept.count < Self.limit else { return false }
    kept.insert(merged, at: kept.firstIndex { $0.lowerBound > merged.lowerBound } ?? kept.count)
    covered = kept
    return true
  }

  private mutating func copy(_ data: Span<UInt8>, _ position: Int, _ range: Range<Int>) {
    for place in range { bytes[place] = data[place - position] }
  }

  /// Forgets all, and keeps the room.
  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    covered.removeAll(keepingCapacity: true)
  }
}
