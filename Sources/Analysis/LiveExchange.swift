internal import Synchronization
internal import Wire

/// What workers of a run on several cores have to tell each other.
public final class LiveExchange: Sendable {
  private let boxes: Mutex<[[SharedFrame]]>
  /// Most frames that wait for one worker; what comes beyond is lost, as packets are that the kernel drops.
  private static let most = 1 << 14

  /// Between so many workers.
  public init(workers: Int) { boxes = Mutex(Array(repeating: [], count: workers)) }

  fileprivate func post(_ frames: [SharedFrame], from worker: Int) {
    boxes.withLock { boxes in
      for frame in frames {
        switch frame.purpose {
        case .names, .tunneled: Self.add(frame, to: &boxes[0])
        case .error: for other in boxes.indices where other != worker { Self.add(frame, to: &boxes[other]) }
        case .whole: for other in boxes.indices { Self.add(frame, to: &boxes[other]) }
        }
      }
    }
  }

  private static func add(_ frame: SharedFrame, to box: inout [SharedFrame]) {
    if box.count < most { box.append(frame) }
  }

  /// What waits for a worker and is not later than `time`, in the order of times.
  fileprivate func take(_ worker: Int, until time: Int64) -> [SharedFrame] {
    let due = boxes.withLock { boxes -> [SharedFrame] in
      if boxes[worker].isEmpty { return [] }
      let due = boxes[worker].filter { $0.frame.time <= time }
      if !due.isEmpty { boxes[worker].removeAll { $0.frame.time <= time } }
      return due
    }
    return due.count < 2 ? due : due.sorted { ($0.frame.time, $0.frame.number) < ($1.frame.time, $1.frame.number) }
  }
}

extension Shard {
  /// Hands over what concerns other workers, and takes in what concerns this one and is not later than `time`: an error that
  /// comes before the packet that it quotes finds no flow.
  public func exchange(_ exchange: LiveExchange, until time: Int64) {
    let worker = Int(analyzer.shard)
    if !analyzer.shared.isEmpty {
      exchange.post(analyzer.shared, from: worker)
      analyzer.shared.removeAll(keepingCapacity: true)
    }
    for frame in exchange.take(worker, until: time) { analyzer.receive(frame) }
    // What came in a tunnel may concern others in its turn.
    if !analyzer.shared.isEmpty {
      exchange.post(analyzer.shared, from: worker)
      analyzer.shared.removeAll(keepingCapacity: true)
    }
  }
}
