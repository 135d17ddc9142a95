internal import Flow
internal import Recognition
internal import Settings
internal import Verdict
internal import Wire

/// The flows of all shards in the order of their first packets.
struct FlowList {
  /// Where a flow lies, and what a first look at it said.
  struct Place: BitwiseCopyable {
    let index: UInt32
    let shard: UInt16
    let marks: Marks
  }

  /// What a first look at every flow finds, so that later ones need not look at all.
  struct Marks: OptionSet, BitwiseCopyable {
    let rawValue: UInt16
    /// Call traffic, SIP or STUN.
    static let mayBeOfCall = Marks(rawValue: 1)
    /// One side said nothing.
    static let oneSided = Marks(rawValue: 2)
    /// One side spoke last and for long, or it is call traffic: a detector may ask for controls.
    static let maybeSilent = Marks(rawValue: 4)
    /// Sent to a server.
    static let toServer = Marks(rawValue: 8)
    /// Between peers over UDP.
    static let ofPeers = Marks(rawValue: 16)
  }

  let shards: [Shard]
  private(set) var places: [Place] = []
  fileprivate let clues: NameClues
  private(set) var home = HomeHosts()

  /// The flows as they are when the last frame was taken in.
  init(_ shards: [Shard], _ signatures: SignatureIndex, _ thresholds: Thresholds) {
    self.shards = shards
    clues = NameClues(shards, signatures)
    var inOrder = true
    for (number, shard) in shards.enumerated() {
      inOrder = shard.analyzer.look(into: &places, shard: UInt16(number), thresholds) && inOrder
    }
    if !inOrder || shards.count > 1 { sort() }
    orient()
  }

  var count: Int { places.count }

  /// The outline of the flow at a position.
  subscript(position: Int) -> FlowOutline {
    let place = places[position]
    return shards[Int(place.shard)].analyzer.outline(place, self)
  }

  /// The same, without server name and application.
  func unnamed(_ position: Int) -> FlowOutline {
    let place = places[position]
    return shards[Int(place.shard)].analyzer.outline(place, home: home)
  }

  private mutating func sort() {
    let keyed = places.map { place in
      let shard = shards[Int(place.shard)]
      return (shard.analyzer.firstFrame(shard.analyzer.table.flows[place.index]), place)
    }
    places = keyed.sorted { $0.0 < $1.0 }.map { $0.1 }
  }

  /// Finds the hosts that the capture was taken at, if flows between peers need it.
  private mutating func orient() {
    guard places.contains(where: { $0.marks.contains(.ofPeers) }) else { return }
    var found = HomeHosts()
    var latest: IPAddress?
    for place in places where place.marks.contains(.toServer) {
      let client = shards[Int(place.shard)].analyzer.outline(place, home: home).client
      if client != latest { found.note(client) }
      latest = client
    }
    home = found
  }
}

extension Analyzer {
  /// The outline of a flow, with server name and application.
  func outline(_ place: FlowList.Place, _ list: FlowList) -> FlowOutline {
    var outline = outline(place, home: list.home)
    list.clues.name(&outline, realm: outline.realm == NameTable.none ? [] : names.name(outline.realm))
    return outline
  }

  /// Adds the flows in the order of their records; true if that is the order of their first packets.
  fileprivate func look(into places: inout [FlowList.Place], shard: UInt16, _ thresholds: Thresholds) -> Bool {
    let copies = UInt16(clamping: thresholds.silence.retransmissions.integer)
    let bins = UInt32(clamping: thresholds.silence.trials.integer)
    let ofCalls = ObservedContent.callTraffic.union([.sip, .stun])
    var latest: UInt64 = 0
    var inOrder = true
    places.reserveCapacity(places.count + table.flows.count)
    for index in 0..<UInt32(table.flows.count) {
      let flow = table.flows[index]
      let content = content(flow)
      var marks: FlowList.Marks = []
      if flow.packets.0 == 0 || flow.packets.1 == 0 { marks.insert(.oneSided) }
      if !content.isDisjoint(with: ofCalls) { marks.insert(.mayBeOfCall) }
      if !content.isDisjoint(with: .toServers) { marks.insert(.toServer) }
      if flow.isTCP {
        let sides = tcp[flow.detail].sides
        if max(sides[0].unansweredCopies, sides[1].unansweredCopies) >= copies { marks.insert(.maybeSilent) }
      } else {
        if !content.isDisjoint(with: .peers) { marks.insert(.ofPeers) }
        let sides = udp[flow.detail].sides
        if max(sides[0].runBins, sides[1].runBins) >= bins || !content.isDisjoint(with: .callTraffic) {
          marks.insert(.maybeSilent)
        }
      }
      let frame = firstFrame(flow)
      if frame < latest { inOrder = false }
      latest = frame
      places.append(FlowList.Place(index: index, shard: shard, marks: marks))
    }
    return inOrder
  }
}

/// What names and addresses say about applications; a name is held against the signatures once.
struct NameClues {
  private let signatures: SignatureIndex
  private let resolver: NameResolver
  /// By shard, by index into its name table.
  private let applications: [[ApplicationMatch?]]

  init(_ shards: [Shard], _ signatures: SignatureIndex) {
    self.signatures = signatures
    resolver = shards[0].analyzer.resolver
    applications = shards.map { shard in
      (0..<UInt32(shard.analyzer.names.count)).map { signatures.match(serverName: shard.analyzer.names.name($0)) }
    }
  }

  /// Server name (SNI, else DNS) and the application that the flow speaks for by itself.
  func name(_ outline: inout FlowOutline, realm: [UInt8]) {
    var best = outline.content.isEmpty ? nil : signatures.match(content: outline.content)
    if Int(outline.name) < applications[outline.shard].count {
      best = ApplicationMatch.louder(best, applications[outline.shard][Int(outline.name)])
    } else if let found = resolver.name(
      client: AddressBits(outline.client), address: AddressBits(outline.server), before: outline.first)
    {
      outline.resolved = found
      best = ApplicationMatch.louder(best, applications[0][Int(found)])
    }
    if !realm.isEmpty { best = ApplicationMatch.louder(best, signatures.match(realm: realm)) }
    if best == nil {
      best = signatures.match(server: outline.server, port: outline.serverPort, transport: outline.transport)
    }
    outline.application = best
  }
}

extension AddressBits {
  /// From an address.
  init(_ address: IPAddress) { self.init(high: address.high, low: address.low) }
}
