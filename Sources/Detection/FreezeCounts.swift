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
  }

  private var exchanges: [Key: [Exchange]] = [:]
  /// Most flows kept per network: more prove no more.
  private static let limit = 64

  mutating func note(_ exchange: Exchange, of flow: FlowObservation, over transport: Transport) {
    let key = Key(client: flow.client, network: flow.server.network, transport: transport)
    guard exchanges[key, default: []].count < Self.limit else { return }
    exchanges[key, default: []].append(exchange)
  }

  /// What the silences of this flow's network have in common; nil if too few, or nothing. `isApart`: one after the other.
  func constancy(
    of flow: FlowObservation, over transport: Transport, _ limits: Thresholds.Silence, isApart: Bool = true
  ) -> Constancy? {
    let key = Key(client: flow.client, network: flow.server.network, transport: transport)
    guard let all = exchanges[key], all.count >= Int(limits.freezeFlows.integer) else { return nil }
    guard !isApart || Self.separate(all) >= Int(limits.freezeFlows.integer) else { return nil }
    let packets = all.map(\.packets).sorted()
    let payload = all.map(\.payload).sorted()
    let middle = packets[packets.count / 2]
    let spread = packets[packets.count - 1] - packets[0]
    let byCount =
      spread <= UInt64(limits.freezeSpread.integer) && middle >= UInt64(limits.freezeLeastPackets.integer)
    // Only where freezes by volume were seen: what is cut after a time of a steady stream has nearly constant bytes too.
    let byVolume =
      Self.variation(payload) <= limits.freezeVariation.value
      && (limits.freezeLeastBytes.integer...limits.freezeMostBytes.integer).contains(
        Int64(clamping: payload[payload.count / 2]))
    guard byCount || byVolume, !Self.isByTime(all.map { $0.last &- $0.first }) else { return nil }
    return Constancy(flows: all.count, packets: packets[0]...packets[packets.count - 1])
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
