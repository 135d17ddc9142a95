extension ObservedContent {
  /// What each bit says, for lists of rules. A test holds it complete.
  static let meanings: [(bit: ObservedContent, text: StaticString)] = [
    (.stun, "STUN message (RFC 8489, 5389 or 3489)"),
    (.turn, "TURN method (RFC 8656)"),
    (.channelData, "TURN ChannelData after a TURN exchange"),
    (.dtls, "DTLS record"),
    (.dtlsData, "DTLS application data or an encrypted record of epoch 1 and later"),
    (.dtlsSRTP, "DTLS use_srtp extension (RFC 5764)"),
    (.rtp, "RTP, confirmed by several packets of one SSRC"),
    (.rtcp, "RTCP whose compound packet is in clear"),
    (.srtcp, "RTCP whose first header alone is in clear: SRTCP"),
    (.quic, "QUIC long header"),
    (.dns, "DNS message"),
    (.tls, "TLS record"),
    (.http, "HTTP request or response line"),
    (.sip, "SIP start line"),
    (.sipRegister, "SIP REGISTER"),
    (.iceCheck, "ICE connectivity check: Binding request with USERNAME"),
    (.stunToken4000, "STUN Allocate with attribute 0x4000"),
    (.stunClock4002, "STUN attribute 0x4002: a clock in milliseconds"),
    (.stunType080x, "STUN types 0x0800 to 0x0805"),
    (.noiseOpening, "chat opening WA or ED"),
    (.reflectorHello, "40-byte reflector hello with the constant query id 123"),
    (.reflectorData, "24-byte reflector data header with its length"),
    (.reflectorLegacy, "Reflector words of the first generation (peer tag, twelve FF, known word)"),
    (.mtprotoTag, "MTProto transport tag at the start of a TCP stream"),
    (.extensionDEBE, "RTP header extension profile 0xDEBE"),
    (.bareIntegrityCheck, "44-byte Binding request with MESSAGE-INTEGRITY alone"),
    (.zoomSTUN, "Zoom's STUN without a cookie, with its constant or the answer to it"),
    (.zoomPeer, "Zoom's opening between peers: ten constant bytes"),
    (.zoomHello, "Zoom's hello to a media server, its id echoed"),
    (.zoomMedia, "RTP behind Zoom's media headers, confirmed"),
    (.zoomUser, "ICE user names that are two UUIDs"),
    (.discordFraming, "Discord's address discovery or keep-alive"),
    (.viberFraming, "Viber's datagrams, an id echoed by the other side"),
    (.viberStream, "Viber's frames over TCP, both ways"),
    (.edgeRay, "ICE user name of Meta's edge relays"),
    (.meetUser, "ICE user names as Google's media servers hand them out"),
    (.microsoftSTUN, "STUN attributes of MS-TURN and MS-ICE2"),
    (.appleRelay, "STUN-like relay messages of FaceTime"),
    (.lineCall, "LINE's call opening"),
    (.extension0240, "RTP header extension profile 0x0240"),
    (.imoProbe, "IMO's probe of 1,224 bytes"),
    (.hangUp, "DTLS alert, or TURN Refresh with lifetime 0, or RTCP BYE: somebody hung up"),
  ]

  /// What its bits say.
  public var meaning: String {
    Self.meanings.filter { contains($0.bit) }.map { "\($0.text)" }.joined(separator: " and ")
  }
}
