extension STUNMessage {
  /// Long-term credentials as they appear in clear (RFC 8489 §9.2).
  public struct Credentials: Sendable {
    /// USERNAME.
    public var user: String
    /// REALM.
    public var realm: String
    /// NONCE.
    public var nonce: [UInt8]

    /// Credentials for a realm.
    public init(user: String, realm: String, nonce: [UInt8]) {
      self.user = user
      self.realm = realm
      self.nonce = nonce
    }
  }

  /// An Allocate request for UDP; the first one carries no credentials.
  public static func allocate(
    transaction: [UInt8], credentials: Credentials?, generator: inout SeededGenerator
  ) -> [UInt8] {
    var request = STUNMessage(Kind.allocateRequest, transaction: transaction)
    request.append(0x0019, [17, 0, 0, 0])
    request.append(credentials, generator: &generator)
    return request.bytes()
  }

  /// A Refresh request; a lifetime of 0 gives the allocation back.
  public static func refresh(
    lifetime: UInt32, transaction: [UInt8], credentials: Credentials, generator: inout SeededGenerator
  ) -> [UInt8] {
    var request = STUNMessage(Kind.refreshRequest, transaction: transaction)
    var value: [UInt8] = []
    value.append32(lifetime)
    request.append(0x000D, value)
    request.append(credentials, generator: &generator)
    return request.bytes()
  }

  /// A CreatePermission request.
  public static func createPermission(
    peer: SocketAddress, transaction: [UInt8], credentials: Credentials, generator: inout SeededGenerator
  ) -> [UInt8] {
    var request = STUNMessage(Kind.createPermissionRequest, transaction: transaction)
    request.append(0x0012, xored: peer)
    request.append(credentials, generator: &generator)
    return request.bytes()
  }

  /// A ChannelBind request.
  public static func channelBind(
    channel: UInt16, peer: SocketAddress, transaction: [UInt8], credentials: Credentials,
    generator: inout SeededGenerator
  ) -> [UInt8] {
    var request = STUNMessage(Kind.channelBindRequest, transaction: transaction)
    request.append(0x000C, [UInt8(channel >> 8), UInt8(channel & 0xFF), 0, 0])
    request.append(0x0012, xored: peer)
    request.append(credentials, generator: &generator)
    return request.bytes()
  }

  /// Data for a peer through the relay (Send), or from one (Data).
  public static func indication(
    _ type: UInt16, peer: SocketAddress, data: [UInt8], transaction: [UInt8]
  ) -> [UInt8] {
    var message = STUNMessage(type, transaction: transaction)
    message.append(0x0012, xored: peer)
    message.append(0x0013, data)
    return message.bytes()
  }

  /// ChannelData over UDP: no padding (RFC 8656 §12.5).
  public static func channelData(_ channel: UInt16, _ data: [UInt8]) -> [UInt8] {
    var message: [UInt8] = []
    message.append16(Int(channel))
    message.append16(data.count)
    return message + data
  }

  /// The 401 that asks for credentials; not a failure.
  public static func unauthorized(to request: [UInt8], realm: String, nonce: [UInt8], software: String) -> [UInt8] {
    var answer = STUNMessage(UInt16(request.read16(at: 0)) | 0x0110, transaction: transaction(of: request))
    answer.append(error: 401, reason: "Unauthorized")
    answer.append(0x0015, nonce)
    answer.append(0x0014, Array(realm.utf8))
    answer.append(0x8022, Array(software.utf8))
    return answer.bytes(fingerprint: true)
  }

  /// An error answer to any request.
  public static func failure(to request: [UInt8], code: Int, reason: String, generator: inout SeededGenerator)
    -> [UInt8]
  {
    var answer = STUNMessage(UInt16(request.read16(at: 0)) | 0x0110, transaction: transaction(of: request))
    answer.append(error: code, reason: reason)
    answer.append(0x8022, Array("None".utf8))
    answer.append(0x0008, generator.bytes(20))
    return answer.bytes()
  }

  /// The success answer to any TURN request, with the addresses of an Allocate if given.
  public static func success(
    to request: [UInt8], relayed: SocketAddress? = nil, mapped: SocketAddress? = nil, lifetime: UInt32? = nil,
    generator: inout SeededGenerator
  ) -> [UInt8] {
    var answer = STUNMessage(UInt16(request.read16(at: 0)) | 0x0100, transaction: transaction(of: request))
    if let relayed { answer.append(0x0016, xored: relayed) }
    if let mapped { answer.append(0x0020, xored: mapped) }
    if let lifetime {
      var value: [UInt8] = []
      value.append32(lifetime)
      answer.append(0x000D, value)
    }
    answer.append(0x8022, Array("None".utf8))
    answer.append(0x0008, generator.bytes(20))
    return answer.bytes(fingerprint: true)
  }

  private mutating func append(_ credentials: Credentials?, generator: inout SeededGenerator) {
    guard let credentials else { return }
    append(0x0006, Array(credentials.user.utf8))
    append(0x0014, Array(credentials.realm.utf8))
    append(0x0015, credentials.nonce)
    append(0x0008, generator.bytes(20))
  }
}
