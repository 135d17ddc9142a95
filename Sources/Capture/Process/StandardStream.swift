internal import Glibc

/// Standard output or standard error as a sink of bytes.
public struct StandardStream: Sendable {
  /// Where the results go.
  public static let output = StandardStream(descriptor: STDOUT_FILENO)
  /// Where errors and progress go.
  public static let error = StandardStream(descriptor: STDERR_FILENO)

  private let descriptor: Int32

  /// It is a terminal.
  public var isTerminal: Bool { isatty(descriptor) == 1 }

  /// Color is welcome: a terminal that can show it, and nobody asked for none (`NO_COLOR`, no-color.org).
  public var showsColor: Bool {
    isTerminal && (Environment.value("NO_COLOR") ?? "").isEmpty && Environment.value("TERM") != "dumb"
  }

  /// How a write ended.
  public enum Result: Equatable, Sendable {
    /// All bytes are written.
    case written
    /// Nobody reads any more: the other end of a pipe is closed.
    case closed
    /// The system refused, with its reason: a full disk, for instance.
    case failed(String)
  }

  /// Writes all bytes.
  public func write(_ bytes: [UInt8]) -> Result {
    switch Descriptor.writeAll(bytes, to: descriptor) {
    case 0: .written
    case EPIPE: .closed
    case let failure: .failed(Descriptor.reason(failure))
    }
  }

  /// Writes text.
  public func write(_ text: String) { _ = write(Array(text.utf8)) }

  /// A closed pipe becomes a failed write instead of the end of the process.
  public static func ignoreBrokenPipes() { _ = signal(SIGPIPE, SIG_IGN) }
}
