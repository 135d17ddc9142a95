/// A browser-like call: a STUN server, ICE checks on several pairs, DTLS-SRTP on the one that works.
public struct WebRTCCall {
  /// Signalling over TLS: name and address.
  public var signalling: (name: String, server: SocketAddress) = (
    "meet.example.org", SocketAddress("198.51.100.20", 443)
  )
  /// When the client starts to call.
  public var start: Nanoseconds = .seconds(1)
  /// STUN server that tells the client its address.
  public var stunServer = SocketAddress("203.0.113.19", 3478)
  /// The peer's address that answers; nil for a call that only the relay can carry.
  public var peer: SocketAddress? = SocketAddress("198.51.100.77", 50_122)
  /// Peer candidates that cannot be reached, as private addresses or ports of a symmetric NAT.
  public var deadCandidates: [SocketAddress] = [SocketAddress("192.168.77.5", 50_122)]
  /// TURN relay and its realm; carries the media if there is no direct peer.
  public var relay: (server: SocketAddress, realm: String)?
  /// Length of an audio frame.
  public var frame: Nanoseconds = .milliseconds(20)
  /// Talking time until the hang-up.
  public var media: Nanoseconds = .seconds(10)

  /// A direct call.
  public init() {}

  /// Puts the call on a network.
  public func place(on network: Network) {
    let end = start + media + .seconds(1)
    let port = network.unusedPort()
    network.lookUp(signalling.name, [signalling.server.address], at: start - .milliseconds(900))
    network.visit(
      signalling.name, at: signalling.server, start: start - .milliseconds(800),
      responses: [Int](repeating: 700, count: Int(media / .seconds(2)) + 1), pause: .seconds(2))
    network.keepBinding(at: stunServer, clientPort: port, from: start, until: end)
    var settings = PeerSession.Settings()
    settings.frame = frame
    settings.media = media
    if let peer { placeDirect(on: network, peer: peer, port: port, settings: settings) }
    if let relay { placeRelay(on: network, relay, port: network.unusedPort(), settings: settings) }
    var generator = network.generator.fork()
    let names = (remote: generator.base64Characters(4), local: generator.base64Characters(4))
    for candidate in deadCandidates {
      let flow = DatagramFlow(network, clientPort: port, server: candidate, isReachable: false)
      // libwebrtc gives a pair up after 15 s without an answer.
      for number in 0..<(media > .seconds(15) ? 31 : Int(media / .milliseconds(480))) {
        network.schedule(at: start + .milliseconds(130) + .milliseconds(480 * number)) {
          flow.sendFromClient(
            STUNMessage.iceCheck(
              remoteName: names.remote, localName: names.local, controlling: true, generator: &generator))
        }
      }
    }
  }

  private func placeDirect(on network: Network, peer: SocketAddress, port: UInt16, settings: PeerSession.Settings) {
    let flow = DatagramFlow(network, clientPort: port, server: peer)
    let session = PeerSession(network, settings: settings, mapped: (flow.mapped, peer))
    session.sendFromClient = { flow.sendFromClient($0) }
    session.sendFromPeer = { flow.sendFromServer($0) }
    flow.whenClientReceives = { session.receive($0, atClient: true) }
    flow.whenServerReceives = { session.receive($0, atClient: false) }
    // Answers to checks open no request of the flow, so they come through like everything else.
    session.whenHungUp = { flow.closeClient() }
    giveUp(session, on: network)
    network.schedule(at: start + .milliseconds(120)) { session.start() }
  }

  /// A connection that never comes up fails after 30 s.
  private func giveUp(_ session: PeerSession, on network: Network) {
    network.schedule(at: start + .seconds(30)) {
      if !session.client.isSending && session.client.stream.isUnused { session.stop() }
    }
  }

  private func placeRelay(
    on network: Network, _ relay: (server: SocketAddress, realm: String), port: UInt16, settings: PeerSession.Settings
  ) {
    let allocation = TURNAllocation(
      network, server: relay.server, clientPort: port,
      relay: TURNAllocation.Relay(
        realm: relay.realm, user: "\((network.epoch + start) / 1_000_000_000 + 86_400):4711", lifetime: 600,
        relayed: SocketAddress(relay.server.address, 49_811)),
      peer: SocketAddress(relay.server.address, 49_377))
    let session = PeerSession(network, settings: settings, mapped: (allocation.flow.mapped, relay.server))
    session.sendFromClient = { allocation.sendFromClient($0) }
    session.sendFromPeer = { allocation.sendFromPeer($0) }
    allocation.whenClientReceives = { session.receive($0, atClient: true) }
    allocation.whenPeerReceives = { session.receive($0, atClient: false) }
    session.whenHungUp = { allocation.finish() }
    giveUp(session, on: network)
    // The browser offers its private peers' candidates to the relay too; the relay refuses them.
    let privatePeers = deadCandidates.filter { $0.address.isPrivate }
    network.schedule(at: start) {
      allocation.start(otherPeers: privatePeers) { session.start() }
    }
  }
}
