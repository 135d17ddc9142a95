internal import Flow
internal import Wire

/// What came through and when, kept for the judges of caps.
extension Analyzer {
  /// A loss of a confirmed stream, or a packet that is due in the passage of its direction. `bytes`: of the direction so
  /// far.
  @inline(never)
  mutating func noteStep(_ stream: UInt32, _ step: Int32, _ time: Int64, _ bytes: UInt64, _ frame: UInt64) {
    if step > 1 { noteLoss(stream, step) }
    if passages.noteNext(&streams[stream], stream, step, time: time, bytes: bytes) { return }
    let due = streams[stream].noteDue
    if step > 1 && due != .max || time >= due { notePassage(stream, step, time, bytes, frame) }
  }

  private mutating func notePassage(
    _ stream: UInt32, _ step: Int32, _ time: Int64, _ bytes: UInt64, _ frame: UInt64
  ) {
    let passage = streams[stream].passage
    guard passage != FlowState.none else { return }
    if streams[stream].twinBytes > 0 {
      passages[passage].twinBytes &+= UInt64(streams[stream].twinBytes)
      streams[stream].twinBytes = 0
    }
    let bytes = bytes &- passages[passage].twinBytes
    chooseDelayStream(stream, passage, time)
    if step > 1 { followDelay(passage, besides: stream, time) }
    if !passages[passage].hasLosses { streams[stream].packetsBefore = streams[stream].packets }
    let transit = passages[passage].delayStream == stream ? Float(streams[stream].leastTransit) : .infinity
    let largest = streams[stream].largest
    streams[stream].leastTransit = .infinity
    streams[stream].largest = 0
    streams[stream].noteDue = passages.note(
      passage, time: time, bytes: bytes, step: step, markers: streams[stream].markers(step),
      stream: streams[stream].place, transit: transit, largest: largest, frame: UInt32(truncatingIfNeeded: frame))
  }

  /// IP bytes of the datagram's direction so far.
  func bytes(_ datagram: Datagram) -> UInt64 {
    datagram.side == 0 ? table.flows[datagram.flow].bytes.0 : table.flows[datagram.flow].bytes.1
  }

  /// The passage of a stream's direction, from the stream's confirmation on.
  mutating func openPassage(_ stream: UInt32, _ datagram: Datagram) {
    var other = udp[datagram.detail].streams
    while other != FlowState.none {
      if streams[other].side == streams[stream].side, streams[other].passage != FlowState.none {
        streams[stream].passage = streams[other].passage
        return
      }
      other = streams[other].following
    }
    streams[stream].passage = passages.begin(at: datagram.time, bytes: bytes(datagram))
  }

  /// A stream's clock has become known: its transit is kept unless a better one's is. Audio is better than video, and a
  /// living stream better than one that ended.
  private mutating func chooseDelayStream(_ stream: UInt32, _ passage: UInt32, _ time: Int64) {
    let chosen = passages[passage].delayStream
    if chosen == stream || streams[stream].jitterCount == 0 { return }
    let isAudio = streams[stream].clockRate != 90_000
    if chosen != FlowState.none, time &- streams[chosen].last < Self.streamPause {
      if !isAudio || passages[passage].delayIsAudio { return }
    }
    passages[passage].delayStream = stream
    passages[passage].delayIsAudio = isAudio
    passages[passage].delaySince = UInt32(clamping: (time &- passages[passage].start) / 10_000)
  }

  /// A stream lost packets: from now on each packet of the one whose transit is kept is noted, not the least of 200 ms. A queue that
  /// fills for a moment has emptied by then.
  private mutating func followDelay(_ passage: UInt32, besides stream: UInt32, _ time: Int64) {
    let chosen = passages[passage].delayStream
    guard chosen != FlowState.none, chosen != stream, streams[chosen].noteDue > time, streams[chosen].noteDue != .max
    else { return }
    streams[chosen].noteDue = time
    streams[chosen].leastTransit = .infinity
  }

  /// A stream without a packet for so long has ended, ns.
  private static var streamPause: Int64 { 3_000_000_000 }

  /// Takes a segment into the trace of its direction, once that carries more than a few; an acknowledgment into the trace
  /// of what it acknowledges.
  @inline(always)
  mutating func traceSegment(
    _ packet: inout Packet, _ kind: SegmentKind, _ detail: UInt32, _ side: Int, _ frame: FrameInfo
  ) {
    let traces = tcp[detail].traces
    if traces == FlowState.none {
      if tcp[detail].sides[side].dataSegments >= SegmentTrace.beginning { tcp[detail].traces = segments.begin() }
      return
    }
    let sender = traces &+ UInt32(side)
    let receiver = traces &+ UInt32(1 &- side)
    if packet.payloadWireLength > 0 {
      segments.note(
        sender, &packet, kind, time: frame.time,
        frame: UInt32(truncatingIfNeeded: frame.number &- tcp[detail].firstFrame))
    }
    if packet.tcpFlags.contains(.ack) { segments.noteAcknowledgment(receiver, &packet, time: frame.time) }
  }
}
