import Analysis
import FoundationEssentials
import Report
import Settings
import TestSupport
import Testing
import Verdict
import Wire

@testable import Analysis
@testable import Detection

/// A run that goes on says of every capture, in the end, what the report on it says.
@Suite struct LiveSampleTests {
  /// What `analyze` says of calls and flows, as lines.
  private static func report(_ frames: PlayedFrames) -> Analyzed {
    let analysis = CaptureAnalysis(seed: 0x5EED)
    frames.lend(0..<frames.infos.count) { analysis.shards[0].consume($0, $1) }
    var sink = Analyzed()
    var record = CaptureRecord(path: "x")
    record.drops = 0
    analysis.report(record, to: &sink)
    return sink
  }

  private static func lines(_ analyzed: Analyzed) -> String {
    String(analyzed.text.drop { $0 != "\n" }.dropFirst())
  }

  /// Everything that flows point to moves with them: twelve times on the way, records are those of one that never moved.
  @Test(arguments: SampleCapture.all)
  func movingTheFlowsChangesNothing(_ sample: SampleCapture) throws {
    let frames = try PlayedFrames(file: sample.file.path)
    let told = LiveTold()
    let analysis = LiveAnalysis(seed: 0x5EED)
    let part = max(1, frames.infos.count / 12)
    var start = 0
    while start < frames.infos.count {
      let end = min(start + part, frames.infos.count)
      frames.lend(start..<end) { analysis.consume($0, $1) }
      analysis.renew(at: frames.infos[end - 1].time)
      start = end
    }
    var losses = CaptureLosses()
    losses.note(0, from: 0, to: 0)
    analysis.losses = losses
    analysis.look(at: analysis.latest ?? 0, isLast: true, to: told)
    let expected = Self.lines(Self.report(frames))
    if told.text != expected { Issue.record("\(difference(expected, told.text))") }
  }

  /// With looks once a second, flows given back when they are over, and their room given to others at once.
  @Test(arguments: SampleCapture.all)
  func lastWordsAreThoseOfTheReport(_ sample: SampleCapture) throws {
    let frames = try PlayedFrames(file: sample.file.path)
    var limits = LiveLimits()
    limits.renewal.value = 1
    let told = frames.play(limits)
    let report = Self.report(frames)
    #expect(told.lastFlows.map(\.id).sorted() == report.flows.map(\.id).sorted())
    let expected = Dictionary(uniqueKeysWithValues: report.flows.map { ($0.id, $0.verdict) })
    for flow in told.lastFlows {
      guard let verdict = expected[flow.id] else { continue }
      #expect(LiveMemory.Gist(flow.verdict) == LiveMemory.Gist(verdict), "flow from \(flow.firstFrame)")
    }
    let calls = report.calls.map { "\($0.first) \($0.verdict.outcome) \($0.stage) \($0.ended)" }
    #expect(
      told.lastCalls.map { "\($0.first) \($0.verdict.outcome) \($0.stage) \($0.ended)" }.sorted() == calls.sorted())
  }

  /// Every flow and call has one last word, and everything said before it had the same id and was marked.
  @Test(arguments: SampleCapture.all.filter { !$0.isLarge })
  func everyIdHasOneLastWord(_ sample: SampleCapture) throws {
    let told = try PlayedFrames(file: sample.file.path).play()
    #expect(Set(told.lastFlows.map(\.id)).count == told.lastFlows.count)
    #expect(Set(told.flows.map(\.id)) == Set(told.lastFlows.map(\.id)))
    #expect(Set(told.lastCalls.map(\.id)).count == told.lastCalls.count)
    #expect(Set(told.calls.map(\.record.id)) == Set(told.lastCalls.map(\.id)))
    #expect(told.ended.count == told.lastFlows.count)
    var over: Set<UInt64> = []
    for flow in told.flows {
      #expect(!over.contains(flow.id), "nothing is said behind a last word")
      if !flow.isProvisional { over.insert(flow.id) }
    }
  }

  /// Three workers, each with the packets of flows of its own as the kernel shares them out: the records are those of one.
  @Test(arguments: SampleCapture.all.filter { !$0.isLarge })
  func severalWorkersSayWhatOneDoes(_ sample: SampleCapture) throws {
    let frames = try PlayedFrames(file: sample.file.path)
    let told = LiveTold()
    let analysis = LiveAnalysis(seed: 0x5EED, workers: 3)
    let exchange = try #require(analysis.exchange)
    var packet = Packet()
    var shares: [[FrameInfo]] = [[], [], []]
    for (index, frame) in frames.infos.enumerated() {
      do {
        try packet.decode(frames.block.span, frame)
        shares[Self.worker(packet)].append(frame)
      } catch Undecoded.fragment {
        // The kernel puts these together first.
        return
      } catch {
        shares[0].append(frame)
      }
      // Rings are emptied one after the other, not packet by packet.
      guard index % 40 == 39 || index == frames.infos.count - 1 else { continue }
      for worker in 0..<3 {
        Self.consume(shares[worker], of: frames, with: analysis.workers[worker])
        if let last = shares[worker].last { analysis.workers[worker].exchange(exchange, until: last.time) }
        shares[worker] = []
      }
    }
    analysis.losses = CaptureLosses()
    analysis.look(at: analysis.latest ?? 0, isLast: true, to: told)
    let expected = Self.lines(Self.report(frames))
    if told.text != expected { Issue.record("\(difference(expected, told.text))") }
  }

  private static func consume(_ infos: [FrameInfo], of frames: PlayedFrames, with worker: Shard) {
    worker.consume(frames.block.span, infos.span)
  }

  /// By both ends, whichever sent; what is in a tunnel by the sender alone, the worst that outer ports can do.
  private static func worker(_ packet: Packet) -> Int {
    let sender = packet.source.low &* 31 &+ UInt64(packet.sourcePort)
    let receiver = packet.destination.low &* 31 &+ UInt64(packet.destinationPort)
    if packet.traits.contains(.tunnel) { return Int(sender % 3) }
    guard packet.transport == .udp || packet.transport == .tcp else {
      return Int((packet.source.low ^ packet.destination.low) % 3)
    }
    return Int((sender ^ receiver) % 3)
  }
}
