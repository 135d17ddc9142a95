/// What two capture points' clocks differ by, told by packets that both saw: the least delay either way bounds it.
///
/// A packet up comes later than it leaves, so no difference far minus near of one is less than the offset; of one down none is more.
/// Crystals differ by some 20 millionths, 0.07 s in an hour: where no one offset fits all of these bounds, a line does, unless
/// one clock was set meanwhile.
public struct PairClock: Sendable, Equatable {
  /// A packet that both points saw.
  struct Sample {
    /// When the near point saw it, ns since the epoch.
    let time: Int64
    /// Far reading minus near reading, ns.
    let difference: Int64
    /// It went from the near point to the far one.
    let isUp: Bool
  }

  /// Far clock minus near clock in the middle of the time, ns, if both ways are equally fast at their fastest.
  public let offset: Int64
  /// By how much the far clock is faster, ns a ns; 0 where one offset fits all.
  public let drift: Double
  /// How far off the offset may be at any time, ns; nil if packets of one way only are known.
  public let uncertainty: Int64?
  /// The fastest way there and back between the points, ns; nil if packets of one way only are known.
  let roundTrip: Int64?
  /// No offset and no line fits all packets by less than `PairMatch.slack`: a clock was set.
  public let isUnsteady: Bool
  /// Packets that told it.
  public let packets: Int
  /// When the offset is `offset`, by the near clock.
  private let middle: Int64

  /// Time in which a clock's drift moves little, ns.
  private static let window: Int64 = 10_000_000_000
  /// Most that clocks run apart that anybody disciplines (RFC 5905 appendix A.5.5.6: 500 millionths), twice.
  private static let mostDrift = 1e-3

  init?(_ samples: [Sample]) {
    guard let first = samples.first else { return nil }
    packets = samples.count
    var (start, end) = (first.time, first.time)
    var up: Int64?
    var down: Int64?
    for sample in samples {
      start = min(start, sample.time)
      end = max(end, sample.time)
      if sample.isUp {
        up = min(up ?? .max, sample.difference)
      } else {
        down = max(down ?? .min, sample.difference)
      }
    }
    middle = start &+ (end &- start) / 2
    guard let least = up, let most = down else {
      offset = up ?? down ?? 0
      drift = 0
      uncertainty = nil
      roundTrip = nil
      isUnsteady = false
      return
    }
    // Of a time as short as this the least and the most alone are kept: a line is as steep as it is flat there.
    let bounds = Bounds(
      samples, from: start, width: max(1_000_000_000, (end &- start) / 4096), base: least, middle: middle)
    let width: Double
    if least >= most {
      drift = 0
      offset = most &+ (least &- most) / 2
      width = Double(least &- most)
    } else {
      drift = bounds.steadiest(within: Self.mostDrift)
      let extremes = bounds.extremes(drift)
      offset = least &+ Self.whole((extremes.least + extremes.most) / 2)
      width = extremes.least - extremes.most
    }
    isUnsteady = width < -Double(PairMatch.slack)
    // A drift that one offset has room for narrows what lies between its bounds, and not what lies between those of a short time.
    let trip = bounds.roundTrip(drift, every: Self.window)
    roundTrip = trip.map(Self.whole)
    uncertainty = Self.whole(max(max(0, trip ?? 0) / 2, width / 2, -width))
  }

  /// Clocks of hostile files may be centuries apart.
  private static func whole(_ value: Double) -> Int64 { Int64(max(-9e18, min(9e18, value))) }

  /// A reading of the far clock by the near one.
  func near(_ time: Int64) -> Int64 {
    guard drift != 0 else { return time &- offset }
    let since = time &- offset &- middle
    return time &- offset &- Int64(drift * Double(since))
  }
}

/// The least difference of packets up and the largest of packets down, time by time.
private struct Bounds {
  private struct Bin {
    var up: (time: Int64, difference: Double)?
    var down: (time: Int64, difference: Double)?
  }

  private var bins: [Bin] = []
  private let width: Int64
  /// Where lines turn, by the near clock.
  private let middle: Int64

  init(_ samples: [PairClock.Sample], from start: Int64, width: Int64, base: Int64, middle: Int64) {
    self.width = width
    self.middle = middle
    for sample in samples {
      // As many as its caller's width makes of the time.
      let place = max(0, min(8_192, Int((sample.time &- start) / width)))
      while bins.count <= place { bins.append(Bin()) }
      let difference = Double(sample.difference &- base)
      if sample.isUp {
        if difference < bins[place].up?.difference ?? .infinity { bins[place].up = (sample.time, difference) }
      } else if difference > bins[place].down?.difference ?? -.infinity {
        bins[place].down = (sample.time, difference)
      }
    }
  }

  /// The least of packets up and the largest of packets down above a line of this slope; infinite where there are none.
  func extremes(_ slope: Double, in places: Range<Int>? = nil) -> (least: Double, most: Double) {
    var (least, most) = (Double.infinity, -Double.infinity)
    for bin in bins[places ?? bins.indices] {
      if let up = bin.up { least = min(least, up.difference - slope * Double(up.time &- middle)) }
      if let down = bin.down { most = max(most, down.difference - slope * Double(down.time &- middle)) }
    }
    return (least, most)
  }

  /// The slope that leaves most between the bounds: that is concave over slopes.
  func steadiest(within limit: Double) -> Double {
    func width(_ slope: Double) -> Double {
      let (least, most) = extremes(slope)
      return least - most
    }
    var (low, high) = (-limit, limit)
    for _ in 0..<60 {
      let third = (high - low) / 3
      if width(low + third) < width(high - third) { low += third } else { high -= third }
    }
    return (low + high) / 2
  }

  /// The fastest way there and back, told by times so short that no drift matters; of several a quarter may hold a step.
  func roundTrip(_ slope: Double, every span: Int64) -> Double? {
    let count = max(1, Int(span / width))
    let trips = stride(from: 0, to: bins.count, by: count).map { from in
      extremes(slope, in: from..<min(from + count, bins.count))
    }.map { $0.least - $0.most }.filter(\.isFinite).sorted()
    return trips.isEmpty ? nil : trips[trips.count / 4]
  }
}
