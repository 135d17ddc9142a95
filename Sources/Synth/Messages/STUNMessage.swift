/// A STUN message (RFC 8489 §5) under construction, and the little reading that scripted servers need.
public struct STUNMessage: Sendable {
  /// Message types used here; vendor types come in by raw value.
  public enum Kind {
    /// Binding request.
    public static let bindingRequest: UInt16 = 0x0001
    /// Binding success.
    public static let bindingSuccess: UInt16 = 0x0101
    /// TURN Allocate request.
    public static let allocateRequest: UInt16 = 0x0003
    /// TURN Allocate success.
    public static let allocateSuccess: UInt16 = 0x0103
    /// TURN Allocate error.
    public static let allocateError: UInt16 = 0x0113
    /// TURN Refresh request.
    public static let refreshRequest: UInt16 = 0x0004
    /// TURN CreatePermission request.
    public static let createPermissionRequest: UInt16 = 0x0008
    /// TURN ChannelBind request.
    public static let channelBindRequest: UInt16 = 0x0009
    /// TURN Send indication.
    public static let sendIndication: UInt16 = 0x0016
    /// TURN Data indication.
    public static let dataIndication: UInt16 = 0x0017
  }

  /// Magic cookie (RFC 8489 §5).
  static let cookie: UInt32 = 0x2112_A442

  /// Message type with class and method.
  public var type: UInt16
  /// Transaction id, 12 bytes.
  public var transaction: [UInt8]
  private(set) var attributes: [UInt8] = []

  /// An empty message.
  public init(_ type: UInt16, transaction: [UInt8]) {
    precondition(transaction.count == 12, "a transaction id has twelve bytes")
    self.type = type
    self.transaction = transaction
  }

  /// Adds an attribute, padded to four bytes.
  public mutating func append(_ attribute: UInt16, _ value: [UInt8]) {
    attributes.append16(Int(attribute))
    attributes.append16(value.count)
    attributes += value
    attributes.pad(toMultipleOf: 4)
  }

  /// Adds an address XORed with the cookie and the transaction id (RFC 8489 §14.2).
  public mutating func append(_ attribute: UInt16, xored end: SocketAddress) {
    var mask: [UInt8] = []
    mask.append32(Self.cookie)
    mask += transaction
    var value: [UInt8] = [0, end.address.isVersion6 ? 2 : 1]
    value.append16(Int(end.port ^ 0x2112))
    for (byte, key) in zip(end.address.bytes, mask) { value.append(byte ^ key) }
    append(attribute, value)
  }

  /// Adds an ERROR-CODE attribute (RFC 8489 §14.8).
  public mutating func append(error code: Int, reason: String) {
    append(0x0009, [0, 0, UInt8(code / 100), UInt8(code % 100)] + Array(reason.utf8))
  }

  /// The message; with a fingerprint, the CRC over everything before it (RFC 8489 §14.7).
  public func bytes(fingerprint: Bool = false) -> [UInt8] {
    var message: [UInt8] = []
    message.append16(Int(type))
    message.append16(attributes.count + (fingerprint ? 8 : 0))
    message.append32(Self.cookie)
    message += transaction + attributes
    if fingerprint {
      let sum = Checksum.crc32(message) ^ 0x5354_554E
      message.append16(0x8028)
      message.append16(4)
      message.append32(sum)
    }
    return message
  }

  /// Type of a datagram if it is a STUN message with cookie.
  static func type(of datagram: [UInt8]) -> UInt16? {
    guard datagram.count >= 20, datagram[0] & 0xC0 == 0, Array(datagram[4..<8]) == [0x21, 0x12, 0xA4, 0x42] else {
      return nil
    }
    return UInt16(datagram.read16(at: 0))
  }

  /// Transaction id of a STUN datagram.
  static func transaction(of datagram: [UInt8]) -> [UInt8] { Array(datagram[8..<20]) }

  /// Value of the first attribute of the given type.
  static func attribute(_ wanted: UInt16, in datagram: [UInt8]) -> [UInt8]? {
    var offset = 20
    while offset + 4 <= datagram.count {
      let length = datagram.read16(at: offset + 2)
      guard offset + 4 + length <= datagram.count else { return nil }
      if datagram.read16(at: offset) == Int(wanted) { return Array(datagram[(offset + 4)..<(offset + 4 + length)]) }
      offset += 4 + (length + 3) / 4 * 4
    }
    return nil
  }

  /// IPv4 address and port of an XORed attribute.
  static func xoredAddress(_ wanted: UInt16, in datagram: [UInt8]) -> SocketAddress? {
    guard let value = attribute(wanted, in: datagram), value.count == 8 else { return nil }
    let bits = value[4..<8].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return SocketAddress(.v4(bits ^ cookie), UInt16(value.read16(at: 2)) ^ 0x2112)
  }
}
