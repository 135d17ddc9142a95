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
    /// TCP that was reset.
    static let reset = Marks(rawValue: 32)
  }

  let shards: [Shard]
  private(set) var places: [Place] = []
  /// By position: for whom each flow speaks.
  private var named: [Naming.Named] = []
  private(set) var home = HomeHosts()

  /// The flows as they are when the last frame was taken in.
  init(_ shards: [Shard], _ signatures: SignatureIndex, _ thresholds: Thresholds) {
    self.shards = shards
    var inOrder = true
    for (number, shard) in shards.enumerated() {
      inOrder = shard.analyzer.look(into: &places, shard: UInt16(number), thresholds) && inOrder
    }
    if !inOrder || shards.count > 1 { sort() }
    orient()
    named = Naming(shards, signatures).names(of: self)
  }

  var count: Int { places.count }

  /// The outline of the flow at a position.
  subscript(position: Int) -> FlowOutline {
    var outline = unnamed(position)
    outline.application = named[position].application
    outline.resolved = named[position].resolved
    return outline
  }

  /// The same, without application and name from a DNS answer.
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
        let most = (
          max(sides[0].unansweredCopies, sides[1].unansweredCopies), max(sides[0].stalledCopies, sides[1].stalledCopies)
        )
        if max(most.0, most.1) >= copies { marks.insert(.maybeSilent) }
        if tcp[flow.detail].reset != FlowState.none { marks.insert(.reset) }
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

extension AddressBits {
  /// From an address.
  init(_ address: IPAddress) { self.init(high: address.high, low: address.low) }
}
