/// What else a client does while it calls; the controls that a verdict is compared with.
extension Network {
  /// The resolver that look-ups go to.
  public static let resolver = SocketAddress("198.51.100.53", 53)

  /// Asks for a name and gets its addresses.
  public func lookUp(_ name: String, _ addresses: [HostAddress], at time: Nanoseconds) {
    let flow = DatagramFlow(self, server: Self.resolver)
    let number = UInt16(truncatingIfNeeded: generator.next())
    flow.whenServerReceives = { [self] _ in
      schedule(after: .milliseconds(3)) {
        flow.sendFromServer(DNSMessage.answer(name, number: number, addresses: addresses))
      }
    }
    flow.whenClientReceives = { _ in }
    schedule(at: time) { flow.sendFromClient(DNSMessage.query(name, number: number)) }
  }

  /// Keeps a binding open at a STUN server that answers every request; returns the flow.
  @discardableResult
  public func keepBinding(
    at server: SocketAddress, clientPort: UInt16? = nil, from start: Nanoseconds, until end: Nanoseconds,
    every interval: Nanoseconds = .seconds(10)
  ) -> DatagramFlow {
    let flow = DatagramFlow(self, clientPort: clientPort, server: server)
    flow.whenServerReceives = { request in
      guard STUNMessage.type(of: request) == STUNMessage.Kind.bindingRequest else { return }
      flow.sendFromServer(STUNMessage.bindingAnswer(to: request, mapped: flow.mapped))
    }
    flow.whenClientReceives = { _ in }
    for time in stride(from: start, to: end, by: Int64.Stride(interval)) {
      schedule(at: time) { [self] in
        flow.request(STUNMessage.binding(transaction: generator.base64Characters(12)), schedule: [0])
      }
    }
    return flow
  }

  /// One TLS connection: hello, then a request and response at each of the given delays, then a close.
  @discardableResult
  public func visit(
    _ serverName: String, at server: SocketAddress, start: Nanoseconds, responses: [Int] = [2_600, 9_000],
    pause: Nanoseconds = .milliseconds(700)
  ) -> TCPEndpoint {
    _ = self.server(server.address)
    listen(at: server) { [self] endpoint in serve(endpoint, responses: responses) }
    let client = TCPEndpoint(network: self, to: server)
    var sawServerHello = false
    client.whenEstablished = { [self] in
      client.send(TLSMessage.clientHello(serverName: serverName, generator: &generator))
    }
    client.whenReceived = { [self] _ in
      if sawServerHello { return }
      sawServerHello = true
      client.send(TLSMessage.clientFinish(generator: &generator))
      for index in responses.indices {
        schedule(after: .milliseconds(5) + pause * Nanoseconds(index)) { [self] in
          if client.isOpen { client.send(TLSMessage.applicationData(310, generator: &generator)) }
        }
      }
      schedule(after: pause * Nanoseconds(responses.count) + .milliseconds(400)) { client.close() }
    }
    schedule(at: start) { client.connect() }
    return client
  }

  /// A page over QUIC: handshake and a few datagrams each way.
  public func visitByQUIC(_ server: SocketAddress, start: Nanoseconds, datagrams: Int = 12) {
    let flow = DatagramFlow(self, server: server)
    var generator = generator.fork()
    let ids = (client: generator.bytes(8), server: generator.bytes(8))
    var seen = (server: 0, client: 0)
    flow.whenServerReceives = { [self] _ in
      seen.server += 1
      switch seen.server {
      case 1:
        flow.sendFromServer(
          QUICMessage.initial(destination: ids.client, source: ids.server, generator: &generator))
        flow.sendFromServer(
          QUICMessage.handshake(destination: ids.client, source: ids.server, length: 1_180, generator: &generator))
      case 2:
        for number in 0..<datagrams {
          schedule(after: .milliseconds(3 * number)) {
            flow.sendFromServer(
              QUICMessage.oneRTT(destination: ids.client, length: 620, generator: &generator))
          }
        }
      default: break
      }
    }
    flow.whenClientReceives = { _ in
      seen.client += 1
      if seen.client == 2 {
        flow.sendFromClient(
          QUICMessage.handshake(destination: ids.server, source: ids.client, length: 90, generator: &generator))
      } else if seen.client > 2, seen.client % 2 == 0 {
        flow.sendFromClient(QUICMessage.oneRTT(destination: ids.server, length: 28, generator: &generator))
      }
    }
    schedule(at: start) {
      flow.sendFromClient(QUICMessage.initial(destination: ids.server, source: ids.client, generator: &generator))
    }
  }

  /// A messenger's obfuscated TCP connection: nothing but random-looking bytes both ways at each interval.
  @discardableResult
  public func chat(
    with server: SocketAddress, from start: Nanoseconds, until end: Nanoseconds, every interval: Nanoseconds,
    sizes: ClosedRange<Int> = 90...410, closes: Bool = true
  ) -> TCPEndpoint {
    _ = self.server(server.address)
    listen(at: server) { [self] endpoint in
      var seen = 0
      endpoint.whenReceived = { [self] _ in
        seen += 1
        endpoint.send(generator.bytes(seen == 1 ? 105 : generator.number(in: sizes)))
      }
    }
    let client = TCPEndpoint(network: self, to: server)
    client.whenEstablished = { [self] in
      var first = generator.bytes(generator.number(in: 281...578))
      if first[0] == 0xEF { first[0] = 0x7E }  // 0xEF would announce another transport
      client.send(first)
    }
    schedule(at: start) { client.connect() }
    for time in stride(from: start + interval, to: end, by: Int64.Stride(interval)) {
      schedule(at: time) { [self] in
        if client.isOpen { client.send(generator.bytes(generator.number(in: sizes))) }
      }
    }
    if closes { schedule(at: end) { client.close() } }
    return client
  }

  private func serve(_ endpoint: TCPEndpoint, responses: [Int]) {
    var received = 0
    var answered = -1
    endpoint.whenReceived = { [self] bytes in
      if answered < 0 {
        answered = 0
        return endpoint.send(TLSMessage.serverFlight(generator: &generator))
      }
      received += bytes.count
      // The Finished has 80 bytes with its ChangeCipherSpec; each request is one record of 315.
      while answered < responses.count, received >= 80 + 315 * (answered + 1) {
        var left = responses[answered]
        while left > 0 {
          let record = min(left, 1_400)
          endpoint.send(TLSMessage.applicationData(record, generator: &generator))
          left -= record
        }
        answered += 1
      }
    }
  }
}
