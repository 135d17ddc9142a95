/// The bytes of a file as they lie on disk, compressed or not.
public enum FileBytes {
  private static let chunk = 1 << 18

  /// Lends the file in chunks, in order.
  public static func forEachChunk(of path: String, _ body: ([UInt8]) -> Void) throws(CaptureError) {
    var descriptor = try Descriptor(path: path)
    var bytes = [UInt8](repeating: 0, count: chunk)
    while true {
      var failure: CaptureError?
      // The descriptor writes inside the array's storage, which lives for the closure.
      let count = unsafe bytes.withUnsafeMutableBytes { target in
        do throws(CaptureError) {
          return unsafe try descriptor.read(into: target, path: path)
        } catch {
          failure = error
          return 0
        }
      }
      if let failure { throw failure }
      if count == 0 { return }
      body(count == chunk ? bytes : Array(bytes.prefix(count)))
    }
  }
}
