internal import Glibc
internal import Synchronization

/// Whether the user asked to stop (SIGINT, SIGTERM): the walk ends after its block and the report is written.
public enum Interruption {
  private static let requested = Atomic<Bool>(false)

  /// Catches the first request; a second one ends the process at once.
  public static func watch() {
    for number in [SIGINT, SIGTERM] {
      _ = signal(number) { received in
        // Only what POSIX allows in a handler: an atomic store and signal().
        Interruption.requested.store(true, ordering: .relaxed)
        _ = signal(received, SIG_DFL)
      }
    }
  }

  /// The user asked to stop.
  public static var isRequested: Bool { requested.load(ordering: .relaxed) }
}
