/// Round trips that requests and their answers show, spread over a flow: 24 of them at most. When the room is full every
/// second one is given up, and from then on every second one more is passed over.
public struct RoundTrips: BitwiseCopyable, Sendable {
  /// Most kept.
  public static var limit: Int { 24 }

  private var times: [24 of Int64] = .init(repeating: 0)
  private var values: [24 of UInt32] = .init(repeating: 0)
  /// How many are kept.
  public private(set) var count: UInt8 = 0
  private var stride: UInt32 = 1
  private var turn: UInt32 = 0
  /// Of all, microseconds, saturating.
  private var least = UInt32.max
  private var latest: UInt32 = 0

  /// None.
  public init() {}

  /// One of a request sent at `time`, ns since the epoch, answered `duration` ns later.
  public mutating func note(at time: Int64, _ duration: Int64) {
    latest = UInt32(clamping: max(0, duration / 1000))
    least = min(least, latest)
    turn &+= 1
    guard turn >= stride else { return }
    turn = 0
    if Int(count) == Self.limit {
      for place in 0..<(Self.limit / 2) {
        times[place] = times[2 * place]
        values[place] = values[2 * place]
      }
      count = UInt8(Self.limit / 2)
      stride = min(stride * 2, 1 << 20)
    }
    times[Int(count)] = time
    values[Int(count)] = latest
    count &+= 1
  }

  /// How much longer than the fastest the latest took, ms.
  public var growth: Double { count == 0 ? 0 : Double(latest - least) / 1000 }

  /// When each request was sent, ns since the epoch, and how long its answer took, ms.
  public var samples: [(time: Int64, milliseconds: Double)] {
    (0..<Int(count)).map { (times[$0], Double(values[$0]) / 1000) }
  }
}

/// The round trips of all flows.
public typealias RoundTripLists = Arena<RoundTrips, 8>
