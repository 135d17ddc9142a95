internal import Flow
internal import Settings
internal import Verdict
internal import Wire

/// Resets beside paths that change (METHOD.md M1.1).
extension Resets {
  /// A path that became shorter makes both signs of this reset: what is nearer then does not know the connection and answers
  /// as a dead socket does (bare, with the acknowledgment that it was sent, RFC 9293 section 3.10.7.1) or as a load balancer
  /// may, with ACK. The latter only where the handshake was a while ago: a path seldom changes within seconds.
  static func mayBeChangedPath(
    _ segment: ResetSegment, _ signs: Signs, _ flow: FlowObservation, _ known: Circumstances
  ) -> Bool {
    guard signs.contains(.strangeTimeToLive), !segment.timestamps else { return false }
    let ofNearer: Signs = [.early, .strangeTimeToLive, .withoutTimestamps]
    if segment.flags.contains(.ack) {
      return signs.isSubset(of: ofNearer) && segment.time &- flow.first >= known.thresholds.reset.fresh.integer
    }
    // What the old server had under way, or sends as long as it hears nothing, comes behind a bare one.
    return signs.isSubset(of: ofNearer.union([.dataAfter, .progressAfter])) && segment.answersAcknowledgment
      && segment.zeroWindow
  }

  /// Such a reset where no connection shows that the path had not changed: its delay and its TTL are one sign. Nil else.
  static func changedPath(
    _ segment: ResetSegment, _ signs: Signs, _ state: TCPState, _ flow: FlowObservation, _ known: Circumstances
  ) -> Judgment? {
    guard mayBeChangedPath(segment, signs, flow, known), !hasHeld(segment, state, flow, known) else { return nil }
    var judgment = Claim.inconclusive(
      "path_changed", seen: 1, needed: 2,
      Phrase(
        "The reset in {} came early and with TTL {}, as from a device beside the path, or from the server on a path that became shorter: no later connection to it shows the path as it was.",
        .frame(segment.frame), .count(Int(segment.timeToLive))))
    judgment.alternatives = ["path-change"]
    return judgment
  }

  /// A connection that began after a reset with this TTL showed the path as this one had known it.
  private static func hasHeld(
    _ segment: ResetSegment, _ state: TCPState, _ flow: FlowObservation, _ known: Circumstances
  ) -> Bool {
    let side = Int(segment.side)
    guard let end = known.around.paths.end(side, of: flow, state) else { return false }
    return end.held(after: segment.timeToLive, for: state.sides[side])
  }

  /// What other connections say of the path on which a reset came.
  static func pathEvidence(
    _ segment: ResetSegment, _ signs: Signs, _ state: TCPState, _ flow: FlowObservation, _ known: Circumstances
  ) -> [Evidence] {
    let side = Int(segment.side)
    guard let end = known.around.paths.end(side, of: flow, state) else { return [] }
    if signs.contains(.strangeTimeToLive) {
      guard signs.contains(.early), end.held(after: segment.timeToLive, for: state.sides[side]) else { return [] }
      return [
        Evidence(
          "path_held",
          Phrase(
            "Connections that began after a reset with TTL {} showed the path as it was before, with TTL {}.",
            .count(Int(segment.timeToLive)), .count(Int(state.sides[side].timesToLive[0]))))
      ]
    }
    guard segment.senderSeen, !segment.usedTimeToLive, end.showed(timeToLive: segment.timeToLive) else { return [] }
    return [
      Evidence(
        "path_changed",
        Phrase(
          "TTL {} is its sender's on a path that changed: other connections of the two began with it, and {} sufficed.",
          .count(Int(segment.timeToLive)), .duration(end.distance)))
    ]
  }
}
