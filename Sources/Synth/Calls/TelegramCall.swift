/// A Telegram call with its signalling connection: relays by reflectors, by TURN, or both tried side by side.
public struct TelegramCall {
  /// When the client starts to call.
  public var start: Nanoseconds = .seconds(1)
  /// Signalling server, TCP.
  public var signalling = SocketAddress("149.154.167.51", 443)
  /// Reflectors tried at once; media run over the first of the list.
  public var reflectors: [SocketAddress] = []
  /// TURN relay, tried at the same time; carries the media if there are no reflectors.
  public var relay: SocketAddress?
  /// A STUN server that is not Telegram's.
  public var stunServer: SocketAddress? = SocketAddress("203.0.113.19", 3478)
  /// Length of an audio frame.
  public var frame: Nanoseconds = .milliseconds(40)
  /// Talking time until the hang-up.
  public var media: Nanoseconds = .seconds(20)
  /// When the client gives up if nothing connects, after the start.
  public var patience: Nanoseconds = .seconds(33)
  /// True if the client ends the call at the end of the talking time; false for one that outlasts the capture.
  public var hangsUp = true

  /// A call with nothing tried yet.
  public init() {}

  /// Puts the call on a network.
  public func place(on network: Network) {
    let end = start + media + .seconds(3)
    network.chat(
      with: signalling, from: start - .milliseconds(600), until: max(end, start + patience), every: .milliseconds(2_300)
    )
    if let stunServer { network.keepBinding(at: stunServer, from: start, until: start + patience) }
    var generator = network.generator.fork()
    var settings = PeerSession.Settings()
    settings.frame = frame
    settings.media = hangsUp ? media : .seconds(3_600)
    settings.payloadLengths = frame > .milliseconds(30) ? 80...150 : 48...96
    let call = start
    let turn = relay.map { server in
      TURNAllocation(
        network, server: server,
        relay: TURNAllocation.Relay(
          realm: "telegram.org",
          user: "\((network.epoch + call) / 1_000_000_000 + 86_400):"
            + String(decoding: generator.hexadecimalDigits(18), as: UTF8.self),
          lifetime: 60, relayed: SocketAddress(server.address, 51_202)),
        peer: SocketAddress(server.address, 53_877))
    }
    let tag = generator.bytes(12)
    let numbers = (own: generator.bytes(4), peer: generator.bytes(4))
    let ports = reflectors.map {
      ReflectorPort(network, reflector: $0, tag: tag, ownNumber: numbers.own, peerNumber: numbers.peer)
    }
    let closeAll = {
      for port in ports { port.flow.closeClient() }
      if let turn, turn.flow.isOpen { turn.flow.closeClient() }
    }
    var connected = false
    if let port = ports.first {
      let session = PeerSession(network, settings: settings, mapped: (port.flow.mapped, port.flow.server))
      session.sendFromClient = { port.sendFromClient($0) }
      session.sendFromPeer = { port.sendFromPeer($0) }
      port.whenClientReceives = { session.receive($0, atClient: true) }
      port.whenPeerReceives = { session.receive($0, atClient: false) }
      port.whenReady = { session.start() }
      session.whenConnected = { connected = true }
      session.whenHungUp = closeAll
    } else if let turn {
      let session = PeerSession(network, settings: settings, mapped: (turn.flow.mapped, turn.flow.server))
      session.sendFromClient = { turn.sendFromClient($0) }
      session.sendFromPeer = { turn.sendFromPeer($0) }
      turn.whenClientReceives = { session.receive($0, atClient: true) }
      turn.whenPeerReceives = { session.receive($0, atClient: false) }
      session.whenConnected = { connected = true }
      session.whenHungUp = { turn.finish() }
      network.schedule(at: start) { turn.start { session.start() } }
    }
    for (index, port) in ports.enumerated() {
      network.schedule(at: start + .microseconds(400 * index)) { port.start() }
    }
    if let turn, !ports.isEmpty { network.schedule(at: start) { turn.start {} } }
    network.schedule(at: start + patience) { if !connected { closeAll() } }
  }
}
