internal import Detection
internal import Flow
internal import Recognition
internal import Settings
internal import Verdict
internal import Wire

/// A flow of a shard as it is judged: who is the client, what it carried, for whom it speaks.
struct FlowOutline {
  /// Shard and index there.
  let shard: Int
  let index: UInt32
  let isTCP: Bool
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
  var content: ObservedContent
  /// Server name, index into the shard's name table.
  var name: UInt32
  /// Name from a DNS answer, index into the first shard's name table.
  var resolved = NameTable.none
  var application: ApplicationMatch?

  /// Part of a call's own traffic.
  var isCallTraffic: Bool {
    !content.isDisjoint(with: [
      .turn, .iceCheck, .reflectorHello, .reflectorLegacy, .stunToken4000, .stunType080x, .bareIntegrityCheck, .rtp,
      .dtlsSRTP, .zoomSTUN, .zoomPeer, .zoomHello, .zoomMedia, .discordFraming, .viberFraming,
    ])
  }
}

extension Analyzer {
  /// The outline of a flow. Client and server as the record format says: the SYN's sender; who asked a server; the side
  /// that the capture was taken on; the first sender.
  func outline(_ index: UInt32, shard: Int, home: HomeHosts?) -> FlowOutline {
    let flow = table.flows[index]
    let zero = table.endpoint(index, side: 0)
    let one = table.endpoint(index, side: 1)
    let isTCP = flow.isTCP
    var content: ObservedContent = []
    var name = NameTable.none
    var clientSide: UInt8 = 0
    let firstFrame: UInt64
    if flow.facts != FlowState.none {
      content = facts[flow.facts].content
      // A QUIC flow has no REALM: its server's name lies there.
      if !isTCP, content.contains(.quic), !content.contains(.stun) { name = facts[flow.facts].realm }
    }
    let zeroAddress = IPAddress(zero.address, isV6: flow.isIPv6)
    let oneAddress = IPAddress(one.address, isV6: flow.isIPv6)
    if isTCP {
      let state = tcp[flow.detail]
      firstFrame = state.firstFrame
      if flow.decoder != PayloadDecoder.waiting { name = state.name }
      if state.opener != 2 {
        clientSide = state.opener
      } else if zero.port < 1024, one.port >= 1024 {
        // No SYN seen: the well-known port is the server's.
        clientSide = 1
      }
    } else {
      firstFrame = udp[flow.detail].firstFrame
      clientSide = datagramClient(flow, content, zeroAddress, zero.port, oneAddress, one.port, home)
    }
    let swapped = clientSide == 1
    return FlowOutline(
      shard: shard, index: index, isTCP: isTCP, firstFrame: firstFrame, first: flow.first, last: flow.last,
      clientSide: clientSide, client: swapped ? oneAddress : zeroAddress, clientPort: swapped ? one.port : zero.port,
      server: swapped ? zeroAddress : oneAddress, serverPort: swapped ? zero.port : one.port,
      packets: swapped
        ? (UInt64(flow.packets.1), UInt64(flow.packets.0)) : (UInt64(flow.packets.0), UInt64(flow.packets.1)),
      bytes: swapped ? (flow.bytes.1, flow.bytes.0) : (flow.bytes.0, flow.bytes.1), content: content, name: name)
  }

  private func datagramClient(
    _ flow: FlowState, _ content: ObservedContent, _ zero: IPAddress, _ zeroPort: UInt16, _ one: IPAddress,
    _ onePort: UInt16, _ home: HomeHosts?
  ) -> UInt8 {
    if flow.facts != FlowState.none {
      let dialogue = facts[flow.facts].dialogue
      if dialogue != FlowState.none, dialogues[dialogue].asker != 2 {
        return dialogues[dialogue].asker
      }
    }
    if content.contains(.dns) { return zeroPort == 53 || zeroPort == 5353 && onePort != 5353 ? 1 : 0 }
    guard !content.isDisjoint(with: [.iceCheck, .bareIntegrityCheck, .rtp, .rtcp, .srtcp, .dtls]) else { return 0 }
    if zero.isPrivate != one.isPrivate { return zero.isPrivate ? 0 : 1 }
    if let home { return home.isHome(zero) || !home.isHome(one) ? 0 : 1 }
    return 0
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
