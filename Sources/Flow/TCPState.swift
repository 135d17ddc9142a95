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
  /// The same packet captured once more, as on a mirror port or on `any`: no segment.
  case twin
}

/// One side of a TCP connection.
public struct TCPSide: BitwiseCopyable, Sendable {
  /// What this side has sent.
  public struct Sent: OptionSet, BitwiseCopyable, Sendable {
    /// Bits.
    public let rawValue: UInt8
    /// From bits.
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// SYN without ACK.
    @inlinable public static var syn: Sent { Sent(rawValue: 1) }
    /// SYN with ACK.
    @inlinable public static var synACK: Sent { Sent(rawValue: 2) }
    /// A segment with ACK and without SYN.
    @inlinable public static var ack: Sent { Sent(rawValue: 4) }
    /// Payload.
    @inlinable public static var data: Sent { Sent(rawValue: 8) }
    /// FIN.
    @inlinable public static var fin: Sent { Sent(rawValue: 16) }
    /// RST.
    @inlinable public static var rst: Sent { Sent(rawValue: 32) }
    /// Timestamps option.
    @inlinable public static var timestamps: Sent { Sent(rawValue: 64) }
    /// `next` holds a number.
    @inlinable static var sequenceKnown: Sent { Sent(rawValue: 128) }
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
  /// Number of the latest segment without data that ran ahead of `next`, and what `next` was then: data that were sent and did
  /// not come here. It counts as long as nothing new came since.
  var announced = SequenceNumber(0)
  var announcedFrom = SequenceNumber(0)
  /// Latest packet, ns since the epoch; `Int64.min` before the first.
  public var last = Int64.min
  /// Longest time between two packets of this side, ns.
  public var longestGap: Int64 = 0
  /// When `next` advanced last: what a reset that acknowledges it can have answered.
  public var nextTime: Int64 = 0
  /// When the highest acknowledgment advanced last: what a bare reset with that number can have answered.
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
  /// Shortest time from the other side's newest byte to this side's acknowledgment of it, µs; 0 if none was seen. With the
  /// handshake it tells how far away this side is: a first packet may have waited for a radio to wake up.
  public var fastestReply: UInt32 = 0
  /// Copies of sent sequence space since the other side's acknowledgment changed last, whatever else it sent.
  public var stalledCopies: UInt16 = 0
  /// Least wire payload of the segments counted in `unanswered`, bytes: small ones pass where large ones do not.
  public var unansweredLeast: UInt16 = 0
  /// IPv4 identifications in a row that went up by a little, saturating: a counter of this connection's own.
  public var identificationSteps: UInt8 = 0
  /// Its SYN or SYN-ACK had IPv4 identification 0, as Linux sends it (METHOD.md M1.0).
  public var startedWithZeroIdentification = false
  /// Shift of its window by its SYN's option (RFC 7323 section 2.2); `UInt8.max` if no SYN of it was seen.
  public var windowShift = UInt8.max
  /// Packets captured twice, saturating; they count as one.
  public var twins: UInt16 = 0
  /// Window field of the latest segment, not scaled.
  public var window: UInt16 = 0

  /// A side that sent nothing.
  public init() {}

  /// First sequence number that is missing in front of this side's only segment with new data so far; nil if none is.
  public var openingHole: SequenceNumber? {
    guard dataSegments == 1, holeStart != holeEnd, next - holeEnd == Int32(clamping: payload) else { return nil }
    return holeStart
  }

  /// This side has used this TTL before.
  public func used(timeToLive: UInt8) -> Bool {
    for index in 0..<4 where timesToLive[index] == timeToLive { return true }
    return false
  }

  mutating func note(timeToLive hops: UInt8) {
    if timesToLive[0] == hops { return }
    for index in 0..<4 {
      if timesToLive[index] == hops { return }
      if timesToLive[index] == 0 {
        timesToLive[index] = hops
        return
      }
    }
  }

  /// Notes how long this side took to acknowledge, ns.
  mutating func note(reply: Int64) {
    let microseconds = UInt32(clamping: max(1, reply / 1_000))
    if fastestReply == 0 || microseconds < fastestReply { fastestReply = microseconds }
  }

  /// A step of a connection's own counter: copies made by the network card take several numbers at once.
  static let identificationStep: ClosedRange<UInt16> = 1...64

  mutating func note(identification number: UInt16, opens: Bool) {
    if opens {
      startedWithZeroIdentification = number == 0
    } else if Self.identificationStep.contains(number &- identification) {
      if identificationSteps < .max { identificationSteps &+= 1 }
    } else {
      identificationSteps = 0
    }
    identification = number
  }

  /// Puts sequence space in its place: new, sent before, or filling a hole.
  mutating func place(
    _ sequence: SequenceNumber, _ space: UInt32, _ flags: TCPFlags, _ time: Int64, _ reorder: Int64
  ) -> SegmentKind {
    let end = sequence + space
    guard sent.contains(.sequenceKnown) else {
      next = end
      holeStart = end
      holeEnd = end
      sent.insert(.sequenceKnown)
      return .new
    }
    let ahead = end - next
    // A new SYN restarts the numbers (RFC 9293 section 3.5): an unanswered attempt repeated with another number.
    if flags.contains(.syn), abs(Int64(ahead)) > 1 {
      next = end
      holeStart = end
      holeEnd = end
      return .new
    }
    if ahead > 0 {
      let jump = sequence - next
      if jump > 0 {
        if holeStart == holeEnd { holeStart = next }
        holeEnd = sequence
      }
      next = end
      return .new
    }
    if ahead == 0 && space == 1 && !flags.contains(.fin) && !flags.contains(.syn) && unanswered == 0 {
      return .keepAlive
    }
    let inHole = sequence - holeStart >= 0 && holeEnd - end >= 0
    if inHole && holeStart != holeEnd {
      if sequence == holeStart { holeStart = end }
      if time &- last <= reorder {
        if outOfOrder < .max { outOfOrder &+= 1 }
        return .outOfOrder
      }
    }
    retransmissions &+= 1
    return .retransmission
  }

  /// Copies of one packet lie this close together in a capture, ns: a sender repeats nothing so soon (RFC 6298 section
  /// 2.4 asks for a second, Linux for 200 ms), and its copy would have an identification of its own.
  public static let twinWindow: Int64 = 5_000_000

  /// A segment that ends where the latest one ended, with its identification, so soon behind it, is that one once more.
  mutating func isTwin(_ end: SequenceNumber, _ time: Int64) -> Bool {
    guard end == next, sent.contains(.sequenceKnown), time &- last <= Self.twinWindow else { return false }
    if twins < .max { twins &+= 1 }
    return true
  }
}

/// How a connection was opened, and its history in letters.
public struct TCPOpening: BitwiseCopyable, Sendable {
  /// Zeek history letters in order; side 0 is upper case.
  public var history: [14 of UInt8] = .init(repeating: 0)
  /// Letters used.
  public var historyCount: UInt8 = 0
  /// SYNs sent by the side that opened, saturating.
  public var syns: UInt8 = 0
  /// Opening side, 0 or 1; 2 if no SYN was seen.
  public var opener: UInt8 = 2
  /// The SYN that was refused came again and began another flow of the five-tuple.
  public var isRepeatedLater = false
  /// Latest SYN, µs after the flow's first packet, saturating.
  var synOffset: UInt32 = 0
  /// SYN to SYN-ACK, µs; 0 if not seen or ambiguous (Karn: the SYN was repeated). The responder's distance.
  public var handshakeMicroseconds: UInt32 = 0
  /// SYN-ACK to the opener's ACK, µs; 0 if not seen. The opener's distance.
  public var acknowledgeMicroseconds: UInt32 = 0
  var synACKOffset: UInt32 = 0

  /// Nothing seen.
  init() {}

  /// The letters as the bytes of two words, first letter lowest, 0 beyond the last; with upper and lower case exchanged if
  /// side 1 is the client.
  public func letters(isSwapped: Bool) -> (UInt64, UInt64) {
    var words: (UInt64, UInt64) = (0, 0)
    for place in 0..<8 { words.0 |= UInt64(history[place]) << UInt64(8 * place) }
    for place in 8..<14 { words.1 |= UInt64(history[place]) << UInt64(8 * (place - 8)) }
    guard isSwapped else { return words }
    // The bit that tells the cases apart, of the letters alone: each of them has bit 6 set.
    let cases: UInt64 = 0x2020_2020_2020_2020
    return (words.0 ^ words.0 >> 1 & cases, words.1 ^ words.1 >> 1 & cases)
  }

  mutating func letter(_ lower: UInt8, _ side: Int) {
    guard historyCount < 14 else { return }
    history[Int(historyCount)] = side == 0 ? lower &- 0x20 : lower
    historyCount &+= 1
  }
}

/// Hot state of a TCP flow beside its `FlowState`. Side 0 sent the first packet.
public struct TCPState: BitwiseCopyable, Sendable {
  /// Frame number of the first packet.
  public var firstFrame: UInt64
  /// Both sides.
  public var sides = Sides(TCPSide())
  /// Handshake and history.
  public var opening = TCPOpening()
  /// Earlier flows of the same five-tuple, saturating.
  public var ordinal: UInt16 = 0
  /// Bytes that the responder's latest TLS record still lacks; `noRecord` while none is followed.
  public var recordLeft = TCPState.noRecord
  /// First resets and what came after them; `FlowState.none` if there was none.
  public var reset: UInt32 = FlowState.none
  /// Server name; `FlowState.none` before a ClientHello.
  public var name: UInt32 = FlowState.none
  /// Trace of side 0's segments, that of side 1's follows; `FlowState.none` while both sent few.
  public var traces: UInt32 = FlowState.none
  /// Sequence number at which the record goes on.
  public var recordNext = SequenceNumber(0)

  /// State of a flow that begins with `firstFrame`.
  public init(firstFrame: UInt64) { self.firstFrame = firstFrame }

  /// Opening side, 0 or 1; 2 if no SYN was seen.
  public var opener: UInt8 { opening.opener }
  /// SYNs sent by the side that opened, saturating.
  public var syns: UInt8 { opening.syns }
  /// SYN to SYN-ACK, µs; 0 if not seen or ambiguous.
  public var handshakeMicroseconds: UInt32 { opening.handshakeMicroseconds }
  /// SYN-ACK to the opener's ACK, µs; 0 if not seen.
  public var acknowledgeMicroseconds: UInt32 { opening.acknowledgeMicroseconds }

  /// Bytes of a side that lie before what it announced, came nowhere in this capture, and were never acknowledged by the other
  /// side; 0 if there are none. A segment without data carries the number of its sender's next byte (RFC 9293 section
  /// 3.10.7.4), and a receiver acknowledges the first byte that it lacks: one beyond what came means that the capture missed it.
  public func unreceivedBytes(from side: Int) -> UInt32 {
    side == 0 ? Self.unreceived(sides.first, sides.second) : Self.unreceived(sides.second, sides.first)
  }

  @inline(always)
  private static func unreceived(_ mine: TCPSide, _ theirs: TCPSide) -> UInt32 {
    let hasHole = mine.holeStart != mine.holeEnd
    guard hasHole || mine.announcedFrom == mine.next else { return 0 }
    let isAhead = mine.announcedFrom == mine.next && mine.announced - mine.next > 0
    let missing = hasHole ? mine.holeStart : mine.next
    let end = isAhead ? mine.announced : mine.holeEnd
    guard mine.sent.contains(.sequenceKnown), !theirs.sent.isDisjoint(with: [.ack, .synACK]), end - missing > 0,
      theirs.acknowledged - missing <= 0
    else { return 0 }
    return UInt32(end - missing)
  }

  /// Both sides have sent FIN.
  public var isClosed: Bool { sides.first.sent.contains(.fin) && sides.second.sent.contains(.fin) }

  /// Takes one segment in; time in ns since the epoch. `packet` is lent in place and not changed.
  public mutating func observe(
    _ packet: inout Packet, side: Int, time: Int64, flowStart: Int64, frame: UInt64, reorderWindow: Int64
  ) -> SegmentKind {
    let place = UInt32(truncatingIfNeeded: frame &- firstFrame)
    return if side == 0 {
      Self.observe(&sides.first, &sides.second, &opening, &packet, 0, time, flowStart, place, reorderWindow)
    } else {
      Self.observe(&sides.second, &sides.first, &opening, &packet, 1, time, flowStart, place, reorderWindow)
    }
  }

  private static func observe(
    _ mine: inout TCPSide, _ theirs: inout TCPSide, _ opening: inout TCPOpening, _ packet: inout Packet, _ side: Int,
    _ time: Int64, _ flowStart: Int64, _ frame: UInt32, _ reorderWindow: Int64
  ) -> SegmentKind {
    let flags = packet.tcpFlags
    let length = UInt32(truncatingIfNeeded: packet.payloadWireLength)
    let space = length &+ (flags.contains(.syn) ? 1 : 0) &+ (flags.contains(.fin) ? 1 : 0)
    if packet.identification == mine.identification, space > 0, mine.isTwin(packet.sequence + space, time) {
      return .twin
    }
    if packet.traits.contains(.timestamps) { mine.sent.insert(.timestamps) }
    if flags.contains(.syn) { mine.windowShift = packet.traits.contains(.windowScale) ? packet.windowShift : 0 }
    if flags.contains(.syn) || opening.acknowledgeMicroseconds == 0 {
      noteHandshake(&mine, &theirs, &opening, flags, side, time, flowStart)
    }
    // Anything from this side answers the other: a reset included, it ends the waiting.
    let copies = theirs.unansweredCopies
    if mine.last != .min, time &- mine.last > mine.longestGap { mine.longestGap = time &- mine.last }
    theirs.unanswered = 0
    theirs.unansweredCopies = 0
    if flags.contains(.rst) {
      // A reset's sequence number proves nothing about what its sender had sent: it must not move the window.
      noteLetters(&mine, &opening, flags, length, .pureACK, side)
      mine.last = time
      return .pureACK
    }
    var kind = SegmentKind.pureACK
    let before = mine.next
    if space > 0 {
      kind = mine.place(packet.sequence, space, flags, time, reorderWindow)
    } else if !mine.sent.contains(.sequenceKnown) {
      mine.next = packet.sequence
      mine.sent.insert(.sequenceKnown)
    } else if packet.sequence - mine.next > 0 {
      mine.announced = packet.sequence
      mine.announcedFrom = mine.next
    }
    if mine.next != before { mine.nextTime = time }
    let hadAcknowledged = !mine.sent.isDisjoint(with: [.ack, .synACK])
    noteLetters(&mine, &opening, flags, length, kind, side)
    if flags.contains(.ack) {
      if mine.latestAcknowledgment != packet.acknowledgment {
        mine.previousAcknowledgment = mine.latestAcknowledgment
        mine.latestAcknowledgment = packet.acknowledgment
      }
      // A number that was sent before, as an overtaken segment or a late copy has it, dates nothing anew.
      if packet.acknowledgment - mine.acknowledged > 0 || !hadAcknowledged {
        mine.acknowledged = packet.acknowledgment
        mine.acknowledgmentTime = time
        theirs.stalledCopies = 0
        // Karn: the acknowledgment of a copy may be the original's.
        if copies == 0, packet.acknowledgment == theirs.next, theirs.nextTime > 0 {
          mine.note(reply: time &- theirs.nextTime)
        }
      }
    }
    if kind == .new || kind == .retransmission {
      let bytes = UInt16(clamping: length)
      if mine.unanswered == 0 {
        mine.unansweredSince = time
        mine.unansweredFrame = frame
        mine.unansweredLeast = bytes
      } else if bytes < mine.unansweredLeast {
        mine.unansweredLeast = bytes
      }
      if mine.unanswered < .max { mine.unanswered &+= 1 }
      if kind == .retransmission {
        if mine.unansweredCopies < .max { mine.unansweredCopies &+= 1 }
        if mine.stalledCopies < .max { mine.stalledCopies &+= 1 }
      }
    }
    if length > 0 {
      if mine.dataSegments < .max { mine.dataSegments &+= 1 }
      if kind == .new {
        let sum = mine.payload.addingReportingOverflow(length)
        mine.payload = sum.overflow ? .max : sum.partialValue
      }
    }
    mine.window = packet.window
    mine.note(timeToLive: packet.timeToLive)
    mine.note(identification: packet.identification, opens: flags.contains(.syn))
    mine.last = time
    return kind
  }

  private static func noteHandshake(
    _ mine: inout TCPSide, _ theirs: inout TCPSide, _ opening: inout TCPOpening, _ flags: TCPFlags, _ side: Int,
    _ time: Int64, _ flowStart: Int64
  ) {
    if side == Int(opening.opener), opening.acknowledgeMicroseconds == 0, theirs.sent.contains(.synACK),
      flags.intersection([.syn, .ack, .rst]) == .ack
    {
      let offset = UInt32(clamping: (time &- flowStart) / 1000)
      opening.acknowledgeMicroseconds = offset > opening.synACKOffset ? offset &- opening.synACKOffset : 1
    }
    guard flags.contains(.syn), !flags.contains(.rst) else { return }
    let offset = UInt32(clamping: (time &- flowStart) / 1000)
    if flags.contains(.ack) {
      if opening.opener == 2 { opening.opener = UInt8(1 &- side) }
      if theirs.sent.contains(.syn), !mine.sent.contains(.synACK), opening.syns == 1, offset >= opening.synOffset {
        opening.handshakeMicroseconds = max(1, offset &- opening.synOffset)
      }
      opening.synACKOffset = offset
    } else {
      if opening.opener == 2 { opening.opener = UInt8(side) }
      if opening.syns < .max { opening.syns &+= 1 }
      opening.synOffset = offset
    }
  }

  private static func noteLetters(
    _ mine: inout TCPSide, _ opening: inout TCPOpening, _ flags: TCPFlags, _ length: UInt32, _ kind: SegmentKind,
    _ side: Int
  ) {
    var sent = mine.sent
    if flags.contains(.syn) {
      if flags.contains(.ack) {
        if sent.insert(.synACK).inserted { opening.letter(0x68, side) }
      } else if sent.insert(.syn).inserted {
        opening.letter(0x73, side)
      }
    } else if flags.contains(.ack), length == 0, !flags.contains(.fin), !flags.contains(.rst) {
      if sent.insert(.ack).inserted { opening.letter(0x61, side) }
    }
    if length > 0, !flags.contains(.rst) {
      sent.insert(.ack)
      if sent.insert(.data).inserted { opening.letter(0x64, side) }
      if kind == .retransmission, mine.retransmissions == 1 { opening.letter(0x74, side) }
    }
    if flags.contains(.fin), sent.insert(.fin).inserted { opening.letter(0x66, side) }
    if flags.contains(.rst) {
      if sent.insert(.rst).inserted { opening.letter(0x72, side) }
      if mine.resets < .max { mine.resets &+= 1 }
    }
    mine.sent = sent
  }
}
