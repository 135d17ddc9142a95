public import Flow
public import Verdict

/// The only list of detectors, in the order of precedence of the record format: effective reset, dropped to the end,
/// dropped for a time, capped, random discard, degraded, nothing.
public enum Detectors {
  /// The verdict of a UDP flow that only one rule has something to say of, as of most: nobody was asked anything and
  /// nothing worth a look was lost. False if it is another; `judgment` is unchanged then.
  public static func judgeOrdinary(
    _ flow: FlowObservation, _ known: Circumstances, into judgment: inout Judgment
  ) -> Bool {
    guard flow.passages == nil, flow.sealed == nil, !known.around.hasAnswers, flow.packets.server > 0,
      flow.packets.client == 0 || flow.dialogues.isEmpty
    else { return false }
    Soundness.judge(flow, known, into: &judgment)
    judgment.lossUp = flow.media.client.seenLoss
    judgment.lossDown = flow.media.server.seenLoss
    return true
  }

  /// The same of a TCP flow: no reset, nothing that silence could be told from, no cap. To be asked of flows without resets.
  public static func judgeOrdinary(
    _ flow: FlowObservation, _ client: TransferSide, _ server: TransferSide, _ known: Circumstances,
    into judgment: inout Judgment
  ) -> Bool {
    guard flow.owedBytes == 0, flow.fullAfter == 0, known.replication.freezes.isEmpty,
      !ForeignAnswer.mayJudge(flow, client, server),
      !ConnectionSilence.mayJudge(flow, client, server, known),
      !ConnectionCaps.mayJudge(flow, known)
    else {
      return false
    }
    Soundness.judge(flow, client, server, known, into: &judgment)
    return true
  }

  /// The verdict of a UDP flow.
  public static func judge(
    _ flow: FlowObservation, _ state: UDPState, _ known: Circumstances
  ) -> Judgment {
    var judgment = nothing
    if judgeOrdinary(flow, known, into: &judgment) { return judgment }
    var hearing = NoHearing()
    return judge(flow, state, known, &hearing)
  }

  @inline(always)
  static func judge(
    _ flow: FlowObservation, _ state: UDPState, _ known: Circumstances, _ hearing: inout some Hearing
  ) -> Judgment {
    var judgment: Judgment
    let silence = hearing.heard(.silence, Silence.judge(flow, state, known))
    if let silence, silence.isFinding {
      judgment = silence
    } else if let cap = hearing.heard(.mediaCaps, MediaCaps.judge(flow, known)), silence == nil || cap.isFinding {
      judgment = lossy(flow, cap, known, &hearing) ?? cap
    } else if let silence {
      judgment = silence
    } else {
      if let foreign = hearing.heard(.foreignAnswer, ForeignAnswer.judge(flow, known)) {
        judgment = foreign
      } else {
        judgment = nothing
        Soundness.judge(flow, known, into: &judgment)
        if judgment.outcome == .ok,
          let unfinished = MissingHandshake.unfinished(flow, known) ?? UnansweredInitials.unfinished(flow, known)
        {
          judgment = unfinished
        }
        judgment = hearing.heard(.soundness, judgment)
        // Of what was lost in one row it is told that nothing came, and why that is no finding.
        if judgment.outcome == .degraded, flow.hasMediaOrOpaque, let silence = EndedSilence.judge(flow, state, known),
          let gap = silence.gap
        {
          judgment.evidence.append(Evidence(gap.code, silence.reason))
        }
      }
      if judgment.outcome == .ok, flow.sealed != nil, let unseen = SealedLoss.unseen(flow, known) {
        judgment.evidence.append(unseen)
      }
      // A silence that ended and that nothing explains is not `ok`.
      if judgment.outcome == .ok,
        let silence = hearing.heard(.endedSilence, EndedSilence.judge(flow, state, known))
      {
        judgment = silence
      }
    }
    judgment.lossUp = flow.media.client.seenLoss
    judgment.lossDown = flow.media.server.seenLoss
    CaptureLoss.nameStills(&judgment, flow, known)
    Grading.settle(&judgment, flow, .udp, known)
    return judgment
  }

  /// Loss whose cause is not told is loss all the same; nil if the refusal says more, or it was little.
  private static func lossy(
    _ flow: FlowObservation, _ refusal: Judgment, _ known: Circumstances, _ hearing: inout some Hearing
  ) -> Judgment? {
    guard let gap = refusal.gap, gap.isOne(of: "too_few_losses", "regular_losses") else { return nil }
    var judgment = nothing
    Soundness.judge(flow, known, into: &judgment)
    guard judgment.outcome == .degraded else { return nil }
    judgment.evidence.append(Evidence(gap.code, refusal.reason))
    return hearing.heard(.soundness, judgment)
  }

  /// The verdict of a TCP flow.
  public static func judge(
    _ flow: FlowObservation, _ state: TCPState, _ trace: ResetTrace?, _ known: Circumstances
  ) -> Judgment {
    var judgment = nothing
    if trace == nil, judgeOrdinary(flow, ends(flow, state).client, ends(flow, state).server, known, into: &judgment) {
      return judgment
    }
    var hearing = NoHearing()
    return judge(flow, state, trace, known, &hearing)
  }

  @inline(always)
  static func judge(
    _ flow: FlowObservation, _ state: TCPState, _ trace: ResetTrace?, _ known: Circumstances,
    _ hearing: inout some Hearing
  ) -> Judgment {
    var judgment = reset(flow, state, trace, known, &hearing) ?? unreset(flow, state, known, &hearing)
    if !known.around.phases.isEmpty, let phases = known.around.phases[flow.firstFrame],
      !judgment.evidence.contains(where: { $0.code.isSame(as: "transfer_phases") })
    {
      judgment.evidence.append(phases.evidence)
    }
    Grading.settle(&judgment, flow, .tcp, known)
    return judgment
  }

  private static var nothing: Judgment { Judgment(.inconclusive, grade: .inconclusive, reason: Phrase("")) }

  private static func ends(_ flow: FlowObservation, _ state: TCPState) -> (client: TransferSide, server: TransferSide) {
    let ends = (TransferSide(state.sides.first), TransferSide(state.sides.second))
    return flow.clientSide == 0 ? (ends.0, ends.1) : (ends.1, ends.0)
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
    // Who gives up what nobody acknowledges, or waiting for the rest of an answer, ends nothing that was going on.
    if reset.mechanism == .resetEndpoint,
      let silence = hearing.heard(.connectionSilence, givenUp(flow, state, trace, known))
    {
      return silence
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

  private static func givenUp(
    _ flow: FlowObservation, _ state: TCPState, _ trace: ResetTrace, _ known: Circumstances
  ) -> Judgment? {
    if let silence = ConnectionSilence.judge(flow, state, givenUpIn: trace.segments[0], known) { return silence }
    return flow.owedBytes > 0 || flow.fullAfter > 0 ? UnfinishedRecord.judge(flow, state, trace, known) : nil
  }

  private static func unreset(
    _ flow: FlowObservation, _ state: TCPState, _ known: Circumstances, _ hearing: inout some Hearing
  ) -> Judgment {
    let silence = hearing.heard(.connectionSilence, ConnectionSilence.judge(flow, state, known))
    if let silence, silence.isFinding { return silence }
    if let cap = hearing.heard(.connectionCaps, ConnectionCaps.judge(flow, known)), silence == nil || cap.isFinding {
      return cap
    }
    if let foreign = hearing.heard(.foreignAnswer, ForeignAnswer.judge(flow, state, known)) { return foreign }
    if let silence { return silence }
    if flow.owedBytes > 0 || flow.fullAfter > 0,
      let unfinished = hearing.heard(.connectionSilence, UnfinishedRecord.judge(flow, state, nil, known))
    {
      return unfinished
    }
    var judgment = nothing
    let ends = ends(flow, state)
    Soundness.judge(flow, ends.client, ends.server, known, into: &judgment)
    if judgment.outcome == .ok, !known.replication.freezes.isEmpty,
      let alike = UnfinishedRecord.alike(flow, state, known)
    {
      judgment = alike
    }
    return hearing.heard(.soundness, judgment)
  }
}
