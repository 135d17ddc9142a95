/// A client's socket at a Telegram reflector, the reflector, and the peer behind it.
final class ReflectorPort {
  let flow: DatagramFlow
  /// Inner packets that reached the client.
  var whenClientReceives: ([UInt8]) -> Void = { _ in }
  /// Inner packets that reached the peer.
  var whenPeerReceives: ([UInt8]) -> Void = { _ in }
  /// The reflector answered for the first time.
  var whenReady: () -> Void = {}
  private let network: Network
  private let messages: ReflectorMessage
  private let ownNumber: [UInt8]
  private let peerNumber: [UInt8]
  private var isReady = false
  private let peerDelay: Nanoseconds = .milliseconds(13)

  init(_ network: Network, reflector: SocketAddress, tag: [UInt8], ownNumber: [UInt8], peerNumber: [UInt8]) {
    self.network = network
    self.ownNumber = ownNumber
    self.peerNumber = peerNumber
    messages = ReflectorMessage(tag: tag)
    flow = DatagramFlow(network, server: reflector)
    flow.whenServerReceives = { [self] in serve($0) }
    flow.whenClientReceives = { [self] in receive($0) }
  }

  /// Says hello every 500 ms until answered and every 10 s afterwards, until the socket is closed.
  func start() {
    guard flow.isOpen else { return }
    flow.sendFromClient(messages.hello(from: ownNumber))
    network.schedule(after: isReady ? .seconds(10) : .milliseconds(500)) { [self] in start() }
  }

  func sendFromClient(_ inner: [UInt8]) {
    flow.sendFromClient(messages.data(to: peerNumber, from: ownNumber, inner))
  }

  func sendFromPeer(_ inner: [UInt8]) {
    network.schedule(after: peerDelay) { [self] in
      flow.sendFromServer(messages.data(to: ownNumber, from: peerNumber, inner))
    }
  }

  private func receive(_ frame: [UInt8]) {
    if let inner = ReflectorMessage.inner(of: frame) { return whenClientReceives(inner) }
    if !isReady {
      isReady = true
      whenReady()
    }
  }

  private func serve(_ frame: [UInt8]) {
    if ReflectorMessage.isHello(frame) {
      let time = UInt32(truncatingIfNeeded: (network.epoch + network.now) / 1_000_000_000)
      flow.sendFromServer(messages.answer(to: frame, unixTime: time, mapped: flow.mapped))
    } else if let inner = ReflectorMessage.inner(of: frame) {
      network.schedule(after: peerDelay) { [self] in whenPeerReceives(inner) }
    }
  }
}
