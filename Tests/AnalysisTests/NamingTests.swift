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

  /// A socket's program leaves its port to another one.
  @Test(arguments: [(30.0, Application.telegram), (600, .webrtc)]) func aPortIsAProgramsForItsTime(
    start: Double, application: Application
  ) {
    var script = CallScript()
    let phone = SocketAddress("192.168.1.20", 50_000)
    let message = ReflectorMessage(tag: [UInt8](repeating: 7, count: 12))
    for time in stride(from: 0.0, through: 25, by: 5) {
      let hello = message.hello(from: [1, 2, 3, 4])
      script.ask(
        hello, message.answer(to: hello, unixTime: 1, mapped: phone), phone, SocketAddress("91.108.9.21", 597), at: time
      )
    }
    let peer = SocketAddress("198.51.100.77", 40_000)
    var streams = script.streams()
    script.check(phone, peer, own: "own1", their: "pee1", start...(start + 20))
    script.talk(&streams, phone, peer, (start + 1)...(start + 20))
    #expect(script.result.calls.last?.application == application)
    #expect(script.result.calls.count == (application == .telegram ? 1 : 2))
  }

  /// Google's STUN server, whom another program asks during a call.
  @Test func aServerBesideACallKeepsItsOwnName() {
    var script = CallScript()
    let phone = SocketAddress("192.168.1.20", 50_000)
    let message = ReflectorMessage(tag: [UInt8](repeating: 7, count: 12))
    let server = SocketAddress("91.108.9.21", 597)
    for time in stride(from: 0.0, through: 25, by: 5) {
      let hello = message.hello(from: [1, 2, 3, 4])
      script.ask(hello, message.answer(to: hello, unixTime: 1, mapped: phone), phone, server, at: time)
    }
    var streams = script.streams()
    script.talk(&streams, phone, server, 1...25)
    for time in stride(from: 3.0, through: 20, by: 4) {
      let request = STUNMessage.binding(transaction: script.generator.bytes(12))
      script.ask(
        request, STUNMessage.bindingAnswer(to: request, mapped: phone), SocketAddress(phone.address, 50_777),
        SocketAddress("74.125.250.129", 19_302), at: time)
    }
    let flow = script.result.flow(to: "74.125.250.129")
    #expect(flow?.application == .meet && flow?.applicationGrade == .weak)
  }

  /// A TURN server of Max names a realm of its own; at another port of that network it may be anybody's.
  @Test(arguments: [(19_302, Application.max), (3_478, .webrtc), (5_350, .webrtc)] as [(UInt16, Application)])
  func aRelayAtAServicesPortIsTheServices(port: UInt16, application: Application) {
    var script = CallScript()
    let phone = SocketAddress("192.168.1.20", 50_000)
    let relay = SocketAddress("155.212.197.40", port)
    let bare = STUNMessage.allocate(
      transaction: script.generator.bytes(12), credentials: nil, generator: &script.generator)
    script.ask(
      bare, STUNMessage.unauthorized(to: bare, realm: "relay.example", nonce: Array("n1".utf8), software: "a"), phone,
      relay, at: 0)
    let request = STUNMessage.allocate(
      transaction: script.generator.bytes(12), credentials: nil, generator: &script.generator)
    script.ask(
      request, STUNMessage.success(to: request, mapped: phone, generator: &script.generator), phone, relay, at: 0.1)
    var streams = script.streams()
    script.talk(&streams, phone, relay, 1...20)
    #expect(script.result.calls.map(\.application) == [application])
  }

  @Test func aFrontForOthersNamesNobody() {
    #expect(application(of: ["example.org"]) == nil)
    #expect(application(of: ["example.org", "telegram.org"]) == nil)
    #expect(application(of: ["telegram.org", "example.org"]) == nil)
  }
}
