import Settings
import Synth
import TestSupport
import Testing
import Verdict
import Wire

@testable import Analysis
@testable import Detection
@testable import Flow

/// A run that does not end holds what its limits say, whatever comes.
@Suite struct LiveRoomTests {
  private static let start: Int64 = 1_700_000_000_000_000_000
  private static let server = HostAddress("198.51.100.2")

  /// The first packet of a flow of its own: every other one a SYN.
  private static func opening(_ number: Int, at time: Int64) -> SynthFrame {
    let client = HostAddress.v4(10 << 24 | UInt32(number))
    let port = UInt16(1_024 + number % 60_000)
    let packet =
      number & 1 == 0
      ? SynthPacket(
        from: client, to: server, .udp(sourcePort: port, destinationPort: 9_000, payload: [1, 2, 3, 4, 5, 6, 7, 8]))
      : SynthPacket(
        from: client, to: server,
        .tcp(TCPSegment(from: port, to: 443, sequence: 1, acknowledgement: 0, flags: [.syn], payload: [])))
    return FrameBuilder().frame(packet, at: time, outgoing: true)
  }

  private static func limits(flows: Double, mebibytes: Double) -> LiveLimits {
    var limits = LiveLimits()
    limits.flows.value = flows
    limits.memory.value = mebibytes * 1_048_576
    limits.renewal.value = 64
    return limits
  }

  /// Ten thousand new flows a second for three minutes of packets: what is held stays within the limit and is counted.
  @Test func aFloodIsCountedAndBounded() {
    let told = LiveTold()
    let analysis = LiveAnalysis(limits: Self.limits(flows: 20_000, mebibytes: 64), seed: 1)
    var most = 0
    for round in 0..<180 {
      let frames = (0..<1_000).map { part in
        Self.opening(round * 1_000 + part, at: Self.start + Int64(round) * second + Int64(part) * 1_000_000)
      }
      let played = PlayedFrames(frames)
      played.lend(0..<frames.count) { analysis.consume($0, $1) }
      let now = Self.start + Int64(round) * second + 999_000_000
      if analysis.isDue(at: now) { analysis.look(at: now, to: told) }
      most = max(most, analysis.bytesHeld)
      #expect(analysis.flowsHeld <= 20_000)
    }
    #expect(most <= 32 * 1_048_576)
    analysis.look(at: Self.start + 180 * second, isLast: true, to: told)
    #expect(analysis.evicted + UInt64(told.ended.count) == 180_000, "every flow was judged or is counted as given up")
    #expect(analysis.hurried > 0)
  }

  /// A record that an evicted flow leaves is used again, by whichever transport comes next.
  @Test func floodsOfBothTransportsLeaveNothingBehind() {
    let analysis = LiveAnalysis(limits: Self.limits(flows: 1_000, mebibytes: 512), seed: 1)
    var generator = SeededGenerator(seed: 3)
    var number = 0
    for _ in 0..<20 {
      let frames = (0..<1_000).map { part in
        number += generator.number(in: 1...3)
        return Self.opening(number, at: Self.start + Int64(number) * 1_000)
      }
      let played = PlayedFrames(frames)
      played.lend(0..<frames.count) { analysis.consume($0, $1) }
    }
    let analyzer = analysis.workers[0]
    #expect(analyzer.analyzer.table.flows.count == 1_000)
    #expect(analyzer.analyzer.tcp.count <= 1_000)
    #expect(analyzer.analyzer.udp.count <= 1_000)
    #expect(analysis.evicted == 19_000)
  }

  /// Flows of which something is known are given up last; the others by age.
  @Test func theLongestSilentAreGivenUpFirst() {
    let analysis = LiveAnalysis(limits: Self.limits(flows: 1_000_000, mebibytes: 32), seed: 1)
    let call = Scenario.telegramClean.frames(seed: 1)
    let frames = PlayedFrames(call)
    frames.lend(0..<min(60, call.count)) { analysis.consume($0, $1) }
    let known = analysis.flowsHeld
    let last = frames.infos[min(60, call.count) - 1].time
    let flood = PlayedFrames((0..<60_000).map { Self.opening($0, at: last + Int64($0) * 1_000) })
    flood.lend(0..<60_000) { analysis.consume($0, $1) }
    #expect(analysis.isCrowded(analysis.workers[0]))
    let held = analysis.flowsHeld
    analysis.relieve(at: last + second)
    #expect(!analysis.isCrowded(analysis.workers[0]))
    #expect(analysis.flowsHeld < held)
    #expect(analysis.evicted == UInt64(held - analysis.flowsHeld))
    let worker = analysis.workers[0]
    var remembered = 0
    var oldest = Int64.max
    for index in 0..<UInt32(worker.analyzer.table.flows.count) {
      if worker.analyzer.table.flows[index].facts != FlowState.none {
        remembered += 1
      } else {
        oldest = min(oldest, worker.analyzer.table.flows[index].first)
      }
    }
    #expect(remembered > 0 && known >= remembered)
    #expect(oldest > last, "what is left of the flood is its end")
  }

  /// What was not over when it was given up may come again: it is another flow then, and nothing traps.
  @Test func aFlowThatWasGivenUpBeginsAnew() {
    let told = LiveTold()
    let analysis = LiveAnalysis(limits: Self.limits(flows: 1_000_000, mebibytes: 32), seed: 1)
    let flood = PlayedFrames((0..<60_000).map { Self.opening($0, at: Self.start + Int64($0) * 1_000) })
    for _ in 0..<3 {
      flood.lend(0..<60_000) { analysis.consume($0, $1) }
      if analysis.isCrowded(analysis.workers[0]) { analysis.relieve(at: Self.start + second) }
    }
    analysis.look(at: Self.start + 2 * second, isLast: true, to: told)
    #expect(told.ended.count == analysis.flowsHeld)
  }
}

private let second: Int64 = 1_000_000_000
