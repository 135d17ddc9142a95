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

  private let shards: [Shard]
  private let signatures: SignatureIndex
  /// The application of each name of each shard.
  private let known: [[ApplicationMatch?]]

  init(shards: [Shard], signatures: SignatureIndex) {
    self.shards = shards
    self.signatures = signatures
    known = shards.map { shard in
      (0..<UInt32(shard.analyzer.names.count)).map { signatures.match(serverName: shard.analyzer.names.name($0)) }
    }
  }

  /// Sets `application` and `resolved` of all flows.
  func name(_ outlines: inout [FlowOutline]) {
    var servers = Ties<Pair>()
    var sockets = Ties<ServerEndpoint>()
    for position in outlines.indices {
      let named = nameByItself(&outlines[position])
      let outline = outlines[position]
      if named.isNamed {
        // A likely name lies on a platform that others share.
        let own = named.byName?.grade == .certain ? named.byName : nil
        servers.note(Pair(client: outline.client, server: outline.server), own)
      }
      if !outline.isTCP, let match = outline.application, match.grade != .weak {
        sockets.note(ServerEndpoint(address: outline.client, port: outline.clientPort), match)
      }
    }
    let described = describedMedia()
    for position in outlines.indices
    where outlines[position].application == nil || outlines[position].application?.grade == .weak {
      outlines[position].application =
        tied(outlines[position], servers, sockets, described) ?? outlines[position].application
    }
    for position in outlines.indices where outlines[position].application == nil {
      let outline = outlines[position]
      // A TURN server that names another realm than the address's owner has is somebody else's.
      if outline.content.contains(.stun), realm(of: outline) != NameTable.none { continue }
      outlines[position].application = signatures.match(
        server: outline.server, port: outline.serverPort, transport: outline.isTCP ? .tcp : .udp)
    }
  }

  /// Bytes, SNI or certificate, REALM, DNS answer. `isNamed` if the connection itself named the server, and `byName` is
  /// whom that name speaks for.
  private func nameByItself(_ outline: inout FlowOutline) -> (isNamed: Bool, byName: ApplicationMatch?) {
    var best = signatures.match(content: outline.content)
    var byName: ApplicationMatch?
    var isNamed = false
    let shard = shards[outline.shard]
    if Int(outline.name) < known[outline.shard].count {
      isNamed = true
      byName = known[outline.shard][Int(outline.name)]
      best = ApplicationMatch.louder(best, byName)
    } else {
      let resolver = shards[0].analyzer.resolver
      if !resolver.isEmpty,
        let found = resolver.name(
          client: AddressBits(outline.client), address: AddressBits(outline.server), before: outline.first)
      {
        outline.resolved = found
        // An address serves many names: the answer is no content of the flow.
        best = ApplicationMatch.louder(best, known[0][Int(found)]?.atMost(.likely))
      }
    }
    // The phone that captured says whose socket it was.
    if let label = shard.analyzer.phoneApps[outline.index] {
      best = ApplicationMatch.louder(best, signatures.match(phoneApp: shard.analyzer.names.name(label)))
    }
    let index = shard.analyzer.table.flows[outline.index].facts
    defer { outline.application = best }
    guard index != FlowState.none else { return (isNamed, byName) }
    let realm = shard.analyzer.facts[index].realm
    if realm != NameTable.none {
      if outline.content.contains(.tls) {
        let match = known[outline.shard][Int(realm)]
        if !isNamed || match != nil { byName = match }
        isNamed = true
        best = ApplicationMatch.louder(best, match)
      } else {
        best = ApplicationMatch.louder(best, signatures.match(realm: shard.analyzer.names.name(realm)))
      }
    }
    return (isNamed, byName)
  }

  private func realm(of outline: FlowOutline) -> UInt32 {
    let index = shards[outline.shard].analyzer.table.flows[outline.index].facts
    return index == FlowState.none ? NameTable.none : shards[outline.shard].analyzer.facts[index].realm
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
