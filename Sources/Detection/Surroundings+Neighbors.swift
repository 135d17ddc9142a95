internal import Flow
internal import Settings
public import Verdict

/// What the other flows of a client say of a time.
extension Surroundings {
  /// Controls of a silence: same client and transport, another server beyond the client's own network, surely answered within
  /// it; and in how many one-second bins. What was under way when the silence began still arrives: `margin` of it counts
  /// for nothing. What began within `apart` of when a path that had worked fell silent may be why: a tunnel that took over is no
  /// control.
  public func controls(
    for client: IPAddress, server: IPAddress, transport: Transport, during silence: TimeWindow, margin: Int64 = 0,
    apart: Int64 = 0
  ) -> [(flow: Neighbor, trials: Int)] {
    let window = silence.without(margin)
    return neighbors.filter(client) {
      $0.transport == transport && $0.server != server && !$0.isOnLink
        && (apart == 0 || abs($0.first &- silence.first) > apart)
    }
    .compactMap {
      let trials = $0.trials(in: window)
      return trials > 0 ? ($0, trials) : nil
    }
  }

  /// How many flows of this client and transport began within the window and were answered from beyond its own network, and how
  /// many were not, other than those of the flow's own kind: of its network and application, or for a call as it is. Of another
  /// application whose servers were silent one counts. `rooms`: those of the answered that show that whatever keeps state for flows on the way,
  /// a NAT or a firewall, had room; a provider's name servers may be asked past it.
  func begun(
    like flow: FlowObservation, _ transport: Transport, in window: TimeWindow, slack: Int64
  ) -> (answered: Int, failed: Int, rooms: Int) {
    var begun = (answered: 0, failed: 0, rooms: 0)
    var networks: Set<IPAddress> = []
    _ = neighbors.contains(flow.client) {
      guard $0.transport == transport, $0.server != flow.server, !$0.isOnLink, $0.trials > 0,
        $0.first >= window.first &- slack, $0.first <= window.last
      else { return false }
      begun.answered += 1
      if $0.port != 53, $0.first > window.first {
        begun.rooms += 1
        networks.insert($0.server.network)
      }
      return false
    }
    var applications: Set<Application> = []
    _ = unanswered.contains(flow.client) {
      guard $0.transport == transport, $0.first >= window.first &- slack, $0.first <= window.last,
        $0.server.network != flow.server.network, !Self.isOnLink($0.server, of: flow.client)
      else { return false }
      // Relays of one call may be known as an application's or not.
      let mayBeOfIt = $0.isOfCall && transport == .udp && flow.dialogue?.server.asked ?? 0 > 0
      if mayBeOfIt, $0.application == nil || flow.application == nil { return false }
      if let application = $0.application {
        if application != flow.application { applications.insert(application) }
      } else {
        begun.failed += 1
      }
      return false
    }
    begun.failed += applications.count
    // What a provider keeps copies of the web's contents on may be reached past it as well.
    if transport == .tcp, networks.count < 2 { begun.rooms = 0 }
    return begun
  }

  /// Something in servers' names came from the client's own network within the window, as a portal answers before one has signed in.
  func hasPortal(_ client: IPAddress, in window: TimeWindow) -> Bool {
    client.isPrivate
      && neighbors.contains(client) {
        $0.isFromLink && $0.transport == .tcp && !Self.isOnLink($0.server, of: client)
          && $0.first <= window.last && $0.lastAnswer >= window.first
      }
  }

  /// The addresses of this client's host, as far as they are known: all, where the capture has one IPv4 client and IPv6 clients of
  /// one network, as one host's own capture has.
  private func host(of client: IPAddress) -> [IPAddress] {
    guard let all = neighbors.addresses(atMost: Self.mostOfHost)?.filter({ $0.family == .v4 || !$0.isPrivate }),
      all.contains(client)
    else {
      return [client]
    }
    let v6 = all.filter { $0.family == .v6 }
    guard all.count - v6.count <= 1, Set(v6.map(\.high)).count <= 1 else { return [client] }
    return all
  }

  /// A host has one IPv4 address and IPv6 ones that change (RFC 8981): more are of several hosts.
  private static let mostOfHost = 6

  /// Another server of the same service, over UDP a relay, surely answered this client's host over this transport within the silence,
  /// at whichever of its addresses.
  func isServed(
    _ client: IPAddress, by application: Application, over transport: Transport, besides server: IPAddress,
    during silence: TimeWindow, margin: Int64
  ) -> Bool {
    let window = silence.without(margin)
    return host(of: client).contains { address in
      neighbors.contains(address) {
        $0.service == application && $0.transport == transport && $0.server != server && $0.trials(in: window) > 0
      }
    }
  }

  /// This very server and port surely answered another socket of the client within the silence, or soon behind it: it is up, and
  /// so is the way to it.
  func servesOthers(_ flow: FlowObservation, during silence: TimeWindow, margin: Int64, slack: Int64) -> Neighbor? {
    guard flow.clientPort != 0 else { return nil }
    return answered(flow.client, by: flow, during: silence, margin: margin, slack: slack).first {
      $0.clientPort != flow.clientPort
    }
  }

  /// What the server and port of a flow surely answered a client, this one's or another, within the silence or soon behind it.
  func answered(
    _ client: IPAddress, by flow: FlowObservation, during silence: TimeWindow, margin: Int64, slack: Int64
  ) -> [Neighbor] {
    let window = TimeWindow(first: silence.first &+ margin, last: silence.last &+ slack)
    return neighbors.filter(client) {
      $0.transport == .udp && $0.server == flow.server && $0.port == flow.serverPort && $0.trials(in: window) > 0
    }
  }

  /// A STUN server told within the window that it sees this client under another address or port than before: a NAT's mapping
  /// was renewed, or the client's line has a new address; when, ns since the epoch. Whoever knew it by the old one is silent, or
  /// answers nobody. Another port is the same socket's alone.
  func newMapping(of flow: FlowObservation, in window: TimeWindow) -> Int64? {
    neighbors.filter(flow.client) {
      $0.newMapping != .max && $0.newMapping >= window.first && $0.newMapping <= window.last
        && ($0.hasNewAddress || $0.clientPort == flow.clientPort)
    }.first?.newMapping
  }

  /// A radio of the client's is known to have been awake at `time`: something of its was sent or answered less than `idle` before,
  /// or went on around it. Where more flows are known than are kept, it was busy.
  func wasAwake(_ client: IPAddress, at time: Int64, idle: Int64) -> Bool {
    guard knowsControls else { return true }
    var count = 0
    return neighbors.contains(client) {
      count += 1
      if count == Self.limit { return true }
      func isJustBefore(_ moment: Int64) -> Bool { moment < time && moment >= time &- idle }
      if isJustBefore($0.first) || isJustBefore($0.lastSent) || isJustBefore($0.lastAnswer) { return true }
      return $0.first < time && $0.lastAnswer > time && $0.longestGap <= idle
    }
  }

  /// A handshake of this client with another server beyond its own network, begun within `apart` of `time`, took less than `span`,
  /// ns: no queue on the client's line and no sleep of its radio had held the packets of that time up for as long.
  func hasHandshake(
    of client: IPAddress, besides server: IPAddress, at time: Int64, apart: Int64, under span: Int64
  ) -> Bool {
    neighbors.contains(client) {
      $0.transport == .tcp && $0.server != server && !$0.isOnLink && $0.firstAnswer != .min
        && abs($0.first &- time) <= apart && $0.firstAnswer &- $0.first < span
    }
  }

  /// Another server than `server` answered this socket within the silence: its mapping in a NAT lived.
  public func isMapped(_ socket: Socket, besides server: IPAddress, during silence: TimeWindow, margin: Int64) -> Bool {
    let window = silence.without(margin)
    return socket.port != 0
      && neighbors.contains(socket.address) {
        $0.clientPort == socket.port && $0.transport == .udp && $0.server != server && !$0.isOnLink
          && $0.trials(in: window) > 0 && !($0.newMapping >= silence.first && $0.newMapping <= silence.last)
      }
  }

  /// Controls of what happened at once: same client and transport, another server, answered within the window and its slack.
  public func controls(
    for client: IPAddress, server: IPAddress, transport: Transport, window: TimeWindow, slack: Int64
  ) -> [Neighbor] {
    neighbors.filter(client) {
      $0.transport == transport && $0.server != server && !$0.isOnLink && $0.trials > 0
        && $0.first <= window.last &+ slack && $0.lastAnswer >= window.first &- slack
    }
  }

  /// A relay answered this client around the window.
  func hasRelay(_ client: IPAddress, in window: TimeWindow, slack: Int64) -> Bool {
    neighbors.contains(client) {
      $0.isRelay && $0.trials > 0 && $0.first <= window.last &+ slack && $0.lastAnswer >= window.first &- slack
    }
  }

  /// A filter may have kept out the ICMP errors that would explain a silence: the capture holds neither ICMP nor ARP, and of this
  /// client one transport alone. Or it cut them.
  func mayLackErrors(_ client: IPAddress, _ transport: Transport) -> Bool {
    cutErrors.concern(client)
      || hasOnlySegmentsAndDatagrams && !neighbors.contains(client) { $0.transport != transport }
  }

  /// An answer may have reached this client within the window, from whomever.
  public func isAnswered(_ client: IPAddress, in window: TimeWindow) -> Bool {
    neighbors.contains(client) { $0.first <= window.last && $0.lastAnswer >= window.first }
  }

  /// Something surely reached this client within the silence from beyond its own network: the line was up.
  public func isReached(_ client: IPAddress, during silence: TimeWindow, margin: Int64) -> Bool {
    let window = silence.without(margin)
    return neighbors.contains(client) { !$0.isOnLink && $0.trials(in: window) > 0 }
  }

  /// The same through the translator of its line: where that is down, what does not go through it shows nothing.
  func isReachedByTranslator(_ client: IPAddress, during silence: TimeWindow, margin: Int64) -> Bool {
    let window = silence.without(margin)
    return neighbors.contains(client) { $0.server.isTranslated && $0.trials(in: window) > 0 }
  }

  /// Of what this client had going when a silence began nothing was answered any more, though some of it was asked, and what it
  /// began afterwards was: so it is where a host changes its network and a tunnel keeps its address.
  /// `lead`: how long before the silence a tunnel may have begun.
  func hasStartedAnew(
    _ client: IPAddress, besides server: IPAddress, during silence: TimeWindow, margin: Int64, lead: Int64
  ) -> Bool {
    let window = silence.without(margin)
    var (isUnheard, isAnew) = (false, false)
    let goesOn = neighbors.contains(client) {
      guard $0.server != server, !$0.isOnLink else { return false }
      // A tunnel's first packets come before what it takes over falls silent.
      if $0.first >= silence.first || $0.isTunnel && $0.first >= silence.first &- lead {
        if $0.trials(in: window) > 0 { isAnew = true }
        return false
      }
      if $0.isUnheard, $0.lastSent >= silence.first { isUnheard = true }
      return $0.lastAnswer >= window.first
    }
    return isUnheard && isAnew && !goesOn
  }

  /// The server of a tunnel that began within `lead` before the silence, or with it, and went on, while what had gone on before it with
  /// other servers fell silent too, and nothing of that was answered any more; nil if there is none.
  func tunnelBegun(
    _ client: IPAddress, besides server: IPAddress, during silence: TimeWindow, margin: Int64, lead: Int64
  ) -> Socket? {
    let window = silence.without(margin)
    let begun = neighbors.filter(client) {
      $0.isTunnel && $0.transport == .udp && $0.server != server && $0.trials(in: window) > 0
        && $0.first >= silence.first &- lead && $0.first <= silence.first &+ margin
    }
    guard let tunnel = begun.min(by: { ($0.first, $0.position) < ($1.first, $1.position) }) else { return nil }
    var areSilent = false
    let goesOn = neighbors.contains(client) {
      guard $0.server != server, $0.server != tunnel.server, !$0.isOnLink, $0.first < tunnel.first else { return false }
      if $0.lastSent >= silence.first &- lead, abs($0.lastHeard &- tunnel.first) <= 2 &* lead { areSilent = true }
      return $0.lastAnswer >= window.first
    }
    return areSilent && !goesOn ? Socket(tunnel.server, tunnel.port) : nil
  }

  /// Something reached this client within the window, be it from its own network: the local link was up.
  public func isAlive(_ client: IPAddress, in window: TimeWindow) -> Bool {
    hasLinkReply(client, in: window) || neighbors.contains(client) { $0.trials(in: window) > 0 }
  }

  private func hasLinkReply(_ client: IPAddress, in window: TimeWindow) -> Bool {
    linkAlive.contains { $0.time >= window.first && $0.time <= window.last && $0.mayReach(client) }
  }

  /// A TCP connection of this client to this very server was surely answered within the window.
  public func hasConnection(_ client: IPAddress, to server: IPAddress, during window: TimeWindow) -> Bool {
    neighbors.contains(client) { $0.transport == .tcp && $0.server == server && $0.trials(in: window) > 0 }
  }

  /// Another server's flow of this client, answered before, was asked within the silence and not answered any more, and
  /// nothing else was answered within it.
  public func othersFellSilent(
    _ client: IPAddress, besides server: IPAddress, during silence: TimeWindow, margin: Int64
  ) -> Bool {
    let window = silence.without(margin)
    var areSilent = false
    let isAnswered = neighbors.contains(client) {
      guard $0.server != server else { return false }
      if $0.lastSent >= window.first, $0.lastAnswer < window.first { areSilent = true }
      return $0.trials(in: window) > 0
    }
    return areSilent && !isAnswered
  }

  /// What the client sent within the silence surely reached another server beyond its own network, which answered it.
  public func isHeard(
    _ client: IPAddress, besides server: IPAddress, during silence: TimeWindow, margin: Int64
  ) -> Bool {
    let window = silence.without(margin)
    return neighbors.contains(client) { $0.server != server && !$0.isOnLink && $0.hears(in: window) }
  }

  /// Another server that had answered this client was asked within the silence in vain, whatever it still sent.
  public func othersAreUnheard(
    _ client: IPAddress, besides server: IPAddress, during silence: TimeWindow, margin: Int64
  ) -> Bool {
    let window = silence.without(margin)
    return neighbors.contains(client) {
      guard $0.server != server, !$0.isOnLink, $0.first < silence.first else { return false }
      return $0.paused(in: window) || $0.isUnheard && $0.lastSent >= window.first && $0.lastHeard < window.first
    }
  }

  /// A TCP connection of this client to this very server began within the window and was answered.
  func hasConnection(_ client: IPAddress, to server: IPAddress, begunIn window: TimeWindow) -> Bool {
    neighbors.contains(client) {
      $0.transport == .tcp && $0.server == server && $0.trials > 0 && $0.first >= window.first
        && $0.first <= window.last
    }
  }

  /// Something surely reached this client within the window from beyond its own network: a packet of another server's flow
  /// that began and was answered within it, or went through it without ever a gap as long. What was under way when
  /// the window began still arrives: `margin` of it counts for nothing. ARP and hosts behind no router show the local link
  /// alone: a router whose line is dead answers both.
  public func hasArrival(
    at client: IPAddress, from server: IPAddress, in silence: TimeWindow, margin: Int64
  ) -> Bool {
    let window = silence.without(margin)
    let span = window.last &- window.first
    return neighbors.contains(client) {
      guard $0.server != server, !$0.isOnLink, $0.lastAnswer >= window.first else { return false }
      if $0.first >= window.first, $0.lastAnswer <= window.last { return true }
      return max($0.first, $0.firstAnswer) <= window.first && $0.lastAnswer >= window.last && $0.longestGap < span
    }
  }

  /// A connection of this client that was open before `first` went on beyond `last`: its server acknowledged something new then.
  func hasSurvivor(_ client: IPAddress, of first: Int64, until last: Int64) -> Bool {
    neighbors.contains(client) {
      $0.transport == .tcp && !$0.isOnLink && $0.first < first && $0.lastHeard > last
    }
  }

  /// Nothing is known to have reached this client within the window, and a busy flow with another server that was alive
  /// before and after it paused for as long: the client's own line may have been away.
  public func mayHavePaused(_ client: IPAddress, from server: IPAddress, in window: TimeWindow, margin: Int64) -> Bool {
    if hasArrival(at: client, from: server, in: window, margin: margin) { return false }
    let span = window.last &- window.first &- margin
    // Nothing pauses for less than what counts for nothing: one SYN and the filter's notice of it.
    guard span > 0 else { return false }
    return neighbors.contains(client) {
      $0.server != server && $0.first <= window.first && $0.lastAnswer >= window.last && $0.pauses(for: span)
    }
  }

  /// Servers that answered this client around the window.
  public func answeringServers(_ client: IPAddress, in window: TimeWindow, slack: Int64) -> Set<IPAddress> {
    let answering = neighbors.filter(client) {
      $0.trials > 0 && $0.first <= window.last &+ slack && $0.lastAnswer >= window.first &- slack
    }
    return Set(answering.map(\.server))
  }

  /// Another server beyond the client's own network answered this client within the window.
  public func hasAnswer(_ client: IPAddress, besides server: IPAddress, in window: TimeWindow) -> Bool {
    neighbors.contains(client) {
      $0.server != server && !$0.isOnLink && $0.first <= window.last && $0.lastAnswer >= window.first
    }
  }
}

extension TimeWindow {
  /// The window without its first `margin` ns.
  func without(_ margin: Int64) -> TimeWindow { TimeWindow(first: first &+ margin, last: last) }
}
