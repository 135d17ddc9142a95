internal import Detection
internal import Flow
internal import Recognition
internal import Verdict

extension Analyzer {
  /// Fills in what a flow's states say: all of its record but ids, application, server name, call and verdict.
  ///
  /// `record` is used again for every flow: a value made anew is half a kilobyte that moves from place to place.
  func fill(_ record: inout FlowRecord, _ outline: FlowOutline, _ known: Circumstances) {
    let flow = table.flows[outline.index]
    var hasOpaqueMedia = false
    record.stun = nil
    record.ja4 = nil
    record.hasOuterHello = outline.content.contains(.outerHello)
    if flow.facts != FlowState.none {
      hasOpaqueMedia = self.hasOpaqueMedia(facts[flow.facts])
      record.ja4 = fingerprints[facts[flow.facts].fingerprint]
      if outline.content.contains(.stun), facts[flow.facts].dialogue != FlowState.none {
        record.stun = stunRecord(facts[flow.facts])
      }
    }
    if !record.streams.isEmpty { record.streams.removeAll(keepingCapacity: true) }
    record.bins = keepsBins ? binsRecord(outline) : nil
    if outline.isTCP {
      record.tcp = tcpRecord(flow, clientSide: outline.clientSide)
    } else {
      record.tcp = nil
      addStreams(flow, clientSide: outline.clientSide, to: &record.streams)
    }
    fillMedia(&record, outline, known)
    record.transport = outline.transport
    record.client = EndpointRecord(
      address: outline.client, port: outline.clientPort, packets: outline.packets.client, bytes: outline.bytes.client)
    record.server = EndpointRecord(
      address: outline.server, port: outline.serverPort, packets: outline.packets.server, bytes: outline.bytes.server)
    record.first = outline.first
    record.last = outline.last
    record.firstFrame = outline.firstFrame
    record.wireProtocol = Self.wireProtocol(
      outline.content, hasStreams: !record.streams.isEmpty, hasOpaqueMedia: hasOpaqueMedia)
    record.role = Self.role(
      outline.content, hasMedia: !record.streams.isEmpty || hasOpaqueMedia || outline.content.contains(.rtp),
      application: record.application)
  }

  /// The most specific protocol: media before what set it up.
  static func wireProtocol(_ content: ObservedContent, hasStreams: Bool, hasOpaqueMedia: Bool) -> WireProtocol {
    // Media framed over TCP keep no streams.
    if hasStreams || content.contains(.rtp) {
      let secured: ObservedContent = [
        .dtls, .dtlsSRTP, .srtcp, .reflectorHello, .reflectorData, .stunToken4000, .stunType080x, .iceCheck,
      ]
      return content.isDisjoint(with: secured) ? .rtp : .srtp
    }
    if !content.isDisjoint(with: [.reflectorHello, .reflectorLegacy, .reflectorData]) { return .telegramReflector }
    if content.contains(.sip) { return .sip }
    if !content.isDisjoint(with: [.zoomPeer, .zoomHello, .zoomMedia]) { return .zoom }
    if content.contains(.discordFraming) { return .discord }
    if content.contains(.quic) { return .quic }
    if content.contains(.dtls) { return .dtls }
    if content.contains(.turn) { return .turn }
    if content.contains(.stun) { return .stun }
    if !content.isDisjoint(with: [.rtcp, .srtcp]) { return .rtcp }
    if content.contains(.dns) { return .dns }
    if content.contains(.tls) { return .tls }
    if content.contains(.http) { return .http }
    if content.contains(.noiseOpening) { return .whatsappNoise }
    if content.contains(.mtprotoTag) { return .mtproto }
    return .unknown
  }

  static func role(_ content: ObservedContent, hasMedia: Bool, application: Application?) -> Role {
    if hasMedia { return .media }
    let connecting: ObservedContent = [
      .stun, .turn, .reflectorHello, .reflectorLegacy, .dtlsSRTP, .zoomPeer, .zoomHello, .discordFraming, .viberFraming,
      .appleRelay,
    ]
    if !content.isDisjoint(with: connecting) { return .connectivity }
    if content.contains(.sip) { return .signalling }
    if application != nil, content.isDisjoint(with: [.rtcp, .srtcp]) { return .signalling }
    return .other
  }

  private func stunRecord(_ facts: FlowFacts) -> STUNRecord {
    let dialogue = facts.dialogue
    var record = STUNRecord()
    record.requests = dialogues[dialogue].requests
    record.responses = dialogues[dialogue].responses
    record.errors = dialogues[dialogue].errors
    record.indications = dialogues[dialogue].indications
    record.retransmissions = dialogues[dialogue].retransmissions
    record.unanswered = dialogues[dialogue].unanswered
    record.realm = names.text(facts.realm)
    record.software = names.text(facts.software)
    return record
  }

  private func addStreams(_ flow: FlowState, clientSide: UInt8, to records: inout [StreamRecord]) {
    var mayRepeat = false
    forEachStream(of: flow) { index in mayRepeat = mayRepeat || CapTraces.mayRepeat(streams[index]) }
    var all: [MediaStream] = []
    if mayRepeat { forEachStream(of: flow) { all.append(streams[$0]) } }
    // What is assumed of the delay does not hold of media that were late.
    let isLate = lateness(flow, clientSide: clientSide) != nil
    forEachStream(of: flow) { index in
      let stream = streams[index]
      let isRepeat = mayRepeat && CapTraces.isRepeat(stream, all.filter { $0.side == stream.side })
      let clock = stream.finalClock
      let span = stream.last &- stream.first
      records.append(
        StreamRecord(
          ssrc: stream.ssrc, payloadType: stream.payloadType, direction: stream.side == clientSide ? .up : .down,
          packets: UInt64(stream.packets), expected: stream.expected, lost: stream.lost,
          outOfOrder: UInt64(stream.outOfOrder), duplicates: UInt64(stream.duplicates),
          jitter: stream.jitterCount > 0 ? stream.jitterSum / Double(stream.jitterCount) : nil,
          jitterMax: stream.jitterCount > 0 ? stream.jitterMaximum : nil, clockRate: clock == 0 ? nil : clock,
          bitrate: span > 0 ? Int64(Double(stream.bytes) * 8e9 / Double(span)) : nil,
          quality: isLate ? nil : quality(stream, clock: clock), bursts: bursts(stream), isRepeat: isRepeat))
    }
  }

  private func tcpRecord(_ flow: FlowState, clientSide: UInt8) -> TCPRecord {
    let detail = flow.detail
    let reset = tcp[detail].reset
    let isFirst = clientSide == 0
    let first = (tcp[detail].sides.first.retransmissions, UInt32(tcp[detail].sides.first.resets))
    let second = (tcp[detail].sides.second.retransmissions, UInt32(tcp[detail].sides.second.resets))
    let ends = (ConnectionEnd(tcp[detail].sides.first), ConnectionEnd(tcp[detail].sides.second))
    let handshake = tcp[detail].handshakeMicroseconds
    var stage: ConnectionStage?
    var signature: (client: StageSignature?, server: StageSignature?) = (nil, nil)
    if reset != FlowState.none || !tcp[detail].isClosed {
      // It ended early. Copied once: three ask.
      let state = tcp[detail]
      let trace = reset == FlowState.none ? nil : resets[reset]
      stage = Resets.stage(state, trace)
      signature = signatures(flow, state, trace, Int(clientSide))
    }
    return TCPRecord(
      state: ConnectionState.word(client: isFirst ? ends.0 : ends.1, server: isFirst ? ends.1 : ends.0),
      history: ConnectionHistory(
        tcp[detail].opening.letters(isSwapped: !isFirst), count: Int(tcp[detail].opening.historyCount)),
      synRTT: handshake == 0 ? nil : Double(handshake) / 1000,
      retransmissions: isFirst ? (first.0, second.0) : (second.0, first.0),
      resets: isFirst ? (first.1, second.1) : (second.1, first.1),
      stage: stage, signature: signature)
  }

  private func signatures(
    _ flow: FlowState, _ state: TCPState, _ trace: ResetTrace?, _ client: Int
  ) -> (client: StageSignature?, server: StageSignature?) {
    (
      StageSignatures.signature(of: client, state, trace, last: flow.last, quiet: quiet),
      StageSignatures.signature(of: 1 - client, state, trace, last: flow.last, quiet: quiet)
    )
  }
}

/// What Zeek's words for a connection ask of one side.
struct ConnectionEnd {
  let sent: TCPSide.Sent
  let payload: UInt32

  @inline(always)
  init(_ side: TCPSide) {
    sent = side.sent
    payload = side.payload
  }
}

/// Zeek's conn_state words (scripts/base/protocols/conn of the Zeek documentation).
enum ConnectionState {
  private enum End {
    case inactive, synSent, synACKSent, partial, established, closed, reset
  }

  static func word(client: ConnectionEnd, server: ConnectionEnd) -> StaticString {
    let clientEnd = end(client, peer: server)
    let serverEnd = end(server, peer: client)
    let clientInactive = clientEnd == .inactive || clientEnd == .partial
    let serverInactive = serverEnd == .inactive || serverEnd == .partial
    if serverEnd == .reset {
      if clientEnd == .synSent || clientEnd == .synACKSent
        || (clientEnd == .reset && client.payload == 0 && server.payload == 0 && !server.sent.contains(.synACK))
      {
        return "REJ"
      }
      return clientInactive && !client.sent.contains(.syn) && !client.sent.contains(.ack) ? "RSTRH" : "RSTR"
    }
    if clientEnd == .reset {
      return serverInactive && !server.sent.contains(.synACK) && !server.sent.contains(.ack) ? "RSTOS0" : "RSTO"
    }
    if clientEnd == .closed, serverEnd == .closed { return "SF" }
    if clientEnd == .closed { return serverEnd == .inactive ? "SH" : "S2" }
    if serverEnd == .closed { return clientEnd == .inactive ? "SHR" : "S3" }
    if clientEnd == .synSent, serverEnd == .inactive { return "S0" }
    if clientEnd == .established, serverEnd == .established { return "S1" }
    return "OTH"
  }

  private static func end(_ side: ConnectionEnd, peer: ConnectionEnd) -> End {
    if side.sent.contains(.rst) { return .reset }
    if side.sent.contains(.fin) { return .closed }
    if side.sent.contains(.syn) {
      return side.sent.contains(.ack) && peer.sent.contains(.synACK) ? .established : .synSent
    }
    if side.sent.contains(.synACK) { return peer.sent.contains(.ack) ? .established : .synACKSent }
    return side.sent.isEmpty ? .inactive : .partial
  }
}
