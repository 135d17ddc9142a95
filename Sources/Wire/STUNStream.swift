// RFC 8489 section 6.2.2 (STUN over TCP), RFC 8656 section 12.5 (ChannelData over TCP), RFC 4571 (framing).

/// STUN on a byte stream: several messages may lie in one segment, and one message in several.
public enum STUNStream {
  /// Bytes of the first message, with its padding, that starts at `payload`: STUN with the cookie, or, once TURN is
  /// known on the connection (`channels`), ChannelData. May exceed what `payload` holds. Nil if neither starts here.
  public static func messageLength(_ payload: Span<UInt8>, channels: Bool) -> Int? {
    guard payload.count >= 8 else {
      return channels ? channelLength(payload) : nil
    }
    let head = payload.extracting(0..<8)
    let type = head.uint16(at: 0)
    if type < 0x0400 || type >= 0x0800 && type <= 0x0805, head.uint32(at: 4) == STUNHeader.cookie {
      return STUNHeader.size + Int(head.uint16(at: 2))
    }
    return channels ? channelLength(payload) : nil
  }

  /// Bytes of the frame, its two-byte length included, if one starts at `payload` (RFC 4571) with a packet of a call
  /// in it: STUN with the cookie, DTLS, RTP or RTCP. May exceed what `payload` holds.
  ///
  /// RTP inside is a weak sign: believe it after three frames in a row (`chainedFrames`).
  public static func frameLength(_ payload: Span<UInt8>) -> Int? {
    guard payload.count >= 2 + 8 else { return nil }
    let head = payload.extracting(0..<10)
    let length = Int(head.uint16(at: 0))
    let plausible =
      switch head[2] {
      case 0...3, 8: length >= STUNHeader.size && head.uint32(at: 6) == STUNHeader.cookie
      case 20...26: length > 13 && head[3] == 0xFE && head[4] >= 0xFC
      case 128...191: length >= 8
      default: false
      }
    return plausible ? 2 + length : nil
  }

  /// How many RFC 4571 frames follow each other from the start of `payload`; 0 unless the last one also ends in it,
  /// or is cut by its end.
  public static func chainedFrames(_ payload: Span<UInt8>) -> Int {
    var count = 0
    var offset = 0
    while offset < payload.count {
      guard let length = frameLength(payload.extracting(offset..<payload.count)) else {
        // Fewer than ten bytes left may be the start of one more frame.
        return payload.count &- offset < 10 ? count : 0
      }
      count &+= 1
      offset &+= length
    }
    return count
  }

  private static func channelLength(_ payload: Span<UInt8>) -> Int? {
    guard let head = ChannelData(payload) else { return nil }
    return (ChannelData.headerSize + head.length + 3) & ~3
  }
}
