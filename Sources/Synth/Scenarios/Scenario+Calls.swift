extension Scenario {
  static func whatsappClean(_ seed: UInt64) -> Network {
    let network = network(seed)
    WhatsAppCall().place(on: network)
    network.visitByQUIC(SocketAddress("198.51.100.90", 443), start: .seconds(6))
    network.run(until: .seconds(20))
    return network
  }

  static func webrtcClean(_ seed: UInt64) -> Network {
    let network = network(seed)
    WebRTCCall().place(on: network)
    network.run(until: .seconds(16))
    return network
  }

  static func peerCandidates(_ seed: UInt64) -> Network {
    let network = network(seed)
    var call = WebRTCCall()
    call.peer = nil
    call.deadCandidates = [
      SocketAddress("10.20.30.40", 51_820), SocketAddress("192.168.77.5", 51_820),
      SocketAddress("198.51.100.201", 33_017),
    ]
    call.relay = (SocketAddress("203.0.113.60", 3_478), "turn.example.org")
    call.media = .seconds(12)
    call.frame = .milliseconds(40)
    call.place(on: network)
    network.run(until: .seconds(18))
    return network
  }

  static func turnDenied(_ seed: UInt64) -> Network {
    let network = network(seed)
    var call = WebRTCCall()
    call.peer = nil
    call.deadCandidates = [SocketAddress("10.0.8.9", 40_100), SocketAddress("172.16.4.4", 40_101)]
    call.relay = (SocketAddress("203.0.113.60", 3_478), "turn.example.org")
    call.media = .seconds(6)
    call.frame = .milliseconds(40)
    call.place(on: network)
    network.run(until: .seconds(12))
    return network
  }

  static func sipClean(_ seed: UInt64) -> Network {
    let network = network(seed)
    SIPCall().place(on: network)
    network.run(until: .seconds(13))
    return network
  }

  static func oneWay(_ seed: UInt64) -> Network {
    // RFC 7983: 128 to 191 is RTP or RTCP.
    let media = PacketFilter.host("198.51.100.77", protocolNumber: 17)
    var filter = media
    filter.payload = { ($0.first ?? 0) & 0xC0 == 0x80 }
    let network = network(seed, down: [.blackhole(from: 0, until: .max, filter: filter)])
    WebRTCCall().place(on: network)
    network.run(until: .seconds(16))
    return network
  }
}
