internal import Capture
internal import Crypto

/// Digest of a file.
enum FileDigest {
  /// SHA-256 in lower-case hex.
  static func sha256(of path: String) throws(CaptureError) -> String {
    var digest = SHA256()
    try FileBytes.forEachChunk(of: path) { digest.update(data: $0) }
    let letters = Array("0123456789abcdef")
    return digest.finalize().reduce(into: "") { text, byte in
      text.append(letters[Int(byte >> 4)])
      text.append(letters[Int(byte & 15)])
    }
  }
}
