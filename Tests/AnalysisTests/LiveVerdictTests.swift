import FoundationEssentials
import Settings
import Synth
import TestSupport
import Testing
import Verdict
import Wire

@testable import Analysis
@testable import Detection

/// When something is said, and what the capture's own drops do to it.
@Suite struct LiveVerdictTests {
  private static func blocked() throws -> PlayedFrames {
    try PlayedFrames(file: SampleCapture.named("telegram-blocked").file.path)
  }

  private static func finding(_ told: LiveTold) -> CallRecord? {
    told.calls.map(\.record).first { $0.verdict.outcome == .dropped }
  }

  /// The shortest beginning of the capture of which the report says so, in whole seconds, and what a run says when.
  @Test func aFindingIsToldWithinASecondOfBeingJustified() throws {
    let frames = try Self.blocked()
    let first = frames.infos[0].time
    var justified: Int64?
    for elapsed in 1..<60 where justified == nil {
      let end = frames.infos.firstIndex { $0.time > first + Int64(elapsed) * second } ?? frames.infos.count
      let analysis = CaptureAnalysis(seed: 1)
      frames.lend(0..<end) { analysis.shards[0].consume($0, $1) }
      var sink = Analyzed()
      var record = CaptureRecord(path: "x")
      record.drops = 0
      analysis.report(record, to: &sink)
      if sink.calls.contains(where: { $0.verdict.outcome == .dropped }) { justified = Int64(elapsed) * second }
    }
    let due = try #require(justified)
    let told = LiveTold()
    let analysis = LiveAnalysis(seed: 1)
    var saidAt: Int64?
    for index in frames.infos.indices where saidAt == nil {
      frames.lend(index..<index + 1) { analysis.consume($0, $1) }
      let now = frames.infos[index].time
      guard analysis.isDue(at: now) else { continue }
      analysis.losses = CaptureLosses()
      analysis.look(at: now, to: told)
      if Self.finding(told) != nil { saidAt = now - first }
    }
    let said = try #require(saidAt)
    #expect(said <= due + second, "said after \(said), justified after \(due)")
  }

  @Test func dropsElsewhereLeaveAVerdictAlone() throws {
    let frames = try Self.blocked()
    var losses = CaptureLosses()
    losses.note(500, from: frames.infos[0].time - 900 * second, to: frames.infos[0].time - 600 * second)
    let told = frames.play(losses: losses)
    #expect(told.lastCalls.first?.verdict.outcome == .dropped)
    #expect(
      told.lastCalls.first?.verdict.excluders.contains {
        $0.name.description == "capture-loss" && $0.result == .excluded
      } == true)
  }

  @Test func dropsMeanwhileWithholdIt() throws {
    let frames = try Self.blocked()
    let first = frames.infos[0].time
    var losses = CaptureLosses()
    losses.note(500, from: first + 2 * second, to: first + 40 * second)
    let told = frames.play(losses: losses)
    #expect(Self.finding(told) == nil)
    #expect(told.lastFlows.contains { $0.verdict.gap?.code.description == "capture_drops" })
  }

  /// Without a finding nothing is said of flows until they end.
  @Test func whatIsWellIsToldOnce() throws {
    let told = try PlayedFrames(file: SampleCapture.named("telegram-clean").file.path).play()
    #expect(told.flows.allSatisfy { !$0.isProvisional || $0.verdict.isFinding })
    #expect(told.calls.first?.record.isProvisional == true, "a call is told when it begins")
    #expect(told.shown.max() == 1)
  }

  /// Packets tell the time; a clock that is set back does not stop the looks.
  @Test func looksAreDueOnceASecond() throws {
    let frames = try Self.blocked()
    let analysis = LiveAnalysis(seed: 1)
    let told = LiveTold()
    let now = frames.infos[0].time
    frames.lend(0..<1) { analysis.consume($0, $1) }
    #expect(analysis.isDue(at: now))
    analysis.look(at: now, to: told)
    #expect(!analysis.isDue(at: now + second - 1))
    #expect(analysis.isDue(at: now + second))
    #expect(analysis.isDue(at: now - 7_200 * second))
  }
}

private let second: Int64 = 1_000_000_000
