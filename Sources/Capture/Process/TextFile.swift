internal import Glibc

/// Small files of text: expectations, rules, reports.
public enum TextFile {
  /// More bytes are no such file.
  private static let limit = 16 << 20

  /// A file's text; bytes that are no UTF-8 become U+FFFD.
  public static func read(_ path: String) throws(CaptureError) -> String {
    var bytes: [UInt8] = []
    var isTooLong = false
    try FileBytes.forEachChunk(of: path) { chunk in
      if bytes.count < limit { bytes.append(contentsOf: chunk) } else { isTooLong = true }
    }
    if isTooLong { throw .unsupported(path: path, reason: "it is too long for a file of text") }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Writes a file anew.
  public static func write(_ bytes: [UInt8], to path: String) throws(CaptureError) {
    // The path is copied into a C string for the call.
    let number = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard number >= 0 else { throw .cannotOpen(path: path, reason: Descriptor.reason(errno)) }
    var written = 0
    var failure: Int32?
    while written < bytes.count, failure == nil {
      // The kernel reads at most what is left of `bytes`, which live through the call.
      let count = unsafe bytes.withUnsafeBytes { all in
        unsafe Glibc.write(number, all.baseAddress.map { unsafe $0 + written }, all.count - written)
      }
      if count >= 0 { written += count } else if errno != EINTR { failure = errno }
    }
    if close(number) != 0, failure == nil { failure = errno }
    if let failure { throw .cannotOpen(path: path, reason: Descriptor.reason(failure)) }
  }

  /// Processors that are online, at least 1.
  public static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
