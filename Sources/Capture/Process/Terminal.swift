internal import Glibc
internal import Synchronization

/// The terminal as a table needs it: its size, a screen of its own, and the old one back whatever happens.
public enum Terminal {
  private static let isTaken = Atomic<Bool>(false)
  private static let restoring: [UInt8] = Array("\u{1B}[?25h\u{1B}[?1049l".utf8)

  /// Columns and rows of standard output; 80 by 24 where it does not say.
  public static var size: (columns: Int, rows: Int) {
    var size = winsize()
    // Fills one structure.
    guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
      return (80, 24)
    }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// Turns to a screen of its own without a cursor. What ends the process turns back first; what asks it to end (`Interruption`) lets
  /// it finish.
  public static func take() {
    isTaken.store(true, ordering: .relaxed)
    var action = sigaction()
    unsafe action.__sigaction_handler.sa_handler = { received in
      Terminal.restore()
      _ = signal(received, SIG_DFL)
      raise(received)
    }
    for number in [SIGQUIT, SIGABRT, SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE] {
      // The structure lives through the call; the kernel copies it.
      _ = unsafe sigaction(number, &action, nil)
    }
    StandardStream.output.write("\u{1B}[?1049h\u{1B}[?25l")
  }

  /// Turns back, if it was turned. Only a write and an atomic exchange: signal handlers may call it.
  public static func restore() {
    guard isTaken.exchange(false, ordering: .relaxed) else { return }
    unsafe restoring.withUnsafeBytes { _ = unsafe write(STDOUT_FILENO, $0.baseAddress, $0.count) }
  }
}
