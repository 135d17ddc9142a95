/// What happens when: actions by time, those of the same time in the order they were entered.
struct Agenda {
  private var heap: [(time: Nanoseconds, number: Int, action: () -> Void)] = []
  private var entered = 0

  mutating func enter(at time: Nanoseconds, _ action: @escaping () -> Void) {
    heap.append((time, entered, action))
    entered += 1
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard precedes(child, parent) else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  /// The first action no later than the given time.
  mutating func next(until limit: Nanoseconds) -> (time: Nanoseconds, action: () -> Void)? {
    guard let first = heap.first, first.time <= limit else { return nil }
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && precedes(child, least) { least = child }
      if least == parent { break }
      heap.swapAt(parent, least)
      parent = least
    }
    return (first.time, first.action)
  }

  private func precedes(_ left: Int, _ right: Int) -> Bool {
    (heap[left].time, heap[left].number) < (heap[right].time, heap[right].number)
  }
}
