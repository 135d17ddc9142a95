internal import Detection
internal import Flow

/// Where a flow's media are kept.
extension Analyzer {
  /// Shows the confirmed streams of a UDP flow, by their index.
  @inline(always)
  func forEachStream(of flow: FlowState, _ body: (UInt32) -> Void) {
    var index = udp[flow.detail].streams
    while index != FlowState.none {
      let stream = index
      index = streams[index].following
      if streams[stream].isConfirmed(confirmingSteps) { body(stream) }
    }
  }

  /// Index of the records of a flow's media beside RTP; nil if none were counted.
  @inline(always)
  func sealedRecords(_ fact: FlowFacts) -> UInt32? {
    guard fact.media != FlowState.none else { return nil }
    let index = mediaFacts[fact.media].sealed
    return index == FlowState.none ? nil : index
  }

  /// It carried a call's media that are not RTP.
  func hasOpaqueMedia(_ fact: FlowFacts) -> Bool {
    fact.hasOpaqueMedia || sealedRecords(fact).map { sealed[$0].isPaced } ?? false
  }

  /// Records of a call's media that are not RTP; nil if there are none.
  func opaqueMedia(_ fact: FlowFacts) -> UInt32? { hasOpaqueMedia(fact) ? sealedRecords(fact) : nil }

  /// RTP of both sides, summed over confirmed streams.
  func media(_ flow: FlowState, _ clientSide: Int) -> (client: MediaObservation, server: MediaObservation) {
    var client = MediaObservation()
    var server = MediaObservation()
    var isLossy = false
    forEachStream(of: flow) { index in
      if Int(streams[index].side) == clientSide { client.add(streams[index]) } else { server.add(streams[index]) }
      if streams[index].lost >= leastLosses { isLossy = true }
    }
    if isLossy { noteWorst(of: flow, clientSide, &client, &server) }
    if flow.facts != FlowState.none, facts[flow.facts].media != FlowState.none {
      client.add(mediaFacts[facts[flow.facts].media].unfollowed[clientSide])
      server.add(mediaFacts[facts[flow.facts].media].unfollowed[1 - clientSide])
    }
    return (client, server)
  }

  /// A picture's many packets hide what a voice beside it lost.
  @inline(never)
  private func noteWorst(
    of flow: FlowState, _ clientSide: Int, _ client: inout MediaObservation, _ server: inout MediaObservation
  ) {
    var all: [MediaStream] = []
    forEachStream(of: flow) { all.append(streams[$0]) }
    for stream in all where stream.lost > 0 {
      let siblings = all.filter { $0.side == stream.side }
      if CapTraces.isRetransmission(stream, siblings) {
        if Int(stream.side) == clientSide { client.note(repeats: stream) } else { server.note(repeats: stream) }
        continue
      }
      guard stream.lost >= leastLosses else { continue }
      let burst = runs(of: stream)?.worstBurst ?? (0, 0)
      if Int(stream.side) == clientSide {
        client.note(lossy: stream, burst)
      } else {
        server.note(lossy: stream, burst)
      }
    }
  }

  /// What was said on a flow, without hang-ups behind which its sender's media went on.
  func settled(_ index: UInt32, of flow: FlowState) -> Dialogue {
    var dialogue = dialogues[index]
    guard dialogue.hangUp != .max, !flow.isTCP else { return dialogue }
    var last: (Int64, Int64) = (.min, .min)
    forEachStream(of: flow) { index in
      if streams[index].side == 0 {
        last.0 = max(last.0, streams[index].last)
      } else {
        last.1 = max(last.1, streams[index].last)
      }
    }
    if let records = opaqueMedia(facts[flow.facts]) {
      last = (max(last.0, sealed[records].first.last), max(last.1, sealed[records].second.last))
    }
    dialogue.settleHangUp(last, margin: afterHangUp)
    return dialogue
  }
}

extension MediaObservation {
  fileprivate mutating func note(repeats stream: MediaStream) {
    repeats.lost += stream.lost
    repeats.expected += stream.expected
  }

  fileprivate mutating func note(lossy stream: MediaStream, _ burst: (lost: UInt32, packets: UInt32)) {
    if UInt64(burst.lost) > stretch.lost {
      let pace = Double(stream.last &- stream.first) / Double(max(1, stream.expected))
      stretch = (UInt64(burst.lost), UInt64(burst.packets), Int64(pace * Double(burst.packets)))
    }
    // Share against share, without division.
    if stream.lost * max(1, worst.expected) > worst.lost * stream.expected { worst = (stream.lost, stream.expected) }
  }

  fileprivate mutating func add(_ stream: MediaStream) {
    packets += UInt64(stream.packets)
    expected += stream.expected
    lost += stream.lost
    late += UInt64(stream.outOfOrder)
    if stream.isFromNearby { nearby += UInt64(stream.packets) }
    if stream.isUntouched { untouched += UInt64(stream.packets) }
    first = min(first, stream.first)
    last = max(last, stream.last)
  }

  /// Sources that are not followed: of a side whose streams are, for anything may look like RTP once.
  fileprivate mutating func add(_ unfollowed: MediaFacts.Unfollowed) {
    guard unfollowed.packets > 0, packets > 0 else { return }
    self.unfollowed = UInt64(unfollowed.packets)
    last = max(last, unfollowed.last)
  }
}
