public import Flow
public import Verdict

/// The only list of detectors, in the order of precedence of the record format: effective reset, dropped to the end,
/// dropped for a time, capped, random discard, degraded, nothing.
///
/// Places kept for detectors that are not written yet: caps by policer and shaper, random discard, congestion and radio loss (before `Soundness`).
public enum Detectors {
  /// The verdict of a UDP flow.
  public static func judge(
    _ flow: FlowObservation, _ state: UDPState, _ known: Circumstances
  ) -> Judgment {
    var judgment: Judgment
    if let silence = Silence.judge(flow, state, known) {
      judgment = silence
    } else {
      judgment = Soundness.judge(flow, known)
      // A silence that ended and that nothing explains is not `ok`.
      if judgment.outcome == .ok, let silence = EndedSilence.judge(flow, state, known) { judgment = silence }
    }
    judgment.lossUp = flow.media.client.loss
    judgment.lossDown = flow.media.server.loss
    Grading.settle(&judgment, flow, .udp, known)
    return judgment
  }

  /// The verdict of a TCP flow.
  public static func judge(
    _ flow: FlowObservation, _ state: TCPState, _ trace: ResetTrace?, _ known: Circumstances
  ) -> Judgment {
    var judgment =
      (trace == nil ? nil : Resets.judge(flow, state, trace, known)) ?? ConnectionSilence.judge(flow, state, known)
      ?? Soundness.judge(flow, state, known)
    Grading.settle(&judgment, flow, .tcp, known)
    return judgment
  }
}
