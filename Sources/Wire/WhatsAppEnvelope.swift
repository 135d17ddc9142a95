// WhatsApp's group calls: the relay wraps RTP.

/// WhatsApp's relay envelope of a group call: 09, a form, its header, then RTP.
public struct WhatsAppEnvelope: Equatable, Sendable, BitwiseCopyable {
  /// Bytes before the RTP header: 8, 12 or 18.
  public let headerLength: Int

  /// Reads the envelope at the start of `payload`; nil unless RTP follows.
  @inline(always)
  public init?(_ payload: Span<UInt8>, wireLength: Int) {
    guard payload.count >= 2, payload[0] == 0x09 else { return nil }
    switch payload[1] {
    case 2: headerLength = 8
    case 4: headerLength = 12
    case 7: headerLength = 18
    default: return nil
    }
    guard payload.count > headerLength,
      RTPHeader(payload.extracting(headerLength..<payload.count), wireLength: wireLength &- headerLength) != nil
    else { return nil }
  }
}
