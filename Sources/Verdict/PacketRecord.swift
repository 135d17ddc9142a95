/// One packet, in short.
public struct PacketRecord: Sendable {
  /// Sender and receiver of a UDP or TCP packet.
  public struct Ends: Sendable, Equatable {
    /// Transport.
    public let transport: Transport
    /// Who sent it.
    public let source: IPAddress
    /// Port of the sender.
    public let sourcePort: UInt16
    /// Whom it was for.
    public let destination: IPAddress
    /// Port of the receiver.
    public let destinationPort: UInt16

    /// Ends of a packet.
    public init(
      _ transport: Transport, from source: IPAddress, _ sourcePort: UInt16, to destination: IPAddress,
      _ destinationPort: UInt16
    ) {
      self.transport = transport
      self.source = source
      self.sourcePort = sourcePort
      self.destination = destination
      self.destinationPort = destinationPort
    }
  }

  /// 1-based number in the capture.
  public let frame: UInt64
  /// ns since the epoch.
  public let time: Int64
  /// Bytes on the wire.
  public let length: Int
  /// What it is, in a few words; nil where the bytes alone do not say.
  public var what: String?
  /// Bytes behind the transport's header.
  public var payload: Int = 0
  /// Sender and receiver; nil if it is neither UDP nor TCP.
  public var ends: Ends?
  /// It is part of such a flow without being of it: an ICMP error quotes a packet of these ends.
  public var quoted: Ends?
  /// Why no decoder took it.
  public var undecoded: StaticString?

  /// A frame of which nothing more is known.
  public init(frame: UInt64, time: Int64, length: Int) {
    self.frame = frame
    self.time = time
    self.length = length
  }
}
