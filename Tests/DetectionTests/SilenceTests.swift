import Detection
import Flow
import Settings
import Testing
import Verdict
import Wire

/// Silence on UDP: what is a finding, and which innocent cause stops one.
@Suite struct SilenceTests {
  private func judge(
    _ flow: FlowObservation, _ around: Surroundings = Made.surroundings(), _ limits: Thresholds = thresholds
  ) -> Judgment {
    Detectors.judge(flow, UDPState(firstFrame: 10), Circumstances(around, limits))
  }

  @Test func aRelayThatNeverAnsweredBesideOneThatDidIsABlackhole() throws {
    let verdict = judge(Made.asking(Made.ladder))
    #expect(verdict.words == "dropped blackhole" && verdict.direction == .down)
    #expect(verdict.grade == .consistent && verdict.attribution == .unknown)
    let test = try #require(verdict.tests.first)
    #expect(test.trials == 7 && test.p < 1e-3 && test.examined == 1)
    #expect(verdict.evidence.first?.frames == [10, 11, 12, 13, 14, 15, 16, 17, 18])
    #expect(verdict.window == TimeWindow(first: start, last: start + 31_750_000_000))
    #expect(!verdict.alternatives.isEmpty)
    #expect(!verdict.alternatives.map { "\($0)" }.contains("udp-egress-filter"))
  }

  @Test func withoutAControlTheFilterOfAllUDPIsNotExcluded() {
    let verdict = judge(Made.asking(Made.ladder), Made.surroundings(control: false))
    #expect(verdict.words == "dropped blackhole" && verdict.grade == .consistent && verdict.tests.isEmpty)
    #expect(Set(verdict.alternatives.map { "\($0)" }).isSuperset(of: ["udp-egress-filter", "local-link"]))
  }

  @Test func anotherClientsFlowIsNoControl() {
    var around = Made.surroundings(control: false)
    around.add(
      Neighbor(
        position: 1, client: IPAddress(v4: 0xC0A8_0163), server: other, port: 443, transport: .udp, first: start,
        lastAnswer: start + 60 * second, trials: 30))
    #expect(judge(Made.asking(Made.ladder), around).tests.isEmpty)
  }

  @Test func aControlMustOverlapAndGoElsewhere() {
    for (host, first, last) in [(server, Int64(0), Int64(60)), (other, 45, 60), (other, -60, -10)] {
      var around = Made.surroundings(control: false)
      around.add(
        Neighbor(
          position: 1, client: client, server: host, port: 443, transport: .udp, first: start + first * second,
          lastAnswer: start + last * second, trials: 30))
      #expect(judge(Made.asking(Made.ladder), around).tests.isEmpty, "\(first) to \(last)")
    }
  }

  // MARK: Every early exit names what was missing

  @Test func aFlowWithoutKnownRequestsIsOneDirection() {
    var flow = Made.asking(Made.ladder)
    flow.dialogue = nil
    #expect(judge(flow).gapCode == "one_direction")
  }

  @Test func unansweredChecksToAPeerAreNoTrials() {
    var flow = Made.asking([])
    var dialogue = Dialogue()
    for time in 0..<60 as Range<Int64> {
      dialogue[.checkBySide0].ask(time: start + time * second / 2, frame: UInt32(time), width: second)
    }
    flow.dialogue = dialogue
    flow.isPeerPath = true
    let verdict = judge(flow)
    #expect(verdict.gapCode == "peer_candidate" && !verdict.isFinding)
  }

  @Test func aFlowThatAskedNothingIsOwedNothing() {
    var flow = Made.asking([])
    flow.dialogue = Dialogue()
    #expect(judge(flow).gapCode == "no_request")
  }

  @Test func stunToAReflectorsPortIsNoTrial() {
    var flow = Made.asking(Made.ladder)
    flow.isReflectorPort = true
    #expect(judge(flow).gapCode == "reflector_port")
  }

  @Test(arguments: [
    0x0A00_0001 as UInt32, 0xC0A8_0001, 0xAC10_0005, 0x6440_0001, 0xA9FE_0101, 0xE000_00FB, 0xFFFF_FFFF,
  ])
  func privateAndMulticastServersNeedNotAnswer(bits: UInt32) {
    #expect(judge(Made.asking(Made.ladder, to: IPAddress(v4: bits))).gapCode == "unreachable_by_design")
  }

  @Test func anICMPErrorExplainsTheSilence() {
    var flow = Made.asking(Made.ladder)
    flow.dialogue?.icmpErrors = 2
    flow.dialogue?.icmpType = 3
    flow.dialogue?.icmpCode = 3
    flow.dialogue?.icmpFrame = 33
    flow.dialogue?.icmpFromSide0 = false
    let verdict = judge(flow)
    #expect(verdict.gapCode == "icmp_error" && verdict.evidence.first?.frames == [33])
    // The client's own error says nothing of the server.
    flow.dialogue?.icmpFromSide0 = true
    #expect(judge(flow).isFinding)
  }

  @Test func threeSecondsWithARequestAreTooFew() {
    #expect(judge(Made.asking([0, 1_000, 5_000])).gapCode == "too_few_trials")
    #expect(judge(Made.asking((0..<30).map { $0 * 90 })).gapCode == "too_few_trials")  // many packets, three bins
    #expect(judge(Made.asking([0, 1_000, 2_000, 3_000])).words == "dropped blackhole")
  }

  @Test func aShortSpanIsNamed() {
    var limits = Thresholds()
    limits.silence.span.value = 60e9
    #expect(judge(Made.asking(Made.ladder), Made.surroundings(), limits).gapCode == "too_short")
  }

  @Test func aOneSidedCaptureProvesNoSilence() {
    var around = Made.surroundings(control: false)
    around.isOneSided = true
    #expect(judge(Made.asking(Made.ladder), around).gapCode == "one_sided_capture")
  }

  @Test func aCaptureThatDroppedPacketsProvesNoSilence() {
    #expect(judge(Made.asking(Made.ladder), Made.surroundings(drops: 1)).gapCode == "capture_drops")
    // Unknown is not zero: the finding stands, the excluder says that nobody knows.
    let unknown = judge(Made.asking(Made.ladder), Made.surroundings(drops: nil))
    #expect(unknown.isFinding)
    #expect(unknown.excluders.contains { "\($0.name)" == "capture-loss" && $0.result == .unknown })
  }

  // MARK: Cut off

  private func cut(
    _ made: (flow: FlowObservation, state: UDPState), _ around: Surroundings = Made.surroundings()
  ) -> Judgment {
    Detectors.judge(made.flow, made.state, Circumstances(around, thresholds))
  }

  @Test func aRelayThatFellSilentIsACutoff() {
    let verdict = cut(Made.cutOff())
    #expect(verdict.words == "dropped cutoff" && verdict.direction == .down && verdict.grade == .consistent)
    #expect(verdict.window?.first == start + 10 * second)
    #expect(verdict.evidence.flatMap(\.frames).allSatisfy { $0 >= 10 })
  }

  @Test func sevenSecondsOfSilenceAreTooShortForACutoff() {
    #expect(!cut(Made.cutOff(answered: 10, asked: 17)).isFinding)
    #expect(cut(Made.cutOff(answered: 10, asked: 19)).isFinding)
  }

  @Test func afterAHangUpNothingIsOwed() {
    for hangUp: Int64 in [3, 9, 11] {
      var made = Made.cutOff()
      made.flow.dialogue?.noteHangUp(side: 1, time: start + hangUp * second)
      #expect(!cut(made).isFinding, "hang-up at \(hangUp) s")
    }
    // Somebody who gives up on the silence hangs up long after it began.
    var late = Made.cutOff()
    late.flow.dialogue?.noteHangUp(side: 0, time: start + 29 * second)
    #expect(cut(late).words == "dropped cutoff")
  }

  @Test func aRefusalByTheServersHostExplainsTheCutoff() {
    var made = Made.cutOff()
    made.flow.dialogue?.icmpErrors = 1
    made.flow.dialogue?.icmpFromSide0 = false
    #expect(cut(made).gapCode == "icmp_error")
  }

  @Test func aClientThatMovedIsANetworkChange() {
    var around = Made.surroundings(control: false)
    around.noteClient(client, of: server, first: start)
    #expect(cut(Made.cutOff(), around).isFinding)
    around.noteClient(IPAddress(v4: 0x0A2A_0007), of: server, first: start + 12 * second)
    #expect(cut(Made.cutOff(), around).gapCode == "network_change")
  }

  @Test func aSecondPhoneBesideOneThatIsStillAnsweredIsNoNetworkChange() {
    var around = Made.surroundings()
    around.noteClient(client, of: server, first: start)
    around.noteClient(IPAddress(v4: 0x0A2A_0007), of: server, first: start + 12 * second)
    #expect(cut(Made.cutOff(), around).isFinding)
  }

  @Test func aFewKeepAlivesAreTooFew() {
    #expect(cut(Made.cutOff(answered: 60, asked: 90, every: 15_000)).gapCode == "too_few_trials")
  }

  @Test func aCutoffInACaptureWithDropsIsNone() {
    #expect(cut(Made.cutOff(), Made.surroundings(drops: 5)).gapCode == "capture_drops")
  }

  @Test func aFlowThatNeverWorkedIsNoCutoff() {
    var made = Made.cutOff()
    made.flow.dialogue = Dialogue()
    #expect(!cut(made).isFinding)
  }

  @Test func packetsThatAskNothingAreOwedNothing() {
    var made = Made.cutOff(answered: 10, asked: 10)
    for time in 11..<40 as Range<Int64> {
      made.state.observe(side: 0, time: start + time * second, start: start, frame: 100, bin: second)
    }
    made.flow.last = start + 39 * second
    #expect(cut(made).gapCode == "nothing_owed")
  }

  /// A NAT forgets a binding after half a minute without traffic.
  @Test func silenceAfterALongIdleTimeMayBeANAT() {
    var made = Made.cutOff(answered: 100, asked: 100, every: 50_000)
    var dialogue = made.flow.dialogue ?? Dialogue()
    for time in 150..<190 as Range<Int64> {
      made.state.observe(side: 0, time: start + time * second, start: start, frame: 100, bin: second)
      dialogue[.server].ask(time: start + time * second, frame: 100, width: second)
    }
    made.flow.dialogue = dialogue
    made.flow.last = start + 189 * second
    #expect(!cut(made).isFinding)
  }

  @Test func theFirstSilenceAfterALongIdleTimeMayBeANATToo() {
    // Busy for ten seconds, idle for fifty, then silence: the only idle time is the one before the silence.
    var made = Made.cutOff(answered: 10, asked: 10)
    var dialogue = made.flow.dialogue ?? Dialogue()
    for time in 60..<100 as Range<Int64> {
      made.state.observe(side: 0, time: start + time * second, start: start, frame: 100, bin: second)
      dialogue[.server].ask(time: start + time * second, frame: 100, width: second)
    }
    made.flow.dialogue = dialogue
    made.flow.last = start + 99 * second
    #expect(cut(made).gapCode == "idle_before_silence")
  }

  // MARK: Soundness

  @Test func whatAnsweredIsSound() {
    let verdict = cut(Made.cutOff(answered: 30, asked: 30))
    #expect(verdict.outcome == .ok && verdict.grade == .none && verdict.power != nil && verdict.attribution == nil)
  }

  @Test func lossIsNamedFromFifteenPacketsAndOnePercentOn() {
    func judged(_ expected: UInt64, _ lost: UInt64) -> Judgment {
      var made = Made.cutOff(answered: 30, asked: 30)
      made.flow.media.server.expected = expected
      made.flow.media.server.packets = expected - lost
      made.flow.media.server.lost = lost
      made.flow.media.server.first = start
      made.flow.media.server.last = start + 30 * second
      return cut(made)
    }
    #expect(judged(1_000, 14).outcome == .ok)
    #expect(judged(1_000, 15).outcome == .degraded && judged(1_000, 15).direction == .down)
    #expect(judged(2_000, 15).outcome == .ok)  // 0.75 %
    #expect(judged(1_000, 500).mechanism == nil && !judged(1_000, 500).isFinding)
    #expect(judged(1_000, 0).power.map { "\($0.effect)" } == "media_loss_down")
    #expect(judged(1_000, 100).lossDown == 0.1 && judged(1_000, 100).lossUp == nil)
  }

  @Test func aServerThatSpeaksAloneIsOneDirection() {
    var made = Made.cutOff()
    made.flow.packets = (0, 9)
    #expect(cut(made).gapCode == "one_direction")
  }

  @Test func anUnknownFlowOfOnePacketEachWayIsTooLittle() {
    var made = Made.cutOff(answered: 1, asked: 1)
    made.flow.dialogue = nil
    made.flow.packets = (5, 1)
    #expect(cut(made).gapCode == "too_few_packets")
  }
}
