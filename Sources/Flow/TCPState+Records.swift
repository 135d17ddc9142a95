public import Wire

/// How far the responder's TLS records are complete (RFC 8446 section 5.1): type, version, length, and as many bytes.
///
/// An unfinished record is an answer that its server owes. A hole in front of a segment is passed over if the record that is
/// followed reaches beyond it: where the next one begins is known then, and nothing is owed before the hole is filled. A header
/// within a hole ends the following, as does one that is cut by the snapshot length, and nothing is claimed then. Of one that is
/// split over two segments, as small records often have it, the first part is kept in `recordLeft`.
extension TCPState {
  /// No record is followed.
  @inlinable public static var noRecord: UInt16 { .max }
  /// None either: `recordNext` is where the body of the responder's first answer over HTTP ends, as its header says.
  @usableFromInline static var contentEnd: UInt16 { .max - 1 }
  /// None yet: that answer is awaited.
  static var awaitsContent: UInt16 { .max - 2 }
  /// Length of a record's header.
  private static var headerLength: Int { 5 }
  /// The most that a record holds, TLS 1.2's expansion included (RFC 5246 section 6.2.3).
  private static var longestRecord: UInt16 { 16_384 + 2_048 }

  /// Mark of `recordLeft` where it holds the first 1 to 4 bytes of a header: their count in bits 8 to 10, the length's first byte in
  /// the lower ones.
  private static var splitHeader: UInt16 { 0x8000 }

  /// Side of the responder.
  @inlinable public var responder: Int { opening.opener == 1 ? 0 : 1 }

  /// Follows the responder's records from its first byte on, if it has sent none yet.
  public mutating func beginRecords() {
    let side = responder
    guard sides[side].sent.contains(.synACK), sides[side].payload == 0 else { return }
    recordLeft = 0
    recordNext = sides[side].next
  }

  /// Awaits the answer to a request over HTTP, if the responder has sent nothing yet.
  public mutating func awaitContent() {
    let side = responder
    guard sides[side].sent.contains(.synACK), sides[side].payload == 0 else { return }
    recordLeft = Self.awaitsContent
    recordNext = sides[side].next
  }

  /// Whether this segment goes on with the records that are followed, be it behind a hole.
  @inline(__always)
  public func continuesRecords(at sequence: SequenceNumber, side: Int) -> Bool {
    recordLeft < TCPState.contentEnd && sequence - recordNext >= 0 && side == responder
  }

  /// Takes in a segment that goes on with the records; `wireLength`: its bytes, of which `payload` may be a part.
  public mutating func followRecords(_ payload: Span<UInt8>, wireLength: Int, at sequence: SequenceNumber) {
    if recordLeft == Self.awaitsContent {
      let length = sequence == recordNext ? HTTPOpening.answerLength(payload) : nil
      recordLeft = length == nil ? TCPState.noRecord : TCPState.contentEnd
      recordNext = sequence + (length ?? 0)
      return
    }
    guard var place = nextHeader(payload, at: sequence) else {
      recordLeft = TCPState.noRecord
      return
    }
    recordNext = sequence + UInt32(truncatingIfNeeded: wireLength)
    while place < wireLength {
      let part = wireLength &- place
      if part < Self.headerLength, payload.count == wireLength, 20...24 ~= payload[place],
        part < 2 || payload[place &+ 1] == 3
      {
        recordLeft =
          Self.splitHeader | UInt16(truncatingIfNeeded: part << 8) | (part == 4 ? UInt16(payload[place &+ 3]) : 0)
        return
      }
      guard place &+ Self.headerLength <= payload.count, 20...24 ~= payload[place], payload[place &+ 1] == 3,
        case let length = UInt16(payload[place &+ 3]) << 8 | UInt16(payload[place &+ 4]), length <= Self.longestRecord
      else {
        recordLeft = TCPState.noRecord
        return
      }
      place &+= Self.headerLength &+ Int(length)
    }
    recordLeft = UInt16(truncatingIfNeeded: place &- wireLength)
  }

  /// Where in a segment the next record begins, which may be behind it; nil if that is not known.
  private func nextHeader(_ payload: Span<UInt8>, at sequence: SequenceNumber) -> Int? {
    let hole = Int(sequence - recordNext)
    guard recordLeft >= Self.splitHeader else { return hole <= Int(recordLeft) ? Int(recordLeft) &- hole : nil }
    let seen = Int(recordLeft >> 8) & 7
    let rest = Self.headerLength &- seen
    guard hole == 0, payload.count >= rest, seen > 1 || payload[1 &- seen] == 3 else { return nil }
    let high = seen == 4 ? recordLeft & 0xFF : UInt16(payload[3 &- seen])
    let length = high << 8 | UInt16(payload[4 &- seen])
    return length <= Self.longestRecord ? rest &+ Int(length) : nil
  }

  /// Bytes of a record that the responder has begun and not finished, all before them having arrived; 0 if there is none.
  public var owedBytes: UInt16 {
    guard recordLeft < Self.awaitsContent, recordNext == sides[responder].next else { return 0 }
    // A hole that was filled in another order is known by what its receiver acknowledges.
    guard sides[responder].holeStart == sides[responder].holeEnd || sides[1 - responder].acknowledged - recordNext >= 0
    else { return 0 }
    guard !sides[responder].sent.contains(.fin) else { return 0 }
    // Of a header that is begun its own rest is owed at least.
    return recordLeft < Self.splitHeader ? recordLeft : UInt16(Self.headerLength) - (recordLeft >> 8 & 7)
  }

  /// The responder stopped behind a segment as large as the one before, all before them having arrived: what is written ends within
  /// one mostly. A handshake's may be larger than those that hold a record each. `least`: bytes of a segment that every path
  /// carries; `pause`: ns, as long as a link takes for a segment.
  ///
  /// Not where it was written by itself: one with PSH that came later than two round trips behind the other; nor where it is the end
  /// of what an answer over HTTP announced.
  public func endsInFull(above least: Int64, pause: Int64) -> Bool {
    let side = sides[responder]
    return Int64(side.newestLength) > least && side.newestLength == side.lengthBefore
      && side.payload / 3 >= UInt32(side.largestLength)
      && side.sent.contains(.synACK) && side.sent.isDisjoint(with: [.fin, .rst])
      && (side.holeStart == side.holeEnd || sides[1 - responder].acknowledged - side.next >= 0)
      && !(side.newestIsPushed && Int64(side.newestGap) << 22 > max(pause, 2 * roundTrip))
      && !(recordLeft == Self.contentEnd && recordNext == side.next)
  }

  /// Both ways, by the handshake, ns; 0 if it was not seen, and no more than `newestGap` can hold.
  private var roundTrip: Int64 {
    min(500_000_000, (Int64(opening.handshakeMicroseconds) + Int64(opening.acknowledgeMicroseconds)) * 1_000)
  }

  /// The responder's newest data are what its stack had cut off from more: the segment lacks PSH, which a stack sets where nothing
  /// more is queued (RFC 9293 section 3.9.1.2), or is as large as the ends agreed, but for `spare` bytes that records which are to fill
  /// one leave. Segments that were put together on their way are measured by their parts.
  public func newestIsCutOff(spare: Int64) -> Bool {
    let side = sides[responder]
    guard side.newestIsPushed else { return true }
    // RFC 9293 section 3.7.1 has a smaller one for who says nothing, which nobody keeps to.
    let size = opening.segmentSize == 0 ? Self.ordinarySegment : Int64(opening.segmentSize)
    let length = Int64(side.newestLength)
    let parts = max(1, (length + size - 1) / size)
    return length / parts + spare >= size
  }

  /// Of Ethernet and IPv4 without options, bytes.
  static var ordinarySegment: Int64 { 1_460 }
}
