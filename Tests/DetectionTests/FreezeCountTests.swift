import Flow
import Settings
import TestSupport
import Testing
import Verdict

@testable import Detection

/// Silence after a constant count over several flows (METHOD.md M2.5).
@Suite struct FreezeCountTests {
  private let limits = Thresholds().silence

  private struct Case {
    var packets: UInt64 = 25
    var payload: UInt64 = 4_000
    /// Seconds.
    var first: Int64 = 0
    var last: Int64 = 1
    var since: Int64 = 2
    var host = server
  }

  private func constancy(_ cases: [Case], of asked: IPAddress = server) -> FreezeCounts.Constancy? {
    var counts = FreezeCounts()
    for (number, item) in cases.enumerated() {
      let shift = Int64(number) * 60
      counts.note(
        FreezeCounts.Exchange(
          packets: item.packets, payload: item.payload, first: start + (item.first + shift) * second,
          last: start + (item.last + shift) * second,
          since: start + (item.since + shift) * second), of: Made.connection(to: item.host), over: .tcp)
    }
    let own = (cases[0].packets, cases[0].payload)
    return counts.constancy(of: Made.connection(to: asked), after: own, over: .tcp, limits)
  }

  @Test func threeFlowsThatStopAtOneCountShowARule() {
    #expect(constancy([Case(packets: 24), Case(packets: 25), Case(packets: 30)])?.packets == 24...30)
    #expect(constancy([Case(packets: 60), Case(packets: 61), Case(packets: 62)])?.flows == 3, "wherever it lies")
    let neighbor = IPAddress(v4: 0x5B6C_09FE)
    #expect(constancy([Case(), Case(host: neighbor), Case()], of: neighbor)?.flows == 3, "of one network")
  }

  @Test func orAtOneVolume() {
    #expect(
      constancy([16_000, 18_000, 21_000].map { (bytes: UInt64) in Case(packets: bytes / 300, payload: bytes) })?.flows
        == 3)
    // A steady stream that is cut after a time has nearly constant bytes as well.
    #expect(
      constancy([980_000, 1_000_000, 1_010_000].map { (bytes: UInt64) in Case(packets: bytes / 300, payload: bytes) })
        == nil)
  }

  /// What beats steadily has had as many packets whenever a gateway ends it after a time, or one machine after the other is
  /// restarted; what comes at once has not, however long the client waits for more.
  @Test func equalTimesShowNoCount() {
    func lasting(_ seconds: [Int64], since: Int64? = nil) -> FreezeCounts.Constancy? {
      constancy(seconds.map { Case(last: $0, since: since ?? $0 + 3) })
    }
    #expect(lasting([36, 40, 47]) == nil)
    #expect(lasting([20, 40, 55]) != nil, "as many packets, at other paces")
    #expect(lasting([2, 2, 2], since: 30) != nil)
  }

  @Test func lookAlikesShowNone() {
    #expect(constancy([Case(), Case()]) == nil, "two")
    #expect(constancy([Case(packets: 20), Case(packets: 25), Case(packets: 27)]) == nil, "seven apart")
    #expect(constancy([Case(packets: 8), Case(packets: 8), Case(packets: 8)]) == nil, "a step of the protocol")
    #expect(constancy([Case(), Case(), Case(host: other)]) == nil, "another network")
    // An outage stops all at once what had begun together.
    #expect(constancy((0..<3).map { (number: Int64) in Case(first: -60 * number, since: 200 - 60 * number) }) == nil)
  }

  /// A media server that turns clients away after their handshake stops at the same packet each time.
  @Test(arguments: [(false, Mechanism.cutoff), (true, .freeze)])
  func aSetUpOverUDPThatStopsShowsNoRule(hasMedia: Bool, mechanism: Mechanism) {
    var replication = Replication()
    var flows: [FlowObservation] = []
    for number in 0..<3 as Range<Int64> {
      var flow = Made.cutOff(answered: 40, asked: 60).flow
      flow.first = start + 100 * number * second
      flow.isPeerPath = true
      if hasMedia { flow.media.server.packets = 9 }
      flows.append(flow)
      var judgment = Claim.finding(.dropped, .cutoff, .down, thresholds.score.cutoff, Phrase(""))
      judgment.exchanged = (120, 30_000, flow.first + (number + 1) * 10 * second)
      judgment.window = TimeWindow(first: flow.first + 40 * second, last: flow.first + 60 * second)
      replication.note(judgment, of: flow, over: .udp)
    }
    replication.close()
    var judgment = Claim.finding(.dropped, .cutoff, .down, thresholds.score.cutoff, Phrase(""))
    judgment.window = TimeWindow(first: start + 40 * second, last: start + 60 * second)
    Freeze.mark(
      &judgment, flows[0], .udp, packets: 120, payload: 30_000, lastAnswer: start + 40 * second, longestGap: second,
      since: start + 40 * second, frame: 9, Circumstances(Made.surroundings(), thresholds, replication))
    #expect(judgment.mechanism == mechanism)
  }

  /// What had passed before the capture began is in no count.
  @Test func aFlowThatWasUnderWayShowsNoCount() {
    func verdict(_ change: (inout FlowObservation) -> Void) -> Mechanism? {
      var made = Made.cutOff(answered: 10, asked: 45, every: 800)
      change(&made.flow)
      var around = Made.surroundings()
      around.start = made.flow.first
      return Detectors.judge(made.flow, made.state, Circumstances(around, thresholds)).mechanism
    }
    #expect(verdict { _ in } == .freeze, "it begins with a request")
    func media(after: Int64) -> Mechanism? {
      verdict {
        $0.media.server.first = $0.first + after
        $0.media.server.packets = 10
      }
    }
    #expect(media(after: 0) == .cutoff && media(after: second / 100) == .cutoff, "before the first answer")
    #expect(media(after: second) == .freeze)
    #expect(verdict { $0.hasOpaqueMedia = true } == .freeze)
    let late = verdict {
      $0.hasOpaqueMedia = true
      $0.first -= second
    }
    #expect(late == .cutoff, "media came before the first request")
  }

  /// Relays of one network that fall silent after 25 packets, one after the other.
  @Test func aRuleIsProbableBesideAControl() throws {
    func verdicts(_ answered: [Int64], control: Bool) -> [Judgment] {
      let flows = answered.map { Made.cutOff(answered: $0, asked: 45, every: 800) }
      var around = Made.surroundings(control: control)
      around.examined = flows.count
      let alone = Circumstances(around, thresholds)
      var replication = Replication()
      for (number, made) in flows.enumerated() {
        var judgment = Detectors.judge(made.flow, made.state, alone)
        #expect(judgment.outcome == .dropped)
        var flow = made.flow
        // Begun one after the other.
        flow.first += Int64(number) * 60 * second
        judgment.window = judgment.window.map {
          TimeWindow(first: $0.first + Int64(number) * 60 * second, last: $0.last + Int64(number) * 60 * second)
        }
        replication.note(judgment, of: flow, over: .udp)
      }
      replication.close()
      let known = Circumstances(around, thresholds, replication)
      return flows.map { Detectors.judge($0.flow, $0.state, known) }
    }
    let constant = verdicts([10, 11, 10], control: true)
    let verdict = try #require(constant.first)
    #expect(verdict.words == "dropped freeze" && verdict.grade == .probable)
    #expect(verdict.evidence.contains { "\($0.code)" == "u6_constant_count" })
    #expect(verdict.alternatives.map { "\($0)" }.contains("server-limit"))
    #expect(!verdict.alternatives.map { "\($0)" }.contains("cut-off-by-chance"))
    #expect(verdicts([10, 11, 10], control: false).allSatisfy { $0.grade == .consistent })
    #expect(verdicts([10], control: true).allSatisfy { $0.grade == .consistent })
    let different = verdicts([14, 20, 29], control: true)
    #expect(different.allSatisfy { $0.mechanism == .cutoff && $0.grade == .consistent })
  }
}
