// RFC 8489 section 14: attributes are type, length, value, padded to four bytes with bytes of any value.

/// Attribute types that decide something here; the registry is longer.
public enum STUNAttribute {
  /// MAPPED-ADDRESS.
  public static let mappedAddress: UInt16 = 0x0001
  /// CHANGE-REQUEST (RFC 3489, RFC 5780 section 7.2): two bits of 32 ask for another address or port.
  public static let changeRequest: UInt16 = 0x0003
  /// USERNAME.
  public static let username: UInt16 = 0x0006
  /// MESSAGE-INTEGRITY (HMAC-SHA1); needs a key to check.
  public static let messageIntegrity: UInt16 = 0x0008
  /// ERROR-CODE.
  public static let errorCode: UInt16 = 0x0009
  /// CHANNEL-NUMBER.
  public static let channelNumber: UInt16 = 0x000C
  /// LIFETIME, seconds.
  public static let lifetime: UInt16 = 0x000D
  /// Legacy TURN's cookie (MS-TURN).
  public static let legacyCookie: UInt16 = 0x000F
  /// XOR-PEER-ADDRESS.
  public static let xorPeerAddress: UInt16 = 0x0012
  /// DATA.
  public static let data: UInt16 = 0x0013
  /// REALM.
  public static let realm: UInt16 = 0x0014
  /// NONCE.
  public static let nonce: UInt16 = 0x0015
  /// XOR-RELAYED-ADDRESS.
  public static let xorRelayedAddress: UInt16 = 0x0016
  /// REQUESTED-TRANSPORT.
  public static let requestedTransport: UInt16 = 0x0019
  /// MESSAGE-INTEGRITY-SHA256.
  public static let messageIntegritySHA256: UInt16 = 0x001C
  /// XOR-MAPPED-ADDRESS.
  public static let xorMappedAddress: UInt16 = 0x0020
  /// PRIORITY.
  public static let priority: UInt16 = 0x0024
  /// USE-CANDIDATE.
  public static let useCandidate: UInt16 = 0x0025
  /// WhatsApp's relay token.
  public static let whatsAppToken: UInt16 = 0x4000
  /// WhatsApp relay's clock: Unix time, ms.
  public static let whatsAppTime: UInt16 = 0x4002
  /// XOR-MAPPED-ADDRESS before it had a number of its own (MS-TURN).
  public static let xorMappedAddressDraft: UInt16 = 0x8020
  /// SOFTWARE.
  public static let software: UInt16 = 0x8022
  /// FINGERPRINT.
  public static let fingerprint: UInt16 = 0x8028
  /// ICE-CONTROLLED.
  public static let iceControlled: UInt16 = 0x8029
  /// ICE-CONTROLLING.
  public static let iceControlling: UInt16 = 0x802A

  /// Whether the IETF registry names the type; the rest says something about the application.
  @inline(__always)
  static func isRegistered(_ type: UInt16) -> Bool {
    switch type {
    // 0x0000 is reserved (RFC 8489 section 18.3.1).
    case 0x0000...0x001A, 0x001C...0x001E, 0x0020...0x0022, 0x0024...0x0026, 0x002A, 0x8000...0x8004,
      0x8020, 0x8022, 0x8023, 0x8025, 0x8027...0x802F:
      true
    default: false
    }
  }
}

/// Where a STUN message's attributes end, and how they were laid out on the way there.
enum STUNWalkEnd: Sendable, BitwiseCopyable {
  /// On the last byte that the header claims.
  case exact
  /// In an attribute that the header's length does not hold.
  case overrun
  /// At the end of the captured bytes, before the message's own.
  case truncated
}

/// Walks a message's attributes in order; ends at the first one that does not fit.
public struct STUNAttributes: Sendable, BitwiseCopyable {
  private var offset = 20
  /// Last byte claimed by the header.
  private let end: Int
  /// Padding added to a length before it is rounded down to a multiple of four; 0 if attributes are not padded.
  private let padded: Bool
  private(set) var state = STUNWalkEnd.truncated

  /// Over `message`, which starts at a STUN header; finds out first whether the attributes are padded.
  ///
  /// MS-TURN (`teams`) does not pad attributes even between others, and WhatsApp's Allocate of 2015 (`wa_voice`) not
  /// its only one: the unpadded reading counts if it alone ends on the length that the header claims.
  public init(_ message: Span<UInt8>) {
    var walk = STUNAttributes(message, padded: true)
    while walk.next(in: message) != nil {}
    if walk.state == .overrun {
      var bare = STUNAttributes(message, padded: false)
      while bare.next(in: message) != nil {}
      self.init(message, padded: bare.state != .exact)
    } else {
      self.init(message, padded: true)
    }
  }

  @inline(__always)
  init(_ message: Span<UInt8>, padded: Bool) {
    self.end = message.count >= 4 ? 20 + Int(message.uint16(at: 2)) : 20
    self.padded = padded
  }

  /// The next attribute; a value cut by the snaplen comes as far as it was captured, and is the last one.
  @inline(__always)
  public mutating func next(in message: Span<UInt8>) -> (type: UInt16, value: Range<Int>)? {
    let start = offset
    guard start < end else {
      state = start == end ? .exact : .overrun
      return nil
    }
    guard start &+ 4 <= end else {
      state = .overrun
      return nil
    }
    guard start &+ 4 <= message.count else {
      state = .truncated
      return nil
    }
    let head = message.extracting(start..<(start &+ 4))
    let length = Int(head.uint16(at: 2))
    let valueEnd = start &+ 4 &+ length
    guard valueEnd <= end else {
      // Not advancing keeps every later call at this answer.
      state = .overrun
      return nil
    }
    let next = padded ? (valueEnd &+ 3) & ~3 : valueEnd
    // The last attribute's padding may be left out (`wa_voice`, packet 1 of each relay flow).
    offset = next > end && valueEnd == end ? valueEnd : next
    return (head.uint16(at: 0), (start &+ 4)..<Swift.min(valueEnd, message.count))
  }
}
