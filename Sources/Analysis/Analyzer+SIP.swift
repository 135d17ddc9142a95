internal import Flow
internal import Recognition
internal import Verdict
internal import Wire

/// SIP: which calls, where their media go, how they end.
extension Analyzer {
  /// Takes a message in, over UDP or TCP.
  mutating func takeSIP(_ message: SIPMessage, _ payload: Span<UInt8>, _ flow: UInt32, _ side: Int, _ time: Int64) {
    note(.sip, flow)
    let opens = message.method == .invite
    let dialog: Int?
    if let id = message.callID, id.upperBound <= payload.count {
      dialog = dialogs.find(TieHash.of(payload.extracting(id)), flow: flow, side: side, time: time, opens: opens)
    } else {
      // Cut by the snapshot length: one call after the other on a flow.
      dialog = dialogs.findNameless(flow: flow, side: side, time: time, opens: opens)
    }
    if let dialog {
      dialogs.update(dialog) { known in
        known.last = max(known.last, time)
        known.note(flow: flow)
        Self.follow(message, &known, flow, side, time)
      }
    }
    if message.method == .bye {
      let dialogue = dialogue(of: flow)
      dialogues[dialogue].noteHangUp(side: UInt8(side), time: time)
    }
    learnMedia(payload, dialog, time)
  }

  /// Counts what a registrar owes answers to: REGISTER, and what whoever registers with it asks it for besides. Every request
  /// but ACK is repeated until a response comes (RFC 3261 section 17.1). What is sent to a phone or a trunk, which may be
  /// switched off, is no trial, nor is CANCEL, whose INVITE is. Of what providers ignore at their choice, as OPTIONS and NOTIFY that
  /// keep a mapping open, or a SUBSCRIBE for what they do not offer, a method counts once it was answered.
  mutating func tally(_ message: SIPMessage, _ datagram: Datagram) {
    let side = UInt8(datagram.side)
    if message.method == .register {
      let dialogue = dialogue(of: datagram.flow)
      if dialogues[dialogue].asker == 2 { dialogues[dialogue].asker = side }
      if dialogues[dialogue].asker == side { dialogues[dialogue].noteRegister(hasCredentials: message.hasCredentials) }
      facts[facts(of: datagram.flow)].content.insert(.sipRegister)
    }
    let fact = facts(of: datagram.flow)
    guard facts[fact].content.contains(.sipRegister), facts[fact].dialogue != FlowState.none else { return }
    let dialogue = facts[fact].dialogue
    switch message.method {
    case .ack, .cancel: return
    case nil:
      guard dialogues[dialogue].asker != side else { return }
      dialogues[dialogue].server.answer(time: datagram.time)
      if let method = message.answers { dialogues[dialogue].noteAnswered(method) }
    case let method?:
      guard dialogues[dialogue].asker == side else { return }
      switch method {
      case .register, .invite, .bye: break
      default: guard dialogues[dialogue].hasAnswered(method) else { return }
      }
      dialogues[dialogue].server.ask(time: datagram.time, frame: datagram.place, width: bin)
    }
  }

  private static func follow(
    _ message: SIPMessage, _ dialog: inout SIPDialog, _ flow: UInt32, _ side: Int, _ time: Int64
  ) {
    switch message.method {
    case .invite: dialog.invites += 1
    case .bye: dialog.noteBye(time, flow: flow, side: side)
    // Of a call that rings in several places the others are cancelled when one answers.
    case .cancel: dialog.noteBranchEnd(time, flow: flow, side: side)
    default: break
    }
    guard let status = message.statusCode else { return }
    if status > 100 { dialog.responses += 1 }
    // What a CANCEL or an OPTIONS within the call got says nothing of the call. Cut by the snapshot length, it may be an INVITE's.
    guard message.answers ?? .invite == .invite else { return }
    switch status {
    case 200..<300: dialog.noteAnswer(time, isSure: message.answers != nil)
    // Asked for credentials, for another form or another time: the caller goes on (RFC 3261 section 21.4).
    case 401, 407, 408, 422, 481, 491, 494: break
    case 400..<700: dialog.noteBranchEnd(time, flow: flow, side: side)
    default: break
    }
  }

  /// Where a session description wants media.
  private mutating func learnMedia(_ message: Span<UInt8>, _ dialog: Int?, _ time: Int64) {
    var lines = SessionDescription()
    while let media = lines.next(in: message) {
      guard let address = Self.address(message.extracting(media.address)) else { continue }
      described.note(address, media.port, media.direction, time: time)
      guard let dialog else { continue }
      dialogs.update(dialog) { known in
        known.note(media: TieHash.of(address, port: media.port))
        // RTCP is one port above (RFC 3550 section 11).
        if media.port < .max { known.note(media: TieHash.of(address, port: media.port + 1)) }
      }
    }
  }

  /// An address as text; dotted decimal, which nearly all are, byte by byte.
  private static func address(_ text: Span<UInt8>) -> IPAddress? {
    var bits: UInt32 = 0
    var octet: UInt32 = 0
    var digits = 0
    var dots = 0
    for index in 0..<text.count {
      switch text[index] {
      case 0x30...0x39 where digits < 3:
        octet = octet * 10 + UInt32(text[index] - 0x30)
        digits += 1
      case 0x2E where digits > 0 && octet < 256 && dots < 3:
        bits = bits << 8 | octet
        octet = 0
        digits = 0
        dots += 1
      default:
        var bytes: [UInt8] = []
        for place in 0..<min(text.count, 45) { bytes.append(text[place]) }
        return IPAddress(String(decoding: bytes, as: UTF8.self))
      }
    }
    return dots == 3 && digits > 0 && octet < 256 ? IPAddress(v4: bits << 8 | octet) : nil
  }
}
