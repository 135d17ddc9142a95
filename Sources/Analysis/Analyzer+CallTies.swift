internal import Flow
internal import Verdict
internal import Wire

/// Keeps what ties the flow of a message to others of its call.
extension Analyzer {
  /// Index of the flow's ties, made if there were none.
  mutating func ties(of fact: UInt32) -> UInt32 {
    let index = facts[fact].ties
    if index != FlowState.none { return index }
    let new = ties.append(CallTies())
    facts[fact].ties = new
    return new
  }

  /// What a STUN message from `side` names.
  mutating func tie(_ message: STUNMessage, _ payload: Span<UInt8>, _ fact: UInt32, _ side: Int) {
    switch (message.header.method, message.header.messageClass) {
    case (.binding, .request):
      guard let name = message.username else { return tieBareCheck(message, fact, side) }
      guard name.upperBound <= payload.count else { return }
      let tie = ties(of: fact)
      ties[tie].note(check: Self.transaction(message), from: side)
      var colon = name.lowerBound
      while colon < name.upperBound, payload[colon] != 0x3A { colon &+= 1 }
      // RFC 8445 section 7.2.2: the receiver's fragment, a colon, the sender's. Equal ones are a constant of the app.
      guard colon < name.upperBound else { return }
      let receiver = TieHash.of(payload.extracting(name.lowerBound..<colon))
      let sender = TieHash.of(payload.extracting((colon &+ 1)..<name.upperBound))
      guard receiver != sender else { return }
      ties[tie].note(
        receiver: UInt32(truncatingIfNeeded: receiver), sender: UInt32(truncatingIfNeeded: sender), from: side)
    case (.binding, .success), (.allocate, .success):
      guard message.xorMapped != nil || message.xorRelayed != nil else { return }
      let tie = ties(of: fact)
      if ties[tie].mapped == 0, let mapped = message.xorMapped { ties[tie].mapped = TieHash.of(mapped) }
      if ties[tie].relayed == 0, let relayed = message.xorRelayed { ties[tie].relayed = TieHash.of(relayed) }
    case (.createPermission, .request), (.channelBind, .request):
      if let peer = message.xorPeer {
        let tie = ties(of: fact)
        ties[tie].note(peer: TieHash.of(peer))
        let address =
          peer.family == 4
          ? IPAddress(v4: UInt32(truncatingIfNeeded: peer.address.low))
          : IPAddress(high: peer.address.high, low: peer.address.low)
        if !address.isPrivate {
          ties[tie].note(publicPeer: UInt32(truncatingIfNeeded: TieHash.of(address, port: 0)) | 1)
        }
      }
    case (.allocate, .request):
      if let token = message.whatsAppToken, token.upperBound <= payload.count {
        let tie = ties(of: fact)
        ties[tie].token = TieHash.of(payload.extracting(token))
      }
    default: break
    }
  }

  /// WhatsApp's checks carry no name, but a transaction id.
  private mutating func tieBareCheck(_ message: STUNMessage, _ fact: UInt32, _ side: Int) {
    guard message.header.length == 24, message.flags.contains(.messageIntegrity) else { return }
    let tie = ties(of: fact)
    ties[tie].note(check: Self.transaction(message), from: side)
  }

  private static func transaction(_ message: STUNMessage) -> UInt64 {
    TieHash.mix(message.header.transactionHigh, message.header.transactionLow)
  }

  /// A reflector's tag: the twelve bytes that both generations share between a call's flows.
  mutating func tie(tagHigh: UInt64, tagLow: UInt32, _ fact: UInt32) {
    let tie = ties(of: fact)
    if ties[tie].tag == 0 { ties[tie].tag = TieHash.mix(tagHigh, UInt64(tagLow)) }
  }
}
