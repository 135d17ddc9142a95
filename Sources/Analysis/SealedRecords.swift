internal import Flow

/// Media beside RTP: datagrams or records of one side.
struct SealedRecords: BitwiseCopyable {
  var packets: UInt32 = 0
  var bytes: UInt64 = 0
  var first = Int64.max
  var last = Int64.min
  /// From the first to the last.
  @inline(always)
  var span: TimeSpan { TimeSpan(first: first, last: last) }
  /// Longest time between two of them, ns.
  var longestGap: Int64 = 0
  /// Record numbers: the epoch, the first and the highest of it, and what came twice; bit n: `highest - n` came.
  var epoch: UInt16 = 0
  var base: UInt64 = 0
  var highest: UInt64 = 0
  var window: UInt64 = 0
  var numbered: UInt32 = 0
  var duplicates: UInt32 = 0
  /// A datagram was cut before its last record: what is missing may be there.
  var isCut = false
  /// How the missing ones follow each other.
  private var pattern = LossPattern()
  /// Times between datagrams.
  var cadence = Cadence()
  /// Ends of the latest two datagrams, and when these came.
  private var ends: (UInt64, UInt64) = (0, 0)
  private var endTimes: (Int64, Int64) = (.min, .min)
  /// Expected in earlier epochs.
  private var expectedBefore: UInt64 = 0

  /// Records expected by their numbers; 0 where these are hidden.
  var expected: UInt64 { numbered == 0 ? 0 : expectedBefore + highest - base + 1 }
  /// Records missing.
  var lost: UInt64 {
    let received = UInt64(numbered - duplicates)
    return expected > received ? expected - received : 0
  }

  /// The window moves on by `step`: what leaves it has come, or is lost.
  private mutating func leave(_ step: UInt64, _ time: Int64) {
    let known = highest &- base
    var place = min(63, known)
    let out = min(step, 64)
    while place >= 64 &- out {
      pattern.note(isLost: window >> place & 1 == 0, time: time)
      if place == 0 { break }
      place &-= 1
    }
    // Numbers passed over that never were in the window; beyond a second's worth they are a jump, not losses.
    if step > 64, step < 3000 { for _ in 0..<(step &- 64) { pattern.note(isLost: true, time: time) } }
  }

  /// Losses to the latest record; nil where there are no numbers, or not all that came were seen.
  var losses: LossPattern? {
    guard numbered > 0, !isCut else { return nil }
    var copy = self
    copy.leave(64, last)
    return copy.pattern
  }

  /// Whether a datagram that ends so is one of the latest two once more, as a capture on `any` holds it: ciphertext does not repeat
  /// itself. It is kept if not. 0: its end is not known.
  mutating func isTwin(_ end: UInt64, _ time: Int64, within window: Int64) -> Bool {
    guard end != 0 else { return false }
    if end == ends.0, time &- endTimes.0 <= window { return true }
    if end == ends.1, time &- endTimes.1 <= window { return true }
    ends = (end, ends.0)
    endTimes = (time, endTimes.0)
    return false
  }

  /// One at `time` of `size` IP bytes.
  mutating func note(_ time: Int64, _ size: UInt32) {
    packets &+= 1
    bytes &+= UInt64(size)
    if first == .max { first = time } else if time &- last > longestGap { longestGap = time &- last }
    if time > last { last = time }
    cadence.note(time)
  }

  /// The number of a record (RFC 6347 section 4.1): it counts all records of an epoch and is never used twice.
  mutating func note(epoch: UInt16, number: UInt64, time: Int64) {
    if numbered == 0 || epoch > self.epoch {
      if numbered > 0 { expectedBefore &+= highest &- base &+ 1 }
      self.epoch = epoch
      base = number
      highest = number
      window = 1
      numbered &+= 1
      return
    }
    guard epoch == self.epoch else { return }
    numbered &+= 1
    if number > highest {
      let step = number &- highest
      leave(step, time)
      window = step < 64 ? window << step | 1 : 1
      highest = number
    } else if highest &- number < 64 {
      let bit = UInt64(1) << (highest &- number)
      if window & bit != 0 { duplicates &+= 1 }
      window |= bit
      if number < base { base = number }
    } else if number < base {
      // Of before the capture's first.
      numbered &-= 1
    }
  }
}

extension Sides<SealedRecords> {
  /// Records of both sides at the pace of a call: a data channel that carries one (WhatsApp's web clients do).
  @inline(always)
  var isPaced: Bool {
    Self.isPaced(first.packets, first.first, first.last)
      && Self.isPaced(second.packets, second.first, second.last)
  }

  private static func isPaced(_ records: UInt32, _ first: Int64, _ last: Int64) -> Bool {
    records >= 100 && last > first && Double(records) >= 8e-9 * Double(last &- first)
  }
}
