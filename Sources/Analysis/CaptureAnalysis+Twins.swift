internal import Flow
internal import Settings

extension CaptureAnalysis {
  /// Packets that the capture holds twice, as far as they are told: TCP segments and RTP packets.
  func twins(_ shards: [Shard]) -> UInt64 {
    var sum: UInt64 = 0
    for shard in shards {
      sum &+= shard.analyzer.hygiene.twins
      for index in 0..<UInt32(truncatingIfNeeded: shard.analyzer.streams.count) {
        sum &+= UInt64(shard.analyzer.streams[index].twins)
      }
    }
    return sum
  }

  /// The capture was taken where packets pass twice: on `any`, or at a mirror port for both directions of a switch.
  func hasTwins(_ hygiene: Hygiene) -> Bool {
    let limits = thresholds.power
    let twins = Double(twins(shards))
    return twins >= limits.twins.value && twins >= limits.twinShare.value * Double(hygiene.frames)
  }
}
