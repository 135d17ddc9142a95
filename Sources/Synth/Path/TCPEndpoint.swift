/// One end of a TCP connection that behaves as Linux's does on the wire: handshake with options, segments of the negotiated
/// size, delayed acknowledgements, retransmission ladders, closing, and the resets of a live socket.
///
/// Congestion control is slow start and halving, enough for the shapes a capture shows; there is no selective
/// acknowledgement and no tail loss probe.
public final class TCPEndpoint {
  enum State { case closed, synSent, synReceived, established }

  struct Sent {
    var sequence: UInt32
    var payload: [UInt8]
    var flags: TCPSegment.Flags
    var time: Nanoseconds
    var isRetransmission = false
  }

  /// Called when the handshake is complete.
  public var whenEstablished: (() -> Void)?
  /// Called with data in order.
  public var whenReceived: (([UInt8]) -> Void)?
  /// Called when the other side has sent everything; closes this side unless replaced.
  public var whenFinished: (() -> Void)?
  /// Called when a reset ends the connection.
  public var whenReset: (() -> Void)?

  let network: Network
  let host: Host
  let side: Network.Side
  let conversation: Network.Conversation
  var state = State.closed
  var initialSequence: UInt32
  var nextSequence: UInt32
  var oldestUnacknowledged: UInt32
  var nextExpected: UInt32 = 0
  var outOfOrder: [TCPSegment] = []
  var inFlight: [Sent] = []
  var waiting: [UInt8] = []
  var congestionWindow = 10
  var duplicateAcknowledgements = 0
  var unacknowledgedSegments = 0
  var roundTrip: Nanoseconds?
  var retries = 0
  var timerNumber = 0
  var closes = false
  var finSent = false
  var finReceived = false
  var discardsInput = false
  var timestampBase: UInt32
  var peerTimestamp: UInt32 = 0
  var peerSegmentSize = 1_460
  var identification: UInt16

  init(network: Network, host: Host, side: Network.Side, conversation: Network.Conversation) {
    self.network = network
    self.host = host
    self.side = side
    self.conversation = conversation
    initialSequence = UInt32(truncatingIfNeeded: host.generator.next())
    nextSequence = initialSequence
    oldestUnacknowledged = initialSequence
    timestampBase = UInt32(truncatingIfNeeded: host.generator.next())
    identification = UInt16(truncatingIfNeeded: host.generator.next())
  }

  /// A client's end, still closed.
  public convenience init(network: Network, to server: SocketAddress) {
    self.init(
      network: network, host: network.client, side: .client,
      conversation: Network.Conversation(
        protocolNumber: 6, client: SocketAddress(network.client.address, network.unusedPort()), server: server))
  }

  /// Starts the handshake.
  public func connect() {
    network.register(conversation, at: side) { [self] in receive($0) }
    state = .synSent
    transmitNew(flags: .syn, payload: [])
  }

  /// Sends data, now or as the window allows.
  public func send(_ bytes: [UInt8]) {
    waiting += bytes
    pump()
  }

  /// Says that no more data will come. With `discarding`, the process is gone: later input is answered by a reset.
  public func close(discarding: Bool = false) {
    closes = true
    discardsInput = discardsInput || discarding
    pump()
  }

  /// Gives the connection up as a live socket does with unread data or linger 0: RST+ACK exactly at the next sequence number,
  /// window, timestamps and IP-ID going on as before.
  public func abort() {
    guard state == .established else { return }
    emit(flags: [.rst, .ack], sequence: nextSequence, payload: [])
    forget()
  }

  /// True while data can flow.
  public var isOpen: Bool { state == .established && !closes }

  func open(answering syn: TCPSegment) {
    network.register(conversation, at: side) { [self] in receive($0) }
    state = .synReceived
    nextExpected = syn.sequence &+ 1
    learn(from: syn)
    transmitNew(flags: [.syn, .ack], payload: [])
  }

  func learn(from syn: TCPSegment) {
    if let size = syn.maximumSegmentSize { peerSegmentSize = Int(size) }
    if let timestamps = syn.timestamps { peerTimestamp = timestamps.value }
  }

  func forget() {
    state = .closed
    timerNumber += 1
    waiting = []
    inFlight = []
    network.unregister(conversation, at: side)
  }
}
