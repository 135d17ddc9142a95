public import Wire

/// One payload decoder, run over any bytes as the bytes of a datagram or of a stream: for tests and fuzzers.
public struct DecoderCheck: Sendable {
  /// What it reads.
  public let name: String
  private let run: @Sendable (Span<UInt8>, Int, inout Findings) -> Void

  private init(_ name: String, _ run: @escaping @Sendable (Span<UInt8>, Int, inout Findings) -> Void) {
    self.name = name
    self.run = run
  }

  /// What is wrong with the result: ranges outside the bytes, lengths that cannot be. A trap ends the run.
  public func problems(_ payload: Span<UInt8>, wireLength: Int) -> [String] {
    var findings = Findings(count: payload.count)
    run(payload, wireLength, &findings)
    return findings.problems.map { "\(name): \($0)" }
  }

  /// What is wrong with any payload decoder's result.
  public static func problems(_ payload: Span<UInt8>, wireLength: Int) -> [String] {
    var found: [String] = []
    for check in payloads { found += check.problems(payload, wireLength: wireLength) }
    return found
  }

  /// Collects what is wrong.
  struct Findings {
    let count: Int
    var problems: [String] = []

    mutating func check(_ name: String, _ range: Range<Int>?) {
      if let range, range.lowerBound < 0 || range.upperBound > count { problems.append("\(name) \(range)") }
    }
  }

  /// What is wrong with a frame of this link type, or with any payload decoder's result for what it carries.
  public static func problems(frame: Span<UInt8>, wireLength: Int, link: LinkType) -> [String] {
    var findings = Findings(count: frame.count)
    checkFrame(frame, wireLength, link, &findings)
    var packet = Packet()
    do throws(Undecoded) {
      try packet.decode(
        frame,
        FrameInfo(
          time: 0, number: 1, start: 0, capturedLength: Int32(clamping: frame.count),
          wireLength: Int32(clamping: wireLength), linkType: link))
    } catch { return findings.problems }
    let payload = frame.extracting(packet.payloadStart..<(packet.payloadStart + Int(packet.payloadLength)))
    return findings.problems + problems(payload, wireLength: Int(packet.payloadWireLength))
  }

  /// Every decoder, frames' included.
  public static let all = payloads + [frame]

  /// Link layers, tunnels, IP, transport, fragments and quoted packets, by every link type.
  public static let frame = DecoderCheck("frame") { payload, wireLength, findings in
    for link in LinkType.decoded { checkFrame(payload, wireLength, link, &findings) }
  }

  /// Every decoder of payloads.
  public static let payloads: [DecoderCheck] = [
    DecoderCheck("stun") { payload, wireLength, findings in
      guard let message = STUNMessage(payload, wireLength: wireLength) else { return }
      findings.check("username", message.username)
      findings.check("realm", message.realm)
      findings.check("software", message.software)
      findings.check("data", message.data)
      findings.check("nonce", message.nonce)
      findings.check("token", message.whatsAppToken)
      _ = message.isSTUN
      _ = message.header.transactionIsText
      var attributes = STUNAttributes(payload)
      while let attribute = attributes.next(in: payload) { findings.check("attribute", attribute.value) }
    },
    DecoderCheck("stun-stream") { payload, _, findings in
      for channels in [false, true] {
        if let length = STUNStream.messageLength(payload, channels: channels), length <= 0 {
          findings.problems.append("length \(length)")
        }
      }
      if let length = STUNStream.frameLength(payload), length <= 2 { findings.problems.append("frame of \(length)") }
      _ = STUNStream.chainedFrames(payload)
      findings.check("channel data", ChannelData(payload)?.data)
    },
    DecoderCheck("rtp") { payload, wireLength, findings in
      if let header = RTPHeader(payload, wireLength: wireLength), header.headerLength > wireLength {
        findings.problems.append("header of \(header.headerLength)")
      }
    },
    DecoderCheck("rtcp") { payload, wireLength, findings in
      _ = RTCPCompound(payload, wireLength: wireLength)
      _ = RTCPSenderInfo(payload)
      var blocks = RTCPReportBlocks()
      var count = 0
      while blocks.next(in: payload) != nil { count += 1 }
      if count * 24 > payload.count { findings.problems.append("\(count) report blocks") }
    },
    DecoderCheck("dtls") { payload, wireLength, findings in
      var records = DTLSRecords(wireLength: wireLength)
      while let record = records.next(in: payload) {
        findings.check("fragment", record.fragment)
        guard record.fragment.upperBound <= payload.count else { continue }
        findings.check("name", DTLSClientHello(payload.extracting(record.fragment))?.serverName)
        checkOffer(payload.extracting(record.fragment), &findings)
        _ = TLSAlert(record, in: payload)
      }
      _ = DTLSHandshakeHeader(payload)
      checkOffer(payload, &findings)
    },
    DecoderCheck("tls-hello") { payload, _, findings in
      _ = TLSRecordHeader(payload)
      _ = TLSAlert(stream: payload)
      for isFinal in [false, true] {
        var offer = HelloOffer()
        switch TLSClientHello.read(payload, isFinal: isFinal, offer: &offer) {
        case .notTLS: break
        case .needMore(let total):
          if total <= payload.count || isFinal { findings.problems.append("needs \(total) of \(payload.count)") }
        case .hello(let hello):
          findings.check("server name", hello.serverNameRange)
          check(offer, .tls, &findings)
          if offer.isComplete != hello.isComplete { findings.problems.append("an offer of half a hello") }
        }
      }
      var offer = HelloOffer()
      if case .hello(let hello) = TLSClientHello.read(message: payload, isFinal: true, offer: &offer) {
        findings.check("server name", hello.serverNameRange)
        check(offer, .quic, &findings)
      }
    },
    DecoderCheck("tls-certificate") { payload, _, findings in
      if case .subject(let name) = ServerCertificate.read(payload) { findings.check("subject", name) }
    },
    DecoderCheck("quic") { payload, wireLength, findings in
      _ = GoogleQUIC(payload)
      if let header = QUICLongHeader(payload, wireLength: wireLength) {
        findings.check("destination id", header.destinationID)
        findings.check("source id", header.sourceID)
        // A token and the payload may lie beyond the cut.
        if header.end > wireLength { findings.problems.append("end \(header.end)") }
      }
    },
    DecoderCheck("quic-crypto") { payload, _, findings in
      var frames = QUICCryptoFrames()
      while let frame = frames.next(in: payload) { findings.check("CRYPTO", frame.data) }
    },
    DecoderCheck("dns") { payload, _, findings in
      guard let message = DNSMessage(payload) else { return }
      _ = message.questionName(in: payload)
      message.forEachAddress(in: payload) { _ in }
      var answers = DNSRecords(message)
      while let record = answers.next(in: payload) {
        findings.check("record", record.data)
        _ = record.ownerName(in: payload)
      }
    },
    DecoderCheck("sip") { payload, _, findings in
      findings.check("Call-ID", SIPMessage(payload)?.callID)
      var media = SessionDescription()
      while let line = media.next(in: payload) { findings.check("media line", line.address) }
      _ = HTTPOpening.isRequest(payload)
      _ = HTTPOpening.isResponse(payload)
    },
    DecoderCheck("messengers") { payload, wireLength, findings in
      _ = TelegramReflector(payload, wireLength: wireLength)
      findings.check("inner", TelegramReflectorFrame(payload, wireLength: wireLength)?.inner)
      _ = WhatsAppNoise(payload)
      _ = WhatsAppEnvelope(payload, wireLength: wireLength)
      _ = MTProtoTransport(payload)
      _ = MTProtoTransport.couldBeObfuscated(payload)
      _ = ICEUserForm(payload)
      if case .media(let offset) = ZoomFrame(payload, wireLength: wireLength) {
        findings.check("Zoom media", offset..<(offset + 12))
      }
      _ = ZoomFrame.isSTUN(payload)
      _ = DiscordVoice(payload, wireLength: wireLength)
      _ = ViberFrame(payload, wireLength: wireLength)
      _ = CallLookalike(payload, wireLength: wireLength)
    },
  ]

  private static func checkOffer(_ fragment: Span<UInt8>, _ findings: inout Findings) {
    var offer = HelloOffer()
    if DTLSClientHello(fragment, offer: &offer) != nil { check(offer, .dtls, &findings) }
  }

  private static func check(_ offer: HelloOffer, _ carrier: HelloOffer.Carrier, _ findings: inout Findings) {
    let text = offer.text(carrier)
    if text.lead.count != 10 { findings.problems.append("a fingerprint begins with \(text.lead.count) letters") }
    if offer.key(carrier, seed: 1) != offer.key(carrier, seed: 1) { findings.problems.append("an offer differs") }
  }

  private static func checkFrame(
    _ payload: Span<UInt8>, _ wireLength: Int, _ link: LinkType, _ findings: inout Findings
  ) {
    let frame = FrameInfo(
      time: 0, number: 1, start: 0, capturedLength: Int32(clamping: payload.count),
      wireLength: Int32(clamping: wireLength), linkType: link)
    var packet = Packet()
    do throws(Undecoded) {
      try packet.decode(payload, frame)
    } catch {
      if error == .fragment, packet.networkOffset != .max,
        let header = FragmentHeader(payload, frame, networkOffset: Int(packet.networkOffset))
      {
        findings.check("\(link.name) fragment", header.start..<(header.start + header.captured))
        findings.check("\(link.name) headers", header.headers)
      }
      if error == .aggregate { checkAggregate(packet, frame, payload, &findings) }
      _ = ARPReply.isOne(payload, frame)
      return
    }
    let start = packet.payloadStart
    if packet.payloadLength < 0 {
      findings.problems.append("\(link.name): payload of \(packet.payloadLength)")
    } else {
      findings.check("\(link.name) payload", start..<(start + Int(packet.payloadLength)))
    }
    if packet.payloadWireLength < packet.payloadLength { findings.problems.append("\(link.name): lengths") }
    if packet.transport == .icmp || packet.transport == .icmpv6 { _ = QuotedPacket(packet, in: payload) }
    if let trailer = PhoneTrailer(payload, frame) { findings.check("trailer", trailer.name) }
  }
}

extension DecoderCheck {
  fileprivate static func checkAggregate(
    _ packet: Packet, _ whole: FrameInfo, _ payload: Span<UInt8>, _ findings: inout Findings
  ) {
    var frames = AggregatedFrames(packet, whole)
    var count = 0
    while let part = frames.next(in: payload) {
      count += 1
      findings.check("packet of several", part.start..<(part.start + Int(part.capturedLength)))
      if part.capturedLength < 0 || part.wireLength < part.capturedLength { findings.problems.append("lengths") }
      var inner = Packet()
      do throws(Undecoded) {
        try inner.decode(payload, part)
      } catch { if error == .aggregate { findings.problems.append("several in one of several") } }
    }
    if count * 14 > payload.count { findings.problems.append("\(count) packets") }
  }
}

extension LinkType {
  /// Link types by the numbers of their registry that a decoder exists for, found by asking it.
  static let decoded: [LinkType] = (0...300).map { LinkType(rawValue: UInt16($0)) }.filter { link in
    let bytes: [UInt8] = []
    var packet = Packet()
    do throws(Undecoded) {
      try packet.decode(
        bytes.span,
        FrameInfo(time: 0, number: 1, start: 0, capturedLength: 0, wireLength: 0, linkType: link))
      return true
    } catch { return error != .unsupportedLink }
  }
}
