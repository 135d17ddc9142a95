internal import Analysis
internal import Capture
internal import Report
internal import Verdict
internal import Wire

/// Keeps the latest packets in memory and writes those of a client to a file once a verdict asks for it: from before the
/// finding until some time after, with a comment on every packet that is evidence.
final class EvidenceSaver: LiveSaver {
  /// What is saved when.
  struct Orders {
    /// Outcomes that ask for it.
    var outcomes: Set<Outcome>
    /// ns before and after.
    var before: Int64
    var after: Int64
    /// Bytes of memory.
    var memory: Int
  }

  private struct Finding: Hashable {
    let id: UInt64
    let outcome: Outcome
  }

  private struct Recording {
    let name: String
    let client: IPAddress
    let start: Int64
    var end: Int64
    /// By history: the last frame that was taken.
    var latest: [UInt64]
    var comments: [UInt64: String] = [:]
    var isBegun = false
  }

  private let orders: Orders
  private let queue: SaveQueue
  /// By worker: whose frames come on a thread of their own are kept there.
  let histories: [FrameHistory]
  /// Recordings by the findings that they were made for: a later word on one belongs there.
  private var told: [Finding: String] = [:]
  private static let mostTold = 4_096
  private var recordings: [Recording] = []
  private var lines = NDJSONWriter()
  private var final: [IPAddress: [UInt8]] = [:]
  private var now: Int64 = 0
  private var count = 0
  /// A recording goes on while its finding does, but no longer than this, ns.
  private static let longest: Int64 = 600_000_000_000
  /// What came before the call and may be its control.
  private static let margin: Int64 = 5_000_000_000

  init(_ orders: Orders, _ queue: SaveQueue, workers: Int) {
    self.orders = orders
    self.queue = queue
    histories = (0..<max(1, workers)).map { _ in
      FrameHistory(bytes: orders.memory / max(1, workers), age: orders.before + 30_000_000_000)
    }
  }

  /// For people: what became of it.
  var account: String? {
    let account = queue.account
    if let failure = account.failure { return "evidence could not be saved: \(failure)" }
    if account.refused > 0 { return "\(account.refused) packets of evidence were not saved: the disk is too slow" }
    return account.files > 0 ? "evidence saved in \(account.files) \(account.files == 1 ? "file" : "files")" : nil
  }

  func keep(_ block: Span<UInt8>, _ frames: Span<FrameInfo>) { histories[0].keep(block, frames) }

  func begin(_ capture: CaptureRecord) { lines.begin(capture) }

  func take(_ call: LiveCall, at time: Int64) {
    let client = call.client
    note(
      call.record.verdict, id: call.record.id, client: client, first: call.record.first,
      app: call.record.application, time
    ) {
      lines.append(call.record)
    }
  }

  func take(_ flow: FlowRecord, at time: Int64) {
    note(
      flow.verdict, id: flow.id, client: flow.client.address, first: flow.first, app: flow.application, time
    ) {
      lines.append(flow)
    }
  }

  /// Calls with a finding that go on: so does their recording.
  func show(_ calls: [LiveCall], at time: Int64) {
    for call in calls where isWanted(call.record.verdict) {
      guard let index = recordings.firstIndex(where: { $0.client == call.client }) else { continue }
      let end = min(call.record.last + orders.after, recordings[index].start + Self.longest)
      recordings[index].end = max(recordings[index].end, end)
    }
  }

  private func isWanted(_ verdict: Judgment) -> Bool {
    verdict.isFinding && orders.outcomes.contains(verdict.outcome)
  }

  private func note(
    _ verdict: Judgment, id: UInt64, client: IPAddress, first: Int64, app: Application?, _ time: Int64,
    _ write: () -> Void
  ) {
    guard isWanted(verdict) else { return }
    let finding = Finding(id: id, outcome: verdict.outcome)
    let index: Int
    if let known = recordings.firstIndex(where: { $0.client == client }) {
      index = known
    } else if let name = told[finding] {
      // Its packets were saved when it was found; this is a later word.
      lines.removeAll()
      write()
      queue.add(SaveQueue.Part(name, SavedFrames(), comments: [:], lines: lines.bytes, isLate: true))
      return
    } else {
      // What is over was told while it went on; its last word begins no recording.
      guard time - first < Self.longest else { return }
      count += 1
      let name = [Clock.stamp(time), app?.rawValue ?? "flow", verdict.outcome.rawValue, "\(count)"].joined(
        separator: "-")
      recordings.append(
        Recording(
          name: name, client: client, start: min(first - Self.margin, time - orders.before), end: time,
          latest: histories.map { _ in 0 }))
      index = recordings.count - 1
    }
    recordings[index].end = max(recordings[index].end, time + orders.after)
    if told.count >= Self.mostTold { told.removeAll() }
    told[finding] = recordings[index].name
    for item in verdict.evidence {
      let text = "ringback: \(verdict.outcome.rawValue), \(item.code): " + Sentence.text(item.detail)
      for frame in item.frames { recordings[index].comments[frame] = text }
    }
    lines.removeAll()
    write()
    final[client, default: []] += lines.bytes
  }

  func look(at time: Int64) {
    now = time
    for index in recordings.indices { pass(index, isLast: time > recordings[index].end) }
    for recording in recordings where time > recording.end { final[recording.client] = nil }
    recordings.removeAll { time > $0.end }
  }

  func finish(at time: Int64) {
    for index in recordings.indices { pass(index, isLast: true) }
    recordings.removeAll()
    queue.finish()
  }

  /// Hands what came since the last time to the queue.
  private func pass(_ index: Int, isLast: Bool) {
    let recording = recordings[index]
    let client = AddressBits(high: recording.client.high, low: recording.client.low)
    var frames = SavedFrames()
    // What other workers' rings still hold may be earlier than what this one's brought.
    let until = isLast || histories.count == 1 ? Int64.max : now - Self.delay
    for (number, history) in histories.enumerated() {
      let part = history.frames(
        of: [client], from: recording.start, until: until, behind: recording.latest[number])
      if let last = part.frames.last { recordings[index].latest[number] = last.number }
      frames.add(part)
    }
    guard !frames.frames.isEmpty || isLast else { return }
    queue.add(
      SaveQueue.Part(
        recording.name, frames, comments: recording.comments, lines: isLast ? final[recording.client] ?? [] : nil))
  }

  /// Time after which every worker's ring has handed its blocks over, ns.
  private static let delay: Int64 = 300_000_000
}
