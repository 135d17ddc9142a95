/// What one walk over a STUN message found, beyond its values.
public struct STUNFlags: OptionSet, Sendable, BitwiseCopyable {
  /// Bits.
  public let rawValue: UInt32

  /// From bits.
  @inline(__always)
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// FINGERPRINT is right: the best proof of STUN that needs no key.
  public static let fingerprintRight = STUNFlags(rawValue: 1 << 0)
  /// FINGERPRINT is wrong: the bytes were changed, or this is not STUN.
  public static let fingerprintWrong = STUNFlags(rawValue: 1 << 1)
  /// MESSAGE-INTEGRITY, SHA-1, is present (not checked: it needs a key).
  public static let messageIntegrity = STUNFlags(rawValue: 1 << 2)
  /// MESSAGE-INTEGRITY-SHA256 is present.
  public static let messageIntegritySHA256 = STUNFlags(rawValue: 1 << 3)
  /// ICE: the pair is nominated.
  public static let useCandidate = STUNFlags(rawValue: 1 << 4)
  /// ICE: the sender controls.
  public static let controlling = STUNFlags(rawValue: 1 << 5)
  /// ICE: the sender is controlled.
  public static let controlled = STUNFlags(rawValue: 1 << 6)
  /// TURN: a transport was asked for; `requestedTransport` says which.
  public static let requestedTransport = STUNFlags(rawValue: 1 << 7)
  /// A PRIORITY was given.
  public static let priority = STUNFlags(rawValue: 1 << 8)
  /// Attributes end exactly where the header says.
  public static let exactWalk = STUNFlags(rawValue: 1 << 9)
  /// Attributes are not padded to four bytes.
  public static let unpadded = STUNFlags(rawValue: 1 << 10)
  /// The datagram goes on after the message (WhatsApp's 0x0801 probe: header 452, datagram 500).
  public static let trailingBytes = STUNFlags(rawValue: 1 << 11)
  /// The capture cut the message.
  public static let truncated = STUNFlags(rawValue: 1 << 12)
  /// The header claims more bytes than there were on the wire.
  public static let overlong = STUNFlags(rawValue: 1 << 13)
  /// An attribute does not fit into the message: the earlier ones stand.
  public static let attributeOverruns = STUNFlags(rawValue: 1 << 14)
  /// Legacy TURN's cookie attribute (MS-TURN) is present and right.
  public static let legacyCookie = STUNFlags(rawValue: 1 << 15)
  /// More unregistered attribute types than the list holds.
  public static let moreUnregistered = STUNFlags(rawValue: 1 << 16)
}
