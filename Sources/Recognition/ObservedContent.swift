/// What the bytes of a flow showed, one bit each: cheap to set per packet, judged once per flow.
///
/// A bit states a fact of the wire and belongs to no messenger; which messenger a fact speaks for, and how loudly, is
/// said by the signatures alone.
public struct ObservedContent: OptionSet, Sendable, BitwiseCopyable {
  /// Bits.
  public let rawValue: UInt64

  /// From bits.
  @inline(__always)
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  // Protocols.
  /// STUN message (RFC 8489, 5389 or 3489).
  public static let stun = ObservedContent(rawValue: 1 << 0)
  /// TURN method (RFC 8656).
  public static let turn = ObservedContent(rawValue: 1 << 1)
  /// TURN ChannelData after a TURN exchange.
  public static let channelData = ObservedContent(rawValue: 1 << 2)
  /// DTLS record.
  public static let dtls = ObservedContent(rawValue: 1 << 3)
  /// DTLS application data or an encrypted record of epoch 1 and later.
  public static let dtlsData = ObservedContent(rawValue: 1 << 4)
  /// DTLS use_srtp extension (RFC 5764).
  public static let dtlsSRTP = ObservedContent(rawValue: 1 << 5)
  /// RTP, confirmed by several packets of one SSRC.
  public static let rtp = ObservedContent(rawValue: 1 << 6)
  /// RTCP whose compound packet is in clear.
  public static let rtcp = ObservedContent(rawValue: 1 << 7)
  /// RTCP whose first header alone is in clear: SRTCP.
  public static let srtcp = ObservedContent(rawValue: 1 << 8)
  /// QUIC long header.
  public static let quic = ObservedContent(rawValue: 1 << 9)
  /// DNS message.
  public static let dns = ObservedContent(rawValue: 1 << 10)
  /// TLS record.
  public static let tls = ObservedContent(rawValue: 1 << 11)
  /// HTTP request or response line.
  public static let http = ObservedContent(rawValue: 1 << 12)
  /// SIP start line.
  public static let sip = ObservedContent(rawValue: 1 << 13)
  /// ICE connectivity check: Binding request with USERNAME.
  public static let iceCheck = ObservedContent(rawValue: 1 << 14)

  // Facts that single messengers send.
  /// STUN Allocate with attribute 0x4000.
  public static let stunToken4000 = ObservedContent(rawValue: 1 << 20)
  /// STUN attribute 0x4002: a clock in milliseconds.
  public static let stunClock4002 = ObservedContent(rawValue: 1 << 21)
  /// STUN types 0x0800 to 0x0805.
  public static let stunType080x = ObservedContent(rawValue: 1 << 22)
  /// "WA" or "ED" chat opening.
  public static let noiseOpening = ObservedContent(rawValue: 1 << 23)
  /// 40-byte reflector hello with the constant query id 123.
  public static let reflectorHello = ObservedContent(rawValue: 1 << 24)
  /// 24-byte reflector data header with its length.
  public static let reflectorData = ObservedContent(rawValue: 1 << 25)
  /// Reflector words of the first generation (peer tag, twelve FF, known word).
  public static let reflectorLegacy = ObservedContent(rawValue: 1 << 26)
  /// MTProto transport tag at the start of a TCP stream.
  public static let mtprotoTag = ObservedContent(rawValue: 1 << 27)
  /// RTP header extension profile 0xDEBE.
  public static let extensionDEBE = ObservedContent(rawValue: 1 << 28)
  /// 44-byte Binding request with MESSAGE-INTEGRITY alone.
  public static let bareIntegrityCheck = ObservedContent(rawValue: 1 << 29)

  // Endings.
  /// DTLS alert, or TURN Refresh with lifetime 0, or RTCP BYE: somebody hung up.
  public static let hangUp = ObservedContent(rawValue: 1 << 40)
}
