internal import Flow
internal import Recognition
internal import Wire

/// What a TCP server says of itself where the client named nobody, and media framed over TCP.
extension Analyzer {
  /// The server's first bytes, up to the subject of its certificate. `TCPState.name` holds the buffer meanwhile, if a
  /// single segment was not enough.
  mutating func takeCertificate(_ payload: Span<UInt8>, _ flow: UInt32, _ detail: UInt32, _ side: Int) {
    let opener = Int(tcp[detail].opener == 2 ? 0 : tcp[detail].opener)
    guard side != opener else { return }
    if case .subject(let range) = ServerCertificate.read(payload) {
      let fact = facts(of: flow)
      if facts[fact].realm == NameTable.none { facts[fact].realm = names.intern(payload.extracting(range)) }
    }
    table.flows[flow].decoder = PayloadDecoder.settled
  }

  /// RFC 4571: a length and an RTP packet of it. One says nothing; `takeFramedMedia` wants three of one source.
  mutating func openFramedMedia(_ payload: Span<UInt8>, _ flow: UInt32, _ wireLength: Int) -> Bool {
    guard let source = Self.framedSource(payload, wireLength) else { return false }
    facts[facts(of: flow)].half = source
    table.flows[flow].decoder = PayloadDecoder.media
    return true
  }

  /// The next segment of what may be framed media.
  mutating func takeFramedMedia(_ payload: Span<UInt8>, _ flow: UInt32, _ side: Int, _ wireLength: Int) {
    let fact = facts(of: flow)
    guard let source = Self.framedSource(payload, wireLength) else {
      facts[fact].half = 0
      table.flows[flow].decoder = PayloadDecoder.settled
      return
    }
    guard source == facts[fact].half else { return }
    facts[fact].opaque[side] &+= 1
    if facts[fact].opaque[side] >= 2 {
      facts[fact].opaque[side] = 0
      facts[fact].content.insert(.rtp)
      table.flows[flow].decoder = PayloadDecoder.settled
    }
  }

  /// SSRC of a segment that is exactly one framed RTP packet.
  private static func framedSource(_ payload: Span<UInt8>, _ wireLength: Int) -> UInt32? {
    guard let length = STUNStream.frameLength(payload), length == wireLength, payload.count >= 14,
      !RTPHeader.isRTCP(firstByte: payload[2], secondByte: payload[3]),
      let header = RTPHeader(payload.extracting(2..<payload.count), wireLength: length &- 2)
    else { return nil }
    return header.ssrc
  }
}
