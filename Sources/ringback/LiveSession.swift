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
  private let budget: FrameBudget
  /// Time of the latest frame and when it came.
  private var latest: Int64 = 0
  private var cameAt = Clock.monotonic
  private let started = Clock.monotonic
  /// What the kernel dropped; nil where nobody knows.
  private var dropped: UInt64?
  /// Up to when that is known.
  private var dropsRead = Int64.min
  private var wasEvicted: UInt64 = 0
  private var saidHurried = false
  private var saidFailure = false
  private var notesSaid = 0
  /// No look before this time, by the monotonic clock: looks that take long are rare.
  private var restsUntil = Int64.min
  /// Told of every block before it is analyzed.
  private let saver: (any LiveSaver)?
  /// Who takes the frames in, if others than this thread.
  private(set) var crew: LiveCrew?

  init(
    _ limits: LiveLimits, _ thresholds: Thresholds, workers: Int, capture: CaptureRecord, most: UInt64,
    output: LiveOutput,
    saver: (any LiveSaver)?, isLive: Bool
  ) {
    analysis = LiveAnalysis(
      limits: limits, thresholds: thresholds, seed: ProcessCost.randomSeed(), workers: workers)
    self.capture = capture
    self.most = most
    budget = FrameBudget(most)
    self.output = output
    self.saver = saver
    dropped = isLive ? 0 : nil
    if isLive { analysis.noteDrops(0, from: .min, to: .min) }
    var first = analysis.completed(capture)
    first.isProvisional = true
    output.write(first)
  }

  /// The run is to end: asked for, enough frames, or nobody reads.
  var isOver: Bool {
    Interruption.isRequested || (crew?.frames ?? analysis.frames) >= most || !output.isOpen
  }

  // MARK: Frames on this thread

  /// Takes in the frames of one block.
  func take(_ block: Span<UInt8>, _ lent: Span<FrameInfo>) {
    let frames = lent.extracting(0..<budget.take(lent.count))
    guard frames.count > 0 else { return }
    saver?.keep(block, frames)
    analysis.consume(block, frames)
    latest = frames[frames.count - 1].time
    cameAt = Clock.monotonic
    if analysis.isDue(at: latest) {
      look(at: latest)
    } else if analysis.isCrowded(analysis.workers[0]) {
      relieve()
    }
  }

  /// Nothing came for a moment: the clock stands in for packets.
  func idle() {
    guard analysis.frames > 0 else { return }
    let now = latest &+ (Clock.monotonic &- cameAt)
    if analysis.isDue(at: now) { look(at: now) }
  }

  // MARK: Frames on other threads

  /// Lets a worker for each source take frames in, and looks meanwhile; returns when the run is over.
  func run(_ sources: [LiveSource], histories: [FrameHistory]) -> LiveCrew {
    let limits = analysis.memoryLimits
    let workers = sources.enumerated().map { number, source in
      LiveWorker(
        source, analysis.workers[number], number < histories.count ? histories[number] : nil, analysis.exchange, budget,
        isCrowded: limits.isCrowded)
    }
    let crew = LiveCrew(workers)
    self.crew = crew
    crew.run {
      if isOver { return false }
      tick(crew)
      return true
    }
    for text in crew.said.dropFirst(notesSaid) { output.note(text) }
    return crew
  }

  private func tick(_ crew: LiveCrew) {
    for text in crew.said.dropFirst(notesSaid) { output.note(text) }
    notesSaid = crew.said.count
    let seen = crew.latest
    guard seen > .min else { return }
    let clock = Clock.monotonic
    if seen > latest {
      latest = seen
      cameAt = clock
    }
    // Packets come in blocks of a tenth of a second.
    let silence = clock &- cameAt
    let now = silence < 250_000_000 ? latest : latest &+ silence
    if crew.isCrowded { crew.whileHeld { relieve() } }
    crew.goOn()
    guard analysis.isDue(at: now), clock >= restsUntil else { return }
    crew.whileHeld { look(at: now) }
    // A twentieth of the time is for looks: with thousands of calls that lose packets one may take seconds.
    let end = Clock.monotonic
    restsUntil = end &+ (end &- clock) &* 19
  }

  // MARK: Looks

  /// Ends the run: everything is said for the last time.
  func finish(_ complete: (inout CaptureRecord) -> Void, stats: ProcessCost?) {
    let now = max(latest, analysis.latest ?? latest)
    output.begin(at: now)
    readDrops(now)
    capture.drops = dropped
    complete(&capture)
    // A stream tells how many, not when.
    if dropped == nil, let drops = capture.drops { analysis.noteDrops(drops, from: .min, to: .max) }
    analysis.look(at: now, isLast: true, to: output)
    tellPressure()
    saver?.finish(at: now)
    tellFailure()
    output.write(analysis.completed(capture))
    output.finish(since: stats, drops: capture.drops, elapsed: Clock.monotonic - started)
  }

  private func look(at now: Int64) {
    output.begin(at: now)
    readDrops(now)
    analysis.look(at: now, to: output)
    saver?.look(at: now)
    tellFailure()
    tellPressure()
  }

  /// Says once that evidence cannot be saved: while something can be done about it.
  private func tellFailure() {
    guard !saidFailure, let failure = saver?.failure else { return }
    saidFailure = true
    output.note(failure)
  }

  private func relieve() {
    analysis.relieve(at: latest)
    tellPressure()
  }

  /// Asks what was dropped since the last time: between the packets that were known then and now, for the kernel counts what
  /// has not been read yet too.
  private func readDrops(_ now: Int64) {
    guard let before = dropped, let total = crew?.drops else { return }
    let wall = Clock.wall
    let end = wall > now && wall - now < 60_000_000_000 ? wall : now
    if total > before {
      output.note("the kernel dropped \(total - before) packets: verdicts on loss of that time are withheld")
    }
    analysis.noteDrops(total, from: dropsRead, to: end)
    dropped = total
    dropsRead = now
  }

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
