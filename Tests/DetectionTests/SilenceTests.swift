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
        lastAnswer: start + 60 * second, trials: 30, longestGap: 2 * second))
    #expect(judge(Made.asking(Made.ladder), around).tests.isEmpty)
  }

  @Test func aControlMustOverlapAndGoElsewhere() {
    for (host, first, last) in [(server, Int64(0), Int64(60)), (other, 45, 60), (other, -60, -10), (other, -60, -1)] {
      var around = Made.surroundings(control: false)
      around.add(
        Neighbor(
          position: 1, client: client, server: host, port: 443, transport: .udp, first: start + first * second,
          lastAnswer: start + last * second, trials: 30, longestGap: 2 * second))
      #expect(judge(Made.asking(Made.ladder), around).tests.isEmpty, "\(first) to \(last)")
    }
  }

  /// A control that fell silent when the flow did shows no line, and no choice: everything was silent.
  @Test func aControlThatFellSilentTooIsNone() throws {
    var around = Made.surroundings(control: false)
    around.add(
      Neighbor(
        position: 1, client: client, server: other, port: 3_478, transport: .udp, first: start,
        lastAnswer: start + 10 * second, lastSent: start + 30 * second, trials: 10, longestGap: second))
    // The router lives, and says so.
    around.linkAlive = [LinkReply(time: start + 20 * second, target: client)]
    around.add(
      Neighbor(
        position: 2, client: client, server: IPAddress(v4: 0xC0A8_0101), port: 53, transport: .udp,
        first: start + 15 * second, lastAnswer: start + 25 * second, trials: 5, longestGap: 2 * second))
    let verdict = cut(Made.cutOff(), around)
    #expect(verdict.grade == .consistent && verdict.tests.isEmpty)
    #expect(verdict.alternatives.map { "\($0)" }.contains("access-line"))
    let line = try #require(verdict.excluders.first { "\($0.name)" == "access-line-down" })
    let link = try #require(verdict.excluders.first { "\($0.name)" == "local-link-down" })
    #expect(line.result == .unknown && link.result == .excluded)
  }

  /// A client whose way up is dead hears what others push and is answered by nobody: what came is no control of what was sent.
  @Test func whatCameShowsNothingOfWhatWasSent() {
    func verdict(_ others: [Neighbor]) -> Judgment {
      var around = Made.surroundings(control: false)
      for other in others { around.add(other) }
      return cut(Made.cutOff(), around)
    }
    func pushed(heard: Int64, isUnheard: Bool) -> Neighbor {
      Neighbor(
        position: 1, client: client, server: other, port: 443, transport: .udp, first: start,
        lastAnswer: start + 60 * second, lastSent: start + 60 * second, trials: 60, longestGap: second / 2,
        lastHeard: start + heard * second, isUnheard: isUnheard)
    }
    let asked = Neighbor(
      position: 2, client: client, server: IPAddress(v4: 0xC633_6453), port: 53, transport: .udp,
      first: start + 15 * second, lastAnswer: start + 16 * second, trials: 1)
    #expect(verdict([pushed(heard: 10, isUnheard: true)]).gapCode == "no_control")
    let alone = verdict([pushed(heard: 10, isUnheard: false)])
    #expect(alone.words == "dropped cutoff")
    #expect(alone.excluders.first { "\($0.name)" == "access-line-down" }?.result == .unknown)
    let heard = verdict([pushed(heard: 29, isUnheard: false)])
    #expect(heard.words == "dropped cutoff")
    #expect(heard.excluders.first { "\($0.name)" == "access-line-down" }?.result == .excluded)
    // The way up came back before the capture ended.
    let back = Neighbor(
      position: 3, client: client, server: other, port: 443, transport: .udp, first: start,
      lastAnswer: start + 60 * second,
      lastSent: start + 60 * second, trials: 60, longestGap: second / 2,
      unheardPause: TimeWindow(first: start + 10 * second, last: start + 25 * second))
    #expect(verdict([back]).gapCode == "no_control")
    #expect(verdict([pushed(heard: 10, isUnheard: true), asked]).words == "dropped cutoff", "another was answered")
  }

  /// A client that goes on as after an answer had one: a mirror of one of two ways shows the same.
  @Test func whatOnlyAnAnswerAllowsShowsThatOneCame() {
    var flow = Made.asking(Made.ladder)
    flow.followsAnswer = true
    #expect(judge(flow).gapCode == "one_direction")
  }

  /// Relays that are asked over IPv6 in vain while nothing else works over IPv6 (RFC 8305).
  @Test func aDeadFamilyIsNoSilence() {
    let (home, relay) = (IPAddress(high: 0x2001_0DB8_0050_0000, low: 2), IPAddress(high: 0x2001_0DB8_0060_0000, low: 7))
    var flow = Made.asking(Made.ladder)
    flow.client = home
    flow.server = relay
    var around = Made.surroundings()
    #expect(judge(flow, around).gapCode == "ipv6_path")
    // The router's own address, in the client's network.
    around.add(
      Neighbor(
        position: 9, client: home, server: IPAddress(high: 0x2001_0DB8_0050_0000, low: 1), port: 53, transport: .udp,
        first: start, lastAnswer: start + 40 * second, trials: 9, longestGap: second))
    #expect(judge(flow, around).gapCode == "ipv6_path")
    around.add(
      Neighbor(
        position: 9, client: home, server: IPAddress(high: 0x2001_0DB8_0070_0000, low: 1), port: 443, transport: .udp,
        first: start, lastAnswer: start + 40 * second, trials: 9, longestGap: second))
    #expect(judge(flow, around).words == "dropped blackhole")
  }

  /// A relay that was asked and answered, and fell silent while media went on over another: it was not chosen.
  @Test func aPathThatWasNotChosenOwesNothing() {
    func verdict(_ path: MediaPath, isPeer: Bool = false) -> Judgment {
      var made = Made.cutOff()
      made.flow.clientPort = 50_000
      made.flow.isPeerPath = isPeer
      var around = Made.surroundings()
      around.note(path, of: Socket(client, 50_000))
      return cut(made, around)
    }
    func path(from: Int64, to: Int64, opened: Int64 = 0, isPeer: Bool = false) -> MediaPath {
      MediaPath(
        key: 77, opened: start + opened * second, isPeer: isPeer, first: start + from * second,
        last: start + to * second)
    }
    #expect(verdict(path(from: 2, to: 40)).gapCode == "path_not_chosen")
    #expect(verdict(path(from: 2, to: 15)).isFinding, "its media ended too")
  }

  /// Media that go on with an address of the peer which then appeared; one that was there before is another path.
  @Test(arguments: [(Int64(10), true, true), (1, true, false), (10, false, false)])
  func aPeerThatMovedIsNoCutOff(opened: Int64, isPeer: Bool, isMoved: Bool) {
    var made = Made.cutOff()
    made.flow.clientPort = 50_000
    made.flow.isPeerPath = true
    made.flow.hasOpaqueMedia = true
    var around = Made.surroundings()
    let path = MediaPath(
      key: 77, opened: start + opened * second, isPeer: isPeer, first: start + 11 * second, last: start + 40 * second)
    around.note(path, of: Socket(client, 50_000))
    #expect((cut(made, around).gapCode == "peer_moved") == isMoved)
  }

  /// A tunnel that is switched on: its own flow begins with the silence, the calls go on from its address.
  @Test(arguments: [(Int64(10), true, true), (0, true, false), (10, false, false)])
  func aTunnelThatComesUpIsANetworkChange(appeared: Int64, isHostsOwn: Bool, isMove: Bool) {
    var around = Made.surroundings(control: false)
    around.isHostsOwn = isHostsOwn
    let tunnel = IPAddress(v4: 0x0A08_0002)
    if appeared == 0 { around.noteClient(tunnel, of: other, first: start) }
    around.noteClient(client, of: server, first: start)
    if appeared > 0 { around.noteClient(tunnel, of: other, first: start + appeared * second) }
    around.add(
      Neighbor(
        position: 1, client: client, server: other, port: 51_820, transport: .udp, first: start + 9 * second,
        lastAnswer: start + 60 * second, trials: 40, longestGap: second))
    #expect((cut(Made.cutOff(), around).gapCode == "network_change") == isMove)
  }

  /// A router's capture holds a flow on both sides of its NAT, and other hosts behind it.
  @Test(arguments: [(Int64(0), Int64(10_000), true), (0, 0, false), (-60_000, 10_000, false)])
  func anotherHostAndTheOtherSideOfANATAreNoMove(appeared: Int64, asked: Int64, isMove: Bool) {
    let outside = IPAddress(v4: 0x6440_0702)
    var around = Made.surroundings(control: false)
    if appeared < 0 { around.noteClient(outside, of: other, first: start + appeared * 1_000_000) }
    around.noteClient(client, of: server, first: start)
    if asked == 0 { around.noteClient(outside, of: server, first: start + 100_000) }
    around.noteClient(outside, of: server, first: start + 10 * second)
    #expect((cut(Made.cutOff(), around).gapCode == "network_change") == isMove)
  }

  /// What begins from an address after another one was there has not moved to it.
  @Test(arguments: [(Int64(-1), false), (1, true)])
  func whatBeganLaterDidNotMove(appeared: Int64, isMove: Bool) {
    var around = Made.surroundings(control: false)
    let other = IPAddress(v4: 0xC0A8_021E)
    if appeared < 0 { around.noteClient(other, of: server, first: start + appeared * second) }
    around.noteClient(client, of: server, first: start)
    if appeared > 0 { around.noteClient(other, of: server, first: start + appeared * second) }
    #expect((judge(Made.asking(Made.ladder), around).gapCode == "network_change") == isMove)
  }

  /// Answered before, and not to the end, while packets went on: too little for a finding, and not sound.
  @Test func requestsThatStayUnansweredAreNotSound() {
    func verdict(_ kind: Dialogue.Kind, unanswered: Int64, hangUp: Int64? = nil) -> Judgment {
      var dialogue = Dialogue()
      dialogue.asker = 0
      var state = UDPState(firstFrame: 10)
      for number in 0..<40 as Range<Int64> {
        let at = start + number * second
        dialogue[kind].ask(time: at, frame: UInt32(number), width: second)
        if number < 40 - unanswered { dialogue[kind].answer(time: at + 40_000_000) }
        state.observe(side: 0, time: at, start: start, frame: 10 + UInt64(2 * number), silenceTimes)
        state.observe(
          side: 1, time: at + 50_000_000, start: start, frame: 11 + UInt64(2 * number), silenceTimes
        )
      }
      if let hangUp { dialogue.hangUp = start + hangUp * second }
      var flow = Made.asking([])
      flow.packets = (40, 40)
      flow.last = start + 40 * second
      flow.isServerRole = false
      flow.dialogue = dialogue
      return Detectors.judge(flow, state, Circumstances(Made.surroundings(), thresholds))
    }
    // Of the far side: no rule of silence asks for it.
    #expect(verdict(.checkBySide1, unanswered: 15).gapCode == "requests_unanswered")
    #expect(verdict(.checkBySide1, unanswered: 5).outcome == .ok)
    #expect(verdict(.checkBySide1, unanswered: 15, hangUp: 20).outcome == .ok)
    #expect(verdict(.server, unanswered: 15).gapCode == "requests_unanswered")
  }

  /// Media for which nothing came back in the last seconds: too short for a finding, and not answered to the end.
  @Test(arguments: [(Int64(34), Int64.max, "too_short"), (38, .max, "-"), (34, 35, "-")])
  func aCallThatWasSilentAtItsEndIsNotSound(since: Int64, hangUp: Int64, gap: String) {
    var flow = Made.asking([])
    flow.hasOpaqueMedia = true
    flow.packets = (2_000, 1_700)
    flow.last = start + 40 * second
    flow.unheard = (start + since * second, UInt32(40 - since), 0)
    flow.dialogue?.hangUp = hangUp == .max ? .max : start + hangUp * second
    let verdict = Detectors.judge(
      flow, UDPState(firstFrame: 10), Circumstances(Made.surroundings(), thresholds))
    #expect(verdict.gapCode == gap && (verdict.outcome == .ok) == (gap == "-"))
  }

  /// What such requests ask for is known, and not held against them.
  @Test func requestsThatAreNotJudgedAreNotDenied() {
    func words(_ packets: UInt64, isKnown: Bool) -> String {
      var flow = Made.asking([])
      flow.dialogue = nil
      flow.packets = (6, packets)
      flow.last = start + 40 * second
      flow.unheard = (start + 5 * second, 8, 0)
      flow.asksUncounted = isKnown
      return Detectors.judge(flow, UDPState(firstFrame: 10), Circumstances(Made.surroundings(), thresholds))
        .reason.template.description
    }
    for packets in [UInt64(0), 2] {
      #expect(words(packets, isKnown: true).contains("DNS requests, SIP"))
      #expect(words(packets, isKnown: false).contains("known to ask"))
    }
  }

  /// Of a protocol that nothing is known of, as QUIC under way: the client goes on alone.
  @Test func aClientThatSpeaksAloneToTheEndIsNotSound() {
    var flow = Made.asking([])
    flow.dialogue = nil
    flow.packets = (60, 40)
    flow.last = start + 40 * second
    let state = UDPState(firstFrame: 10)
    flow.unheard = (start + 30 * second, 8, 0)
    #expect(Detectors.judge(flow, state, Circumstances(Made.surroundings(), thresholds)).gapCode == "nothing_owed")
    flow.unheard = (start + 38 * second, 2, 0)
    #expect(Detectors.judge(flow, state, Circumstances(Made.surroundings(), thresholds)).outcome == .ok)
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

  /// The only request of the silence went out just before the capture ended: nobody had the time to answer.
  @Test func whatWasAskedAtTheEndWasNotLeftUnanswered() {
    func verdict(asked: Int64) -> Judgment {
      var made = Made.cutOff(answered: 10, asked: 11)
      var frame: UInt64 = 100
      for time in stride(from: start + 11 * second, to: start + 30 * second, by: Int(second) / 50) {
        made.state.observe(side: 0, time: time, start: start, frame: frame, silenceTimes)
        frame += 1
      }
      made.flow.hasOpaqueMedia = true
      made.flow.packets.client += 950
      made.flow.last = start + 30 * second
      var dialogue = Dialogue()
      dialogue.asker = 0
      dialogue[.server].ask(time: start, frame: 0, width: second)
      dialogue[.server].answer(time: start + 40_000_000)
      dialogue[.server].ask(time: start + asked * second / 10, frame: 200, width: second)
      made.flow.dialogue = dialogue
      var around = Made.surroundings()
      around.end = start + 30 * second
      return cut(made, around)
    }
    #expect(verdict(asked: 298).gapCode == "nothing_owed")
    #expect(verdict(asked: 200).words == "dropped cutoff")
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

  /// The peer's port was closed for a moment before it answered for ten seconds; a router's redirect came with the packet
  /// passed on.
  @Test(arguments: [(Int64(2), UInt8(3), "-"), (8, 3, "icmp_error"), (11, 3, "icmp_error"), (11, 5, "-")])
  func anErrorBeforeTheLastAnswerExplainsNoCutoff(at time: Int64, type: UInt8, gap: String) {
    var made = Made.cutOff()
    made.flow.dialogue?.take(
      errorOf: type, 3, isV6: false, from: (false, true), frame: 12, time: start + time * second)
    #expect(cut(made).gapCode == gap && cut(made).isFinding == (gap == "-"))
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
      made.state.observe(
        side: 0, time: start + time * second, start: start, frame: 100, silenceTimes)
    }
    made.flow.last = start + 39 * second
    #expect(cut(made).gapCode == "nothing_owed")
  }

  /// A NAT forgets a binding after half a minute without traffic.
  @Test func silenceAfterALongIdleTimeMayBeANAT() {
    var made = Made.cutOff(answered: 100, asked: 100, every: 50_000)
    var dialogue = made.flow.dialogue ?? Dialogue()
    for time in 150..<190 as Range<Int64> {
      made.state.observe(
        side: 0, time: start + time * second, start: start, frame: 100, silenceTimes)
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
      made.state.observe(
        side: 0, time: start + time * second, start: start, frame: 100, silenceTimes)
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
