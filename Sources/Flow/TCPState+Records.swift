public import Wire

/// How far the responder's TLS records are complete (RFC 8446 section 5.1): type, version, length, and as many bytes.
///
/// An unfinished record is an answer that its server owes. A hole in front of a segment is passed over if the record that is
/// followed reaches beyond it: where the next one begins is known then, and nothing is owed before the hole is filled. A header
/// within a hole ends the following, as does one that is split over segments or cut by the snapshot length, and nothing is
/// claimed then.
extension TCPState {
  /// No record is followed.
  @inlinable public static var noRecord: UInt16 { .max }
  /// Length of a record's header.
  private static var headerLength: Int { 5 }
  /// The most that a record holds, TLS 1.2's expansion included (RFC 5246 section 6.2.3).
  private static var longestRecord: UInt16 { 16_384 + 2_048 }

  /// Side of the responder.
  @inlinable public var responder: Int { opening.opener == 1 ? 0 : 1 }

  /// Follows the responder's records from its first byte on, if it has sent none yet.
  public mutating func beginRecords() {
    let side = responder
    guard sides[side].sent.contains(.synACK), sides[side].payload == 0 else { return }
    recordLeft = 0
    recordNext = sides[side].next
  }

  /// Whether this segment goes on with the records that are followed, be it behind a hole.
  @inline(__always)
  public func continuesRecords(at sequence: SequenceNumber, side: Int) -> Bool {
    recordLeft != TCPState.noRecord && sequence - recordNext >= 0 && side == responder
  }

  /// Takes in a segment that goes on with the records; `wireLength`: its bytes, of which `payload` may be a part.
  public mutating func followRecords(_ payload: Span<UInt8>, wireLength: Int, at sequence: SequenceNumber) {
    var place = Int(recordLeft) &- Int(sequence - recordNext)
    guard place >= 0 else {
      recordLeft = TCPState.noRecord
      return
    }
    recordNext = sequence + UInt32(truncatingIfNeeded: wireLength)
    while place < wireLength {
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

  /// Bytes of a record that the responder has begun and not finished, all before them having arrived; 0 if there is none.
  public var owedBytes: UInt16 {
    guard recordLeft != TCPState.noRecord, recordNext == sides[responder].next else { return 0 }
    // A hole that was filled in another order is known by what its receiver acknowledges.
    guard sides[responder].holeStart == sides[responder].holeEnd || sides[1 - responder].acknowledged - recordNext >= 0
    else { return 0 }
    return sides[responder].sent.contains(.fin) ? 0 : recordLeft
  }
}
