internal import Analysis
internal import Capture
internal import Report
internal import Verdict

/// Where a live run's results go: lines for people or one JSON object a line.
final class LiveOutput: LiveSink {
  enum Form { case lines, ndjson, none }

  let form: Form
  private var found = FoundCalls()
  /// Flows of which a line was written and the last word is still to come.
  private var toldFlows: Set<UInt64> = []
  private var lines: LiveLines
  private var writer = NDJSONWriter()
  private var output = ResultStream()
  private(set) var tally = Tally()
  /// Time of the look that is under way.
  private var now: Int64 = 0
  /// Others who are told of every record: what saves evidence, what runs commands, what shows a table.
  var followers: [any LiveFollower] = []

  init(_ form: Form, color: Bool) {
    self.form = form
    lines = LiveLines(color: color)
  }

  var isOpen: Bool { output.isOpen }
  var failure: String? { output.failure }

  /// A call with a packet so shortly before the run ended had not ended itself, ns.
  private static let recent: Int64 = 1_000_000_000

  /// Begins a look at `time`.
  func begin(at time: Int64) { now = time }

  func write(_ capture: CaptureRecord) {
    if !capture.isProvisional {
      tally.summary.captures = 1
      tally.summary.packets = capture.packets
    }
    if form == .ndjson { writer.append(capture) }
    for follower in followers { follower.begin(capture) }
    flush()
  }

  func write(_ call: LiveCall) {
    if !call.record.isProvisional { tally.count(call.record) }
    found.note(call.record)
    switch form {
    case .lines:
      lines.append(
        call.record, client: call.client, clock: Clock.timeOfDay(now),
        isCut: now &- call.record.last < Self.recent)
    case .ndjson: writer.append(call.record)
    case .none: break
    }
    for follower in followers { follower.take(call, at: now) }
  }

  func wantsRecord(ofEnded verdict: Judgment) -> Bool {
    tally.count(verdict)
    // A finding that is first justified when its flow ends is news, and those who follow are to hear of it.
    return form == .ndjson || verdict.isFinding
  }

  func write(_ flow: FlowRecord) {
    switch form {
    case .lines: tell(flow)
    case .ndjson:
      writer.append(flow)
      // A look at the end of a flood may have half a million of them.
      writer.passOn(atLeast: 1 << 18) { output.write($0) }
    case .none: break
    }
    for follower in followers { follower.take(flow, at: now) }
  }

  /// What a call was found to be is said of it, not of its flows too; and the last word on a flow repeats what was said.
  private func tell(_ flow: FlowRecord) {
    guard !found.speak(for: flow) else { return }
    if flow.isProvisional {
      toldFlows.insert(flow.id)
    } else if toldFlows.remove(flow.id) != nil || !flow.verdict.isFinding {
      return
    }
    lines.append(flow, clock: Clock.timeOfDay(now))
  }

  func show(_ calls: [LiveCall], at time: Int64) {
    found.forgetEnded()
    for follower in followers { follower.show(calls, at: time) }
    flush()
  }

  /// Says something about the run itself: in a line, or on standard error.
  func note(_ text: String) {
    if form == .lines {
      lines.note(text, clock: Clock.timeOfDay(now))
      flush()
    } else if form == .ndjson {
      StandardStream.error.write("ringback: \(text)\n")
    }
  }

  /// Writes the summary: how much there was and what was found.
  func finish(since start: ProcessCost?, drops: UInt64?, elapsed: Int64) {
    tally.summary.cost = tally.cost(since: start)
    switch form {
    case .ndjson: writer.append(tally.summary)
    case .lines, .none:
      let summary = tally.summary
      var text =
        "\(Self.plural(summary.packets, "packet")) in \(Sentence.text(.duration(elapsed))): \(Self.plural(summary.calls, "call")), "
      text += "\(Self.plural(summary.flows, "flow")), \(summary.findings) of them with a finding"
      if let drops { text += "; the kernel dropped \(Self.plural(drops, "packet"))" }
      if let cost = summary.cost { text += "; " + TextReport.text(cost) }
      // Behind the table there is the old screen again.
      if form == .none { Terminal.restore() }
      lines.note(text, clock: Clock.timeOfDay(now))
    }
    flush()
  }

  private static func plural(_ count: UInt64, _ noun: String) -> String {
    count == 1 ? "1 \(noun)" : "\(count) \(noun)s"
  }

  private func flush() {
    switch form {
    case .ndjson: writer.passOn(atLeast: 1) { output.write($0) }
    case .lines, .none:
      let bytes = lines.take()
      if !bytes.isEmpty { output.write(bytes) }
    }
  }
}

/// Somebody who follows a live run's records.
protocol LiveFollower: AnyObject {
  /// The records that follow are of this capture.
  func begin(_ capture: CaptureRecord)
  func take(_ call: LiveCall, at time: Int64)
  func take(_ flow: FlowRecord, at time: Int64)
  func show(_ calls: [LiveCall], at time: Int64)
}

extension LiveFollower {
  func begin(_ capture: CaptureRecord) {}
  func show(_ calls: [LiveCall], at time: Int64) {}
}

/// Calls whose own verdict is a finding: what was found is said of them, and not of their flows too.
struct FoundCalls {
  private var found: Set<UInt64> = []
  private var ended: [UInt64] = []

  mutating func note(_ call: CallRecord) {
    if call.verdict.isFinding { found.insert(call.id) } else { found.remove(call.id) }
    if !call.isProvisional { ended.append(call.id) }
  }

  func speak(for flow: FlowRecord) -> Bool { flow.call.map { found.contains($0) } ?? false }

  /// After a look: the last words on their flows were said in it.
  mutating func forgetEnded() {
    for call in ended { found.remove(call) }
    ended.removeAll(keepingCapacity: true)
  }
}
