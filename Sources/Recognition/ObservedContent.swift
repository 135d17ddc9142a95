/// What the bytes of a flow showed, one bit each: cheap to set per packet, judged once per flow.
///
/// A bit states a fact of the wire and belongs to no messenger; which messenger a fact speaks for, and how loudly, is
/// said by the signatures alone.
public struct ObservedContent: OptionSet, Sendable, BitwiseCopyable {
  /// Bits.
  public let rawValue: UInt64

  /// From bits.
  @inlinable public init(rawValue: UInt64) { self.rawValue = rawValue }

  // Protocols.
  /// STUN message (RFC 8489, 5389 or 3489).
  @inlinable public static var stun: ObservedContent { ObservedContent(rawValue: 1 << 0) }
  /// TURN method (RFC 8656).
  @inlinable public static var turn: ObservedContent { ObservedContent(rawValue: 1 << 1) }
  /// TURN ChannelData after a TURN exchange.
  @inlinable public static var channelData: ObservedContent { ObservedContent(rawValue: 1 << 2) }
  /// DTLS record.
  @inlinable public static var dtls: ObservedContent { ObservedContent(rawValue: 1 << 3) }
  /// DTLS application data or an encrypted record of epoch 1 and later.
  @inlinable public static var dtlsData: ObservedContent { ObservedContent(rawValue: 1 << 4) }
  /// DTLS use_srtp extension (RFC 5764).
  @inlinable public static var dtlsSRTP: ObservedContent { ObservedContent(rawValue: 1 << 5) }
  /// RTP, confirmed by several packets of one SSRC.
  @inlinable public static var rtp: ObservedContent { ObservedContent(rawValue: 1 << 6) }
  /// RTCP whose compound packet is in clear.
  @inlinable public static var rtcp: ObservedContent { ObservedContent(rawValue: 1 << 7) }
  /// RTCP whose first header alone is in clear: SRTCP.
  @inlinable public static var srtcp: ObservedContent { ObservedContent(rawValue: 1 << 8) }
  /// QUIC long header.
  @inlinable public static var quic: ObservedContent { ObservedContent(rawValue: 1 << 9) }
  /// DNS message.
  @inlinable public static var dns: ObservedContent { ObservedContent(rawValue: 1 << 10) }
  /// TLS record.
  @inlinable public static var tls: ObservedContent { ObservedContent(rawValue: 1 << 11) }
  /// HTTP request or response line.
  @inlinable public static var http: ObservedContent { ObservedContent(rawValue: 1 << 12) }
  /// SIP start line.
  @inlinable public static var sip: ObservedContent { ObservedContent(rawValue: 1 << 13) }
  /// ICE connectivity check: Binding request with USERNAME.
  @inlinable public static var iceCheck: ObservedContent { ObservedContent(rawValue: 1 << 14) }

  // Facts that single messengers send.
  /// STUN Allocate with attribute 0x4000.
  @inlinable public static var stunToken4000: ObservedContent { ObservedContent(rawValue: 1 << 20) }
  /// STUN attribute 0x4002: a clock in milliseconds.
  @inlinable public static var stunClock4002: ObservedContent { ObservedContent(rawValue: 1 << 21) }
  /// STUN types 0x0800 to 0x0805.
  @inlinable public static var stunType080x: ObservedContent { ObservedContent(rawValue: 1 << 22) }
  /// "WA" or "ED" chat opening.
  @inlinable public static var noiseOpening: ObservedContent { ObservedContent(rawValue: 1 << 23) }
  /// 40-byte reflector hello with the constant query id 123.
  @inlinable public static var reflectorHello: ObservedContent { ObservedContent(rawValue: 1 << 24) }
  /// 24-byte reflector data header with its length.
  @inlinable public static var reflectorData: ObservedContent { ObservedContent(rawValue: 1 << 25) }
  /// Reflector words of the first generation (peer tag, twelve FF, known word).
  @inlinable public static var reflectorLegacy: ObservedContent { ObservedContent(rawValue: 1 << 26) }
  /// MTProto transport tag at the start of a TCP stream.
  @inlinable public static var mtprotoTag: ObservedContent { ObservedContent(rawValue: 1 << 27) }
  /// RTP header extension profile 0xDEBE.
  @inlinable public static var extensionDEBE: ObservedContent { ObservedContent(rawValue: 1 << 28) }
  /// 44-byte Binding request with MESSAGE-INTEGRITY alone.
  @inlinable public static var bareIntegrityCheck: ObservedContent { ObservedContent(rawValue: 1 << 29) }
  /// Zoom's STUN without a cookie, with its constant or the answer to it.
  @inlinable public static var zoomSTUN: ObservedContent { ObservedContent(rawValue: 1 << 30) }
  /// Zoom's opening between peers: ten constant bytes.
  @inlinable public static var zoomPeer: ObservedContent { ObservedContent(rawValue: 1 << 31) }
  /// Zoom's hello to a media server, its id echoed.
  @inlinable public static var zoomHello: ObservedContent { ObservedContent(rawValue: 1 << 32) }
  /// RTP behind Zoom's media headers, confirmed.
  @inlinable public static var zoomMedia: ObservedContent { ObservedContent(rawValue: 1 << 33) }
  /// ICE user names that are two UUIDs.
  @inlinable public static var zoomUser: ObservedContent { ObservedContent(rawValue: 1 << 34) }
  /// Discord's address discovery or keep-alive.
  @inlinable public static var discordFraming: ObservedContent { ObservedContent(rawValue: 1 << 35) }
  /// Viber's datagrams, an id echoed by the other side.
  @inlinable public static var viberFraming: ObservedContent { ObservedContent(rawValue: 1 << 36) }
  /// Viber's frames over TCP, both ways.
  @inlinable public static var viberStream: ObservedContent { ObservedContent(rawValue: 1 << 37) }
  /// ICE user name of Meta's edge relays.
  @inlinable public static var edgeRay: ObservedContent { ObservedContent(rawValue: 1 << 38) }
  /// ICE user names as Google's media servers hand them out.
  @inlinable public static var meetUser: ObservedContent { ObservedContent(rawValue: 1 << 39) }
  /// STUN attributes of MS-TURN and MS-ICE2.
  @inlinable public static var microsoftSTUN: ObservedContent { ObservedContent(rawValue: 1 << 41) }
  /// STUN-like relay messages of FaceTime.
  @inlinable public static var appleRelay: ObservedContent { ObservedContent(rawValue: 1 << 42) }
  /// LINE's call opening.
  @inlinable public static var lineCall: ObservedContent { ObservedContent(rawValue: 1 << 43) }
  /// RTP header extension profile 0x0240.
  @inlinable public static var extension0240: ObservedContent { ObservedContent(rawValue: 1 << 44) }
  /// IMO's probe of 1,224 bytes.
  @inlinable public static var imoProbe: ObservedContent { ObservedContent(rawValue: 1 << 45) }
  /// A ClientHello with an encrypted one inside, or with random bytes that look like one.
  @inlinable public static var outerHello: ObservedContent { ObservedContent(rawValue: 1 << 46) }
  /// SIP REGISTER.
  @inlinable public static var sipRegister: ObservedContent { ObservedContent(rawValue: 1 << 47) }

  // Endings.
  /// DTLS alert, or TURN Refresh with lifetime 0, or RTCP BYE: somebody hung up.
  @inlinable public static var hangUp: ObservedContent { ObservedContent(rawValue: 1 << 40) }
}
