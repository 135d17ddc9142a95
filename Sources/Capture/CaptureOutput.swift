internal import Glibc

/// Where a capture is written: a file by name, or standard output for `-`. Bytes are gathered to some 256 KiB.
///
/// A file appears, or takes an older one's place, when it is whole: until `finish` it is a new file beside it.
struct CaptureOutput: ~Copyable {
  private let path: String
  /// Name until it is whole; nil for what is written to directly: standard output, a pipe, a device, a link, a file that has other
  /// names or another owner, or one in a directory that takes no new ones.
  private let part: String?
  private let number: Int32
  private var gathered: [UInt8] = []
  /// False once nobody reads any more: the rest need not be made.
  private(set) var isOpen = true
  private static let piece = 1 << 18

  /// Opens `path` for writing. New files are for everyone to read (0644, less the umask); one that replaces another has its mode.
  init(path: String) throws(CaptureError) {
    self.path = path
    var status = stat()
    // `status` lives through the call; paths are copied into C strings for each.
    let isThere = unsafe lstat(path, &status) == 0 && path != "-"
    let isWritable = unsafe access(path, W_OK) == 0
    let isReplaced =
      isThere && isWritable && status.st_mode & S_IFMT == S_IFREG && status.st_nlink == 1
      && status.st_uid == geteuid()
    if path != "-", isReplaced || !isThere, let (name, file) = Self.newFile(beside: path) {
      part = name
      number = file
      if isThere { fchmod(file, status.st_mode & 0o7777) }
    } else {
      part = nil
      number = path == "-" ? STDOUT_FILENO : unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    }
    guard number >= 0 else { throw .writeFailed(path: path, reason: Descriptor.reason(errno)) }
    gathered.reserveCapacity(Self.piece + Self.piece / 4)
  }

  deinit {
    if number > STDERR_FILENO { _ = close(number) }
    // Nothing of that name is left if it was finished.
    if let part { _ = unsafe unlink(part) }
  }

  /// A file that was not there before, and its name; nil if none can be made.
  private static func newFile(beside path: String) -> (name: String, number: Int32)? {
    for attempt in 0..<16 {
      let name = "\(path).part" + (attempt == 0 ? "" : "\(attempt)")
      let number = unsafe open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
      if number >= 0 { return (name, number) }
      if errno != EEXIST { return nil }
    }
    return nil
  }

  /// Writes what was gathered; the file is whole.
  mutating func finish() throws(CaptureError) {
    try flush()
    guard let part else { return }
    if unsafe rename(part, path) != 0 { throw .writeFailed(path: path, reason: Descriptor.reason(errno)) }
  }

  /// Appends bytes.
  mutating func append(_ bytes: UnsafeRawBufferPointer) throws(CaptureError) {
    // The caller's buffer is valid for the call; its bytes are copied.
    unsafe gathered.append(contentsOf: bytes)
    if gathered.count >= Self.piece { try flush() }
  }

  /// Appends bytes.
  mutating func append(_ bytes: [UInt8]) throws(CaptureError) {
    gathered.append(contentsOf: bytes)
    if gathered.count >= Self.piece { try flush() }
  }

  private mutating func flush() throws(CaptureError) {
    defer { gathered.removeAll(keepingCapacity: true) }
    guard isOpen else { return }
    let failure = Descriptor.writeAll(gathered, to: number)
    if failure == EPIPE {
      isOpen = false
    } else if failure != 0 {
      throw .writeFailed(path: path, reason: Descriptor.reason(failure))
    }
  }
}
