internal import Detection
internal import Flow
internal import Settings
internal import Verdict

/// How losses lie within a stream, and what would be heard of it.
extension Analyzer {
  /// The latest packet of a confirmed stream leads by `step` > 1: those between are missing.
  @inline(never)
  mutating func noteLoss(_ stream: UInt32, _ step: Int32) {
    guard streams[stream].isConfirmed(confirmingSteps) else { return }
    if streams[stream].losses == FlowState.none { streams[stream].losses = lossRuns.append(LossRuns()) }
    let missing = UInt32(truncatingIfNeeded: step &- 1)
    lossRuns[streams[stream].losses].note(first: streams[stream].highest &- missing, count: missing)
  }

  /// An estimate for an audio stream; nil for video, unknown clocks and short streams.
  func quality(_ stream: MediaStream, clock: UInt32) -> QualityEstimate? {
    guard clock != 0, clock != 90_000, Int64(stream.packets) >= assumed.packets.integer else { return nil }
    let loss = Double(stream.lost) / Double(max(1, stream.expected))
    return EModel.estimate(
      payloadType: stream.payloadType, loss: loss, burstRatio: burstRatio(stream, loss), assumed)
  }

  /// Mean run of losses against that of random loss, 1 / (1 - share) (G.107 section 7.2); 1 where late packets hide it.
  private func burstRatio(_ stream: MediaStream, _ loss: Double) -> Double {
    guard let runs = runs(of: stream), loss < 1 else { return 1 }
    return max(1, Double(runs.lost) / Double(runs.runs) * (1 - loss))
  }

  /// The stream's losses; nil if it has none, or so many late packets that the two are not told apart.
  func runs(of stream: MediaStream) -> LossRuns? {
    guard stream.losses != FlowState.none, stream.lost > 0 else { return nil }
    let runs = lossRuns[stream.losses]
    return UInt64(stream.outOfOrder) * 4 <= UInt64(runs.lost) ? runs : nil
  }

  /// What the losses of the server's streams do to what its peer hears and sees.
  func heard(_ outline: FlowOutline) -> Set<HeardLoss> {
    guard !outline.isTCP else { return [] }
    var all: [MediaStream] = []
    forEachStream(of: table.flows[outline.index]) { index in
      if streams[index].side != outline.clientSide { all.append(streams[index]) }
    }
    var heard: Set<HeardLoss> = []
    for stream in all where Int64(stream.packets) >= assumed.packets.integer {
      guard !CapTraces.isRetransmission(stream, all) else { continue }
      let share = Double(stream.lost) / Double(max(1, stream.expected))
      if stream.finalClock == 90_000 {
        if share >= assumed.frozenShare.value { heard.insert(.frozenVideo) }
        continue
      }
      guard share >= assumed.heardShare.value, let runs = runs(of: stream) else { continue }
      let pace = Double(stream.last &- stream.first) / 1e6 / Double(max(1, stream.expected))
      let mean = pace * Double(runs.lost) / Double(max(1, runs.runs))
      heard.insert(mean > assumed.concealed.value ? .dropOuts : .metallicVoice)
      // A long hole among single losses is heard as well.
      if pace * Double(runs.longestRun) >= 4 * assumed.concealed.value { heard.insert(.dropOuts) }
    }
    return heard
  }

  /// How a stream's losses lie; nil as for `runs`.
  func bursts(_ stream: MediaStream) -> BurstRecord? {
    guard let runs = runs(of: stream) else { return nil }
    let inside = runs.inBursts
    let expected = stream.expected
    let outside = expected > UInt64(inside.packets) ? expected - UInt64(inside.packets) : 1
    let pace = Double(stream.last &- stream.first) / 1e6 / Double(max(1, expected))
    let hasBursts = inside.count > 0
    return BurstRecord(
      runs: runs.runs, longestRun: runs.longestRun, bursts: inside.count,
      burstDensity: hasBursts ? Double(inside.lost) / Double(max(1, inside.packets)) : nil,
      gapDensity: min(1, Double(runs.lost - inside.lost) / Double(outside)),
      burstDuration: hasBursts && pace > 0 ? pace * Double(inside.packets) / Double(inside.count) : nil,
      gapDuration: hasBursts && pace > 0 ? pace * Double(outside) / Double(inside.count + 1) : nil)
  }
}
