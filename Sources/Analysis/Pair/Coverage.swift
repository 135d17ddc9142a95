internal import Flow
internal import Verdict
internal import Wire

/// Which servers' ways lead past the far capture point, told by the flows that were answered: of a flow that never came to
/// it nothing else says whether it should have (METHOD.md M6.4).
struct Coverage: Sendable {
  /// The near point holds answered flows that the far one does not: it lies beside some ways.
  var missesAnswered = false
  /// Answered flows that both points hold, by what a recorder's filter, or a line that takes some of the traffic, tells apart.
  private var seen: [Kind: Seen] = [:]

  private enum Kind { case tcp, udp, dns }

  private struct Seen {
    var servers: Set<IPAddress> = []
    /// Networks of those servers that lie behind the far point, by the hops that their packets had lost there. What comes to it
    /// with a TTL as it was sent comes from the host that recorded, or from its link: nothing of it shows that the way to
    /// another host leads past there.
    var networks: Set<IPAddress> = []
    var ports: Set<UInt16> = []
  }

  /// Networks from which on the far point is taken to lie on the way to all. Own choice: one server has one way, and two may be
  /// behind one uplink; with three that is the client's.
  private static let manyNetworks = 3
  /// Ports of servers from which on a filter for ports is taken to be none. Own choice: of two, neither is the filter's one.
  private static let manyPorts = 2

  /// Nothing seen.
  init() {}

  /// An answered flow that both points hold; `isBeyond`: what came back past the far one had lost hops before.
  mutating func noteSeen(_ server: PointTrace.End, isBeyond: Bool) {
    let kind = Self.kind(server)
    seen[kind, default: Seen()].servers.insert(server.address)
    seen[kind, default: Seen()].ports.insert(server.port)
    if isBeyond { seen[kind, default: Seen()].networks.insert(server.address.network) }
  }

  /// What is sent to this server passes the far point and would be in its file, or is lost before it.
  func holds(_ server: PointTrace.End) -> Bool {
    guard !missesAnswered, let seen = seen[Self.kind(server)] else { return false }
    return (seen.servers.contains(server.address) || seen.networks.count >= Self.manyNetworks)
      && (seen.ports.contains(server.port) || seen.ports.count >= Self.manyPorts)
  }

  private static func kind(_ server: PointTrace.End) -> Kind {
    server.transport == .tcp ? .tcp : server.port == 53 ? .dns : .udp
  }
}

/// Hosts that a capture point lies at, told by the TTLs of what they sent.
struct Ends: Sendable {
  private var own: Set<IPAddress> = []
  private var others: Set<IPAddress> = []

  /// What a host sent, as the point saw it; resets may be another's.
  mutating func note(_ host: IPAddress, _ marks: some Sequence<PointTrace.Mark>) {
    for mark in marks where !mark.flags.contains(.rst) {
      if TimeToLive.isUntouched(mark.timeToLive) { own.insert(host) } else { others.insert(host) }
    }
  }

  /// No router had passed on anything of this host's.
  func holds(_ host: IPAddress) -> Bool { own.contains(host) && !others.contains(host) }
}
