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

    var isEmpty: Bool { found.isEmpty }

    /// Notes that `match` was seen at `key`.
    mutating func note(_ key: Key, _ match: ApplicationMatch) {
      guard let known = found[key] else {
        found[key] = .some(match)
        return
      }
      if known?.application != match.application { found[key] = .some(nil) }
    }

    /// Notes that something else was seen at `key`, if anything was. Only what has a match is kept: a capture names a
    /// million servers that are nobody's.
    mutating func noteOther(_ key: Key) {
      if found[key] != nil { found[key] = .some(nil) }
    }

    subscript(_ key: Key) -> ApplicationMatch? { found[key] ?? nil }
  }

  private struct Pair: Hashable {
    let client: IPAddress
    let server: IPAddress
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
    /// The connection named its server, and not for certain an application's.
    var isOtherName = false
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
    var servers = Ties<Pair>()
    var sockets = Ties<ServerEndpoint>()
    var all: [Named] = []
    all.reserveCapacity(flows.count)
    for position in 0..<flows.count {
      let outline = flows.unnamed(position)
      var (named, own) = nameByItself(outline)
      if let match = own?.match, match.grade == .certain {
        servers.note(Pair(client: outline.client, server: outline.server), match)
      } else {
        // A likely name lies on a platform that others share.
        named.isOtherName = own != nil
      }
      if !outline.isTCP, let match = named.application, match.grade != .weak {
        sockets.note(ServerEndpoint(address: outline.client, port: outline.clientPort), match)
      }
      all.append(named)
    }
    if !servers.isEmpty {
      for position in 0..<flows.count where all[position].isOtherName {
        let outline = flows.unnamed(position)
        servers.noteOther(Pair(client: outline.client, server: outline.server))
      }
    }
    let described = describedMedia()
    for position in 0..<flows.count where all[position].application.map({ $0.grade == .weak }) ?? true {
      var outline = flows.unnamed(position)
      outline.resolved = all[position].resolved
      if let match = tied(outline, servers, sockets, described) {
        all[position].application = match
      } else if all[position].application == nil, !outline.content.contains(.stun) || outline.realm == NameTable.none {
        // A TURN server that names another realm than the address's owner has is somebody else's.
        all[position].application = signatures.match(
          server: outline.server, port: outline.serverPort, transport: outline.transport)
      }
    }
    return all
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

  /// What a flow shares: the client's socket, which is one program's; a server that named itself to the same client on
  /// another connection; an address and port that SDP named. Never more than likely.
  private func tied(
    _ outline: FlowOutline, _ servers: Ties<Pair>, _ sockets: Ties<ServerEndpoint>, _ described: Set<ServerEndpoint>
  ) -> ApplicationMatch? {
    if !outline.isTCP {
      if outline.clientPort >= 1_024, !Self.isService(outline.serverPort),
        let match = sockets[ServerEndpoint(address: outline.client, port: outline.clientPort)]
      {
        return match.atMost(.likely)
      }
      if !described.isEmpty, !outline.content.isDisjoint(with: [.rtp, .rtcp, .srtcp]),
        described.contains(ServerEndpoint(address: outline.client, port: outline.clientPort))
          || described.contains(ServerEndpoint(address: outline.server, port: outline.serverPort))
      {
        return ApplicationMatch(.sip, .likely)
      }
    }
    // A server of its own has one application's names; a front for many has several, and names nobody.
    guard outline.name == NameTable.none, outline.resolved == NameTable.none else { return nil }
    if outline.isTCP ? outline.content.contains(.tls) : !Self.isService(outline.serverPort) {
      return servers[Pair(client: outline.client, server: outline.server)]?.atMost(.likely)
    }
    return nil
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
