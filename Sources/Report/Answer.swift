internal import Verdict

/// Counts what the first line of a report needs, and makes it: one sentence that claims no more than the grade allows and
/// names nobody.
struct Answer: Sendable {
  /// What is counted of calls and of flows alike.
  struct Tally: Sendable {
    var total = 0
    var findings = 0
    var degraded = 0
    var inconclusive = 0
    var ended = 0
    /// Among the inconclusive ones those that show a sign of another sender.
    var strange = 0
    /// The finding with the strongest grade, the first one on a tie; else the first degraded, else the first inconclusive.
    var lead: Judgment?
    var leadRank = 0

    /// Counts a verdict; true if it leads now.
    mutating func count(_ verdict: Judgment) -> Bool {
      total += 1
      var rank = 1
      if verdict.isFinding {
        findings += 1
        rank = verdict.grade == .confirmed ? 6 : verdict.grade == .probable ? 5 : 4
      } else if verdict.outcome == .degraded {
        degraded += 1
        rank = 3
      } else if verdict.outcome == .inconclusive {
        inconclusive += 1
        if Answer.isStrange(verdict) { strange += 1 }
        rank = 2
      } else if verdict.outcome == .reset {
        ended += 1
      }
      guard rank > leadRank else { return false }
      leadRank = rank
      lead = verdict
      return true
    }
  }

  private(set) var calls = Tally()
  private(set) var flows = Tally()
  private var application: Application?
  private var stage = Stage.signalling
  private var masked = false
  private var flowName = ""

  /// Counts a call.
  mutating func count(_ call: CallRecord) {
    guard calls.count(call.verdict) else { return }
    application = call.applicationGrade == .weak ? nil : call.application
    stage = call.stage
    masked = call.masked
  }

  /// Counts a flow's verdict; true if the answer speaks of this flow now, and is to be told its name.
  mutating func count(_ verdict: Judgment) -> Bool { flows.count(verdict) }

  /// Takes the name of the flow that it speaks of.
  mutating func name(_ flow: FlowRecord) {
    let transport = flow.transport == .tcp ? "TCP" : "UDP"
    flowName =
      (flow.applicationGrade == .weak ? nil : flow.application).map { Wording.name($0) + " " + transport } ?? transport
  }

  /// The sentence.
  var sentence: String {
    if calls.total > 0, let lead = calls.lead { return callSentence(lead) }
    if flows.total > 0, let lead = flows.lead { return flowSentence(lead) }
    return "no UDP or TCP flow found"
  }

  /// No finding, but something answered in the place of an end: too little to claim it, too much to pass over.
  static func isStrange(_ verdict: Judgment) -> Bool {
    guard verdict.outcome == .inconclusive, let gap = verdict.gap else { return false }
    return gap.isOne(of: strangeGaps)
  }

  private static let strangeGaps: [StaticString] = [
    "dns_answer_origin", "page_origin", "close_origin", "reset_origin",
  ]

  /// What else the first line says of flows beside calls, or beside sound flows.
  private var remarks: String {
    var text = ""
    if flows.findings > 0 {
      text +=
        "; \(flows.findings) of \(Self.plural(flows.total, "flow")) \(flows.findings == 1 ? "has" : "have") a finding"
    }
    // Of a call that is told as degraded it is the flow.
    if flows.degraded > 0, calls.total > 0, calls.degraded == 0 {
      text += "; \(flows.degraded) of \(Self.plural(flows.total, "flow")) degraded"
    }
    if flows.strange > 0 {
      text += "; in \(Self.plural(flows.strange, "flow")) it is not settled who answered"
    }
    return text
  }

  private func callSentence(_ lead: Judgment) -> String {
    let kind = application.map { "\(Self.article($0)) \(Wording.name($0)) call" } ?? "a call"
    if calls.findings > 0 {
      let claim = Wording.claim(lead).map { " (\($0))" } ?? ""
      let what = "\(kind) \(Wording.verb(lead, masked: masked)): \(Wording.observation(lead, stage: stage))\(claim)"
      guard calls.findings > 1 else { return what }
      return "\(calls.findings) of \(calls.total) calls have a finding; the strongest: " + what
    }
    let flowPart = remarks
    if calls.degraded > 0 {
      let count =
        calls.total > 1
        ? "\(calls.degraded) of \(calls.total) calls degraded; the first, \(kind)" : "\(kind) was degraded"
      return "\(count): \(Wording.observation(lead))\(Self.openCause(lead))" + flowPart
    }
    if calls.inconclusive == calls.total {
      let which =
        calls.total == 1 ? "the \(application.map { Wording.name($0) + " " } ?? "")call" : "any of \(calls.total) calls"
      return "no verdict possible for \(which): \(Self.gap(lead))" + flowPart
    }
    let ok = calls.total - calls.inconclusive
    if calls.inconclusive > 0 {
      return "nothing wrong seen in \(ok) of \(calls.total) calls; no verdict possible for \(calls.inconclusive): "
        + Self.gap(lead) + flowPart
    }
    // Side flows too small for a verdict say nothing of the calls: they are counted further down.
    guard flowPart.isEmpty, flows.inconclusive == 0 else {
      return "nothing wrong seen in \(Self.plural(ok, "call"))" + flowPart
    }
    return "nothing wrong seen in \(Self.plural(ok, "call")) and \(Self.plural(flows.total, "flow"))"
  }

  /// Said where nothing is known of how it happened.
  private static func openCause(_ lead: Judgment) -> String {
    lead.mechanism == nil ? "; the cause is not told apart" : ""
  }

  private func flowSentence(_ lead: Judgment) -> String {
    if flows.findings > 0 {
      let claim = Wording.claim(lead).map { " (\($0))" } ?? ""
      let what = "\(flowName): \(Wording.observation(lead))\(claim)"
      if flows.total == 1 { return what }
      let rest = flows.findings == 1 ? "" : "; the strongest"
      return
        "\(flows.findings) of \(flows.total) flows \(flows.findings == 1 ? "has" : "have") a finding\(rest): \(what)"
    }
    if flows.degraded > 0 {
      return "\(flows.degraded) of \(Self.plural(flows.total, "flow")) degraded: \(Wording.observation(lead))"
        + Self.openCause(lead) + remarks
    }
    if flows.inconclusive == flows.total {
      return "no verdict possible for \(Self.plural(flows.total, "flow")): \(Self.gap(lead))" + remarks
    }
    if flows.inconclusive > 0 {
      return
        "nothing wrong seen in \(flows.total - flows.inconclusive) of \(flows.total) flows; no verdict possible for "
        + "\(flows.inconclusive)" + remarks
    }
    return "nothing wrong seen in \(Self.plural(flows.total, "flow"))"
  }

  /// What was missing for a verdict.
  static func gap(_ verdict: Judgment) -> String {
    guard let gap = verdict.gap else { return Sentence.text(verdict.reason) }
    // How much was there only says something where more was needed.
    guard gap.seen < gap.needed, gap.needed > 1 else { return Wording.gap(gap.code) }
    return "\(Wording.words(gap.code)) (\(Sentence.text(.number(gap.seen))) of \(Sentence.text(.number(gap.needed))))"
  }

  /// `1 call`, `2 calls`.
  static func plural(_ count: some BinaryInteger, _ noun: String) -> String {
    count == 1 ? "1 \(noun)" : "\(count) \(noun)s"
  }

  private static func article(_ application: Application) -> String { application == .imo ? "an" : "a" }
}
