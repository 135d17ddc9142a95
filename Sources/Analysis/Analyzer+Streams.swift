internal import Flow
internal import Recognition
internal import Wire

/// What the first bytes of a TCP stream say.
extension Analyzer {
  mutating func takeStream(
    _ payload: Span<UInt8>, flow: UInt32, detail: UInt32, side: Int, sequence: SequenceNumber, time: Int64,
    wireLength: Int
  ) {
    switch table.flows[flow].decoder {
    case PayloadDecoder.waiting: continueHello(payload, flow, detail, side, sequence, time, wireLength)
    case PayloadDecoder.framed: takeFramed(payload, flow, detail, side, time, wireLength)
    case PayloadDecoder.certificate: takeCertificate(payload, flow, detail, side)
    case PayloadDecoder.media: takeFramedMedia(payload, flow, side, wireLength)
    default: openStream(payload, flow, detail, side, sequence, time, wireLength, mayWait: true)
    }
  }

  /// The first bytes of a side; with `mayWait` later ones that came before them are kept.
  mutating func openStream(
    _ payload: Span<UInt8>, _ flow: UInt32, _ detail: UInt32, _ side: Int, _ sequence: SequenceNumber, _ time: Int64,
    _ wireLength: Int, mayWait: Bool
  ) {
    // A server that speaks first (SSH, SMTP, FTP) leaves the client's first bytes to be seen later.
    let opener = Int(tcp[detail].opener == 2 ? 0 : tcp[detail].opener)
    if mayWait, side == opener, payload.count == wireLength, holdReordered(payload, flow, detail, side, sequence) {
      return
    }
    // A few bytes that may begin a hello: some clients send one at a time, so that filters do not see the name.
    if mayWait, side == opener, payload.count < TLSRecordHeader.size, payload.count == wireLength,
      case .needMore = TLSClientHello.read(payload), holdBeginning(payload, flow, sequence)
    {
      return
    }
    if TLSRecordHeader(payload) != nil {
      note(.tls, flow)
      switch TLSClientHello.read(payload, offer: &offer) {
      case .hello(let hello):
        finishHello(hello, flow, detail)
        return
      case .needMore:
        // Cut by the snapshot length, the rest never comes: take what is there.
        if payload.count < wireLength {
          table.flows[flow].decoder = PayloadDecoder.settled
          if case .hello(let hello) = TLSClientHello.read(payload, isFinal: true, offer: &offer) {
            finishHello(hello, flow, detail)
          }
          return
        }
        if side == opener, holdBeginning(payload, flow, sequence) { return }
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
      if side == opener { tcp[detail].awaitContent() }
    } else if let message = SIPMessage(payload) {
      takeSIP(message, payload, flow, side, time)
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

  /// Sets a content bit of a flow.
  mutating func note(_ bits: ObservedContent, _ flow: UInt32) {
    let fact = facts(of: flow)
    facts[fact].content.insert(bits)
  }
}
