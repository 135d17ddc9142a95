extension Scenario {
  private static let reflectors = [
    SocketAddress("91.108.9.21", 597), SocketAddress("91.108.13.34", 596), SocketAddress("91.108.17.7", 596),
  ]
  private static let callServers: [(prefix: HostAddress, length: Int)] = [("91.108.8.0", 21), ("91.108.16.0", 21)]

  static func telegramBlocked(_ seed: UInt64) -> Network {
    let network = network(
      seed,
      up: [
        .blackhole(from: 0, until: .max, filter: PacketFilter(protocolNumber: 17, remote: callServers))
      ])
    var call = TelegramCall()
    call.reflectors = reflectors
    call.relay = SocketAddress("91.108.9.35", 1_400)
    call.place(on: network)
    for (index, name) in ["example.org", "news.example.net", "weather.example.com"].enumerated() {
      let address: HostAddress = .v4(0xC633_6450 + UInt32(index))
      network.lookUp(name, [address], at: .seconds(4 + 9 * index))
      network.visit(name, at: SocketAddress(address, 443), start: .seconds(4 + 9 * index) + .milliseconds(60))
    }
    network.visitByQUIC(SocketAddress("198.51.100.90", 443), start: .seconds(9))
    network.run(until: .seconds(36))
    return network
  }

  static func telegramClean(_ seed: UInt64) -> Network {
    let network = network(seed)
    var call = TelegramCall()
    call.reflectors = reflectors
    call.place(on: network)
    network.lookUp("example.org", ["198.51.100.80"], at: .seconds(5))
    network.run(until: .seconds(26))
    return network
  }

  /// The numbers of a field capture of August 2026 (Tolian82/os-zapret2-restyle, evidence documents; MTS/MGTS Moscow).
  static func telegramMasked(_ seed: UInt64) -> Network {
    let start: Nanoseconds = .seconds(1)
    let network = network(
      seed,
      up: [
        .blackhole(from: 0, until: .max, filter: PacketFilter(protocolNumber: 17, remote: callServers))
      ])
    var generator = network.generator.fork()
    let relay = DatagramFlow(network, server: SocketAddress("91.108.9.100", 1_400))
    let allocate = STUNMessage.allocate(
      transaction: generator.base64Characters(12), credentials: nil, generator: &generator)
    network.schedule(at: start) { relay.request(allocate, schedule: DatagramFlow.Ladder.libwebrtc) }
    let port = ReflectorPort(
      network, reflector: SocketAddress("91.108.9.40", 597), tag: generator.bytes(12), ownNumber: generator.bytes(4),
      peerNumber: generator.bytes(4))
    network.schedule(at: start) { port.start() }
    // Ninety hellos: the last one 44.5 s after the first.
    network.schedule(at: start + .milliseconds(44_600)) { port.flow.closeClient() }
    network.keepBinding(
      at: SocketAddress("141.101.90.1", 3_478), from: start + .milliseconds(200), until: start + .seconds(46),
      every: .seconds(5))
    // One connection signals, the other carries the audio: small pieces both ways every 120 ms.
    network.chat(
      with: SocketAddress("149.154.167.51", 443), from: .milliseconds(300), until: start + .seconds(46),
      every: .milliseconds(3_100))
    network.chat(
      with: SocketAddress("149.154.167.41", 443), from: start + .milliseconds(5_200), until: start + .seconds(45),
      every: .milliseconds(120), sizes: 150...260)
    network.lookUp("example.org", ["198.51.100.80"], at: .seconds(12))
    network.run(until: .seconds(50))
    return network
  }

  static func telegramCutoff(_ seed: UInt64) -> Network {
    let silence: Nanoseconds = .seconds(13)
    let network = network(
      seed,
      down: [
        .blackhole(from: silence, until: .max, filter: PacketFilter(protocolNumber: 17, remote: callServers))
      ])
    var call = TelegramCall()
    call.reflectors = Array(reflectors.prefix(1))
    call.frame = .milliseconds(60)
    call.media = .seconds(32)
    call.hangsUp = false
    call.place(on: network)
    network.keepBinding(
      at: SocketAddress("203.0.113.45", 3_478), from: .milliseconds(700), until: .seconds(33), every: .seconds(2))
    network.run(until: .seconds(33))
    return network
  }
}
