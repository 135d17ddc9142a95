internal import Detection
internal import Flow
internal import Settings
internal import Verdict

/// What counts as late.
struct LatenessLimits {
  /// ns behind the fastest.
  let late: Int64
  /// Share of a voice.
  let share: Double
  /// Packets of a voice and how long it lasted, ns.
  let packets: UInt64
  let span: Int64
  /// ms by which answers took longer than the fastest, and for how long, ns.
  let answers: Double
  let answersSpan: Int64

  init(_ thresholds: Thresholds) {
    late = Int64(thresholds.power.late.value * 1e6)
    share = thresholds.power.streamLoss.value
    packets = UInt64(thresholds.power.mediaPackets.integer)
    span = thresholds.power.mediaSpan.integer
    answers = thresholds.power.lateAnswers.value
    answersSpan = thresholds.silence.cutoff.integer
  }
}

/// How late a flow's voices and answers came, from what is kept of them for other reasons.
extension Analyzer {
  /// Nil if nothing came late.
  func lateness(_ flow: FlowState, clientSide: UInt8) -> Lateness? {
    guard !flow.isTCP, udp[flow.detail].streams != FlowState.none else { return nil }
    var worst: Lateness.Voice?
    forEachStream(of: flow) { index in
      if let voice = lateVoice(index, flow, clientSide), voice.share > worst?.share ?? 0 { worst = voice }
    }
    let answers = lateAnswers(flow, clientSide)
    return worst == nil && answers == nil ? nil : Lateness(voice: worst, answers: answers)
  }

  /// Time of a packet of a voice that was sent at one pace from its first packet to its last, ns: its time stamps moved by what one
  /// packet holds for each number. Nil of others: whoever pauses sends nothing then, and that is not late.
  private func pace(_ stream: MediaStream) -> Int64? {
    let clock = stream.finalClock
    guard clock != 0, clock != 90_000, stream.restarts == 0, stream.expected >= lateLimits.packets else { return nil }
    let ticks = Double(stream.timestamp &- stream.firstTimestamp) / Double(stream.expected - 1)
    let milliseconds = ticks * 1000 / Double(clock)
    // Usual times of a packet (RFC 3551 section 4.2: 20 ms); shorter ones are late too soon.
    guard let time = [20, 30, 40, 60].first(where: { abs(milliseconds - $0) <= 0.01 * $0 }) else { return nil }
    return Int64(time * 1e6)
  }

  private func lateVoice(_ index: UInt32, _ flow: FlowState, _ clientSide: UInt8) -> Lateness.Voice? {
    let stream = streams[index]
    // Close to its sender nothing has held it up yet but that.
    guard !stream.isFromNearby, let pace = pace(stream) else { return nil }
    let sent = Int64(stream.expected - 1) &* pace
    guard sent >= lateLimits.span else { return nil }
    let behind = Int64(stream.farBehind) &* pace
    // More time than it was sent in: what was not made up for in the end was a pause, not a hold. Less: it was ahead in the end.
    let longer = (stream.last &- stream.first) &- sent
    let held = held(index, flow, ahead: max(0, -longer))
    let late = min(sent, max(behind, held.late &- max(0, longer) &- Int64(clamping: stream.lost) &* pace))
    guard Double(late) >= lateLimits.share * Double(sent) else { return nil }
    return Lateness.Voice(
      isUp: stream.side == clientSide, late: late, sent: sent, held: late > behind ? held.longest : 0,
      window: TimeWindow(first: stream.first, last: stream.last))
  }

  /// How much of what a voice's sender sent in times in which nothing of its direction came, and the other direction went on, was
  /// late when it came, and the longest of these times, ns. Without losses between: what was held came. Only between packets of its
  /// own: before the first and behind the last others spoke, or nobody.
  ///
  /// Late is what comes behind the time that the first packet set, for that is when playing began: a server that sends ahead of its
  /// time stamps pauses until they have caught up. `ahead`: by how much the last was before its time, ns, where no transit tells.
  private func held(_ index: UInt32, _ flow: FlowState, ahead: Int64) -> (late: Int64, longest: Int64) {
    let stream = streams[index]
    guard stream.passage != FlowState.none, udp[flow.detail].sides[Int(stream.side)].longestGap > lateLimits.late else {
      return (0, 0)
    }
    var other = FlowState.none
    forEachStream(of: flow) { if streams[$0].side != stream.side { other = streams[$0].passage } }
    guard other != FlowState.none else { return (0, 0) }
    let passage = passages[stream.passage]
    let (start, width) = (passage.start, max(MediaPassages.plainTime, passage.width))
    let records = passages.records(of: stream.passage)
    let otherStart = passages[other].start
    let others = passages.records(of: other)
    var place = 0
    var sum = (late: Int64(0), longest: Int64(0))
    for (before, record) in zip(records, records.dropFirst()) where record.lost == 0 {
      // Until a record is due what comes is not noted.
      let begin = start &+ Int64(before.time &+ width) &* 10_000
      let end = start &+ Int64(record.time) &* 10_000
      guard end &- begin > lateLimits.late, begin >= stream.first, end <= stream.last else { continue }
      while place < others.count, otherStart &+ Int64(others[place].time) &* 10_000 <= begin { place += 1 }
      // A capture that pauses holds neither direction.
      guard place < others.count, otherStart &+ Int64(others[place].time) &* 10_000 < end else { continue }
      let hasTransit = passage.delayStream == index && before.transit.isFinite && before.time >= passage.delaySince
      let lead = hasTransit ? Int64(max(0, -before.transit) * 1e6) : ahead
      guard end &- begin > lateLimits.late &+ lead else { continue }
      sum.late &+= end &- begin &- lateLimits.late &- lead
      sum.longest = max(sum.longest, end &- begin)
    }
    return sum
  }

  /// The longest row of late answers to the client's requests.
  private func lateAnswers(_ flow: FlowState, _ clientSide: UInt8) -> Lateness.Answers? {
    let trips = roundTrips(flow.facts, Int(clientSide))
    guard trips.count > Self.fewestAnswers else { return nil }
    let least = trips.reduce(Double.infinity) { min($0, $1.milliseconds) }
    var found: Lateness.Answers?
    var row: (first: Int64, count: Int, growth: Double) = (0, 0, .infinity)
    for trip in trips {
      let growth = trip.milliseconds - least
      guard growth >= lateLimits.answers else {
        row = (0, 0, .infinity)
        continue
      }
      row = (row.count == 0 ? trip.time : row.first, row.count + 1, min(row.growth, growth))
      let window = TimeWindow(first: row.first, last: trip.time)
      guard row.count >= Self.fewestAnswers, window.last &- window.first >= lateLimits.answersSpan,
        window.last &- window.first > found.map({ $0.window.last &- $0.window.first }) ?? 0
      else { continue }
      found = Lateness.Answers(
        growth: row.growth, window: window, isMediaLate: isMediaLate(flow, clientSide, window))
    }
    return found
  }

  /// Late answers in a row that no lost copy of a request explains.
  private static let fewestAnswers = 4

  /// All of the transits of the server's voice that are known within a window are longer than the fastest by half of what answers
  /// have to be.
  private func isMediaLate(_ flow: FlowState, _ clientSide: UInt8, _ window: TimeWindow) -> Bool {
    var passage = FlowState.none
    forEachStream(of: flow) { if streams[$0].side != clientSide { passage = streams[$0].passage } }
    guard passage != FlowState.none, passages[passage].delayIsAudio else { return false }
    let start = passages[passage].start
    let known = passages.records(of: passage).filter { $0.transit.isFinite && $0.time >= passages[passage].delaySince }
    // The fastest but for two in a hundred, as where a queue is looked for.
    let sorted = known.map(\.transit).sorted()
    guard !sorted.isEmpty else { return false }
    let base = Double(sorted[sorted.count / 50])
    let within = known.filter {
      let time = start &+ Int64($0.time) &* 10_000
      return time >= window.first &+ 1_000_000_000 && time <= window.last
    }
    return within.count >= 10 && within.allSatisfy { Double($0.transit) - base >= lateLimits.answers / 2 }
  }
}
