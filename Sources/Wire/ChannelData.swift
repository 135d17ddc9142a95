// RFC 8656 section 12.4: channel number, length, application data.

/// A TURN ChannelData message; no proof of TURN by itself: Kerberos and GTP look the same, so the flow must have shown
/// an Allocate or ChannelBind before, or the data must be a packet of a call.
public struct ChannelData: Sendable, BitwiseCopyable {
  /// Channel number and length.
  public static let headerSize = 4

  /// Channel number, 0x4000...0x7FFE: RFC 5766's range, of which RFC 8656 keeps 0x4000...0x4FFF.
  public let channel: UInt16
  /// Bytes of data, as the header claims.
  public let length: Int
  private let captured: Int

  /// Where the captured data lies.
  public var data: Range<Int> { ChannelData.headerSize..<(ChannelData.headerSize &+ captured) }

  /// Reads a message if `payload` starts with one; the data may be cut by the capture.
  @inline(__always)
  public init?(_ payload: Span<UInt8>) {
    guard payload.count >= 4 else { return nil }
    let header = payload.extracting(0..<4)
    let channel = header.uint16(at: 0)
    guard channel >= 0x4000, channel <= 0x7FFE else { return nil }
    self.channel = channel
    self.length = Int(header.uint16(at: 2))
    self.captured = Swift.min(length, payload.count - 4)
  }

  /// Whether the datagram is a message whose data are STUN, cookie and all: a peer's check through a relay, which proves
  /// TURN where its requests are not in the capture.
  @inline(__always)
  public static func bearsCheck(_ payload: Span<UInt8>, wireLength: Int) -> Bool {
    guard payload.count >= headerSize + STUNHeader.size, payload[0] >> 4 == 4, payload[4] < 2,
      payload.uint32(at: 8) == STUNHeader.cookie, let message = ChannelData(payload), message.fills(wireLength)
    else { return false }
    return STUNHeader.size &+ Int(payload.uint16(at: 6)) == message.length
  }

  /// Whether the message fills a payload of `wireLength` bytes, as on UDP, padding allowed.
  public func fills(_ wireLength: Int) -> Bool {
    let end = ChannelData.headerSize + length
    return wireLength >= end && wireLength <= (end + 3) & ~3
  }
}
