internal import Verdict

extension TextReport {
  /// What the capture holds and what limits its verdicts.
  mutating func facts() {
    var parts = [Answer.plural(capture.packets, "packet")]
    if let first = capture.first, let last = capture.last { parts.append(Sentence.text(.duration(last - first))) }
    if !capture.linkTypes.isEmpty {
      parts.append("link " + capture.linkTypes.map(Self.readable).joined(separator: ", "))
    }
    if let snaplen = capture.snaplen, snaplen < 65_535 { parts.append("snaplen \(snaplen)") }
    if let drops = capture.drops { parts.append("kernel drops \(drops)") }
    out.paragraph("", parts.joined(separator: ", "), indent: 2, hanging: 2)
    if capture.truncated { out.paragraph("TRUNCATED", .red, "the file ends inside a record", indent: 2, hanging: 13) }
    if let pair = capture.pair {
      var told = "the second point holds \(pair.flows) of these flows"
      if let offset = pair.clockOffset { told += ", its clock differs by " + Sentence.text(.duration(offset)) }
      if let error = pair.uncertainty { told += ", give or take " + Sentence.text(.duration(error)) }
      out.paragraph("pair", "\(pair.path): \(told)", indent: 2, hanging: 8)
    }
    var limits = capture.hygiene.map(Wording.words)
    limits += capture.undecoded.filter { $0.packets > 0 }.map {
      "\(Wording.words($0.reason)): \(Answer.plural($0.packets, "packet"))"
    }
    if capture.evictedFlows > 0 {
      limits.append("dropped for want of room: \(Answer.plural(capture.evictedFlows, "flow"))")
    }
    if !limits.isEmpty { out.paragraph("limits", .yellow, limits.joined(separator: "; "), indent: 2, hanging: 10) }
  }

  /// What became of the flows without a finding.
  mutating func totals() {
    let tally = answer.flows
    let normal = tally.total - tally.findings - tally.degraded - tally.inconclusive - tally.ended
    var parts: [String] = []
    if normal > 0 { parts.append("\(normal) normal") }
    if tally.ended > refused { parts.append("\(tally.ended - refused) aborted by an endpoint") }
    if refused > 0 { parts.append("\(refused) refused") }
    if tally.degraded > 0 { parts.append("\(tally.degraded) degraded") }
    if tally.inconclusive > 0 { parts.append("\(tally.inconclusive) without a verdict") }
    if !parts.isEmpty {
      out.paragraph(tally.findings > 0 ? "other" : "", parts.joined(separator: ", "), indent: 1, hanging: 8)
    }
    guard !gaps.isEmpty else { return }
    var reasons = gaps.map { "\($0.name) \($0.flows)" }
    if otherGaps > 0 { reasons.append("other reasons \(otherGaps)") }
    out.paragraph("no verdict", "for want of: " + reasons.joined(separator: "; "), indent: 1, hanging: 13)
  }

  /// Tells a call.
  mutating func tell(_ call: CallRecord) {
    let number = "\(answer.calls.total)"
    var facts: [String] = []
    if let start = capture.first { facts.append("at +" + Sentence.text(.duration(call.first - start))) }
    facts.append("lasted " + Sentence.text(.duration(call.last - call.first)))
    facts.append("got as far as " + Wording.stage(call.stage))
    if call.ended {
      switch call.endedBy {
      case .local: facts.append("ended by this side")
      case .remote: facts.append("ended by the other side")
      case nil: facts.append("ended")
      }
    }
    var name = Wording.name(call.application)
    if call.application == nil { name = "unknown app" }
    if call.applicationGrade == .weak { name += " (by address only)" }
    calls.paragraph("\(number)  \(name)", .bold, " " + facts.joined(separator: ", "), indent: 1, hanging: 4)
    detail(call.verdict, observation: Wording.observation(call.verdict, stage: call.stage), to: \.calls)
    if let symptom = Symptom.words(call) { calls.paragraph("heard as", symptom, indent: 4, hanging: 10) }
    if capture.pair == nil, let unseen = Wording.unseen(call.verdict) {
      calls.paragraph("note", unseen, indent: 4, hanging: 10)
    }
    if call.masked {
      calls.paragraph("note", "the call \(Wording.wentOn(call.verdict))", indent: 4, hanging: 10)
    }
    if !call.controls.isEmpty {
      let text = "\(Answer.plural(call.controls.count, "control")) worked on the same link at the same time"
      calls.paragraph("note", text, indent: 4, hanging: 10)
    }
  }

  /// Tells a flow with a finding.
  mutating func tell(_ flow: FlowRecord) {
    findings.paragraph("", ends(flow), indent: 1, hanging: 4)
    detail(flow.verdict, observation: Wording.observation(flow.verdict), to: \.findings)
    if capture.pair == nil, let unseen = Wording.unseen(flow.verdict) {
      findings.paragraph("note", unseen, indent: 4, hanging: 10)
    }
  }

  /// Tells a flow without a finding that is worth a look: what it showed, and of the evidence the first.
  mutating func note(_ flow: FlowRecord) {
    // Its call says the same.
    if flow.verdict.outcome == .degraded, flow.call != nil { return }
    notes += 1
    guard notes <= Self.noteLimit else { return }
    noted.paragraph("", ends(flow), indent: 1, hanging: 4)
    noted.paragraph("why", Sentence.text(flow.verdict.reason), indent: 4, hanging: 10)
    guard let evidence = flow.verdict.evidence.first else { return }
    let frames = FrameRanges.text(evidence.frames)
    if !frames.isEmpty { noted.paragraph("seen", frames, indent: 4, hanging: 10) }
  }

  /// One line of the list of all flows.
  mutating func line(_ flow: FlowRecord) {
    var text = ends(flow)
    if !flow.verdict.isFinding, flow.verdict.outcome != .ok {
      text += ": " + Wording.observation(flow.verdict)
      if let gap = flow.verdict.gap { text += " (\(Wording.words(gap.code)))" }
    }
    others.paragraph(Wording.headline(flow.verdict), style(flow.verdict), text, indent: 1, hanging: 13)
  }

  /// Verdict, reason, evidence and the innocent twin.
  private mutating func detail(
    _ verdict: Judgment, observation: String, to part: WritableKeyPath<TextReport, TextLayout>
  ) {
    let claim = Wording.claim(verdict).map { " (\($0))" } ?? ""
    let headline = Wording.headline(verdict)
    self[keyPath: part].paragraph(
      headline, style(verdict), observation + claim, indent: 4, hanging: headline.utf8.count + 6)
    self[keyPath: part].paragraph("why", Sentence.text(verdict.reason), indent: 4, hanging: 10)
    for evidence in verdict.evidence {
      let frames = FrameRanges.text(evidence.frames)
      var text = Sentence.text(evidence.detail)
      if !frames.isEmpty {
        if text.utf8.last == 0x2E { text.removeLast() }
        text += "; " + frames
        if let file = evidence.file { text += " of " + Self.readable(file) }
      }
      self[keyPath: part].paragraph("seen", text, indent: 4, hanging: 10)
    }
    for test in verdict.tests {
      let text = "\(Wording.words(test.name)): \(test.trials) trials, \(Sentence.text(.probability(test.p)))"
      self[keyPath: part].paragraph("test", text, indent: 4, hanging: 10)
    }
    for second in verdict.also {
      var other = Judgment(second.outcome, second.mechanism, grade: .none, reason: Phrase(""))
      other.direction = second.direction
      self[keyPath: part].paragraph("also", Wording.observation(other), indent: 4, hanging: 10)
    }
    if !verdict.alternatives.isEmpty {
      let text = verdict.alternatives.map(Wording.words).joined(separator: "; ")
      self[keyPath: part].paragraph("or", text, indent: 4, hanging: 10)
    }
  }

  private func style(_ verdict: Judgment) -> TextLayout.Style {
    if verdict.isFinding { return .red }
    return verdict.outcome == .ok ? .green : .yellow
  }

  /// Transport, ends and names of a flow.
  private func ends(_ flow: FlowRecord) -> String {
    var line = LineBuffer()
    line.text(flow.transport == .tcp ? "TCP " : "UDP ")
    line.endpoint(flow.client.address, port: flow.client.port)
    line.text(" > ")
    line.endpoint(flow.server.address, port: flow.server.port)
    if let name = flow.serverName {
      line.byte(0x20)
      line.readable(name)
    }
    if let application = flow.application {
      line.byte(0x20)
      line.text(Wording.name(application))
      if flow.applicationGrade == .weak { line.text(" (by address only)") }
    }
    return String(decoding: line.bytes, as: UTF8.self)
  }
}
