internal import Analysis
internal import Capture
internal import Report
internal import Verdict

/// Hands records of findings to a command: when a finding is first justified, when it changes, and its last word.
final class LiveNotifier: LiveFollower {
  private let courier: Courier
  private var limit = RateLimit(perSecond: 1, burst: 10)
  private var writer = NDJSONWriter()
  private var told: Set<UInt64> = []
  private var found = FoundCalls()
  private var skipped = 0

  init(_ courier: Courier) { self.courier = courier }

  /// Records that were not handed over: too many at once.
  var refused: Int { skipped + courier.refused }

  func begin(_ capture: CaptureRecord) { writer.begin(capture) }

  func show(_ calls: [LiveCall], at time: Int64) { found.forgetEnded() }

  func take(_ call: LiveCall, at time: Int64) {
    found.note(call.record)
    guard isNews(call.record.id, call.record.verdict, isLast: !call.record.isProvisional) else { return }
    writer.append(call.record)
    send()
  }

  func take(_ flow: FlowRecord, at time: Int64) {
    guard !found.speak(for: flow), isNews(flow.id, flow.verdict, isLast: !flow.isProvisional) else { return }
    writer.append(flow)
    send()
  }

  /// A finding, or the word that takes one back.
  private func isNews(_ id: UInt64, _ verdict: Judgment, isLast: Bool) -> Bool {
    let wasTold = told.contains(id)
    if verdict.isFinding, !isLast { told.insert(id) } else { told.remove(id) }
    return verdict.isFinding || wasTold
  }

  private func send() {
    let record = writer.bytes
    writer.removeAll()
    if limit.allows(at: Clock.monotonic) { courier.send(record) } else { skipped += 1 }
  }
}
