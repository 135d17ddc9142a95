// RFC 6347 section 4.2.1 and RFC 9147 section 5.3: the DTLS ClientHello; RFC 5764 section 4.1: use_srtp.

/// A DTLS ClientHello, from its only or its first fragment, as far as that goes.
public struct DTLSClientHello: Equatable, Sendable {
  /// client_version: 0xFEFF or 0xFEFD.
  public let version: UInt16
  /// Bytes of cookie: 0 in a first hello, more in the answer to HelloVerifyRequest.
  public let cookieLength: Int
  /// Cipher suites offered.
  public let cipherCount: Int
  /// Where the server name lies; WebRTC sends none.
  public let serverName: Range<Int>?
  /// Where the first ALPN protocol lies.
  public let firstProtocol: Range<Int>?
  /// First SRTP protection profile; nil without use_srtp, 0 if its list is cut.
  public let srtpProfile: UInt16?
  /// Whether DTLS 1.3 is offered.
  public let offers13: Bool
  /// Whether it carries an encrypted hello, or random bytes that look like one.
  public let hasECH: Bool
  /// Whether the whole message lay in this fragment and was captured: only then does absence mean anything.
  public let isComplete: Bool

  /// Whether keys for SRTP are to be agreed: a call, or a part of one.
  public var hasUseSRTP: Bool { srtpProfile != nil }

  /// Reads the hello at the start of an epoch-0 handshake record's fragment; nil if it is another message, or a later
  /// part.
  public init?(_ fragment: Span<UInt8>) {
    var offer = HelloOffer()
    self.init(fragment, offer: &offer)
  }

  /// The same; what it offers is left in `offer`.
  public init?(_ fragment: Span<UInt8>, offer: inout HelloOffer) {
    offer.isComplete = false
    guard let header = DTLSHandshakeHeader(fragment), header.type == .clientHello, header.fragmentOffset == 0 else {
      return nil
    }
    let captured = Swift.min(fragment.count, DTLSHandshakeHeader.size &+ header.fragmentLength)
    let hello = fragment.extracting(0..<captured)
    let end = DTLSHandshakeHeader.size &+ header.length
    guard let body = HelloBody(hello, start: DTLSHandshakeHeader.size, end: end, isDTLS: true, offer: &offer) else {
      return nil
    }
    self.version = body.version
    self.cookieLength = body.cookieLength
    self.cipherCount = body.cipherCount
    self.serverName = body.serverName
    self.firstProtocol = body.firstProtocol
    self.srtpProfile = body.srtpProfile
    self.offers13 = body.offers13
    self.hasECH = body.hasECH
    self.isComplete = body.isComplete
  }
}
