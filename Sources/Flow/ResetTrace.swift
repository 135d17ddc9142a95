public import Wire

/// One RST as it was seen against what its supposed sender had sent before.
public struct ResetSegment: BitwiseCopyable, Sendable {
  /// Time, ns since the epoch.
  public var time: Int64 = 0
  /// Frame number.
  public var frame: UInt64 = 0
  /// Supposed sender.
  public var side: UInt8 = 0
  /// Flags as on the wire.
  public var flags: TCPFlags = []
  /// TTL or hop limit.
  public var timeToLive: UInt8 = 0
  /// The sender had used this TTL before, or had sent nothing.
  public var usedTimeToLive = true
  /// The sender had sent something before.
  public var senderSeen = false
  /// Window field was 0.
  public var zeroWindow = false
  /// Timestamps option present.
  public var timestamps = false
  /// The sender used timestamps before.
  public var senderTimestamps = false
  /// The sender or its peer had sent a FIN before.
  public var afterClose = false
  /// Sequence number.
  public var sequence = SequenceNumber(0)
  /// Acknowledgment number.
  public var acknowledgment = SequenceNumber(0)
  /// Sequence number minus the sender's highest sequence number + length.
  public var beyondNext: Int32 = 0
  /// Sequence number equals one of the peer's two latest acknowledgments: a dead socket's answer (RFC 9293 3.10.7.1).
  public var answersAcknowledgment = false
  /// Acknowledgment equals the peer's highest sequence number + length.
  public var acknowledgesAll = false
  /// IPv4 identification minus the sender's latest, modulo 2^16.
  public var identificationStep: UInt16 = 0
  /// IPv4 identification is 0.
  public var zeroIdentification = false
  /// Since the peer's latest packet, ns; negative if there was none.
  public var sincePeer: Int64 = -1
  /// Since the earliest packet of the peer that this reset can answer, ns: for a reset with ACK the one that brought the
  /// peer's sequence number there, for a bare one the first that carried its sequence number as acknowledgment;
  /// negative if none fits.
  public var sinceTrigger: Int64 = -1
  /// Data segments that the connection's opener had sent.
  public var openerDataSegments: UInt16 = 0
  /// The handshake was complete.
  public var established = false
  /// The peer's latest packet was a SYN without ACK.
  public var answersSYN = false

  /// Nothing.
  public init() {}
}

/// The first resets of a connection, and what the resetting side sent afterwards.
public struct ResetTrace: BitwiseCopyable, Sendable {
  /// First resets.
  public var segments: [4 of ResetSegment] = .init(repeating: ResetSegment())
  /// How many of `segments` are set.
  public var count: UInt8 = 0
  /// By side: segments with new sequence space after that side's own first reset.
  public var dataAfter: [2 of UInt32] = [0, 0]
  /// Frame of the first of them.
  public var dataAfterFrame: [2 of UInt64] = [0, 0]
  /// Time of the first of them.
  public var dataAfterTime: [2 of Int64] = [0, 0]
  /// By side: packets other than resets after that side's own first reset.
  public var packetsAfter: [2 of UInt32] = [0, 0]
  /// Both sides sent data that was acknowledged after the first reset: it had no effect.
  public var exchangesAfter: UInt32 = 0

  /// No reset yet.
  public init() {}
}

extension TCPState {
  /// Describes a reset before it is taken in. `time` in ns since the epoch.
  public func describe(_ packet: Packet, side: Int, time: Int64, frame: UInt64) -> ResetSegment {
    let sender = sides[side]
    let peer = sides[1 &- side]
    var segment = ResetSegment()
    segment.time = time
    segment.frame = frame
    segment.side = UInt8(side)
    segment.flags = packet.tcpFlags
    segment.timeToLive = packet.timeToLive
    segment.senderSeen = sender.sent.contains(.sequenceKnown)
    segment.usedTimeToLive = !segment.senderSeen || sender.used(timeToLive: packet.timeToLive)
    segment.zeroWindow = packet.window == 0
    segment.timestamps = packet.traits.contains(.timestamps)
    segment.senderTimestamps = sender.sent.contains(.timestamps)
    segment.afterClose = sender.sent.contains(.fin) || peer.sent.contains(.fin)
    segment.sequence = packet.sequence
    segment.acknowledgment = packet.acknowledgment
    segment.beyondNext = segment.senderSeen ? packet.sequence - sender.next : 0
    let answersLatest = peer.sent.contains(.ack) && packet.sequence == peer.latestAcknowledgment
    segment.answersAcknowledgment =
      answersLatest || (peer.sent.contains(.ack) && packet.sequence == peer.previousAcknowledgment)
    segment.acknowledgesAll = packet.acknowledgment == peer.next
    segment.identificationStep = packet.identification &- sender.identification
    segment.zeroIdentification = packet.identification == 0
    segment.sincePeer = peer.last == .min ? -1 : time &- peer.last
    if packet.tcpFlags.contains(.ack) {
      if segment.acknowledgesAll, peer.last != .min { segment.sinceTrigger = time &- peer.nextTime }
    } else if answersLatest {
      segment.sinceTrigger = time &- peer.acknowledgmentTime
    }
    let opening = opener == 1 ? 1 : 0
    segment.openerDataSegments = sides[opening].dataSegments
    segment.established =
      sides[opening].sent.contains(.ack)
      && (sides[1 &- opening].sent.contains(.ack)
        || sides[1 &- opening].sent.contains(.synACK))
    segment.answersSYN = peer.sent.contains(.syn) && !peer.sent.contains(.ack)
    return segment
  }
}
