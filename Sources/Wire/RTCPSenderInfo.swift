// RFC 3550 section 6.4.1: sender info; readable in plain RTCP only.

/// The sender's part of an SR.
public struct RTCPSenderInfo: Equatable, Sendable, BitwiseCopyable {
  /// Sender.
  public let ssrc: UInt32
  /// Wall clock, NTP 32.32 seconds.
  public let ntpTime: UInt64
  /// The same instant in the media clock.
  public let rtpTime: UInt32
  /// Packets sent.
  public let packetCount: UInt32
  /// Payload bytes sent.
  public let octetCount: UInt32

  /// Reads the SR that starts at `packet`; nil if it is another packet or cut.
  public init?(_ packet: Span<UInt8>) {
    guard let header = RTCPHeader(packet), header.packetType == .senderReport, header.length >= 28, packet.count >= 28
    else { return nil }
    let info = packet.extracting(0..<28)
    self.ssrc = info.uint32(at: 4)
    self.ntpTime = info.uint64(at: 8)
    self.rtpTime = info.uint32(at: 16)
    self.packetCount = info.uint32(at: 20)
    self.octetCount = info.uint32(at: 24)
  }
}
