public import Flow

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
  }
}
