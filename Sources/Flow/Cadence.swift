/// Times between datagrams of one direction, by the millisecond: media of a constant rate come at a steady pace, and what
/// is missing leaves gaps of whole multiples of it (METHOD.md M3.8).
public struct Cadence: BitwiseCopyable, Sendable {
  /// Gaps from this on are pauses, ms.
  public static var limit: Int { 250 }

  /// How many gaps of n ms, rounded.
  public private(set) var gaps: [250 of UInt16] = .init(repeating: 0)
  /// Gaps beyond.
  public private(set) var pauses: UInt32 = 0
  /// First and latest datagram, ns since the epoch.
  public private(set) var first = Int64.max
  /// Latest datagram.
  public private(set) var last = Int64.min
  /// One-second bins before the latest, datagrams in them, and the sum of their squares.
  public private(set) var bins = 0.0
  /// Datagrams in these bins.
  public private(set) var counted = 0.0
  /// Sum of the bins' squares.
  public private(set) var squared = 0.0
  private var bin = 0.0
  private var binStart = Int64.min

  /// Nothing seen.
  public init() {}

  /// A datagram, ns since the epoch.
  public mutating func note(_ time: Int64) {
    if first == .max {
      first = time
      binStart = time
    } else {
      let gap = Int((max(0, time &- last) &+ 500_000) / 1_000_000)
      if gap >= Self.limit {
        pauses &+= 1
      } else if gaps[gap] < .max {
        gaps[gap] &+= 1
      }
      while time &- binStart >= 1_000_000_000 {
        bins += 1
        counted += bin
        squared += bin * bin
        bin = 0
        // A long silence is a pause, whatever its length.
        binStart = time &- binStart >= 10_000_000_000 ? time : binStart &+ 1_000_000_000
      }
    }
    bin += 1
    if time > last { last = time }
  }
}
