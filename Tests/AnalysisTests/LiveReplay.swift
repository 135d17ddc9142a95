import Capture
import Report
import Settings
import Synth
import TestSupport
import Verdict
import Wire

@testable import Analysis
@testable import Detection

/// Everything that a run which goes on has said.
final class LiveTold: LiveSink {
  /// In the order told.
  private(set) var calls: [LiveCall] = []
  private(set) var flows: [FlowRecord] = []
  /// Outcomes of flows that ended.
  private(set) var ended: [Outcome] = []
  /// How many calls went on at each look.
  private(set) var shown: [Int] = []
  private var writer = NDJSONWriter()
  var isOpen: Bool { true }

  init() {
    // Lines name the capture that they are of, and the rules.
    var capture = CaptureRecord(path: "x")
    capture.rules = CaptureAnalysis.rulesDigest(Thresholds())
    writer.begin(capture)
  }

  /// Lines of all last words, in the order told.
  var text: String { String(decoding: writer.bytes, as: UTF8.self) }

  func write(_ call: LiveCall) {
    calls.append(call)
    if !call.record.isProvisional { writer.append(call.record) }
  }

  func wantsRecord(ofEnded verdict: Judgment) -> Bool {
    ended.append(verdict.outcome)
    return true
  }

  func write(_ flow: FlowRecord) {
    flows.append(flow)
    if !flow.isProvisional { writer.append(flow) }
  }

  func show(_ calls: [LiveCall], at time: Int64) { shown.append(calls.count) }

  /// Last words.
  var lastCalls: [CallRecord] { calls.map(\.record).filter { !$0.isProvisional } }
  var lastFlows: [FlowRecord] { flows.filter { !$0.isProvisional } }
}

/// A capture's frames in memory, to be played again and again.
struct PlayedFrames {
  var block: [UInt8] = []
  var infos: [FrameInfo] = []

  init(file: String) throws {
    var reader = try CaptureReader(path: file)
    var block: [UInt8] = []
    var infos: [FrameInfo] = []
    try reader.forEachBlock { bytes, frames in
      for index in 0..<frames.count {
        var frame = frames[index]
        let start = frame.start
        frame.start = block.count
        for offset in 0..<Int(frame.capturedLength) { block.append(bytes[start + offset]) }
        infos.append(frame)
      }
      return true
    }
    self.block = block
    self.infos = infos
  }

  init(_ frames: [SynthFrame]) {
    let lent = LentFrames(frames)
    block = lent.block
    infos = lent.infos
  }

  /// Lends some of the frames.
  func lend(_ range: Range<Int>, _ body: (Span<UInt8>, Span<FrameInfo>) -> Void) {
    body(block.span, infos.span.extracting(range))
  }

  /// Plays all of them, as packets tell the time; looks where one is due.
  func play(_ limits: LiveLimits = LiveLimits(), losses: CaptureLosses? = CaptureLosses()) -> LiveTold {
    let told = LiveTold()
    let analysis = LiveAnalysis(limits: limits, seed: 0x5EED)
    analysis.losses = losses
    for index in infos.indices {
      lend(index..<index + 1) { analysis.consume($0, $1) }
      if analysis.isDue(at: infos[index].time) { analysis.look(at: infos[index].time, to: told) }
    }
    analysis.look(at: analysis.latest ?? 0, isLast: true, to: told)
    return told
  }
}
