internal import Flow
internal import Recognition
internal import Wire

/// The short way of nearly every packet of a call: the next one of a stream that is known.
extension Analyzer {
  /// A packet of a confirmed stream, mostly the one that its side sent last, in a flow that is known to be RTP; false if it
  /// is anything else, and nothing is counted then. The same as the long way round through `takePayload`, which has
  /// nothing left to decide here.
  ///
  /// Time in ns since the epoch, `frame` by its number. One body and not several: what is passed on between functions
  /// costs as much here as what they do.
  @inline(always)
  mutating func takeSettled(
    _ datagram: inout PlainDatagram, _ flow: UInt32, _ side: UInt8, _ block: Span<UInt8>, _ time: Int64, _ frame: UInt64
  ) -> Bool {
    // A larger one may be several that were put together.
    guard datagram.payloadLength >= 12, datagram.payloadWireLength <= Self.largestSingle else { return false }
    let head = datagram.leading
    let first = UInt8(truncatingIfNeeded: head &>> 56)
    let second = UInt8(truncatingIfNeeded: head &>> 48)
    // A header with sources or an extension is read in full.
    guard RTPHeader.mayBegin(firstByte: first, secondByte: second), first & 0x1F == 0 || Self.isRTP(&datagram, block)
    else { return false }
    let ssrc = datagram.source
    let detail = table.flows[flow].detail
    var stream = udp[detail].stream(of: side)
    if stream == FlowState.none || !streams[stream].isOf(ssrc: ssrc, side: side) {
      stream = otherStream(ssrc, side, detail)
      if stream == FlowState.none { return false }
    }
    let settled = Self.settle(
      &table.flows[flow], &udp[detail], &streams[stream], head, Int(side), datagram.ipLength, time, frame, times,
      maximumStep)
    if keepsBins { bins.note(flow, side: Int(side), elapsed: time &- settled.first, bytes: datagram.ipLength) }
    if settled.isDue { noteStep(stream, settled.step, time, settled.bytes, frame) }
    return true
  }

  /// All that the next packet of a stream changes, in the three records found once.
  @inline(always)
  private static func settle(
    _ flow: inout FlowState, _ state: inout UDPState, _ stream: inout MediaStream, _ head: UInt64, _ side: Int,
    _ bytes: UInt32, _ time: Int64, _ frame: UInt64, _ times: SilenceTimes, _ maximumStep: Int32
  ) -> (step: Int32, isDue: Bool, first: Int64, bytes: UInt64) {
    let second = UInt8(truncatingIfNeeded: head &>> 48)
    let step = stream.observe(
      payloadType: second & 0x7F, marker: second & 0x80 != 0, sequence: UInt16(truncatingIfNeeded: head &>> 32),
      timestamp: UInt32(truncatingIfNeeded: head), time: time, bytes: bytes, maximumStep: maximumStep)
    let isDue = step > 1 || time >= stream.noteDue
    let counted = count(&flow, side, bytes, time)
    state.observe(side: side, time: time, start: counted.first, frame: frame, times)
    return (step, isDue, counted.first, counted.bytes)
  }

  /// Whether a header with sources or an extension fits the packet.
  @inline(always)
  private static func isRTP(_ datagram: inout PlainDatagram, _ block: Span<UInt8>) -> Bool {
    let start = datagram.payloadStart
    return RTPHeader(
      block.extracting(start..<(start &+ Int(datagram.payloadLength))), wireLength: Int(datagram.payloadWireLength))
      != nil
  }

  /// Another confirmed stream of the side, as where voice and pictures share a flow; it is where the next packet is looked
  /// for first. `FlowState.none` if there is none.
  @inline(never)
  private mutating func otherStream(_ ssrc: UInt32, _ side: UInt8, _ detail: UInt32) -> UInt32 {
    var index = udp[detail].streams
    while index != FlowState.none {
      if streams[index].isOf(ssrc: ssrc, side: side), streams[index].isConfirmed(confirmingSteps) {
        udp[detail].sides[Int(side)].stream = index
        return index
      }
      index = streams[index].following
    }
    return index
  }
}
