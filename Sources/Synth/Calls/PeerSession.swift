/// What two WebRTC endpoints say to each other over any path: ICE checks, a DTLS handshake, protected audio both ways and the
/// alert that ends it. The path wraps what it is given, in reflector frames, channel data or nothing.
final class PeerSession {
  /// One endpoint's state.
  struct Endpoint {
    let name: [UInt8]
    var lastAnswer: Nanoseconds?
    var checksSent = 0
    var dtls: DTLSSession
    var stream: MediaStream
    var isSending = false
    var lastFlight: [UInt8] = []
    var flightIsAnswered = false
  }

  /// What differs between calls.
  struct Settings {
    var payloadType: UInt8 = 111
    var frame: Nanoseconds = .milliseconds(20)
    var samplesPerSecond = 48_000
    var payloadLengths = 48...96
    var media: Nanoseconds = .seconds(10)
  }

  let network: Network
  let settings: Settings
  var sendFromClient: ([UInt8]) -> Void = { _ in }
  var sendFromPeer: ([UInt8]) -> Void = { _ in }
  /// The client's side is over: the path says goodbye and closes its socket.
  var whenHungUp: () -> Void = {}
  /// The first media packet went out.
  var whenConnected: () -> Void = {}
  var client: Endpoint
  var peer: Endpoint
  var generator: SeededGenerator
  var mapped: (client: SocketAddress, peer: SocketAddress)
  private var hasStarted = false
  var isOver = false
  /// Counts the client's flights, so that an older one's timer stays quiet.
  var flightNumber = 0

  init(_ network: Network, settings: Settings = Settings(), mapped: (client: SocketAddress, peer: SocketAddress)) {
    var generator = network.generator.fork()
    func endpoint(payloadType: UInt8) -> Endpoint {
      let step = Int64(settings.samplesPerSecond) * settings.frame / 1_000_000_000
      return Endpoint(
        name: generator.base64Characters(4), dtls: DTLSSession(generator: generator.fork()),
        stream: MediaStream(
          payloadType: payloadType, timestampStep: UInt32(step), payloadLengths: settings.payloadLengths,
          headerExtension: (0xBEDE, [0x22] + generator.bytes(3) + [0x31, 0, 1, 0]),
          protection: .counterMode(mediaTag: 10, controlTag: 10),
          generator: generator.fork()))
    }
    client = endpoint(payloadType: settings.payloadType)
    peer = endpoint(payloadType: settings.payloadType)
    self.network = network
    self.settings = settings
    self.mapped = mapped
    self.generator = generator
  }

  /// Begins the checks of both sides; later calls do nothing.
  func start() {
    guard !hasStarted else { return }
    hasStarted = true
    check(fromClient: true)
    network.schedule(after: .milliseconds(15)) { [self] in check(fromClient: false) }
  }

  /// Stops everything without a word, as when a process dies.
  func stop() {
    isOver = true
    client.isSending = false
    peer.isSending = false
  }

  /// One check and the next: 48 ms apart at first, 480 ms while unanswered, 2.5 s on a stable pair (libwebrtc).
  private func check(fromClient: Bool) {
    let endpoint = fromClient ? client : peer
    let other = fromClient ? peer : client
    guard !isOver || (!fromClient && peer.isSending) else { return }
    let message = STUNMessage.iceCheck(
      remoteName: other.name, localName: endpoint.name, controlling: fromClient,
      nominates: fromClient && endpoint.lastAnswer != nil, generator: &generator)
    let interval: Nanoseconds
    if let last = endpoint.lastAnswer {
      interval = network.now - last > .milliseconds(2_600) ? .milliseconds(480) : .milliseconds(2_500)
    } else {
      interval = .milliseconds(endpoint.checksSent < 5 ? 48 : 480)
    }
    if fromClient { client.checksSent += 1 } else { peer.checksSent += 1 }
    if fromClient { sendFromClient(message) } else { sendFromPeer(message) }
    network.schedule(after: interval) { [self] in check(fromClient: fromClient) }
  }

  /// What arrives at one side.
  func receive(_ message: [UInt8], atClient: Bool) {
    if atClient, isOver { return }
    guard let first = message.first else { return }
    if let type = STUNMessage.type(of: message) {
      switch type {
      case STUNMessage.Kind.bindingRequest:
        let seen = atClient ? mapped.peer : mapped.client
        reply(STUNMessage.iceAnswer(to: message, mapped: seen, generator: &generator), fromClient: atClient)
      case STUNMessage.Kind.bindingSuccess:
        if atClient { client.lastAnswer = network.now } else { peer.lastAnswer = network.now }
        if atClient { startHandshake() }
      default: break
      }
    } else if (20...63).contains(first) {
      receiveRecord(message, atClient: atClient)
    }
  }

  func reply(_ message: [UInt8], fromClient: Bool) {
    if fromClient { sendFromClient(message) } else { sendFromPeer(message) }
  }

  /// Starts one side's audio and reports.
  func startMedia(fromClient: Bool) {
    if fromClient ? client.isSending : peer.isSending { return }
    if fromClient { client.isSending = true } else { peer.isSending = true }
    let offset = Nanoseconds(generator.number(in: 0...Int(settings.frame)))
    network.schedule(after: offset) { [self] in sendMedia(fromClient: fromClient) }
    network.schedule(after: .milliseconds(900) + offset) { [self] in sendReport(fromClient: fromClient) }
    if fromClient {
      whenConnected()
      network.schedule(after: settings.media) { [self] in hangUp() }
    }
  }

  private func sendMedia(fromClient: Bool) {
    guard fromClient ? client.isSending : peer.isSending else { return }
    reply(fromClient ? client.stream.nextPacket() : peer.stream.nextPacket(), fromClient: fromClient)
    network.schedule(after: settings.frame) { [self] in sendMedia(fromClient: fromClient) }
  }

  private func sendReport(fromClient: Bool) {
    guard fromClient ? client.isSending : peer.isSending else { return }
    let time = network.epoch + network.now
    let message =
      fromClient
      ? client.stream.senderReport(about: peer.stream.source, at: time)
      : peer.stream.senderReport(about: client.stream.source, at: time)
    reply(message, fromClient: fromClient)
    network.schedule(after: .milliseconds(1_000)) { [self] in sendReport(fromClient: fromClient) }
  }

  /// The client's user ends the call.
  private func hangUp() {
    guard !isOver else { return }
    sendFromClient(client.dtls.closeNotify())
    client.isSending = false
    isOver = true
    whenHungUp()
    // If the alert is lost the peer learns of it by signalling.
    network.schedule(after: .milliseconds(400)) { [self] in peer.isSending = false }
  }
}
