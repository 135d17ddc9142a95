internal import Settings
internal import Verdict

/// What the ends of a call say of its media where the capture point cannot see it.
///
/// Claims: `degraded` where the server's receiver reports in clear say that much of what the client sent did not come. Nothing
/// of where or why: whoever receives counts what was lost on the whole way. METHOD.md M3.7.
enum ReportedLoss {
  /// A verdict on a flow of which nothing is seen to be wrong; nil where the reports do not say otherwise.
  static func judge(_ flow: FlowObservation, _ known: Circumstances) -> Judgment? {
    let limits = known.thresholds.power
    let (up, down) = flow.media
    // RFC 3550 section 6.4.1: a sender report counts the packets sent.
    if down.packets == 0, !flow.hasOpaqueMedia, up.span >= limits.mediaSpan.integer,
      down.announced >= limits.losses.integer
    {
      return Claim.inconclusive(
        "no_media_back", seen: 0, needed: 1,
        Phrase(
          "The server's sender reports count {} media packets that it sent; none came on this path.",
          .count(Int(clamping: down.announced))))
    }
    guard let report = up.report, report.expected > 0, report.lost >= limits.losses.integer else { return nil }
    let share = Double(report.lost) / Double(report.expected)
    guard share >= limits.lossShare.value else { return nil }
    var judgment = Claim.lossy(
      .up, during: report.window, known.thresholds,
      Phrase(
        "{} of {} media packets of the client did not arrive, by the server's own receiver reports ({}); the cause is not told apart here.",
        .count(Int(clamping: report.lost)), .count(Int(clamping: report.expected)), .share(share)))
    if flow.isPeerPath { judgment.alternatives.append("peer-line") }
    return judgment
  }
}
