public import Verdict

extension NDJSONWriter {
  /// Writes a `flow` line of the capture written last.
  public mutating func append(_ flow: FlowRecord) {
    line.literal(Piece.flowID)
    line.hex16(flow.id)
    line.literal(Piece.communityID)
    line.communityID(flow.communityID)
    line.literal(Piece.captureName)
    line.again(capture)
    switch flow.transport {
    case .udp: line.literal(Piece.udpClient)
    case .tcp: line.literal(Piece.tcpClient)
    }
    end(flow.client)
    line.literal(Piece.server)
    end(flow.server)
    line.literal(Piece.first)
    line.integer(flow.first)
    line.literal(Piece.last)
    line.integer(flow.last)
    if let kind = kinds.place(of: flow, in: &line) { line.again(kind) } else { FlowKinds.write(flow, to: &line) }
    line.quoted(flow.serverName)
    line.literal(Piece.call)
    id(flow.call)
    if let stun = flow.stun { self.stun(stun) }
    if !flow.streams.isEmpty {
      line.literal(Piece.streams)
      for index in flow.streams.indices {
        if index > 0 { line.byte(0x2C) }
        stream(flow.streams[index])
      }
      line.byte(0x5D)
    }
    if let ja4 = flow.ja4 {
      line.literal(Piece.ja4)
      line.fingerprint(ja4)
      line.byte(0x22)
    }
    if flow.hasOuterHello { line.literal(Piece.outerHello) }
    if let bins = flow.bins { self.bins(bins) }
    if let tcp = flow.tcp { self.tcp(tcp) }
    line.literal(Piece.verdict)
    verdict(flow.verdict)
    line.byte(0x7D)
    if let points = flow.twoPoints { twoPoints(points) }
    if let opaque = flow.opaque { self.opaque(opaque) }
    if let pings = flow.pings { self.pings(pings) }
    if let control = flow.control { self.control(control) }
    if let upstream = flow.upstream { self.upstream(upstream) }
    line.again(rules)
    if flow.isProvisional { line.literal(Piece.provisional) }
    line.literal(Piece.endOfRecord)
  }

  private mutating func end(_ end: EndpointRecord) {
    line.literal(Piece.ip)
    line.address(end.address)
    line.literal(Piece.port)
    line.unsigned(UInt64(end.port))
    line.literal(Piece.packets)
    line.unsigned(end.packets)
    line.literal(Piece.bytes)
    line.unsigned(end.bytes)
    line.byte(0x7D)
  }

  private mutating func stun(_ stun: STUNRecord) {
    line.literal(Piece.stunRequests)
    line.unsigned(UInt64(stun.requests))
    line.literal(Piece.responses)
    line.unsigned(UInt64(stun.responses))
    line.literal(Piece.errors)
    line.unsigned(UInt64(stun.errors))
    line.literal(Piece.indications)
    line.unsigned(UInt64(stun.indications))
    line.literal(Piece.retransmissions)
    line.unsigned(UInt64(stun.retransmissions))
    line.literal(Piece.unanswered)
    line.unsigned(UInt64(stun.unanswered))
    line.literal(Piece.realm)
    line.quoted(stun.realm)
    line.literal(Piece.software)
    line.quoted(stun.software)
    line.byte(0x7D)
  }

  private mutating func stream(_ stream: StreamRecord) {
    line.literal(Piece.ssrc)
    line.unsigned(UInt64(stream.ssrc))
    line.literal(Piece.payloadType)
    line.unsigned(UInt64(stream.payloadType))
    line.literal(Piece.direction)
    line.text(stream.direction.rawValue)
    line.literal(Piece.streamPackets)
    line.unsigned(stream.packets)
    line.literal(Piece.expected)
    line.unsigned(stream.expected)
    line.literal(Piece.lost)
    line.unsigned(stream.lost)
    line.literal(Piece.outOfOrder)
    line.unsigned(stream.outOfOrder)
    line.literal(Piece.duplicates)
    line.unsigned(stream.duplicates)
    line.literal(Piece.jitter)
    decimal(stream.jitter, 3)
    line.literal(Piece.jitterMax)
    decimal(stream.jitterMax, 3)
    line.literal(Piece.clockRate)
    integer(stream.clockRate.map(Int64.init))
    line.literal(Piece.bitrate)
    integer(stream.bitrate)
    line.literal(Piece.meanOpinionScore)
    decimal(stream.mos, 2)
    if let quality = stream.quality { self.quality(quality) }
    if let bursts = stream.bursts { self.bursts(bursts) }
    if stream.isRepeat { line.literal(Piece.repeats) }
    line.byte(0x7D)
  }

  private mutating func tcp(_ tcp: TCPRecord) {
    line.literal(Piece.tcpState)
    line.quoted(tcp.state)
    line.literal(Piece.history)
    line.byte(0x22)
    line.word(tcp.history.words.0, length: min(tcp.history.count, 8))
    line.word(tcp.history.words.1, length: max(tcp.history.count - 8, 0))
    line.byte(0x22)
    line.literal(Piece.synRTT)
    decimal(tcp.synRTT, 3)
    line.literal(Piece.retransmissionsOfClient)
    line.unsigned(UInt64(tcp.retransmissions.client))
    line.literal(Piece.server)
    line.unsigned(UInt64(tcp.retransmissions.server))
    line.literal(Piece.resetsOfClient)
    line.unsigned(UInt64(tcp.resets.client))
    line.literal(Piece.server)
    line.unsigned(UInt64(tcp.resets.server))
    line.literal(Piece.connectionStage)
    word(tcp.stage)
    if tcp.signature.client != nil || tcp.signature.server != nil {
      line.literal(Piece.signatureOfClient)
      word(tcp.signature.client)
      line.literal(Piece.server)
      word(tcp.signature.server)
      line.byte(0x7D)
    }
    line.byte(0x7D)
  }
}
