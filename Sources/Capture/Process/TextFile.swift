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
    try OutputFile.write(bytes, to: path, .replace)
  }

  /// Processors that are online, at least 1.
  public static var processors: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
