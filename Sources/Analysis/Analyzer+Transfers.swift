internal import Detection
internal import Flow

/// What was traced of a direction of a connection, put as the judges of caps look at it.
extension Analyzer {
  /// Segments under way at once.
  private static var largestWindow: Int { 1000 }

  /// What was offered to the path, and what of it was lost: near the sender what was sent again, near the receiver what was
  /// missing when later segments came.
  static func passage(
    _ trace: SegmentTrace, _ taken: [SegmentRecord], _ firstFrame: UInt64, reorder: Int64
  ) -> (Passage, isNearSender: Bool) {
    let records = inOrder(taken)
    var offers: [Offer] = []
    // Where each sequence number came last, if any of them came twice.
    let hasRepeats = Self.hasRepeats(trace, records)
    var latest: [UInt32: Int] = [:]
    if hasRepeats { latest.reserveCapacity(records.count) }
    var top = records[0].sequence
    let origin = top
    var missing = MissingSegments(reorder: Double(reorder) / 1e9)
    var gaps = 0
    var repeats = 0
    var segment = 1.0
    var roundTrips: [DelaySample] = []
    for record in records {
      let time = Double(record.time) * 1e-5
      let length = Double(record.length)
      segment = max(segment, length)
      let ahead = Int32(bitPattern: record.sequence &- top)
      if ahead > 0, !isHeader(ahead) {
        // Missing before this one: in full segments, between the latest and this.
        let count = max(1, Int((Double(ahead) / max(1, segment - 40)).rounded()))
        // More gaps than segments are no losses.
        if count <= Self.largestWindow, gaps + count <= records.count + Self.largestWindow {
          let start = offers.last?.time ?? time
          // A window goes out at once: what is missing was sent soon after what came last, and what comes next may
          // have waited for an acknowledgment.
          let step = min(0.001, (time - start) / Double(count + 1))
          let from = Int(Int32(bitPattern: top &- origin))
          missing.open(count, from: from, until: from + Int(ahead), place: offers.count, time: time)
          for number in 1...count {
            offers.append(
              Offer(
                time: start + step * Double(number), bytes: min(segment, Double(ahead) / Double(count) + 52),
                fate: .lost))
          }
          gaps += count
        }
      } else if ahead < 0 {
        let from = Int(Int32(bitPattern: record.sequence &- origin))
        missing.fill(
          from: from, until: from + max(1, Int(record.length) - trace.headerBytes), time: time,
          isOvertaken: record.isOvertaken)
        if let place = latest[record.sequence], offers[place].fate == .passed {
          offers[place].fate = .lost
          repeats += 1
        }
      }
      if hasRepeats { latest[record.sequence] = offers.count }
      offers.append(Offer(time: time, bytes: length, fate: .passed))
      if record.roundTrip > 0, !record.isOvertaken {
        roundTrips.append(DelaySample(time: time, transit: Double(record.roundTrip) / 10))
      }
      // Without the headers' length the end is not known to the byte: the next segment's beginning corrects it.
      top = Self.top(top, behind: record, trace)
    }
    let (noLosses, missed) = missing.noLosses(acknowledged: acknowledged(trace, taken, origin))
    remove(noLosses, from: &offers)
    gaps -= noLosses.count
    let isNearSender = repeats > gaps || (gaps == 0 && (roundTrips.first?.transit ?? 0) > 1)
    var frames: [UInt64] = []
    for place in 0..<Int(trace.frameCount) { frames.append(firstFrame + UInt64(trace.frames[place])) }
    return (
      Passage(
        start: trace.start, offers: offers, delays: isNearSender ? roundTrips : transits(records), frames: frames,
        missed: missed),
      isNearSender
    )
  }

  /// A gap of so few bytes is what the headers of two segments differ by, whose options need not be the same: SACK blocks come
  /// and go, in words of four bytes, 40 at most (RFC 9293 section 3.1).
  private static func isHeader(_ bytes: Int32) -> Bool { bytes <= 40 && bytes % 4 == 0 }

  /// As far as the receiver has everything, counted from a sequence number; -1 if no acknowledgment was seen.
  private static func acknowledged(_ trace: SegmentTrace, _ records: [SegmentRecord], _ origin: UInt32) -> Int {
    records.prefix(Int(trace.settled)).reduce(-1) { max($0, Int(Int32(bitPattern: $1.sequence &- origin))) }
  }

  /// Takes out offers at some places, which ascend.
  private static func remove(_ places: [Int], from offers: inout [Offer]) {
    guard !places.isEmpty else { return }
    var next = 0
    var kept = 0
    for place in offers.indices {
      if next < places.count, places[next] == place {
        next += 1
        continue
      }
      offers[kept] = offers[place]
      kept += 1
    }
    offers.removeLast(offers.count - kept)
  }

  /// Whether a segment begins before the end of those before it: one that was sent again does.
  private static func hasRepeats(_ trace: SegmentTrace, _ records: [SegmentRecord]) -> Bool {
    var top = records[0].sequence
    for record in records {
      if Int32(bitPattern: record.sequence &- top) < 0 { return true }
      top = Self.top(top, behind: record, trace)
    }
    return false
  }

  /// The highest sequence number behind a segment.
  private static func top(_ top: UInt32, behind record: SegmentRecord, _ trace: SegmentTrace) -> UInt32 {
    let end = record.sequence &+ UInt32(max(1, Int(record.length) - trace.headerBytes))
    return Int32(bitPattern: end &- top) > 0 ? end : top
  }

  /// The segments in the order of their times: a capture of several queues may hold them in another, which looks like losses
  /// (in USC-NSL's captures of policers up to 98 packets are earlier than the one before them, by up to 2.6 ms).
  private static func inOrder(_ records: [SegmentRecord]) -> [SegmentRecord] {
    guard zip(records, records.dropFirst()).contains(where: { $0.time > $1.time }) else { return records }
    return records.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
  }

  /// Transit by the timestamps option (RFC 7323 section 3), whose clock is inferred; none if it fits no usual one.
  private static func transits(_ records: [SegmentRecord]) -> [DelaySample] {
    guard let first = records.first(where: { $0.timestamp != 0 }),
      let last = records.last(where: { $0.timestamp != 0 }),
      last.time > first.time
    else { return [] }
    let seconds = Double(last.time - first.time) * 1e-5
    let rate = Double(last.timestamp &- first.timestamp) / seconds
    let clocks: [Double] = [10, 100, 250, 1000, 1_000_000]
    guard let clock = clocks.first(where: { abs($0 - rate) < 0.15 * $0 }) else { return [] }
    return records.compactMap {
      guard $0.timestamp != 0 else { return nil }
      let sent = Double(Int32(bitPattern: $0.timestamp &- first.timestamp)) / clock
      let time = Double($0.time) * 1e-5
      return DelaySample(time: time, transit: (time - Double(first.time) * 1e-5 - sent) * 1000)
    }
  }
}
