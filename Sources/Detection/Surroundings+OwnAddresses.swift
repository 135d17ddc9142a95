public import Verdict

/// What a host's other addresses say of one that fell silent.
extension Surroundings {
  /// This very server and port surely answered another address of the capturing host within the silence: what differs is the way
  /// that the host's own routing, or a tunnel, took for this one.
  func servesOwnAddress(_ flow: FlowObservation, during silence: TimeWindow, margin: Int64, slack: Int64) -> Socket? {
    guard isHostsOwn, appearances.count <= Self.ownAddresses, appearances.contains(where: { $0.client == flow.client })
    else { return nil }
    for own in appearances where own.client != flow.client {
      let served = answered(own.client, by: flow, during: silence, margin: margin, slack: slack)
      if let served = served.first { return Socket(own.client, served.clientPort) }
    }
    return nil
  }

  /// Another client address of the same family began to talk to the same server around the window's start, or one appeared
  /// then in a host's own capture or, of few, in another IPv6 prefix, and nobody answered the old address any more: the host moved to another network, or
  /// into a tunnel. What began with the silence, as the tunnel's own flow, and hosts of the client's own network are no sign
  /// that the old address lives.
  /// `began`: when the flow that fell silent did. What began with it, to within `beside`, from another address is the same traffic
  /// behind a NAT, or a host with two lines; and an address that was there before the flow, or long before it fell silent, is another host's.
  public func hasMoved(
    _ client: IPAddress, server: IPAddress, in window: TimeWindow, slack: Int64, began: Int64 = .min, beside: Int64 = 0
  ) -> Bool {
    let time = window.first
    // What was under way to the old address still arrives for a moment.
    let lives = neighbors.contains(client) {
      !$0.isOnLink && $0.lastAnswer >= time &+ slack / 4 && $0.first < time &- slack
    }
    if lives { return false }
    let twins = Set(clientsByServer.filter(server) { began != .min && abs($0.first &- began) <= beside }.map(\.client))
    let own = appearances.first { $0.client == client }?.first
    func mayBeNew(_ other: (client: IPAddress, first: Int64)) -> Bool {
      guard other.client != client, other.client.family == client.family, abs(other.first &- time) <= slack,
        other.first >= began,
        !twins.contains(other.client)
      else { return false }
      return firstSeen[other.client].map { $0 >= time &- slack } ?? true
    }
    if clientsByServer.contains(server, where: mayBeNew) { return true }
    // One that was there from the start is another host.
    guard appearances.count <= Self.ownAddresses, let earliest = appearances.first?.first else { return false }
    return appearances.contains { other in
      // Hosts of one line have one prefix, of which a line that got another keeps nothing (RFC 8978).
      let hasNewPrefix =
        client.family == .v6 && !client.isPrivate && !other.client.isPrivate && other.client.high != client.high
      let isWithIt = own.map { abs($0 &- (firstSeen[other.client] ?? other.first)) <= beside } ?? false
      return (isHostsOwn || hasNewPrefix) && mayBeNew(other) && other.first > earliest && !isWithIt
    }
  }
}
