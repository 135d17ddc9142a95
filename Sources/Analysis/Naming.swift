internal import Flow
internal import Recognition
internal import Verdict
internal import Wire

/// Says for whom each flow speaks: by its bytes and names, then by what it shares with flows that said so themselves,
/// and by its server's address last.
struct Naming {
  /// A client and an address or port that one application of it uses; two applications make it nobody's.
  private struct Ties<Key: Hashable> {
    private var found: [Key: ApplicationMatch?] = [:]

    /// Notes that `match` was seen at `key`; nil for another application than any known.
    mutating func note(_ key: Key, _ match: ApplicationMatch?) {
      guard let known = found[key] else {
        found[key] = .some(match)
        return
      }
      if known?.application != match?.application { found[key] = .some(nil) }
    }

    subscript(_ key: Key) -> ApplicationMatch? { found[key] ?? nil }
  }

  private struct Pair: Hashable {
    let client: IPAddress
    let server: IPAddress
  }

  private struct AllTies {
    var servers = Ties<Pair>()
    var sockets = Ties<ServerEndpoint>()
    /// Addresses and ports of media that SDP named.
    let described: Set<ServerEndpoint>
  }

  /// A server's name in the connection itself, and whom it speaks for.
  private struct OwnName {
    let match: ApplicationMatch?
  }

  /// What is kept of a flow's naming.
  struct Named: BitwiseCopyable {
    var application: ApplicationMatch?
    /// Name from a DNS answer, index into the first shard's name table.
    var resolved = NameTable.none

    /// Nothing but an address, or nothing at all, says whose it is.
    var isOpen: Bool { application.map { $0.grade == .weak } ?? true }
  }

  private let shards: [Shard]
  private let signatures: SignatureIndex
  private let resolver: NameResolver
  /// The application of each name of each shard: a name is held against the signatures once.
  private let known: [[ApplicationMatch?]]

  init(_ shards: [Shard], _ signatures: SignatureIndex) {
    self.shards = shards
    self.signatures = signatures
    resolver = shards[0].analyzer.resolver
    known = shards.map { shard in
      (0..<UInt32(shard.analyzer.names.count)).map { signatures.match(serverName: shard.analyzer.names.name($0)) }
    }
  }

  /// For whom the flows speak, by position.
  func names(of flows: FlowList) -> [Named] {
    var all: [Named] = []
    all.reserveCapacity(flows.count)
    // Servers and sockets that a flow without a name of its own will ask for: most captures have few.
    var askedServers = AddressSieve()
    var askedSockets = AddressSieve()
    for position in 0..<flows.count {
      var outline = flows.unnamed(position)
      let named = nameByItself(outline).named
      all.append(named)
      guard named.isOpen else { continue }
      outline.resolved = named.resolved
      if asksForSocket(outline) { askedSockets.insert(AddressBits(outline.client), port: outline.clientPort) }
      if asksForServer(outline) { askedServers.insert(AddressBits(outline.server)) }
    }
    let ties = ties(flows, all, servers: askedServers, sockets: askedSockets)
    for position in 0..<flows.count where all[position].isOpen {
      var outline = flows.unnamed(position)
      outline.resolved = all[position].resolved
      if let match = tied(outline, ties) {
        all[position].application = match
      } else if all[position].application == nil, !outline.content.contains(.stun) || outline.realm == NameTable.none {
        // A TURN server that names another realm than the address's owner has is somebody else's.
        all[position].application = signatures.match(
          server: outline.server, port: outline.serverPort, transport: outline.transport)
      }
    }
    return all
  }

  /// What flows that speak for themselves say of the servers and sockets asked for.
  private func ties(
    _ flows: FlowList, _ all: [Named], servers askedServers: AddressSieve, sockets askedSockets: AddressSieve
  ) -> AllTies {
    var ties = AllTies(described: describedMedia())
    if askedServers.isEmpty, askedSockets.isEmpty { return ties }
    for position in 0..<flows.count {
      let outline = flows.unnamed(position)
      if askedServers.mayHold(AddressBits(outline.server)), let own = nameByItself(outline).own {
        // A likely name lies on a platform that others share.
        ties.servers.note(
          Pair(client: outline.client, server: outline.server), own.match?.grade == .certain ? own.match : nil)
      }
      if !outline.isTCP, let match = all[position].application, match.grade != .weak,
        askedSockets.mayHold(AddressBits(outline.client), port: outline.clientPort)
      {
        ties.sockets.note(ServerEndpoint(address: outline.client, port: outline.clientPort), match)
      }
    }
    return ties
  }

  /// Bytes, SNI or certificate, REALM, DNS answer, the phone's word. `own` if the connection itself named the server:
  /// whom that name speaks for.
  private func nameByItself(_ outline: FlowOutline) -> (named: Named, own: OwnName?) {
    var named = Named()
    var own: OwnName?
    if !outline.content.isEmpty { named.application = signatures.match(content: outline.content) }
    let shard = shards[outline.shard]
    if Int(outline.name) < known[outline.shard].count {
      own = OwnName(match: known[outline.shard][Int(outline.name)])
      named.application = ApplicationMatch.louder(named.application, own?.match)
    } else if let found = resolver.name(
      client: AddressBits(outline.client), address: AddressBits(outline.server), before: outline.first)
    {
      named.resolved = found
      // An address serves many names: the answer is no content of the flow.
      named.application = ApplicationMatch.louder(named.application, known[0][Int(found)]?.atMost(.likely))
    }
    // The phone that captured says whose socket it was.
    if let label = shard.analyzer.phoneApps[outline.index] {
      named.application = ApplicationMatch.louder(
        named.application, signatures.match(phoneApp: shard.analyzer.names.name(label)))
    }
    guard outline.realm != NameTable.none else { return (named, own) }
    if outline.content.contains(.tls) {
      let match = known[outline.shard][Int(outline.realm)]
      if own == nil || match != nil { own = OwnName(match: match) }
      named.application = ApplicationMatch.louder(named.application, match)
    } else {
      named.application = ApplicationMatch.louder(
        named.application, signatures.match(realm: shard.analyzer.names.name(outline.realm)))
    }
    return (named, own)
  }

  /// The client's socket is one program's, but for those that every host asks services from.
  private func asksForSocket(_ outline: FlowOutline) -> Bool {
    !outline.isTCP && outline.clientPort >= 1_024 && !Self.isService(outline.serverPort)
  }

  /// A server of its own has one application's names; a front for many has several, and names nobody.
  private func asksForServer(_ outline: FlowOutline) -> Bool {
    guard outline.name == NameTable.none, outline.resolved == NameTable.none else { return false }
    return outline.isTCP ? outline.content.contains(.tls) : !Self.isService(outline.serverPort)
  }

  /// What a flow shares: the client's socket; a server that named itself to the same client on another connection; an
  /// address and port that SDP named. Never more than likely.
  private func tied(_ outline: FlowOutline, _ ties: AllTies) -> ApplicationMatch? {
    if asksForSocket(outline),
      let match = ties.sockets[ServerEndpoint(address: outline.client, port: outline.clientPort)]
    {
      return match.atMost(.likely)
    }
    if !outline.isTCP, !ties.described.isEmpty, !outline.content.isDisjoint(with: [.rtp, .rtcp, .srtcp]),
      ties.described.contains(ServerEndpoint(address: outline.client, port: outline.clientPort))
        || ties.described.contains(ServerEndpoint(address: outline.server, port: outline.serverPort))
    {
      return ApplicationMatch(.sip, .likely)
    }
    guard asksForServer(outline) else { return nil }
    return ties.servers[Pair(client: outline.client, server: outline.server)]?.atMost(.likely)
  }

  /// Ports of services that every host asks beside its calls.
  private static func isService(_ port: UInt16) -> Bool {
    switch port {
    case 53, 67, 68, 123, 137, 138, 161, 443, 1_900, 5_353, 5_355: true
    default: false
    }
  }

  private func describedMedia() -> Set<ServerEndpoint> {
    var all: Set<ServerEndpoint> = []
    for shard in shards {
      for place in shard.analyzer.described.places { all.insert(place) }
    }
    return all
  }
}
