// RFC 8489 section 5: the STUN message header; RFC 3489 section 11.1: the same without a cookie.

/// What a STUN message is: the two class bits C1 C0 of its type (RFC 8489 section 5).
public enum STUNClass: UInt8, Sendable, BitwiseCopyable {
  case request = 0
  case indication = 1
  case success = 2
  case error = 3
}

/// A STUN method, the twelve bits of the type that are not class bits.
public struct STUNMethod: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
  /// Number in the IANA registry.
  public let rawValue: UInt16

  /// From a number of the registry.
  @inlinable @inline(__always)
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Binding: ICE checks and address discovery.
  @inlinable public static var binding: STUNMethod { STUNMethod(rawValue: 0x001) }
  /// Shared secret, RFC 3489 only.
  @inlinable public static var sharedSecret: STUNMethod { STUNMethod(rawValue: 0x002) }
  /// TURN: asks for a relayed address.
  @inlinable public static var allocate: STUNMethod { STUNMethod(rawValue: 0x003) }
  /// TURN: extends an allocation; lifetime 0 gives it back.
  @inlinable public static var refresh: STUNMethod { STUNMethod(rawValue: 0x004) }
  /// TURN: data to a peer.
  @inlinable public static var send: STUNMethod { STUNMethod(rawValue: 0x006) }
  /// TURN: data from a peer.
  @inlinable public static var data: STUNMethod { STUNMethod(rawValue: 0x007) }
  /// TURN: lets a peer in.
  @inlinable public static var createPermission: STUNMethod { STUNMethod(rawValue: 0x008) }
  /// TURN: gives a peer a channel number.
  @inlinable public static var channelBind: STUNMethod { STUNMethod(rawValue: 0x009) }
  /// TURN over TCP (RFC 6062): opens a peer connection.
  @inlinable public static var connect: STUNMethod { STUNMethod(rawValue: 0x00A) }
  /// TURN over TCP: joins a data connection to a peer connection.
  @inlinable public static var connectionBind: STUNMethod { STUNMethod(rawValue: 0x00B) }
  /// TURN over TCP: a peer has connected.
  @inlinable public static var connectionAttempt: STUNMethod { STUNMethod(rawValue: 0x00C) }
  /// libwebrtc's short check in place of repeated Binding requests.
  @inlinable public static var googPing: STUNMethod { STUNMethod(rawValue: 0x080) }
}

/// The 20 bytes before a STUN message's attributes, as claimed; a cheap look that proves little without the cookie.
public struct STUNHeader: Sendable, BitwiseCopyable {
  /// Bytes of the header.
  public static let size = 20
  /// Magic cookie of RFC 5389 and later.
  public static let cookie: UInt32 = 0x2112_A442

  /// The first two bytes.
  public let type: UInt16
  /// Bytes after the header, as the header claims.
  public let length: Int
  /// Whether bytes 4...7 are the magic cookie.
  public let hasCookie: Bool
  /// Transaction id, upper part: bytes 8...11, or without a cookie bytes 4...11.
  public let transactionHigh: UInt64
  /// Transaction id, lower part: bytes 12...19.
  public let transactionLow: UInt64

  /// Reads a header if `message` could start with one: 20 bytes, and a first byte of 0...3 (RFC 7983) or WhatsApp's 8
  /// with a type that it uses and the cookie (0x0800...0x0805 in `stun_wa_call`, `wa_voice`).
  @inline(__always)
  public init?(_ message: Span<UInt8>) {
    guard message.count >= 20 else { return nil }
    let header = message.extracting(0..<20)
    let type = header.uint16(at: 0)
    let hasCookie = header.uint32(at: 4) == STUNHeader.cookie
    guard type < 0x0400 || (hasCookie && STUNHeader.isWhatsApp(type)) else { return nil }
    self.type = type
    self.length = Int(header.uint16(at: 2))
    self.hasCookie = hasCookie
    self.transactionHigh = hasCookie ? UInt64(header.uint32(at: 8)) : header.uint64(at: 4)
    self.transactionLow = header.uint64(at: 12)
  }

  /// Method: the type without its class bits.
  public var method: STUNMethod {
    STUNMethod(rawValue: (type & 0x000F) | (type & 0x00E0) >> 1 | (type & 0x3E00) >> 2)
  }

  /// Class; for WhatsApp's own types (`isWhatsApp`) the bits mean nothing.
  public var messageClass: STUNClass {
    STUNClass(rawValue: UInt8(truncatingIfNeeded: (type & 0x0100) >> 7 | (type & 0x0010) >> 4)) ?? .request
  }

  /// Whether the type is one of WhatsApp's 0x0800...0x0805, which no registry knows.
  public var isWhatsApp: Bool { STUNHeader.isWhatsApp(type) }

  /// Whether the transaction id is twelve characters of the base64 alphabet, as libwebrtc draws them; a hint only.
  public var transactionIsText: Bool {
    guard hasCookie else { return false }
    for shift in 0..<8 where !STUNHeader.isBase64(UInt8(truncatingIfNeeded: transactionLow >> (8 * shift))) {
      return false
    }
    for shift in 0..<4 where !STUNHeader.isBase64(UInt8(truncatingIfNeeded: transactionHigh >> (8 * shift))) {
      return false
    }
    return true
  }

  @inline(__always)
  private static func isWhatsApp(_ type: UInt16) -> Bool { type >= 0x0800 && type <= 0x0805 }

  private static func isBase64(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2F: true
    default: false
    }
  }
}
