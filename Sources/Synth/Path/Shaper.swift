/// A token bucket with a queue: what does not conform waits, and what finds the queue full is dropped.
public struct Shaper: Sendable {
  /// Rate, bits a second.
  public var rate: Int64
  /// Bucket, bytes.
  public var burst: Int64
  /// Most bytes that wait.
  public var queueLimit: Int
  /// Packets it delays.
  public var filter: PacketFilter
  private var tokens: Int64
  private var last: Nanoseconds = 0
  private var waiting: [(departure: Nanoseconds, length: Int)] = []

  /// A shaper with a full bucket and an empty queue.
  public init(rate: Int64, burst: Int64, queueLimit: Int, filter: PacketFilter = .everything) {
    self.rate = rate
    self.burst = burst
    self.queueLimit = queueLimit
    self.filter = filter
    tokens = burst * 8_000_000_000
  }

  /// When a packet of so many bytes leaves, or nil if it finds no room.
  public mutating func departure(of length: Int, at time: Nanoseconds) -> Nanoseconds? {
    waiting.removeAll { $0.departure <= time }
    let queued = waiting.reduce(0) { $0 + $1.length }
    guard waiting.isEmpty || queued + length <= queueLimit else { return nil }
    let start = max(time, last)
    let full = burst * 8_000_000_000
    let elapsed = start - last
    tokens = elapsed >= (full - tokens) / rate + 1 ? full : tokens + elapsed * rate
    let cost = Int64(length) * 8_000_000_000
    var departure = start
    if tokens < cost {
      departure += (cost - tokens + rate - 1) / rate
      tokens = 0
    } else {
      tokens -= cost
    }
    last = departure
    if departure > time { waiting.append((departure, length)) }
    return departure
  }
}
