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
    // MS-TURN 2.2.2 and MS-ICE2 3.1: MS-VERSION, CANDIDATE-IDENTIFIER, its answer, IMPLEMENTATION-VERSION, MS-SERVICE-QUALITY
    // and their like.
    if message.unregisteredCount > 0,
      message.carries(0x8008) || message.carries(0x8054) || message.carries(0x8055) || message.carries(0x8070)
        || message.carries(0x8095)
    {
      bits.insert(.microsoftSTUN)
    }
    self = bits
  }
}

extension ObservedContent {
  /// What an ICE user name's form shows.
  @inlinable
  public init(_ form: ICEUserForm) {
    switch form {
    case .plain: self = []
    case .meet: self = .meetUser
    case .zoom: self = .zoomUser
    case .edgeRay: self = .edgeRay
    }
  }
}
