internal import Flow
internal import Recognition
internal import Verdict
internal import Wire

/// Says for whom each flow speaks: by its bytes and names, then by what it shares with flows that said so themselves,
/// and by its server's address last.
struct Naming {
  /// A client and an address or port that one application of it uses; two applications make it nobody's.
  private struct Ties<Key: SievedKey> {
    private var found: [Key: (match: ApplicationMatch?, span: TimeSpan, program: UInt64)] = [:]
    /// Most keys are nobody's, and are not looked up.
    private var noted = AddressSieve()

    /// Notes that `match` was seen at `key`, of a phone's program; nil for another application than any known.
    mutating func note(_ key: Key, _ match: ApplicationMatch?, _ span: TimeSpan, _ program: UInt64) {
      noted.insert(key.sieved.address, port: key.sieved.port)
      guard var known = found[key] else {
        found[key] = (match, span, program)
        return
      }
      if known.match?.application != match?.application { known.match = nil }
      if known.program != program { known.program = 0 }
      known.span.add(span)
      found[key] = known
    }

    /// Who uses the key, within `slack` of the time in which that was seen; nobody where the phone says that another program does.
    func match(_ key: Key, _ span: TimeSpan, _ program: UInt64, slack: Int64) -> ApplicationMatch? {
      guard noted.mayHold(key.sieved.address, port: key.sieved.port), let known = found[key],
        known.program == 0 || program == 0 || known.program == program,
        span.first <= known.span.last &+ slack, span.last &+ slack >= known.span.first
      else { return nil }
      return known.match
    }

    var isEmpty: Bool { found.isEmpty }
  }

  private struct Pair: SievedKey {
    let client: IPAddress
    let server: IPAddress

    var sieved: (address: AddressBits, port: UInt16) { (AddressBits(server), 0) }
  }

  private struct AllTies {
    var servers = Ties<Pair>()
    var sockets = Ties<Socket>()
    /// Addresses and ports of media that SDP named.
    let described: Set<Socket>

    var isEmpty: Bool { servers.isEmpty && sockets.isEmpty && described.isEmpty }
  }

  /// A server's name in the connection itself, and whom it speaks for.
  private struct OwnName {
    let match: ApplicationMatch?
  }

  private let analyzers: Analyzers
  private let signatures: SignatureIndex
  private let resolver: NameResolver
  /// The application of each name of each shard: a name is held against the signatures once.
  private let known: [[ApplicationMatch?]]
  private var contents = ContentMatches()

  /// Another program may have a socket's port after so long, ns.
  private let slack: Int64

  init(_ analyzers: Analyzers, _ signatures: SignatureIndex, slack: Int64) {
    self.analyzers = analyzers
    self.slack = slack
    self.signatures = signatures
    resolver = analyzers[0].resolver
    known = (0..<analyzers.count).map { shard in
      (0..<UInt32(analyzers[shard].names.count)).map { signatures.match(serverName: analyzers[shard].names.name($0)) }
    }
  }

  /// Puts in for whom the flows speak.
  mutating func name(_ places: inout [FlowList.Place]) {
    // Servers and sockets that a flow without a name of its own will ask for: most captures have few.
    var askedServers = AddressSieve()
    var askedSockets = AddressSieve()
    for position in places.indices {
      let flow = NamedFlow(analyzers, places[position])
      _ = nameByItself(flow, &places[position])
      guard Self.isOpen(places[position]) else { continue }
      if asksForSocket(flow) { askedSockets.insert(AddressBits(flow.client), port: flow.clientPort) }
      if asksForServer(flow, places[position]) { askedServers.insert(AddressBits(flow.server)) }
    }
    let ties = ties(places, servers: askedServers, sockets: askedSockets)
    let hasTies = !ties.isEmpty
    for position in places.indices where Self.isOpen(places[position]) {
      let flow = NamedFlow(analyzers, places[position])
      if hasTies, let match = tied(flow, places[position], ties) {
        places[position].application = match
      } else if places[position].application == nil {
        // A TURN server that names another realm than the address's owner has is somebody else's, but for one at a port of the
        // owner's own calls.
        let isStranger = flow.content.contains(.stun) && flow.realm != NameTable.none
        let match = signatures.match(
          server: flow.server, port: flow.serverPort, transport: flow.isTCP ? .tcp : .udp, isStranger: isStranger)
        // Nor is it, at whatever port, if the realm is a name of somebody else's.
        let named = isStranger ? known[Int(places[position].shard)][Int(flow.realm)] : nil
        if named == nil || named?.application == match?.application { places[position].application = match }
      }
    }
  }

  /// Nothing but an address, or nothing at all, says whose it is.
  private static func isOpen(_ place: FlowList.Place) -> Bool { place.application.map { $0.grade == .weak } ?? true }

  /// What flows that speak for themselves say of the servers and sockets asked for.
  private mutating func ties(
    _ places: [FlowList.Place], servers askedServers: AddressSieve, sockets askedSockets: AddressSieve
  ) -> AllTies {
    var ties = AllTies(described: describedMedia())
    if askedServers.isEmpty, askedSockets.isEmpty { return ties }
    for place in places {
      let shard = Int(place.shard)
      let ends = analyzers[shard].ends(place)
      if askedServers.mayHold(AddressBits(ends.server)) {
        let flow = NamedFlow(analyzers, place)
        var copy = place
        if flow.mayNameItself, let own = nameByItself(flow, &copy) {
          // A likely name lies on a platform that others share.
          ties.servers.note(
            Pair(client: ends.client, server: ends.server), own.match?.grade == .certain ? own.match : nil,
            flow.span, analyzers[shard].program(place.index))
        }
      }
      if let match = place.application, match.grade != .weak,
        askedSockets.mayHold(AddressBits(ends.client), port: ends.clientPort),
        !analyzers[shard].table.flows[place.index].isTCP
      {
        let flow = analyzers[shard].table.flows[place.index]
        ties.sockets.note(
          Socket(ends.client, ends.clientPort), match, TimeSpan(first: flow.first, last: flow.last),
          analyzers[shard].program(place.index))
      }
    }
    return ties
  }

  /// Bytes, SNI or certificate, REALM, DNS answer, the phone's word. What comes back is whom the connection's own name for
  /// the server speaks for, if it has one.
  @inline(always)
  private mutating func nameByItself(_ flow: NamedFlow, _ place: inout FlowList.Place) -> OwnName? {
    var application: ApplicationMatch?
    var own: OwnName?
    if !flow.content.isEmpty { application = contents.match(flow.content, signatures) }
    let shard = Int(place.shard)
    if flow.name != NameTable.none, Int(flow.name) < known[shard].count {
      own = OwnName(match: known[shard][Int(flow.name)])
      application = ApplicationMatch.louder(application, own?.match)
    } else if let found = resolver.name(
      client: AddressBits(flow.client), address: AddressBits(flow.server), before: flow.first)
    {
      place.resolved = found
      // An address serves many names: the answer is no content of the flow.
      application = ApplicationMatch.louder(application, known[0][Int(found)]?.atMost(.likely))
    }
    // The phone that captured says whose socket it was.
    if let label = analyzers[shard].phoneApps[place.index] {
      application = ApplicationMatch.louder(
        application, signatures.match(phoneApp: analyzers[shard].names.name(label)))
    }
    if flow.realm != NameTable.none {
      if flow.content.contains(.tls) {
        let match = known[shard][Int(flow.realm)]
        if own == nil || match != nil { own = OwnName(match: match) }
        application = ApplicationMatch.louder(application, match)
      } else {
        application = ApplicationMatch.louder(
          application, signatures.match(realm: analyzers[shard].names.name(flow.realm)))
      }
    }
    place.application = application
    return own
  }

  /// The client's socket is one program's, but for those that every host asks services from.
  private func asksForSocket(_ flow: NamedFlow) -> Bool {
    !flow.isTCP && flow.clientPort >= 1_024 && !Self.isService(flow.serverPort)
  }

  /// A server of its own has one application's names; a front for many has several, and names nobody.
  private func asksForServer(_ flow: NamedFlow, _ place: FlowList.Place) -> Bool {
    guard !place.marks.contains(.named), place.resolved == NameTable.none else { return false }
    return flow.isTCP ? flow.content.contains(.tls) : !Self.isService(flow.serverPort)
  }

  /// What a flow shares: the client's socket; a server that named itself to the same client on another connection; an
  /// address and port that SDP named. Never more than likely.
  private func tied(_ flow: NamedFlow, _ place: FlowList.Place, _ ties: AllTies) -> ApplicationMatch? {
    let program = analyzers[Int(place.shard)].program(place.index)
    if asksForSocket(flow),
      let match = ties.sockets.match(Socket(flow.client, flow.clientPort), flow.span, program, slack: slack)
    {
      return match.atMost(.likely)
    }
    if !flow.isTCP, !ties.described.isEmpty, !flow.content.isDisjoint(with: [.rtp, .rtcp, .srtcp]),
      ties.described.contains(Socket(flow.client, flow.clientPort))
        || ties.described.contains(Socket(flow.server, flow.serverPort))
    {
      return ApplicationMatch(.sip, .likely)
    }
    guard asksForServer(flow, place) else { return nil }
    // An address keeps its names for longer than a socket its program.
    return ties.servers.match(Pair(client: flow.client, server: flow.server), flow.span, program, slack: .max / 4)?
      .atMost(.likely)
  }

  /// Ports of services that every host asks beside its calls.
  private static func isService(_ port: UInt16) -> Bool {
    switch port {
    case 53, 67, 68, 123, 137, 138, 161, 443, 1_900, 5_353, 5_355: true
    default: false
    }
  }

  private func describedMedia() -> Set<Socket> {
    var all: Set<Socket> = []
    for shard in 0..<analyzers.count {
      for place in analyzers[shard].described.places { all.insert(place) }
    }
    return all
  }
}

/// A key that is asked for rarely in vain: by an address of it first.
private protocol SievedKey: Hashable {
  var sieved: (address: AddressBits, port: UInt16) { get }
}

extension Socket: SievedKey {
  fileprivate var sieved: (address: AddressBits, port: UInt16) { (AddressBits(address), port) }
}

/// What naming looks at of a flow.
private struct NamedFlow {
  let isTCP: Bool
  let content: ObservedContent
  let name: UInt32
  let realm: UInt32
  let first: Int64
  let last: Int64
  let client: IPAddress
  let clientPort: UInt16
  let server: IPAddress
  let serverPort: UInt16

  @inline(always)
  init(_ analyzers: Analyzers, _ place: FlowList.Place) {
    self.init(analyzers[Int(place.shard)], place)
  }

  @inline(always)
  private init(_ analyzer: borrowing Analyzer, _ place: FlowList.Place) {
    isTCP = analyzer.table.flows[place.index].isTCP
    content = analyzer.content(place.index)
    // Without a name its state, a cache line of its own, need not be looked at.
    name = place.marks.contains(.named) ? analyzer.names(place.index).name : NameTable.none
    realm = analyzer.realm(place.index)
    first = analyzer.table.flows[place.index].first
    last = analyzer.table.flows[place.index].last
    (client, clientPort, server, serverPort) = analyzer.ends(place)
  }

  var span: TimeSpan { TimeSpan(first: first, last: last) }

  /// A name lies in the connection itself.
  var mayNameItself: Bool { name != NameTable.none || realm != NameTable.none && content.contains(.tls) }
}
