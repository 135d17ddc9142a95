internal import Flow
internal import Recognition
internal import Verdict
internal import Wire

/// A flow of a shard as it is judged: who is the client, what it carried, for whom it speaks. Made when it is looked at: a
/// million kept would weigh more than the flows themselves.
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
  var resolved = NameTable.none
  var application: ApplicationMatch?

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
  /// What two equal peers send: neither its sender nor its port tells the client.
  static let peers: ObservedContent = [.iceCheck, .bareIntegrityCheck, .rtp, .rtcp, .srtcp, .dtls]
  /// What is sent to servers: its client is a host that the capture was taken at.
  static let toServers: ObservedContent = [.turn, .reflectorHello, .dns, .tls]
}

extension Analyzer {
  /// What a flow's bytes showed.
  func content(_ flow: FlowState) -> ObservedContent {
    flow.facts == FlowState.none ? [] : facts[flow.facts].content
  }

  /// Frame of a flow's first packet.
  func firstFrame(_ flow: FlowState) -> UInt64 {
    flow.isTCP ? tcp[flow.detail].firstFrame : udp[flow.detail].firstFrame
  }

  /// The outline of a flow. Client and server as the record format says: the SYN's sender; who asked a server; the side
  /// that the capture was taken on; the first sender.
  func outline(_ place: FlowList.Place, home: borrowing HomeHosts) -> FlowOutline {
    let index = place.index
    let flow = table.flows[index]
    let zero = table.endpoint(index, side: 0)
    let one = table.endpoint(index, side: 1)
    let content = content(flow)
    let zeroAddress = IPAddress(zero.address, isV6: flow.isIPv6)
    let oneAddress = IPAddress(one.address, isV6: flow.isIPv6)
    var name = NameTable.none
    var clientSide: UInt8 = 0
    let ordinal: UInt16
    if flow.isTCP {
      ordinal = tcp[flow.detail].ordinal
      name = tcp[flow.detail].name
      let opener = tcp[flow.detail].opener
      if opener != 2 {
        clientSide = opener
      } else if zero.port < 1024, one.port >= 1024 {
        // No SYN seen: the well-known port is the server's.
        clientSide = 1
      }
    } else {
      ordinal = udp[flow.detail].ordinal
      // A QUIC flow has no REALM: its server's name lies there.
      if content.contains(.quic), !content.contains(.stun) { name = facts[flow.facts].realm }
      clientSide = datagramClient(flow, content, zeroAddress, zero.port, oneAddress, one.port, home)
    }
    let swapped = clientSide == 1
    return FlowOutline(
      shard: Int(place.shard), index: index, isTCP: flow.isTCP, ordinal: ordinal, firstFrame: firstFrame(flow),
      first: flow.first,
      last: flow.last, clientSide: clientSide, client: swapped ? oneAddress : zeroAddress,
      clientPort: swapped ? one.port : zero.port, server: swapped ? zeroAddress : oneAddress,
      serverPort: swapped ? zero.port : one.port,
      packets: swapped
        ? (UInt64(flow.packets.1), UInt64(flow.packets.0)) : (UInt64(flow.packets.0), UInt64(flow.packets.1)),
      bytes: swapped ? (flow.bytes.1, flow.bytes.0) : (flow.bytes.0, flow.bytes.1), content: content, name: name,
      realm: flow.facts == FlowState.none ? NameTable.none : facts[flow.facts].realm)
  }

  private func datagramClient(
    _ flow: FlowState, _ content: ObservedContent, _ zero: IPAddress, _ zeroPort: UInt16, _ one: IPAddress,
    _ onePort: UInt16, _ home: borrowing HomeHosts
  ) -> UInt8 {
    if flow.facts != FlowState.none {
      let dialogue = facts[flow.facts].dialogue
      if dialogue != FlowState.none, dialogues[dialogue].asker != 2 {
        return dialogues[dialogue].asker
      }
    }
    // A message that was cut is not known to be DNS, but its port is.
    if content.contains(.dns) || content.isEmpty && (zeroPort == 53) != (onePort == 53) {
      return zeroPort == 53 || zeroPort == 5353 && onePort != 5353 ? 1 : 0
    }
    guard !content.isDisjoint(with: .peers) else { return 0 }
    if zero.isPrivate != one.isPrivate { return zero.isPrivate ? 0 : 1 }
    // Two public or two private hosts: it is told by who asked servers.
    return home.isEmpty || home.isHome(zero) || !home.isHome(one) ? 0 : 1
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

  var isEmpty: Bool { asked.isEmpty }

  /// Notes a client.
  mutating func note(_ client: IPAddress) { asked.insert(client) }

  /// It asked a server in this capture.
  func isHome(_ address: IPAddress) -> Bool { asked.contains(address) }
}
