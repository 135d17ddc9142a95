internal import Glibc

/// Where a capture is written: a file by name, or standard output for `-`. Bytes are gathered to some 256 KiB.
///
/// A file appears, or takes an older one's place, when it is whole: until `finish` it has `.part` behind its name.
struct CaptureOutput: ~Copyable {
  private let path: String
  /// Name until it is whole; nil for what is written to directly: standard output, a pipe, a device, a link.
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
    let mode = unsafe path == "-" || lstat(path, &status) != 0 ? nil : status.st_mode
    let isDirect = path == "-" || mode.map { $0 & S_IFMT != S_IFREG } ?? false
    part = isDirect ? nil : path + ".part"
    number =
      path == "-" ? STDOUT_FILENO : unsafe open(part ?? path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard number >= 0 else { throw .writeFailed(path: path, reason: Descriptor.reason(errno)) }
    if part != nil, let mode { fchmod(number, mode & 0o7777) }
    gathered.reserveCapacity(Self.piece + Self.piece / 4)
  }

  deinit {
    if number > STDERR_FILENO { _ = close(number) }
    // Nothing of that name is left if it was finished.
    if let part { _ = unsafe unlink(part) }
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
    var failure: Int32 = 0
    let number = number
    // The kernel reads at most the bytes behind `done`, all inside the array's storage, which lives for the closure.
    unsafe gathered.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count, failure == 0 {
        let count = unsafe Glibc.write(number, bytes.baseAddress.map { unsafe $0 + done }, bytes.count - done)
        if count >= 0 { done += count } else if errno != EINTR { failure = errno }
      }
    }
    if failure == EPIPE {
      isOpen = false
    } else if failure != 0 {
      throw .writeFailed(path: path, reason: Descriptor.reason(failure))
    }
  }
}
