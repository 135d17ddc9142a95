internal import Flow
internal import Recognition
internal import Wire

/// ClientHellos that come in pieces: TCP segments in any order, DTLS fragments; and what a whole one says.
extension Analyzer {
  // MARK: TLS over TCP

  /// True if these are the opener's first bytes in the capture and others before them are on their way: they are kept.
  mutating func holdReordered(
    _ payload: Span<UInt8>, _ flow: UInt32, _ detail: UInt32, _ side: Int, _ sequence: SequenceNumber
  ) -> Bool {
    guard let start = tcp[detail].sides[side].openingHole, tcp[detail].sides[1 - side].dataSegments == 0 else {
      return false
    }
    hellos.open(flow, start: start.rawValue)
    guard hellos.add(payload, at: Int(sequence - start), to: flow) else {
      hellos.close(flow)
      return false
    }
    table.flows[flow].decoder = PayloadDecoder.waiting
    return true
  }

  /// Keeps the beginning of a hello; false if there is no room for it.
  mutating func holdBeginning(_ payload: Span<UInt8>, _ flow: UInt32, _ sequence: SequenceNumber) -> Bool {
    hellos.open(flow, start: sequence.rawValue)
    guard hellos.add(payload, at: 0, to: flow) else {
      hellos.close(flow)
      return false
    }
    table.flows[flow].decoder = PayloadDecoder.waiting
    return true
  }

  /// Another segment of a connection whose hello is not whole.
  mutating func continueHello(
    _ payload: Span<UInt8>, _ flow: UInt32, _ detail: UInt32, _ side: Int, _ sequence: SequenceNumber, _ time: Int64,
    _ wireLength: Int
  ) {
    let opener = Int(tcp[detail].opener == 2 ? 0 : tcp[detail].opener)
    var isFinal = true
    if side == opener, let start = hellos.start(of: flow),
      hellos.add(payload, at: Int(sequence - SequenceNumber(start)), to: flow)
    {
      // Cut by the snapshot length, the rest never comes.
      isFinal = payload.count < wireLength
    }
    let whole = hellos.whole(flow)
    if whole.isEmpty, !isFinal { return }
    let read = TLSClientHello.read(whole.span, isFinal: isFinal, offer: &offer)
    if case .needMore = read { return }
    hellos.close(flow)
    table.flows[flow].decoder = PayloadDecoder.settled
    switch read {
    case .hello(let hello): finishHello(hello, flow, detail)
    case .needMore: break
    case .notTLS:
      // The server answered although its bytes are missing here, or what came late is something else.
      table.flows[flow].decoder = PayloadDecoder.undecided
      if whole.isEmpty {
        openStream(payload, flow, detail, side, sequence, time, wireLength, mayWait: false)
      } else {
        openStream(whole.span, flow, detail, opener, sequence, time, whole.count, mayWait: false)
      }
    }
  }

  /// Takes in what a TLS hello says; the server's certificate is awaited if it named no host.
  mutating func finishHello(_ hello: TLSClientHello, _ flow: UInt32, _ detail: UInt32) {
    let fact = facts(of: flow)
    facts[fact].content.insert(.tls)
    tcp[detail].beginRecords()
    noteOffer(.tls, hello.hasECH, fact)
    table.flows[flow].decoder = PayloadDecoder.settled
    if let name = hello.serverName {
      tcp[detail].name = names.intern(name.utf8.span)
      // An address for a name says nothing: the certificate may.
      if let last = name.utf8.last, last < 0x3A { table.flows[flow].decoder = PayloadDecoder.certificate }
    } else {
      table.flows[flow].decoder = PayloadDecoder.certificate
    }
  }

  /// Fingerprint and mark of the hello that was read last, of a flow's first one.
  mutating func noteOffer(_ carrier: HelloOffer.Carrier, _ hasECH: Bool, _ fact: UInt32) {
    if hasECH { facts[fact].content.insert(.outerHello) }
    guard facts[fact].fingerprint == HelloFingerprints.none else { return }
    facts[fact].fingerprint = fingerprints.index(of: offer, carrier)
  }

  // MARK: DTLS

  /// A ClientHello or a fragment of one, in a handshake record's fragment.
  mutating func takeHello(
    _ fragment: Span<UInt8>, _ header: DTLSHandshakeHeader, isCut: Bool, _ flow: UInt32, _ fact: UInt32
  ) {
    if let hello = DTLSClientHello(fragment, offer: &offer) { noteHello(hello, fact) }
    guard header.isFragment, !isCut, facts[fact].fingerprint == HelloFingerprints.none else { return }
    let start = UInt32(header.messageSequence)
    let total = header.length
    if !hellos.isOpen(flow, start: start, total: total) {
      guard total <= TLSClientHello.longestMessage else { return }
      hellos.open(flow, start: start, total: total)
    }
    let size = DTLSHandshakeHeader.size
    let end = size + header.fragmentLength
    guard fragment.count >= end, hellos.add(fragment.extracting(size..<end), at: header.fragmentOffset, to: flow) else {
      return hellos.close(flow)
    }
    let body = hellos.whole(flow)
    guard body.count == total else { return }
    hellos.close(flow)
    // The message as if it had come in one fragment.
    var message: [UInt8] = []
    message.reserveCapacity(size + total)
    let length = [UInt8(total >> 16), UInt8(total >> 8 & 0xFF), UInt8(total & 0xFF)]
    message += [TLSHandshakeType.clientHello.rawValue] + length + [0, 0, 0, 0, 0] + length + body
    if let hello = DTLSClientHello(message.span, offer: &offer) { noteHello(hello, fact) }
  }

  private mutating func noteHello(_ hello: DTLSClientHello, _ fact: UInt32) {
    if hello.hasUseSRTP { facts[fact].content.insert(.dtlsSRTP) }
    noteOffer(.dtls, hello.hasECH, fact)
  }
}
