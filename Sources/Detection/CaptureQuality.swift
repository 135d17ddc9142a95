internal import Settings
internal import Verdict

/// What the capture itself leaves open of a finding: the hygiene of METHOD.md M6.3, looked at for each and told with it.
///
/// Its own drops, disorder and steps of its clock, packets that it holds twice or put together, and its edges. What limits
/// what may be claimed holds the grade at `consistent`; what would make a claim wrong is refused by the detectors.
enum CaptureQuality {
  /// Adds to a finding what was looked at.
  static func settle(_ judgment: inout Judgment, _ flow: FlowObservation, _ known: Circumstances) {
    let all = [
      CaptureLoss.excluder(known),
      Excluder("capture-order", known.around.isOrderly ? .excluded : .unknown),
      Excluder("capture-start", isBeginningSeen(flow, known) ? .excluded : .present),
      Excluder("capture-end", isEndNear(judgment, known) ? .unknown : .excluded),
      Excluder("duplicated-frames", known.around.hasTwins ? .present : .excluded),
      Excluder("merged-frames", known.around.hasMergedFrames ? .present : .excluded),
    ]
    let names = Set(judgment.excluders.map(\.name.description))
    judgment.excluders += all.filter { !names.contains($0.name.description) }
    if known.around.isOverheard || known.around.drops ?? 0 > 0 { judgment.alternatives.append("capture-loss") }
  }

  /// What holds every grade of a capture, or of a flow whose beginning it lacks; empty if nothing does.
  static func shortfalls(_ flow: FlowObservation, _ known: Circumstances) -> [Shortfall] {
    var lacking: [Shortfall] = []
    if !known.around.isOrderly { lacking.append(Shortfall("orderly_capture", seen: 0, needed: 1)) }
    if let drops = known.around.drops, drops > 0 {
      lacking.append(Shortfall("capture_without_drops", seen: Double(drops), needed: 0))
    }
    if known.around.isOverheard { lacking.append(Shortfall("capture_of_all_frames", seen: 0, needed: 1)) }
    if known.around.hasTwins { lacking.append(Shortfall("capture_without_duplicates", seen: 0, needed: 1)) }
    if !isBeginningSeen(flow, known) { lacking.append(Shortfall("beginning_in_capture", seen: 0, needed: 1)) }
    return lacking
  }

  /// A connection that opens in the capture, a path on which something was asked before media came, and what began long
  /// after the capture did.
  static func isBeginningSeen(_ flow: FlowObservation, _ known: Circumstances) -> Bool {
    if flow.lacksOpening { return false }
    let media = min(flow.media.client.first, flow.media.server.first)
    guard media <= flow.first, known.around.start != .min else { return true }
    return flow.first &- known.around.start >= known.thresholds.power.captureEdge.integer
  }

  /// What was dropped or reset began within the last seconds: how it went on is not seen.
  private static func isEndNear(_ judgment: Judgment, _ known: Circumstances) -> Bool {
    guard judgment.outcome != .capped, let window = judgment.window, known.around.end != .max else { return false }
    return known.around.end &- window.first < known.thresholds.power.captureEdge.integer
  }
}
