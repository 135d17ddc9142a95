internal import Flow
internal import Recognition
internal import Wire

/// The first packet of a flow.
extension Analyzer {
  /// The app that PCAPdroid names in the trailer of a flow's first frame, or its user.
  mutating func notePhoneApp(_ flow: UInt32, _ block: Span<UInt8>, _ frame: FrameInfo) {
    if frame.user >= 0 {
      phoneUsers[flow] = frame.user
    } else if !phoneUsers.isEmpty {
      phoneUsers[flow] = nil
    }
    if let trailer = PhoneTrailer(block, frame) {
      phoneApps[flow] = names.intern(block.extracting(trailer.name))
    } else if !phoneApps.isEmpty {
      // The record of an evicted flow is used again.
      phoneApps[flow] = nil
    }
  }

  mutating func startFlow(_ match: FlowMatch, _ frame: FrameInfo, isTCP: Bool) {
    // An evicted flow leaves its transport's record, to this flow or to a later one; its streams and facts are lost room,
    // which the eviction count bounds.
    let old = table.recycled
    table.recycled = nil
    if keepsBins { bins.begin(match.index) }
    let before = match.previous == FlowState.none ? FlowState.none : table.flows[match.previous].detail
    if isTCP {
      var state = TCPState(firstFrame: frame.number)
      if before != FlowState.none, table.flows[match.previous].isTCP { state.ordinal = tcp[before].ordinal &+ 1 }
      if let old, !old.isTCP { spareUDP.append(old.detail) }
      if let spare = old.flatMap({ $0.isTCP ? $0.detail : nil }) ?? spareTCP.popLast() {
        tcp[spare] = state
        table.flows[match.index].detail = spare
      } else {
        table.flows[match.index].detail = tcp.append(state)
      }
    } else {
      var state = UDPState(firstFrame: frame.number)
      if before != FlowState.none, !table.flows[match.previous].isTCP {
        state.ordinal = udp[before].ordinal &+ 1
        let packets = table.flows[match.previous].packets
        state.wasAnswered = udp[before].wasAnswered || packets.0 > 0 && packets.1 > 0
      }
      if let old, old.isTCP { spareTCP.append(old.detail) }
      if let spare = old.flatMap({ $0.isTCP ? nil : $0.detail }) ?? spareUDP.popLast() {
        udp[spare] = state
        table.flows[match.index].detail = spare
      } else {
        table.flows[match.index].detail = udp.append(state)
      }
    }
  }
}
