import Testing

/// Bytes from hex; blanks and line ends are for the reader.
func hex(_ text: String) -> [UInt8] {
  var bytes: [UInt8] = []
  var high: UInt8?
  for character in text.utf8 where character > 0x20 {
    let digit = character <= 0x39 ? character - 0x30 : (character | 0x20) - 0x61 + 10
    if let upper = high {
      bytes.append(upper << 4 | digit)
      high = nil
    } else {
      high = digit
    }
  }
  return bytes
}

/// A run of one byte.
func run(_ byte: UInt8, _ count: Int) -> [UInt8] { [UInt8](repeating: byte, count: count) }

/// Bytes of ASCII text.
func text(_ string: String) -> [UInt8] { [UInt8](string.utf8) }

/// A payload by name, for tests that run over all of them.
struct PayloadVector: Sendable, CustomTestStringConvertible {
  let name: String
  let bytes: [UInt8]

  var testDescription: String { name }

  /// RFC 5769 section 2.1: a request with short-term authentication.
  static let rfc5769Request = hex(
    """
    000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff80290008932ff9b1
    51263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf
    """)
  /// RFC 5769 section 2.2: its IPv4 response.
  static let rfc5769IPv4 = hex(
    """
    0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643000800142b91f599
    fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96
    """)
  /// RFC 5769 section 2.3: its IPv6 response.
  static let rfc5769IPv6 = hex(
    """
    010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000140002a1470113a9faa5d3f179bc25f4b5
    bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c
    """)
  /// RFC 5769 section 2.4: a request with long-term authentication.
  static let rfc5769LongTerm = hex(
    """
    000100602112a44278ad3433c6ad72c029da412e00060012e3839ee38388e383aae38383e382afe382b900000015001c662f2f3439396b39
    353464364f4c33346f4c394653547679363473410014000b6578616d706c652e6f72670000080014f67024656dd64a3e02b8e0712e85c9a2
    8ca89666
    """)
  /// RFC 9001 appendix A.2: header of the client's protected Initial, the rest made up.
  static let quicInitial = hex("c000000001088394c8f03e5157080000449e7b9aec34") + run(0xA5, 1_178)
  /// RFC 9001 appendix A.3: header of the server's Initial, the rest made up.
  static let quicServerInitial = hex("cf000000010008f067a5502a4262b5004075c0d95a48") + run(0x5A, 113)
  /// RFC 9001 appendix A.4: a Retry.
  static let quicRetry = hex("ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba")
  /// A TLS 1.2 server's ServerHello and the beginning of a Certificate of "*.calls.example": version, serial number 5,
  /// empty signature, issuer and validity, a subject of one name.
  static let serverCertificate =
    hex("1603030006 02000002 0303 160303003a 0b000036 000033 000030 302e 302c a003020102 020105 3000 3000 3000")
    + hex("301a 3118 3016 0603550403 0c0f") + text("*.calls.example")
  /// A session description as SIP carries it: one line for all, one of its own, one refused.
  static let sessionDescription = text(
    "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nc=IN IP4 192.0.2.1\r\nm=audio 49170 RTP/AVP 0\r\nm=video 0 RTP/AVP 31\r\n"
      + "m=video 51372 RTP/AVP 99\r\nc=IN IP6 2001:db8::5\r\n")
  /// Zoom's STUN request with its constant (METHOD.md W2.9); the transaction id is made up.
  static let zoomSTUN =
    hex("00010018 00112233445566778899aabbccddeeff 01010014") + text("1234567890123456789") + [0]
  /// An RTCP compound: SR with one block, SDES, BYE.
  static let rtcpCompound = hex(
    """
    81c8000c 00001111 e4000000 80000000 00010000 00000064 00003e80
    00002222 40fffffe 00010005 00000010 aaaabbbb 00008000
    81ca0003 00001111 01046162 63640000
    81cb0001 00001111
    """)
  /// A DTLS 1.2 ClientHello in one fragment: no cookie, use_srtp, supported_versions with DTLS 1.3.
  static let dtlsHello = dtlsRecord(handshake: tlsBody(version: 0xFEFD, cookie: [], extensions: [useSRTP, dtls13]))
  /// A TLS ClientHello in one record.
  static let tlsHello = tlsRecord(
    handshake: tlsBody(version: 0x0303, cookie: nil, extensions: [serverName("Web.Telegram.ORG"), alpn, tls13]))
  /// An answer: `g.example.net` is `chat.cdn.example.net`, which has an A and an AAAA record; names are compressed.
  static let dnsAnswer = hex(
    """
    1234 8180 0001 0003 0000 0000
    0167 07657861 6d706c65 036e6574 00 0001 0001
    c00c 0005 0001 00000e10 000b 04636861 74 0363646e c00e
    c02b 0001 0001 0000003c 0004 c0000201
    c02b 001c 0001 0000003c 0010 20010db8 00000000 00000000 00000001
    """)
  /// A SIP request.
  static let sipInvite = text(
    "INVITE sip:bob@example.org SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1\r\nCall-ID: a84b4c76e66710@192.0.2.1\r\n\r\n")
  /// tgcalls' hello to a reflector.
  static let reflectorHello =
    hex("00112233445566778899aabb deadbeef") + run(0xFF, 12) + hex("feffffff 000000000000007b")
  /// A reflector frame with a Binding request of 20 bytes inside.
  static let reflectorFrame =
    hex("00112233445566778899aabb 00000002 00000001 00000014 000100002112a442") + text("abcdefghijkl")

  static let all: [PayloadVector] = [
    PayloadVector(name: "RFC 5769 request", bytes: rfc5769Request),
    PayloadVector(name: "RFC 5769 IPv4 response", bytes: rfc5769IPv4),
    PayloadVector(name: "RFC 5769 IPv6 response", bytes: rfc5769IPv6),
    PayloadVector(name: "RFC 5769 long-term request", bytes: rfc5769LongTerm),
    PayloadVector(name: "QUIC Initial", bytes: quicInitial),
    PayloadVector(name: "QUIC server Initial", bytes: quicServerInitial),
    PayloadVector(name: "QUIC Retry", bytes: quicRetry),
    PayloadVector(name: "RTCP compound", bytes: rtcpCompound),
    PayloadVector(name: "DTLS hello", bytes: dtlsHello),
    PayloadVector(name: "TLS hello", bytes: tlsHello),
    PayloadVector(name: "DNS answer", bytes: dnsAnswer),
    PayloadVector(name: "SIP INVITE", bytes: sipInvite),
    PayloadVector(name: "HTTP", bytes: text("HTTP/1.1 302 Found\r\nLocation: http://example.org/\r\n\r\n")),
    PayloadVector(name: "server certificate", bytes: serverCertificate),
    PayloadVector(name: "session description", bytes: sessionDescription),
    PayloadVector(name: "Zoom STUN", bytes: zoomSTUN),
    PayloadVector(name: "Discord discovery", bytes: hex("00010046 00001234") + run(0, 66)),
    PayloadVector(name: "reflector hello", bytes: reflectorHello),
    PayloadVector(name: "reflector frame", bytes: reflectorFrame),
    PayloadVector(name: "WhatsApp opening", bytes: hex("45440001 000004 08080502 57410603 0000ee")),
    PayloadVector(name: "WhatsApp envelope", bytes: hex("0902336e01000188 90e1001300120c96772e6aa9 debe0000 01")),
    PayloadVector(name: "MTProto abridged", bytes: hex("ef0a") + run(0x11, 40)),
    PayloadVector(name: "RTP with extension", bytes: hex("90f800010000000012345678debe0000") + run(0x33, 40)),
    PayloadVector(name: "RFC 4571 Binding", bytes: hex("0014 000100002112a442") + text("abcdefghijkl")),
    PayloadVector(name: "ChannelData", bytes: hex("40000005 0102030405 000000")),
    PayloadVector(name: "DTLS 1.3 unified", bytes: hex("2fabcd0020") + run(0x77, 32)),
  ]
}
