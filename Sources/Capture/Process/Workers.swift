internal import Glibc

/// Threads that share one piece of work and are waited for.
public enum Workers {
  private final class Task {
    let number: Int
    let body: @Sendable (Int) -> Void

    init(_ number: Int, _ body: @escaping @Sendable (Int) -> Void) {
      self.number = number
      self.body = body
    }
  }

  /// Calls `body` with 0..<count, each on a thread of its own but the last, which runs here; returns when all are done.
  /// Where no thread can be had, its part runs here too.
  public static func run(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    var threads: [pthread_t] = []
    for number in 0..<max(0, count - 1) {
      if let thread = start(number, body) { threads.append(thread) } else { body(number) }
    }
    if count > 0 { body(count - 1) }
    for thread in threads { pthread_join(thread, nil) }
  }

  /// Calls `body` with 0..<count, each on a thread of its own, and `own` here meanwhile; returns when all are done. `own` is
  /// told whether there is a thread for each, and has to end what there are.
  public static func run(_ count: Int, beside own: (Bool) -> Void, _ body: @escaping @Sendable (Int) -> Void) {
    let threads = (0..<count).compactMap { start($0, body) }
    own(threads.count == count)
    for thread in threads { pthread_join(thread, nil) }
  }

  private static func start(_ number: Int, _ body: @escaping @Sendable (Int) -> Void) -> pthread_t? {
    // The thread takes over the reference that passRetained made; if there is no thread, it is released here.
    let task = unsafe Unmanaged.passRetained(Task(number, body))
    var thread = pthread_t()
    let failed = unsafe pthread_create(
      &thread, nil,
      { pointer in
        guard let pointer = unsafe pointer else { return nil }
        let task = unsafe Unmanaged<Task>.fromOpaque(pointer).takeRetainedValue()
        task.body(task.number)
        return nil
      }, task.toOpaque())
    if failed == 0 { return thread }
    unsafe task.release()
    return nil
  }
}
