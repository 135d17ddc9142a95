public import Wire

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
  /// Pauses of `leastPause` and more within what was owed (`TCPState+Pauses.swift`), saturating.
  public internal(set) var pauses: UInt8 = 0
  /// IPv4 identification of the latest packet sent, as far as its counter tells the order.
  public var identification: UInt16 = 0
  /// Segments with payload, saturating.
  public var dataSegments: UInt16 = 0
  /// Payload of the latest segment with new data, bytes on the wire, saturating.
  public var newestLength: UInt16 = 0
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
  /// Largest payload of a segment with new data, bytes on the wire, saturating; and that of the latest but one.
  public var largestLength: UInt16 = 0
  var lengthBefore: UInt16 = 0
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
  /// Probes one byte below the next number (RFC 9293 sections 3.8.4 and 3.8.6.1) since the other side's latest packet, saturating:
  /// each is owed an acknowledgment. The first came at `unansweredSince`, if nothing else was unanswered then.
  public var unansweredProbes: UInt8 = 0
  /// Segments with payload before its FIN, 254 at most; 0 without one, 255 if a connection began anew behind it.
  public var segmentsBeforeEnd: UInt8 = 0
  /// Data came with numbers at or beyond that of its own FIN, which no stack sends: the FIN was another's.
  public var spokeBeyondEnd = false
  /// Packets captured twice, saturating; they count as one.
  public var twins: UInt16 = 0
  /// Longest pause over which those went up by a little, in units of 2^20 ns, saturating: a counter of the whole host goes on
  /// meanwhile.
  var countedPause: UInt16 = 0
  /// From the new data before to the newest, in units of 2^22 ns, saturating.
  var newestGap: UInt8 = 0
  /// The segment of its newest data has PSH.
  var newestIsPushed = false
  /// Highest value of its timestamps.
  var timestamp: UInt32 = 0
  /// What brought that value had been sent before.
  var timestampIsOfRepeat = false
  /// Window field of the latest segment, not scaled.
  public var window: UInt16 = 0
  /// Copies in the longest row of unanswered ones that the other side's next packet ended.
  public var stallCopies: UInt16 = 0
  /// How long that row lasted, from the first segment in it to the last copy, ms, saturating.
  public var stallMilliseconds: UInt32 = 0
  /// Frames, relative to the flow's first, of the first packets with the first two of `timesToLive`.
  public var timeToLiveFrames: [2 of UInt32] = [0, 0]
  /// The latest of its pauses, in units of 2^20 ns, saturating; 0 before one.
  var pause: UInt16 = 0
  /// Pauses in the latest row of them of which each was twice as long as the one before: lower four bits; in the longest: upper ones.
  var pauseRows: UInt8 = 0
  /// Segments of data sent again before the other side acknowledged them, saturating.
  public internal(set) var dataCopies: UInt8 = 0

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

  mutating func note(timeToLive hops: UInt8, frame: UInt32) {
    if timesToLive[0] == hops { return }
    for index in 0..<4 {
      if timesToLive[index] == hops { return }
      if timesToLive[index] == 0 {
        timesToLive[index] = hops
        if index < 2 { timeToLiveFrames[index] = frame }
        return
      }
    }
  }

  mutating func note(timestamps packet: inout Packet, isRepeat: Bool) {
    guard packet.traits.contains(.timestamps) else { return }
    if !sent.contains(.timestamps) || Int32(bitPattern: packet.timestampValue &- timestamp) > 0 {
      timestamp = packet.timestampValue
      timestampIsOfRepeat = isRepeat
    }
    sent.insert(.timestamps)
  }

  /// The other side's packet ends a row of unanswered copies.
  mutating func noteStall() {
    let span = UInt32(clamping: (last &- unansweredSince) / 1_000_000)
    guard span > stallMilliseconds else { return }
    stallMilliseconds = span
    stallCopies = unansweredCopies
  }

  /// Notes how long this side took to acknowledge, ns.
  mutating func note(reply: Int64) {
    let microseconds = UInt32(clamping: max(1, reply / 1_000))
    if fastestReply == 0 || microseconds < fastestReply { fastestReply = microseconds }
  }

  /// A step of a connection's own counter: copies made by the network card take several numbers at once.
  static let identificationStep: ClosedRange<UInt16> = 1...64
  /// A step back of one: the packet was overtaken. By chance 1 of 1,000 random numbers lies there.
  private static let identificationBack: ClosedRange<UInt16> = (0 &- 64)...(.max)

  /// Its identifications went up one by one, and over a pause as long as this one, ns, by no more.
  func counts(over pause: Int64) -> Bool {
    identificationSteps >= 3 && UInt16(clamping: pause >> 20) <= countedPause
  }

  /// `time`: now, where `last` is still that of the packet before.
  mutating func note(identification number: UInt16, opens: Bool, time: Int64) {
    if opens {
      startedWithZeroIdentification = number == 0
    } else if Self.identificationStep.contains(number &- identification) {
      if identificationSteps < .max { identificationSteps &+= 1 }
      if last != .min { countedPause = max(countedPause, UInt16(clamping: (time &- last) >> 20)) }
    } else if Self.identificationBack.contains(number &- identification) {
      return
    } else {
      identificationSteps = 0
      countedPause = 0
    }
    identification = number
  }

  /// Whether a packet was sent behind the latest of this side that came, by the counter in its identification or the clock in its
  /// timestamps (RFC 7323 section 4); nil if neither tells.
  private func wasSentLater(_ packet: inout Packet, _ time: Int64) -> Bool? {
    if packet.identification != 0, identificationSteps >= Self.countingSteps {
      return Int16(bitPattern: packet.identification &- identification) > 0
    }
    guard packet.traits.contains(.timestamps), sent.contains(.timestamps) else { return nil }
    let ticks = Int32(bitPattern: packet.timestampValue &- timestamp)
    if ticks != 0 { return ticks > 0 }
    // Sent within one tick: repeats beside a repeat, new data beside new data. A repeat waits for a round trip.
    if timestampIsOfRepeat { return true }
    return 2 &* (time &- last) <= Int64(fastestReply) &* 1_000 ? false : nil
  }

  /// Numbers so near those of before are the same connection's, bytes: what a window scaled by 4 holds; others are of one that began
  /// anew without its SYN in the capture.
  private static let flight: Int32 = 1 << 20

  /// Steps in a row that make a counter.
  private static let countingSteps: UInt8 = 8

  /// Puts sequence space in its place: new, sent before, or filling a hole.
  mutating func place(_ packet: inout Packet, _ space: UInt32, _ time: Int64, _ reorder: Int64) -> SegmentKind {
    let sequence = packet.sequence
    let flags = packet.tcpFlags
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
      // Its end was of the connection before.
      if sent.contains(.fin) { segmentsBeforeEnd = .max }
      return .new
    }
    if ahead > 0 {
      if sent.contains(.fin), segmentsBeforeEnd != .max, packet.payloadWireLength > 0,
        abs(sequence - next) <= Self.flight
      {
        spokeBeyondEnd = true
      }
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
      // Where packets come thick and fast, a repeat too comes soon behind another one; and what was sent before the latest that
      // came is none, however late it is.
      let isRepeat = wasSentLater(&packet, time)
      if isRepeat.map({ !$0 }) ?? (time &- last <= reorder) {
        if outOfOrder < .max { outOfOrder &+= 1 }
        return isRepeat == nil ? .outOfOrder : .overtaken
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
    noteTwin()
    return true
  }

  mutating func noteTwin() { if twins < .max { twins &+= 1 } }

  /// A segment that ends here brings nothing new.
  func hasSent(to end: SequenceNumber) -> Bool { sent.contains(.sequenceKnown) && next - end >= 0 }
}
