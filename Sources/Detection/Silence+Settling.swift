internal import Flow
internal import Settings
internal import Verdict

/// What a finding from silence is held against.
extension Silence {
  /// Adds controls, test, excluders and alternatives to a finding.
  static func settle(
    _ judgment: inout Judgment, _ flow: FlowObservation, _ known: Circumstances,
    transport: Transport = .udp, trials: Int, window: TimeWindow, hasEnded: Bool = false,
    alternatives: [StaticString]
  ) {
    // Where nothing had been answered nothing was under way either.
    let limits = known.thresholds.silence
    let (margin, apart) = flow.packets.server == 0 ? (0, 0) : (limits.bin.integer, limits.controlOverlap.integer)
    let controls = known.around.controls(
      for: flow.client, server: flow.server, transport: transport, during: window, margin: margin, apart: apart)
    // The one that answered most, the earlier on a tie.
    let most = controls.reduce(nil as (flow: Neighbor, trials: Int)?) {
      $0.map { $0.trials } ?? 0 >= $1.trials ? $0 : $1
    }
    let best = most?.flow
    let healthy = transport == .tcp ? controls.reduce(0) { $0 + $1.trials } : most?.trials ?? 0
    let alive = known.around.isAlive(flow.client, in: window)
    // The line has two ways: what came shows the one, an answer to what was asked meanwhile both.
    let fellTogether = flow.packets.server > 0 && known.around.othersFellSilent(with: flow, at: window.first, limits)
    // A line that came back later may have been away when what had worked fell silent.
    let beginning =
      flow.packets.server == 0
      ? window : TimeWindow(first: window.first, last: min(window.last, window.first &+ limits.cutoff.integer))
    let reached =
      !fellTogether && known.around.isReached(flow.client, during: beginning, margin: margin)
      && known.around.isHeard(flow.client, besides: flow.server, during: beginning, margin: margin)
      && (!flow.server.isTranslated
        || known.around.isReachedByTranslator(flow.client, during: beginning, margin: margin))
    let answered = known.around.isAnswered(flow.client, in: window)
    let hasMoved = known.around.hasMoved(
      flow.client, server: flow.server, in: window, slack: known.thresholds.silence.cutoff.integer, began: flow.first,
      beside: known.thresholds.reset.reorder.integer)
    // Whoever says that a filter forbids it is believed, whatever else would explain the silence.
    let isProhibited = flow.dialogue?.isProhibited ?? false
    var names = isProhibited ? ["enterprise-firewall", "server-policy"] : alternatives
    if isProhibited, flow.dialogue?.icmpIsOfThisLink ?? false { names.insert("lan-box", at: 0) }
    let begun =
      flow.packets.server == 0
      ? known.around.begun(like: flow, transport, in: window, slack: limits.controlOverlap.integer)
      : (answered: 0, failed: 0, rooms: 0)
    if healthy >= Int(known.thresholds.silence.trials.integer) {
      // Where new flows of other kinds failed as well, what fails is a flow or a server, and what it repeats is no further trial.
      let servers = max(1, known.company(judgment, flow, transport).servers)
      let p =
        begun.failed > 0
        ? FisherExact.p(
          test: servers, testFailures: servers, control: begun.answered + begun.failed, controlFailures: begun.failed)
        : FisherExact.p(test: trials, testFailures: trials, control: healthy, controlFailures: 0)
      judgment.tests = [
        StatisticalTest(
          "fisher_exact", trials: begun.failed > 0 ? servers : trials, p: p, examined: max(1, known.around.examined))
      ]
      if begun.failed > 0 {
        judgment.evidence.append(
          Evidence(
            "others_unanswered",
            Phrase(
              "Of the flows of other kinds that the client began about then {} were answered and {} were not.",
              .count(begun.answered), .count(begun.failed))))
      }
      judgment.evidence.append(
        Evidence(
          transport == .tcp ? "control_answered" : "u15_control_answered",
          transport == .tcp
            ? Phrase("{} other connections of the same client were answered meanwhile.", .count(healthy))
            : Phrase(
              "{} answered the same client in {} one-second bins meanwhile.",
              .endpoint(best?.server ?? flow.server, best?.port ?? 0), .count(healthy)), isControl: transport == .udp))
      if let best, let match = ControlMatch.evidence(best, flow, window) { judgment.evidence.append(match) }
    } else if transport == .udp, flow.packets.server == 0 {
      names.append("udp-egress-filter")
    }
    // A server that answers elsewhere is up.
    func nameItsPolicy() {
      names.removeAll { $0.isSame(as: "server-down") }
      if !names.contains(where: { $0.isSame(as: "server-policy") }) { names.insert("server-policy", at: 0) }
    }
    if transport == .udp, !isProhibited, flow.isServerRole || !flow.isPeerPath,
      let other = known.around.servesOthers(
        flow, during: window, margin: limits.bin.integer, slack: limits.controlOverlap.integer)
    {
      names.removeAll { $0.isSame(as: "routing") }
      nameItsPolicy()
      judgment.evidence.append(
        Evidence(
          "same_server_answered",
          Phrase("The same server answered the client on its port {} meanwhile.", .count(Int(other.clientPort))),
          isControl: true))
    }
    // Its own filter may keep this port shut.
    if transport == .tcp, !isProhibited, known.around.hasConnection(flow.client, to: flow.server, during: window) {
      nameItsPolicy()
      // Behind one address there may be several, one of which is down.
      names.append("load-balancer")
    }
    // What a filter says itself it does needs no other cause; what was answered once had its mapping.
    let isNew = flow.packets.server == 0
    let hasRoom = !isNew || isProhibited || begun.rooms > begun.failed
    if !hasRoom { names.append("nat-full") }
    let keepsMapping =
      isNew || isProhibited || judgment.mechanism != .cutoff || hasEnded
      || transport == .udp
        && known.around.isMapped(
          Socket(flow.client, flow.clientPort), besides: flow.server, during: window, margin: margin)
    if !keepsMapping { names.append("nat-expiry") }
    let hasStartedAnew =
      !isNew
      && known.around.hasStartedAnew(
        flow.client, besides: flow.server, during: window, margin: limits.bin.integer,
        lead: limits.controlOverlap.integer)
    if hasStartedAnew { names.append("network-change") }
    if !answered { names.append("local-link") }
    if !reached { names.append("access-line") }
    if known.around.hasPortal(flow.client, in: window) { names.insert("captive-portal", at: 0) }
    if let dialogue = flow.dialogue, dialogue.isProhibited {
      judgment.evidence.append(
        Evidence(
          "u14_prohibited",
          Phrase(
            "{} ICMP notices of a filter on the path (type {}, code {}) quote packets of this flow.",
            .count(Int(dialogue.icmpNotices)), .count(Int(dialogue.icmpType)), .count(Int(dialogue.icmpCode))),
          frames: [dialogue.icmpFrame]))
    }
    // What detectors ask before they claim is excluded here: it was looked for and not found.
    judgment.excluders = [
      Excluder("local-link-down", alive ? .excluded : .unknown),
      Excluder("access-line-down", reached ? .excluded : .unknown),
      Excluder(
        "icmp-error",
        isProhibited
          ? .present : known.around.mayLackErrors(flow.client, transport) ? .unknown : .excluded),
      CaptureLoss.excluder(known),
      Excluder("transport-blocked-altogether", healthy > 0 ? .excluded : .unknown),
      Excluder(
        "server-down",
        judgment.evidence.contains { $0.code.isSame(as: "same_server_answered") } ? .excluded : .unknown),
      Excluder("path-mtu", .unknown),
      Excluder("peer-candidate", .excluded),
      Excluder("hang-up", .excluded),
      Excluder("nat-expiry", keepsMapping ? .excluded : .unknown),
      Excluder("nat-full", hasRoom ? .excluded : .unknown),
      Excluder("network-change", hasMoved ? .present : hasStartedAnew ? .unknown : .excluded),
      Excluder("capture-order", known.around.isOrderly ? .excluded : .unknown),
    ]
    judgment.alternatives = names
    judgment.evidence += known.replication.breadth(of: flow, window, known)
  }
}
