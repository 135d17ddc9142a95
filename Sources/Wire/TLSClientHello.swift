// RFC 8446 sections 4.1.2 and 5.1: a ClientHello, which may span records; RFC 6066 section 3: server_name.

/// What the start of a byte stream is.
public enum TLSHello: Equatable, Sendable {
  /// No ClientHello.
  case notTLS
  /// A ClientHello as far as seen; `total` bytes of the stream are needed to go on.
  case needMore(total: Int)
  /// A ClientHello.
  case hello(TLSClientHello)
}

/// A TLS ClientHello; read once per flow, so it may allocate.
public struct TLSClientHello: Equatable, Sendable {
  /// Longest handshake message that we put together: the largest seen are 1.8 KB (ML-KEM key shares).
  public static let longestMessage = 16_384

  /// legacy_version, 0x0303 since TLS 1.2.
  public let version: UInt16
  /// Cipher suites offered.
  public let cipherCount: Int
  /// Server name in lower case; nil if there is none or it holds anything but printable ASCII.
  public let serverName: String?
  /// Where the name lies in the stream; nil without a printable name or if the hello spans records.
  public let serverNameRange: Range<Int>?
  /// First ALPN protocol.
  public let firstProtocol: String?
  /// Whether TLS 1.3 is offered.
  public let offersTLS13: Bool
  /// Whether it carries an encrypted hello: `serverName` is then the provider's public name. Clients without a key for
  /// the server send random bytes of the same form (GREASE), and their name is the true one: the bytes do not tell which.
  public let hasECH: Bool
  /// Records that the hello spans.
  public let recordCount: Int
  /// Bytes of the stream from its start to the hello's end.
  public let streamLength: Int
  /// Whether all of it was read; false only for a hello read with `isFinal`.
  public let isComplete: Bool

  /// Reads the ClientHello at the start of `stream`.
  ///
  /// With `isFinal` no more bytes will come (the capture cut them): a hello that has begun is read as far as it goes.
  public static func read(_ stream: Span<UInt8>, isFinal: Bool = false) -> TLSHello {
    var offer = HelloOffer()
    return read(stream, isFinal: isFinal, offer: &offer)
  }

  /// The same; what a hello offers is left in `offer`.
  public static func read(_ stream: Span<UInt8>, isFinal: Bool = false, offer: inout HelloOffer) -> TLSHello {
    guard looksLikeHello(stream) else { return .notTLS }
    guard let record = TLSRecordHeader(stream), stream.count > TLSRecordHeader.size else {
      return isFinal ? .notTLS : .needMore(total: TLSRecordHeader.size + 4)
    }
    let recordEnd = TLSRecordHeader.size + record.length
    if record.length >= 4, stream.count >= TLSRecordHeader.size + 4 {
      let length = Int(stream.extracting(6..<9).uint24(at: 0))
      guard length <= longestMessage else { return .notTLS }
      let end = TLSRecordHeader.size + 4 + length
      if end <= recordEnd {
        guard stream.count >= end || isFinal else { return .needMore(total: end) }
        let hello = stream.extracting(0..<Swift.min(end, stream.count))
        return make(hello, start: 9, end: end, records: 1, streamLength: end, &offer)
      }
    } else if record.length >= 4 {
      return isFinal ? .notTLS : .needMore(total: TLSRecordHeader.size + 4)
    }
    return join(stream, isFinal: isFinal, &offer)
  }

  /// Reads a ClientHello that comes without records, as QUIC's CRYPTO frames carry it (RFC 9001 section 4).
  ///
  /// With `isFinal` a hello that has begun is read as far as it goes.
  public static func read(message: Span<UInt8>, isFinal: Bool = false) -> TLSHello {
    var offer = HelloOffer()
    return read(message: message, isFinal: isFinal, offer: &offer)
  }

  /// The same; what a hello offers is left in `offer`.
  public static func read(message: Span<UInt8>, isFinal: Bool = false, offer: inout HelloOffer) -> TLSHello {
    guard message.count >= 4 else { return isFinal ? .notTLS : .needMore(total: 4) }
    guard message[0] == TLSHandshakeType.clientHello.rawValue else { return .notTLS }
    let end = 4 + Int(message.uint24(at: 1))
    guard end <= longestMessage + 4 else { return .notTLS }
    guard message.count >= end || isFinal else { return .needMore(total: end) }
    return make(
      message.extracting(0..<Swift.min(end, message.count)), start: 4, end: end, records: 1, streamLength: end, &offer)
  }

  /// Puts together a hello that spans records, as clients that evade filters send it.
  private static func join(_ stream: Span<UInt8>, isFinal: Bool, _ offer: inout HelloOffer) -> TLSHello {
    var message: [UInt8] = []
    var needed = 4
    var offset = 0
    var records = 0
    while true {
      guard offset + TLSRecordHeader.size <= stream.count else {
        guard isFinal else { return .needMore(total: offset + TLSRecordHeader.size + 1) }
        return make(message.span, start: 4, end: needed, records: records, streamLength: offset, &offer)
      }
      guard let record = TLSRecordHeader(stream.extracting(offset..<stream.count)), record.contentType == .handshake,
        record.length > 0
      else { return .notTLS }
      records += 1
      let start = offset + TLSRecordHeader.size
      let end = start + record.length
      let captured = Swift.min(end, stream.count)
      for index in start..<captured { message.append(stream[index]) }
      if message.count >= 4 {
        let length = Int(message.span.uint24(at: 1))
        guard message[0] == TLSHandshakeType.clientHello.rawValue, length <= longestMessage else { return .notTLS }
        needed = 4 + length
      }
      if message.count >= needed {
        let surplus = message.count - needed
        message.removeLast(surplus)
        return make(message.span, start: 4, end: needed, records: records, streamLength: captured - surplus, &offer)
      }
      guard captured == end else {
        guard isFinal else { return .needMore(total: Swift.min(end, captured + needed - message.count)) }
        return make(message.span, start: 4, end: needed, records: records, streamLength: captured, &offer)
      }
      offset = end
    }
  }

  private static func make(
    _ hello: Span<UInt8>, start: Int, end: Int, records: Int, streamLength: Int, _ offer: inout HelloOffer
  ) -> TLSHello {
    guard let body = HelloBody(hello, start: start, end: end, isDTLS: false, offer: &offer) else { return .notTLS }
    let name = body.serverName.flatMap { HostName.text(hello.extracting($0)) }
    return .hello(
      TLSClientHello(
        version: body.version, cipherCount: body.cipherCount, serverName: name,
        serverNameRange: records == 1 && name != nil ? body.serverName : nil,
        firstProtocol: body.firstProtocol.flatMap { HostName.printable(hello.extracting($0)) },
        offersTLS13: body.offers13, hasECH: body.hasECH, recordCount: records, streamLength: streamLength,
        isComplete: body.isComplete))
  }

  /// Whether the captured first bytes agree with `16 03 0x .. .. 01 00`, as many as there are.
  private static func looksLikeHello(_ stream: Span<UInt8>) -> Bool {
    if stream.count > 0, stream[0] != TLSContentType.handshake.rawValue { return false }
    if stream.count > 1, stream[1] != 3 { return false }
    if stream.count > 2, stream[2] > 4 { return false }
    if stream.count >= 5, TLSRecordHeader(stream)?.length ?? 0 == 0 { return false }
    if stream.count > 5, stream[5] != TLSHandshakeType.clientHello.rawValue { return false }
    return true
  }
}
