internal import Analysis
internal import Capture
internal import Synchronization
internal import Wire

/// How many frames a run may still take in, of all workers together.
final class FrameBudget: Sendable {
  private let left: Atomic<UInt64>

  init(_ most: UInt64) { left = Atomic(most) }

  /// Takes so many, or what is left.
  func take(_ count: Int) -> Int {
    var known = left.load(ordering: .relaxed)
    while true {
      let taken = min(known, UInt64(count))
      let (exchanged, found) = left.compareExchange(
        expected: known, desired: known - taken, ordering: .relaxed)
      if exchanged { return Int(taken) }
      known = found
    }
  }
}

/// Takes frames from its rings into its part of the analysis, on a thread of its own.
///
/// While somebody looks, frames wait in memory, so that the kernel's ring does not run over: `room` bytes of them, then the
/// worker waits too.
///
/// Unchecked: source and spool belong to the worker's thread; shard and history are used under `lock` alone; the rest is
/// atomic.
final class LiveWorker: @unchecked Sendable {
  private let source: LiveSource
  let shard: Shard
  private let history: FrameHistory?
  private let exchange: LiveExchange?
  private let lock = Mutex(())
  /// Blocks that wait.
  private var spool: [SavedFrames] = []
  private var spooled = 0
  private static let room = 96 << 20
  private var nextReading = Int64.min

  /// Somebody wants to look: frames go to the spool.
  let isHeld = Atomic<Bool>(false)
  /// Time of the latest frame, ns since the epoch; `Int64.min` before the first.
  let latest = Atomic<Int64>(.min)
  let frames = Atomic<UInt64>(0)
  let drops = Atomic<UInt64>(0)
  /// Its part of the memory is used up: it waits until somebody has made room.
  let isCrowded = Atomic<Bool>(false)
  /// The run is over: nobody makes room any more.
  let isEnded = Atomic<Bool>(false)
  /// It has no interface left.
  let isGone = Atomic<Bool>(false)
  private let limit: @Sendable (Shard) -> Bool
  private let budget: FrameBudget

  init(
    _ source: LiveSource, _ shard: Shard, _ history: FrameHistory?, _ exchange: LiveExchange?, _ budget: FrameBudget,
    isCrowded limit: @escaping @Sendable (Shard) -> Bool
  ) {
    self.budget = budget
    self.source = source
    self.shard = shard
    self.history = history
    self.exchange = exchange
    self.limit = limit
  }

  /// Works until it is told to end or no interface is left. `report` is told what interfaces were lost, and how many packets
  /// were copies.
  func work(_ report: (String) -> Void) {
    var said = 0
    while !isEnded.load(ordering: .relaxed), !source.hasEnded {
      if !source.lend(waiting: 100, take), !spool.isEmpty { settle() }
      while said < source.losses.count {
        report(source.losses[said])
        said += 1
      }
      let now = Clock.monotonic
      if now >= nextReading {
        nextReading = now + 200_000_000
        drops.store(source.drops(), ordering: .relaxed)
      }
    }
    drops.store(source.drops(), ordering: .relaxed)
    while !spool.isEmpty { settle(waits: true) }
    if source.copied > 0 {
      report("\(source.copied) packets were seen on several interfaces and count once")
    }
    isGone.store(source.hasEnded, ordering: .releasing)
  }

  /// Runs `body` while the worker touches neither its shard nor its history.
  func whileHeld(_ body: () -> Void) {
    isHeld.store(true, ordering: .relaxed)
    lock.withLock { _ in body() }
    isHeld.store(false, ordering: .relaxed)
  }

  private var mustWait: Bool { isHeld.load(ordering: .relaxed) || isCrowded.load(ordering: .relaxed) }

  private func take(_ block: Span<UInt8>, _ frames: Span<FrameInfo>) {
    if !spool.isEmpty { settle() }
    if spool.isEmpty, !mustWait, lock.withLockIfAvailable({ _ in consume(block, frames) }) != nil { return }
    keep(block, frames)
    if spooled > Self.room { settle(waits: true) }
  }

  private func consume(_ block: Span<UInt8>, _ lent: Span<FrameInfo>) {
    let frames = lent.extracting(0..<budget.take(lent.count))
    guard frames.count > 0 else { return }
    history?.keep(block, frames)
    shard.consume(block, frames)
    let time = frames[frames.count - 1].time
    if let exchange { shard.exchange(exchange, until: time) }
    latest.store(max(time, latest.load(ordering: .relaxed)), ordering: .relaxed)
    self.frames.wrappingAdd(UInt64(frames.count), ordering: .relaxed)
    if limit(shard) { isCrowded.store(true, ordering: .relaxed) }
  }

  // MARK: What waits

  private func keep(_ block: Span<UInt8>, _ frames: Span<FrameInfo>) {
    var kept = SavedFrames()
    for index in 0..<frames.count { kept.append(block, frames[index]) }
    spooled += kept.size
    spool.append(kept)
  }

  /// Takes in what waits, if nobody looks, or once nobody does.
  private func settle(waits: Bool = false) {
    if mustWait, !waits { return }
    var done = 0
    while done < spool.count {
      let kept = spool[done]
      if waits {
        // Room is made by whoever looks: nothing is taken in before.
        while isCrowded.load(ordering: .relaxed), !isEnded.load(ordering: .relaxed) { Clock.rest(1_000_000) }
        lock.withLock { _ in consume(kept.bytes.span, kept.frames.span) }
      } else if mustWait || lock.withLockIfAvailable({ _ in consume(kept.bytes.span, kept.frames.span) }) == nil {
        break
      }
      spooled -= kept.size
      done += 1
    }
    spool.removeFirst(done)
  }
}
