// Zoom's own framing over UDP: Michel et al., "Enabling Passive Measurement of Zoom Performance in Production Networks",
// IMC 2022 (media headers); `zoom`, `zoom2`, `zoom_p2p` (hellos, STUN, peers).

/// What a datagram of Zoom is.
public enum ZoomFrame: Sendable, BitwiseCopyable, Equatable {
  /// Client's hello to a media server; `id` is 24 bits of the random one it carries.
  case hello(id: UInt32)
  /// The server's answer, with the same id.
  case answer(id: UInt32)
  /// Ten constant bytes between peers.
  case peer
  /// RTP or RTCP may begin at `offset`: RTP itself has to say so.
  case media(offset: Int)

  /// Reads a datagram of `wireLength` bytes; nil unless it has one of the forms.
  ///
  /// 1 in 2^16 random datagrams passes for a hello or an answer, and 1 in 2^10 for media: neither says anything alone.
  public init?(_ payload: Span<UInt8>, wireLength: Int) {
    guard payload.count >= 10 else { return nil }
    switch payload[0] {
    case 0x01:
      guard payload.count >= 32, payload[1] == 0, payload[2] == 2 || payload[2] == 3, payload[2] != 0 else {
        return nil
      }
      // Eight bytes of a number that begins at 2 follow the 16 of the id.
      let counter = payload.extracting(19..<27)
      guard counter.uint32(at: 0) == 0, counter.uint32(at: 4) >> 8 == 0 else { return nil }
      self = .hello(id: payload.extracting(3..<6).uint24(at: 0))
    case 0x02:
      guard payload.count >= 23, payload[1] == 0, payload[2] == 1 || payload[2] == 3 else { return nil }
      self = .answer(id: payload.extracting(3..<6).uint24(at: 0))
    case 0x1F:
      let head = payload.extracting(0..<10)
      guard head.uint64(at: 0) == 0x1F02_0100_0800_0100, head.uint16(at: 8) == 0x0400 else { return nil }
      self = .peer
    case 0x05:
      guard let inner = Self.mediaOffset(payload, from: 8) else { return nil }
      self = .media(offset: inner)
    default:
      guard let inner = Self.mediaOffset(payload, from: 0) else { return nil }
      self = .media(offset: inner)
    }
  }

  /// Bytes of the media header by its type: 15 audio, 16 video, 33 and 34 RTCP.
  private static func mediaOffset(_ payload: Span<UInt8>, from start: Int) -> Int? {
    guard start < payload.count else { return nil }
    let length: Int
    switch payload[start] {
    case 15: length = 19
    case 16: length = 24
    case 33, 34: length = 16
    default: return nil
    }
    let offset = start &+ length
    guard offset &+ 12 <= payload.count, payload[offset] >> 6 == 2 else { return nil }
    return offset
  }

  /// Zoom's STUN without a cookie: attribute 0x0101 of 20 bytes "1234567890123456789" and a zero.
  public static func isSTUN(_ payload: Span<UInt8>) -> Bool {
    guard payload.count >= 44 else { return false }
    let head = payload.extracting(0..<44)
    return head.uint32(at: 0) == 0x0001_0018 && head.uint32(at: 20) == 0x0101_0014
      && head.uint64(at: 24) == 0x3132_3334_3536_3738 && head.uint64(at: 32) == 0x3930_3132_3334_3536
      && head.uint32(at: 40) == 0x3738_3900
  }
}
