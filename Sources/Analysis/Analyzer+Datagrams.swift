internal import Flow
internal import Recognition
internal import Wire

/// The first byte picks one decoder (RFC 7983, RFC 9443), with the guards of METHOD.md W3.
extension Analyzer {
  @inline(always)
  mutating func takePayload(_ payload: Span<UInt8>, _ datagram: Datagram) {
    guard payload.count >= 2 else { return }
    let decoder = table.flows[datagram.flow].decoder
    if decoder == PayloadDecoder.settled, payload[0] >> 6 == 2 {
      takeRealTime(payload, datagram)
    } else if decoder == PayloadDecoder.waiting {
      // Nobody's so far: only a cookie brings it back, a relayed check's too, or a reflector's hello, which comes every
      // 10 s (METHOD.md W1.1, W2.2).
      if payload.count >= 20, payload[0] < 4 || payload[0] == 8, payload.uint32(at: 4) == STUNHeader.cookie {
        table.flows[datagram.flow].decoder = PayloadDecoder.undecided
        route(payload, datagram)
      } else if payload.count == 40, payload.uint64(at: 16) == .max, TelegramReflector(payload, wireLength: 40) != nil {
        table.flows[datagram.flow].decoder = PayloadDecoder.undecided
        route(payload, datagram)
      } else if ChannelData.bearsCheck(payload, wireLength: datagram.wireLength) {
        table.flows[datagram.flow].decoder = PayloadDecoder.undecided
        route(payload, datagram)
      } else if datagram.ports.destination == 53, let message = DNSMessage(payload) {
        noteQuestion(message, datagram)
      }
    } else {
      route(payload, datagram)
    }
  }

  /// Packets without a known message after which a flow is nobody's.
  private static var patience: UInt64 { 24 }

  private mutating func route(_ payload: Span<UInt8>, _ datagram: Datagram) {
    let known = table.flows[datagram.flow].facts
    let content = known == FlowState.none ? [] : facts[known].content
    // A reflector's tag is random: its frames would pass for anything below.
    if !content.isDisjoint(with: [.reflectorHello, .reflectorLegacy, .reflectorData])
      || (payload.count >= 28 && payload[16] == 0xFF && payload[27] == 0xFF)
      || (payload.count >= TelegramReflectorFrame.headerSize && payload[20] == 0 && payload[21] == 0)
    {
      if takeReflector(payload, datagram) { return }
    }
    // LINE's and IMO's openings would pass for RTP with an extension and many sources.
    if payload[0] == 0xB6 || payload[0] == 0x89, takeMessenger(payload, datagram, content) { return }
    if decode(payload, datagram, content) || takeMessenger(payload, datagram, content) { return }
    if known != FlowState.none, !content.isDisjoint(with: .carriesOpaque) {
      noteOpaque(known, payload, datagram)
    } else if table.flows[datagram.flow].totalPackets > Self.patience,
      table.flows[datagram.flow].decoder != PayloadDecoder.merged
    {
      table.flows[datagram.flow].decoder = PayloadDecoder.waiting
    }
  }

  /// True if some decoder took the payload.
  private mutating func decode(_ payload: Span<UInt8>, _ datagram: Datagram, _ content: ObservedContent) -> Bool {
    switch payload[0] {
    case 0...3:
      if takeSTUN(payload, datagram) { return true }
    case 8:
      if takeSTUN(payload, datagram) { return true }
    case 9:
      // WhatsApp's group envelope, only where its other messages were seen (METHOD.md W2.1).
      if content.contains(.stunType080x) || content.contains(.stunToken4000),
        let envelope = WhatsAppEnvelope(payload, wireLength: datagram.wireLength),
        payload.count > envelope.headerLength &+ 12
      {
        let inner = datagram.inner(wireLength: datagram.wireLength &- envelope.headerLength)
        return takeRealTime(payload.extracting(envelope.headerLength..<payload.count), inner)
      }
    case 20...63:
      if takeDTLS(payload, datagram, content) { return true }
    case 64...127:
      // ChannelData looks like anything: it counts after TURN on the same five-tuple (14 of 17 hits were wrong), or where it
      // bears a check.
      if !datagram.nested,
        content.contains(.turn) || ChannelData.bearsCheck(payload, wireLength: datagram.wireLength),
        let channel = ChannelData(payload)
      {
        let fact = facts(of: datagram.flow)
        facts[fact].content.insert([.turn, .channelData])
        if mayBeMerged(datagram) {
          takeMerged(channel, payload, datagram)
          return true
        }
        let data = channel.data
        if data.count >= 2 { takeInner(payload.extracting(data), datagram.inner(wireLength: channel.length)) }
        return true
      }
    case 128...191:
      if takeRealTime(payload, datagram) {
        noteDisguised(payload, datagram)
        return true
      }
    default: break
    }
    if datagram.nested { return false }
    if payload[0] >= 0xC0, takeQUIC(payload, datagram) { return true }
    let ports = datagram.ports
    if ports.source == 53 || ports.destination == 53 || ports.source == 5353 || ports.destination == 5353 {
      if let message = DNSMessage(payload) {
        note(.dns, datagram.flow)
        if ports.destination == 53 { noteQuestion(message, datagram) }
        table.flows[datagram.flow].decoder = PayloadDecoder.waiting
        return true
      }
    }
    if payload[0] >= 0x41, payload[0] <= 0x5A, let message = SIPMessage(payload) {
      takeSIP(message, payload, datagram.flow, datagram.side, datagram.time)
      tally(message, datagram)
      return true
    }
    return false
  }

  /// ChannelData messages of one channel that follow each other in one datagram, as UDP GRO puts them together.
  @inline(never)
  private mutating func takeMerged(_ first: ChannelData, _ payload: Span<UInt8>, _ datagram: Datagram) {
    var start = 0
    var channel = first
    while true {
      let data = (start &+ channel.data.lowerBound)..<(start &+ channel.data.upperBound)
      let piece = datagram.piece(of: ChannelData.headerSize &+ channel.length)
      if data.count >= 2 { takeInner(payload.extracting(data), piece.inner(wireLength: channel.length)) }
      start &+= ChannelData.headerSize &+ channel.length
      guard start < payload.count, let next = ChannelData(payload.extracting(start..<payload.count)),
        next.channel == first.channel
      else { return }
      table.flows[datagram.flow].decoder = PayloadDecoder.merged
      channel = next
    }
  }

  /// The packet inside TURN or a reflector frame: one level only.
  private mutating func takeInner(_ payload: Span<UInt8>, _ datagram: Datagram) {
    let fact = facts(of: datagram.flow)
    if payload.count < 2 || !decode(payload, datagram, facts[fact].content) {
      noteOpaque(fact, payload, datagram)
    }
  }

  private mutating func noteOpaque(_ fact: UInt32, _ payload: Span<UInt8>, _ datagram: Datagram) {
    noteOpaque(
      fact, side: datagram.side, time: datagram.time, bytes: datagram.ipLength,
      end: payload.count >= 16 ? payload.uint64(at: payload.count &- 8) : 0)
  }

  /// Counts what passed for RTP, as one datagram in eleven of ciphertext does, among the others of a side that sends no RTP.
  private mutating func noteDisguised(_ payload: Span<UInt8>, _ datagram: Datagram) {
    let fact = table.flows[datagram.flow].facts
    guard fact != FlowState.none, facts[fact].opaque[datagram.side] >= Self.disguised else { return }
    var sendsRTP = false
    forEachStream(of: table.flows[datagram.flow]) { sendsRTP = sendsRTP || Int(streams[$0].side) == datagram.side }
    if !sendsRTP { noteOpaque(fact, payload, datagram) }
  }

  /// Datagrams of a side that nothing else took, from which on those that pass for RTP are taken for more of them: before a stream
  /// is confirmed, RTP comes without any.
  private static var disguised: UInt32 { 8 }

  /// Counts a datagram of a call that no decoder took, once if it was captured twice. `end`: its last eight bytes; 0 if they are not
  /// known.
  mutating func noteOpaque(_ fact: UInt32, side: Int, time: Int64, bytes: UInt32, end: UInt64 = 0) {
    let records = sealedRecords(of: fact)
    if sealed[records][side].isTwin(end, time, within: TCPSide.twinWindow) {
      hygiene.twins &+= 1
      return
    }
    sealed[records][side].note(time, bytes)
    facts[fact].opaque[side] &+= 1
    facts[fact].lastOpaque[side] = time
    if facts[fact].firstOpaque == .max { facts[fact].firstOpaque = time }
  }

  // MARK: Telegram reflector

  private mutating func takeReflector(_ payload: Span<UInt8>, _ datagram: Datagram) -> Bool {
    if let message = TelegramReflector(payload, wireLength: datagram.wireLength) {
      let fact = facts(of: datagram.flow)
      // The answer is the same in both generations; the query id in it tells which one asked.
      let isCurrent = message.kind == .hello || (message.kind == .pong && message.query == TelegramReflector.helloQuery)
      facts[fact].content.insert(isCurrent ? .reflectorHello : .reflectorLegacy)
      tie(tagHigh: message.tagHigh, tagLow: UInt32(truncatingIfNeeded: message.tagLow >> 32), fact)
      let dialogue = dialogue(of: datagram.flow)
      // Some reflectors send a hello back as it came.
      let isEcho = dialogues[dialogue].asker == 1 - UInt8(datagram.side)
      if message.kind != .pong, message.kind != .peerInfo, !isEcho {
        if dialogues[dialogue].asker == 2 { dialogues[dialogue].asker = UInt8(datagram.side) }
        dialogues[dialogue].server.ask(time: datagram.time, frame: datagram.place, width: bin)
      } else {
        dialogues[dialogue].answerUnnamed(time: datagram.time, &roundTrips)
      }
      return true
    }
    if let frame = TelegramReflectorFrame(payload, wireLength: datagram.wireLength),
      isReflected(frame, datagram)
    {
      let fact = facts(of: datagram.flow)
      facts[fact].content.insert(.reflectorData)
      tie(tagHigh: frame.tagHigh, tagLow: frame.tagLow, fact)
      let inner = frame.inner
      let end = min(inner.upperBound, payload.count)
      if inner.lowerBound < end {
        takeInner(payload.extracting(inner.lowerBound..<end), datagram.inner(wireLength: frame.length))
      }
      return true
    }
    return false
  }

  /// Where the hello is not in the capture, two frames of one tag are asked for: a length at that place may be another
  /// protocol's.
  private mutating func isReflected(_ frame: TelegramReflectorFrame, _ datagram: Datagram) -> Bool {
    let fact = facts(of: datagram.flow)
    if !facts[fact].content.isDisjoint(with: [.reflectorHello, .reflectorLegacy, .reflectorData]) { return true }
    guard facts[fact].content.isEmpty else { return false }
    let tie = ties(of: fact)
    let tag = TieHash.mix(frame.tagHigh, UInt64(frame.tagLow))
    if ties[tie].tag == tag { return true }
    ties[tie].tag = tag
    return false
  }

  // MARK: STUN

  private mutating func takeSTUN(_ payload: Span<UInt8>, _ datagram: Datagram) -> Bool {
    guard let header = STUNHeader(payload) else { return false }
    // FINGERPRINT decides nothing here: its checksum would be a third of the work.
    let message = STUNMessage(header, payload, wireLength: datagram.wireLength, checkingFingerprint: false)
    guard message.isSTUN else { return false }
    hygiene.stunMessages &+= 1
    let fact = facts(of: datagram.flow)
    facts[fact].content.insert(ObservedContent(stun: message))
    if let name = message.username, name.count >= 21 {
      facts[fact].content.insert(ObservedContent(ICEUserForm(payload.extracting(name))))
    }
    if !message.header.hasCookie, ZoomFrame.isSTUN(payload) { facts[fact].content.insert(.zoomSTUN) }
    tie(message, payload, fact, datagram.side)
    if message.header.isWhatsApp { countPing(message.header.type, fact, datagram.side) }
    if datagram.nested {
      let dialogue = dialogue(of: datagram.flow)
      dialogues[dialogue].observeRelayed(
        message, side: UInt8(datagram.side), time: datagram.time, frame: datagram.place, bin: bin)
    } else {
      keepNames(message, payload, fact)
      let dialogue = dialogue(of: datagram.flow)
      dialogues[dialogue].observe(
        message, side: UInt8(datagram.side), time: datagram.time, frame: datagram.place, bin: bin, &roundTrips)
      if let data = message.data, data.count >= 2, data.upperBound <= payload.count {
        takeInner(payload.extracting(data), datagram.inner(wireLength: data.count))
      }
    }
    return true
  }

  /// Keeps REALM and SOFTWARE of a flow's first message that has them.
  mutating func keepNames(_ message: STUNMessage, _ payload: Span<UInt8>, _ fact: UInt32) {
    if facts[fact].realm == NameTable.none, let range = message.realm, range.upperBound <= payload.count {
      facts[fact].realm = names.intern(payload.extracting(range), keepsCase: true)
    }
    if facts[fact].software == NameTable.none, let range = message.software, range.upperBound <= payload.count {
      facts[fact].software = names.intern(payload.extracting(range), keepsCase: true)
    }
  }

  // MARK: QUIC, DNS

  private mutating func takeQUIC(_ payload: Span<UInt8>, _ datagram: Datagram) -> Bool {
    guard let header = QUICLongHeader(payload, wireLength: datagram.wireLength) else {
      return takeGoogleQUIC(payload, datagram)
    }
    guard QUICLongHeader.isKnown(header.version) else {
      return takeVersions(header, datagram) || takeGoogleQUIC(payload, datagram)
    }
    let fact = facts(of: datagram.flow)
    facts[fact].content.insert(.quic)
    let dialogue = dialogue(of: datagram.flow)
    dialogues[dialogue].longHeaders[datagram.side] &+= 1
    dialogues[dialogue].noteHandshake(side: datagram.side, time: datagram.time)
    if datagram.side == 0 {
      if header.type == .initial {
        learnServer(payload, header, datagram, fact)
        dialogues[dialogue].initial.ask(time: datagram.time, frame: datagram.place, width: bin)
        dialogues[dialogue].noteHello(bytes: datagram.ipLength)
      }
    } else {
      dialogues[dialogue].initial.answer(time: datagram.time)
    }
    return true
  }

  /// A server that knows other versions says so (RFC 9000 section 6): an answer, and no connection.
  private mutating func takeVersions(_ header: QUICLongHeader, _ datagram: Datagram) -> Bool {
    let fact = table.flows[datagram.flow].facts
    guard header.type == .versionNegotiation, datagram.side == 1, fact != FlowState.none,
      facts[fact].content.contains(.quic), facts[fact].dialogue != FlowState.none
    else { return false }
    dialogues[facts[fact].dialogue].longHeaders[1] &+= 1
    dialogues[facts[fact].dialogue].noteHandshake(side: 1, time: datagram.time)
    dialogues[facts[fact].dialogue].initial.answer(time: datagram.time)
    return true
  }

  /// Keeps who asked what until it is answered.
  private mutating func noteQuestion(_ message: DNSMessage, _ datagram: Datagram) {
    guard !message.isResponse else { return }
    let client = table.endpoint(datagram.flow, side: UInt8(datagram.side))
    let server = table.endpoint(datagram.flow, side: UInt8(1 - datagram.side))
    dnsAnswers.noteQuestion(
      client: client.address, port: client.port, server: server.address, id: message.id, time: datagram.time)
  }

  /// Names that a DNS answer ties to addresses, for the client that asked.
  mutating func learnNames(_ packet: Packet, _ block: Span<UInt8>, _ frame: FrameInfo) {
    let payload = block.extracting(packet.payloadStart..<(packet.payloadStart &+ Int(packet.payloadLength)))
    guard let message = DNSMessage(payload), message.isResponse else { return }
    if packet.transport == .udp {
      dnsAnswers.note(packet, message, payload, time: frame.time, frame: frame.number)
    }
    guard message.rcode == 0, message.answerCount > 0, let name = message.question(in: payload)
    else { return }
    let index = name.withSpan { text in names.intern(text) }
    guard index != NameTable.none else { return }
    message.forEachAddress(in: payload) { answer in
      resolver.note(client: packet.destination, address: answer.address, name: index, time: frame.time)
    }
  }
}
