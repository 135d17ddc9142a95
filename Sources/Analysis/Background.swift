internal import Detection
internal import Flow
internal import Recognition
internal import Verdict

/// What lies behind a flow's record, made for those who ask: the flow is judged once more and overheard.
extension FlowJudge {
  /// Clues, detectors' answers and what the next grade asks for.
  func background(of outline: FlowOutline, _ record: FlowRecord) -> FlowBackground {
    var background = FlowBackground()
    background.clues = clues(of: outline, record)
    let observation = observe(outline)
    background.answers = shards[outline.shard].analyzer.trace(outline, observation, known)
    (background.shortfalls, background.gradeRules) = Detectors.shortfalls(
      record.verdict, observation, outline.transport, known)
    return background
  }

  /// The clues of the application's signature that hold for a flow, each asked alone; what remains is shared.
  private func clues(of outline: FlowOutline, _ record: FlowRecord) -> [ClueRecord] {
    guard let application = record.application, let grade = record.applicationGrade else { return [] }
    let shard = shards[outline.shard]
    let name = shard.analyzer.names.name(outline.name)
    let realm = shard.analyzer.names.name(outline.realm)
    let resolved = shards[0].analyzer.names.name(outline.resolved)
    let label = shard.analyzer.phoneApps[outline.index].map { shard.analyzer.names.name($0) }
    var found: [ClueRecord] = []
    for signature in Signature.all where signature.application == application {
      for clue in signature.clues {
        let index = SignatureIndex([signature.with(clue)])
        var weight: ApplicationGrade?
        switch clue.kind {
        case .content: weight = index.match(content: outline.content)?.grade
        case .realm: weight = realm.isEmpty ? nil : index.match(realm: realm)?.grade
        case .serverName:
          weight =
            index.match(serverName: name)?.grade
            ?? (outline.content.contains(.tls) ? index.match(serverName: realm)?.grade : nil)
            ?? index.match(serverName: resolved)?.atMost(.likely).grade
        case .phoneApp: weight = label.flatMap { index.match(phoneApp: $0)?.grade }
        case .prefix, .service:
          weight =
            index.match(server: outline.server, port: outline.serverPort, transport: outline.transport)?.grade
        }
        guard let weight else { continue }
        found.append(
          ClueRecord(
            what: RuleRow.text(clue.kind), weight: weight, source: "\(clue.source)", seen: RuleRow.date(clue.seen.day)))
      }
    }
    if !found.contains(where: { $0.weight == grade }) {
      found.append(
        ClueRecord(
          what: application == .sip || application == .webrtc
            ? "its protocols: \(record.wireProtocol.rawValue)"
            : "what it shares with flows that say so: the client's port, the server, or the call", weight: grade,
          source: nil, seen: nil))
    }
    return found
  }
}

extension Analyzer {
  fileprivate func trace(
    _ outline: FlowOutline, _ observation: FlowObservation, _ known: Circumstances
  ) -> [DetectorAnswer] {
    let detail = table.flows[outline.index].detail
    if !outline.isTCP { return Detectors.trace(observation, udp[detail], known) }
    let reset = tcp[detail].reset
    return reset == FlowState.none
      ? Detectors.trace(observation, tcp[detail], nil, known)
      : Detectors.trace(observation, tcp[detail], resets[reset], known)
  }
}
