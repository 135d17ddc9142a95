internal import Verdict

/// Segments of a connection's direction that were missing when later ones came, and what became of them.
///
/// What comes soon behind was only overtaken (METHOD.md M1.1: 3 ms), and so was what its sender's counter or clock shows to have
/// been sent before. What comes later was lost and sent again. What never
/// comes although its receiver acknowledged it was not lost at all: the capture missed it, as Wireshark's "ACKed unseen
/// segment". The rest was under way when the trace ended.
struct MissingSegments {
  private struct Segment {
    /// Place among the offers.
    let place: Int
    /// Sequence numbers since the trace's first.
    let from: Int
    let until: Int
    /// When it was missed, seconds.
    let time: Double
    var fate = Fate.open
  }

  private enum Fate { case open, overtaken, repeated }

  private var segments: [Segment] = []
  /// Time within which a segment was overtaken, seconds.
  private let reorder: Double

  init(reorder: Double) { self.reorder = reorder }

  /// `count` segments of a gap are missing, whose offers begin at `place`.
  mutating func open(_ count: Int, from: Int, until: Int, place: Int, time: Double) {
    for number in 0..<count {
      segments.append(
        Segment(
          place: place + number, from: from + (until - from) * number / count,
          until: from + (until - from) * (number + 1) / count, time: time))
    }
  }

  /// What comes now fills gaps. `isOvertaken`: it was sent before what came last.
  mutating func fill(from: Int, until: Int, time: Double, isOvertaken: Bool = false) {
    var place = segments.firstPlace { $0.until > from }
    while place < segments.count, segments[place].from < until {
      let segment = segments[place]
      // The numbers between are guessed: what covers the half of one is it.
      if segment.fate == .open,
        min(until, segment.until) - max(from, segment.from) >= (segment.until - segment.from) / 2
      {
        segments[place].fate = isOvertaken || time - segment.time <= reorder ? .overtaken : .repeated
      }
      place += 1
    }
  }

  /// Places of offers that were no losses, in order, and how many of them the capture missed. `acknowledged`: as far as
  /// the receiver has everything.
  func noLosses(acknowledged: Int) -> (places: [Int], missed: Int) {
    var places: [Int] = []
    var missed = 0
    for segment in segments {
      switch segment.fate {
      case .overtaken: places.append(segment.place)
      case .open where segment.until <= acknowledged:
        places.append(segment.place)
        missed += 1
      case .open, .repeated: break
      }
    }
    return (places, missed)
  }
}
