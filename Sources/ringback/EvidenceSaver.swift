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

  /// A record, to be written when its packets have their numbers.
  private enum Record {
    case call(CallRecord)
    case flow(FlowRecord)

    var verdict: Judgment {
      switch self {
      case .call(let call): call.verdict
      case .flow(let flow): flow.verdict
      }
    }
  }

  private struct Recording {
    let name: RecordingName
    let client: IPAddress
    let start: Int64
    var end: Int64
    /// By history: the last frame that was taken.
    var latest: [UInt64]
    var comments: [UInt64: String] = [:]
    /// What is told beside it.
    var records: [Record] = []
    var numbers = Numbers()
  }

  /// The numbers that packets of the run have in a recording, whose files count on from one to the next.
  private struct Numbers {
    private var places: [UInt64: UInt32] = [:]
    private var count: UInt32 = 0
    /// Beyond so many it is not kept which is which.
    private static let most: UInt32 = 1 << 20

    mutating func add(_ frames: [FrameInfo]) {
      for frame in frames {
        count &+= 1
        if count <= Self.most { places[frame.number] = count }
      }
    }

    /// The verdict with the packets that were saved, by their numbers there.
    func cited(_ verdict: Judgment) -> Judgment {
      var verdict = verdict
      let number = { (frame: UInt64) in places[frame].map { UInt64($0) } }
      verdict.reason = verdict.reason.renumbered(number)
      verdict.evidence = verdict.evidence.map { $0.renumbered(number) }
      return verdict
    }
  }

  private let orders: Orders
  private let queue: SaveQueue
  /// By worker: whose frames come on a thread of their own are kept there.
  let histories: [FrameHistory]
  /// Recordings by the findings that they were made for: a later word on one belongs there.
  private var told: [Finding: RecordingName] = [:]
  private static let mostTold = 4_096
  private var recordings: [Recording] = []
  private var lines = NDJSONWriter()
  /// Of recordings that ended, so that a later word cites what they hold; oldest first, of so many.
  private var ended: [(name: RecordingName, numbers: Numbers)] = []
  private static let mostEnded = 8
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

  /// Why evidence could not be saved, if it could not.
  var failure: String? { queue.account.failure.map { "evidence could not be saved: \($0)" } }

  /// For people: what became of it.
  var account: String? {
    if let failure { return failure }
    let account = queue.account
    if account.refused > 0 { return "\(account.refused) packets of evidence were not saved: the disk is too slow" }
    return account.files > 0 ? "evidence written to \(account.files) \(account.files == 1 ? "file" : "files")" : nil
  }

  func keep(_ block: Span<UInt8>, _ frames: Span<FrameInfo>) { histories[0].keep(block, frames) }

  func begin(_ capture: CaptureRecord) { lines.begin(capture) }

  func take(_ call: LiveCall, at time: Int64) {
    note(
      .call(call.record), id: call.record.id, client: call.client, first: call.record.first,
      app: call.record.application, time)
  }

  func take(_ flow: FlowRecord, at time: Int64) {
    note(.flow(flow), id: flow.id, client: flow.client.address, first: flow.first, app: flow.application, time)
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
    _ record: Record, id: UInt64, client: IPAddress, first: Int64, app: Application?, _ time: Int64
  ) {
    let verdict = record.verdict
    guard isWanted(verdict) else { return }
    let finding = Finding(id: id, outcome: verdict.outcome)
    let index: Int
    if let known = recordings.firstIndex(where: { $0.client == client }) {
      index = known
    } else if let name = told[finding] {
      // Its packets were saved when it was found; this is a later word.
      let numbers = ended.last { $0.name == name }?.numbers ?? Numbers()
      queue.add(SaveQueue.Part(name, SavedFrames(), comments: [:], lines: text(of: [record], numbers), isLate: true))
      return
    } else {
      // What is over was told while it went on; its last word begins no recording.
      guard time - first < Self.longest else { return }
      count += 1
      let name = RecordingName(
        stamp: Clock.stamp(time), app: app?.rawValue ?? "flow", outcome: verdict.outcome.rawValue, number: count)
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
    recordings[index].records.append(record)
  }

  private func text(of records: [Record], _ numbers: Numbers) -> [UInt8] {
    lines.removeAll()
    for record in records {
      switch record {
      case .call(var call):
        call.verdict = numbers.cited(call.verdict)
        lines.append(call)
      case .flow(var flow):
        flow.verdict = numbers.cited(flow.verdict)
        lines.append(flow)
      }
    }
    return lines.bytes
  }

  func look(at time: Int64) {
    now = time
    for index in recordings.indices { pass(index, isLast: time > recordings[index].end) }
    for recording in recordings where time > recording.end {
      if ended.count == Self.mostEnded { ended.removeFirst() }
      ended.append((recording.name, recording.numbers))
    }
    recordings.removeAll { time > $0.end }
  }

  func finish(at time: Int64) {
    for index in recordings.indices { pass(index, isLast: true) }
    recordings.removeAll()
    queue.finish()
  }

  /// Hands what came since the last time to the queue.
  private func pass(_ index: Int, isLast: Bool) {
    let name = recordings[index].name
    let client = AddressBits(high: recordings[index].client.high, low: recordings[index].client.low)
    var frames = SavedFrames()
    // What other workers' rings still hold may be earlier than what this one's brought.
    // Nor is what came long after it part of it, as where a stream goes on with another day's.
    let settled = isLast || histories.count == 1 ? Int64.max : now - Self.delay
    let until = min(recordings[index].end, settled)
    for (number, history) in histories.enumerated() {
      let part = history.frames(
        of: [client], from: recordings[index].start, until: until, behind: recordings[index].latest[number])
      if let last = part.frames.last { recordings[index].latest[number] = last.number }
      frames.add(part)
    }
    if !frames.frames.isEmpty, queue.add(SaveQueue.Part(name, frames, comments: recordings[index].comments)) {
      recordings[index].numbers.add(frames.frames)
    }
    guard isLast else { return }
    let told = text(of: recordings[index].records, recordings[index].numbers)
    queue.add(SaveQueue.Part(name, SavedFrames(), comments: [:], lines: told))
  }

  /// Time after which every worker's ring has handed its blocks over, ns.
  private static let delay: Int64 = 300_000_000
}
