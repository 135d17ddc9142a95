// Telegram's UDP reflectors: the data frames of tgcalls (ReflectorPort).

/// A data frame of tgcalls through a reflector: tag, receiver, sender, length, then STUN, DTLS, SRTP or ciphertext.
public struct TelegramReflectorFrame: Sendable, BitwiseCopyable {
  /// Bytes before the inner packet.
  public static let headerSize = 24

  /// The call's tag, upper 8 bytes.
  public let tagHigh: UInt64
  /// The call's tag, lower 4 bytes.
  public let tagLow: UInt32
  /// Receiver's id within the call.
  public let destination: UInt32
  /// Sender's id within the call.
  public let sender: UInt32
  /// Bytes of the inner packet.
  public let length: Int
  private let captured: Int

  /// Where the captured part of the inner packet lies.
  public var inner: Range<Int> {
    TelegramReflectorFrame.headerSize..<(TelegramReflectorFrame.headerSize &+ captured)
  }

  /// Reads a frame of `wireLength` bytes; nil unless its length, padded to four, is exactly the datagram's, and the
  /// padding zero where it was captured.
  @inline(__always)
  public init?(_ payload: Span<UInt8>, wireLength: Int) {
    guard payload.count >= 24 else { return nil }
    let header = payload.extracting(0..<24)
    let length = Int(header.uint32(at: 20))
    guard length > 0, length <= 65_535, 24 &+ ((length &+ 3) & ~3) == wireLength else { return nil }
    self.captured = Swift.min(length, payload.count &- 24)
    if payload.count > 24 &+ length {
      for index in (24 &+ length)..<Swift.min(payload.count, wireLength) where payload[index] != 0 { return nil }
    }
    self.tagHigh = header.uint64(at: 0)
    self.tagLow = header.uint32(at: 8)
    self.destination = header.uint32(at: 12)
    self.sender = header.uint32(at: 16)
    self.length = length
  }
}
