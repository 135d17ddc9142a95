/// A token bucket that drops what does not conform and delays nothing (RFC 2697 in its one-rate form).
public struct Policer: Sendable {
  /// Rate, bits a second.
  public var rate: Int64
  /// Bucket, bytes.
  public var burst: Int64
  /// Packets it counts.
  public var filter: PacketFilter
  /// Bits times 10^9 in the bucket.
  private var tokens: Int64
  private var last: Nanoseconds = 0

  /// A policer with a full bucket.
  public init(rate: Int64, burst: Int64, filter: PacketFilter = .everything) {
    self.rate = rate
    self.burst = burst
    self.filter = filter
    tokens = burst * 8_000_000_000
  }

  /// True if a packet of so many bytes may pass now.
  public mutating func admits(_ length: Int, at time: Nanoseconds) -> Bool {
    let full = burst * 8_000_000_000
    let elapsed = time - last
    // Comparing before multiplying keeps long silences from overflowing.
    tokens = elapsed >= (full - tokens) / rate + 1 ? full : tokens + elapsed * rate
    last = time
    let cost = Int64(length) * 8_000_000_000
    guard tokens >= cost else { return false }
    tokens -= cost
    return true
  }
}
