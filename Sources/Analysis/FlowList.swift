internal import Flow
internal import Recognition
internal import Settings
internal import Verdict
internal import Wire

/// The flows of all shards in the order of their first packets.
struct FlowList {
  /// Where a flow lies, and what is known of it without a look at its states: 16 bytes.
  struct Place: BitwiseCopyable {
    let index: UInt32
    let shard: UInt16
    var marks: Marks
    /// Name from a DNS answer, index into the first shard's name table.
    var resolved = NameTable.none
    /// For whom it speaks.
    var application: ApplicationMatch?

    /// Side of the client.
    var clientSide: Int { marks.contains(.clientIsOne) ? 1 : 0 }
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
    /// Between peers over UDP: only who asked servers elsewhere can tell the client.
    static let undirected = Marks(rawValue: 16)
    /// TCP that was reset.
    static let reset = Marks(rawValue: 32)
    /// Side 1 is the client.
    static let clientIsOne = Marks(rawValue: 64)
    /// UDP with RTP streams.
    static let media = Marks(rawValue: 128)
    /// TCP whose segments were traced.
    static let traced = Marks(rawValue: 256)
    /// The connection itself named its server.
    static let named = Marks(rawValue: 512)
    /// RTCP was seen, encrypted or not.
    static let control = Marks(rawValue: 1_024)
    /// HTTP in clear.
    static let http = Marks(rawValue: 2_048)
  }

  let analyzers: Analyzers
  private(set) var places: [Place] = []

  /// The flows as they are when the last frame was taken in.
  init(_ shards: [Shard], _ signatures: SignatureIndex, _ thresholds: Thresholds) {
    analyzers = Analyzers(shards)
    var inOrder = true
    for number in shards.indices {
      inOrder = analyzers[number].look(into: &places, shard: UInt16(number), thresholds) && inOrder
    }
    if !inOrder || shards.count > 1 { sort() }
    orient()
    var naming = Naming(analyzers, signatures, slack: thresholds.calls.slack.integer)
    naming.name(&places)
  }

  var count: Int { places.count }

  /// The outline of the flow at a position.
  subscript(position: Int) -> FlowOutline {
    let place = places[position]
    return analyzers[Int(place.shard)].outline(place)
  }

  /// The client of the flow at a position.
  func client(_ position: Int) -> IPAddress {
    let place = places[position]
    return analyzers[Int(place.shard)].ends(place).client
  }

  private mutating func sort() {
    let keyed = places.map { place in (analyzers[Int(place.shard)].firstFrame(place.index), place) }
    places = keyed.sorted { $0.0 < $1.0 }.map { $0.1 }
  }

  /// Tells the client of flows between peers by the hosts that the capture was taken at, if there are such flows.
  private mutating func orient() {
    guard places.contains(where: { $0.marks.contains(.undirected) }) else { return }
    var home = HomeHosts()
    for place in places where place.marks.contains(.toServer) {
      home.note(analyzers[Int(place.shard)].ends(place).client)
    }
    guard !home.isEmpty else { return }
    for position in places.indices where places[position].marks.contains(.undirected) {
      let place = places[position]
      let ends = analyzers[Int(place.shard)].ends(place)
      if !home.isHome(ends.client), home.isHome(ends.server) { places[position].marks.insert(.clientIsOne) }
    }
  }
}

extension Analyzer {
  /// Adds the flows in the order of their records; true if that is the order of their first packets.
  fileprivate func look(into places: inout [FlowList.Place], shard: UInt16, _ thresholds: Thresholds) -> Bool {
    let copies = UInt16(clamping: thresholds.silence.retransmissions.integer)
    let pathPayload = thresholds.silence.pathPayload.integer
    let segmentPause = thresholds.silence.segmentPause.integer
    let bins = UInt32(clamping: thresholds.silence.trials.integer)
    let ofCalls = ObservedContent.callTraffic.union([.sip, .stun])
    var latest: UInt64 = 0
    var inOrder = true
    places.reserveCapacity(places.count + table.flows.count)
    for index in 0..<UInt32(table.flows.count) {
      let content = content(index)
      var marks: FlowList.Marks = []
      if table.flows[index].packets.0 == 0 || table.flows[index].packets.1 == 0 { marks.insert(.oneSided) }
      if !content.isDisjoint(with: ofCalls) { marks.insert(.mayBeOfCall) }
      if !content.isDisjoint(with: .toServers) { marks.insert(.toServer) }
      if !content.isDisjoint(with: [.rtcp, .srtcp]) { marks.insert(.control) }
      let detail = table.flows[index].detail
      let frame: UInt64
      if table.flows[index].isTCP {
        let most = max(
          max(tcp[detail].sides.first.unansweredCopies, tcp[detail].sides.second.unansweredCopies),
          max(tcp[detail].sides.first.stalledCopies, tcp[detail].sides.second.stalledCopies))
        if most >= copies || tcp[detail].owedBytes > 0
          || tcp[detail].endsInFull(above: pathPayload, pause: segmentPause)
        {
          marks.insert(.maybeSilent)
        }
        if content.contains(.http) { marks.insert(.http) }
        if tcp[detail].reset != FlowState.none { marks.insert(.reset) }
        if tcp[detail].traces != FlowState.none { marks.insert(.traced) }
        if tcp[detail].name != NameTable.none { marks.insert(.named) }
        if connectionClient(index, detail) == 1 { marks.insert(.clientIsOne) }
        frame = tcp[detail].firstFrame
      } else {
        if max(udp[detail].sides.first.runBins, udp[detail].sides.second.runBins) >= bins
          || !content.isDisjoint(with: .callTraffic)
        {
          marks.insert(.maybeSilent)
        }
        if udp[detail].streams != FlowState.none { marks.insert(.media) }
        if names(index).name != NameTable.none { marks.insert(.named) }
        switch datagramClient(index, content) {
        case 0: break
        case 1: marks.insert(.clientIsOne)
        default: marks.insert(.undirected)
        }
        frame = udp[detail].firstFrame
      }
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
