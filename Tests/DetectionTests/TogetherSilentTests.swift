import Flow
import Settings
import Testing
import Verdict

@testable import Detection

/// What the client's own line, the other flows that failed and the way it goes on to ask say of a silence (METHOD.md M2.3, M2.5).
@Suite struct TogetherSilentTests {
  private let secondServer = IPAddress(v4: 0x5B6C_0928)

  private func judge(_ flow: FlowObservation, _ around: Surroundings) -> Judgment {
    Detectors.judge(flow, UDPState(firstFrame: 10), Circumstances(around, thresholds))
  }

  private func result(_ name: String, _ judgment: Judgment) -> Excluder.Result? {
    judgment.excluders.first { "\($0.name)" == name }?.result
  }

  private func host(_ network: UInt32) -> IPAddress { IPAddress(v4: 0xCB00_7107 &+ network << 8) }

  // MARK: Asked on without repeating

  /// Who hears nothing repeats a request within a second; a capture of one way shows what was asked next.
  @Test(
    arguments: [
      [0, 10_000, 20_000, 30_000, 40_000], [0, 250, 10_000, 10_250, 20_000, 30_000, 40_000],
      [0, 6_000, 12_000, 18_000, 24_000],
    ] as [[Int64]])
  func requestsThatAreNotRepeatedWereAnswered(_ times: [Int64]) {
    let verdict = judge(Made.asking(times), Made.surroundings())
    #expect(verdict.gapCode == "one_direction" && !verdict.isFinding)
  }

  @Test(
    arguments: [
      Made.ladder, (0..<60).map { $0 * 500 }, (0..<20).map { $0 * 2_000 },
      [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500],
      [0, 500, 1_500, 10_000, 10_500, 11_500, 20_000, 20_500, 21_500, 30_000],
    ] as [[Int64]])
  func requestsThatAreRepeatedWereNot(_ times: [Int64]) {
    #expect(judge(Made.asking(times), Made.surroundings()).mechanism == .blackhole)
  }

  /// A relay's Refreshes every ten seconds, each sent once, behind answers that are in the capture.
  @Test func aPathThatIsAskedOnWithoutRepeatingIsNotCutOff() {
    let (flow, state) = Made.cutOff(answered: 60, asked: 150, every: 10_000)
    let verdict = Detectors.judge(flow, state, Circumstances(Made.surroundings(), thresholds))
    #expect(verdict.gapCode == "one_direction")
    let (silent, silentState) = Made.cutOff()
    #expect(Detectors.judge(silent, silentState, Circumstances(Made.surroundings(), thresholds)).mechanism == .cutoff)
  }

  // MARK: Other flows that failed

  private func blackholes(_ failed: [UnansweredFlow]) -> [Judgment] {
    var around = Made.surroundings()
    around.examined = 2
    for flow in failed { around.add(flow, of: client) }
    let flows = [server, secondServer].map { host in
      var flow = Made.asking((0..<90).map { $0 * 500 }, to: host)
      flow.application = .telegram
      return flow
    }
    var replication = Replication()
    let alone = Circumstances(around, thresholds)
    for flow in flows {
      replication.note(Detectors.judge(flow, UDPState(firstFrame: 10), alone), of: flow, over: .udp)
    }
    replication.close()
    let known = Circumstances(around, thresholds, replication)
    return flows.map { Detectors.judge($0, UDPState(firstFrame: 10), known) }
  }

  private func unanswered(
    _ network: UInt32, _ transport: Transport = .udp, at second: Int64 = 3, application: Application? = nil,
    isOfCall: Bool = false
  ) -> UnansweredFlow {
    UnansweredFlow(
      server: host(network), transport: transport, first: start + second * 1_000_000_000, application: application,
      isOfCall: isOfCall)
  }

  /// A NAT without room, or a line of which a member is dead, fails other flows as well.
  @Test func newFlowsOfOthersThatFailTakeTheGradeBack() throws {
    for verdict in blackholes((0..<6).map { unanswered($0) }) {
      #expect(verdict.isFinding && verdict.grade == .consistent)
      #expect(result("nat-full", verdict) == .unknown)
      #expect(verdict.alternatives.contains { "\($0)" == "nat-full" })
      #expect(verdict.evidence.contains { "\($0.code)" == "others_unanswered" })
      #expect(try #require(verdict.tests.first).trials == 2)
    }
  }

  @Test func whatFailedOtherwiseOrElsewhereDoesNot() {
    let others = [
      // Another transport, another time, the same network, the same application, another relay.
      unanswered(1, .tcp), unanswered(2, at: 600), unanswered(3, application: .telegram), unanswered(4, isOfCall: true),
      UnansweredFlow(
        server: IPAddress(v4: 0x5B6C_0930), transport: .udp, first: start + 3 * second, application: nil,
        isOfCall: false),
    ]
    for verdict in blackholes(others) {
      #expect(verdict.grade == .probable)
      #expect(result("nat-full", verdict) == .excluded)
    }
  }

  /// A provider's name servers may be asked past what has no room.
  @Test func namesThatAreToldShowNoRoom() {
    var around = Made.surroundings(begun: false)
    around.add(
      Neighbor(
        position: 40, client: client, server: host(9), port: 53, transport: .udp, first: start + 2 * second,
        lastAnswer: start + 2 * second + 40_000_000, trials: 1))
    #expect(result("nat-full", judge(Made.asking(Made.ladder), around)) == .unknown)
    #expect(result("nat-full", judge(Made.asking(Made.ladder), Made.surroundings())) == .excluded)
  }

  // MARK: The client's own line

  /// A portal answers in every server's name until one has signed in.
  @Test func whatAnswersInServersNamesOnTheLinkIsNoControl() {
    var around = Surroundings(drops: 0)
    for number in 0..<20 as Range<UInt32> {
      var answer = Neighbor(
        position: 50 + Int(number), client: client, server: host(number), port: 443, transport: .tcp,
        first: start + Int64(number) * second, lastAnswer: start + Int64(number) * second + 2_000_000, trials: 1)
      answer.isFromLink = true
      around.add(answer)
    }
    let verdict = judge(Made.asking(Made.ladder), around)
    #expect(result("access-line-down", verdict) == .unknown && result("nat-full", verdict) == .unknown)
    #expect(verdict.alternatives.first.map { "\($0)" } == "captive-portal")
    #expect(verdict.tests.isEmpty)
  }

  /// Servers of two other networks that were asked on in vain from the same moment.
  private func fallenSilent(_ around: inout Surroundings, networks: Int, at second: Int64 = 10) {
    for number in 0..<networks {
      let last = start + second * 1_000_000_000 + Int64(number) * 300_000_000
      around.add(
        Neighbor(
          position: 60 + number, client: client, server: host(UInt32(number)), port: 443, transport: .tcp, first: start,
          lastAnswer: last, lastSent: last + 20_000_000_000, trials: 1, longestGap: second, isUnheard: true))
    }
  }

  @Test func aLineThatGoesAwayIsNoCutOff() {
    let (flow, state) = Made.cutOff()
    func verdict(_ networks: Int, _ control: Bool, at second: Int64 = 10) -> Judgment {
      var around = Surroundings(drops: 0)
      fallenSilent(&around, networks: networks, at: second)
      if control {
        around.add(
          Neighbor(
            position: 70, client: client, server: other, port: 443, transport: .udp, first: start,
            lastAnswer: start + 60 * 1_000_000_000, trials: 60, longestGap: 500_000_000))
      }
      return Detectors.judge(flow, state, Circumstances(around, thresholds))
    }
    #expect(verdict(2, false).gapCode == "no_control")
    // As a router that starts anew: others had been idle for a while.
    #expect(verdict(2, false, at: 2).gapCode == "no_control")
    // One of two lines may be: others go on.
    let oneOfTwo = verdict(2, true)
    #expect(oneOfTwo.mechanism == .cutoff && result("access-line-down", oneOfTwo) == .unknown)
    #expect(result("access-line-down", verdict(1, true)) == .excluded)
    #expect(result("access-line-down", verdict(2, true, at: 2)) == .excluded, "these had fallen silent before")
  }

  /// A line that comes back with another address ends what was under way; a call and one connection may have been all.
  @Test func allThatWasUnderWayEndedAtOnce() {
    let (flow, state) = Made.cutOff()
    func verdict(exchanged: UInt64 = 400, survivor: Int64? = nil, new: Int64? = nil) -> Judgment {
      var around = Surroundings(drops: 0)
      var silent = Neighbor(
        position: 60, client: client, server: host(1), port: 443, transport: .tcp, first: start,
        lastAnswer: start + 10 * second, lastSent: start + 30 * second, trials: 1, longestGap: second, isUnheard: true)
      silent.exchanged = exchanged
      around.add(silent)
      for (number, first, last) in [(61, start, survivor), (62, start + 25 * second, new)] {
        guard let last else { continue }
        around.add(
          Neighbor(
            position: number, client: client, server: host(UInt32(number)), port: 443, transport: .tcp, first: first,
            lastAnswer: start + last * second, trials: 1, longestGap: 2 * second))
      }
      return Detectors.judge(flow, state, Circumstances(around, thresholds))
    }
    #expect(verdict(new: 40).gapCode == "no_control")
    #expect(verdict(survivor: 40).mechanism == .cutoff, "another flow of before was answered")
    #expect(
      verdict(exchanged: flow.packets.client + flow.packets.server, new: 40).mechanism == .cutoff,
      "both may have been ended for what they had carried")
    #expect(verdict(new: 26).gapCode == "no_control")
  }

  /// RFC 8305: IPv6 dies alone.
  @Test func aPathOverIPv6ThatDiesWithAllOfIPv6IsNoCutOff() {
    var (flow, state) = Made.cutOff()
    flow.client = IPAddress(high: 0x2001_0DB8_0000_0001, low: 1)
    flow.server = IPAddress(high: 0x2A00_1450_4001_0001, low: 2)
    #expect(Detectors.judge(flow, state, Circumstances(Made.surroundings(), thresholds)).gapCode == "ipv6_path")
    var around = Made.surroundings()
    around.add(
      Neighbor(
        position: 70, client: flow.client, server: IPAddress(high: 0x2A02_06B8_0000_0001, low: 3), port: 443,
        transport: .udp, first: start, lastAnswer: start + 60 * second, trials: 60, longestGap: second / 2))
    #expect(Detectors.judge(flow, state, Circumstances(around, thresholds)).mechanism == .cutoff)
  }
}
