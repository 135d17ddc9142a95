public import Flow
public import Verdict

/// The only list of detectors, in the order of precedence of the record format: effective reset, dropped to the end,
/// dropped for a time, capped, random discard, degraded, nothing.
public enum Detectors {
  /// The verdict of a UDP flow.
  public static func judge(
    _ flow: FlowObservation, _ state: UDPState, _ known: Circumstances
  ) -> Judgment {
    var hearing = NoHearing()
    return judge(flow, state, known, &hearing)
  }

  @inline(__always)
  static func judge(
    _ flow: FlowObservation, _ state: UDPState, _ known: Circumstances, _ hearing: inout some Hearing
  ) -> Judgment {
    var judgment: Judgment
    let silence = hearing.heard(.silence, Silence.judge(flow, state, known))
    if let silence, silence.isFinding {
      judgment = silence
    } else if let cap = hearing.heard(.mediaCaps, MediaCaps.judge(flow, known)), silence == nil || cap.isFinding {
      judgment = cap
    } else if let silence {
      judgment = silence
    } else {
      judgment = hearing.heard(.soundness, Soundness.judge(flow, known))
      // A silence that ended and that nothing explains is not `ok`.
      if judgment.outcome == .ok,
        let silence = hearing.heard(.endedSilence, EndedSilence.judge(flow, state, known))
      {
        judgment = silence
      }
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
    var hearing = NoHearing()
    return judge(flow, state, trace, known, &hearing)
  }

  @inline(__always)
  static func judge(
    _ flow: FlowObservation, _ state: TCPState, _ trace: ResetTrace?, _ known: Circumstances,
    _ hearing: inout some Hearing
  ) -> Judgment {
    var judgment = reset(flow, state, trace, known, &hearing) ?? unreset(flow, state, known, &hearing)
    Grading.settle(&judgment, flow, .tcp, known)
    return judgment
  }

  private static func reset(
    _ flow: FlowObservation, _ state: TCPState, _ trace: ResetTrace?, _ known: Circumstances,
    _ hearing: inout some Hearing
  ) -> Judgment? {
    guard let trace, let reset = hearing.heard(.resets, Resets.judge(flow, state, trace, known)) else { return nil }
    // What a reset without effect did not end is judged by the rest.
    if reset.outcome == .ok {
      var rest = unreset(flow, state, known, &hearing)
      if rest.outcome == .ok { return reset }
      rest.evidence += reset.evidence
      return rest
    }
    // A reset that ended what was over anyway does not hide a cap.
    guard !reset.isFinding, var cap = hearing.heard(.connectionCaps, ConnectionCaps.judge(flow, known)), cap.isFinding
    else { return reset }
    if reset.outcome == .reset {
      cap.also = [
        Secondary(
          outcome: .reset, mechanism: reset.mechanism, direction: reset.direction, window: reset.window)
      ]
    }
    return cap
  }

  private static func unreset(
    _ flow: FlowObservation, _ state: TCPState, _ known: Circumstances, _ hearing: inout some Hearing
  ) -> Judgment {
    let silence = hearing.heard(.connectionSilence, ConnectionSilence.judge(flow, state, known))
    if let silence, silence.isFinding { return silence }
    if let cap = hearing.heard(.connectionCaps, ConnectionCaps.judge(flow, known)), silence == nil || cap.isFinding {
      return cap
    }
    if let silence { return silence }
    return hearing.heard(.soundness, Soundness.judge(flow, state, known))
  }
}
