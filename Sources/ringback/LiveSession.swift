internal import Analysis
internal import Capture
internal import Settings
internal import Verdict
internal import Wire

/// A live run: frames go to the analysis, time goes on by packets and, where none come, by the clock.
final class LiveSession {
  let analysis: LiveAnalysis
  let output: LiveOutput
  private var capture: CaptureRecord
  private let most: UInt64
  /// Time of the latest frame and when it came.
  private var latest: Int64 = 0
  private var cameAt = Clock.monotonic
  private let started = Clock.monotonic
  private let drops: () -> UInt64?
  private var knownDrops: [(time: Int64, total: UInt64)] = []
  private var wasEvicted: UInt64 = 0
  private var saidHurried = false
  /// Told of every block before it is analyzed.
  private let saver: (any LiveSaver)?

  init(
    _ limits: LiveLimits, capture: CaptureRecord, most: UInt64, output: LiveOutput, saver: (any LiveSaver)?,
    drops: @escaping () -> UInt64?
  ) {
    analysis = LiveAnalysis(limits: limits, seed: ProcessCost.randomSeed())
    self.capture = capture
    self.most = most
    self.output = output
    self.saver = saver
    self.drops = drops
    var first = analysis.completed(capture)
    first.isProvisional = true
    output.write(first)
  }

  /// The run is to end: asked for, enough frames, or nobody reads.
  var isOver: Bool { Interruption.isRequested || analysis.frames >= most || !output.isOpen }

  /// Takes in the frames of one block.
  func take(_ block: Span<UInt8>, _ frames: Span<FrameInfo>) {
    guard frames.count > 0 else { return }
    saver?.keep(block, frames)
    analysis.consume(block, frames)
    latest = frames[frames.count - 1].time
    cameAt = Clock.monotonic
    if analysis.isDue(at: latest) { look(at: latest) }
  }

  /// Nothing came for a moment: the clock stands in for packets.
  func idle() {
    guard analysis.frames > 0 else { return }
    let now = latest &+ (Clock.monotonic &- cameAt)
    if analysis.isDue(at: now) { look(at: now) }
  }

  /// Ends the run: everything is said for the last time.
  func finish(_ complete: (inout CaptureRecord) -> Void, stats: ProcessCost?) {
    let now = max(latest, analysis.latest ?? latest)
    output.begin(at: now)
    let dropped = drops()
    analysis.look(at: now, drops: recentDrops(now), isLast: true, to: output)
    saver?.finish(at: now)
    capture.drops = dropped
    complete(&capture)
    output.write(analysis.completed(capture))
    output.finish(since: stats, drops: dropped, elapsed: Clock.monotonic - started)
  }

  private func look(at now: Int64) {
    output.begin(at: now)
    let recent = recentDrops(now)
    analysis.look(at: now, drops: recent, to: output)
    saver?.look(at: now)
    tellPressure()
  }

  /// Packets that the kernel dropped within the time for which a verdict of now may look back.
  private func recentDrops(_ now: Int64) -> UInt64? {
    guard let total = drops() else { return nil }
    let before = knownDrops.last?.total ?? 0
    if total > before {
      output.note("the kernel dropped \(total - before) packets: verdicts on loss are withheld for a while")
    }
    knownDrops.append((now, total))
    // The oldest entry outside the window is what the total was when the window began.
    while knownDrops.count > 1, knownDrops[1].time < now &- Self.dropMemory { knownDrops.removeFirst() }
    return total - (knownDrops[0].time < now &- Self.dropMemory ? knownDrops[0].total : 0)
  }

  /// How long drops count against verdicts, ns: beyond the silence that ends a flow.
  private static let dropMemory: Int64 = 300_000_000_000

  private func tellPressure() {
    let evicted = analysis.evicted
    if evicted > wasEvicted {
      output.note(
        "more new flows than there is room for: \(evicted - wasEvicted) were counted and given up unjudged")
      wasEvicted = evicted
    }
    if analysis.hurried > 0, !saidHurried {
      saidHurried = true
      output.note("room is short: flows that fall silent are ended early (--max-flows, --max-memory)")
    }
  }
}
