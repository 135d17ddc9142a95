internal import Settings
internal import Verdict

/// What fell silent together: a line, an address or a router that went takes all with it (METHOD.md M2.5).
extension Surroundings {
  /// Flows with servers of two other networks or more, of other applications, were answered last within `together` of `time`, or up to
  /// `before` earlier, and what was sent to them afterwards was not answered any more.
  func othersFellSilent(
    with flow: FlowObservation, at time: Int64, before: Int64 = 0, _ limits: Thresholds.Silence
  ) -> Bool {
    var networks: Set<IPAddress> = []
    _ = neighbors.contains(flow.client) {
      if $0.server.network != flow.server.network, !$0.isOnLink,
        flow.application == nil || $0.service != flow.application,
        $0.lastAnswer <= time &+ limits.together.integer,
        $0.lastAnswer >= time &- max(before, limits.together.integer), $0.lastSent >= time,
        $0.isUnheard && $0.lastSent &- $0.lastAnswer >= limits.span.integer
          || $0.transport == .udp && $0.lastSent &- $0.lastAnswer >= limits.lineGap.integer
      {
        networks.insert($0.server.network)
      }
      return networks.count > 1
    }
    return networks.count > 1
  }

  /// A flow with a server of another network, of another application, was answered last within `together` of `time` and asked in vain
  /// since, and no flow of before was answered any more: what was under way ended at once. By time, not by what it had carried: one had
  /// begun long before the other, or had carried half as many packets more (`stoppedTogether`).
  func allFellSilent(with flow: FlowObservation, at time: Int64, _ limits: Thresholds.Silence) -> Bool {
    let together = limits.together.integer
    let packets = flow.packets.client &+ flow.packets.server
    var isAlike = false
    let survives = neighbors.contains(flow.client) {
      guard $0.first < time, !$0.isOnLink else { return false }
      if $0.lastAnswer > time &+ together { return true }
      if $0.server.network != flow.server.network, flow.application == nil || $0.service != flow.application,
        $0.isUnheard, $0.lastAnswer >= time &- together, $0.lastSent &- $0.lastAnswer >= limits.span.integer,
        $0.stoppedByTime(time, began: flow.first, packets: packets)
      {
        isAlike = true
      }
      return false
    }
    return isAlike && !survives
  }

  /// Another flow of this client, to the same server or another, was answered last at the same moment and went on to be asked. The
  /// two had begun twice as far apart, or more, or one had carried half as many `packets` more than the other: they stopped by time,
  /// not by what they had carried.
  func stoppedTogether(
    _ client: IPAddress, began: Int64, packets: UInt64, at time: Int64, span: Int64, slack: Int64
  ) -> Bool {
    neighbors.contains(client) {
      $0.isUnheard && $0.lastSent &- $0.lastAnswer >= span && abs($0.lastAnswer &- time) <= slack
        && $0.stoppedByTime(time, began: began, packets: packets)
    }
  }
}

extension Neighbor {
  /// Answered last about when another flow was, it stopped by time and not by what it had carried: the other one had begun twice as far
  /// away, or more, or one had carried half as many packets more. `packets`: the other's, both ways.
  fileprivate func stoppedByTime(_ time: Int64, began: Int64, packets: UInt64) -> Bool {
    abs(first &- began) > 2 &* abs(lastAnswer &- time)
      || exchanged > 0 && 3 &* min(exchanged, packets) <= 2 &* max(exchanged, packets)
  }
}
