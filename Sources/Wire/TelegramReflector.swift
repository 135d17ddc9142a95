// Telegram's UDP reflectors, as the public clients tgcalls (ReflectorPort) and libtgvoip write them.

/// What a reflector's control datagram is.
public enum TelegramReflectorKind: UInt8, Sendable, BitwiseCopyable {
  /// tgcalls asks until it is answered: every 500 ms, then every 10 s; 40 bytes, query id 123.
  case hello
  /// libtgvoip's ping: the same 40 bytes, with a query id of its own.
  case ping
  /// libtgvoip asks who its peer is; 32 bytes.
  case peerInfoRequest
  /// The reflector tells the peer's address; 48 bytes.
  case peerInfo
  /// The reflector answers a ping with the client's own address; 64 bytes.
  case pong
}

/// A control datagram of a Telegram reflector: a tag of 16 bytes, twelve bytes of FF, a word, and what the word asks
/// for.
///
/// Twelve FF at offset 16 alone prove nothing (G.711 silence in `skinny`): length and word must fit as well.
public struct TelegramReflector: Sendable, BitwiseCopyable {
  /// tgcalls' constant query id.
  public static let helloQuery: UInt64 = 123

  /// Kind.
  public let kind: TelegramReflectorKind
  /// Tag, upper 8 bytes. A call's two sides and all its reflectors share the first 12 bytes of the tag.
  public let tagHigh: UInt64
  /// Tag, lower 8 bytes; in a hello of tgcalls the last four are random.
  public let tagLow: UInt64
  /// Query id of a hello, ping or pong; 0 otherwise.
  public let query: UInt64

  /// Reads a control datagram that `payload` holds whole; 64 bytes at most.
  @inline(always)
  public init?(_ payload: Span<UInt8>, wireLength: Int) {
    guard wireLength <= 64, wireLength >= 32, payload.count == wireLength else { return nil }
    let head = payload.extracting(0..<32)
    guard head.uint64(at: 16) == UInt64.max, head.uint32(at: 24) == UInt32.max else { return nil }
    let word = head.uint32(at: 28)
    var query: UInt64 = 0
    switch (wireLength, word) {
    case (32, 0xFFFF_FFFF): self.kind = .peerInfoRequest
    case (40, 0xFEFF_FFFF):
      query = payload.extracting(32..<40).uint64(at: 0)
      self.kind = query == TelegramReflector.helloQuery ? .hello : .ping
    case (48, 0x1C37_D927): self.kind = .peerInfo
    case (64, 0xC772_15C0):
      query = payload.extracting(36..<44).uint64(at: 0)
      self.kind = .pong
    default: return nil
    }
    self.tagHigh = head.uint64(at: 0)
    self.tagLow = head.uint64(at: 8)
    self.query = query
  }
}
