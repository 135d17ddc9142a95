/// So many a second in the long run, and so many at once.
public struct RateLimit: Sendable {
  private let pause: Int64
  private let burst: Int64
  private var free: Int64 = .min

  /// A limit with nothing used up.
  public init(perSecond: Int, burst: Int) {
    pause = 1_000_000_000 / Int64(max(1, perSecond))
    self.burst = Int64(burst)
  }

  /// True if one more may go at `now`, ns of any clock that does not go back.
  public mutating func allows(at now: Int64) -> Bool {
    // The time at which all that went would have gone at the even pace, never more than a burst ahead.
    let start = max(free, now - pause * (burst - 1))
    guard start <= now else { return false }
    free = start + pause
    return true
  }
}
