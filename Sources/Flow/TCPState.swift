public import Wire

/// What a TCP segment was, relative to what its sender had sent before.
public enum SegmentKind: UInt8, Sendable, BitwiseCopyable {
  /// Nothing that takes sequence space.
  case pureACK
  /// New sequence space.
  case new
  /// Sequence space that was sent before.
  case retransmission
  /// Fills a hole soon after it opened.
  case outOfOrder
  /// A probe one byte below the next sequence number (RFC 9293 section 3.8.4).
  case keepAlive
}

/// One side of a TCP connection.
public struct TCPSide: BitwiseCopyable, Sendable {
  /// What this side has sent.
  public struct Sent: OptionSet, BitwiseCopyable, Sendable {
    /// Bits.
    public let rawValue: UInt8
    /// From bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// SYN without ACK.
    public static let syn = Sent(rawValue: 1)
    /// SYN with ACK.
    public static let synACK = Sent(rawValue: 2)
    /// A segment with ACK and without SYN.
    public static let ack = Sent(rawValue: 4)
    /// Payload.
    public static let data = Sent(rawValue: 8)
    /// FIN.
    public static let fin = Sent(rawValue: 16)
    /// RST.
    public static let rst = Sent(rawValue: 32)
    /// Timestamps option.
    public static let timestamps = Sent(rawValue: 64)
    /// `next` holds a number.
    static let sequenceKnown = Sent(rawValue: 128)
  }

  /// What it sent.
  public var sent: Sent = []
  /// Up to four TTLs, in order of appearance; 0 = none.
  public var timesToLive: [4 of UInt8] = [0, 0, 0, 0]
  /// Latest IPv4 identification.
  public var identification: UInt16 = 0
  /// Segments with payload, saturating.
  public var dataSegments: UInt16 = 0
  /// Highest sequence number + length sent.
  public var next = SequenceNumber(0)
  /// Highest acknowledgment sent.
  public var acknowledged = SequenceNumber(0)
  /// Acknowledgment field of the latest segment: a dead socket's reset answers with it.
  public var latestAcknowledgment = SequenceNumber(0)
  /// The acknowledgment before that: a segment that carried it may still be on its way.
  public var previousAcknowledgment = SequenceNumber(0)
  /// The earliest hole that is still open: `holeStart..<holeEnd`; empty if equal.
  var holeStart = SequenceNumber(0)
  var holeEnd = SequenceNumber(0)
  /// Latest packet, ns since the epoch; `Int64.min` before the first.
  public var last = Int64.min
  /// When `next` advanced last: what a reset that acknowledges it can have answered.
  public var nextTime: Int64 = 0
  /// When `latestAcknowledgment` changed last: what a bare reset with that number can have answered.
  public var acknowledgmentTime: Int64 = 0
  /// Segments sent again, by sequence number.
  public var retransmissions: UInt32 = 0
  /// Segments that filled a young hole.
  public var outOfOrder: UInt16 = 0
  /// RST segments.
  public var resets: UInt16 = 0
  /// Copies of sent sequence space since the other side's latest packet.
  public var unansweredCopies: UInt16 = 0
  /// Segments with sequence space since the other side's latest packet.
  public var unanswered: UInt16 = 0
  /// Frame, relative to the flow's first, of the first of them.
  public var unansweredFrame: UInt32 = 0
  /// Time of the first of them.
  public var unansweredSince: Int64 = 0
  /// Payload bytes sent, saturating; retransmissions not counted.
  public var payload: UInt32 = 0

  /// A side that sent nothing.
  public init() {}

  /// This side has used this TTL before.
  public func used(timeToLive: UInt8) -> Bool {
    for index in 0..<4 where timesToLive[index] == timeToLive { return true }
    return false
  }
}

/// Hot state of a TCP flow beside its `FlowState`. Side 0 sent the first packet.
public struct TCPState: BitwiseCopyable, Sendable {
  /// Frame number of the first packet.
  public var firstFrame: UInt64
  /// Earlier flows of the same five-tuple, saturating.
  public var ordinal: UInt16 = 0
  /// Both sides.
  public var sides: [2 of TCPSide] = [TCPSide(), TCPSide()]
  /// Zeek history letters in order; side 0 is upper case.
  public var history: [14 of UInt8] = .init(repeating: 0)
  /// Letters used.
  public var historyCount: UInt8 = 0
  /// SYNs sent by the side that opened, saturating.
  public var syns: UInt8 = 0
  /// Opening side, 0 or 1; 2 if no SYN was seen.
  public var opener: UInt8 = 2
  /// Latest SYN, µs after the flow's first packet, saturating.
  var synOffset: UInt32 = 0
  /// SYN to SYN-ACK, µs; 0 if not seen or ambiguous (Karn: the SYN was repeated). The responder's distance.
  public var handshakeMicroseconds: UInt32 = 0
  /// SYN-ACK to the opener's ACK, µs; 0 if not seen. The opener's distance.
  public var acknowledgeMicroseconds: UInt32 = 0
  private var synACKOffset: UInt32 = 0
  /// First resets and what came after them; `FlowState.none` if there was none.
  public var reset: UInt32 = FlowState.none
  /// Server name; `FlowState.none` before a ClientHello.
  public var name: UInt32 = FlowState.none

  /// State of a flow that begins with `firstFrame`.
  public init(firstFrame: UInt64) { self.firstFrame = firstFrame }

  /// Takes one segment in; time in ns since the epoch.
  @inline(__always)
  public mutating func observe(
    _ packet: Packet, side: Int, time: Int64, flowStart: Int64, frame: UInt64, reorderWindow: Int64
  ) -> SegmentKind {
    let flags = packet.tcpFlags
    let length = UInt32(truncatingIfNeeded: packet.payloadWireLength)
    let other = 1 &- side
    noteHandshake(flags, side, time, flowStart, packet)
    var kind = SegmentKind.pureACK
    // A reset's sequence number proves nothing about what its sender had sent: it must not move the window.
    if !flags.contains(.rst) {
      let before = sides[side].next
      let space = length &+ (flags.contains(.syn) ? 1 : 0) &+ (flags.contains(.fin) ? 1 : 0)
      if space > 0 {
        kind = place(packet.sequence, space, flags, side, time, reorderWindow)
      } else if !sides[side].sent.contains(.sequenceKnown) {
        sides[side].next = packet.sequence
        sides[side].sent.insert(.sequenceKnown)
      }
      if sides[side].next != before { sides[side].nextTime = time }
    }
    let hadAcknowledged = !sides[side].sent.isDisjoint(with: [.ack, .synACK])
    noteLetters(flags, length, kind, side, packet)
    if flags.contains(.ack), !flags.contains(.rst) {
      if sides[side].latestAcknowledgment != packet.acknowledgment {
        sides[side].previousAcknowledgment = sides[side].latestAcknowledgment
        sides[side].latestAcknowledgment = packet.acknowledgment
        sides[side].acknowledgmentTime = time
      }
      if packet.acknowledgment - sides[side].acknowledged > 0 || !hadAcknowledged {
        sides[side].acknowledged = packet.acknowledgment
      }
    }
    if space(kind) {
      if sides[side].unanswered == 0 {
        sides[side].unansweredSince = time
        sides[side].unansweredFrame = UInt32(truncatingIfNeeded: frame &- firstFrame)
      }
      if sides[side].unanswered < .max { sides[side].unanswered &+= 1 }
      if kind == .retransmission, sides[side].unansweredCopies < .max { sides[side].unansweredCopies &+= 1 }
    }
    // Anything from this side answers the other: a reset included, it ends the waiting.
    sides[other].unanswered = 0
    sides[other].unansweredCopies = 0
    if length > 0, !flags.contains(.rst) {
      if sides[side].dataSegments < .max { sides[side].dataSegments &+= 1 }
      if kind == .new {
        let sum = sides[side].payload.addingReportingOverflow(length)
        sides[side].payload = sum.overflow ? .max : sum.partialValue
      }
    }
    if !flags.contains(.rst) {
      noteHops(packet, side)
      sides[side].identification = packet.identification
    }
    sides[side].last = time
    return kind
  }

  @inline(__always)
  private func space(_ kind: SegmentKind) -> Bool { kind == .new || kind == .retransmission }

  @inline(__always)
  private mutating func noteHops(_ packet: Packet, _ side: Int) {
    let hops = packet.timeToLive
    if sides[side].timesToLive[0] == hops { return }
    for index in 0..<4 {
      if sides[side].timesToLive[index] == hops { return }
      if sides[side].timesToLive[index] == 0 {
        sides[side].timesToLive[index] = hops
        return
      }
    }
  }

  @inline(__always)
  private mutating func noteHandshake(
    _ flags: TCPFlags, _ side: Int, _ time: Int64, _ flowStart: Int64, _ packet: Packet
  ) {
    if packet.traits.contains(.timestamps) { sides[side].sent.insert(.timestamps) }
    if side == Int(opener), acknowledgeMicroseconds == 0, sides[1 &- side].sent.contains(.synACK),
      flags.intersection([.syn, .ack, .rst]) == .ack
    {
      let offset = UInt32(clamping: (time &- flowStart) / 1000)
      acknowledgeMicroseconds = offset > synACKOffset ? offset &- synACKOffset : 1
    }
    guard flags.contains(.syn), !flags.contains(.rst) else { return }
    let offset = UInt32(clamping: (time &- flowStart) / 1000)
    if flags.contains(.ack) {
      let opening = 1 &- side
      if opener == 2 { opener = UInt8(opening) }
      if sides[opening].sent.contains(.syn), !sides[side].sent.contains(.synACK), syns == 1, offset >= synOffset {
        handshakeMicroseconds = max(1, offset &- synOffset)
      }
      synACKOffset = offset
    } else {
      if opener == 2 { opener = UInt8(side) }
      if syns < .max { syns &+= 1 }
      synOffset = offset
    }
  }

  /// Puts sequence space in its place: new, sent before, or filling a hole.
  @inline(__always)
  private mutating func place(
    _ sequence: SequenceNumber, _ space: UInt32, _ flags: TCPFlags, _ side: Int, _ time: Int64, _ reorder: Int64
  ) -> SegmentKind {
    let end = sequence + space
    guard sides[side].sent.contains(.sequenceKnown) else {
      sides[side].next = end
      sides[side].holeStart = end
      sides[side].holeEnd = end
      sides[side].sent.insert(.sequenceKnown)
      return .new
    }
    let ahead = end - sides[side].next
    // A new SYN restarts the numbers (RFC 9293 section 3.5): an unanswered attempt repeated with another number.
    if flags.contains(.syn), abs(Int64(ahead)) > 1 {
      sides[side].next = end
      sides[side].holeStart = end
      sides[side].holeEnd = end
      return .new
    }
    if ahead > 0 {
      let jump = sequence - sides[side].next
      if jump > 0 {
        if sides[side].holeStart == sides[side].holeEnd { sides[side].holeStart = sides[side].next }
        sides[side].holeEnd = sequence
      }
      sides[side].next = end
      return .new
    }
    if ahead == 0 && space == 1 && !flags.contains(.fin) && !flags.contains(.syn) && sides[side].unanswered == 0 {
      return .keepAlive
    }
    let inHole = sequence - sides[side].holeStart >= 0 && sides[side].holeEnd - end >= 0
    if inHole && sides[side].holeStart != sides[side].holeEnd {
      if sequence == sides[side].holeStart { sides[side].holeStart = end }
      if time &- sides[side].last <= reorder {
        if sides[side].outOfOrder < .max { sides[side].outOfOrder &+= 1 }
        return .outOfOrder
      }
    }
    sides[side].retransmissions &+= 1
    return .retransmission
  }

  @inline(__always)
  private mutating func noteLetters(
    _ flags: TCPFlags, _ length: UInt32, _ kind: SegmentKind, _ side: Int, _ packet: Packet
  ) {
    var sent = sides[side].sent
    let old = sent
    if flags.contains(.syn) {
      if flags.contains(.ack) {
        if sent.insert(.synACK).inserted { letter(0x68, side) }
      } else if sent.insert(.syn).inserted {
        letter(0x73, side)
      }
    } else if flags.contains(.ack), length == 0, !flags.contains(.fin), !flags.contains(.rst) {
      if sent.insert(.ack).inserted { letter(0x61, side) }
    }
    if length > 0, !flags.contains(.rst) {
      sent.insert(.ack)
      if sent.insert(.data).inserted { letter(0x64, side) }
      if kind == .retransmission, sides[side].retransmissions == 1 { letter(0x74, side) }
    }
    if flags.contains(.fin), sent.insert(.fin).inserted { letter(0x66, side) }
    if flags.contains(.rst) {
      if sent.insert(.rst).inserted { letter(0x72, side) }
      if sides[side].resets < .max { sides[side].resets &+= 1 }
    }
    if sent != old { sides[side].sent = sent }
  }

  private mutating func letter(_ lower: UInt8, _ side: Int) {
    guard historyCount < 14 else { return }
    history[Int(historyCount)] = side == 0 ? lower &- 0x20 : lower
    historyCount &+= 1
  }
}
