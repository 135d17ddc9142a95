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
  let stallCopies: UInt16
  let stallMilliseconds: UInt32
  let unansweredProbes: UInt8
  let unansweredSince: Int64
  let next: SequenceNumber
  let acknowledged: SequenceNumber
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
    stallCopies = side.stallCopies
    stallMilliseconds = side.stallMilliseconds
    unansweredProbes = side.unansweredProbes
    unansweredSince = side.unansweredSince
    next = side.next
    acknowledged = side.acknowledged
    acknowledgmentTime = side.acknowledgmentTime
  }
}
