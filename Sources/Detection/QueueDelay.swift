internal import Settings
internal import Verdict

/// The queue in one direction, as the transit of its packets shows it.
struct QueueDelay {
  /// Delays above the base, ms, least of each bin; negative where nothing is known.
  private let bins: [Double]
  private let width: Double
  private let limits: Thresholds.Cap
  /// Share of the packets whose delay is kept that waited as long as a queue makes them, or of those within a bin of a loss, if
  /// that is more; 0 where none is kept.
  let waited: Double
  /// What the clocks drift apart from one bin to the next, ms.
  private let slope: Double
  /// Transit of the empty queue, ms; 0 where nothing is known.
  private(set) var base = 0.0

  /// `isMedia`: packets leave at a pace of their own, so that the fastest times can be told; a transfer's wait for each
  /// other.
  init(_ passage: Passage, _ limits: Thresholds.Cap, isMedia: Bool = false) {
    self.limits = limits
    width = Double(limits.queueBin.integer) / 1e9
    guard passage.delays.count >= 20, let last = passage.delays.last else {
      bins = []
      waited = 0
      slope = 0
      return
    }
    var least = Array(repeating: Double.infinity, count: min(Int(last.time / width) + 1, 1 << 20))
    for sample in passage.delays {
      let place = Int(sample.time / width)
      guard place >= 0, place < least.count else { continue }
      least[place] = min(least[place], sample.transit)
    }
    slope = isMedia ? Self.takeOffDrift(&least, width) : 0
    // The fastest two of a hundred times are the empty queue; the fastest alone would be the luckiest clock reading. Times,
    // not packets: behind losses every packet has its delay, and a queue fills before it loses.
    let sorted = (isMedia ? least.filter(\.isFinite) : passage.delays.map(\.transit)).sorted()
    var base = sorted.isEmpty ? 0 : sorted[sorted.count / 50]
    // A queue that was full before the clock was known is no base.
    if let first = passage.firstTransit, first < base - limits.queue.value { base = first }
    bins = least.map { $0.isFinite ? max(0, $0 - base) : -1 }
    self.base = base
    waited = Self.waited(passage, width, slope, base + limits.queue.value)
  }

  /// The greater of two shares of packets whose transit is `most` or longer, ms: of all, and of those within `width` of a loss.
  private static func waited(_ passage: Passage, _ width: Double, _ slope: Double, _ most: Double) -> Double {
    var all = 0
    var near = (late: 0, count: 0)
    let lost = passage.offers.lazy.filter { $0.fate == .lost }
    var next = lost.makeIterator()
    var (before, after) = (-Double.infinity, next.next()?.time ?? .infinity)
    for sample in passage.delays {
      while after <= sample.time { (before, after) = (after, next.next()?.time ?? .infinity) }
      let isLate = sample.transit - slope * (sample.time / width).rounded(.down) >= most
      if isLate { all += 1 }
      guard min(sample.time - before, after - sample.time) <= width else { continue }
      near.count += 1
      if isLate { near.late += 1 }
    }
    return max(Double(all) / Double(passage.delays.count), Double(near.late) / Double(max(1, near.count)))
  }

  /// Of one packet, ms.
  func delay(of sample: DelaySample) -> Double { sample.transit - slope * (sample.time / width).rounded(.down) - base }

  /// Takes off what the clocks of sender and capture drift apart: crystals keep to 100 ppm each, 6 ms a minute.
  ///
  /// The slope is the median over the times of a quarter of the whole: a queue that came to stand or went changes a third of
  /// them, and a straight line is none. Of short calls it is left, for jitter would be taken for it. What comes back is what was
  /// taken off from one bin to the next, ms.
  private static func takeOffDrift(_ least: inout [Double], _ width: Double) -> Double {
    let span = Double(least.count) * width
    guard span >= shortestLine else { return 0 }
    // Least of the times of a fortieth.
    let size = least.count / 40
    let minima = (0..<40).map { part in least[(part * size)..<((part + 1) * size)].reduce(.infinity, min) }
    guard let slope = line(minima, Double(size) * width).map({ $0 * width }) ?? median(minima, size, span, width)
    else { return 0 }
    for place in least.indices where least[place].isFinite { least[place] -= slope * Double(place) }
    return slope
  }

  /// Slope of times that lie on one straight line from end to end, ms a second: clocks of sound cards and virtual machines are off
  /// by more than crystals, and no queue grows so slowly and so evenly without ever being full. Nil if they do not.
  private static func line(_ minima: [Double], _ seconds: Double) -> Double? {
    let known = minima.indices.filter { minima[$0].isFinite }
    guard known.count >= 30 else { return nil }
    let count = Double(known.count)
    let (x, y) = (known.reduce(0.0) { $0 + Double($1) } / count, known.reduce(0.0) { $0 + minima[$1] } / count)
    var (xx, xy) = (0.0, 0.0)
    for place in known {
      xx += (Double(place) - x) * (Double(place) - x)
      xy += (Double(place) - x) * (minima[place] - y)
    }
    let slope = xy / xx
    guard abs(slope) / seconds <= steepestLine,
      known.allSatisfy({ abs(minima[$0] - y - slope * (Double($0) - x)) <= straightness })
    else { return nil }
    return slope / seconds
  }

  /// Median slope over the times of a quarter, ms from one bin to the next; nil of short calls, and where it is no crystal's.
  private static func median(_ minima: [Double], _ size: Int, _ span: Double, _ width: Double) -> Double? {
    guard span >= 120 else { return nil }
    var slopes: [Double] = []
    for part in 0..<30 where minima[part].isFinite && minima[part + 10].isFinite {
      slopes.append((minima[part + 10] - minima[part]) / (10 * Double(size)))
    }
    guard slopes.count >= 15 else { return nil }
    slopes.sort()
    let slope = slopes[slopes.count / 2]
    return abs(slope) / width <= 0.2 ? slope : nil
  }

  /// Own choices: seconds that a line needs; ms a second that it may rise, 2,000 ppm; ms that times may be off it.
  private static let shortestLine = 30.0
  private static let steepestLine = 2.0
  private static let straightness = 2.0

  /// A refusal of what rests on delays where the capture's clock was set back meanwhile: what came before seems to have
  /// waited.
  static func clockRefusal(_ passage: Passage, _ known: Circumstances) -> Judgment? {
    guard !known.around.clockSteps.isEmpty, let last = passage.offers.last,
      let step = known.around.clockSteps.first(where: { $0 >= passage.start && $0 <= passage.moment(last.time) })
    else { return nil }
    return Claim.inconclusive(
      "clock_step", seen: Double(step &- passage.start) / 1e9, needed: 0,
      Phrase("The capture's clock was set back meanwhile: how long packets waited cannot be said."))
  }

  /// A refusal where what came in seems to have waited for `delay` ms and the client's requests on the same flow, which were answered
  /// meanwhile, did not: they take the way through the same queue, and both ends of a round trip are told by one clock. A clock that
  /// is set or slewed forward delays everything that comes later, a round trip by nothing. Nil where too few were answered with and
  /// without the queue, and of what the client sends: its requests may have been captured behind their queue.
  func clockRefusal(roundTripsOf passage: Passage, _ direction: Direction, delay: Double) -> Judgment? {
    guard direction == .down else { return nil }
    var (without, meanwhile): (Double, [Double]) = (.infinity, [])
    for trip in passage.roundTrips {
      guard let waited = self.delay(at: Double(trip.time &- passage.start) / 1e9) else { continue }
      if waited < delay / 4 { without = min(without, trip.milliseconds) }
      if waited >= delay / 2 { meanwhile.append(trip.milliseconds) }
    }
    guard without.isFinite, meanwhile.count >= Self.leastTrips else { return nil }
    meanwhile.sort()
    let growth = max(0, meanwhile[meanwhile.count / 2] - without)
    guard growth < delay / 2 else { return nil }
    return Claim.inconclusive(
      "clock_step", seen: growth, needed: delay / 2,
      Phrase(
        "Packets seem to have waited {}, but round trips of the same flow took only {} longer meanwhile: a clock may have been set, or the sender held them.",
        Claim.duration(delay / 1000), Claim.duration(growth / 1000)))
  }

  /// Own choice: round trips that have to be known from while a queue is said to stand.
  private static let leastTrips = 5

  /// Delay around a time, ms: the least within a bin to either side; nil if nothing is known there.
  func delay(at time: Double) -> Double? {
    let place = Int(time / width)
    var least: Double?
    for near in max(0, place - 1)...max(0, place + 1) where near < bins.count && bins[near] >= 0 {
      least = min(least ?? .infinity, bins[near])
    }
    return least
  }

  /// Median delay around the losses, ms; nil if fewer than half of them have one.
  func medianAtLosses(_ offers: [Offer]) -> Double? {
    var delays: [Double] = []
    var losses = 0
    for offer in offers where offer.fate == .lost {
      losses += 1
      if let delay = delay(at: offer.time) { delays.append(delay) }
    }
    guard delays.count * 2 >= losses, !delays.isEmpty else { return nil }
    delays.sort()
    return delays[delays.count / 2]
  }

  /// Spans of a standing queue of the length that a shaper needs, seconds.
  func standing() -> [ClosedRange<Double>] {
    var spans: [ClosedRange<Double>] = []
    var begin: Int?
    var unknown = 0
    for place in 0...bins.count {
      let delay = place < bins.count ? bins[place] : 0
      if delay >= limits.queue.value {
        if begin == nil { begin = place }
        unknown = 0
        continue
      }
      if delay < 0, begin != nil, unknown < 2 {
        unknown += 1
        continue
      }
      if let from = begin, Double(place - unknown - from) * width >= Double(limits.standing.integer) / 1e9 {
        spans.append(Double(from) * width...Double(place - unknown) * width)
      }
      begin = nil
      unknown = 0
    }
    return spans
  }
}

/// Rates at which a direction's bytes came through.
struct DeliveredRate {
  private let passed: [Offer]
  /// Mean bytes of a packet, at most that of a full one.
  let meanBytes: Double

  init(_ passage: Passage) {
    passed = passage.offers.filter { $0.fate == .passed }
    meanBytes = passed.isEmpty ? 0 : min(1500, passed.reduce(0) { $0 + $1.bytes } / Double(passed.count))
  }

  /// Rates of blocks within a span, bit/s, each from packet to packet and at least `seconds` and `packets` long.
  func blocks(_ span: ClosedRange<Double>, seconds: Double, bytes: Double) -> [RateBlock] {
    var rates: [RateBlock] = []
    var start: Double?
    var sum = 0.0
    for offer in passed.within(span) {
      guard let begin = start else {
        start = offer.time
        continue
      }
      sum += offer.bytes
      if offer.time - begin >= seconds, sum >= bytes {
        rates.append(RateBlock(span: begin...offer.time, rate: 8 * sum / (offer.time - begin)))
        start = offer.time
        sum = 0
      }
    }
    return rates
  }

  /// Bytes and seconds from the first to the last packet of a span.
  func total(_ span: ClosedRange<Double>) -> (bytes: Double, seconds: Double) {
    var first: Double?
    var last = 0.0
    var sum = 0.0
    for offer in passed.within(span) {
      if first == nil { first = offer.time } else { sum += offer.bytes }
      last = offer.time
    }
    return (sum, last - (first ?? last))
  }

  /// Most bytes that came through in any time outside of the given spans beyond what `rate`, bit/s, lets through in it.
  func excess(over rate: Double, outside spans: [ClosedRange<Double>]) -> Double {
    var most = 0.0
    var sum = 0.0
    var before: Double?
    var cursor = SpanCursor(spans)
    for offer in passed {
      if cursor.contains(offer.time) {
        sum = 0
        before = nil
        continue
      }
      if let before { sum = max(0, sum - rate / 8 * (offer.time - before)) }
      before = offer.time
      sum += offer.bytes
      most = max(most, sum)
    }
    return most
  }

  /// Fastest `seconds` outside of the given spans, bit/s.
  func fastest(outside spans: [ClosedRange<Double>], seconds: Double) -> Double {
    var best = 0.0
    var from = 0
    var sum = 0.0
    var cursor = SpanCursor(spans)
    for until in passed.indices {
      if cursor.contains(passed[until].time) {
        from = until + 1
        sum = 0
        continue
      }
      if from < until { sum += passed[until].bytes } else { sum = 0 }
      while from < until, passed[until].time - passed[from].time > 2 * seconds {
        from += 1
        sum -= passed[from].bytes
      }
      let time = passed[until].time - passed[from].time
      if from < until, time >= seconds { best = max(best, 8 * sum / time) }
    }
    return best
  }
}

extension Array where Element == Double {
  /// Standard deviation over mean; nil for fewer than two.
  var variation: Double? {
    guard count >= 2 else { return nil }
    let mean = reduce(0, +) / Double(count)
    guard mean > 0 else { return nil }
    let square = reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)
    return square.squareRoot() / mean
  }
}
