import Analysis
import Capture
import Verdict
import Wire

/// Analyzes a capture file, its frames cut to `snaplen` bytes if asked, by whoever lends them.
func analyze(file path: String, snaplen: Int32 = .max) throws -> Analyzed {
  var reader = try CaptureReader(path: path)
  let analysis = CaptureAnalysis(seed: 0x5EED)
  try reader.forEachBlock { block, frames in
    var cut: [FrameInfo] = []
    for index in 0..<frames.count {
      var frame = frames[index]
      frame.capturedLength = min(frame.capturedLength, snaplen)
      cut.append(frame)
    }
    analysis.shards[0].consume(block, cut.span)
    return true
  }
  var sink = Analyzed()
  analysis.report(CaptureRecord(path: path), phoneApps: reader.facts.phoneApps, to: &sink)
  return sink
}
