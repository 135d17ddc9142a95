/// What one walk over a STUN message found, beyond its values.
public struct STUNFlags: OptionSet, Sendable, BitwiseCopyable {
  /// Bits.
  public let rawValue: UInt32

  /// From bits.
  @inlinable @inline(always)
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// FINGERPRINT is right: the best proof of STUN that needs no key.
  @inlinable public static var fingerprintRight: STUNFlags { STUNFlags(rawValue: 1 << 0) }
  /// FINGERPRINT is wrong: the bytes were changed, or this is not STUN.
  @inlinable public static var fingerprintWrong: STUNFlags { STUNFlags(rawValue: 1 << 1) }
  /// MESSAGE-INTEGRITY, SHA-1, is present (not checked: it needs a key).
  @inlinable public static var messageIntegrity: STUNFlags { STUNFlags(rawValue: 1 << 2) }
  /// MESSAGE-INTEGRITY-SHA256 is present.
  @inlinable public static var messageIntegritySHA256: STUNFlags { STUNFlags(rawValue: 1 << 3) }
  /// ICE: the pair is nominated.
  @inlinable public static var useCandidate: STUNFlags { STUNFlags(rawValue: 1 << 4) }
  /// ICE: the sender controls.
  @inlinable public static var controlling: STUNFlags { STUNFlags(rawValue: 1 << 5) }
  /// ICE: the sender is controlled.
  @inlinable public static var controlled: STUNFlags { STUNFlags(rawValue: 1 << 6) }
  /// TURN: a transport was asked for; `requestedTransport` says which.
  @inlinable public static var requestedTransport: STUNFlags { STUNFlags(rawValue: 1 << 7) }
  /// A PRIORITY was given.
  @inlinable public static var priority: STUNFlags { STUNFlags(rawValue: 1 << 8) }
  /// Attributes end exactly where the header says.
  @inlinable public static var exactWalk: STUNFlags { STUNFlags(rawValue: 1 << 9) }
  /// Attributes are not padded to four bytes.
  @inlinable public static var unpadded: STUNFlags { STUNFlags(rawValue: 1 << 10) }
  /// The datagram goes on after the message (WhatsApp's 0x0801 probe: header 452, datagram 500).
  @inlinable public static var trailingBytes: STUNFlags { STUNFlags(rawValue: 1 << 11) }
  /// The capture cut the message.
  @inlinable public static var truncated: STUNFlags { STUNFlags(rawValue: 1 << 12) }
  /// The header claims more bytes than there were on the wire.
  @inlinable public static var overlong: STUNFlags { STUNFlags(rawValue: 1 << 13) }
  /// An attribute does not fit into the message: the earlier ones stand.
  @inlinable public static var attributeOverruns: STUNFlags { STUNFlags(rawValue: 1 << 14) }
  /// Legacy TURN's cookie attribute (MS-TURN) is present and right.
  @inlinable public static var legacyCookie: STUNFlags { STUNFlags(rawValue: 1 << 15) }
  /// CHANGE-REQUEST asks for an answer from another address or port than the request went to (RFC 5780 section 7.2).
  @inlinable public static var changeRequest: STUNFlags { STUNFlags(rawValue: 1 << 17) }
  /// More unregistered attribute types than the list holds.
  @inlinable public static var moreUnregistered: STUNFlags { STUNFlags(rawValue: 1 << 16) }
}
