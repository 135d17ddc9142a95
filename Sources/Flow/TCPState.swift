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
  /// Fills a hole, and its sender's counter or clock shows that it was sent before what came last.
  case overtaken
  /// A probe one byte below the next sequence number (RFC 9293 section 3.8.4).
  case keepAlive
  /// The same packet captured once more, as on a mirror port or on `any`: no segment.
  case twin
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

  /// Segments of either side are not in the capture: there is a hole, or more was acknowledged than came.
  public var lacksSegments: Bool {
    Self.lacks(sides.first, acknowledgedBy: sides.second) || Self.lacks(sides.second, acknowledgedBy: sides.first)
  }

  private static func lacks(_ mine: TCPSide, acknowledgedBy theirs: TCPSide) -> Bool {
    guard mine.sent.contains(.sequenceKnown) else { return false }
    return mine.holeStart != mine.holeEnd
      || !theirs.sent.isDisjoint(with: [.ack, .synACK]) && theirs.acknowledged - mine.next > 0
  }

  /// Both sides have sent FIN.
  public var isClosed: Bool { sides.first.sent.contains(.fin) && sides.second.sent.contains(.fin) }

  /// Takes one segment in; time in ns since the epoch. `packet` is lent in place and not changed.
  public mutating func observe(
    _ packet: inout Packet, side: Int, time: Int64, flowStart: Int64, frame: UInt64, reorderWindow: Int64
  ) -> SegmentKind {
    let place = UInt32(truncatingIfNeeded: frame &- firstFrame)
    // Before the first packet of a side the difference is below 0.
    if packet.payloadWireLength > 0, time &- sides[side].last >= TCPSide.leastPause { notePause(side, time) }
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
    let space = packet.sequenceSpace
    if packet.identification == mine.identification, space > 0, mine.isTwin(packet.sequence + space, time) {
      return .twin
    }
    if flags.contains(.syn) {
      mine.windowShift = packet.traits.contains(.windowScale) ? packet.windowShift : 0
      if packet.traits.contains(.maximumSegmentSize) { opening.note(segmentSize: packet.maximumSegmentSize) }
    }
    if flags.contains(.syn) || opening.acknowledgeMicroseconds == 0 {
      noteHandshake(&mine, &theirs, &opening, flags, side, time, flowStart)
    }
    // Anything from this side answers the other: a reset included, it ends the waiting.
    let copies = theirs.unansweredCopies
    // Behind its own end it is mostly the other's end that it leaves unanswered: nobody waits for that.
    if copies > 0, !mine.sent.contains(.fin) { theirs.noteStall() }
    if mine.last != .min, time &- mine.last > mine.longestGap { mine.longestGap = time &- mine.last }
    theirs.unanswered = 0
    theirs.unansweredCopies = 0
    theirs.unansweredProbes = 0
    if flags.contains(.rst) {
      // A reset's sequence number proves nothing about what its sender had sent: it must not move the window.
      noteLetters(&mine, &opening, flags, length, .pureACK, side)
      mine.last = time
      return .pureACK
    }
    var kind = SegmentKind.pureACK
    let before = mine.next
    let advanced = mine.nextTime
    if space > 0 {
      kind = mine.place(&packet, space, time, reorderWindow)
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
    if kind == .keepAlive
      || space == 0 && packet.sequence - mine.next == -1 && mine.sent.contains(.ack) && flags.contains(.ack)
    {
      if mine.unanswered == 0, mine.unansweredProbes == 0 { mine.unansweredSince = time }
      if mine.unansweredProbes < .max { mine.unansweredProbes &+= 1 }
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
        mine.lengthBefore = mine.newestLength
        mine.newestLength = UInt16(clamping: length)
        mine.newestGap = UInt8(clamping: (time &- advanced) >> 22)
        mine.newestIsPushed = flags.contains(.psh)
        if mine.newestLength > mine.largestLength { mine.largestLength = mine.newestLength }
        let sum = mine.payload.addingReportingOverflow(length)
        mine.payload = sum.overflow ? .max : sum.partialValue
      } else if kind == .retransmission, mine.dataCopies < .max, packet.sequence + length - theirs.acknowledged > 0 {
        mine.dataCopies &+= 1
      }
    }
    mine.note(timestamps: &packet, isRepeat: kind == .retransmission)
    mine.window = packet.window
    mine.note(timeToLive: packet.timeToLive, frame: frame)
    mine.note(identification: packet.identification, opens: flags.contains(.syn), time: time)
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
    if flags.contains(.fin), sent.insert(.fin).inserted {
      opening.letter(0x66, side)
      mine.segmentsBeforeEnd = UInt8(min(254, UInt32(mine.dataSegments) &+ (length > 0 ? 1 : 0)))
    }
    if flags.contains(.rst) {
      if sent.insert(.rst).inserted { opening.letter(0x72, side) }
      if mine.resets < .max { mine.resets &+= 1 }
    }
    mine.sent = sent
  }
}
