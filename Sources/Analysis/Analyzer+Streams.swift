internal import Flow
internal import Recognition
internal import Wire

/// What the first bytes of a TCP stream say.
extension Analyzer {
  mutating func takeStream(
    _ payload: Span<UInt8>, flow: UInt32, detail: UInt32, side: Int, time: Int64, wireLength: Int
  ) {
    switch table.flows[flow].decoder {
    case PayloadDecoder.waiting: continueHello(payload, flow, detail, side)
    case PayloadDecoder.framed: takeFramed(payload, flow, detail, side, time, wireLength)
    case PayloadDecoder.certificate: takeCertificate(payload, flow, detail, side)
    case PayloadDecoder.media: takeFramedMedia(payload, flow, side, wireLength)
    default: openStream(payload, flow, detail, side, time, wireLength)
    }
  }

  private mutating func openStream(
    _ payload: Span<UInt8>, _ flow: UInt32, _ detail: UInt32, _ side: Int, _ time: Int64, _ wireLength: Int
  ) {
    // A server that speaks first (SSH, SMTP, FTP) leaves the client's first bytes to be seen later.
    let opener = Int(tcp[detail].opener == 2 ? 0 : tcp[detail].opener)
    if TLSRecordHeader(payload) != nil {
      note(.tls, flow)
      switch TLSClientHello.read(payload) {
      case .hello(let hello):
        finishHello(hello, flow, detail)
        return
      case .needMore:
        // Cut by the snapshot length, the rest never comes: take what is there.
        if payload.count < wireLength {
          table.flows[flow].decoder = PayloadDecoder.settled
          if case .hello(let hello) = TLSClientHello.read(payload, isFinal: true) { finishHello(hello, flow, detail) }
          return
        }
        guard let slot = hellos.open() else { break }
        if hellos.append(payload, to: slot) {
          tcp[detail].name = UInt32(slot)
          table.flows[flow].decoder = PayloadDecoder.waiting
        } else {
          hellos.close(slot)
        }
        return
      case .notTLS: break
      }
      table.flows[flow].decoder = PayloadDecoder.settled
      return
    }
    if let length = STUNStream.messageLength(payload, channels: false), length >= 20,
      STUNHeader(payload)?.hasCookie == true
    {
      table.flows[flow].decoder = PayloadDecoder.framed
      takeFramed(payload, flow, detail, side, time, wireLength)
      return
    }
    if let frame = STUNStream.frameLength(payload), frame >= 20, payload.count >= 22,
      let header = STUNHeader(payload.extracting(2..<payload.count)), header.hasCookie
    {
      table.flows[flow].decoder = PayloadDecoder.framed
      takeFramed(payload, flow, detail, side, time, wireLength)
      return
    }
    if HTTPOpening.isRequest(payload) || HTTPOpening.isResponse(payload) {
      note(.http, flow)
    } else if SIPMessage(payload) != nil {
      note(.sip, flow)
      learnMedia(payload)
      // Offers and answers come in later segments too.
      return
    } else if side == opener {
      if WhatsAppNoise(payload) != nil {
        note(.noiseOpening, flow)
      } else if MTProtoTransport(payload) != nil {
        note(.mtprotoTag, flow)
      } else if openFramedMedia(payload, flow, wireLength) {
        return
      } else if ViberFrame.isSegment(payload, wireLength: wireLength) {
        // Viber's own ports and an exact length of 16 bits; elsewhere the answer has to be of the same form.
        let port = table.endpoint(flow, side: UInt8(1 - side)).port
        if port == 4_244 || port == 5_242 { note(.viberStream, flow) }
        facts[facts(of: flow)].half = Self.viberHalf(side)
        if tcp[detail].sides[side].dataSegments > 4 { table.flows[flow].decoder = PayloadDecoder.settled }
        return
      }
    } else if isViberAnswer(payload, flow, side, wireLength) {
      note(.viberStream, flow)
    }
    if side == opener || tcp[detail].sides[side].dataSegments > 4 { table.flows[flow].decoder = PayloadDecoder.settled }
  }

  private mutating func continueHello(_ payload: Span<UInt8>, _ flow: UInt32, _ detail: UInt32, _ side: Int) {
    let opener = Int(tcp[detail].opener == 2 ? 0 : tcp[detail].opener)
    let slot = Int(tcp[detail].name)
    var whole: TLSHello?
    if side == opener, hellos.append(payload, to: slot) {
      let bytes = hellos.bytes(slot)
      whole = TLSClientHello.read(bytes.span)
      if case .needMore = whole { return }
    } else {
      // The server answered, or the hello is too long: what is there must do.
      let bytes = hellos.bytes(slot)
      whole = TLSClientHello.read(bytes.span, isFinal: true)
    }
    hellos.close(slot)
    tcp[detail].name = FlowState.none
    table.flows[flow].decoder = PayloadDecoder.settled
    if case .hello(let hello) = whole { finishHello(hello, flow, detail) }
  }

  private mutating func finishHello(_ hello: TLSClientHello, _ flow: UInt32, _ detail: UInt32) {
    table.flows[flow].decoder = PayloadDecoder.settled
    if let name = hello.serverName {
      tcp[detail].name = names.intern(name.utf8.span)
      // An address for a name says nothing: the certificate may.
      if let last = name.utf8.last, last < 0x3A { table.flows[flow].decoder = PayloadDecoder.certificate }
    } else {
      table.flows[flow].decoder = PayloadDecoder.certificate
    }
  }

  /// Sets a content bit of a flow.
  mutating func note(_ bits: ObservedContent, _ flow: UInt32) {
    let fact = facts(of: flow)
    facts[fact].content.insert(bits)
  }
}
