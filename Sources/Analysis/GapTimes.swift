internal import Detection
internal import Flow

/// When the packets that are missing between two others of their stream were offered.
///
/// Evenly between them, unless it is known how they lie to the frames of a picture: a sender that does not pace its frames
/// sends each at once, and a policer takes the ends of them. What is missing before a packet of another frame, with no
/// marker before it, lies at the end of the frame before; with one, at the beginning of the frame behind; within a frame
/// between its packets. Gaps longer than a frame take in whole frames, each as many packets as the others: how many it
/// had is not known.
struct GapTimes {
  /// Seconds between packets of one frame, at the median and of nearly all; nil where packets are not of frames of several.
  private var spacing: (usual: Double, most: Double)?
  /// Seconds from one frame to the next.
  private var interval = 0.0
  /// IP bytes of a frame's last packet and of the ones before it, as they came.
  private var sizes: (last: Double, other: Double)?

  /// Of a stream and what was kept of its direction. `place`: of the stream, as records name it.
  init(_ stream: MediaStream, _ place: Int, _ records: [PassageRecord], width: Double) {
    guard stream.finalClock == 90_000, stream.markers >= 10, stream.packets >= stream.markers / 2 * 3 else { return }
    let steps = Self.steps(place, records)
    sizes = Self.sizes(steps)
    let close = steps.filter { $0.lost == 0 && !$0.markers.before }.map(\.elapsed).sorted()
    let isKnown = width == 0 && close.count >= 5
    spacing = (
      isKnown ? max(close[close.count / 2], 0.0001) : max(width / 2, 0.0005),
      isKnown ? max(close[close.count * 9 / 10], 0.0005) : max(width / 2, 0.0005)
    )
    let span = Double(stream.last &- stream.first) / 1e9
    interval = Self.interval(steps) ?? shortest(steps) ?? span / Double(stream.markers)
  }

  /// Median time from one frame's last packet to the next one's, of those between which nothing is missing; nil if they are
  /// too few.
  private static func interval(_ steps: [Step]) -> Double? {
    var intervals: [Double] = []
    var elapsed = 0.0
    var isWhole = false
    for step in steps {
      elapsed += step.elapsed
      if step.lost > 0 { isWhole = false }
      guard step.markers.last else { continue }
      if isWhole { intervals.append(elapsed) }
      elapsed = 0
      isWhole = true
    }
    intervals.sort()
    return intervals.count >= 5 ? intervals[intervals.count / 2] : nil
  }

  /// The same from pauses between packets of different frames, the shorter ones: of longer ones frames are missing.
  private func shortest(_ steps: [Step]) -> Double? {
    let pauses = steps.filter { $0.markers.before || $0.lost > 0 && isPause($0.elapsed, $0.lost) }.map(\.elapsed)
      .sorted()
    return pauses.count >= 5 ? pauses[pauses.count / 5] : nil
  }

  /// Means of packets with a record of their own; nil if they are too few.
  private static func sizes(_ steps: [Step]) -> (last: Double, other: Double)? {
    var sums = (last: 0.0, other: 0.0)
    var counts = (last: 0.0, other: 0.0)
    for step in steps where step.bytes < 1_600 {
      if step.markers.last {
        sums.last += step.bytes
        counts.last += 1
      } else {
        sums.other += step.bytes
        counts.other += 1
      }
    }
    guard counts.last >= 5, counts.other >= 5 else { return nil }
    return (sums.last / counts.last, sums.other / counts.other)
  }

  private typealias Step = (elapsed: Double, bytes: Double, lost: Int, markers: PassageRecord.Markers)

  /// From one record of the stream to its next, seconds, where they lie closely.
  private static func steps(_ place: Int, _ records: [PassageRecord]) -> [Step] {
    var steps: [Step] = []
    var latest: UInt32?
    var end: UInt32 = 0
    for record in records {
      if Int(record.stream) == place {
        if let latest, latest < end {
          steps.append((Double(record.time &- latest) * 1e-5, Double(record.bytes), Int(record.lost), record.markers))
        }
        latest = record.time
      }
      if record.lost > 0 { end = record.time &+ MediaPassages.fineTime }
    }
    return steps
  }

  /// Longer than so many missing packets of one frame would take.
  private func isPause(_ elapsed: Double, _ lost: Int) -> Bool {
    guard let spacing else { return false }
    return elapsed > 2 * spacing.most * Double(lost + 1)
  }

  /// Adds `count` packets missing between two others, of times in seconds, each of so many bytes. `isBehindMarker`: the one
  /// before them was the last of its frame.
  func add(_ count: Int, _ missing: Missing, isBehindMarker: Bool, to offers: inout [Offer]) {
    let (start, end) = (missing.start, missing.end)
    guard let spacing, isPause(end - start, count) else {
      return Self.addEvenly(count, missing, to: &offers, sizes?.other)
    }
    let frames = max(1, min(count, Int(((end - start) / interval).rounded())))
    // A frame's first packets pass more easily than its last ones: they are missing only where no frame lies between.
    let isBeginning = isBehindMarker && frames == 1
    let parts = isBehindMarker && !isBeginning ? frames - 1 : frames
    for part in 0..<parts {
      let share = count * (part + 1) / parts - count * part / parts
      // Of the frame's first packet, or of the last that came of it.
      let moment = start + (end - start) * Double(isBehindMarker ? part + 1 : part) / Double(frames)
      for number in 0..<share {
        let place = isBeginning ? number - share : number + 1
        let isLast = number == share - 1 && !isBeginning
        let bytes = sizes.map { isLast ? $0.last : $0.other } ?? missing.bytes
        offers.append(missing.offer(at: moment + spacing.usual * Double(place), bytes))
      }
    }
  }

  /// The same with equal times between them and to both ends.
  static func addEvenly(_ count: Int, _ missing: Missing, to offers: inout [Offer], _ bytes: Double? = nil) {
    let step = (missing.end - missing.start) / Double(count + 1)
    for number in 0..<count {
      offers.append(missing.offer(at: missing.start + step * Double(number + 1), bytes ?? missing.bytes))
    }
  }

  /// Packets that are missing.
  struct Missing {
    /// Of the packet before them, seconds.
    let start: Double
    /// Of the packet behind them.
    let end: Double
    /// IP bytes of each.
    let bytes: Double
    /// What became of them.
    let fate: Offer.Fate

    func offer(at time: Double, _ bytes: Double) -> Offer { Offer(time: time, bytes: bytes, fate: fate) }
  }
}
