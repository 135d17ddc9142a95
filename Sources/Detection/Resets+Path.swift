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
    // All of them say that it is another host's: the nearer server's own, which counts its packets for itself.
    let ofNearer: Signs = [.early, .strangeTimeToLive, .withoutTimestamps, .strangeIdentification]
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

  /// A load balancer that hands a connection to another of its servers, as one does when their number changes, does so of single
  /// connections, and what begins later goes as before: the other server answers an acknowledgment as a dead socket does, and what the
  /// first one had under way, or goes on to send, comes behind (METHOD.md M1.1). Nil where the reset came too early, or is another.
  static func handedOver(_ segment: ResetSegment, _ signs: Signs, _ flow: FlowObservation) -> Judgment? {
    // A device that reads what is sent resets at what it reads, in whichever end's name; an acknowledgment alone tells it nothing.
    guard Int(segment.side) != flow.clientSide, !segment.answersData, !segment.flags.contains(.ack),
      segment.answersAcknowledgment, segment.zeroWindow, !segment.timestamps,
      signs.isSubset(of: [.strangeTimeToLive, .dataAfter, .progressAfter])
    else { return nil }
    var judgment = Claim.inconclusive(
      "path_changed", seen: 1, needed: 2,
      Phrase(
        "The reset in {} answers an acknowledgment as a host does that does not know the connection, with TTL {}, and its sender went on: as where a load balancer or a changed path led that acknowledgment to another server.",
        .frame(segment.frame), .count(Int(segment.timeToLive))))
    judgment.alternatives = ["path-change", "load-balancer"]
    return judgment
  }

  /// A NAT, a packet filter or a load balancer that lost its state, as one that was started anew, resets each connection that was open
  /// as its next segment comes, in the name of its end; what begins later it takes as ever (METHOD.md M1.1). Networks of servers
  /// whose connections with the client were reset like that, this one of them old enough to be; 0 where something else was reset.
  /// `isAnswer`: the resets answer what the client sends. Then a connection that was open and goes on shows that nothing was forgotten;
  /// a NAT that resets what comes in takes up again what goes out (Linux, `nf_conntrack_tcp_loose`).
  static func networksForgotten(
    at time: Int64, isAnswer: Bool, _ flow: FlowObservation, _ known: Circumstances
  ) -> Int {
    let limits = known.thresholds.reset
    guard time &- flow.first >= limits.fresh.integer, let own = known.replication.resets[flow.client],
      !known.replication.isStruck(flow.client, flow.server)
    else { return 0 }
    // What several clients share forgets those of all.
    let both = [own, known.replication.allResets].filter {
      $0.flows > 1 && $0.lastBegan < $0.first && $0.isAtOnce(limits)
        && known.around.paths.isUnharmed(after: $0.first, from: flow.client, to: flow.server)
    }
    if isAnswer, let last = both.map(\.last).max(), let first = both.map(\.first).min(),
      known.around.hasSurvivor(flow.client, of: first, until: last &+ known.thresholds.silence.bin.integer)
    {
      return 0
    }
    return both.map(\.networkCount).max() ?? 0
  }

  /// Such a reset, where connections to several networks were reset; nil else: of one server's alone a filter looks the same.
  static func lostState(_ segment: ResetSegment, _ flow: FlowObservation, _ known: Circumstances) -> Judgment? {
    let networks = networksForgotten(
      at: segment.time, isAnswer: Int(segment.side) != flow.clientSide, flow, known)
    guard networks > 1 else { return nil }
    var judgment = Claim.inconclusive(
      "state_lost", seen: Double(networks), needed: 1,
      Phrase(
        "The reset in {} came as connections to {} networks were reset, all of them open by then, and none that began later: as by a NAT, packet filter or load balancer that lost its state.",
        .frame(segment.frame), .count(networks)))
    judgment.alternatives = ["carrier-nat", "lan-box", "host-firewall", "load-balancer"]
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
