public import Flow
public import Verdict
internal import Wire

/// Names the pattern in which a connection ended early, for each side as its peer saw it (METHOD.md M1.2).
///
/// Claims nothing: a pattern is what many causes leave behind, most of them innocent. It makes a connection comparable with
/// what others count, and findings with each other.
public enum StageSignatures {
  /// What a side sent last; nil if that is none of the 19 patterns.
  ///
  /// - Parameters:
  ///   - side: whose packets are looked at; stages go by what the opener had sent, in both directions.
  ///   - last: the connection's latest packet, ns since the epoch.
  ///   - quiet: silence of one side beside the other that counts as an end, ns.
  public static func signature(
    of side: Int, _ state: TCPState, _ trace: ResetTrace?, last: Int64, quiet: Int64
  ) -> StageSignature? {
    guard state.opener != 2 else { return nil }
    if let trace, state.sides[side].resets > 0 {
      var tally = Tally()
      for place in 0..<Int(trace.count) {
        let segment = trace.segments[place]
        if Int(segment.side) == side { tally.add(segment) }
      }
      if tally.bare + tally.acknowledging > 0 { return tally.signature }
    }
    return silence(of: side, state, last: last, quiet: quiet)
  }

  /// A side that falls silent while the other goes on for seconds, with neither FIN nor reset.
  private static func silence(
    of side: Int, _ state: TCPState, last: Int64, quiet: Int64
  ) -> StageSignature? {
    let mine = state.sides[side]
    guard mine.sent.isDisjoint(with: [.fin, .rst]), !state.sides[1 - side].sent.contains(.rst) else { return nil }
    let opener = Int(state.opener)
    let isOpener = side == opener
    if mine.last == .min {
      // A server that answered no SYN; an opener that was never seen did not open.
      let attempts = last &- state.sides[opener].unansweredSince
      return !isOpener && attempts >= quiet ? .synNothing : nil
    }
    guard last &- mine.last >= quiet else { return nil }
    if isOpener {
      guard mine.sent.contains(.ack) else { return .synNothing }
      switch mine.dataSegments {
      case 0: return .ackNothing
      case 1: return .pshNothing
      default: return nil
      }
    }
    // The server said nothing more since the handshake, or since the client's first data.
    guard mine.sent.contains(.synACK), mine.dataSegments == 0, state.sides[opener].unanswered > 0 else { return nil }
    switch state.sides[opener].dataSegments
      &- min(state.sides[opener].dataSegments, state.sides[opener].unansweredCopies)
    {
    case 0: return .ackNothing
    case 1: return .pshNothing
    default: return nil
    }
  }

  /// Resets of one side.
  private struct Tally {
    var bare = 0
    var acknowledging = 0
    private var first: ResetSegment?
    private var acknowledgmentsDiffer = false
    private var hasZero = false

    mutating func add(_ segment: ResetSegment) {
      if segment.flags.contains(.ack) {
        acknowledging += 1
      } else {
        bare += 1
        if segment.acknowledgment.rawValue == 0 { hasZero = true }
        if let first, !first.flags.contains(.ack), first.acknowledgment != segment.acknowledgment {
          acknowledgmentsDiffer = true
        }
      }
      if first == nil { first = segment }
    }

    var signature: StageSignature? {
      guard let first, !first.afterClose else { return nil }
      let isMixed = bare > 0 && acknowledging > 0
      if !first.established {
        if isMixed { return .synRSTAndRSTACK }
        return bare > 0 ? .synRST : .synRSTACK
      }
      switch first.openerDataSegments {
      case 0:
        if isMixed { return nil }
        if bare > 0 { return bare == 1 ? .ackRST : .ackRSTs }
        return acknowledging == 1 ? .ackRSTACK : .ackRSTACKs
      case 1:
        if isMixed { return .pshRSTAndRSTACK }
        if acknowledging > 0 { return acknowledging == 1 ? .pshRSTACK : .pshRSTACKs }
        if bare == 1 { return .pshRST }
        if !acknowledgmentsDiffer { return .pshRSTsSameACK }
        return hasZero ? .pshRSTsZeroACK : .pshRSTsOtherACK
      default:
        if isMixed { return nil }
        return bare > 0 ? .dataRST : .dataRSTACK
      }
    }
  }
}
