internal import Analysis
internal import Capture
internal import Settings
internal import Synchronization
internal import Verdict
internal import Wire

/// One pass over one capture: opened, walked, its shards filled.
struct CapturePass {
  /// What came of it.
  struct Result {
    var analysis: CaptureAnalysis?
    var capture: CaptureRecord?
    /// What the file says of itself.
    var facts: CaptureFacts?
    /// Where frame numbers of joined pieces belong.
    var numbers = PieceNumbers.single
    /// Labels of apps by the user of their frames.
    var phoneApps: [Int32: [UInt8]] = [:]
    /// What went wrong, for people.
    var problem: String?
    /// The problem is the user's command, not the file.
    var isUsage = false
  }

  let paths: [String]
  let join: Bool
  let filter: String?
  let threads: Int
  let seed: UInt64
  var keepsBins = false
  var thresholds = Thresholds()
  /// Shows how far it is, where standard error is a terminal.
  var showsProgress = true

  func run() -> Result {
    // A pipe can be read once only: one thread.
    let count = paths.contains("-") ? 1 : threads
    let analysis = CaptureAnalysis(thresholds: thresholds, seed: seed, threads: count, keepsBins: keepsBins)
    if count == 1 { return result(walk(analysis.shards[0], showsProgress: showsProgress), analysis) }
    let walks = Mutex<[Walk?]>(Array(repeating: nil, count: count))
    let shards = analysis.shards
    Workers.run(count) { number in
      let walk = walk(shards[number], showsProgress: showsProgress && number == 0)
      walks.withLock { $0[number] = walk }
    }
    // Every thread read the same file: the first one's account is the capture's.
    let first = walks.withLock { $0[0] }
    return result(first ?? Walk(), analysis)
  }

  private struct Walk: Sendable {
    var facts: CaptureFacts?
    var error: CaptureError?
  }

  private func walk(_ shard: Shard, showsProgress: Bool) -> Walk {
    var walk = Walk()
    do throws(CaptureError) {
      var reader =
        try join ? CaptureReader(joining: paths, filter: filter) : CaptureReader(path: paths[0], filter: filter)
      var progress = Progress(isShown: showsProgress && StandardStream.error.isTerminal)
      do throws(CaptureError) {
        var batches = 0
        try reader.forEachBlock { block, frames in
          shard.consume(block, frames)
          batches &+= 1
          if batches & 0x3F != 0 { return true }
          progress.show(frames: shard.frames)
          return !Interruption.isRequested
        }
      } catch {
        walk.error = error
      }
      walk.facts = reader.facts
      progress.clear()
    } catch {
      walk.error = error
    }
    return walk
  }

  private func result(_ walk: Walk, _ analysis: CaptureAnalysis) -> Result {
    var result = Result()
    if let error = walk.error {
      result.problem = error.message
      if case .badFilter = error { result.isUsage = true }
    }
    guard let facts = walk.facts else { return result }
    var capture = CaptureRecord(path: paths[0])
    capture.linkTypes = facts.linkTypes.map(\.name)
    capture.snaplen = facts.snaplen
    capture.drops = facts.drops
    // The user stopped the walk: the file is not to blame for its end.
    let isStopped = Interruption.isRequested
    if isStopped { capture.hygiene.append("interrupted") }
    capture.truncated = !isStopped && (facts.truncated || walk.error != nil)
    if capture.truncated, result.problem == nil {
      // Of joined pieces it is said which.
      let name = join && paths.count > 1 ? "" : "\(paths[0]): "
      result.problem = "\(name)\(facts.truncation ?? "truncated"); what was read is reported"
    }
    if join {
      result.numbers = PieceNumbers(facts.runs.map { ($0.first, paths[$0.piece], $0.firstInPiece) })
    }
    result.facts = facts
    result.phoneApps = facts.phoneApps
    result.capture = capture
    result.analysis = analysis
    return result
  }
}

/// A line on a terminal while a large capture is read: nothing within the first second, then four times a second.
struct Progress {
  private let isShown: Bool
  private let start: Int64
  private var next: Int64
  private var wasShown = false
  private var calls = 0

  init(isShown: Bool) {
    self.isShown = isShown
    start = isShown ? ProcessCost().now : 0
    next = start &+ 1_000_000_000
  }

  /// Shows how far the walk is, if it is time to.
  mutating func show(frames: UInt64) {
    guard isShown else { return }
    calls &+= 1
    // Every 32nd call is about 65,000 frames: the clock costs nothing then.
    guard calls & 0x1F == 0 else { return }
    let now = ProcessCost().now
    guard now >= next else { return }
    next = now &+ 250_000_000
    wasShown = true
    StandardStream.error.write("\r\u{1B}[Kringback: \(frames) packets read, \((now &- start) / 1_000_000_000) s")
  }

  /// Takes the line away.
  mutating func clear() {
    if wasShown { StandardStream.error.write("\r\u{1B}[K") }
  }
}
