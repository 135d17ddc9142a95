/// A TURN client and its relay (RFC 8656): allocation with the usual 401, permission, channel, data both ways, and the end.
final class TURNAllocation {
  /// What the relay is like.
  struct Relay {
    var realm: String
    var user: String
    var software = "None"
    var lifetime: UInt32
    var relayed: SocketAddress
    /// Delay between relay and peer.
    var peerDelay: Nanoseconds = .milliseconds(14)
  }

  let flow: DatagramFlow
  let relay: Relay
  /// Data of the peer that reached the client.
  var whenClientReceives: ([UInt8]) -> Void = { _ in }
  /// Data of the client that reached the peer.
  var whenPeerReceives: ([UInt8]) -> Void = { _ in }
  private let network: Network
  private let peer: SocketAddress
  private let nonce: [UInt8]
  private let channel: UInt16 = 0x4000
  private var clientBound = false
  private var relayBound = false
  private var generator: SeededGenerator

  init(_ network: Network, server: SocketAddress, clientPort: UInt16? = nil, relay: Relay, peer: SocketAddress) {
    self.network = network
    self.relay = relay
    self.peer = peer
    generator = network.generator.fork()
    nonce = generator.hexadecimalDigits(16)
    flow = DatagramFlow(network, clientPort: clientPort, server: server)
    flow.whenServerReceives = { [self] in serve($0) }
    flow.whenClientReceives = { [self] in receive($0) }
  }

  private var credentials: STUNMessage.Credentials {
    STUNMessage.Credentials(user: relay.user, realm: relay.realm, nonce: nonce)
  }

  /// Allocates; when that worked asks for permissions for the other peers, then for the peer, and calls back.
  func start(otherPeers: [SocketAddress] = [], ready: @escaping () -> Void) {
    let first = STUNMessage.allocate(
      transaction: generator.base64Characters(12), credentials: nil, generator: &generator)
    request(first) { [self] _ in
      let second = STUNMessage.allocate(
        transaction: generator.base64Characters(12), credentials: credentials, generator: &generator)
      request(second) { [self] _ in
        for other in otherPeers { permit(other) {} }
        permit(peer) { [self] in
          bind()
          ready()
        }
        keepAlive()
      }
    }
  }

  func sendFromClient(_ data: [UInt8]) {
    flow.sendFromClient(
      clientBound
        ? STUNMessage.channelData(channel, data)
        : STUNMessage.indication(
          STUNMessage.Kind.sendIndication, peer: peer, data: data, transaction: generator.base64Characters(12)))
  }

  func sendFromPeer(_ data: [UInt8]) {
    network.schedule(after: relay.peerDelay) { [self] in
      flow.sendFromServer(
        relayBound
          ? STUNMessage.channelData(channel, data)
          : STUNMessage.indication(
            STUNMessage.Kind.dataIndication, peer: peer, data: data, transaction: generator.base64Characters(12)))
    }
  }

  /// Gives the allocation back and closes the socket right away.
  func finish() {
    flow.sendFromClient(
      STUNMessage.refresh(
        lifetime: 0, transaction: generator.base64Characters(12), credentials: credentials, generator: &generator))
    flow.closeClient()
  }

  private func request(_ message: [UInt8], answered: @escaping ([UInt8]) -> Void) {
    flow.request(message, schedule: DatagramFlow.Ladder.libwebrtc, answered: answered)
  }

  private func permit(_ other: SocketAddress, answered: @escaping () -> Void) {
    let message = STUNMessage.createPermission(
      peer: other, transaction: generator.base64Characters(12), credentials: credentials, generator: &generator)
    request(message) { _ in answered() }
  }

  private func bind() {
    let message = STUNMessage.channelBind(
      channel: channel, peer: peer, transaction: generator.base64Characters(12), credentials: credentials,
      generator: &generator)
    request(message) { [self] _ in clientBound = true }
  }

  /// Refreshes ten seconds before the lifetime ends.
  private func keepAlive() {
    network.schedule(after: .seconds(Int(relay.lifetime) - 10)) { [self] in
      guard flow.isOpen else { return }
      let message = STUNMessage.refresh(
        lifetime: relay.lifetime, transaction: generator.base64Characters(12), credentials: credentials,
        generator: &generator)
      request(message) { [self] _ in keepAlive() }
    }
  }

  private func receive(_ datagram: [UInt8]) {
    if let data = payload(of: datagram) { whenClientReceives(data) }
  }

  private func payload(of datagram: [UInt8]) -> [UInt8]? {
    guard let first = datagram.first else { return nil }
    if first & 0xC0 == 0x40, datagram.count >= 4 { return Array(datagram.dropFirst(4)) }
    guard STUNMessage.type(of: datagram) != nil else { return nil }
    return STUNMessage.attribute(0x0013, in: datagram)
  }

  private func serve(_ datagram: [UInt8]) {
    if let data = payload(of: datagram) {
      network.schedule(after: relay.peerDelay) { [self] in whenPeerReceives(data) }
      return
    }
    guard let type = STUNMessage.type(of: datagram) else { return }
    switch type {
    case STUNMessage.Kind.bindingRequest:
      flow.sendFromServer(STUNMessage.bindingAnswer(to: datagram, mapped: flow.mapped))
    case STUNMessage.Kind.allocateRequest where STUNMessage.attribute(0x0006, in: datagram) == nil:
      flow.sendFromServer(
        STUNMessage.unauthorized(to: datagram, realm: relay.realm, nonce: nonce, software: relay.software))
    case STUNMessage.Kind.allocateRequest:
      flow.sendFromServer(
        STUNMessage.success(
          to: datagram, relayed: relay.relayed, mapped: flow.mapped, lifetime: relay.lifetime, generator: &generator))
    case STUNMessage.Kind.refreshRequest:
      let asked = STUNMessage.attribute(0x000D, in: datagram) ?? []
      flow.sendFromServer(
        STUNMessage.success(
          to: datagram, lifetime: asked.allSatisfy { $0 == 0 } ? 0 : relay.lifetime, generator: &generator))
    case STUNMessage.Kind.createPermissionRequest:
      let other = STUNMessage.xoredAddress(0x0012, in: datagram)
      flow.sendFromServer(
        other?.address.isPrivate ?? false
          ? STUNMessage.failure(to: datagram, code: 403, reason: "Forbidden IP", generator: &generator)
          : STUNMessage.success(to: datagram, generator: &generator))
    case STUNMessage.Kind.channelBindRequest:
      relayBound = true
      flow.sendFromServer(STUNMessage.success(to: datagram, generator: &generator))
    default: break
    }
  }
}
