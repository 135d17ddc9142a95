internal import Glibc

/// Writes bytes to a file by name.
enum OutputFile {
  /// Where bytes go.
  enum Place {
    /// In place of what the file holds, if it is there.
    case replace
    /// Into a file that is not there yet.
    case create
    /// To the end of a file that is there.
    case append

    fileprivate var flags: Int32 {
      switch self {
      case .replace: O_CREAT | O_TRUNC
      case .create: O_CREAT | O_EXCL
      case .append: O_APPEND
      }
    }
  }

  /// Writes all of `bytes` to `path`. New files are for everyone to read (0644, less the umask). What fails leaves no new file, and
  /// nothing behind what a file held.
  static func write(_ bytes: [UInt8], to path: String, _ place: Place) throws(CaptureError) {
    let number = unsafe open(path, O_WRONLY | O_CLOEXEC | place.flags, 0o644)
    guard number >= 0 else { throw .cannotOpen(path: path, reason: Descriptor.reason(errno)) }
    let end = lseek(number, 0, SEEK_END)
    var failure = Descriptor.writeAll(bytes, to: number)
    if failure != 0, place == .append { _ = ftruncate(number, end) }
    if close(number) != 0, failure == 0 { failure = errno }
    if failure != 0, place == .create { _ = unsafe unlink(path) }
    if failure != 0 { throw .writeFailed(path: path, reason: Descriptor.reason(failure)) }
  }
}
