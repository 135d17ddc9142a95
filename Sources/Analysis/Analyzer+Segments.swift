internal import Flow
internal import Wire

/// Segments of TCP on their way to their flows.
extension Analyzer {
  mutating func takeSegment(_ place: inout BatchedFrame, _ block: Span<UInt8>, _ frame: FrameInfo) {
    let match = table.match(&place.key, &place.packet, hash: place.hash, time: frame.time)
    let index = match.index
    if match.isNew {
      if match.previous != FlowState.none { noteRepeatedSYN(&place.packet, behind: match.previous) }
      startFlow(match, frame, isTCP: true)
      notePhoneApp(index, block, frame)
    }
    let side = Int(match.side)
    let flow = Self.count(&table.flows[index], side, place.packet.ipLength, frame.time)
    if keepsBins { bins.note(index, side: side, elapsed: frame.time &- flow.first, bytes: place.packet.ipLength) }
    let detail = flow.detail
    let flags = place.packet.tcpFlags
    if flags.contains(.rst), takeReset(&place.packet, detail, side, frame) {
      hygiene.twins &+= 1
      return
    }
    if tcp[detail].isCopied(&place.packet, index, side, frame.time, &recent) {
      hygiene.twins &+= 1
      return
    }
    let acknowledged = tcp[detail].sides[side].acknowledged
    let kind = tcp[detail].observe(
      &place.packet, side: side, time: frame.time, flowStart: flow.first, frame: frame.number, reorderWindow: reorder)
    if kind == .twin {
      hygiene.twins &+= 1
      return
    }
    traceSegment(&place.packet, kind, detail, side, frame)
    if flags.contains(.rst) {
      table.flows[index].marks.insert(.closed)
    } else {
      let trace = tcp[detail].reset
      if trace != FlowState.none {
        resets.note(
          kind, hasPayload: place.packet.payloadWireLength > 0,
          progresses: tcp[detail].sides[side].acknowledged != acknowledged, side: side, frame: frame.number,
          time: frame.time, in: trace)
      }
      if flags.contains(.fin), tcp[detail].isClosed { table.flows[index].marks.insert(.closed) }
    }
    if tcp[detail].continuesRecords(at: place.packet.sequence, side: side), place.packet.payloadWireLength > 0,
      !flags.contains(.rst)
    {
      let start = place.packet.payloadStart
      tcp[detail].followRecords(
        block.extracting(start..<(start &+ Int(place.packet.payloadLength))),
        wireLength: Int(place.packet.payloadWireLength), at: place.packet.sequence)
    }
    // While a hello is put together, what fills its holes counts as well.
    if flow.decoder != PayloadDecoder.settled, place.packet.payloadLength > 0,
      kind == .new || flow.decoder == PayloadDecoder.waiting
    {
      let start = place.packet.payloadStart
      let payload = block.extracting(start..<(start &+ Int(place.packet.payloadLength)))
      takeStream(
        payload, flow: index, detail: detail, side: side, sequence: place.packet.sequence, time: frame.time,
        wireLength: Int(place.packet.payloadWireLength))
    }
  }

  /// Notes that the SYN of a flow that was refused came again, as some systems send it.
  mutating func noteRepeatedSYN(_ packet: inout Packet, behind previous: UInt32) {
    guard table.flows[previous].isTCP else { return }
    let detail = table.flows[previous].detail
    let opener = Int(tcp[detail].opener)
    guard opener < 2, tcp[detail].reset != FlowState.none, !tcp[detail].sides[opener].sent.contains(.ack),
      tcp[detail].sides[opener].next == packet.sequence + 1
    else { return }
    tcp[detail].opening.isRepeatedLater = true
  }

  /// Keeps a reset; true if it is the one before, captured once more on a connection whose other packets are as well.
  mutating func takeReset(_ packet: inout Packet, _ detail: UInt32, _ side: Int, _ frame: FrameInfo) -> Bool {
    if tcp[detail].reset == FlowState.none { tcp[detail].reset = resets.open() }
    let segment = tcp[detail].describe(packet, side: side, time: frame.time, frame: frame.number)
    if tcp[detail].sides.first.twins &+ tcp[detail].sides.second.twins >= 2,
      resets.endsWith(segment, in: tcp[detail].reset, window: TCPSide.twinWindow)
    {
      return true
    }
    resets.append(segment, to: tcp[detail].reset)
    return false
  }
}
