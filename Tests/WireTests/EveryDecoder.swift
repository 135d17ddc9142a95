import Wire

/// Runs every payload decoder over the same bytes, as the bytes of a datagram and of a stream alike, and returns what
/// is wrong: ranges outside the bytes. A trap ends the test run.
func problems(_ payload: Span<UInt8>, wireLength: Int) -> [String] {
  var problems: [String] = []
  func check(_ name: String, _ range: Range<Int>?) {
    if let range, range.lowerBound < 0 || range.upperBound > payload.count { problems.append("\(name) \(range)") }
  }
  if let message = STUNMessage(payload, wireLength: wireLength) {
    check("username", message.username)
    check("realm", message.realm)
    check("software", message.software)
    check("data", message.data)
    check("nonce", message.nonce)
    check("token", message.whatsAppToken)
    _ = message.isSTUN
    _ = message.header.transactionIsText
    var attributes = STUNAttributes(payload)
    while let attribute = attributes.next(in: payload) { check("attribute", attribute.value) }
  }
  for channels in [false, true] {
    if let length = STUNStream.messageLength(payload, channels: channels), length <= 0 { problems.append("length") }
  }
  _ = STUNStream.frameLength(payload)
  _ = STUNStream.chainedFrames(payload)
  check("channel data", ChannelData(payload)?.data)
  if let header = RTPHeader(payload, wireLength: wireLength), header.headerLength > wireLength {
    problems.append("RTP header \(header.headerLength)")
  }
  _ = RTCPCompound(payload, wireLength: wireLength)
  _ = RTCPSenderInfo(payload)
  var blocks = RTCPReportBlocks()
  var blockCount = 0
  while blocks.next(in: payload) != nil { blockCount += 1 }
  if blockCount * 24 > payload.count { problems.append("\(blockCount) report blocks") }
  var records = DTLSRecords(wireLength: wireLength)
  while let record = records.next(in: payload) {
    check("DTLS fragment", record.fragment)
    guard record.fragment.upperBound <= payload.count else { continue }
    check("DTLS name", DTLSClientHello(payload.extracting(record.fragment))?.serverName)
    _ = TLSAlert(record, in: payload)
  }
  _ = DTLSHandshakeHeader(payload)
  _ = DTLSClientHello(payload)
  _ = TLSRecordHeader(payload)
  _ = TLSAlert(stream: payload)
  for isFinal in [false, true] {
    switch TLSClientHello.read(payload, isFinal: isFinal) {
    case .notTLS: break
    case .needMore(let total):
      if total <= payload.count || isFinal { problems.append("needs \(total) of \(payload.count)") }
    case .hello(let hello): check("server name", hello.serverNameRange)
    }
  }
  if let header = QUICLongHeader(payload, wireLength: wireLength) {
    check("destination id", header.destinationID)
    check("source id", header.sourceID)
    // A token and the payload may lie beyond the cut.
    if header.end > wireLength { problems.append("QUIC end \(header.end)") }
  }
  if let message = DNSMessage(payload) {
    _ = message.questionName(in: payload)
    message.forEachAddress(in: payload) { _ in }
    var answers = DNSRecords(message)
    while let record = answers.next(in: payload) {
      check("record", record.data)
      _ = record.ownerName(in: payload)
    }
  }
  check("Call-ID", SIPMessage(payload)?.callID)
  _ = HTTPOpening.isRequest(payload)
  _ = HTTPOpening.isResponse(payload)
  _ = TelegramReflector(payload, wireLength: wireLength)
  check("inner", TelegramReflectorFrame(payload, wireLength: wireLength)?.inner)
  _ = WhatsAppNoise(payload)
  _ = WhatsAppEnvelope(payload, wireLength: wireLength)
  _ = MTProtoTransport(payload)
  _ = MTProtoTransport.couldBeObfuscated(payload)
  _ = ICEUserForm(payload)
  if case .media(let offset) = ZoomFrame(payload, wireLength: wireLength) {
    check("Zoom media", offset..<(offset + 12))
  }
  _ = ZoomFrame.isSTUN(payload)
  _ = DiscordVoice(payload, wireLength: wireLength)
  _ = ViberFrame(payload, wireLength: wireLength)
  _ = CallLookalike(payload, wireLength: wireLength)
  _ = GoogleQUIC(payload)
  if case .subject(let name) = ServerCertificate.read(payload) { check("certificate", name) }
  var media = SessionDescription()
  while let line = media.next(in: payload) { check("media line", line.address) }
  var frames = QUICCryptoFrames()
  while let frame = frames.next(in: payload) { check("CRYPTO", frame.data) }
  if case .hello(let hello) = TLSClientHello.read(message: payload, isFinal: true) {
    check("server name", hello.serverNameRange)
  }
  return problems
}
