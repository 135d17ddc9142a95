public import Verdict

/// What the rest of the capture says about the time and place of a flow.
public struct Surroundings: Sendable {
  /// Packets the capturing kernel dropped; nil if unknown.
  public var drops: UInt64?
  /// Share of the segments of long transfers that were acknowledged and never seen: the capture missed them. 0 where they
  /// are few.
  public var missedShare = 0.0
  /// No host in the capture ever answered another, and none heard an ARP reply.
  public var isOneSided = false
  /// Clients that nothing from beyond their own network reached, though they went on as after answers: of those the capture holds
  /// one direction only.
  public var unheardClients: Set<IPAddress> = []
  /// The capture is a host's own, of several interfaces or a tunnel: its addresses may all be that host's.
  public var isHostsOwn = false
  /// The capture holds neither ICMP nor ARP.
  public var hasOnlySegmentsAndDatagrams = false
  /// ARP replies, in the order of the file.
  public var linkAlive: [LinkReply] = []
  /// Paths that carried media both ways, by the client's socket.
  private var mediaPaths: [Socket: [MediaPath]] = [:]
  /// Token buckets that explain the losses of several calls together.
  public var sharedBuckets = SharedBuckets()
  /// By the frame of its first packet, what was found out about a connection's rate.
  public var connectionCaps: [UInt64: ConnectionCap] = [:]
  /// Directions that carried something, of clients that have a flow which may be capped.
  public var carriers: [Carrier] = []
  /// Flows that were looked at for a cap in this report.
  public var examinedCaps = 0
  /// By the frame of its first packet, what held a long transfer back.
  public var phases: [UInt64: TransferPhases] = [:]
  /// Clients whose calls and transfers lost more packets than are looked at one by one: nothing is known of their caps.
  public var crowded: Set<IPAddress> = []
  /// Flows of calls that lost packets: what was lost in a time was perhaps not silenced.
  public var lossyCalls: [LossyCall] = [] {
    didSet {
      lossyPlaces = Dictionary(
        zip(lossyCalls.map(\.key), lossyCalls.indices), uniquingKeysWith: { first, _ in first })
      lossyClients = Dictionary(grouping: lossyCalls.indices) { lossyCalls[$0].client }
    }
  }
  /// Places among `lossyCalls`, by the frame of a flow's first packet and by client.
  private var lossyPlaces: [UInt64: Int] = [:]
  private var lossyClients: [IPAddress: [Int]] = [:]
  /// Of clients with such calls, how much longer than the fastest of their flow round trips took: when, ns since the epoch, and
  /// ms.
  public var lateTrips: [IPAddress: [(time: Int64, milliseconds: Double)]] = [:]
  /// By the frame of a flow's first packet, two answers to one question that contradict each other.
  public var answers: [UInt64: AnswerPair] = [:] {
    didSet { hasAnswers = !answers.isEmpty }
  }
  /// There are any: nearly no capture has.
  public private(set) var hasAnswers = false
  /// How the paths looked between hosts whose connections were reset in a way that may be somebody else's.
  public var paths = ServerPaths()
  /// RTCP in clear on flows of its own: beside each flow with media that is not multiplexed with it (RFC 3550 section 11).
  public var reports: [ControlPath: ControlReports] = [:]
  /// How many packets of RTCP, encrypted or not, were sent on flows of its own.
  public var controls: [ControlPath: UInt32] = [:]
  /// Packets were captured twice.
  public var hasTwins = false
  /// Packets were put together before they were captured.
  public var hasMergedFrames = false
  /// Earliest frame of the capture, ns since the epoch.
  public var start = Int64.min
  /// Latest frame of the capture, ns since the epoch.
  public var end = Int64.max
  /// Frames came in order of time but for strays: what came first can be said.
  public var isOrderly = true
  /// When the capture's clock had been set back, ns since the epoch.
  public var clockSteps: [Int64] = []
  /// Flows that were tested for silence in this report.
  public var examined = 0
  private var neighbors = AddressLists<Neighbor>()
  /// Servers at whose own end the capture was taken; of so many.
  private var ownServers: Set<IPAddress> = []
  /// Controls were looked for: a client without any has none.
  public var knowsControls = false
  private var clientsByServer = AddressLists<(client: IPAddress, first: Int64)>()
  /// Clients in the order in which they appeared, with their first packets.
  private var appearances: [(client: IPAddress, first: Int64)] = []
  /// When the first flow of each client began that may be of a call, or asked a STUN server: of so many.
  private var firstSeen: [IPAddress: Int64] = [:]
  /// Most controls kept per client.
  private static let limit = 512
  /// Most addresses of clients of a capture that may all be one host's: Wi-Fi, mobile, tunnel, each in both families.
  private static let ownAddresses = 6

  /// The surroundings of a capture.
  public init(drops: UInt64?) { self.drops = drops }

  /// Adds a flow that may serve as a control. Call in the order of first packets.
  public mutating func add(_ neighbor: Neighbor) {
    neighbors.append(neighbor, to: neighbor.client, atMost: Self.limit)
  }

  /// Adds a path of a client's socket; of one with very many the first are kept.
  public mutating func note(_ path: MediaPath, of socket: Socket) {
    if mediaPaths[socket]?.count ?? 0 < 64 { mediaPaths[socket, default: []].append(path) }
  }

  /// Notes that `client` talked to `server` from `first` on.
  public mutating func noteClient(_ client: IPAddress, of server: IPAddress, first: Int64) {
    clientsByServer.append((client, first), to: server, atMost: 64)
    if firstSeen[client] == nil, firstSeen.count < 4_096 { firstSeen[client] = first }
    if appearances.count <= Self.ownAddresses, !appearances.contains(where: { $0.client == client }) {
      appearances.append((client, first))
    }
  }

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

  /// A flow of this client and transport began within the window and was answered from beyond its own network: whatever keeps
  /// state for flows on the way, a NAT or a firewall, had room for a new one.
  public func hasBegun(_ client: IPAddress, _ transport: Transport, in window: TimeWindow) -> Bool {
    neighbors.contains(client) {
      $0.transport == transport && !$0.isOnLink && $0.first > window.first && $0.first <= window.last && $0.trials > 0
    }
  }

  /// Notes a server at whose own end the capture was taken.
  public mutating func noteOwnServer(_ server: IPAddress) {
    if ownServers.count < Self.limit { ownServers.insert(server) }
  }

  /// The capture was taken at this server's own end: what is in it had arrived there.
  func isOwnServer(_ server: IPAddress) -> Bool { !ownServers.isEmpty && ownServers.contains(server) }

  /// Another relay of the same service surely answered this client within the silence.
  func isServed(
    _ client: IPAddress, by application: Application, besides server: IPAddress, during silence: TimeWindow,
    margin: Int64
  ) -> Bool {
    let window = silence.without(margin)
    return neighbors.contains(client) {
      $0.service == application && $0.server != server && $0.trials(in: window) > 0
    }
  }

  /// This very server and port surely answered another socket of the client within the silence, or soon behind it: it is up, and
  /// so is the way to it.
  func servesOthers(_ flow: FlowObservation, during silence: TimeWindow, margin: Int64, slack: Int64) -> Neighbor? {
    let window = TimeWindow(first: silence.first &+ margin, last: silence.last &+ slack)
    guard flow.clientPort != 0 else { return nil }
    return neighbors.filter(flow.client) {
      $0.transport == .udp && $0.server == flow.server && $0.port == flow.serverPort
        && $0.clientPort != flow.clientPort && $0.trials(in: window) > 0
    }.first
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
      $0.transport == transport && $0.server != server && $0.trials > 0 && $0.first <= window.last &+ slack
        && $0.lastAnswer >= window.first &- slack
    }
  }

  /// A relay answered this client around the window.
  func hasRelay(_ client: IPAddress, in window: TimeWindow, slack: Int64) -> Bool {
    neighbors.contains(client) {
      $0.isRelay && $0.trials > 0 && $0.first <= window.last &+ slack && $0.lastAnswer >= window.first &- slack
    }
  }

  /// The capture holds only what this client sent.
  func isOneSided(_ client: IPAddress) -> Bool { isOneSided || unheardClients.contains(client) }

  /// Behind no router: a host of the client's own network, whose answers say nothing of the line (RFC 1918, 4193, 4291).
  public static func isOnLink(_ server: IPAddress, of client: IPAddress) -> Bool {
    server.isPrivate || server.isMulticast
      || server.family == .v6 && client.family == .v6 && server.high == client.high
  }

  /// A filter may have kept out the ICMP errors that would explain a silence: the capture holds neither ICMP nor ARP, and of this
  /// client one transport alone.
  func mayLackErrors(_ client: IPAddress, _ transport: Transport) -> Bool {
    hasOnlySegmentsAndDatagrams && !neighbors.contains(client) { $0.transport != transport }
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

  /// Other paths of the same socket of the client on which media went both ways meanwhile, to within `pause` of its end.
  public func mediaElsewhere(
    _ socket: Socket, besides key: UInt64, during window: TimeWindow, pause: Int64
  ) -> [MediaPath] {
    (mediaPaths[socket] ?? []).filter {
      $0.key != key && $0.first <= window.last && $0.last >= window.last &- pause
    }
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

  /// Another flow of this client, to the same server or another, was answered last at the same moment and went on to be asked. The
  /// two had begun twice as far apart, or more: they stopped by time, not by what they had carried.
  func stoppedTogether(_ client: IPAddress, began: Int64, at time: Int64, span: Int64, slack: Int64) -> Bool {
    neighbors.contains(client) {
      $0.isUnheard && $0.lastSent &- $0.lastAnswer >= span && abs($0.lastAnswer &- time) <= slack
        && abs($0.first &- began) > 2 &* abs($0.lastAnswer &- time)
    }
  }

  /// A TCP connection of this client to this very server was answered around the window.
  public func hasConnection(_ client: IPAddress, to server: IPAddress, in window: TimeWindow, slack: Int64) -> Bool {
    neighbors.contains(client) {
      $0.transport == .tcp && $0.server == server && $0.first <= window.last &+ slack
        && $0.lastAnswer >= window.first &- slack
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
      return $0.first <= window.first && $0.lastAnswer >= window.last && $0.longestGap < span
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

  /// What is known of a flow of a call, by the frame of its first packet; nil if it did not lose enough to be looked at.
  public func lossyCall(_ key: UInt64) -> LossyCall? {
    lossyPlaces.isEmpty ? nil : lossyPlaces[key].map { lossyCalls[$0] }
  }

  /// Largest share of a round trip's packets that the client's calls lost within the window. Close to either end one way shows
  /// no loss: it is taken to be as lossy as the other, for a radio and a crowded line lose both ways.
  public func roundTripLoss(of client: IPAddress, in window: TimeWindow) -> Double {
    (lossyClients[client] ?? []).reduce(0) { most, place in
      guard lossyCalls[place].overlaps(window) else { return most }
      let (up, down) = lossyCalls[place].losses(in: window)
      let unseen = min(up, down) == 0 ? max(up, down) : min(up, down)
      return max(most, 1 - (1 - max(up, down)) * (1 - unseen))
    }
  }

  /// Longest median delay around what the client's calls lost within the window, ms: a full queue's. 0 where they lost
  /// nothing.
  func delayAtLosses(of client: IPAddress, in window: TimeWindow) -> Double {
    (lossyClients[client] ?? []).reduce(0) { most, place in
      guard lossyCalls[place].overlaps(window) else { return most }
      return max(most, lossyCalls[place].delayAtLosses(in: window) ?? 0)
    }
  }

  /// How much longer than the fastest of its flow a round trip of this client took within the window or near it, ms at the
  /// median; nil where fewer than three are known, or its calls lost nothing.
  func roundTripGrowth(of client: IPAddress, in window: TimeWindow, slack: Int64) -> Double? {
    guard let trips = lateTrips[client] else { return nil }
    var late = trips.filter { $0.time >= window.first &- slack && $0.time <= window.last &+ slack }.map(\.milliseconds)
    guard late.count >= 3 else { return nil }
    late.sort()
    return late[late.count / 2]
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

  /// Another client address of the same family began to talk to the same server around the window's start, or one appeared
  /// then in a host's own capture, and nobody answered the old address any more: the host moved to another network, or
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
    guard isHostsOwn, appearances.count <= Self.ownAddresses, let earliest = appearances.first?.first else {
      return false
    }
    return appearances.contains { other in
      let isWithIt = own.map { abs($0 &- (firstSeen[other.client] ?? other.first)) <= beside } ?? false
      return mayBeNew(other) && other.first > earliest && !isWithIt
    }
  }
}

extension TimeWindow {
  /// The window without its first `margin` ns.
  fileprivate func without(_ margin: Int64) -> TimeWindow { TimeWindow(first: first &+ margin, last: last) }
}
