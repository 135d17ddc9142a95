internal import Verdict

/// How well a control flow matches the flow that it is held against: the nearer in time, size and rate, and the farther
/// its server, the more its answers say (METHOD.md M2.3).
enum ControlMatch {
  /// Evidence of the match, with each point that fails; nil if there is nothing to compare.
  static func evidence(_ control: Neighbor, _ flow: FlowObservation, _ window: TimeWindow) -> Evidence? {
    let span = max(1, window.last &- window.first)
    let common = min(window.last, control.lastAnswer) &- max(window.first, control.first)
    let overlap = max(0, min(1, Double(common) / Double(span)))
    guard flow.packets.client > 0, control.sent.packets > 0 else { return nil }
    let size = (
      Double(flow.bytes.client) / Double(flow.packets.client), Double(control.sent.bytes) / Double(control.sent.packets)
    )
    let rate = (
      Double(flow.packets.client) / seconds(flow.last &- flow.first),
      Double(control.sent.packets) / seconds(control.lastAnswer &- control.first)
    )
    let isElsewhere = control.server.network != flow.server.network
    let isLike = near(size.0, size.1) && near(rate.0, rate.1)
    let template: StaticString =
      switch (isElsewhere, isLike) {
      case (true, true):
        "The control overlaps {} of the interval, in another network, with packets and rate within a factor of 2: {} bytes each and {} a second."
      case (true, false):
        "The control overlaps {} of the interval, in another network; its packets or rate differ by more than a factor of 2: {} bytes each and {} a second."
      case (false, true):
        "The control overlaps {} of the interval, in the same network, with packets and rate within a factor of 2: {} bytes each and {} a second."
      case (false, false):
        "The control overlaps {} of the interval, in the same network; its packets or rate differ by more than a factor of 2: {} bytes each and {} a second."
      }
    return Evidence(
      overlap >= 0.5 && isElsewhere && isLike ? "control_match" : "control_match_partial",
      Phrase(template, .share(overlap), .count(Int(size.1)), .number(rate.1)), isControl: true)
  }

  private static func seconds(_ span: Int64) -> Double { max(1, Double(span) / 1e9) }

  private static func near(_ one: Double, _ other: Double) -> Bool { one <= 2 * other && other <= 2 * one }
}
