internal import Glibc

/// An open file or pipe, closed with its owner unless it is standard input.
struct Descriptor: ~Copyable {
  private let number: Int32
  /// Bytes of a regular file, nil for anything else.
  let size: UInt64?

  /// Called while a pipe has nothing, some times a second.
  private let whileWaiting: (() -> Void)?

  /// Opens `path` for reading; `-` is standard input.
  init(path: String, whileWaiting: (() -> Void)? = nil) throws(CaptureError) {
    let number = path == "-" ? STDIN_FILENO : unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard number >= 0 else { throw .cannotOpen(path: path, reason: Self.reason(errno)) }
    var status = stat()
    // `status` lives through the call and fstat writes no further than one stat structure.
    let known = unsafe fstat(number, &status) == 0
    if known, status.st_mode & S_IFMT == S_IFDIR {
      if number != STDIN_FILENO { _ = close(number) }
      throw .cannotOpen(path: path, reason: "it is a directory; name the captures in it")
    }
    self.number = number
    self.whileWaiting = whileWaiting
    self.size = known && status.st_mode & S_IFMT == S_IFREG ? UInt64(max(0, status.st_size)) : nil
    _ = posix_fadvise(number, 0, 0, POSIX_FADV_SEQUENTIAL)
  }

  deinit {
    if number != STDIN_FILENO { _ = close(number) }
  }

  /// Reads up to the whole of `target`, fewer bytes if that is what a pipe has ready; 0 at the end.
  mutating func read(into target: UnsafeMutableRawBufferPointer, path: String) throws(CaptureError) -> Int {
    while true {
      // A signal between a look at the flag and the read would be waited over for ever: a pipe is asked in steps.
      if size == nil, !waitForBytes() { return 0 }
      // The kernel writes at most `count` bytes, all inside `target`, which the caller owns for the call.
      let count = unsafe Glibc.read(number, target.baseAddress, target.count)
      if count >= 0 { return count }
      // The user asked to stop while a pipe had nothing: what was read is the capture.
      if errno == EINTR, Interruption.isRequested { return 0 }
      if errno != EINTR { throw .readFailed(path: path, reason: Self.reason(errno)) }
    }
  }

  /// Waits until there is something to read or the end; false if the user asked to stop meanwhile.
  private func waitForBytes() -> Bool {
    var request = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
    while !Interruption.isRequested {
      // One structure that lives through the call; 200 ms is how long a request to stop may go unseen.
      if unsafe poll(&request, 1, 200) != 0 { return !Interruption.isRequested }
      whileWaiting?()
    }
    return false
  }

  /// Writes all of `bytes` to an open file or pipe; 0, or the errno that ended it.
  static func writeAll(_ bytes: [UInt8], to number: Int32) -> Int32 {
    // The kernel reads at most the bytes behind `done`, all inside the array's storage, which lives for the closure.
    unsafe bytes.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        let count = unsafe Glibc.write(number, bytes.baseAddress.map { unsafe $0 + done }, bytes.count - done)
        if count >= 0 { done += count } else if errno != EINTR { return errno }
      }
      return 0
    }
  }

  /// The system's text for an errno value.
  static func reason(_ code: Int32) -> String {
    // strerror returns a terminated string that lives until the next call on this thread; it is copied at once.
    guard let text = unsafe strerror(code) else { return "error \(code)" }
    return unsafe String(cString: text)
  }
}
