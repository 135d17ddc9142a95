internal import Settings

/// What a snapshot length leaves of a flow's datagrams.
extension Soundness {
  /// Payload bytes that the capture kept of a flow's datagrams, if those say too little of them and most are longer; media that
  /// were recognized all the same are known by their numbers. nil where it kept enough.
  static func keptTooLittle(_ flow: FlowObservation, _ known: Circumstances) -> Int64? {
    guard let room = known.around.room, flow.media.client.packets == 0, flow.media.server.packets == 0 else {
      return nil
    }
    let kept = max(0, room &- flow.datagramHeaders)
    let packets = Int64(clamping: flow.packets.client &+ flow.packets.server)
    let bytes = Int64(clamping: flow.bytes.client &+ flow.bytes.server)
    let most = (kept &+ flow.datagramHeaders) &* packets
    guard kept < known.thresholds.power.payload.integer, bytes > most else { return nil }
    return kept
  }
}
