// RFC 8446 section 4.1.2 and RFC 6347 section 4.2.1: ClientHello; with a cookie for DTLS.

/// What a ClientHello's body says, TLS or DTLS, read as far as its bytes go.
struct HelloBody {
  /// legacy_version.
  var version: UInt16 = 0
  /// Bytes of legacy_session_id.
  var sessionIDLength = 0
  /// Bytes of the DTLS cookie.
  var cookieLength = 0
  /// Cipher suites offered.
  var cipherCount = 0
  /// server_name's host name.
  var serverName: Range<Int>?
  /// First ALPN protocol.
  var firstProtocol: Range<Int>?
  /// First SRTP protection profile of use_srtp; nil without the extension.
  var srtpProfile: UInt16?
  /// supported_versions lists TLS 1.3 or DTLS 1.3.
  var offers13 = false
  /// encrypted_client_hello is present in its outer form.
  var hasECH = false
  /// Whether the walk reached the end that the lengths announce.
  var isComplete = false

  /// Reads the body from `start` to its announced `end`; nil if its first fields make no hello. `hello` may end early.
  /// What it offers is left in `offer`.
  init?(_ hello: Span<UInt8>, start: Int, end: Int, isDTLS: Bool, offer: inout HelloOffer) {
    offer.isComplete = false
    guard start &+ 35 <= hello.count, start &+ 35 <= end else { return nil }
    version = hello.extracting(start..<(start &+ 2)).uint16(at: 0)
    guard version >> 8 == (isDTLS ? 0xFE : 0x03) else { return nil }
    offer.begin(version: version)
    var offset = start &+ 34
    sessionIDLength = Int(hello[offset])
    guard sessionIDLength <= 32 else { return nil }
    offset &+= 1 &+ sessionIDLength
    if isDTLS {
      guard offset < hello.count else { return }
      cookieLength = Int(hello[offset])
      offset &+= 1 &+ cookieLength
    }
    guard offset &+ 2 <= hello.count else { return }
    let cipherBytes = Int(hello.extracting(offset..<(offset &+ 2)).uint16(at: 0))
    offset &+= 2 &+ cipherBytes
    guard offset <= end, cipherBytes & 1 == 0, cipherBytes > 0 else { return nil }
    cipherCount = cipherBytes / 2
    offer.take(ciphers: (offset &- cipherBytes)..<offset, in: hello)
    guard offset < hello.count else { return }
    offset &+= 1 &+ Int(hello[offset])
    // A hello of old may end here, without extensions.
    guard offset != end else {
      isComplete = true
      offer.isComplete = true
      return
    }
    guard offset &+ 2 <= hello.count else { return }
    let extensionsEnd = offset &+ 2 &+ Int(hello.extracting(offset..<(offset &+ 2)).uint16(at: 0))
    guard extensionsEnd <= end else { return nil }
    readExtensions(hello, start: offset &+ 2, end: extensionsEnd, isDTLS: isDTLS, offer: &offer)
    isComplete = extensionsEnd <= hello.count
    offer.isComplete = isComplete
  }

  private mutating func readExtensions(
    _ hello: Span<UInt8>, start: Int, end: Int, isDTLS: Bool, offer: inout HelloOffer
  ) {
    var extensions = TLSExtensions(start: start, end: end)
    while let (type, data) = extensions.next(in: hello) {
      offer.take(type, data, in: hello)
      switch type {
      case TLSExtensions.serverName: serverName = TLSExtensions.hostName(data, in: hello)
      case TLSExtensions.protocols: firstProtocol = TLSExtensions.firstProtocol(data, in: hello)
      case TLSExtensions.supportedVersions:
        offers13 = TLSExtensions.lists(isDTLS ? 0xFEFC : 0x0304, data, in: hello)
      // ECHClientHelloType: 0 is the outer hello, the one that is sent in clear (draft-ietf-tls-esni section 5).
      case TLSExtensions.encryptedClientHello: hasECH = data.count > 0 && hello[data.lowerBound] == 0
      case TLSExtensions.useSRTP:
        srtpProfile =
          data.count >= 4 ? hello.extracting((data.lowerBound &+ 2)..<(data.lowerBound &+ 4)).uint16(at: 0) : 0
      default: break
      }
    }
  }
}
