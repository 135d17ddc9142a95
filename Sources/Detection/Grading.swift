internal import Settings
internal import Verdict

/// What a finding's company earns it (METHOD.md M6.2). One flow alone stays `consistent`.
///
/// `probable`, of silence: improbable by chance among all flows that were examined, beside a control that was answered,
/// on two servers or more or after a constant count of packets, with the client's own line excluded. Of resets: three
/// connections or more, beside a TCP connection to another server that was answered. `confirmed`: three such resets or
/// more that no endpoint could have sent, by a capture that is known to have dropped nothing. Cannot tell apart: a filter from an outage of all of an
/// application's servers, or of the way to them; that alternative stays.
enum Grading {
  /// Raises the grade of a finding if the capture's other findings allow it.
  static func settle(
    _ judgment: inout Judgment, _ flow: FlowObservation, _ transport: Transport, _ known: Circumstances
  ) {
    guard judgment.isFinding, judgment.grade == .consistent else { return }
    if let test = judgment.tests.first, !known.replication.isEmpty {
      judgment.tests.append(
        StatisticalTest(
          "benjamini_hochberg", trials: test.trials,
          p: known.replication.adjusted(test.p, examined: test.examined), examined: test.examined))
    }
    // What limits every verdict of the capture (METHOD.md M6.3).
    guard known.around.isOrderly else { return }
    let company = known.replication.count(judgment, flow, transport)
    switch judgment.outcome {
    case .dropped: settleSilence(&judgment, flow, company, known)
    case .reset: settleReset(&judgment, flow, company, known)
    default: return
    }
  }

  private static func settleSilence(
    _ judgment: inout Judgment, _ flow: FlowObservation, _ company: (flows: Int, servers: Int), _ known: Circumstances
  ) {
    let limits = known.thresholds.grade
    let isConstant = judgment.evidence.contains { $0.code.isSame(as: "u6_constant_count") }
    guard Int64(company.servers) >= limits.servers.integer || isConstant, let test = judgment.tests.first,
      known.replication.adjusted(test.p, examined: test.examined) < limits.probability.value,
      judgment.excluders.contains(where: { $0.name.isSame(as: "local-link-down") && $0.result == .excluded })
    else { return }
    judgment.grade = .probable
    // Several servers do not die together, one that answers anew each time is not down, what was asked is small, and a
    // capture that lost these answers alone would have had to choose them.
    judgment.excluders = judgment.excluders.map { excluder in
      excluder.name.isSame(as: "local-link-down") || excluder.name.isSame(as: "icmp-error")
        || excluder.name.isSame(as: "transport-blocked-altogether")
        ? excluder : Excluder(excluder.name, .excluded)
    }
    judgment.alternatives = judgment.alternatives.filter { !$0.isSame(as: "server-down") }
    if isConstant { return }
    judgment.alternatives.append("service-outage")
    judgment.evidence.append(
      Evidence(
        "replicated",
        Phrase("{} servers were silent to this client in the same way.", .count(company.servers))))
    guard let window = judgment.window else { return }
    let slack = known.thresholds.silence.controlOverlap.integer
    if known.around.hasConnection(flow.client, to: flow.server, in: window, slack: slack) {
      judgment.attribution = .network
      judgment.alternatives = judgment.alternatives.filter { !$0.isSame(as: "service-outage") }
    }
  }

  private static func settleReset(
    _ judgment: inout Judgment, _ flow: FlowObservation, _ company: (flows: Int, servers: Int), _ known: Circumstances
  ) {
    let limits = known.thresholds.grade
    guard Int64(company.flows) >= limits.connections.integer, let window = judgment.window else { return }
    let controls = known.around.controls(
      for: flow.client, server: flow.server, transport: .tcp, window: window,
      slack: known.thresholds.silence.controlOverlap.integer)
    guard !controls.isEmpty else { return }
    judgment.grade = .probable
    judgment.evidence.append(
      Evidence(
        "replicated",
        Phrase(
          "{} connections of this client ended in the same way; others that were answered: {}.", .count(company.flows),
          .count(controls.count))))
    let isHard = judgment.evidence.contains {
      $0.code.isSame(as: "reset_too_early") || $0.code.isSame(as: "reset_sequence_change")
    }
    if isHard, known.around.drops == 0 { judgment.grade = .confirmed }
    let mayBeLocal = judgment.alternatives.contains { $0.isSame(as: "lan-box") || $0.isSame(as: "host-firewall") }
    if !mayBeLocal { judgment.attribution = .network }
  }
}

extension StaticString {
  /// The same text.
  func isSame(as other: StaticString) -> Bool { description == other.description }
}
