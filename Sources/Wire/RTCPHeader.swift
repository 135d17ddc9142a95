// RFC 3550 section 6.4.1: the header that every RTCP packet starts with.

/// RTCP packet types.
public struct RTCPPacketType: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
  /// Number on the wire, 192...223.
  public let rawValue: UInt8

  /// From the wire.
  @inlinable @inline(always)
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// SR.
  @inlinable public static var senderReport: RTCPPacketType { RTCPPacketType(rawValue: 200) }
  /// RR.
  @inlinable public static var receiverReport: RTCPPacketType { RTCPPacketType(rawValue: 201) }
  /// SDES.
  @inlinable public static var sourceDescription: RTCPPacketType { RTCPPacketType(rawValue: 202) }
  /// BYE.
  @inlinable public static var bye: RTCPPacketType { RTCPPacketType(rawValue: 203) }
  /// APP.
  @inlinable public static var application: RTCPPacketType { RTCPPacketType(rawValue: 204) }
  /// Transport feedback (RFC 4585): FMT 1 is NACK, 15 is transport-wide congestion control.
  @inlinable public static var transportFeedback: RTCPPacketType { RTCPPacketType(rawValue: 205) }
  /// Payload-specific feedback (RFC 4585): FMT 1 is PLI, 15 is REMB and others.
  @inlinable public static var payloadFeedback: RTCPPacketType { RTCPPacketType(rawValue: 206) }
  /// XR (RFC 3611).
  @inlinable public static var extendedReport: RTCPPacketType { RTCPPacketType(rawValue: 207) }
}

/// The first eight bytes of an RTCP packet; clear text under SRTCP for the first packet of a datagram.
public struct RTCPHeader: Sendable, BitwiseCopyable {
  /// Report count, or FMT for feedback.
  public let count: UInt8
  /// Whether the last byte counts padding.
  public let hasPadding: Bool
  /// Packet type.
  public let packetType: RTCPPacketType
  /// Bytes of the packet, its header included.
  public let length: Int
  /// Sender's SSRC; nil if the packet has none or the capture cut it.
  public let ssrc: UInt32?

  /// Reads the packet that starts at `packet`; nil unless version and type are RTCP's.
  @inline(always)
  public init?(_ packet: Span<UInt8>) {
    guard packet.count >= 4 else { return nil }
    let header = packet.extracting(0..<4)
    guard RTPHeader.isRTCP(firstByte: header[0], secondByte: header[1]) else { return nil }
    self.count = header[0] & 0x1F
    self.hasPadding = header[0] & 0x20 != 0
    self.packetType = RTCPPacketType(rawValue: header[1])
    self.length = 4 &+ Int(header.uint16(at: 2)) &* 4
    self.ssrc = length >= 8 && packet.count >= 8 ? packet.extracting(4..<8).uint32(at: 0) : nil
  }
}
