internal import Flow
internal import Settings
internal import Verdict

/// Rows of unanswered requests or repeated segments that ended before the flow did, where `EndedSilence` says nothing of them.
///
/// An `ok` states the shortest silence that would have been seen. One that ended is seen on paths of media alone, so a longer
/// row in the flow belies the statement: it becomes the one stated, or, where the row holds as many trials over as long a time
/// as a cut-off needs, nothing is said to be sound. Claims nothing: a client whose own line was away asks in vain as well.
struct EndedRow {
  /// From the first of the row to the last that surely met no answer, ns.
  private let span: Int64
  /// Independent trials in it.
  private let trials: Int64
  /// What the trials are.
  private let isTransfer: Bool

  /// The longest of the client's own requests; nil where there is none, or where media showed how the path was.
  init?(_ flow: borrowing FlowObservation) {
    guard !flow.hasMediaOrOpaque, let kept = flow.kept else { return nil }
    let checks = kept.dialogue[.check(by: flow.clientSide)]
    let asks = kept.dialogue.asker == UInt8(flow.clientSide)
    let ask =
      asks && kept.dialogue.server.pauseMilliseconds > checks.pauseMilliseconds
      ? kept.dialogue.server : checks
    guard ask.pauseBins > 0 else { return nil }
    span = Int64(ask.pauseMilliseconds) &* 1_000_000
    trials = Int64(ask.pauseBins)
    isTransfer = false
  }

  /// The longest of the client's repeated segments; nil where there is none. What the server repeats the client is seen to
  /// leave unanswered.
  init?(_ client: TransferSide, _ limits: Thresholds.Silence) {
    guard Int64(client.stallCopies) >= limits.retransmissions.integer else { return nil }
    span = Int64(client.stallMilliseconds) &* 1_000_000
    trials = Int64(client.stallCopies)
    isTransfer = true
  }

  /// A refusal where the row is as long as a cut-off.
  func refusal(_ limits: Thresholds.Silence) -> Judgment? {
    guard span >= limits.cutoff.integer, trials >= (isTransfer ? limits.retransmissions : limits.trials).integer else {
      return nil
    }
    return Claim.inconclusive(
      "silence_ended", seen: Claim.seconds(span), needed: Claim.seconds(limits.cutoff.integer),
      isTransfer
        ? Phrase(
          "What the client sent was repeated {} times over {} before the server answered again: whether its own line or the way was away is not told.",
          .count(Int(trials)), .duration(span))
        : Phrase(
          "The client's requests were not answered for {}, in {} one-second bins, then they were again: whether its own line or the way was away is not told.",
          .duration(span), .count(Int(trials))))
  }

  /// The shortest silence that would have been seen, seconds: `usual`, ns, or more than this row.
  func power(_ usual: Int64) -> Double { max(Claim.seconds(usual), (Claim.seconds(span) * 10).rounded(.up) / 10) }
}
