// Viber's own framing, from `viber` (nDPI) and libprotoident's notes on its TCP frames.

/// A datagram of Viber's relays: id, type, zero; the length goes with the type.
public struct ViberFrame: Sendable, BitwiseCopyable {
  /// Id, the same in both directions of a flow.
  public let id: UInt16
  /// 01 and 0C, 09 and 0B, 19 and 1A: asked by the client, answered by the server.
  public let type: UInt8

  /// Reads a datagram; 1 in 2^13 random ones of a fitting length passes, so the echo of the id has to prove it.
  public init?(_ payload: Span<UInt8>, wireLength: Int) {
    guard payload.count >= 4, payload[3] == 0 else { return nil }
    switch (payload[2], wireLength) {
    case (0x01, 257), (0x0C, 76), (0x09, 20), (0x0B, 34), (0x19, 34), (0x1A, 20): break
    default: return nil
    }
    self.id = payload.extracting(0..<2).uint16(at: 0)
    self.type = payload[2]
  }

  /// Whether `other` is of the other direction: an answer where this asks, or the other way round.
  public func pairs(with other: UInt8) -> Bool {
    switch (type, other) {
    case (0x01, 0x0C), (0x0C, 0x01), (0x01, 0x0B), (0x0B, 0x01), (0x09, 0x0B), (0x0B, 0x09), (0x09, 0x0C),
      (0x0C, 0x09), (0x19, 0x1A), (0x1A, 0x19):
      true
    default: false
    }
  }

  /// A segment of Viber's TCP frames: the first two bytes, little-endian, are its length.
  public static func isSegment(_ payload: Span<UInt8>, wireLength: Int) -> Bool {
    payload.count >= 16 && wireLength < 4_096 && Int(payload[0]) | Int(payload[1]) << 8 == wireLength
  }
}
