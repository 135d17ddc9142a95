public import Settings
public import Verdict

/// A flow with media of which a direction lost packets.
public final class LossyCall: Sendable {
  /// Frame of the flow's first packet: what it is known by.
  public let key: UInt64
  /// The client.
  public let client: IPAddress
  /// Both directions.
  public let passages: DirectionPassages
  /// Their queues: every flow that fell silent beside this one asks for them.
  let queues: (client: QueueDelay?, server: QueueDelay?)
  /// The buckets that explain each direction's losses best, if it lost enough to be looked at: a flow is judged more than
  /// once, and this is what costs most of it.
  private let fits: (client: TokenBucketFit?, server: TokenBucketFit?)
  private let counts: (client: LossCounts?, server: LossCounts?)

  /// A flow.
  public init(key: UInt64, client: IPAddress, passages: DirectionPassages, _ thresholds: Thresholds) {
    self.key = key
    self.client = client
    self.passages = passages
    queues = (
      passages.client.map { QueueDelay($0, thresholds.cap, isMedia: true) },
      passages.server.map { QueueDelay($0, thresholds.cap, isMedia: true) }
    )
    counts = (passages.client.map(LossCounts.init), passages.server.map(LossCounts.init))
    fits = (
      passages.client.flatMap { MediaCaps.fit($0, thresholds) },
      passages.server.flatMap { MediaCaps.fit($0, thresholds) }
    )
  }

  /// The bucket that explains a direction's losses best; nil if none does.
  func fit(_ direction: Direction) -> TokenBucketFit? { direction == .up ? fits.client : fits.server }

  /// From the first of its packets that are known to the last.
  func overlaps(_ window: TimeWindow) -> Bool {
    [passages.client, passages.server].contains { passage in
      guard let passage, let first = passage.offers.first, let last = passage.offers.last else { return false }
      return passage.moment(first.time) <= window.last && passage.moment(last.time) >= window.first
    }
  }

  /// Shares of what either side sent within a window that were lost.
  func losses(in window: TimeWindow) -> (client: Double, server: Double) {
    (counts.client?.loss(in: window) ?? 0, counts.server?.loss(in: window) ?? 0)
  }

  /// Longest median delay around what was lost within the window, ms; nil if nothing was, or no delay is known there.
  func delayAtLosses(in window: TimeWindow) -> Double? {
    let both = [(passages.client, queues.client), (passages.server, queues.server)]
    return both.compactMap { passage, queue in passage.flatMap { queue?.medianAtLosses($0.losses(in: window)) } }.max()
  }
}

/// Token buckets that several flows of one client share: each alone seems to lose by chance, together they lose as one
/// bucket would.
public struct SharedBuckets: Sendable {
  private var up: [UInt64: TokenBucketFit] = [:]
  private var down: [UInt64: TokenBucketFit] = [:]
  /// Flows that others of the client lost packets beside, though no bucket explains it or it was not looked for.
  private var accompanied: (up: Set<UInt64>, down: Set<UInt64>) = ([], [])

  /// None.
  public init() {}

  /// The bucket that explains a direction's losses together with others'; times count from the direction's own start.
  public subscript(key: UInt64, direction: Direction) -> TokenBucketFit? {
    direction == .up ? up[key] : down[key]
  }

  /// No other flow of the client lost packets at the same time in this direction, or a shared bucket was looked for and
  /// nothing speaks for one.
  func isAlone(_ key: UInt64, _ direction: Direction) -> Bool {
    !(direction == .up ? accompanied.up : accompanied.down).contains(key)
  }

  /// Looks at flows of one client that lost packets at the same time.
  public static func examine(_ calls: [LossyCall], _ thresholds: Thresholds) -> SharedBuckets {
    var buckets = SharedBuckets()
    guard calls.count > 1 else { return buckets }
    (buckets.down, buckets.accompanied.down) = examine(
      calls.map { ($0.key, $0.client, $0.passages.server) }, thresholds.cap)
    (buckets.up, buckets.accompanied.up) = examine(
      calls.map { ($0.key, $0.client, $0.passages.client) }, thresholds.cap)
    return buckets
  }

  private static func examine(
    _ all: [(key: UInt64, client: IPAddress, passage: Passage?)], _ limits: Thresholds.Cap
  ) -> ([UInt64: TokenBucketFit], accompanied: Set<UInt64>) {
    var found: [UInt64: TokenBucketFit] = [:]
    var accompanied: Set<UInt64> = []
    var groups: [(client: IPAddress, members: [(UInt64, Passage)])] = []
    var places: [IPAddress: Int] = [:]
    for (key, client, passage) in all {
      guard let passage else { continue }
      if let place = places[client] {
        groups[place].members.append((key, passage))
      } else {
        places[client] = groups.count
        groups.append((client, [(key, passage)]))
      }
    }
    for (_, members) in groups {
      guard members.count > 1, let start = members.map({ $0.1.start }).min() else { continue }
      if members.reduce(0, { $0 + $1.1.offers.count }) > Int(limits.offers.integer) / 4 {
        // Too many to be put in one order.
        for (key, _) in members { accompanied.insert(key) }
        continue
      }
      var offers: [Offer] = []
      // From where all of them are seen until one is seen no more.
      var from = -Double.infinity
      var until = Double.infinity
      for (_, passage) in members {
        let shift = Double(passage.start &- start) / 1e9
        from = max(from, (passage.offers.first?.time ?? 0) + shift)
        until = min(until, (passage.offers.last?.time ?? 0) + shift)
        for offer in passage.offers {
          offers.append(Offer(time: offer.time + shift, bytes: offer.bytes, fate: offer.fate))
        }
      }
      guard until > from else { continue }
      offers = offers.filter { $0.time >= from && $0.time <= until }
      offers.sort { $0.time < $1.time }
      guard let fit = TokenBucketSearch(offers, limits)?.fit(isWide: false) else { continue }
      guard fit.explains(limits.conformity.value, limits) else {
        for (key, _) in members { accompanied.insert(key) }
        continue
      }
      for (key, passage) in members {
        var own = fit
        let shift = Double(passage.start &- start) / 1e9
        own.first -= shift
        own.last -= shift
        found[key] = own
      }
    }
    return (found, accompanied)
  }
}
