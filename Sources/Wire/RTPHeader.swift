// RFC 3550 section 5.1: the RTP fixed header; section 5.3.1: its extension; RFC 5761 section 4: RTP beside RTCP.

/// An RTP header; clear text under SRTP too.
public struct RTPHeader: Sendable, BitwiseCopyable {
  /// Bytes before the CSRC list.
  public static let size = 12

  /// Second byte: the marker bit and the payload type.
  @usableFromInline let markerAndType: UInt8
  /// First byte: version, padding, extension, CSRC count.
  @usableFromInline let leading: UInt8
  /// Sequence number.
  public let sequence: UInt16
  /// Media time, in the payload type's clock.
  public let timestamp: UInt32
  /// Synchronization source.
  public let ssrc: UInt32
  /// The extension's 16 bits of profile: 0xBEDE one-byte elements, 0x100x two-byte (RFC 8285), 0xC0DE/0xC2DE Cryptex
  /// (RFC 9335), 0xDEBE WhatsApp (`stun_wa_call`); nil without an extension or where the capture cut it.
  public let extensionProfile: UInt16?
  /// Bytes before the payload; if the capture cut the extension, before the extension's own words.
  public let headerLength: Int

  /// Payload type.
  @inlinable public var payloadType: UInt8 { markerAndType & 0x7F }
  /// Marker bit: a frame's last packet, or the first one after silence.
  @inlinable public var marker: Bool { markerAndType & 0x80 != 0 }
  /// Contributing sources listed.
  @inlinable public var csrcCount: Int { Int(leading & 0x0F) }
  /// Whether the last byte counts padding; encrypted under SRTP.
  @inlinable public var hasPadding: Bool { leading & 0x20 != 0 }
  /// Whether a header extension follows the CSRC list.
  @inlinable public var hasExtension: Bool { leading & 0x10 != 0 }

  /// Reads a header from the captured part of a packet of `wireLength` bytes.
  ///
  /// Nil where it cannot be RTP: another version, payload types 64-95 (RTCP by RFC 5761), a header longer than the
  /// packet. What is left is still weak: almost a fifth of all random packets pass, and only a sequence proves RTP.
  @inlinable @inline(always)
  public init?(_ payload: Span<UInt8>, wireLength: Int) {
    guard payload.count >= 12 else { return nil }
    let header = payload.extracting(0..<12)
    let first = header[0]
    let second = header[1]
    guard Self.mayBegin(firstByte: first, secondByte: second) else { return nil }
    var length = 12 &+ Int(first & 0x0F) &* 4
    var profile: UInt16?
    if first & 0x10 != 0 {
      if payload.count >= length &+ 4 {
        let head = payload.extracting(length..<(length &+ 4))
        profile = head.uint16(at: 0)
        length &+= Int(head.uint16(at: 2)) &* 4
      }
      length &+= 4
    }
    guard length <= wireLength else { return nil }
    self.leading = first
    self.markerAndType = second
    self.sequence = header.uint16(at: 2)
    self.timestamp = header.uint32(at: 4)
    self.ssrc = header.uint32(at: 8)
    self.extensionProfile = profile
    self.headerLength = length
  }

  /// How far from one RTP packet to the next, where `payload` begins with this header's packet and goes on with the next of its
  /// stream: UDP GRO puts datagrams of one length together. nil if it is one packet, or the capture cut it before the second.
  public func step(in payload: Span<UInt8>) -> Int? {
    Self.place(of: ssrc, behind: sequence, within: 1, payloadType: payloadType, in: payload)
  }

  /// Where behind the header that `payload` begins with a packet of this source begins, with one of the `count` sequence numbers
  /// behind `latest`, and this payload type if one is asked for; nil if none does.
  public static func place(
    of ssrc: UInt32, behind latest: UInt16, within count: UInt16, payloadType: UInt8? = nil, in payload: Span<UInt8>
  ) -> Int? {
    var start = RTPHeader.size
    while start &+ RTPHeader.size <= payload.count {
      let head = payload.extracting(start..<(start &+ RTPHeader.size))
      if head.uint32(at: 8) == ssrc, mayBegin(firstByte: head[0], secondByte: head[1]),
        head.uint16(at: 2) &- latest &- 1 < count, payloadType == nil || payloadType == head[1] & 0x7F
      {
        return start
      }
      start &+= 1
    }
    return nil
  }

  /// Whether a packet's first two bytes may be RTP's: version 2 and no payload type of RTCP's, 64...95 without the marker.
  @inlinable @inline(always)
  public static func mayBegin(firstByte: UInt8, secondByte: UInt8) -> Bool {
    firstByte & 0xC0 == 0x80 && secondByte & 0x60 != 0x40
  }

  /// Whether a packet's first two bytes are RTCP's: version 2 and a packet type of 192...223 (RFC 5761 section 4).
  @inlinable @inline(always)
  public static func isRTCP(firstByte: UInt8, secondByte: UInt8) -> Bool {
    firstByte & 0xC0 == 0x80 && secondByte >= 192 && secondByte <= 223
  }
}
