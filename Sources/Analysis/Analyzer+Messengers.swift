internal import Flow
internal import Recognition
internal import Verdict
internal import Wire

/// Messengers' own framings (METHOD.md W2), asked of datagrams that no standard decoder took, until a flow is decided.
extension Analyzer {
  /// Whether anything was recognized on the flow so far.
  func isKnown(_ flow: UInt32) -> Bool {
    let fact = table.flows[flow].facts
    return fact != FlowState.none && (!facts[fact].content.isEmpty || facts[fact].dialogue != FlowState.none)
  }

  /// True if the datagram is of a messenger's framing.
  mutating func takeMessenger(_ payload: Span<UInt8>, _ datagram: Datagram, _ content: ObservedContent) -> Bool {
    switch payload[0] {
    case 0x0E, 0x0F, 0x89, 0xB6:
      switch CallLookalike(payload, wireLength: datagram.wireLength) {
      case .line: note(.lineCall, datagram.flow)
      case .imo: note(.imoProbe, datagram.flow)
      case .apple: note(.appleRelay, datagram.flow)
      case nil: return payload[0] == 0x0F ? takeZoom(payload, datagram, content) : false
      }
      return true
    case 0x00, 0x13:
      guard let message = DiscordVoice(payload, wireLength: datagram.wireLength) else { break }
      note(.discordFraming, datagram.flow)
      take(message, payload, datagram)
      return true
    case 0x01, 0x02, 0x05, 0x10, 0x1F, 0x21, 0x22:
      if takeZoom(payload, datagram, content) { return true }
    default: break
    }
    if takeGoogleQUIC(payload, datagram) || takeShortHeader(payload, datagram) { return true }
    return takeViber(payload, datagram, content)
  }

  // MARK: Discord

  /// A server tells every client its address and sends back its keep-alives: `discord`, 27 of 27 and 28 of 30. The latter are owed
  /// an answer once one was answered.
  private mutating func take(_ message: DiscordVoice, _ payload: Span<UInt8>, _ datagram: Datagram) {
    let dialogue = dialogue(of: datagram.flow)
    let side = UInt8(datagram.side)
    let isKeepAlive = message == .keepAlive
    // The counter's low bytes come first.
    let number = payload.uint32(at: 4).byteSwapped
    let isEcho = isKeepAlive && matches(.discord, number, datagram)
    // The first that was captured may have been an echo: until one was paired, whoever sends another number asks.
    if dialogues[dialogue].asker == 2 || isKeepAlive && !isEcho && dialogues[dialogue].server.answered == 0 {
      dialogues[dialogue].asker = message == .address ? 1 - side : side
    }
    if isKeepAlive, dialogues[dialogue].asker == side { halve(.discord, number, datagram) }
    if dialogues[dialogue].asker != side {
      dialogues[dialogue].answerUnnamed(time: datagram.time, &roundTrips)
    } else if message == .discovery || message == .keepAlive && dialogues[dialogue].server.answered > 0 {
      dialogues[dialogue].server.ask(time: datagram.time, frame: datagram.place, width: bin)
    }
  }

  // MARK: Zoom

  private mutating func takeZoom(
    _ payload: Span<UInt8>, _ datagram: Datagram, _ content: ObservedContent
  ) -> Bool {
    switch ZoomFrame(payload, wireLength: datagram.wireLength) {
    case .hello(let id):
      halve(.zoom, id, datagram)
      return !content.isEmpty
    case .answer(let id):
      guard matches(.zoom, id, datagram) else { return false }
      note(.zoomHello, datagram.flow)
      return true
    case .peer:
      note(.zoomPeer, datagram.flow)
      return true
    case .media(let offset):
      let inner = datagram.inner(wireLength: datagram.wireLength &- offset)
      guard takeRealTime(payload.extracting(offset..<payload.count), inner) else { return false }
      let fact = table.flows[datagram.flow].facts
      // RTP that was confirmed behind the headers alone: a flow of plain RTP has settled before it comes here.
      if fact != FlowState.none, !content.contains(.rtp), facts[fact].content.contains(.rtp) {
        facts[fact].content.insert(.zoomMedia)
      }
      return true
    case nil: return false
    }
  }

  // MARK: Viber

  private mutating func takeViber(
    _ payload: Span<UInt8>, _ datagram: Datagram, _ content: ObservedContent
  ) -> Bool {
    if content.contains(.viberFraming) { return ViberFrame(payload, wireLength: datagram.wireLength) != nil }
    guard let frame = ViberFrame(payload, wireLength: datagram.wireLength) else { return false }
    let fact = table.flows[datagram.flow].facts
    let id = UInt32(frame.id) << 8
    if fact != FlowState.none {
      let half = facts[fact].half
      if half >> 24 == Half.viber.rawValue << 1 | UInt32(1 - datagram.side), half & 0xFFFF00 == id,
        frame.pairs(with: UInt8(truncatingIfNeeded: half))
      {
        note(.viberFraming, datagram.flow)
        return true
      }
    }
    halve(.viber, id | UInt32(frame.type), datagram)
    return false
  }

  // MARK: Halves

  /// Whose sign waits for its echo.
  private enum Half: UInt32 {
    case zoom = 1
    case viber = 2
    case viberStream = 3
    case shortHeader = 4
    case discord = 5
  }

  /// Keeps one side's half of a sign, 24 bits of it.
  private mutating func halve(_ kind: Half, _ id: UInt32, _ datagram: Datagram) {
    let fact = facts(of: datagram.flow)
    facts[fact].half = (kind.rawValue << 1 | UInt32(datagram.side)) << 24 | id & 0xFF_FFFF
  }

  /// Whether the other side's half is this one.
  private func matches(_ kind: Half, _ id: UInt32, _ datagram: Datagram) -> Bool {
    let fact = table.flows[datagram.flow].facts
    guard fact != FlowState.none else { return false }
    return facts[fact].half == (kind.rawValue << 1 | UInt32(1 - datagram.side)) << 24 | id & 0xFF_FFFF
  }

  /// The half of a Viber stream that `side` opened.
  static func viberHalf(_ side: Int) -> UInt32 { (Half.viberStream.rawValue << 1 | UInt32(side)) << 24 }

  /// Whether the segment answers a Viber stream's opening in kind.
  func isViberAnswer(_ payload: Span<UInt8>, _ flow: UInt32, _ side: Int, _ wireLength: Int) -> Bool {
    let fact = table.flows[flow].facts
    guard fact != FlowState.none, facts[fact].half == Self.viberHalf(1 - side) else { return false }
    return ViberFrame.isSegment(payload, wireLength: wireLength)
  }

  // MARK: QUIC before the IETF's

  /// Google's QUIC with its version in clear.
  mutating func takeGoogleQUIC(_ payload: Span<UInt8>, _ datagram: Datagram) -> Bool {
    guard !datagram.nested, GoogleQUIC(payload) != nil else { return false }
    note(.quic, datagram.flow)
    return true
  }

  /// A connection that began before the capture: at UDP port 443, two packets of one side with the same connection id
  /// of eight bytes behind a short header (RFC 9000 section 17.3.1) or Google's public header without a version.
  private mutating func takeShortHeader(_ payload: Span<UInt8>, _ datagram: Datagram) -> Bool {
    guard !datagram.nested, datagram.ports.source == 443 || datagram.ports.destination == 443, payload.count >= 21,
      payload[0] >> 6 == 1 || payload[0] & 0xCF == 0x0C || payload[0] & 0xCF == 0x08
    else { return false }
    let id = payload.extracting(1..<9).uint64(at: 0)
    // Counters make a difference in their low bytes, and all bytes count here.
    let mixed = UInt32(truncatingIfNeeded: (id &* 0x9E37_79B9_7F4A_7C15) >> 40)
    let wanted = (Half.shortHeader.rawValue << 1 | UInt32(datagram.side)) << 24 | mixed
    let fact = table.flows[datagram.flow].facts
    if fact != FlowState.none {
      if facts[fact].half == wanted {
        note(.quic, datagram.flow)
        return true
      }
      guard facts[fact].half == 0 || facts[fact].half >> 25 == Half.shortHeader.rawValue else { return false }
    }
    halve(.shortHeader, mixed, datagram)
    return false
  }
}
