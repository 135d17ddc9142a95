internal import Settings
internal import Verdict

/// After how much of an exchange the connections of one client to one network fell silent (METHOD.md M2.5).
///
/// Claims a rule by count only where three flows or more went silent after nearly the same count, each begun after the one
/// before had fallen silent: connections that stop together say one thing once. Those that stop before 14 packets stop at
/// a step of their protocol, which is constant by itself; those that stop after the same time say nothing of a count. Cannot tell
/// apart: a limit on the path, one of the client's own router, and one of the servers.
struct FreezeCounts: Sendable {
  /// One flow's exchange until its silence, both directions summed.
  struct Exchange: Sendable, Equatable {
    let packets: UInt64
    let payload: UInt64
    /// First packet, ns since the epoch.
    let first: Int64
    /// The server's last packet.
    let last: Int64
    /// When the silence began: when the client first asked in vain.
    let since: Int64
    /// The server's bytes, where nothing but its last segment's size says that more was to come; 0 where more was owed.
    var fullAfter: UInt32 = 0
    /// That segment is full indeed, or lacks PSH.
    var isCutOff = true
  }

  /// Whose silences are held against each other.
  private struct Key: Hashable {
    let client: IPAddress
    let network: IPAddress
    let transport: Transport
  }

  /// What several silences have in common.
  struct Constancy: Sendable, Equatable {
    let flows: Int
    /// Fewest and most packets.
    let packets: ClosedRange<UInt64>
    /// Enough of them were owed more, or stopped behind a full segment after different amounts: one page that fills its last
    /// segment does so each time.
    let isOwed: Bool
  }

  private var exchanges: [Key: [Exchange]] = [:]
  /// Most flows kept per network: more prove no more.
  private static let limit = 64

  /// Nothing fell silent.
  var isEmpty: Bool { exchanges.isEmpty }

  mutating func note(_ exchange: Exchange, of flow: FlowObservation, over transport: Transport) {
    let key = Key(client: flow.client, network: flow.server.network, transport: transport)
    guard exchanges[key, default: []].count < Self.limit else { return }
    exchanges[key, default: []].append(exchange)
  }

  /// What the silences of this flow's network have in common with one after so many packets and bytes; nil if too few, or
  /// nothing. `isApart`: one after the other.
  func constancy(
    of flow: FlowObservation, after own: (packets: UInt64, payload: UInt64), over transport: Transport,
    _ limits: Thresholds.Silence, isApart: Bool = true
  ) -> Constancy? {
    let key = Key(client: flow.client, network: flow.server.network, transport: transport)
    guard let all = exchanges[key], all.count >= Int(limits.freezeFlows.integer) else { return nil }
    for alike in [Self.byCount(all, own.packets, limits), Self.byVolume(all, own.payload, limits)] {
      guard let alike, !isApart || Self.separate(alike) >= Int(limits.freezeFlows.integer),
        !Self.isByTime(alike.map { $0.last &- $0.first })
      else { continue }
      let packets = alike.map(\.packets)
      let owed = alike.count { $0.fullAfter == 0 } + Self.amounts(alike, limits.freezeAmount.integer)
      return Constancy(
        flows: alike.count, packets: (packets.min() ?? 0)...(packets.max() ?? 0),
        isOwed: owed >= Int(limits.freezeFlows.integer))
    }
    return nil
  }

  /// How many amounts of servers that stopped behind a full segment differ: by `apart` bytes and more, for the handshakes of one site
  /// differ by a few, whatever page follows.
  private static func amounts(_ all: [Exchange], _ apart: Int64) -> Int {
    var count = 0
    var counted = Int64.min / 2
    for amount in all.filter(\.isCutOff).map({ Int64($0.fullAfter) }).filter({ $0 > 0 }).sorted()
    where amount &- counted >= apart {
      count += 1
      counted = amount
    }
    return count
  }

  /// Whether so many of all are a rule: of four or five one may differ, as a connection of another kind does, of six two. Of
  /// silences for any reason three of a number lie close together soon.
  private static func isRule(_ count: Int, of all: Int, _ limits: Thresholds.Silence) -> Bool {
    count >= Int(limits.freezeFlows.integer) && 2 * (all - count) <= count - 2
  }

  /// The most exchanges within the spread of each other, this one's packets among them.
  private static func byCount(_ all: [Exchange], _ own: UInt64, _ limits: Thresholds.Silence) -> [Exchange]? {
    let spread = UInt64(limits.freezeSpread.integer)
    var most: [Exchange] = []
    for least in Set(all.lazy.map(\.packets).filter { $0 <= own && own - $0 <= spread }).sorted() {
      let alike = all.filter { $0.packets >= least && $0.packets - least <= spread }
      if alike.count > most.count { most = alike }
    }
    guard isRule(most.count, of: all.count, limits),
      most.map(\.packets).sorted()[most.count / 2] >= UInt64(limits.freezeLeastPackets.integer)
    else { return nil }
    return most
  }

  /// The most exchanges whose bytes vary little, this one's among them. Only where freezes by volume were seen: what is cut after a
  /// time of a steady stream has nearly constant bytes too.
  private static func byVolume(_ all: [Exchange], _ own: UInt64, _ limits: Thresholds.Silence) -> [Exchange]? {
    let sorted = all.sorted { $0.payload < $1.payload }
    let known = limits.freezeLeastBytes.integer...limits.freezeMostBytes.integer
    var count = sorted.count
    while isRule(count, of: sorted.count, limits) {
      for start in 0...(sorted.count - count) {
        let alike = sorted[start..<(start + count)]
        guard (sorted[start].payload...sorted[start + count - 1].payload).contains(own),
          known.contains(Int64(clamping: sorted[start + count / 2].payload)),
          variation(alike.map(\.payload)) <= limits.freezeVariation.value
        else { continue }
        return Array(alike)
      }
      count -= 1
    }
    return nil
  }

  /// Flows that began after the one before had fallen silent, and the first: what answered them anew was not down.
  private static func separate(_ all: [Exchange]) -> Int {
    var count = 0
    var silent = Int64.min
    for exchange in all.sorted(by: { ($0.since, $0.first) < ($1.since, $1.first) }) where exchange.first > silent {
      count += 1
      silent = exchange.since
    }
    return count
  }

  /// Packets came for long, and equally so: what beats steadily has had as many packets then, and a time limit of a gateway or machines
  /// that are restarted one after the other end it so.
  private static func isByTime(_ durations: [Int64]) -> Bool {
    let seconds = durations.map { Double($0) / 1e9 }
    return seconds.reduce(0, +) >= 10 * Double(seconds.count) && variation(seconds) <= 0.25
  }

  /// Standard deviation over mean.
  private static func variation(_ values: [UInt64]) -> Double { variation(values.map { Double($0) }) }

  private static func variation(_ values: [Double]) -> Double {
    let mean = values.reduce(0, +) / Double(values.count)
    guard mean > 0 else { return .infinity }
    let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (square / Double(values.count)).squareRoot() / mean
  }
}
