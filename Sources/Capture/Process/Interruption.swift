internal import Glibc
internal import Synchronization

/// Whether the user asked to stop (SIGINT, SIGTERM): the walk ends after its block and the report is written.
public enum Interruption {
  private static let requested = Atomic<Bool>(false)

  /// Catches the first request; a second one ends the process at once.
  public static func watch() {
    // Without SA_RESTART (signal() sets it), so that a read which waits for a pipe returns.
    var action = sigaction()
    unsafe action.__sigaction_handler.sa_handler = { received in
      // Only what POSIX allows in a handler: an atomic store and signal().
      Interruption.requested.store(true, ordering: .relaxed)
      _ = signal(received, SIG_DFL)
    }
    // The structure lives through both calls; the kernel copies it.
    for number in [SIGINT, SIGTERM] { _ = unsafe sigaction(number, &action, nil) }
  }

  /// The user asked to stop.
  public static var isRequested: Bool { requested.load(ordering: .relaxed) }
}
