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

  func run() -> Result {
    // A pipe can be read once only: one thread.
    let count = paths.contains("-") ? 1 : threads
    let analysis = CaptureAnalysis(seed: seed, threads: count)
    if count == 1 { return result(walk(analysis.shards[0], showsProgress: true), analysis) }
    let walks = Mutex<[Walk?]>(Array(repeating: nil, count: count))
    let shards = analysis.shards
    Workers.run(count) { number in
      let walk = walk(shards[number], showsProgress: number == 0)
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
          return batches & 0x3F != 0 || !Interruption.isRequested
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
    capture.truncated = facts.truncated || walk.error != nil
    capture.drops = facts.drops
    if facts.truncated, result.problem == nil {
      result.problem = "\(paths[0]): \(facts.truncation ?? "truncated"); what was read is reported"
    }
    result.capture = capture
    result.analysis = analysis
    return result
  }
}

/// A line on a terminal while a large capture is read.
struct Progress {
  let isShown: Bool

  mutating func clear() {
    if isShown { StandardStream.error.write("\r\u{1B}[K") }
  }
}
