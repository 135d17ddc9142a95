extension Scenario {
  private static let web = SocketAddress("198.51.100.80", 443)
  private static let blockedName = "blocked.example.org"

  private static func carries(_ name: String, _ payload: [UInt8]) -> Bool {
    let wanted = Array(name.utf8)
    guard payload.first == 22, payload.count > wanted.count else { return false }
    return (0...(payload.count - wanted.count)).contains { payload[$0..<($0 + wanted.count)].elementsEqual(wanted) }
  }

  static func closedPort(_ seed: UInt64) -> Network {
    let network = network(seed)
    _ = network.server("198.51.100.90")
    for attempt in 0..<3 {
      let client = TCPEndpoint(network: network, to: SocketAddress("198.51.100.90", 8_443))
      network.schedule(at: .seconds(1 + attempt * 2)) { client.connect() }
    }
    network.visit("example.org", at: web, start: .seconds(2))
    network.run(until: .seconds(12))
    return network
  }

  static func clientAbort(_ seed: UInt64) -> Network {
    let network = network(seed)
    for attempt in 0..<3 {
      let client = network.visit(
        "files.example.org", at: web, start: .seconds(1 + 3 * attempt), responses: [120_000], pause: .seconds(4))
      network.schedule(at: .seconds(1 + 3 * attempt) + .milliseconds(210)) { client.abort() }
    }
    network.run(until: .seconds(14))
    return network
  }

  static func replyReset(_ seed: UInt64) -> Network {
    let network = network(seed)
    let client = TCPEndpoint(network: network, to: web)
    _ = network.server(web.address)
    var generator = network.generator.fork()
    network.listen(at: web) { endpoint in
      endpoint.whenFinished = {}  // keeps sending after the client's FIN
      endpoint.whenReceived = { _ in
        for piece in 0..<12 {
          network.schedule(after: .milliseconds(150 * piece)) {
            if endpoint.isOpen { endpoint.send(TLSMessage.applicationData(900, generator: &generator)) }
          }
        }
      }
    }
    client.whenEstablished = {
      client.send(TLSMessage.clientHello(serverName: "slow.example.org", generator: &generator))
    }
    network.schedule(at: .seconds(1)) { client.connect() }
    network.schedule(at: .seconds(2)) { client.close(discarding: true) }
    network.run(until: .seconds(8))
    return network
  }

  static func resetInjected(_ seed: UInt64) -> Network {
    let network = network(seed)
    var generator = network.generator.fork()
    for attempt in 0..<3 {
      let server = SocketAddress("198.51.100.80", UInt16(443 + attempt * 1_000))
      _ = network.server(server.address, hops: 11, delay: .milliseconds(8))
      network.listen(at: server) { endpoint in
        endpoint.whenReceived = { _ in
          endpoint.send(TLSMessage.serverFlight(generator: &generator))
          for piece in 0..<30 {
            network.schedule(after: .milliseconds(6 * piece + 45)) {
              if endpoint.isOpen { endpoint.send(TLSMessage.applicationData(1_100, generator: &generator)) }
            }
          }
        }
      }
      let client = TCPEndpoint(network: network, to: server)
      client.whenEstablished = {
        client.send(TLSMessage.clientHello(serverName: blockedName, generator: &generator))
      }
      network.schedule(at: .seconds(1 + 3 * attempt)) { client.connect() }
    }
    network.visit("example.org", at: SocketAddress("198.51.100.81", 443), start: .seconds(2))
    network.middlebox = ResetInjector(network, name: blockedName).inspect
    network.run(until: .seconds(14))
    return network
  }

  static func resetInPath(_ seed: UInt64) -> Network {
    let network = network(seed)
    for attempt in 0..<3 {
      network.visit(blockedName, at: web, start: .seconds(1 + 3 * attempt))
      network.visit("example.org", at: web, start: .seconds(2 + 3 * attempt))
    }
    network.middlebox = { packet, side in
      guard side == .client, case .tcp(let hello) = packet.transport, carries(blockedName, hello.payload) else {
        return true
      }
      var toClient = SynthPacket(
        from: packet.destination, to: packet.source,
        .tcp(
          TCPSegment(
            from: hello.destinationPort, to: hello.sourcePort, sequence: hello.acknowledgement,
            acknowledgement: hello.sequence &+ hello.sequenceLength, flags: [.rst, .ack])))
      toClient.identification = 0x3A7B
      network.inject(toClient, toward: .client)
      let toServer = SynthPacket(
        from: packet.source, to: packet.destination,
        .tcp(
          TCPSegment(
            from: hello.sourcePort, to: hello.destinationPort, sequence: hello.sequence,
            acknowledgement: hello.acknowledgement, flags: [.rst, .ack])))
      network.inject(toServer, toward: .server)
      return false
    }
    network.run(until: .seconds(14))
    return network
  }

  static func synBlackhole(_ seed: UInt64) -> Network {
    let dead: HostAddress = "198.51.100.66"
    let network = network(seed, up: [.blackhole(from: 0, until: .max, filter: .host(dead))])
    network.lookUp("dark.example.org", [dead], at: .milliseconds(900))
    network.visit("dark.example.org", at: SocketAddress(dead, 443), start: .seconds(1))
    network.visit("dark.example.org", at: SocketAddress(dead, 443), start: .seconds(1) + .milliseconds(260))
    for attempt in 0..<5 { network.visit("example.org", at: web, start: .seconds(2 + 7 * attempt)) }
    network.run(until: .seconds(38))
    return network
  }

  static func tlsBlackhole(_ seed: UInt64) -> Network {
    let network = network(seed)
    var silenced: Set<UInt16> = []
    network.middlebox = { packet, side in
      guard case .tcp(let segment) = packet.transport else { return true }
      if side == .client, carries(blockedName, segment.payload) { silenced.insert(segment.sourcePort) }
      return !silenced.contains(side == .client ? segment.sourcePort : segment.destinationPort)
    }
    for attempt in 0..<3 {
      network.visit(blockedName, at: web, start: .seconds(1 + 5 * attempt))
      network.visit("example.org", at: web, start: .seconds(2 + 5 * attempt))
    }
    network.run(until: .seconds(34))
    return network
  }
}
