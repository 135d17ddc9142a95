/// One RTP stream: an SSRC in one direction of a flow. Extended sequence numbers, loss, duplicates, reordering and
/// jitter after RFC 3550 (A.1, A.3, A.8).
public struct MediaStream: BitwiseCopyable, Sendable {
  // What every packet changes lies in the first two of three cache lines.

  /// Next stream of the same flow; `FlowState.none` at the end.
  public var following: UInt32 = FlowState.none
  /// Synchronization source.
  public var ssrc: UInt32
  /// Side that sent it.
  public var side: UInt8
  /// Payload type of the latest packet.
  public var payloadType: UInt8
  /// Sequence steps of 1...100 seen, saturating: what confirms that this is RTP.
  public var forwardSteps: UInt8 = 0
  /// Times the clock was looked for; 1 if the first try found it.
  public var clockTries: UInt8 = 0
  /// Highest sequence number, extended by its cycles.
  public var highest: UInt32
  /// Bit n: `highest - n` was received. Tells duplicates from late packets.
  public var window: UInt64 = 1
  /// Packets.
  public var packets: UInt32 = 1
  /// RTP clock, Hz; 0 while unknown.
  public var clockRate: UInt32
  /// RTP timestamp of the latest in-order packet.
  public var timestamp: UInt32
  /// Largest packet since `noteDue` was set, IP bytes.
  public var largest: UInt32 = 0
  /// Arrival of the latest in-order packet.
  @usableFromInline var arrival: Int64
  /// Latest packet, ns since the epoch.
  public var last: Int64
  /// Transit time of the latest in-order packet against the first whose clock was known, ms.
  public var transit: Double = 0
  /// Least of `transit` since `noteDue` was set, ms.
  public var leastTransit = Double.infinity
  /// From this time on the next packet goes into the passage, ns since the epoch.
  public var noteDue = Int64.min
  /// Running jitter, ms.
  public var jitter: Double = 0
  /// Sum of the running jitter over the packets that count, ms.
  public var jitterSum: Double = 0
  /// Largest running jitter, ms.
  public var jitterMaximum: Double = 0
  /// Packets in `jitterSum`.
  public var jitterCount: UInt32 = 0
  /// Marker packets.
  public var markers: UInt32 = 0
  /// IP bytes.
  public var bytes: UInt64
  /// The passage of its direction; `FlowState.none` before it is confirmed.
  public var passage = FlowState.none
  /// IP bytes of these since they were last taken off the direction's.
  public var twinBytes: UInt32 = 0
  /// Its `LossRuns`; `FlowState.none` before its first loss.
  public var losses = FlowState.none
  /// First sequence number.
  public var baseSequence: UInt32
  /// Packets before the first loss of its direction, to within 200 ms.
  public var packetsBefore: UInt32 = 0
  /// Packets seen twice.
  public var duplicates: UInt32 = 0
  /// Those among them that are the packet before them, captured once more as on a mirror port or on `any`.
  public var twins: UInt32 = 0
  /// Packets that came after a later one.
  public var outOfOrder: UInt32 = 0
  /// First RTP timestamp.
  public var firstTimestamp: UInt32
  /// Packets expected before a restart of the numbers.
  @usableFromInline var expectedBefore: UInt32 = 0
  /// Frame of the first packet relative to the flow's first.
  public var firstFrame: UInt32
  /// Place among the streams of its flow.
  public var place: UInt16 = 0
  /// Sequence numbers of the latest two packets with the marker.
  @usableFromInline var marked: (latest: UInt16, before: UInt16) = (0, 0)
  /// Times the numbers restarted far away.
  public var restarts: UInt8 = 0
  /// Time to live or hop limit of the first packet.
  public var timeToLive: UInt8
  /// First packet, ns since the epoch.
  public var first: Int64
  /// Packets missing in jumps of the numbers that the clock shows to be losses: their times are not kept.
  public var skipped: UInt32 = 0
  /// Packets that came behind one `farStep` numbers later or more, twins and others that had come left out.
  public var farBehind: UInt32 = 0

  /// A stream that begins with this packet.
  public init(
    ssrc: UInt32, side: UInt8, payloadType: UInt8, sequence: UInt16, timestamp: UInt32, time: Int64, bytes: UInt32,
    frame: UInt32, timeToLive: UInt8 = 0
  ) {
    self.timeToLive = timeToLive
    self.ssrc = ssrc
    self.side = side
    self.payloadType = payloadType
    baseSequence = UInt32(sequence)
    highest = UInt32(sequence)
    clockRate = Self.staticClock(payloadType)
    firstTimestamp = timestamp
    self.timestamp = timestamp
    first = time
    last = time
    arrival = time
    self.bytes = UInt64(bytes)
    firstFrame = frame
  }

  /// At most one router lies between the sender and the capture point, as the usual first values, 64, 128 and 255, tell: what
  /// is lost farther on is not seen here.
  public var isFromNearby: Bool { hops <= 1 }

  /// No router lies between the sender and the capture point.
  public var isUntouched: Bool { hops == 0 }

  private var hops: UInt8 {
    let first: UInt8 = timeToLive > 128 ? 255 : timeToLive > 64 ? 128 : 64
    return first &- timeToLive
  }

  /// Packets expected: extended highest - base + 1 (RFC 3550 A.3), over all runs of numbers.
  public var expected: UInt64 { UInt64(expectedBefore) + UInt64(highest &- baseSequence) + 1 }

  /// expected - packets + duplicates, never below 0.
  public var lost: UInt64 {
    let received = UInt64(packets &- duplicates)
    return expected > received ? expected - received : 0
  }

  /// A packet with this source, from this side, is the stream's.
  @inlinable @inline(always)
  public func isOf(ssrc: UInt32, side: UInt8) -> Bool { self.ssrc == ssrc && self.side == side }

  /// It is RTP: enough forward steps with one SSRC in one direction.
  @inlinable @inline(always)
  public func isConfirmed(_ steps: Int64) -> Bool { Int64(forwardSteps) >= steps }

  /// Takes a later packet of the stream in; time in ns since the epoch, IP bytes. What comes back is how far it leads:
  /// 1 for the next packet, more behind a gap, 0 or less for a late one or after a restart of the numbers.
  @inlinable @inline(always) @discardableResult
  public mutating func observe(
    payloadType: UInt8, marker: Bool, sequence: UInt16, timestamp: UInt32, time: Int64, bytes: UInt32,
    maximumStep: Int32
  ) -> Int32 {
    packets &+= 1
    self.bytes &+= UInt64(bytes)
    // What is as likely as not is no branch here.
    largest = max(largest, bytes)
    last = time
    if marker {
      markers &+= 1
      marked = (sequence, marked.latest)
    }
    let step = Int32(Int16(bitPattern: sequence &- UInt16(truncatingIfNeeded: highest)))
    if payloadType != self.payloadType {
      self.payloadType = payloadType
      let known = Self.staticClock(payloadType)
      if known != 0 { clockRate = known }
    }
    if step > 0 {
      if step <= maximumStep, forwardSteps < .max { forwardSteps &+= 1 }
      if step <= Self.plainStep {
        highest &+= UInt32(step)
        window = window << UInt64(step) | 1
      } else if !leap(step, sequence, timestamp, time) {
        return 0
      }
      measure(timestamp, time)
    } else if step > -64 {
      let bit = UInt64(1) << UInt64(-step)
      if window & bit != 0 {
        duplicates &+= 1
        // Also behind others of the same picture, as on a mirror of several ports.
        if step == 0 || timestamp == self.timestamp, time &- arrival <= Self.twinWindow {
          twins &+= 1
          twinBytes &+= bytes
        }
      } else {
        window |= bit
        outOfOrder &+= 1
        if step <= -Self.farStep { farBehind &+= 1 }
      }
    } else if step < -Self.maximumDropout {
      if leap(step, sequence, timestamp, time) { measure(timestamp, time) }
    } else {
      outOfOrder &+= 1
    }
    return step > Self.maximumDropout ? 0 : step
  }

  /// Which of the latest packet, which leads by `step`, and the one before it had the marker.
  @inline(always)
  public func markers(_ step: Int32) -> PassageRecord.Markers {
    let latest = UInt16(truncatingIfNeeded: highest)
    let before = latest &- UInt16(truncatingIfNeeded: step)
    guard markers > 0 else { return PassageRecord.Markers() }
    return PassageRecord.Markers(
      before: marked.latest == before || marked.latest == latest && marked.before == before,
      last: marked.latest == latest)
  }

  /// Copies of one packet lie this close together in a capture, ns: what a sender repeats for safety comes a packet time
  /// later.
  @inlinable static var twinWindow: Int64 { 5_000_000 }

  /// So many numbers hold 300 ms of a voice in packets of 20 ms, in which most come.
  @inlinable static var farStep: Int32 { 15 }

  /// A clock is looked for with so many packets for the first time.
  @inlinable public static var clockPackets: UInt32 { 32 }

  /// RFC 3550 A.1 MAX_DROPOUT.
  @inlinable static var maximumDropout: Int32 { 3000 }

  /// Steps up to which packets are missing whatever the clock says.
  @inlinable static var plainStep: Int32 { 32 }

  /// The numbers step far ahead, or back by more than MAX_DROPOUT. True if packets were sent and did not come: a sender that
  /// starts anew begins with numbers and time stamps of its choice (RFC 3550 section 5.1), and where a server puts another source
  /// in a stream's place its numbers may be any.
  @usableFromInline @inline(never)
  mutating func leap(_ step: Int32, _ sequence: UInt16, _ timestamp: UInt32, _ time: Int64) -> Bool {
    if step > 0, step <= Self.maximumDropout {
      if isSplice(step, timestamp, time) {
        restart(sequence, timestamp, time)
        return false
      }
      highest &+= UInt32(step)
      window = step < 64 ? window << UInt64(step) | 1 : 1
      return true
    }
    // RFC 3550 A.1: a restart, unless the time stamp went on with the clock over a pause that holds as many packets.
    let missing = UInt32(sequence &- UInt16(truncatingIfNeeded: highest))
    guard isHole(missing, timestamp, time) else {
      restart(sequence, timestamp, time)
      return false
    }
    highest &+= missing
    window = 1
    skipped &+= missing &- 1
    return true
  }

  /// The time stamp belies that the packets between were sent: it moved by less than the shortest voice packets of so many hold, it
  /// went back, or it is ahead of its time, by half a second more than what had been held up on the way. What is lost behind a
  /// full queue has its time stamps though nothing came in between.
  private func isSplice(_ step: Int32, _ timestamp: UInt32, _ time: Int64) -> Bool {
    guard clockRate != 0 else { return false }
    let nominal = Double(Int32(bitPattern: timestamp &- self.timestamp)) * 1000 / Double(clockRate)
    // Many packets share a picture's time stamp, and pictures are not sent in the order of their times.
    if clockRate != 90_000, nominal < 5 * Double(step) { return true }
    let pause = Double(time &- arrival) / 1e6
    return nominal < -1_000 || nominal - pause > 500 + max(0, transit)
  }

  /// The time stamp moved by the time between the two packets, to within a tenth as where a clock is looked for, and as many
  /// are missing, to within a fifth, or of pictures a half, as came in so much time before: with a pause of hours any number would be near, and whoever was
  /// on hold may go on with other numbers.
  private func isHole(_ step: UInt32, _ timestamp: UInt32, _ time: Int64) -> Bool {
    let pause = Double(time &- arrival) / 1e9
    let before = Double(arrival &- first) / 1e9
    guard clockRate != 0, pause > 0, before > 0 else { return false }
    let nominal = Double(timestamp &- self.timestamp) / Double(clockRate)
    let usual = Double(packets) * pause
    let slack = clockRate == 90_000 ? 0.5 : 0.2
    return abs(nominal - pause) <= 0.1 * pause && abs(Double(step) * before - usual) <= slack * usual
  }

  /// The numbers begin anew; what the clock of before would say of them is nothing.
  private mutating func restart(_ sequence: UInt16, _ timestamp: UInt32, _ time: Int64) {
    self.timestamp = timestamp
    arrival = time
    expectedBefore &+= highest &- baseSequence &+ 1
    baseSequence = UInt32(sequence)
    highest = UInt32(sequence)
    window = 1
    if restarts < .max { restarts &+= 1 }
  }

  /// RFC 3550 A.8 in milliseconds: J += (|D| - J) / 16.
  @inlinable @inline(always)
  mutating func measure(_ timestamp: UInt32, _ time: Int64) {
    let rate = clockRate
    if rate != 0 {
      let nominal = Double(Int32(bitPattern: timestamp &- self.timestamp)) * 1000 / Double(rate)
      let difference = Double(time &- arrival) / 1e6 - nominal
      transit += difference
      leastTransit = transit < leastTransit ? transit : leastTransit
      jitter += (abs(difference) - jitter) / 16
      jitterSum += jitter
      jitterCount &+= 1
      jitterMaximum = jitter > jitterMaximum ? jitter : jitterMaximum
    } else if clockTries < 6, packets &- duplicates >= Self.clockPackets << UInt32(clockTries) {
      // With what came in order: the packet that completes the number may have been late or doubled.
      // Later ones must hit it better: what follows no clock comes near one sooner or later.
      inferClock(timestamp, time, tolerance: clockTries == 0 ? 0.1 : 0.02)
      clockTries &+= 1
      // Against the first packet, as if the clock had been known: what filled a queue before it was is seen so.
      if clockRate != 0 {
        let nominal = Double(Int32(bitPattern: timestamp &- firstTimestamp)) * 1000 / Double(clockRate)
        transit = Double(time &- first) / 1e6 - nominal
      }
    }
    self.timestamp = timestamp
    arrival = time
  }

  /// Nearest usual clock to the timestamps' advance over the packets so far, within 10 %: dynamic payload types do not
  /// say theirs.
  public mutating func inferClock(_ timestamp: UInt32, _ time: Int64, tolerance: Double = 0.1) {
    let span = Double(time &- first) / 1e9
    guard span > 0.1 else { return }
    let rate = Double(timestamp &- firstTimestamp) / span
    for candidate: UInt32 in Self.usualClocks where abs(rate - Double(candidate)) < tolerance * Double(candidate) {
      clockRate = candidate
      return
    }
  }

  /// The stream's clock: given, inferred while it ran, or from its whole span.
  public var finalClock: UInt32 {
    if clockRate != 0 { return clockRate }
    var copy = self
    copy.inferClock(timestamp, arrival)
    return copy.clockRate
  }

  private static let usualClocks: [UInt32] = [8000, 16000, 24000, 48000, 90000]

  /// RFC 3551 section 6, table 4 and 5; 0 for dynamic and unassigned types.
  @inlinable
  public static func staticClock(_ payloadType: UInt8) -> UInt32 {
    switch payloadType {
    case 0, 3, 4, 5, 7, 8, 9, 12, 13, 15, 18, 19: 8000
    case 6: 16000
    case 10, 11: 44100
    case 14, 25, 26, 28, 31, 32, 33, 34: 90000
    case 16: 11025
    case 17: 22050
    default: 0
    }
  }
}
