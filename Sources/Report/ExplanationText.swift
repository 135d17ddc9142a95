public import Verdict

/// An explanation for people: the answer, then the way from the verdict back to the packets.
public struct ExplanationText: Sendable {
  /// Packets of one piece of evidence that have a line each.
  static let packetLimit = 8

  var out: TextLayout
  let explanation: Explanation

  private init(_ explanation: Explanation, width: Int, color: Bool) {
    out = TextLayout(width: width, color: color)
    self.explanation = explanation
  }

  /// The text, of at most `width` columns.
  public static func text(_ explanation: Explanation, width: Int = 80, color: Bool = false) -> [UInt8] {
    var text = ExplanationText(explanation, width: width, color: color)
    if let frame = explanation.frame {
      text.tell(frame: frame)
    } else if let call = explanation.call, explanation.isOfCall {
      text.tell(call)
    } else if let flow = explanation.flows.first {
      text.answer("flow \(FlowName.digits(flow.record.id)): \(text.claim(of: flow.record))")
      text.tell(flow)
    }
    return text.out.bytes
  }

  /// How to ask for more: a command for each call and each flow with a finding, below a report of all.
  public static func pointers(
    path: String, calls: [CallRecord], flows: [FlowRecord], width: Int = 80, color: Bool = false
  ) -> [UInt8] {
    var out = TextLayout(width: width, color: color)
    guard !calls.isEmpty || !flows.isEmpty else { return [] }
    out.blank()
    out.paragraph("MORE", .bold, "")
    let command = "ringback explain \(TextReport.readable(path))"
    for (index, call) in calls.enumerated() {
      let name = call.application.map { " (\(Wording.name($0)))" } ?? ""
      out.paragraph("", "\(command) call \(index + 1)\(name)", indent: 1, hanging: 4)
    }
    for flow in flows {
      out.paragraph(
        "", "\(command) flow \(FlowName.digits(flow.id)) (\(FlowName.ends(flow)))", indent: 1, hanging: 4)
    }
    return out.bytes
  }

  // MARK: What was asked for

  private mutating func answer(_ sentence: String) {
    out.paragraph("", "\(TextReport.readable(explanation.capture.path)): \(sentence)", hanging: 2)
  }

  /// A flow's ends and what is said of it.
  private func claim(of flow: FlowRecord) -> String {
    let claim = Wording.claim(flow.verdict).map { " (\($0))" } ?? ""
    return "\(FlowName.ends(flow)): \(Wording.observation(flow.verdict))\(claim)"
  }

  private mutating func tell(frame: UInt64) {
    guard let packet = explanation.packet else {
      return answer(
        frame > 0 && frame <= explanation.capture.packets
          ? "frame \(frame) is no packet: another block of the file has its number"
          : "there is no frame \(frame): the capture has \(explanation.capture.packets) packets")
    }
    let flow = explanation.flows.first
    if let flow, packet.ends != nil {
      answer("frame \(frame) is part of \(claim(of: flow.record))")
    } else if let flow {
      answer("frame \(frame) is in no flow; the packet it quotes is of \(claim(of: flow.record))")
    } else {
      answer("frame \(frame) is in no flow: \(PacketWords.whyInNoFlow(packet))")
    }
    section("PACKET")
    row("frame", PacketWords.line(packet, flow?.record, since: explanation.capture.first))
    guard let flow else { return }
    let cited = flow.record.verdict.evidence.filter { $0.frames.contains(frame) }
    row(
      "cited",
      cited.isEmpty ? "by no evidence of its flow" : cited.map { Sentence.text($0.detail) }.joined(separator: " "))
    tell(flow)
  }

  private mutating func tell(_ call: (number: Int, record: CallRecord)) {
    let record = call.record
    let claim = Wording.claim(record.verdict).map { " (\($0))" } ?? ""
    let name = record.application.map { ", " + Wording.name($0) } ?? ""
    answer("call \(call.number)\(name): \(Wording.observation(record.verdict, stage: record.stage))\(claim)")
    section("CALL \(call.number)")
    row("id", FlowName.digits(record.id))
    row("app", PacketWords.application(record.application, record.applicationGrade))
    var time = "\(since(record.first)) to \(since(record.last)), got as far as \(Wording.stage(record.stage))"
    if record.ended {
      time += ", ended" + (record.endedBy.map { $0 == .local ? " by this side" : " by the other side" } ?? "")
    }
    row("time", time)
    if record.masked {
      row("masked", "it \(Wording.wentOn(record.verdict)), although its first one was interfered with")
    }
    for flow in explanation.flows {
      row("flow", "\(FlowName.digits(flow.record.id)) \(self.claim(of: flow.record))")
    }
    outcome(record.verdict, observation: Wording.observation(record.verdict, stage: record.stage))
    evidence(record.verdict, nil)
    checks(record.verdict)
    if !record.controls.isEmpty {
      row(
        "control", "worked meanwhile: " + record.controls.map { "flow " + FlowName.digits($0) }.joined(separator: ", "))
    }
    // The flow that shows why, or the one that carried most, speaks for the call.
    let speaker =
      explanation.flows.first { $0.record.verdict.isFinding }
      ?? explanation.flows.max {
        $0.record.client.packets + $0.record.server.packets < $1.record.client.packets + $1.record.server.packets
      }
    guard let speaker else { return }
    clues(speaker)
    detectors(speaker, of: " OF FLOW \(FlowName.digits(speaker.record.id))")
    grade(record.verdict, speaker.background)
  }

  private mutating func tell(_ flow: Explanation.Flow) {
    let record = flow.record
    section("FLOW")
    row("id", FlowName.digits(record.id))
    row("what", "\(FlowName.ends(record)), \(record.wireProtocol.rawValue), \(record.role.rawValue)")
    if let name = record.serverName { row("name", TextReport.readable(name)) }
    row(
      "sent",
      "\(Answer.plural(record.client.packets, "packet")) (\(Sentence.text(.bytes(Int(clamping: record.client.bytes))))) up, "
        + "\(record.server.packets) (\(Sentence.text(.bytes(Int(clamping: record.server.bytes))))) down, from "
        + "\(since(record.first)) to \(since(record.last))")
    if let call = explanation.call {
      row(
        "call",
        "\(call.number), \(Wording.headline(call.record.verdict).lowercased()): id \(FlowName.digits(call.record.id))")
    } else {
      row("call", "none")
    }
    clues(flow)
    outcome(record.verdict, observation: Wording.observation(record.verdict))
    evidence(record.verdict, record)
    checks(record.verdict)
    detectors(flow, of: "")
    grade(record.verdict, flow.background)
  }

  // MARK: Lines

  /// Begins a section.
  mutating func section(_ title: String) {
    out.blank()
    out.paragraph(title, .bold, "")
  }

  /// A line with a label.
  mutating func row(_ label: String, _ text: String) { out.paragraph(label, text, indent: 2, hanging: 11) }

  /// A time, counted from the capture's first.
  func since(_ time: Int64) -> String {
    "+" + Sentence.text(.duration(time &- (explanation.capture.first ?? time)))
  }
}

extension FlowName {
  /// Transport and both ends.
  static func ends(_ flow: FlowRecord) -> String {
    "\(flow.transport == .tcp ? "TCP" : "UDP") \(end(flow.client)) > \(end(flow.server))"
  }
}
