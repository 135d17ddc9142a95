internal import Flow
internal import Settings
public import Verdict

/// What the findings of a capture say together: on how many servers, in how many flows, and how likely all of it by chance.
public struct Replication: Sendable {
  /// What findings must share to repeat each other.
  private struct Key: Hashable {
    let client: IPAddress
    let transport: Transport
    let mechanism: Mechanism
    let subject: Subject
    /// A filter said so: what was silent without a word is not of its kind.
    let isProhibited: Bool
  }

  /// Whose resets of which kind.
  private struct ResetKind: Hashable {
    let client: IPAddress
    let mechanism: Mechanism
  }

  private enum Subject: Hashable {
    case application(Application)
    case request(RequestKind)
    case server(IPAddress)
    /// Media of no known application: of caps, which a rate ties as well.
    case media
  }

  private struct Tally {
    var flows = 0
    /// When the flows began: of so many.
    var firsts: [Int64] = []
    var servers: Set<IPAddress> = []
    /// Rates of caps, each with its server.
    var rates: [(rate: Int64, server: IPAddress)] = []
    /// When servers were silent: of so many.
    var silences: [(window: TimeWindow, server: IPAddress)] = []

    mutating func note(_ judgment: Judgment, _ flow: FlowObservation) {
      flows += 1
      if firsts.count < Replication.limit { firsts.append(flow.first) }
      servers.insert(flow.server)
      if let rate = judgment.capRate { rates.append((rate, flow.server)) }
      if judgment.outcome == .dropped, let window = judgment.window, silences.count < Replication.limit {
        silences.append((window, flow.server))
      }
    }
  }

  /// Servers of a client that were silent, by network, and over which transports.
  private struct Silence {
    var transports: Set<Transport> = []
    var servers: Set<IPAddress> = []
  }

  /// Connections of a client, or of all, that a third party seems to have reset.
  struct Reset {
    fileprivate(set) var flows = 0
    /// First and last of the resets, ns since the epoch.
    fileprivate(set) var first = Int64.max
    fileprivate(set) var last = Int64.min
    /// When the last of the connections began.
    fileprivate(set) var lastBegan = Int64.min
    /// Networks of their servers, and of clients with public addresses, some of them.
    private var networks: (servers: Set<IPAddress>, clients: Set<IPAddress>) = ([], [])
    /// Networks at one of the two ends.
    var networkCount: Int { max(networks.servers.count, networks.clients.count) }

    /// So close together that one event may have caused them all.
    func isAtOnce(_ limits: Thresholds.Reset) -> Bool { last &- first <= limits.stateLoss.integer }

    fileprivate mutating func note(at time: Int64, _ flow: FlowObservation) {
      flows += 1
      first = min(first, time)
      last = max(last, time)
      lastBegan = max(lastBegan, flow.first)
      if networks.servers.count < Replication.limit { networks.servers.insert(flow.server.network) }
      if networks.clients.count < Replication.limit, !flow.client.isPrivate {
        networks.clients.insert(flow.client.network)
      }
    }
  }

  private var tallies: [Key: Tally] = [:]
  private var silences: [IPAddress: [IPAddress: Silence]] = [:]
  /// After how much of an exchange flows fell silent.
  private(set) var freezes = FreezeCounts()
  /// Networks of servers in whose names a client's connections were reset by others, by the kind of finding, and the names that
  /// flows told: one operator's load balancers stand in several.
  private var resetServers: [ResetKind: (networks: Set<IPAddress>, names: Set<String?>)] = [:]
  /// What was hit before.
  private(set) var residual = Residual()
  /// Resets by third parties, by client.
  private(set) var resets: [IPAddress: Reset] = [:]
  /// The same of all clients together.
  private(set) var allResets = Reset()
  /// Servers to which a client's connections fell silent.
  private var struck: [IPAddress: Set<IPAddress>] = [:]
  /// Probabilities of all tests made.
  private var probabilities: [Double] = []

  /// None.
  public init() {}

  /// Notes the verdict that a flow would get alone; what is no finding counts for nothing.
  /// `name`: the server's, if the flow told it.
  public mutating func note(
    _ judgment: Judgment, of flow: FlowObservation, over transport: Transport, name: String? = nil
  ) {
    guard judgment.isFinding, let mechanism = judgment.mechanism else {
      // Answers that stop alike are a finding together.
      if let exchanged = judgment.exchanged { note(exchanged, judgment, flow, transport) }
      return
    }
    if judgment.outcome == .dropped, judgment.scope == nil, mechanism != .randomDiscard, flow.isServerRole {
      silences[flow.client, default: [:]][flow.server.network, default: Silence()].transports.insert(transport)
      silences[flow.client, default: [:]][flow.server.network, default: Silence()].servers.insert(flow.server)
    }
    if mechanism == .resetRewritten || mechanism == .resetInjected {
      let kind = ResetKind(client: flow.client, mechanism: mechanism)
      if resetServers[kind]?.networks.count ?? 0 < Self.limit {
        resetServers[kind, default: ([], [])].networks.insert(flow.server.network)
        resetServers[kind, default: ([], [])].names.insert(name)
      }
    }
    if transport == .tcp { residual.note(judgment, of: flow, name: name) }
    if mechanism == .resetInjected, let time = judgment.window?.first {
      resets[flow.client, default: Reset()].note(at: time, flow)
      allResets.note(at: time, flow)
    }
    if transport == .tcp, judgment.outcome == .dropped { struck[flow.client, default: []].insert(flow.server) }
    if let exchanged = judgment.exchanged, mechanism == .cutoff || mechanism == .freeze {
      note(exchanged, judgment, flow, transport)
    }
    let key = Self.key(mechanism, flow, transport)
    tallies[key, default: Tally()].note(judgment, flow)
    if let test = judgment.tests.first { probabilities.append(test.p) }
  }

  private mutating func note(
    _ exchanged: (packets: UInt64, payload: UInt64, last: Int64), _ judgment: Judgment, _ flow: FlowObservation,
    _ transport: Transport
  ) {
    freezes.note(
      FreezeCounts.Exchange(
        packets: exchanged.packets, payload: exchanged.payload, first: flow.first, last: exchanged.last,
        since: judgment.window?.first ?? flow.last,
        fullAfter: judgment.isFinding || flow.owedBytes > 0 ? 0 : flow.fullAfter, isCutOff: flow.isCutOff), of: flow,
      over: transport)
  }

  /// Beginnings of flows that are kept.
  private static let limit = 64

  /// All of the capture's findings are here, and not those of a first look.
  private(set) var isComplete = false

  /// A connection of this client to this server fell silent.
  func isStruck(_ client: IPAddress, _ server: IPAddress) -> Bool { struck[client]?.contains(server) ?? false }

  /// Another connection that began so long before or after, ns, has the same finding.
  func isRepeated(_ judgment: Judgment, _ flow: FlowObservation, apart: Int64) -> Bool {
    guard let mechanism = judgment.mechanism, let tally = tallies[Self.key(mechanism, flow, .tcp)] else { return false }
    return tally.firsts.contains { abs($0 &- flow.first) >= apart }
  }

  /// No test was made.
  var isEmpty: Bool { probabilities.isEmpty }

  /// Puts the probabilities in order, after the last verdict.
  public mutating func close() {
    probabilities.sort()
    isComplete = true
  }

  /// Flows and servers, of silences of no known application their networks, that a finding shares its mechanism and its subject with, and of a cap its rate, itself included.
  func count(
    _ judgment: Judgment, _ flow: FlowObservation, _ transport: Transport,
    rateSpread: Double, slack: Int64
  ) -> (flows: Int, servers: Int) {
    guard let mechanism = judgment.mechanism, let tally = tallies[Self.key(mechanism, flow, transport)] else {
      return (0, 0)
    }
    if judgment.outcome == .capped {
      guard let rate = judgment.capRate else { return (0, 0) }
      let like = tally.rates.filter {
        Double(max($0.rate, rate)) <= rateSpread * Double(min($0.rate, rate))
      }
      return (like.count, Set(like.map(\.server)).count)
    }
    // A call asks its relays, and a client its service's addresses, all at once or one after the other: those that were silent
    // at other times, as in other calls, are no company.
    if judgment.outcome == .dropped, let window = judgment.window {
      let together = tally.silences.filter {
        $0.window.first <= window.last &+ slack && $0.window.last >= window.first &- slack
      }
      // An application's servers in one network have its name in common; relays of no known one may be one rack.
      let isNamed = flow.application != nil
      return (tally.flows, Set(together.map { isNamed ? $0.server : $0.server.network }).count)
    }
    return (tally.flows, tally.servers.count)
  }

  /// Networks of servers whose connections with this client have such a finding of resets, each under a name of its own; servers
  /// without a name count as one.
  func resetNetworks(_ client: IPAddress, _ mechanism: Mechanism) -> Int {
    resetServers[ResetKind(client: client, mechanism: mechanism)].map { min($0.networks.count, $0.names.count) } ?? 0
  }

  /// How far a silence reaches: a whole network over UDP and TCP (U11), or most of what the client asked.
  func breadth(of flow: FlowObservation, _ window: TimeWindow, _ known: Circumstances) -> [Evidence] {
    guard let all = silences[flow.client] else { return [] }
    let slack = known.thresholds.silence.controlOverlap.integer
    let answering = known.around.answeringServers(flow.client, in: window, slack: slack)
    var evidence: [Evidence] = []
    if let own = all[flow.server.network], own.transports.count > 1,
      !answering.contains(where: { $0.network == flow.server.network })
    {
      evidence.append(
        Evidence(
          "u11_network_silent",
          Phrase(
            "Silent over UDP and TCP: {} servers of this network; none answered meanwhile.",
            .count(own.servers.count))))
    }
    let networks = Set(answering.map(\.network))
    if all.count >= Int(known.thresholds.silence.allowedNetworks.integer), 2 * networks.count <= all.count {
      evidence.append(
        Evidence(
          "u12_most_networks_silent",
          Phrase(
            "Servers in {} networks were silent to this client, and servers in {} answered: all but a few destinations, as behind a list of allowed ones or a captive portal.",
            .count(all.count), .count(networks.count))))
    }
    return evidence
  }

  /// What came before of a TCP finding: an earlier one on the same server or name.
  public func precedent(of flow: FlowObservation, name: String?, _ known: Circumstances) -> Evidence? {
    residual.evidence(of: flow, name: name, known.thresholds.reset)
  }

  /// A probability after Benjamini and Hochberg (1995): the least m p(j) / j of all tests j that are no more likely, where
  /// m tests were made.
  func adjusted(_ p: Double, examined: Int) -> Double {
    // Of what is a finding beside others only, this test was not noted.
    let made = max(examined, probabilities.count)
    let place = probabilities.firstIndex { $0 >= p } ?? probabilities.count
    var least = min(1, Double(max(made, place + 1)) * p / Double(place + 1))
    for index in place..<probabilities.count {
      least = min(least, Double(made) * probabilities[index] / Double(index + 1))
    }
    return least
  }

  /// An application's findings repeat each other, as caps on media of no known one do; else those of one kind of request
  /// to relays; else one server's.
  private static func key(_ mechanism: Mechanism, _ flow: FlowObservation, _ transport: Transport) -> Key {
    let subject: Subject =
      if flow.requestKind == .registration {
        // Registrars of several operators share no service that could be filtered or away.
        .server(flow.server)
      } else if let application = flow.application {
        .application(application)
      } else if mechanism == .policer || mechanism == .shaper, flow.media.client.packets + flow.media.server.packets > 0
      {
        .media
      } else if transport == .udp, flow.isServerRole {
        .request(flow.requestKind)
      } else {
        .server(flow.server)
      }
    return Key(
      client: flow.client, transport: transport, mechanism: mechanism, subject: subject,
      isProhibited: flow.dialogue?.isProhibited ?? false)
  }
}

extension Circumstances {
  /// Flows and servers that a finding has in common with others (`Replication.count`), as the limits say.
  func company(
    _ judgment: Judgment, _ flow: FlowObservation, _ transport: Transport
  ) -> (flows: Int, servers: Int) {
    replication.count(
      judgment, flow, transport, rateSpread: thresholds.cap.rateSpread.value,
      slack: thresholds.silence.controlOverlap.integer)
  }
}
