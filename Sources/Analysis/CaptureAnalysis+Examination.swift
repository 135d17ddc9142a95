internal import Detection
internal import Flow
internal import Recognition
internal import Settings
internal import Verdict
internal import Wire

/// What is asked of all flows together before any of them is judged.
extension CaptureAnalysis {
  /// Connections whose resets may be somebody else's, how the paths looked between their ends, and who was refused.
  func lookAtResets(_ flows: FlowList, _ losses: CaptureLosses?, _ around: inout Surroundings) -> Set<Int> {
    let alone = FlowJudge(
      analyzers: flows.analyzers, known: Circumstances(around, thresholds, losses: losses), reflectorPorts: [])
    var reset: Set<Int> = []
    for position in 0..<flows.count {
      let place = flows.places[position]
      guard place.marks.contains(.reset) else { continue }
      let isRefused = alone.isRefused(place)
      if alone.mayAccuse(place) { reset.insert(position) } else if !isRefused { continue }
      let ends = flows.analyzers[Int(place.shard)].ends(place)
      if isRefused { flows.analyzers[Int(place.shard)].showRefusal(place, to: &around.refusals, thresholds.reset) }
      around.paths.ask(client: ends.client, server: ends.server)
    }
    guard !around.paths.isEmpty else { return reset }
    for place in flows.places { flows.analyzers[Int(place.shard)].show(place, to: &around.paths) }
    return reset
  }

  /// Looks at everything that may show a cap, first alone and then beside the rest of its client's; first frames of the
  /// flows that may be capped.
  func examineCaps(
    _ flows: FlowList, _ losses: CaptureLosses?, _ around: inout Surroundings
  ) -> Set<UInt64> {
    OtherPaths.find(flows, in: &around, thresholds)
    OtherPaths.findRecords(flows, in: &around, least: UInt64(max(1, thresholds.power.losses.integer)))
    var room = PassageRoom(offers)
    let calls = CapTraces.calls(flows, losses: losses, thresholds, &room)
    let connections = CapTraces.connections(flows, &room)
    around.lossyCalls = calls.filter { !room.crowded.contains($0.client) }
    around.sharedBuckets = SharedBuckets.examine(around.lossyCalls, thresholds)
    around.connectionCaps = ConnectionCaps.examine(connections, thresholds)
    around.missedShare = CaptureLoss.missedShare(connections, thresholds)
    // Of a connection's two directions the one that carried more.
    var carried: [UInt64: Int] = [:]
    for connection in connections where connection.passage.offers.count > carried[connection.key] ?? 0 {
      carried[connection.key] = connection.passage.offers.count
      around.phases[connection.key] = TransferPhases(connection, thresholds)
    }
    if !around.lossyCalls.isEmpty || !around.connectionCaps.isEmpty {
      around.carriers = CapTraces.carriers(
        flows, connections,
        of: Set(around.lossyCalls.map(\.client))
          .union(connections.filter { around.connectionCaps[$0.key] != nil }.map(\.client)), around, &room)
    }
    if !room.crowded.isEmpty {
      around.crowded = room.crowded
      around.lossyCalls.removeAll { room.crowded.contains($0.client) }
      for connection in connections where room.crowded.contains(connection.client) {
        around.connectionCaps[connection.key] = nil
      }
    }
    around.lateTrips = CapTraces.lateTrips(flows, of: Set(around.lossyCalls.map(\.client)))
    around.examinedCaps = around.lossyCalls.count + around.connectionCaps.count
    return Set(around.lossyCalls.map(\.key)).union(around.connectionCaps.keys)
  }
}
