internal import Wire

/// Pauses of a sender that had more to send: in the middle of a TLS record, before a hole, or behind a segment that its stack had cut
/// off from more, while the other side had room for more and said nothing that could have ended the pause.
///
/// What ends such a pause is the sender's own clock: the timer of a retransmission (RFC 6298 section 5), which is doubled each time
/// that it runs out. A window that closes is no such pause, nor is one between two records.
extension TCPSide {
  /// A pause that counts, ns: the least value of that timer (RFC 6298 section 2.4).
  public static var leastPause: Int64 { 1_000_000_000 }
  /// The longest that an acknowledgment of what came before it is delayed, ns (RFC 9293 section 3.8.6.3).
  static var longestDelay: Int64 { 500_000_000 }
  /// Of segments that every path carries, bytes (RFC 9293 section 3.7.1): one larger may be a full one.
  static var smallSegment: UInt16 { 536 }
  /// Bytes that the options of a full segment take at most (RFC 9293 section 3.1).
  static var optionBytes: Int64 { 40 }

  /// In the longest row so many pauses were each twice as long as the one before.
  public var pauseRow: Int { Int(pauseRows >> 4) }

  /// Notes a pause, ns: of the timer, to within a fifth and a round trip.
  mutating func note(pause length: Int64, isOwed: Bool) {
    if isOwed, pauses < .max { pauses &+= 1 }
    let units = UInt16(clamping: length >> 20)
    let isDoubled = pause > 0 && 17...24 ~= 10 * Int(units) / Int(pause)
    let row = isDoubled ? min(15, (pauseRows & 15) + 1) : 1
    pauseRows = max(pauseRows >> 4, row) << 4 | row
    pause = units
  }
}

extension TCPState {
  /// Notes that a side sends data behind a pause, before they are taken in.
  @inline(never)
  mutating func notePause(_ side: Int, _ time: Int64) {
    let (mine, theirs) = (sides[side], sides[1 - side])
    guard mine.sent.contains(.data), mine.sent.isDisjoint(with: [.fin, .rst]),
      theirs.sent.isDisjoint(with: [.fin, .rst]),
      theirs.last != .min, theirs.last &- mine.last <= TCPSide.longestDelay,
      room(of: theirs, for: mine) >= 2 * Int64(mine.largestLength)
    else { return }
    // A hole whose end the other side acknowledged is the capture's.
    let isMissing = mine.holeStart != mine.holeEnd && theirs.acknowledged - mine.holeStart <= 0
    let isUnfinished =
      side == responder && 0 < recordLeft && recordLeft < Self.awaitsContent && recordNext == mine.next
    let isOwed = isMissing || isUnfinished && mine.holeStart == mine.holeEnd
    guard isOwed || isFull(mine) else { return }
    sides[side].note(pause: time &- mine.last, isOwed: isOwed)
  }

  /// The latest new data fill a segment, or as many as were put together on their way.
  private func isFull(_ mine: TCPSide) -> Bool {
    guard mine.newestLength > TCPSide.smallSegment, mine.newestLength == mine.lengthBefore else { return false }
    let size = opening.segmentSize == 0 ? Self.ordinarySegment : Int64(opening.segmentSize)
    let length = Int64(mine.newestLength)
    let parts = max(1, (length + size - 1) / size)
    return length / parts + TCPSide.optionBytes >= size
  }

  /// How much a side was ready to take, bytes. Its window is scaled only if both offered it (RFC 7323 section 2.2).
  private func room(of theirs: TCPSide, for mine: TCPSide) -> Int64 {
    let isScaled = theirs.windowShift <= 14 && mine.windowShift <= 14 && mine.windowShift > 0
    return Int64(theirs.window) << (isScaled ? Int64(theirs.windowShift) : 0)
  }
}
