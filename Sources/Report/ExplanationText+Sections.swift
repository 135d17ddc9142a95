internal import Verdict

extension ExplanationText {
  /// How the application was recognized.
  mutating func clues(_ flow: Explanation.Flow) {
    section("RECOGNIZED")
    row("app", PacketWords.application(flow.record.application, flow.record.applicationGrade))
    for clue in flow.background.clues {
      var text = "\(clue.what) (\(clue.weight.rawValue))"
      if let source = clue.source { text += "; source: \(source)" }
      if let seen = clue.seen { text += "; seen \(seen)" }
      row("clue", text)
    }
  }

  /// What happened, as far as the record says.
  mutating func outcome(_ verdict: Judgment, observation: String) {
    section("OUTCOME")
    let mechanism = verdict.mechanism.map { "/\($0.rawValue)" } ?? ""
    row("verdict", "\(verdict.outcome.rawValue)\(mechanism): \(observation)")
    row("why", Sentence.text(verdict.reason))
    var facts: [String] = []
    if let direction = verdict.direction { facts.append("direction \(direction.rawValue)") }
    if let scope = verdict.scope { facts.append("layer \(scope.rawValue)") }
    if let attribution = verdict.attribution { facts.append("by whom: \(attribution.rawValue)") }
    if let score = verdict.score { facts.append("score \(Self.number(score))") }
    if let window = verdict.window { facts.append("from \(since(window.first)) to \(since(window.last))") }
    if let rate = verdict.capRate { facts.append("cap \(Sentence.text(.rate(rate)))") }
    if !facts.isEmpty { row("facts", facts.joined(separator: ", ")) }
    if let gap = verdict.gap {
      row("gap", "\(Wording.words(gap.code)): \(Self.number(gap.seen)) of \(Self.number(gap.needed))")
    }
    if let power = verdict.power {
      row(
        "power", "smallest effect that would have been seen: \(Wording.words(power.effect)) \(Self.number(power.value))"
      )
    }
    for second in verdict.also {
      row("also", second.outcome.rawValue + (second.mechanism.map { "/\($0.rawValue)" } ?? ""))
    }
  }

  /// Every piece of evidence with its packets.
  mutating func evidence(_ verdict: Judgment, _ flow: FlowRecord?) {
    section("EVIDENCE \(verdict.evidence.count)")
    for evidence in verdict.evidence {
      row("seen", "\(Sentence.text(evidence.detail)) [\(evidence.code)]")
      for frame in evidence.frames.prefix(Self.packetLimit) {
        guard let packet = explanation.packets[frame] else { continue }
        let owner = flow ?? explanation.flows.first { PacketWords.direction(packet, $0.record) != nil }?.record
        out.paragraph(
          "", PacketWords.line(packet, owner, since: explanation.capture.first), indent: 11, hanging: 13)
      }
      let rest = Array(evidence.frames.dropFirst(Self.packetLimit))
      if !rest.isEmpty { out.paragraph("", "and \(FrameRanges.text(rest))", indent: 11, hanging: 13) }
    }
  }

  /// Tests, innocent causes that were looked for, and those that are left.
  mutating func checks(_ verdict: Judgment) {
    guard !verdict.tests.isEmpty || !verdict.excluders.isEmpty || !verdict.alternatives.isEmpty else { return }
    section("CHECKED")
    for test in verdict.tests {
      row(
        "test",
        "\(Wording.words(test.name)): \(test.trials) trials, \(Sentence.text(.probability(test.p))), "
          + "\(Answer.plural(test.examined, "flow")) examined")
    }
    for excluder in verdict.excluders {
      let result =
        switch excluder.result {
        case .excluded: "excluded"
        case .present: "present"
        case .unknown: "this capture cannot tell"
        }
      row("cause", "\(Wording.words(excluder.name)): \(result)")
    }
    for name in verdict.alternatives { row("or", "\(Wording.words(name)): not excluded") }
  }

  /// What every detector said, with the thresholds that it goes by.
  mutating func detectors(_ flow: Explanation.Flow, of whom: String) {
    section("DETECTORS\(whom)")
    for answer in flow.background.answers {
      var text: String
      switch answer.kind {
      case .nothing: text = "nothing of its kind"
      case .notAsked: continue
      case .claimed, .refused:
        guard let judgment = answer.judgment else { continue }
        let mechanism = judgment.mechanism.map { "/\($0.rawValue)" } ?? ""
        text = answer.kind == .refused ? "refused" : "\(judgment.outcome.rawValue)\(mechanism)"
        text += ": " + Sentence.text(judgment.reason)
        if let gap = judgment.gap {
          text += " Gap \(gap.code): \(Self.number(gap.seen)) of \(Self.number(gap.needed))."
        }
      }
      out.paragraph(answer.detector.rawValue, text, indent: 2, hanging: 22)
      for rule in answer.rules {
        out.paragraph("", "\(Wording.held(rule)): \(rule.source)", indent: 22, hanging: 24)
      }
    }
    let silent = flow.background.answers.filter { $0.kind == .notAsked }.map(\.detector.rawValue)
    if !silent.isEmpty {
      out.paragraph(
        "not asked", silent.joined(separator: ", ") + ": nothing of their kind to look at, or another one had decided",
        indent: 2, hanging: 22)
    }
    if let last = flow.background.answers.last(where: { $0.judgment != nil })?.judgment,
      Sentence.text(last.reason) != Sentence.text(flow.record.verdict.reason),
      !flow.background.answers.contains(where: {
        $0.judgment.map { Sentence.text($0.reason) == Sentence.text(flow.record.verdict.reason) } ?? false
      })
    {
      out.paragraph("then", "with its call: \(Sentence.text(flow.record.verdict.reason))", indent: 2, hanging: 22)
    }
  }

  /// The grade and what the next one asks for.
  mutating func grade(_ verdict: Judgment, _ background: FlowBackground) {
    section("GRADE \(verdict.grade.rawValue)")
    guard verdict.isFinding else {
      return row("", "no finding: grades above are for what was done to a flow")
    }
    if background.shortfalls.isEmpty {
      return row("", verdict.grade == .confirmed ? "the highest" : "nothing is known that would raise it")
    }
    for shortfall in background.shortfalls {
      var text = Wording.shortfall(shortfall)
      if let rule = background.gradeRules.first(where: { $0.name == shortfall.rule }) {
        text += " [\(rule.name) = \(rule.value): \(rule.source)]"
      }
      row("lacks", text)
    }
  }

  /// A number as records have it: up to four decimals.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return "?" }
    var line = LineBuffer()
    if value.magnitude > 0, value.magnitude < 0.001 { line.probability(value) } else { line.decimal(value, 4) }
    return String(decoding: line.bytes, as: UTF8.self)
  }
}

extension Wording {
  /// A threshold, and the number that was held against it.
  static func held(_ rule: RuleRecord) -> String {
    guard let seen = rule.seen else { return "\(rule.name) = \(rule.value)" }
    return rule.asks.map { "\(rule.name): \(seen), \($0) \(rule.value)" } ?? "\(rule.name): \(seen) of \(rule.value)"
  }

  /// What the next grade asks for and does not get.
  static func shortfall(_ shortfall: Shortfall) -> String {
    let seen = ExplanationText.number(shortfall.seen)
    let needed = ExplanationText.number(shortfall.needed)
    switch "\(shortfall.code)" {
    case "servers": return "silent in the same way: \(seen) of \(needed) servers"
    case "reset_networks": return "reset in the same way: servers in \(seen) of \(needed) networks"
    case "capped_servers": return "held to one rate: \(seen) of \(needed) servers"
    case "excluder": return "every innocent cause looked for and not found"
    case "later_connection_reset":
      return "the same on a connection that began later: who lost the state of open ones resets those alone"
    case "line_unqueued":
      return
        "a quick handshake with another server in the same second: where the line is full, or a radio saves power, a server seems farther than it is"
    case "connections": return "ended in the same way: \(seen) of \(needed) connections"
    case "probability":
      return "by chance, all examined flows considered: p = \(seen), which is not below \(needed)"
    case "control": return "a control: nothing comparable is known to have worked at the same time"
    case "local_link_excluded": return "proof that the client's own line was up meanwhile"
    case "smaller_packets":
      return "smaller packets that were not answered either: a path that does not carry such large ones looks the same"
    case "icmp_in_capture":
      return "a capture that can hold ICMP errors: this one has packets of one transport and nothing else"
    case "new_flow_answered":
      return "a flow that began meanwhile and was answered: a NAT without room for new ones looks the same"
    case "server_silent_to_all": return "the server's silence to all of the client's sockets: it answered another one"
    case "all_relays_silent":
      return "servers of the service that are all silent: another one answered, and a list may name some that are gone"
    case "log_in_accepted":
      return "a log-in that was accepted: servers shut out whoever fails at it, for minutes and longer"
    case "old_flow_answered":
      return "a flow from before the silence that went on: a client whose way changed loses all of them"
    case "mapping_alive":
      return "proof that a NAT kept the flow's mapping: another answer to the same socket"
    case "second_capture_point":
      return "a second capture point, or a notice from the path: one capture alone does not confirm silence"
    case "impossible_for_an_endpoint": return "a sign that no endpoint can have sent it"
    case "capture_without_drops": return "a capture that is known to have lost nothing"
    case "capture_without_duplicates": return "a capture that holds every packet once"
    case "beginning_in_capture": return "the flow's beginning: the capture began in the middle of it"
    case "orderly_capture": return "a capture whose own faults limit no verdict (its record names them in hygiene)"
    case "no_rule_for_more":
      return "no rule raises such a finding: what it looks like has innocent twins that one capture cannot exclude"
    default: return "\(words(shortfall.code)): \(seen) of \(needed)"
    }
  }
}
