// core.telegram.org/mtproto/mtproto-transports: the first bytes that a client sends.

/// How MTProto is framed on a TCP stream, as far as it shows; a TCP reflector opens like `intermediate`.
public enum MTProtoTransport: UInt8, Sendable, BitwiseCopyable {
  /// 0xEF, then a length in words; one byte and a length are a weak sign.
  case abridged
  /// EE EE EE EE, then lengths.
  case intermediate
  /// DD DD DD DD, then lengths; packets padded at random.
  case paddedIntermediate

  /// Reads the transport at the start of a client's stream; intermediate lengths must make sense if captured.
  public init?(_ stream: Span<UInt8>) {
    guard stream.count >= 4 else { return nil }
    let word = stream.extracting(0..<4).uint32(at: 0)
    switch word {
    case 0xEEEE_EEEE, 0xDDDD_DDDD:
      if stream.count >= 8 {
        let length = stream.extracting(4..<8).uint32(at: 0).byteSwapped
        // The top bit asks for a quick acknowledgment.
        guard length & 0x7FFF_FFFF > 0, length & 0x7FFF_FFFF <= 1 << 24 else { return nil }
      }
      self = word == 0xEEEE_EEEE ? .intermediate : .paddedIntermediate
    default:
      guard stream[0] == 0xEF else { return nil }
      // 1...126 words in one byte, or 127 and three bytes, little-endian; the top bit as above. A first message is
      // short (the key exchange starts with 40 bytes): its segment holds it whole.
      let words = Int(stream[1] & 0x7F)
      guard words > 0, words == 127 || 2 &+ words &* 4 <= stream.count else { return nil }
      self = .abridged
    }
  }

  /// Whether a client's first bytes keep the rules of the obfuscated transport: 64 bytes at random that look like no
  /// other transport, HTTP or TLS. Nothing can tell them from other random bytes: never a proof.
  public static func couldBeObfuscated(_ stream: Span<UInt8>) -> Bool {
    guard stream.count >= 64 else { return false }
    let head = stream.extracting(0..<8)
    guard head[0] != 0xEF, head.uint32(at: 4) != 0 else { return false }
    switch head.uint32(at: 0) {
    case ascii("H", "E", "A", "D"), ascii("P", "O", "S", "T"), ascii("G", "E", "T", " "), ascii("O", "P", "T", "I"),
      0xEEEE_EEEE, 0xDDDD_DDDD, 0x1603_0102:
      return false
    default: return true
    }
  }
}
