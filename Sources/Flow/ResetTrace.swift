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
  /// Window field is 0.
  public var zeroWindow: Bool { window == 0 }
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
  /// Low four bits of the byte that holds the header's length: three reserved ones, and AE, which was the ECN nonce (RFC
  /// 3540) before.
  public var headerBits: UInt8 = 0
  /// One of the header's reserved bits is set: no stack sends that. AE is none of them: with CWR and ECE it counts marked
  /// packets in every segment, resets with ACK included (AccECN, RFC 9768 section 3.1).
  public var reservedBits: Bool { headerBits & 0xE != 0 }
  /// IPv4 identification.
  public var identification: UInt16 = 0
  /// Window field.
  public var window: UInt16 = 0
  /// Sequence number minus the sender's highest sequence number + length.
  public var beyondNext: Int32 = 0
  /// Sequence number equals one of the peer's two latest acknowledgments: a dead socket's answer (RFC 9293 3.10.7.1).
  public var answersAcknowledgment = false
  /// Acknowledgment equals the peer's highest sequence number + length.
  public var acknowledgesAll = false
  /// IPv4 identification minus the sender's latest, modulo 2^16.
  public var identificationStep: UInt16 = 0
  /// IPv4 identification is 0.
  public var zeroIdentification: Bool { identification == 0 }
  /// The sender's identifications had gone up one by one, often enough to be called a counter, and over a pause as long as that
  /// before this reset: one counter of a whole host does so within bursts.
  public var senderCounts = false
  /// The sender's SYN or SYN-ACK had identification 0, as Linux sends it.
  public var senderStartedWithZero = false
  /// The sender had sent nothing but its SYN or SYN-ACK: where its counter stood is not known.
  public var senderOnlyOpened = false
  /// Acknowledgment number minus the peer's highest sequence number + length.
  public var beyondPeer: Int32 = 0
  /// How long the connection had been idle when the segment was sent that this reset answers, ns.
  public var idleBefore: Int64 = 0
  /// Since the peer's latest packet, ns; negative if there was none.
  public var sincePeer: Int64 = -1
  /// Since the sender's own latest packet, ns; negative if there was none.
  public var sinceOwn: Int64 = -1
  /// The peer had sent new data since then.
  public var answersData = false
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

/// What was sent after a connection's first resets: a closed socket sends nothing.
public struct ResetAftermath: BitwiseCopyable, Sendable {
  /// Bit of a side: it has sent a reset.
  private var resetters: UInt8 = 0
  /// By side: segments with new sequence space after that side's own first reset.
  public private(set) var data = Sides<UInt32>(0)
  /// Frame of the first of them.
  public private(set) var dataFrame = Sides<UInt64>(0)
  /// Time of the first of them.
  public private(set) var dataTime = Sides<Int64>(0)
  /// By side: when it acknowledged more than ever before after its own first reset; 0 if it did not.
  public private(set) var progressTime = Sides<Int64>(0)
  /// Frame of that.
  public private(set) var progressFrame = Sides<UInt64>(0)
  /// By side: packets other than resets after that side's own first reset.
  public private(set) var packets = Sides<UInt32>(0)
  /// By side: packets other than resets after the other side's first reset, which had not ended its connection.
  public private(set) var replies = Sides<UInt32>(0)
  /// Time of the latest of them.
  public private(set) var replyTime = Sides<Int64>(0)
  /// Segments with new sequence space and pure acknowledgments of either side after the first reset: it had no effect.
  public private(set) var exchanges: UInt32 = 0

  /// Nothing sent.
  public init() {}

  /// `side` has sent a reset.
  public mutating func noteReset(side: Int) { resetters |= 1 << UInt8(side) }

  /// Takes in what is no reset.
  public mutating func note(
    _ kind: SegmentKind, hasPayload: Bool, progresses: Bool, side: Int, frame: UInt64, time: Int64
  ) {
    if resetters >> UInt8(side) & 1 == 1 {
      packets[side] &+= 1
      if progresses, progressTime[side] == 0 {
        progressTime[side] = time
        progressFrame[side] = frame
      }
      if kind == .new, hasPayload {
        if data[side] == 0 {
          dataFrame[side] = frame
          dataTime[side] = time
        }
        data[side] &+= 1
      }
    }
    if resetters >> UInt8(1 &- side) & 1 == 1 {
      replies[side] &+= 1
      replyTime[side] = time
    }
    if kind == .new || kind == .pureACK { exchanges &+= 1 }
  }
}

/// The first resets of a connection, and what was sent afterwards.
public struct ResetTrace: BitwiseCopyable, Sendable {
  /// Most resets kept: enough for every rule that compares them.
  public static let limit = 4
  /// First resets.
  public private(set) var segments: [4 of ResetSegment] = .init(repeating: ResetSegment())
  /// How many of `segments` are set.
  public private(set) var count: UInt8 = 0
  /// What was sent afterwards.
  public var aftermath: ResetAftermath

  /// No reset yet.
  public init(_ aftermath: ResetAftermath = ResetAftermath()) { self.aftermath = aftermath }

  /// Adds a reset; beyond the limit nothing.
  public mutating func append(_ segment: ResetSegment) {
    guard count < Self.limit else { return }
    segments[Int(count)] = segment
    count += 1
  }
}

/// Where a connection's resets lie. Not nested: the linker misses a private type that an arena holds.
struct ResetHead: BitwiseCopyable {
  var aftermath = ResetAftermath()
  var count: UInt8 = 0
  /// First and latest link.
  var first = FlowState.none
  var last = FlowState.none
}

/// One reset of a connection.
struct ResetLink: BitwiseCopyable {
  var segment: ResetSegment
  var following = FlowState.none
}

/// The resets of all connections, in the room that they take: most connections that are reset are reset once.
public struct ResetTraces: ~Copyable {
  var heads = Arena<ResetHead, 9>()
  var links = Arena<ResetLink, 9>()

  /// None.
  public init() {}

  /// Room for another connection's: its index.
  public mutating func open() -> UInt32 { heads.append(ResetHead()) }

  /// Adds a reset; beyond the limit nothing.
  public mutating func append(_ segment: ResetSegment, to trace: UInt32) {
    guard heads[trace].count < ResetTrace.limit else { return }
    heads[trace].aftermath.noteReset(side: Int(segment.side))
    heads[trace].count += 1
    let link = links.append(ResetLink(segment: segment))
    if heads[trace].last == FlowState.none {
      heads[trace].first = link
    } else {
      links[heads[trace].last].following = link
    }
    heads[trace].last = link
  }

  /// The connection's latest reset has the same numbers and came within `window` ns before.
  public func endsWith(_ segment: ResetSegment, in trace: UInt32, window: Int64) -> Bool {
    guard heads[trace].last != FlowState.none else { return false }
    let before = links[heads[trace].last].segment
    return before.side == segment.side && before.flags == segment.flags && before.sequence == segment.sequence
      && before.acknowledgment == segment.acknowledgment && before.timeToLive == segment.timeToLive
      && before.identificationStep == segment.identificationStep && segment.time &- before.time <= window
  }

  /// Takes in what was sent after the connection's first reset.
  public mutating func note(
    _ kind: SegmentKind, hasPayload: Bool, progresses: Bool, side: Int, frame: UInt64, time: Int64, in trace: UInt32
  ) {
    heads[trace].aftermath.note(
      kind, hasPayload: hasPayload, progresses: progresses, side: side, frame: frame, time: time)
  }

  /// A connection's resets.
  public subscript(trace: UInt32) -> ResetTrace {
    var result = ResetTrace(heads[trace].aftermath)
    var link = heads[trace].first
    while link != FlowState.none {
      result.append(links[link].segment)
      link = links[link].following
    }
    return result
  }
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
    segment.window = packet.window
    segment.headerBits = packet.windowShift
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
    segment.identification = packet.identification
    segment.senderCounts = sender.counts(over: sender.last == .min ? 0 : time &- sender.last)
    segment.senderStartedWithZero = sender.startedWithZeroIdentification
    segment.senderOnlyOpened = sender.sent.isDisjoint(with: [.ack, .data])
    if peer.sent.contains(.sequenceKnown), packet.tcpFlags.contains(.ack) {
      segment.beyondPeer = packet.acknowledgment - peer.next
    }
    if peer.unanswered > 0, sender.last != .min {
      segment.idleBefore = max(0, peer.unansweredSince &- sender.last)
    }
    segment.sinceOwn = sender.last == .min ? -1 : time &- sender.last
    segment.answersData = peer.last != .min && peer.payload > 0 && peer.nextTime > sender.last
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
