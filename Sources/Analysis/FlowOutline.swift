internal import Flow
internal import Recognition
internal import Verdict
internal import Wire

/// A flow of a shard as it is judged: who is the client, what it carried, for whom it speaks. Made where a flow is judged
/// or written: a million kept would weigh more than the flows themselves.
struct FlowOutline {
  /// Shard and index there.
  let shard: Int
  let index: UInt32
  let isTCP: Bool
  /// Earlier flows of the same five-tuple.
  let ordinal: UInt16
  let firstFrame: UInt64
  let first: Int64
  let last: Int64
  /// Side of the client.
  let clientSide: UInt8
  let client: IPAddress
  let clientPort: UInt16
  let server: IPAddress
  let serverPort: UInt16
  /// Packets by client and server.
  let packets: (client: UInt64, server: UInt64)
  let bytes: (client: UInt64, server: UInt64)
  let content: ObservedContent
  /// Server name, index into the shard's name table.
  let name: UInt32
  /// REALM that the server named, index into the shard's name table.
  let realm: UInt32
  /// Name from a DNS answer, index into the first shard's name table.
  let resolved: UInt32
  let application: ApplicationMatch?

  /// Part of a call's own traffic.
  var isCallTraffic: Bool { !content.isDisjoint(with: .callTraffic) }
  /// SIP, which announces calls and is none.
  var isSIP: Bool { content.contains(.sip) }
  /// STUN to a server, which is part of a call beside one.
  var isPlainSTUN: Bool { !isCallTraffic && !isTCP && content.contains(.stun) }
  /// Which transport.
  var transport: Transport { isTCP ? .tcp : .udp }
}

extension ObservedContent {
  /// What only a call's own flows carry.
  static let callTraffic: ObservedContent = [
    .turn, .iceCheck, .reflectorHello, .reflectorLegacy, .stunToken4000, .stunType080x, .bareIntegrityCheck, .rtp,
    .dtlsSRTP, .zoomSTUN, .zoomPeer, .zoomHello, .zoomMedia, .discordFraming, .viberFraming,
  ]
  /// On a flow with one of these, datagrams of no known format are a call's.
  static let carriesOpaque: ObservedContent = [.stun, .dtls, .reflectorHello, .reflectorLegacy, .zoomHello, .zoomPeer]
  /// What two equal peers send: neither its sender nor its port tells the client.
  static let peers: ObservedContent = [.iceCheck, .bareIntegrityCheck, .rtp, .rtcp, .srtcp, .dtls]
  /// What is sent to servers: its client is a host that the capture was taken at.
  static let toServers: ObservedContent = [.turn, .reflectorHello, .discordFraming, .dns, .tls]
}

extension Analyzer {
  /// What a flow's bytes showed.
  @inline(always)
  func content(_ index: UInt32) -> ObservedContent {
    let fact = table.flows[index].facts
    return fact == FlowState.none ? [] : facts[fact].content
  }

  /// Frame of a flow's first packet.
  func firstFrame(_ index: UInt32) -> UInt64 {
    let detail = table.flows[index].detail
    return table.flows[index].isTCP ? tcp[detail].firstFrame : udp[detail].firstFrame
  }

  /// Client and server of a flow.
  @inline(always)
  func ends(
    _ place: FlowList.Place
  ) -> (client: IPAddress, clientPort: UInt16, server: IPAddress, serverPort: UInt16) {
    let (zero, one) = table.ends(place.index)
    let isV6 = table.flows[place.index].isIPv6
    let swapped = place.marks.contains(.clientIsOne)
    return (
      IPAddress(swapped ? one.address : zero.address, isV6: isV6), swapped ? one.port : zero.port,
      IPAddress(swapped ? zero.address : one.address, isV6: isV6), swapped ? zero.port : one.port
    )
  }

  /// Packets by client and server.
  @inline(always)
  func packets(_ place: FlowList.Place) -> (client: UInt64, server: UInt64) {
    let packets = table.flows[place.index].packets
    return place.marks.contains(.clientIsOne)
      ? (UInt64(packets.1), UInt64(packets.0)) : (UInt64(packets.0), UInt64(packets.1))
  }

  /// Packets and IP bytes that the client sent.
  func sentByClient(_ place: FlowList.Place) -> (packets: UInt64, bytes: UInt64) {
    let flow = table.flows[place.index]
    return place.marks.contains(.clientIsOne)
      ? (UInt64(flow.packets.1), flow.bytes.1) : (UInt64(flow.packets.0), flow.bytes.0)
  }

  /// REALM of a flow, or what lies in its place.
  @inline(always)
  func realm(_ index: UInt32) -> UInt32 {
    let fact = table.flows[index].facts
    return fact == FlowState.none ? NameTable.none : facts[fact].realm
  }

  /// Server name and REALM of a flow.
  @inline(always)
  func names(_ index: UInt32) -> (name: UInt32, realm: UInt32) {
    let realm = realm(index)
    if table.flows[index].isTCP { return (tcp[table.flows[index].detail].name, realm) }
    // A QUIC flow has no REALM: its server's name lies there.
    let content = content(index)
    return (content.contains(.quic) && !content.contains(.stun) ? realm : NameTable.none, realm)
  }

  /// The outline of a flow.
  func outline(_ place: FlowList.Place) -> FlowOutline {
    let index = place.index
    let detail = table.flows[index].detail
    let isTCP = table.flows[index].isTCP
    let ends = ends(place)
    let names = names(index)
    let bytes = table.flows[index].bytes
    return FlowOutline(
      shard: Int(place.shard), index: index, isTCP: isTCP, ordinal: isTCP ? tcp[detail].ordinal : udp[detail].ordinal,
      firstFrame: firstFrame(index), first: table.flows[index].first, last: table.flows[index].last,
      clientSide: UInt8(truncatingIfNeeded: place.clientSide), client: ends.client, clientPort: ends.clientPort,
      server: ends.server, serverPort: ends.serverPort, packets: packets(place),
      bytes: place.clientSide == 1 ? (bytes.1, bytes.0) : bytes, content: content(index), name: names.name,
      realm: names.realm, resolved: place.resolved, application: place.application)
  }

  // MARK: Who is the client

  /// Side of a connection's client: the SYN's sender, else the one without a well-known port, else the first sender.
  func connectionClient(_ index: UInt32, _ detail: UInt32) -> UInt8 {
    let opener = tcp[detail].opening.opener
    if opener != 2 { return opener }
    let (zero, one) = table.ends(index)
    return zero.port < 1024 && one.port >= 1024 ? 1 : 0
  }

  /// Side of the client of datagrams: who asked a server, else the side that the capture was taken on, else the first
  /// sender; 2 between two public or two private hosts, which only others' flows tell apart.
  func datagramClient(_ index: UInt32, _ content: ObservedContent) -> UInt8 {
    let fact = table.flows[index].facts
    if fact != FlowState.none {
      let dialogue = facts[fact].dialogue
      if dialogue != FlowState.none, dialogues[dialogue].asker != 2 { return dialogues[dialogue].asker }
    }
    let (zero, one) = table.ends(index)
    // A message that was cut is not known to be DNS, but its port is.
    if content.contains(.dns) || content.isEmpty && (zero.port == 53) != (one.port == 53) {
      return zero.port == 53 || zero.port == 5353 && one.port != 5353 ? 1 : 0
    }
    guard !content.isDisjoint(with: .peers) else { return 0 }
    let isV6 = table.flows[index].isIPv6
    let arePrivate = (
      IPAddress(zero.address, isV6: isV6).isPrivate, IPAddress(one.address, isV6: isV6).isPrivate
    )
    if arePrivate.0 != arePrivate.1 { return arePrivate.0 ? 0 : 1 }
    return 2
  }
}

extension IPAddress {
  /// From a decoded packet's bits.
  init(_ bits: AddressBits, isV6: Bool) {
    self = isV6 ? IPAddress(high: bits.high, low: bits.low) : IPAddress(v4: UInt32(truncatingIfNeeded: bits.low))
  }
}

/// Which hosts the capture was taken at: those that asked servers.
struct HomeHosts {
  private var asked: Set<IPAddress> = []
  private var latest: IPAddress?

  var isEmpty: Bool { asked.isEmpty }

  /// Notes a client.
  mutating func note(_ client: IPAddress) {
    if client == latest { return }
    asked.insert(client)
    latest = client
  }

  /// It asked a server in this capture.
  func isHome(_ address: IPAddress) -> Bool { asked.contains(address) }
}
