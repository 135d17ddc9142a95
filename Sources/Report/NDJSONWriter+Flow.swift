public import Verdict

extension NDJSONWriter {
  /// Writes a `flow` line of the capture written last.
  public mutating func append(_ flow: FlowRecord) {
    line.literal("{\"record\":\"flow\",\"schema\":1,\"id\":\"")
    line.hex16(flow.id)
    line.literal("\",\"community_id\":\"")
    line.communityID(flow.communityID)
    line.literal("\",\"capture\":")
    line.quoted(path)
    switch flow.transport {
    case .udp: line.literal(",\"transport\":\"udp\",\"client\":")
    case .tcp: line.literal(",\"transport\":\"tcp\",\"client\":")
    }
    end(flow.client)
    line.literal(",\"server\":")
    end(flow.server)
    line.literal(",\"first_ns\":")
    line.integer(flow.first)
    line.literal(",\"last_ns\":")
    line.integer(flow.last)
    line.literal(",\"protocol\":\"")
    line.literal(flow.wireProtocol.rawValue)
    line.literal("\",\"app\":")
    word(flow.application)
    line.literal(",\"app_grade\":")
    word(flow.applicationGrade)
    line.literal(",\"role\":\"")
    line.literal(flow.role.rawValue)
    line.literal("\",\"server_name\":")
    line.quoted(flow.serverName)
    line.literal(",\"call\":")
    id(flow.call)
    if let stun = flow.stun { self.stun(stun) }
    if !flow.streams.isEmpty {
      line.literal(",\"streams\":[")
      for index in flow.streams.indices {
        if index > 0 { line.byte(0x2C) }
        stream(flow.streams[index])
      }
      line.byte(0x5D)
    }
    if let tcp = flow.tcp { self.tcp(tcp) }
    line.literal(",\"verdict\":{")
    verdict(flow.verdict)
    line.literal("}}\n")
  }

  private mutating func end(_ end: EndpointRecord) {
    line.literal("{\"ip\":\"")
    line.address(end.address)
    line.literal("\",\"port\":")
    line.unsigned(UInt64(end.port))
    line.literal(",\"packets\":")
    line.unsigned(end.packets)
    line.literal(",\"bytes\":")
    line.unsigned(end.bytes)
    line.byte(0x7D)
  }

  private mutating func stun(_ stun: STUNRecord) {
    line.literal(",\"stun\":{\"requests\":")
    line.unsigned(UInt64(stun.requests))
    line.literal(",\"responses\":")
    line.unsigned(UInt64(stun.responses))
    line.literal(",\"errors\":")
    line.unsigned(UInt64(stun.errors))
    line.literal(",\"indications\":")
    line.unsigned(UInt64(stun.indications))
    line.literal(",\"retransmissions\":")
    line.unsigned(UInt64(stun.retransmissions))
    line.literal(",\"unanswered\":")
    line.unsigned(UInt64(stun.unanswered))
    line.literal(",\"realm\":")
    line.quoted(stun.realm)
    line.literal(",\"software\":")
    line.quoted(stun.software)
    line.byte(0x7D)
  }

  private mutating func stream(_ stream: StreamRecord) {
    line.literal("{\"ssrc\":")
    line.unsigned(UInt64(stream.ssrc))
    line.literal(",\"payload_type\":")
    line.unsigned(UInt64(stream.payloadType))
    line.literal(",\"direction\":\"")
    line.literal(stream.direction.rawValue)
    line.literal("\",\"packets\":")
    line.unsigned(stream.packets)
    line.literal(",\"expected\":")
    line.unsigned(stream.expected)
    line.literal(",\"lost\":")
    line.unsigned(stream.lost)
    line.literal(",\"out_of_order\":")
    line.unsigned(stream.outOfOrder)
    line.literal(",\"duplicates\":")
    line.unsigned(stream.duplicates)
    line.literal(",\"jitter_ms\":")
    decimal(stream.jitter, 3)
    line.literal(",\"jitter_max_ms\":")
    decimal(stream.jitterMax, 3)
    line.literal(",\"clock_hz\":")
    integer(stream.clockRate.map(Int64.init))
    line.literal(",\"bitrate_bps\":")
    integer(stream.bitrate)
    line.literal(",\"mos\":")
    decimal(stream.mos, 2)
    line.byte(0x7D)
  }

  private mutating func tcp(_ tcp: TCPRecord) {
    line.literal(",\"tcp\":{\"state\":")
    line.quoted(tcp.state)
    line.literal(",\"history\":")
    line.quoted(tcp.history)
    line.literal(",\"syn_rtt_ms\":")
    decimal(tcp.synRTT, 3)
    line.literal(",\"retransmissions\":{\"client\":")
    line.unsigned(UInt64(tcp.retransmissions.client))
    line.literal(",\"server\":")
    line.unsigned(UInt64(tcp.retransmissions.server))
    line.literal("},\"resets\":{\"client\":")
    line.unsigned(UInt64(tcp.resets.client))
    line.literal(",\"server\":")
    line.unsigned(UInt64(tcp.resets.server))
    line.literal("},\"stage\":")
    word(tcp.stage)
    line.byte(0x7D)
  }
}
