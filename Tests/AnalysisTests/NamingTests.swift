import Synth
import Testing
import Verdict

/// A flow without a name of its own speaks for whom its server named itself to the same client, if for one alone.
@Suite struct NamingTests {
  private static let server = SocketAddress("198.51.100.70", 443)

  /// Connections to one server by these names, in order, and datagrams of no known format to it between them.
  private func application(of names: [String]) -> Application? {
    let network = Network(
      up: Link(delay: .milliseconds(11), seed: 2), down: Link(delay: .milliseconds(11), seed: 3), seed: 1)
    for (index, name) in names.enumerated() {
      network.visit(name, at: Self.server, start: .seconds(1 + 4 * index))
    }
    let flow = DatagramFlow(network, server: SocketAddress("198.51.100.70", 9_000))
    network.schedule(at: .seconds(3)) {
      for _ in 0..<3 { flow.sendFromClient([0x55, 0xAA, 0x55]) }
    }
    network.run(until: .seconds(4 * names.count + 4))
    return analyze(network.frames()).flow(to: "198.51.100.70", port: 9_000)?.application
  }

  @Test func aServerOfOneApplicationNamesItsOtherFlows() {
    #expect(application(of: ["telegram.org"]) == .telegram)
    #expect(application(of: ["telegram.org", "t.me"]) == .telegram)
  }

  @Test func aFrontForOthersNamesNobody() {
    #expect(application(of: ["example.org"]) == nil)
    #expect(application(of: ["example.org", "telegram.org"]) == nil)
    #expect(application(of: ["telegram.org", "example.org"]) == nil)
  }
}
