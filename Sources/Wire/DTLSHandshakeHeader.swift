// RFC 6347 section 4.2.2: the handshake message header; RFC 8446 section 4: the types.

/// TLS and DTLS handshake messages.
public struct TLSHandshakeType: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
  /// Number on the wire.
  public let rawValue: UInt8

  /// From the wire.
  @inlinable @inline(always)
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// ClientHello.
  @inlinable public static var clientHello: TLSHandshakeType { TLSHandshakeType(rawValue: 1) }
  /// ServerHello.
  @inlinable public static var serverHello: TLSHandshakeType { TLSHandshakeType(rawValue: 2) }
  /// HelloVerifyRequest: DTLS 1.2's cookie.
  @inlinable public static var helloVerifyRequest: TLSHandshakeType { TLSHandshakeType(rawValue: 3) }
  /// Certificate.
  @inlinable public static var certificate: TLSHandshakeType { TLSHandshakeType(rawValue: 11) }
  /// ServerKeyExchange.
  @inlinable public static var serverKeyExchange: TLSHandshakeType { TLSHandshakeType(rawValue: 12) }
  /// CertificateRequest.
  @inlinable public static var certificateRequest: TLSHandshakeType { TLSHandshakeType(rawValue: 13) }
  /// ServerHelloDone.
  @inlinable public static var serverHelloDone: TLSHandshakeType { TLSHandshakeType(rawValue: 14) }
  /// CertificateVerify.
  @inlinable public static var certificateVerify: TLSHandshakeType { TLSHandshakeType(rawValue: 15) }
  /// ClientKeyExchange.
  @inlinable public static var clientKeyExchange: TLSHandshakeType { TLSHandshakeType(rawValue: 16) }
}

/// Header of a handshake message or of a fragment of one; in clear in epoch 0 only.
public struct DTLSHandshakeHeader: Sendable, BitwiseCopyable {
  /// Bytes of the header.
  public static let size = 12

  /// Message.
  public let type: TLSHandshakeType
  /// Bytes of the whole message.
  public let length: Int
  /// Counts the sender's messages; a retransmission repeats it.
  public let messageSequence: UInt16
  /// Where this fragment starts in the message.
  public let fragmentOffset: Int
  /// Bytes of this fragment.
  public let fragmentLength: Int

  /// Whether the message came in several fragments.
  public var isFragment: Bool { fragmentLength != length }

  /// Reads the header at the start of a record's fragment; nil if it is cut or contradicts itself, as Finished, which
  /// is encrypted, does.
  @inline(always)
  public init?(_ fragment: Span<UInt8>) {
    guard fragment.count >= 12 else { return nil }
    let header = fragment.extracting(0..<12)
    guard header[0] <= 24 else { return nil }
    self.type = TLSHandshakeType(rawValue: header[0])
    self.length = Int(header.uint24(at: 1))
    self.messageSequence = header.uint16(at: 4)
    self.fragmentOffset = Int(header.uint24(at: 6))
    self.fragmentLength = Int(header.uint24(at: 9))
    guard fragmentOffset &+ fragmentLength <= length else { return nil }
  }
}
