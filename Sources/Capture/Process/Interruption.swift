internal import Glibc
internal import Synchronization

/// Whether the user asked to stop (SIGINT, SIGTERM, and SIGHUP unless it is ignored, as nohup has it): the walk ends after its block and the report is written.
public enum Interruption {
  private static let requested = Atomic<Bool>(false)

  /// Catches the first request; a second one ends the process at once.
  public static func watch() {
    // Without SA_RESTART (signal() sets it), so that a read which waits for a pipe returns.
    var action = sigaction()
    unsafe action.__sigaction_handler.sa_handler = { received in
      // Only what POSIX allows in a handler: atomic stores, write(), signal() and raise().
      if Interruption.requested.exchange(true, ordering: .relaxed) {
        Terminal.restore()
        _ = signal(received, SIG_DFL)
        raise(received)
      }
    }
    var wanted = sigset_t()
    // Both structures live through the calls; the kernel copies them. A parent may have blocked the signals for its own
    // sake, and a mask is inherited.
    unsafe sigemptyset(&wanted)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      if number == SIGHUP {
        var before = sigaction()
        _ = unsafe sigaction(number, nil, &before)
        let isIgnored = unsafe unsafeBitCast(before.__sigaction_handler.sa_handler, to: Int.self) == 1
        if isIgnored { continue }
      }
      _ = unsafe sigaction(number, &action, nil)
      unsafe sigaddset(&wanted, number)
    }
    _ = unsafe pthread_sigmask(SIG_UNBLOCK, &wanted, nil)
  }

  /// The user asked to stop.
  public static var isRequested: Bool { requested.load(ordering: .relaxed) }
}
