internal import Analysis
internal import Capture

/// Reads two captures of the same traffic packet by packet and compares them.
struct PairPass {
  let near: String
  let far: String
  let filter: String?

  /// What the two have in common; nil if one cannot be read at all, which is said on standard error.
  func match(_ failed: inout Bool) -> PairMatch? {
    guard let first = trace(near, says: false, &failed), let second = trace(far, says: true, &failed) else {
      return nil
    }
    return PairMatch(near: first, far: second)
  }

  private func trace(_ path: String, says: Bool, _ failed: inout Bool) -> PointTrace? {
    var trace = PointTrace()
    do throws(CaptureError) {
      var reader = try CaptureReader(path: path, filter: filter)
      do throws(CaptureError) {
        try reader.forEachBlock { block, frames in
          trace.consume(block, frames)
          return !Interruption.isRequested
        }
      } catch {
        // What was read is compared; the near file's own pass has said it already.
        if says { StandardStream.error.write("ringback: \(error.message)\n") }
        failed = true
      }
      trace.drops = reader.facts.drops
      return trace
    } catch {
      if says { StandardStream.error.write("ringback: \(error.message)\n") }
      failed = true
      return nil
    }
  }
}
