import Analysis
import Capture
import Glibc
import Report
import TestSupport
import Verdict
import Wire

/// Takes every record and writes its line, as the program does.
private struct Lines: RecordSink {
  var writer = NDJSONWriter()

  mutating func write(_ capture: CaptureRecord) { writer.append(capture) }
  mutating func write(_ call: CallRecord) { writer.append(call) }
  mutating func wantsRecord(of verdict: Judgment) -> Bool { true }
  mutating func write(_ flow: FlowRecord) { writer.append(flow) }
  var writesIdentifiers: Bool { true }
  var isOpen: Bool { true }
}

/// Frames made of the input, `link, length, milliseconds, bytes` each, through the whole analysis.
func analyzeFrames(_ bytes: Span<UInt8>) -> [String] {
  // Links by how often they are met; the rest of the decoders has a fuzzer of its own.
  let links: [LinkType] = [.raw, .ethernet, .raw, .linuxSLL, .raw, .radiotap, .null, .ppp]
  var frames: [FrameInfo] = []
  var position = 0
  var time: Int64 = 1_700_000_000_000_000_000
  while position + 4 <= bytes.count {
    let length = min(Int(bytes[position + 1]) << 2 | Int(bytes[position] >> 6), bytes.count - position - 4)
    time += Int64(bytes[position + 2]) * 1_000_000 * (bytes[position] & 8 == 0 ? 1 : 100)
    frames.append(
      FrameInfo(
        time: time, number: UInt64(frames.count + 1), start: position + 4, capturedLength: Int32(length),
        wireLength: Int32(length + Int(bytes[position + 3])), linkType: links[Int(bytes[position] & 7)]))
    position += 4 + length
  }
  let analysis = CaptureAnalysis(seed: 1)
  analysis.shards[0].consume(bytes, frames.span)
  var sink = Lines()
  analysis.report(CaptureRecord(path: "x"), to: &sink)
  return sink.writer.bytes.isEmpty ? ["nothing written"] : []
}

private let file = "/dev/shm/ringback-fuzz-\(getpid())"

/// The input as a capture file of any format and packing, through reader and analysis.
func readCapture(_ bytes: Span<UInt8>) -> [String] {
  let descriptor = unsafe open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
  // The input's bytes, which stay until the call returns.
  let written = unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
  close(descriptor)
  defer { unsafe unlink(file) }
  guard written == bytes.count else { return [] }
  do throws(CaptureError) {
    var reader = try CaptureReader(path: file)
    let analysis = CaptureAnalysis(seed: 1)
    var packets = 0
    try reader.forEachBlock { block, frames in
      analysis.shards[0].consume(block, frames)
      packets += frames.count
      // A packed input can hold any number of packets.
      return packets < 100_000
    }
    var sink = Lines()
    analysis.report(CaptureRecord(path: "x"), to: &sink)
  } catch {}
  return []
}

/// Every length of every frame of a capture, from nothing to all of it, through its link's decoder and every payload
/// decoder.
func takeEveryLength(of path: String) -> (frames: Int, problems: [String]) {
  var taken = 0
  var problems: [String] = []
  do throws(CaptureError) {
    var reader = try CaptureReader(path: path)
    try reader.forEachBlock { block, frames in
      for index in 0..<frames.count {
        let frame = frames[index]
        for length in 0...Int(frame.capturedLength) {
          let bytes = block.extracting(frame.start..<(frame.start + length))
          for problem in DecoderCheck.problems(
            frame: bytes, wireLength: Int(frame.wireLength), link: frame.linkType)
          {
            problems.append("\(path), frame \(frame.number), \(length) bytes: \(problem)")
          }
        }
        taken += 1
      }
      return problems.count < 20
    }
  } catch {}
  return (taken, problems)
}
