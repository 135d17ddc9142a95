// Openings of LINE, IMO and FaceTime whose first bytes would pass for RTP or for nothing.

/// A datagram that opens a call of an app with a framing of its own.
public enum CallLookalike: UInt8, Sendable, BitwiseCopyable {
  /// LINE: B6 12 00 68 of 108 bytes, B6 13 00 06 of 35 or 46 (libprotoident). The lead byte alone is wrong 8 times of 8.
  case line
  /// IMO: 1,224 bytes, nine constant ones, then milliseconds since the epoch (`imo`).
  case imo
  /// FaceTime: types 0FE0, 0FE1, 0FE4 and 0EE0, 0EE1, 0EE4 with the length of what follows 20 bytes (libprotoident).
  case apple

  /// Reads a datagram; each form has 32 constant bits or more, the length among them.
  public init?(_ payload: Span<UInt8>, wireLength: Int) {
    guard payload.count >= 20 else { return nil }
    let head = payload.extracting(0..<20)
    switch head[0] {
    case 0xB6:
      let word = head.uint32(at: 0)
      guard word == 0xB612_0068 && wireLength == 108 || word == 0xB613_0006 && (wireLength == 35 || wireLength == 46)
      else { return nil }
      self = .line
    case 0x89:
      // 0x016F to 0x01FF in the upper half of the clock: the years 2020 to 2039.
      guard wireLength == 1_224, head.uint64(at: 0) == 0x8946_1A00_0000_0000, head.uint32(at: 8) == 0x0001_0000,
        head.uint16(at: 12) >= 0x016F, head.uint16(at: 12) < 0x0200
      else { return nil }
      self = .imo
    case 0x0E, 0x0F:
      guard head[1] == 0xE0 || head[1] == 0xE1 || head[1] == 0xE4, Int(head.uint16(at: 2)) &+ 20 == wireLength else {
        return nil
      }
      self = .apple
    default: return nil
    }
  }
}
