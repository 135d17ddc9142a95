public import Flow
internal import Wire

/// What the rules for ordinary connections ask of one side: a few numbers of the several hundred bytes of its state.
public struct TransferSide: Sendable, BitwiseCopyable {
  let sent: TCPSide.Sent
  let dataSegments: UInt16
  let unanswered: UInt16
  let unansweredCopies: UInt16
  let stalledCopies: UInt16
  let retransmissions: UInt32
  let payload: UInt32
  let pauses: UInt8
  let pauseRow: Int
  let dataCopies: UInt8
  let stallCopies: UInt16
  let stallMilliseconds: UInt32
  let unansweredProbes: UInt8
  let spokeBeyondEnd: Bool
  let unansweredSince: Int64
  let next: SequenceNumber
  let acknowledged: SequenceNumber
  let latestAcknowledgment: SequenceNumber
  let acknowledgmentTime: Int64

  /// Of a side's state.
  @inline(__always)
  public init(_ side: TCPSide) {
    sent = side.sent
    dataSegments = side.dataSegments
    unanswered = side.unanswered
    unansweredCopies = side.unansweredCopies
    stalledCopies = side.stalledCopies
    retransmissions = side.retransmissions
    payload = side.payload
    pauses = side.pauses
    pauseRow = side.pauseRow
    dataCopies = side.dataCopies
    stallCopies = side.stallCopies
    stallMilliseconds = side.stallMilliseconds
    unansweredProbes = side.unansweredProbes
    spokeBeyondEnd = side.spokeBeyondEnd
    unansweredSince = side.unansweredSince
    next = side.next
    acknowledged = side.acknowledged
    latestAcknowledgment = side.latestAcknowledgment
    acknowledgmentTime = side.acknowledgmentTime
  }

  /// Bytes beyond all that came of the other side that this one acknowledged, to the end; 0 if there are none, or it cannot be told.
  func missed(of other: TransferSide) -> Int32 {
    guard sent.contains(.ack), other.sent.contains(.data), latestAcknowledgment == acknowledged else {
      return 0
    }
    return max(0, acknowledged - other.next)
  }
}
