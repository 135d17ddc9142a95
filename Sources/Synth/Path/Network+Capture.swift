extension Network {
  /// Where a capture is taken.
  public enum CapturePoint: Sendable {
    /// At the client: before the up link and after the down link.
    case client
    /// At the servers: after the up link and before the down link, the client behind its public address.
    case far
  }

  /// The frames one capture point saw, in order of time.
  public func frames(at point: CapturePoint = .client, builder: FrameBuilder = FrameBuilder()) -> [SynthFrame] {
    let observations = point == .client ? nearObservations : farObservations
    return observations.map {
      builder.frame(
        point == .client ? $0.packet : translated($0.packet), at: epoch + $0.time, timeToLive: $0.timeToLive,
        outgoing: $0.outgoing)
    }
  }

  /// What the client's router makes of a packet: the public address, also inside a quoted IPv4 header.
  private func translated(_ packet: SynthPacket) -> SynthPacket {
    var result = packet
    if result.source == client.address { result.source = publicAddress }
    if result.destination == client.address { result.destination = publicAddress }
    let own = client.address.bytes
    if case .icmp(let type, let code, let rest, var body) = result.transport, own.count == 4, body.count >= 20 {
      for offset in [12, 16] where Array(body[offset..<(offset + 4)]) == own {
        body.replaceSubrange(offset..<(offset + 4), with: publicAddress.bytes)
      }
      body.set16(0, at: 10)
      body.set16(Int(Checksum.finish(Checksum.sum(Array(body[0..<20])))), at: 10)
      result.transport = .icmp(type: type, code: code, rest: rest, body: body)
    }
    return result
  }
}
