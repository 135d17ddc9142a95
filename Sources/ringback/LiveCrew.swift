internal import Analysis
internal import Capture
internal import Synchronization
internal import Wire

/// Workers that take frames in, each on a thread of its own, and one who looks: the thread that runs the crew.
final class LiveCrew: Sendable {
  let workers: [LiveWorker]
  private let notes = Mutex<[String]>([])

  init(_ workers: [LiveWorker]) { self.workers = workers }

  /// Runs until `goesOn`, which is asked fifty times a second on this thread, says no, or no worker has an interface left.
  func run(_ goesOn: () -> Bool) {
    Workers.run(
      workers.count,
      beside: { isComplete in
        if isComplete {
          while goesOn(), !hasEnded { Clock.rest(20_000_000) }
        } else {
          note("no thread to be had")
        }
        for worker in workers { worker.isEnded.store(true, ordering: .relaxed) }
      }
    ) { number in self.workers[number].work(self.note) }
  }

  /// Frames taken in.
  var frames: UInt64 { workers.reduce(0) { $0 &+ $1.frames.load(ordering: .relaxed) } }
  /// Packets that the kernel dropped.
  var drops: UInt64 { workers.reduce(0) { $0 &+ $1.drops.load(ordering: .relaxed) } }
  /// Time of the latest frame; `Int64.min` before the first.
  var latest: Int64 { workers.reduce(.min) { max($0, $1.latest.load(ordering: .relaxed)) } }
  /// A worker waits for room.
  var isCrowded: Bool { workers.contains { $0.isCrowded.load(ordering: .relaxed) } }
  /// No interface is left.
  var hasEnded: Bool { workers.allSatisfy { $0.isGone.load(ordering: .acquiring) } }

  /// Runs `body` while no worker touches the analysis.
  func whileHeld(_ body: () -> Void) { hold(0, body) }

  private func hold(_ number: Int, _ body: () -> Void) {
    if number == workers.count { return body() }
    workers[number].whileHeld { hold(number + 1, body) }
  }

  /// There is room again.
  func goOn() { for worker in workers { worker.isCrowded.store(false, ordering: .relaxed) } }

  private func note(_ text: String) {
    // Each worker says the same of the same interface.
    notes.withLock { if !$0.contains(text) { $0.append(text) } }
  }

  /// What workers had to say.
  var said: [String] { notes.withLock { $0 } }
}
