internal import Flow
internal import Settings
internal import Verdict

/// What a finding's company earns it (METHOD.md M6.2). One flow alone stays `consistent`.
///
/// `probable`, of silence: improbable by chance among all flows that were examined, beside a control that was answered,
/// on two servers or more or after a constant count of packets, with the client's own line proven up meanwhile. Of resets: three
/// connections or more, beside a TCP connection to another server that was answered. `confirmed`: three such resets or
/// more that no endpoint could have sent, nor what stands before one operator's servers, by a capture that is known to have dropped
/// nothing. Cannot tell apart: a filter from an outage of all of an
/// application's servers, or of the way to them; that alternative stays.
enum Grading {
  /// Raises the grade of a finding if the capture's other findings allow it.
  static func settle(
    _ judgment: inout Judgment, _ flow: FlowObservation, _ transport: Transport, _ known: Circumstances
  ) {
    guard judgment.isFinding, judgment.grade == .consistent else { return }
    if let refused = ownSilence(judgment, flow, known) {
      judgment = refused
      return
    }
    if let refused = unheard(judgment, known) {
      judgment = refused
      return
    }
    FullRate.settle(&judgment, flow, transport, known)
    if let test = judgment.tests.first, !known.replication.isEmpty {
      judgment.tests.append(
        StatisticalTest(
          "benjamini_hochberg", trials: test.trials,
          p: known.replication.adjusted(test.p, examined: test.examined), examined: test.examined))
    }
    CaptureQuality.settle(&judgment, flow, known)
    guard CaptureQuality.shortfalls(flow, known).isEmpty else { return }
    let company = known.company(judgment, flow, transport)
    switch judgment.outcome {
    case .dropped: settleSilence(&judgment, flow, transport, company, known)
    case .reset: settleReset(&judgment, flow, company, known)
    case .capped: settleCap(&judgment, company, known)
    default: return
    }
  }

  /// A refusal where the silent server is the one that the capture was taken at: what the client sent had come as far as that.
  private static func ownSilence(
    _ judgment: Judgment, _ flow: FlowObservation, _ known: Circumstances
  ) -> Judgment? {
    switch judgment.mechanism {
    case .blackhole, .cutoff, .freeze: break
    default: return nil
    }
    guard known.around.isOwnServer(flow.server), !known.around.isOwnServer(flow.client) else { return nil }
    var refused = Claim.inconclusive(
      "servers_own_capture", seen: 1, needed: 0,
      Phrase(
        "The capture was taken at the server's end, as its TTL shows: what the client sent came that far, and the server's own host did not answer."
      ))
    refused.evidence = judgment.evidence
    refused.alternatives = ["host-firewall", "server-policy", "server-busy"]
    return refused
  }

  /// A refusal of a silence in what a radio in monitor mode overheard, beside which nothing shows that it heard who should have
  /// answered: it may have been out of reach.
  private static func unheard(_ judgment: Judgment, _ known: Circumstances) -> Judgment? {
    guard known.around.isOverheard, judgment.outcome == .dropped, judgment.mechanism != .randomDiscard,
      judgment.tests.isEmpty
    else { return nil }
    var refused = Claim.inconclusive(
      "monitor_capture", seen: 0, needed: 1,
      Phrase(
        "A radio in monitor mode overheard this: it may not have heard who answered, and no other server that answered meanwhile shows that it did."
      ))
    refused.evidence = judgment.evidence
    return refused
  }

  private static func settleCap(
    _ judgment: inout Judgment, _ company: (flows: Int, servers: Int), _ known: Circumstances
  ) {
    guard lacking(cap: judgment, company, known).isEmpty else { return }
    judgment.grade = .probable
    // What the capture had lost would have been this flow's alone: the control's numbers are whole.
    judgment.exclude("capture-loss")
    judgment.evidence.append(
      Evidence(
        "replicated",
        Phrase(
          "{} flows of this client to {} servers were held to that rate.", .count(company.flows),
          .count(company.servers))))
  }

  private static func settleSilence(
    _ judgment: inout Judgment, _ flow: FlowObservation, _ transport: Transport,
    _ company: (flows: Int, servers: Int), _ known: Circumstances
  ) {
    let isConstant = isConstant(judgment)
    guard lacking(silence: judgment, flow, transport, company, known).isEmpty else { return }
    judgment.grade = .probable
    // What was asked is small, and a capture that lost these answers alone would have had to choose them. One that answers
    // anew each time is not down; machines of one operator do die together.
    judgment.exclude("path-mtu", "capture-loss")
    if isConstant { return judgment.exclude("server-down") }
    judgment.alternatives.removeAll { $0.isSame(as: "server-down") }
    // Who says that a filter forbids it says that the service is not what is out.
    if !(flow.dialogue?.isProhibited ?? false) { judgment.alternatives.append("service-outage") }
    judgment.evidence.append(
      Evidence(
        "replicated",
        Phrase("{} servers were silent to this client in the same way.", .count(company.servers))))
    // The host lives, whose service may have been stopped: TCP says nothing of what listens on UDP. And whose the filter
    // is, the network's or one of the client's own, nothing in its capture tells.
    guard let window = judgment.window, known.around.hasConnection(flow.client, to: flow.server, during: window)
    else { return }
    judgment.exclude("server-down")
  }

  private static func settleReset(
    _ judgment: inout Judgment, _ flow: FlowObservation, _ company: (flows: Int, servers: Int), _ known: Circumstances
  ) {
    guard lacking(reset: judgment, flow, company, known).isEmpty else { return }
    let controls = controls(judgment, flow, known)
    judgment.grade = .probable
    judgment.evidence.append(
      Evidence(
        "replicated",
        Phrase(
          "{} connections of this client ended in the same way; others that were answered: {}.", .count(company.flows),
          .count(controls.count))))
    if lackingForConfirmed(reset: judgment, flow, known).isEmpty { judgment.grade = .confirmed }
    let others: [StaticString] = ["lan-box", "host-firewall", "path-change", "load-balancer", "server-policy"]
    let mayBeAnothers = others.contains(where: judgment.hasAlternative)
    if !mayBeAnothers { judgment.attribution = .network }
  }
}

// MARK: What lacks

extension Grading {
  /// What a settled finding lacks for the next grade; empty for the highest, and for what is no finding.
  static func shortfalls(
    _ judgment: Judgment, _ flow: FlowObservation, _ transport: Transport, _ known: Circumstances
  ) -> [Shortfall] {
    guard judgment.isFinding else { return [] }
    let quality = CaptureQuality.shortfalls(flow, known)
    if !quality.isEmpty { return quality }
    let company = known.company(judgment, flow, transport)
    switch (judgment.outcome, judgment.grade) {
    case (.dropped, .consistent): return lacking(silence: judgment, flow, transport, company, known)
    case (.reset, .consistent): return lacking(reset: judgment, flow, company, known)
    case (.reset, .probable): return lackingForConfirmed(reset: judgment, flow, known)
    case (.capped, .consistent): return lacking(cap: judgment, company, known)
    case (_, .confirmed): return []
    case (.dropped, _): return [Shortfall("second_capture_point", seen: 1, needed: 2)]
    default: return [Shortfall("no_rule_for_more", seen: 0, needed: 1)]
    }
  }

  private static func isConstant(_ judgment: Judgment) -> Bool {
    judgment.evidence.contains { $0.code.isSame(as: "u6_constant_count") }
  }

  /// What silence lacks for `probable`.
  private static func lacking(
    silence judgment: Judgment, _ flow: FlowObservation, _ transport: Transport, _ company: (flows: Int, servers: Int),
    _ known: Circumstances
  ) -> [Shortfall] {
    let limits = known.thresholds.grade
    var lacking: [Shortfall] = []
    if Int64(company.servers) < limits.servers.integer, !isConstant(judgment) {
      lacking.append(
        Shortfall("servers", seen: Double(company.servers), needed: limits.servers.value, rule: "grade.servers"))
    }
    if let test = judgment.tests.first {
      let p = known.replication.adjusted(test.p, examined: test.examined)
      if !(p < limits.probability.value) {
        lacking.append(Shortfall("probability", seen: p, needed: limits.probability.value, rule: "grade.probability"))
      }
    } else {
      lacking.append(Shortfall("control", seen: 0, needed: 1))
    }
    if !judgment.hasExcluded("access-line-down") {
      lacking.append(Shortfall("access_line_excluded", seen: 0, needed: 1))
    }
    // Relays of no known application are one operator's or several's, and a list of them may be years old: where one of them
    // answered, those that never did may all be gone.
    if transport == .udp, flow.packets.server == 0, flow.application == nil, flow.requestKind == .allocate,
      let window = judgment.window,
      known.around.hasRelay(flow.client, in: window, slack: known.thresholds.silence.controlOverlap.integer)
    {
      lacking.append(Shortfall("all_relays_silent", seen: 0, needed: 1))
    }
    if let window = judgment.window, !isConstant(judgment) {
      // Single servers of a service die too: a filter for the service hits those as well that answer meanwhile.
      if let application = flow.application, transport == .tcp || flow.isServerRole,
        known.around.isServed(
          flow.client, by: application, over: transport, besides: flow.server, during: window,
          margin: known.thresholds.silence.bin.integer)
      {
        lacking.append(Shortfall("all_relays_silent", seen: 0, needed: 1))
      }
      if judgment.evidence.contains(where: { $0.code.isSame(as: "same_server_answered") }) {
        lacking.append(Shortfall("server_silent_to_all", seen: 0, needed: 1))
      }
    }
    // What is too large for the client's own line is so for every server.
    if judgment.hasAlternative("path-mtu") {
      lacking.append(Shortfall("smaller_packets", seen: 0, needed: 1))
    }
    // One who fails to log in is shut out by all machines of an operator, and of several who fails everywhere.
    if transport == .tcp, flow.isLogIn { lacking.append(Shortfall("log_in_accepted", seen: 0, needed: 1)) }
    if judgment.hasAlternative("network-change") {
      lacking.append(Shortfall("old_flow_answered", seen: 0, needed: 1))
    }
    if judgment.isOpen("icmp-error") { lacking.append(Shortfall("icmp_in_capture", seen: 0, needed: 1)) }
    if judgment.isOpen("nat-full") { lacking.append(Shortfall("new_flow_answered", seen: 0, needed: 1)) }
    if judgment.isOpen("nat-expiry") { lacking.append(Shortfall("mapping_alive", seen: 0, needed: 1)) }
    return lacking
  }

  /// What a cap lacks for `probable`: a control of the same transport at full rate, improbable by chance, two servers or
  /// three flows at one rate, and every innocent cause looked for and not found.
  private static func lacking(
    cap judgment: Judgment, _ company: (flows: Int, servers: Int), _ known: Circumstances
  ) -> [Shortfall] {
    let limits = known.thresholds.grade
    var lacking: [Shortfall] = []
    if Int64(company.servers) < limits.servers.integer, Int64(company.flows) < limits.capped.integer {
      lacking.append(
        Shortfall("capped_servers", seen: Double(company.servers), needed: limits.servers.value, rule: "grade.servers"))
    }
    guard let test = judgment.tests.first,
      judgment.evidence.contains(where: { $0.code.isSame(as: "control_at_full_rate") })
    else { return lacking + [Shortfall("control", seen: 0, needed: 1)] }
    let p = known.replication.adjusted(test.p, examined: test.examined)
    if !(p < limits.probability.value) {
      lacking.append(Shortfall("probability", seen: p, needed: limits.probability.value, rule: "grade.probability"))
    }
    for excluder in judgment.excluders where excluder.result != .excluded {
      if excluder.name.isSame(as: "capture-loss"), known.around.drops == nil { continue }
      lacking.append(Shortfall("excluder", seen: 0, needed: 1))
    }
    return lacking
  }

  /// What a reset lacks for `probable`.
  private static func lacking(
    reset judgment: Judgment, _ flow: FlowObservation, _ company: (flows: Int, servers: Int), _ known: Circumstances
  ) -> [Shortfall] {
    let limits = known.thresholds.grade
    var lacking: [Shortfall] = []
    if Int64(company.flows) < limits.connections.integer {
      lacking.append(
        Shortfall(
          "connections", seen: Double(company.flows), needed: limits.connections.value, rule: "grade.connections"))
    }
    if controls(judgment, flow, known).isEmpty {
      lacking.append(Shortfall("control", seen: 0, needed: 1, rule: "silence.controlOverlap"))
    }
    // What stands before a server, or a server to which the path has changed, resets the connections that it does not know, and
    // what begins later it takes.
    if let window = judgment.window {
      let isOld = window.first &- flow.first >= known.thresholds.reset.fresh.integer
      // A path that is another whenever something is reset, and the same in between, did not change.
      let isAtOnce = known.replication.resets[flow.client]?.isAtOnce(known.thresholds.reset) ?? true
      if Resets.networksForgotten(at: window.first, isAnswer: judgment.direction == .down, flow, known) > 0
        || isOld && isAtOnce && judgment.hasAlternative("path-change")
      {
        lacking.append(Shortfall("later_connection_reset", seen: 0, needed: 1, rule: "reset.fresh"))
      }
    }
    if judgment.isOpen("slow-handshake") {
      lacking.append(Shortfall("line_unqueued", seen: 0, needed: 1, rule: "reset.awake"))
    }
    // What stands before one server may reset like that, every time: other servers show a path.
    let isOwnTemplate = judgment.evidence.contains {
      $0.code.isSame(as: "reset_of_two_templates") || $0.code.isSame(as: "reset_like_syn_ack")
    }
    if isOwnTemplate, let networks = lackingNetworks(of: .resetRewritten, flow, known) { lacking.append(networks) }
    return lacking
  }

  /// Networks that resets of a kind lack: what stands before one operator's servers resets in their names, sooner than they can and
  /// with a TTL of its own, each time anew. Nil if they hit servers of enough networks, under as many names.
  static func lackingNetworks(
    of mechanism: Mechanism, _ flow: FlowObservation, _ known: Circumstances
  ) -> Shortfall? {
    let needed = known.thresholds.grade.servers
    let networks = known.replication.resetNetworks(flow.client, mechanism)
    guard Int64(networks) < needed.integer else { return nil }
    return Shortfall("reset_networks", seen: Double(networks), needed: needed.value, rule: "grade.servers")
  }

  /// What a probable reset lacks for `confirmed`.
  private static func lackingForConfirmed(
    reset judgment: Judgment, _ flow: FlowObservation, _ known: Circumstances
  ) -> [Shortfall] {
    var lacking: [Shortfall] = []
    func has(_ code: StaticString) -> Bool { judgment.evidence.contains { $0.code.isSame(as: code) } }
    // An endpoint may answer sooner than ever before, and with another TTL, on a path that became shorter.
    let isHard =
      has("reset_sequence_change")
      || has("reset_too_early") && (has("path_held") || !has("strange_ttl"))
        && !judgment.hasAlternative("path-change")
    if !isHard { lacking.append(Shortfall("impossible_for_an_endpoint", seen: 0, needed: 1)) }
    // Two resets that contradict each other are nobody's who keeps a connection's state, a server's front included.
    if !has("reset_sequence_change"), judgment.mechanism == .resetInjected,
      let networks = lackingNetworks(of: .resetInjected, flow, known)
    {
      lacking.append(networks)
    }
    if known.around.drops != 0 { lacking.append(Shortfall("capture_without_drops", seen: 0, needed: 1)) }
    return lacking
  }

  /// Other connections of the client that were answered around a finding's window; none without a window.
  private static func controls(_ judgment: Judgment, _ flow: FlowObservation, _ known: Circumstances) -> [Neighbor] {
    guard let window = judgment.window else { return [] }
    return known.around.controls(
      for: flow.client, server: flow.server, transport: .tcp, window: window,
      slack: known.thresholds.silence.controlOverlap.integer)
  }
}
