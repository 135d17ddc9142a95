/// Silences that reach far: a service's whole network, and all but a few destinations.
extension Scenario {
  private static let telegram: [(prefix: HostAddress, length: Int)] = [("91.108.8.0", 21), ("149.154.160.0", 20)]

  /// Reflectors over UDP, and the same network over TCP, where the client turns next (U11).
  static func networkSilent(_ seed: UInt64) -> Network {
    let network = network(
      seed, up: [.blackhole(from: 0, until: .max, filter: PacketFilter(remote: telegram))])
    var call = TelegramCall()
    call.reflectors = [SocketAddress("91.108.9.21", 597), SocketAddress("91.108.13.34", 596)]
    call.place(on: network)
    for (index, address) in (["91.108.9.21", "91.108.13.34"] as [HostAddress]).enumerated() {
      let fallback = TCPEndpoint(network: network, to: SocketAddress(address, 443))
      network.schedule(at: .seconds(6 + index)) { fallback.connect() }
    }
    for attempt in 0..<4 {
      network.visit("example.org", at: SocketAddress("198.51.100.80", 443), start: .seconds(3 + 8 * attempt))
    }
    network.run(until: .seconds(38))
    return network
  }

  /// Whatever is not on a list of allowed destinations is silent (U12). A call is tried as well.
  static func allowedOnly(_ seed: UInt64) -> Network {
    let foreign: [(prefix: HostAddress, length: Int)] = [
      ("91.108.8.0", 21), ("149.154.160.0", 20), ("203.0.113.0", 24), ("192.0.2.0", 24), ("198.18.0.0", 15),
    ]
    let network = network(seed, up: [.blackhole(from: 0, until: .max, filter: PacketFilter(remote: foreign))])
    var call = TelegramCall()
    call.reflectors = [SocketAddress("91.108.9.21", 597)]
    call.place(on: network)
    let abroad: [HostAddress] = ["192.0.2.10", "203.0.113.80", "198.18.1.7", "198.18.2.7", "198.19.3.7"]
    for (index, address) in abroad.enumerated() {
      network.visit("site\(index).example.net", at: SocketAddress(address, 443), start: .seconds(2 + index))
    }
    for attempt in 0..<4 {
      network.visit("allowed.example.org", at: SocketAddress("198.51.100.80", 443), start: .seconds(3 + 8 * attempt))
    }
    network.run(until: .seconds(38))
    return network
  }
}
