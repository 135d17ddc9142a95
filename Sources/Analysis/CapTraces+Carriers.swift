internal import Detection
internal import Verdict

/// What else a client's flows carried.
extension CapTraces {
  /// All directions of some clients' flows that carried media or segments one by one. What `around` has of them already is
  /// taken from there.
  static func carriers(
    _ flows: FlowList, _ connections: [TracedConnection], of clients: Set<IPAddress>, _ around: Surroundings,
    _ room: inout PassageRoom
  ) -> [Carrier] {
    var list: [Carrier] = []
    for position in 0..<flows.count {
      guard flows.places[position].marks.contains(.media), clients.contains(flows.client(position)) else { continue }
      let outline = flows[position]
      let known = around.lossyCall(outline.firstFrame)?.passages
      for (known, side, direction) in [
        (known?.client, outline.clientSide, Direction.up), (known?.server, 1 - outline.clientSide, .down),
      ] {
        let found =
          known
          ?? flows.analyzers[outline.shard].media(outline, side, fewest: 0) { room.take($0, of: outline.client) }
        guard let passage = found else { continue }
        list.append(
          Carrier(
            key: outline.firstFrame, client: outline.client, server: outline.server, port: outline.serverPort,
            transport: .udp, direction: direction, passage: passage))
      }
    }
    list += untraced(flows, of: clients)
    for connection in connections where clients.contains(connection.client) {
      var carrier = Carrier(
        key: connection.key, client: connection.client, server: connection.server, port: connection.port,
        transport: .tcp, direction: connection.isFromClient ? .up : .down, passage: connection.passage)
      carrier.untraced = connection.untraced
      list.append(carrier)
    }
    return list.filter { !room.crowded.contains($0.client) }
  }

  /// Bytes of datagrams that are no RTP, as a download's over QUIC or a tunnel's: how much, and from when to when.
  private static func untraced(_ flows: FlowList, of clients: Set<IPAddress>) -> [Carrier] {
    var list: [Carrier] = []
    for position in 0..<flows.count {
      guard !flows.places[position].marks.contains(.media), clients.contains(flows.client(position)) else { continue }
      let outline = flows[position]
      guard !outline.isTCP else { continue }
      for (bytes, direction) in [(outline.bytes.client, Direction.up), (outline.bytes.server, .down)]
      where bytes >= leastUntraced {
        var carrier = Carrier(
          key: outline.firstFrame, client: outline.client, server: outline.server, port: outline.serverPort,
          transport: .udp, direction: direction, passage: Passage(start: outline.first, offers: [], delays: []))
        carrier.untraced = Carrier.Untraced(
          Double(bytes), in: TimeWindow(first: outline.first, last: outline.last))
        list.append(carrier)
      }
    }
    return list
  }

  /// Bytes below which datagrams change nothing.
  private static let leastUntraced: UInt64 = 100_000
}
