public import Wire

extension ObservedContent {
  /// What one STUN message shows.
  public init(stun message: STUNMessage) {
    var bits: ObservedContent = .stun
    let header = message.header
    if header.isWhatsApp {
      bits.insert(.stunType080x)
    } else {
      switch header.method {
      case .allocate, .refresh, .send, .data, .createPermission, .channelBind, .connect, .connectionBind,
        .connectionAttempt:
        bits.insert(.turn)
      case .binding:
        if header.messageClass == .request {
          if message.username != nil {
            bits.insert(.iceCheck)
          } else if header.length == 24, message.flags.contains(.messageIntegrity) {
            bits.insert(.bareIntegrityCheck)
          }
        }
      default: break
      }
    }
    if message.whatsAppToken != nil, header.method == .allocate { bits.insert(.stunToken4000) }
    if message.whatsAppTime != nil { bits.insert(.stunClock4002) }
    self = bits
  }
}
