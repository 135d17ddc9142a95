/// A UDP conversation between the client and one server.
public final class DatagramFlow {
  /// Called with every datagram that reaches the server.
  public var whenServerReceives: (([UInt8]) -> Void)?
  /// Called with every datagram that reaches the client and answers no open request.
  public var whenClientReceives: (([UInt8]) -> Void)?
  /// The network it runs over.
  public let network: Network
  /// The client's end.
  public let client: SocketAddress
  /// The server's end.
  public let server: SocketAddress
  /// False once the client has closed its socket.
  public private(set) var isOpen = true
  private let serverHost: Host?
  private let conversation: Network.Conversation
  private var openRequests: [[UInt8]: ([UInt8]) -> Void] = [:]

  /// A conversation; the server is made known to the network unless no route leads to it.
  public init(_ network: Network, clientPort: UInt16? = nil, server: SocketAddress, isReachable: Bool = true) {
    self.network = network
    client = SocketAddress(network.client.address, clientPort ?? network.unusedPort())
    self.server = server
    serverHost = isReachable ? network.server(server.address) : nil
    conversation = Network.Conversation(protocolNumber: 17, client: client, server: server)
    network.register(conversation, at: .server) { [self] in whenServerReceives?($0.payload) }
    network.register(conversation, at: .client) { [self] in receiveAtClient($0.payload) }
  }

  /// The client's end as the server sees it.
  public var mapped: SocketAddress { SocketAddress(network.publicAddress, client.port) }

  /// Sends from the client.
  public func sendFromClient(_ payload: [UInt8]) {
    guard isOpen else { return }
    send(payload, from: client, to: server, host: network.client, side: .client)
  }

  /// Sends from the server.
  public func sendFromServer(_ payload: [UInt8]) {
    guard let serverHost else { return }
    send(payload, from: server, to: client, host: serverHost, side: .server)
  }

  /// Closes the client's socket; what still comes is answered with port unreachable.
  public func closeClient() {
    isOpen = false
    network.unregister(conversation, at: .client)
  }

  /// Sends a STUN request at each of the given delays until its transaction is answered.
  public func request(_ message: [UInt8], schedule: [Nanoseconds], answered: (([UInt8]) -> Void)? = nil) {
    let transaction = STUNMessage.transaction(of: message)
    openRequests[transaction] = answered ?? { _ in }
    for delay in schedule {
      network.schedule(after: delay) { [self] in
        if openRequests[transaction] != nil { sendFromClient(message) }
      }
    }
  }

  /// Schedules for unanswered requests.
  public enum Ladder {
    /// libwebrtc's TURN requests: 250 ms, doubling to 8 s, nine sends.
    public static let libwebrtc = [0, 250, 750, 1_750, 3_750, 7_750, 15_750, 23_750, 31_750].map {
      Nanoseconds.milliseconds($0)
    }
    /// RFC 8489 §6.2.1: 500 ms, doubling, seven sends.
    public static let standard = [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500].map { Nanoseconds.milliseconds($0) }
  }

  private func receiveAtClient(_ payload: [UInt8]) {
    if let type = STUNMessage.type(of: payload), type & 0x0100 != 0,
      let answered = openRequests.removeValue(forKey: STUNMessage.transaction(of: payload))
    {
      return answered(payload)
    }
    whenClientReceives?(payload)
  }

  private func send(_ payload: [UInt8], from: SocketAddress, to: SocketAddress, host: Host, side: Network.Side) {
    var packet = SynthPacket(
      from: from.address, to: to.address,
      .udp(sourcePort: from.port, destinationPort: to.port, payload: payload))
    packet.timeToLive = host.timeToLive
    packet.identification = host.nextIdentification()
    network.transmit(packet, from: side)
  }
}
