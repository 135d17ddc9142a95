/// A client, its access line and the servers beyond, played through in order of time.
///
/// Packets go client, up link, middlebox, distance, server, and back by the down link. Both ends record, so one run gives a
/// client-side capture (outgoing before the up link, incoming after the down link) and one at the far side.
public final class Network {
  /// The two ends of every conversation.
  public enum Side: Sendable {
    /// The machine whose calls are watched.
    case client
    /// Whoever it talks to.
    case server
  }

  /// What a packet belongs to, seen from the client.
  struct Conversation: Hashable {
    var protocolNumber: UInt8
    var client: SocketAddress
    var server: SocketAddress
  }

  /// A packet as one capture point saw it.
  struct Observation {
    var time: Nanoseconds
    var packet: SynthPacket
    var timeToLive: UInt8
    var outgoing: Bool
  }

  /// The client.
  public let client: Host
  /// The client's address as servers see it; ports are kept.
  public var publicAddress: HostAddress = "203.0.113.2"
  /// Access line from the client.
  public var up: Link
  /// Access line to the client.
  public var down: Link
  /// A box between line and distance: sees each packet with the side it comes from, may inject, and says whether to forward.
  public var middlebox: ((SynthPacket, Side) -> Bool)?
  /// Routers between client and middlebox.
  public var middleboxHops: UInt8 = 3
  /// Start of the capture, Unix time.
  public let epoch: Nanoseconds
  /// Time since the start.
  public private(set) var now: Nanoseconds = 0
  /// Source of randomness for everything that is placed on the network.
  public var generator: SeededGenerator
  var nearObservations: [Observation] = []
  var farObservations: [Observation] = []
  private var hosts: [HostAddress: Host] = [:]
  private var agenda = Agenda()
  private var receivers: [Side: [Conversation: (SynthPacket) -> Void]] = [.client: [:], .server: [:]]
  private var acceptors: [SocketAddress: (TCPEndpoint) -> Void] = [:]
  private var unreachablesSent: [HostAddress: Int] = [:]
  private var nextPort: UInt16
  private var lastSent: Nanoseconds = 0
  private var turnaround: SeededGenerator

  /// A network with an idle access line; 1 January 2026 unless another start is given.
  public init(
    client: HostAddress = "192.168.1.23", up: Link, down: Link, seed: UInt64,
    epoch: Nanoseconds = .seconds(1_767_225_600)
  ) {
    var generator = SeededGenerator(seed: seed)
    self.up = up
    self.down = down
    self.epoch = epoch + Nanoseconds(generator.number(in: 0...999_999_999))
    self.client = Host(address: client, hops: 0, delay: 0, jitter: 0, generator: generator.fork())
    nextPort = UInt16(generator.number(in: 36_000...52_000))
    turnaround = generator.fork()
    self.generator = generator
  }

  /// A server that can be reached; the one-way delay is added to the access line's. What is left out is drawn: 7 to 14 routers,
  /// 4 to 22 ms.
  public func server(
    _ address: HostAddress, hops: UInt8? = nil, delay: Nanoseconds? = nil, jitter: Nanoseconds = .microseconds(800)
  ) -> Host {
    if let known = hosts[address] { return known }
    let drawn = (hops: UInt8(generator.number(in: 7...14)), delay: generator.number(in: 4_000...22_000))
    let host = Host(
      address: address, hops: hops ?? drawn.hops, delay: delay ?? .microseconds(drawn.delay), jitter: jitter,
      generator: generator.fork())
    hosts[address] = host
    return host
  }

  /// A client port nobody used yet.
  public func unusedPort() -> UInt16 {
    nextPort += UInt16(generator.number(in: 1...37))
    return nextPort
  }

  /// Does something at a time since the start.
  public func schedule(at time: Nanoseconds, _ action: @escaping () -> Void) {
    agenda.enter(at: max(time, now), action)
  }

  /// Does something later.
  public func schedule(after delay: Nanoseconds, _ action: @escaping () -> Void) {
    agenda.enter(at: now + delay, action)
  }

  /// Plays everything up to and including a time since the start.
  public func run(until end: Nanoseconds) {
    while let (time, action) = agenda.next(until: end) {
      now = time
      action()
    }
    now = max(now, end)
  }

  /// Waits for TCP connections at a server's port.
  public func listen(at server: SocketAddress, _ accept: @escaping (TCPEndpoint) -> Void) {
    acceptors[server] = accept
  }

  /// Sends a packet from one of the ends.
  public func transmit(_ packet: SynthPacket, from side: Side) {
    switch side {
    case .client:
      // What the machine needs to answer; also what keeps timers from being exact.
      lastSent = max(now + .microseconds(turnaround.number(in: 15...70)), lastSent + 900)
      schedule(at: lastSent) { [self] in leaveClient(packet) }
    case .server:
      record(packet, timeToLive: packet.timeToLive, at: .server, outgoing: true)
      guard let host = hosts[packet.source] else { return }
      schedule(at: host.arrival(at: now, toward: .client)) { [self] in
        if middlebox?(packet, .server) ?? true { enterDownLink(packet, hops: host.hops) }
      }
    }
  }

  private func leaveClient(_ packet: SynthPacket) {
    record(packet, timeToLive: packet.timeToLive, at: .client, outgoing: true)
    guard let host = hosts[packet.destination] else {
      _ = up.transit(packet, at: now)
      return
    }
    for exit in up.transit(packet, at: now) {
      schedule(at: exit) { [self] in
        if middlebox?(packet, .client) ?? true { carry(packet, to: host, hops: host.hops) }
      }
    }
  }

  /// Sends a packet from the middlebox in somebody else's name.
  public func inject(_ packet: SynthPacket, toward side: Side) {
    switch side {
    case .client: enterDownLink(packet, hops: middleboxHops)
    case .server:
      guard let host = hosts[packet.destination] else { return }
      carry(packet, to: host, hops: host.hops > middleboxHops ? host.hops - middleboxHops : 1)
    }
  }

  func register(_ conversation: Conversation, at side: Side, _ receive: @escaping (SynthPacket) -> Void) {
    receivers[side]?[conversation] = receive
  }

  func unregister(_ conversation: Conversation, at side: Side) {
    receivers[side]?[conversation] = nil
  }

  private func carry(_ packet: SynthPacket, to host: Host, hops: UInt8) {
    schedule(at: host.arrival(at: now, toward: .server)) { [self] in
      record(packet, timeToLive: packet.timeToLive - hops, at: .server, outgoing: false)
      deliver(packet, to: .server, host: host, arrivedWith: packet.timeToLive - hops)
    }
  }

  private func enterDownLink(_ packet: SynthPacket, hops: UInt8) {
    for exit in down.transit(packet, at: now) {
      schedule(at: exit) { [self] in
        record(packet, timeToLive: packet.timeToLive - hops, at: .client, outgoing: false)
        deliver(packet, to: .client, host: client, arrivedWith: packet.timeToLive - hops)
      }
    }
  }

  private func record(_ packet: SynthPacket, timeToLive: UInt8, at side: Side, outgoing: Bool) {
    let observation = Observation(time: now, packet: packet, timeToLive: timeToLive, outgoing: outgoing)
    if side == .client { nearObservations.append(observation) } else { farObservations.append(observation) }
  }

  /// Hands a packet to whoever waits for it, or does what a kernel does when nobody does.
  private func deliver(_ packet: SynthPacket, to side: Side, host: Host, arrivedWith timeToLive: UInt8) {
    guard let ports = packet.ports else { return }
    let source = SocketAddress(packet.source, ports.source)
    let destination = SocketAddress(packet.destination, ports.destination)
    let conversation = Conversation(
      protocolNumber: packet.protocolNumber, client: side == .client ? destination : source,
      server: side == .client ? source : destination)
    if let receive = receivers[side]?[conversation] { return receive(packet) }
    switch packet.transport {
    case .tcp(let segment):
      if side == .server, segment.flags == .syn, let accept = acceptors[destination] {
        let endpoint = TCPEndpoint(network: self, host: host, side: .server, conversation: conversation)
        endpoint.open(answering: segment)
        accept(endpoint)
      } else if !host.isSilent, let reset = TCPSegment.reset(answering: segment) {
        transmit(SynthPacket(from: packet.destination, to: packet.source, .tcp(reset)), from: side)
      }
    case .udp:
      // Linux lets about six errors go at once to one address and then one a second (icmp_ratelimit).
      guard side == .client, unreachablesSent[packet.source, default: 0] < 6 else { return }
      unreachablesSent[packet.source, default: 0] += 1
      var error = SynthPacket.unreachable(
        code: packet.source.isVersion6 ? 4 : 3, quoting: packet, arrivedWith: timeToLive, from: packet.destination)
      error.identification = host.nextIdentification()
      transmit(error, from: .client)
    case .icmp, .raw: return
    }
  }
}
