public import Verdict

/// The report for people: the answer first, then the capture, the calls, the flows with a finding, and totals.
///
/// Memory is bounded: 200 calls and 200 flow findings are told in detail, the rest is counted. With `showAll` every flow has
/// a line, which is held until the capture's first line can be written.
public struct TextReport: Sendable {
  /// Calls and flow findings told in detail, each.
  static let detailLimit = 200
  /// Flows without a finding that are told why.
  static let noteLimit = 20
  /// Kinds of gaps counted by name.
  static let gapLimit = 12

  var out: TextLayout
  let showAll: Bool
  var capture = CaptureRecord(path: "")
  var answer = Answer()
  var calls: TextLayout
  var findings: TextLayout
  var noted: TextLayout
  var others: TextLayout
  var refused = 0
  var gaps: [(code: StaticString, name: String, flows: Int)] = []
  var otherGaps = 0
  // Of the flow counted last: the answer speaks of it; it is told in detail.
  private var leads = false
  private var isTold = false
  private var isNoted = false
  var notes = 0

  /// A report of at most `width` columns; `color` adds terminal colors, `showAll` a line for every flow.
  public init(width: Int = 80, color: Bool = false, showAll: Bool = false) {
    out = TextLayout(width: width, color: color)
    calls = out
    findings = out
    noted = out
    others = out
    self.showAll = showAll
  }

  /// What was written since the last `removeAll`.
  public var bytes: [UInt8] { out.bytes }

  /// Forgets what was written, after it was passed on.
  public mutating func removeAll(keepingCapacity: Bool = true) { out.bytes.removeAll(keepingCapacity: keepingCapacity) }

  /// Starts a capture.
  public mutating func begin(_ capture: CaptureRecord) {
    self.capture = capture
    answer = Answer()
    calls.bytes.removeAll(keepingCapacity: true)
    findings.bytes.removeAll(keepingCapacity: true)
    noted.bytes.removeAll(keepingCapacity: true)
    others.bytes.removeAll(keepingCapacity: true)
    notes = 0
    refused = 0
    gaps.removeAll(keepingCapacity: true)
    otherGaps = 0
  }

  /// Adds a call of the capture.
  public mutating func add(_ call: CallRecord) {
    answer.count(call)
    if answer.calls.total <= Self.detailLimit { tell(call) }
  }

  /// Counts a flow of the capture; true if it is told or the answer speaks of it, so that its record is to be added.
  public mutating func count(_ verdict: Judgment) -> Bool {
    leads = answer.count(verdict)
    isTold = false
    isNoted = false
    if verdict.outcome == .degraded || Answer.isStrange(verdict) {
      isNoted = true
    }
    if verdict.isFinding {
      isTold = answer.flows.findings <= Self.detailLimit
    } else if verdict.mechanism == .resetRefused {
      refused += 1
    } else if verdict.outcome == .inconclusive, let gap = verdict.gap {
      count(gap)
    }
    return leads || isTold || isNoted || showAll
  }

  /// Adds the flow that was counted last.
  public mutating func add(_ flow: FlowRecord) {
    if leads { answer.name(flow) }
    if isTold { tell(flow) }
    if isNoted { note(flow) }
    if showAll { line(flow) }
  }

  private mutating func count(_ gap: Gap) {
    // Most flows without a verdict share a few codes, whose words are made once.
    for index in gaps.indices where gaps[index].code.isSameLiteral(as: gap.code) {
      gaps[index].flows += 1
      return
    }
    let name = Wording.words(gap.code)
    if let index = gaps.firstIndex(where: { $0.name == name }) {
      gaps[index].flows += 1
    } else if gaps.count < Self.gapLimit {
      gaps.append((gap.code, name, 1))
    } else {
      otherGaps += 1
    }
  }

  /// Ends the capture: its text is written.
  public mutating func end() {
    out.paragraph("", "\(Self.readable(capture.path)): \(answer.sentence)", hanging: 2)
    facts()
    if answer.calls.total > 0 {
      out.blank()
      out.paragraph("CALLS \(answer.calls.total)", .bold, "")
      out.bytes.append(contentsOf: calls.bytes)
      let rest = answer.calls.total - Self.detailLimit
      if rest > 0 { out.paragraph("", "and \(Answer.plural(rest, "more call"))", indent: 1) }
    }
    if answer.flows.total > 0 {
      out.blank()
      out.paragraph("FLOWS WITH A FINDING \(answer.flows.findings) of \(answer.flows.total)", .bold, "")
      out.bytes.append(contentsOf: findings.bytes)
      let rest = answer.flows.findings - Self.detailLimit
      if rest > 0 { out.paragraph("", "and \(Answer.plural(rest, "more flow")) with a finding", indent: 1) }
      totals()
      if notes > 0 {
        out.blank()
        out.paragraph(
          "FLOWS TO LOOK AT \(notes)", .bold, "lost much, or who answered is not settled; no finding", hanging: 2)
        out.bytes.append(contentsOf: noted.bytes)
        let rest = notes - Self.noteLimit
        if rest > 0 { out.paragraph("", "and \(Answer.plural(rest, "more flow"))", indent: 1) }
      }
    }
    if showAll, answer.flows.total > 0 {
      out.blank()
      out.paragraph("ALL FLOWS \(answer.flows.total)", .bold, "")
      out.bytes.append(contentsOf: others.bytes)
    }
  }

  /// Writes the totals over all captures.
  public mutating func summary(_ summary: SummaryRecord) {
    if summary.captures > 0 { out.blank() }
    var parts: [String] = []
    for (index, outcome) in Outcome.allCases.enumerated() where summary.outcomes[index] > 0 {
      parts.append("\(outcome.rawValue) \(summary.outcomes[index])")
    }
    let counts =
      "\(Answer.plural(summary.captures, "capture")), \(Answer.plural(summary.packets, "packet")), "
      + "\(Answer.plural(summary.calls, "call")), \(Answer.plural(summary.flows, "flow"))"
    let outcomes = parts.isEmpty ? "" : ": " + parts.joined(separator: ", ")
    out.paragraph("TOTAL", .bold, "\(counts)\(outcomes); findings \(summary.findings)", hanging: 7)
    if let cost = summary.cost { out.paragraph("COST", .bold, Self.text(cost), hanging: 7) }
  }

  /// What a run cost.
  public static func text(_ cost: SummaryRecord.Cost) -> String {
    var line = LineBuffer()
    line.decimal(cost.elapsed, 3)
    line.text(" s, ")
    line.decimal(cost.packetsPerSecond, 0)
    line.text(" packets/s, peak memory ")
    line.quantity(.bytes(Int(clamping: cost.peakResidentBytes)))
    return String(decoding: line.bytes, as: UTF8.self)
  }

  /// Text from outside, without what could steer a terminal.
  static func readable(_ text: String) -> String {
    var line = LineBuffer()
    line.readable(text)
    return String(decoding: line.bytes, as: UTF8.self)
  }
}
