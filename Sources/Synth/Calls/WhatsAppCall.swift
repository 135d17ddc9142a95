/// A WhatsApp call of the phone app over Meta's relays: Allocate with a token to all relays, media to the best one, no DTLS.
public struct WhatsAppCall {
  /// Chat server, TCP.
  public var chat = SocketAddress("157.240.9.53", 5_222)
  /// Relays probed; media run over the first. The last stands for a relay inside an access network.
  public var relays = ["157.240.9.51", "157.240.20.51", "185.60.216.51", "31.13.92.50", "203.0.113.77"].map {
    SocketAddress(HostAddress(stringLiteral: $0), 3_478)
  }
  /// When the client starts to call.
  public var start: Nanoseconds = .seconds(1)
  /// Talking time until the hang-up.
  public var media: Nanoseconds = .seconds(15)

  /// A call to the usual relays.
  public init() {}

  /// Puts the call on a network.
  public func place(on network: Network) {
    network.lookUp("g.whatsapp.net", [chat.address], at: start - .milliseconds(900))
    network.chat(
      with: chat, from: start - .milliseconds(800), until: start + media + .seconds(1), every: .milliseconds(1_900))
    var generator = network.generator.fork()
    let token = generator.bytes(150)
    let port = network.unusedPort()
    let end = start + media
    for (index, relay) in relays.enumerated() {
      let flow = DatagramFlow(network, clientPort: port, server: relay)
      let isChosen = index == 0
      let leg = RelayLeg(network, flow: flow, token: token, generator: generator.fork())
      // Two probes at once to every relay, then one a second to each until the best one is settled.
      for probe in 0..<(isChosen ? 2 : 4) {
        let time = start + .milliseconds(20 * index) + (probe < 2 ? .milliseconds(4 * probe) : .seconds(probe - 1))
        network.schedule(at: time) { leg.probe() }
      }
      if isChosen {
        network.schedule(at: start + .milliseconds(1_400)) { leg.talk(until: end) }
      }
    }
  }
}

/// The client's and the relay's side of one relay.
private final class RelayLeg {
  private let network: Network
  private let flow: DatagramFlow
  private let token: [UInt8]
  private var generator: SeededGenerator
  private var up: MediaStream
  private var down: MediaStream
  private var peerTalks = false

  init(_ network: Network, flow: DatagramFlow, token: [UInt8], generator: SeededGenerator) {
    var generator = generator
    func stream() -> MediaStream {
      // 16 kHz clock, 60 ms: steps of 960; the byte-swapped extension profile without a body.
      MediaStream(
        payloadType: 120, timestampStep: 960, payloadLengths: 96...190, headerExtension: (0xDEBE, []),
        protection: .counterMode(mediaTag: 4, controlTag: 10), generator: generator.fork())
    }
    up = stream()
    down = stream()
    self.network = network
    self.flow = flow
    self.token = token
    self.generator = generator
    flow.whenClientReceives = { _ in }
    flow.whenServerReceives = { [self] in serve($0) }
  }

  func probe() {
    flow.request(
      WhatsAppMessage.allocate(
        relay: flow.server, token: token, transaction: generator.bytes(12), generator: &generator),
      schedule: [0])
  }

  func talk(until end: Nanoseconds) {
    peerTalks = true
    network.schedule(after: .milliseconds(70)) { [self] in listen() }
    network.schedule(after: .milliseconds(500)) { [self] in ping(until: end) }
    network.schedule(after: .milliseconds(1_500)) { [self] in report(until: end) }
    say(until: end)
  }

  private func say(until end: Nanoseconds) {
    if network.now >= end { return hangUp() }
    flow.sendFromClient(up.nextPacket())
    network.schedule(after: .milliseconds(60)) { [self] in say(until: end) }
  }

  private func listen() {
    guard peerTalks else { return }
    flow.sendFromServer(down.nextPacket())
    network.schedule(after: .milliseconds(60)) { [self] in listen() }
  }

  private func ping(until end: Nanoseconds) {
    guard network.now < end else { return }
    flow.request(WhatsAppMessage.ping(transaction: generator.bytes(12)), schedule: [0])
    flow.sendFromServer(WhatsAppMessage.ping(transaction: generator.bytes(12)))
    network.schedule(after: .seconds(1)) { [self] in ping(until: end) }
  }

  private func report(until end: Nanoseconds) {
    guard network.now < end else { return }
    let time = network.epoch + network.now
    flow.sendFromClient(up.senderReport(about: down.source, at: time))
    flow.sendFromServer(down.senderReport(about: up.source, at: time))
    network.schedule(after: .milliseconds(1_500)) { [self] in report(until: end) }
  }

  private func hangUp() {
    flow.sendFromClient(
      WhatsAppMessage.terminate(
        relay: flow.server, token: token, transaction: generator.bytes(12), generator: &generator))
    flow.closeClient()
    network.schedule(after: .milliseconds(180)) { [self] in peerTalks = false }
  }

  private func serve(_ datagram: [UInt8]) {
    guard let type = STUNMessage.type(of: datagram) else { return }
    if type == STUNMessage.Kind.allocateRequest {
      let time = UInt64((network.epoch + network.now) / 1_000_000)
      flow.sendFromServer(
        WhatsAppMessage.allocateAnswer(
          to: datagram, mapped: flow.mapped, unixMilliseconds: time, generator: &generator))
    } else if type == 0x0801 {
      flow.sendFromServer(WhatsAppMessage.pong(to: datagram))
    }
  }
}
