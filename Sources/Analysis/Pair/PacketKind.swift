internal import Verdict
internal import Wire

/// What a datagram is of, by its first byte (RFC 7983 section 7) and STUN's magic cookie; also behind the header of a TURN channel.
enum PacketKind: UInt8, BitwiseCopyable, Sendable {
  /// A STUN request.
  case request
  /// A STUN response, success or error.
  case response
  /// A STUN indication: what it carries is not looked at.
  case indication
  /// A DTLS record.
  case dtls
  /// Anything else, as media are; all of TCP.
  case other

  /// The kind of what begins with these bytes, and a digest of a STUN message's transaction id, 0 where there is none.
  static func tell(_ bytes: Span<UInt8>) -> (PacketKind, UInt32) {
    // RFC 8656 section 12.4: a channel's number and the length of what follows.
    let start = bytes.count > 4 && (0x40...0x4F).contains(bytes[0]) ? 4 : 0
    if (20...63).contains(bytes[start]) { return (.dtls, 0) }
    guard bytes[start] < 4, bytes.count >= start + 8, bytes.uint32(at: start + 4) == 0x2112_A442 else {
      return (.other, 0)
    }
    var digest = Digest(4)
    if bytes.count >= start + 20 {
      for place in [8, 12, 16] { digest.add(UInt64(bytes.uint32(at: start + place))) }
    }
    let transaction = bytes.count >= start + 20 ? max(1, UInt32(truncatingIfNeeded: digest.value)) : 0
    // RFC 8489 section 5: the class is in bits 4 and 8 of the type.
    switch bytes.uint16(at: start) & 0x0110 {
    case 0: return (.request, transaction)
    case 0x0010: return (.indication, 0)
    default: return (.response, transaction)
    }
  }

  /// A packet of the layer that a verdict is about.
  func isOf(_ scope: Scope) -> Bool {
    switch scope {
    case .dtls: self == .dtls
    case .media: self == .other
    case .quic: true
    }
  }
}
