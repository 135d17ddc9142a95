internal import Verdict

/// TCP data that two points saw in segments of other lengths: a sender's interface cuts what it is given into segments that
/// fit the link, a receiver's puts them together again, and a capture shows what lies on its side of the interface. So what left
/// is held against what came byte by byte, not segment by segment.
struct ByteRanges {
  /// A segment with payload that the other point did not show as it is.
  struct Segment {
    /// Place among its point's marks.
    let place: Int
    /// By the near clock.
    let time: Int64
    let range: Range<Int64>
    /// Digest of its first bytes; 0 if they are not known.
    let prefix: UInt32
  }

  /// Of segments sent, those whose every byte came: by place, the place of what came of it first.
  private(set) var arrived: [Int: Int] = [:]
  /// Of segments that came, those whose every byte had been sent.
  private(set) var known: Set<Int> = []

  /// A packet may be so long under way, and seem to come before it left by `slack`.
  init(sent: [Segment], come: [Segment], slack: Int64, longestWay: Int64) {
    guard !sent.isEmpty, !come.isEmpty else { return }
    let pieces = Sorted(come)
    var free = pieces.segments.map { [$0.range] }
    for segment in sent {
      var found: [(piece: Int, part: Range<Int64>)] = []
      var first: Segment?
      for piece in pieces.overlapping(segment.range) {
        let other = pieces.segments[piece]
        guard other.time >= segment.time &- slack, other.time <= segment.time &+ longestWay else { continue }
        guard !Self.contradict(segment, other) else { continue }
        for part in free[piece] where part.overlaps(segment.range) {
          found.append((piece, part.clamped(to: segment.range)))
          if other.time < first?.time ?? .max { first = other }
        }
      }
      guard let first, Self.cover(segment.range, found.map(\.part)) else { continue }
      arrived[segment.place] = first.place
      // Each byte that came answers for one that was sent: of a segment sent twice, one copy may be lost.
      for (piece, part) in found { free[piece] = free[piece].flatMap { Self.without(part, $0) } }
    }
    let origins = Sorted(sent)
    for piece in come {
      let parts = origins.overlapping(piece.range).map { origins.segments[$0] }.filter {
        piece.time >= $0.time &- slack && piece.time <= $0.time &+ longestWay && !Self.contradict($0, piece)
      }
      if Self.cover(piece.range, parts.map { $0.range.clamped(to: piece.range) }) { known.insert(piece.place) }
    }
  }

  /// Sequence numbers in order of their segments' times, as positions that do not wrap (RFC 9293 section 3.4).
  static func positions(_ numbers: [UInt32], from base: UInt32) -> [Int64] {
    var position: Int64 = 0
    var latest = base
    return numbers.map { number in
      position += Int64(Int32(bitPattern: number &- latest))
      latest = number
      return position
    }
  }

  /// They begin with the same byte and go on with others: an answer in somebody else's name.
  private static func contradict(_ one: Segment, _ other: Segment) -> Bool {
    one.range.lowerBound == other.range.lowerBound && one.prefix != 0 && other.prefix != 0 && one.prefix != other.prefix
  }

  private static func cover(_ range: Range<Int64>, _ parts: [Range<Int64>]) -> Bool {
    var next = range.lowerBound
    for part in parts.sorted(by: { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }) {
      guard part.lowerBound <= next else { return false }
      next = max(next, part.upperBound)
    }
    return next >= range.upperBound
  }

  private static func without(_ part: Range<Int64>, _ range: Range<Int64>) -> [Range<Int64>] {
    guard range.overlaps(part) else { return [range] }
    return [
      range.lowerBound..<max(range.lowerBound, part.lowerBound),
      min(range.upperBound, part.upperBound)..<range.upperBound,
    ]
    .filter { !$0.isEmpty }
  }
}

/// Segments in order of their first byte.
private struct Sorted {
  let segments: [ByteRanges.Segment]
  private let longest: Int64

  init(_ list: [ByteRanges.Segment]) {
    segments = list.sorted {
      ($0.range.lowerBound, $0.time, $0.place) < ($1.range.lowerBound, $1.time, $1.place)
    }
    longest = list.reduce(0) { max($0, Int64($1.range.count)) }
  }

  /// Those that share bytes with a range.
  func overlapping(_ range: Range<Int64>) -> [Int] {
    var low = segments.firstPlace { $0.range.lowerBound >= range.lowerBound - longest }
    var found: [Int] = []
    let end = min(segments.count, low + Self.most)
    while low < end, segments[low].range.lowerBound < range.upperBound {
      if segments[low].range.overlaps(range) { found.append(low) }
      low += 1
    }
    return found
  }

  /// Most that are looked at: 64 KiB in segments of 536 bytes are 122, and each may have been sent several times.
  private static let most = 2_048
}
