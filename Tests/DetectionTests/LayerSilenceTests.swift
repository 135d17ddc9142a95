import Detection
import Flow
import Settings
import Testing
import Verdict
import Wire

/// Silence of one layer, and silence that ended.
@Suite struct LayerSilenceTests {
  private func judge(
    _ flow: FlowObservation, _ state: UDPState = UDPState(firstFrame: 10), _ around: Surroundings = Made.surroundings()
  ) -> Judgment {
    Detectors.judge(flow, state, Circumstances(around, thresholds))
  }

  // MARK: QUIC

  private func initials(_ milliseconds: [Int64]) -> FlowObservation {
    var flow = Made.asking([])
    var dialogue = Dialogue()
    for (index, time) in milliseconds.enumerated() {
      dialogue[.initial].ask(time: start + time * 1_000_000, frame: UInt32(index), width: second)
    }
    flow.dialogue = dialogue
    flow.packets = (UInt64(milliseconds.count), 0)
    return flow
  }

  private func connected(_ host: IPAddress = server, answered: Int64 = 10) -> Surroundings {
    var around = Made.surroundings()
    around.add(
      Neighbor(
        position: 40, client: client, server: host, port: 443, transport: .tcp,
        first: start + min(1, answered - 5) * second,
        lastAnswer: start + answered * second, trials: 1))
    return around
  }

  @Test func initialsWithoutAnswerBesideTCPToTheSameHostAreABlackholeOfQUIC() {
    let flow = initials([0, 300, 900, 2_100])
    let verdict = judge(flow, UDPState(firstFrame: 10), connected())
    #expect(verdict.words == "dropped blackhole" && verdict.scope == .quic && verdict.grade == .consistent)
    #expect(verdict.alternatives.map { "\($0)" }.contains("server-without-quic"))
    #expect(judge(flow).gapCode == "no_control", "no TCP to that host")
    #expect(judge(flow, UDPState(firstFrame: 10), connected(other)).gapCode == "no_control")
    #expect(!judge(initials([0, 300]), UDPState(firstFrame: 10), connected()).isFinding)
    #expect(!judge(initials([0, 300, 900]), UDPState(firstFrame: 10), connected()).isFinding, "under a second")
    #expect(
      judge(flow, UDPState(firstFrame: 10), connected(answered: -3)).gapCode == "no_control", "it had died before")
    var short = connected()
    short.end = start + 2 * second
    #expect(judge(flow, UDPState(firstFrame: 10), short).gapCode == "too_short")
    let lossy = Made.surroundings(drops: 1)
    #expect(!judge(flow, UDPState(firstFrame: 10), lossy).isFinding)
  }

  /// What is larger than any path has to carry may be too large for this one, towards every server.
  @Test func largeInitialsMayBeTooLargeForThePath() {
    func verdict(_ bytes: UInt32, isTold: Bool = false) -> Judgment {
      var flow = initials([0, 300, 900, 2_100])
      flow.dialogue?.noteHello(bytes: bytes)
      if isTold {
        flow.dialogue?.take(errorOf: 3, 4, isV6: false, from: (false, false), frame: 3, time: start + 1)
      }
      return judge(flow, UDPState(firstFrame: 10), connected())
    }
    func names(_ verdict: Judgment) -> [String] { verdict.alternatives.map { "\($0)" } }
    #expect(verdict(1_385).isFinding && names(verdict(1_385)).contains("path-mtu"))
    #expect(verdict(1_280).isFinding && !names(verdict(1_280)).contains("path-mtu"))
    #expect(verdict(1_385, isTold: true).gapCode == "path_mtu")
    #expect(verdict(1_280, isTold: true).isFinding, "something else was too large")
  }

  /// All that one side sent was of the handshake (long headers), for seconds: nothing shows that it was finished.
  @Test(arguments: [(UInt32(6), 6.0, true), (6, 2.0, false), (2, 6.0, false)])
  func aQUICHandshakeThatIsRepeatedForSecondsIsNotSound(count: UInt32, span: Double, isStuck: Bool) {
    func verdict(_ shortHeaders: UInt64, side: Int) -> Judgment {
      var flow = initials([0])
      flow.dialogue?[.initial].answer(time: start + 30_000_000)
      flow.dialogue?.longHeaders[side] = count
      flow.dialogue?.noteHandshake(side: side, time: start)
      flow.dialogue?.noteHandshake(side: side, time: start + Int64(span * 1e9))
      flow.packets = (40, 40)
      let all = UInt64(count) + shortHeaders
      if side == 0 { flow.packets.client = all } else { flow.packets.server = all }
      return judge(flow)
    }
    for side in 0..<2 {
      #expect((verdict(0, side: side).gapCode == "handshake_unfinished") == isStuck)
      #expect(verdict(1, side: side).outcome == .ok, "a short header behind them")
    }
  }

  /// A QUIC connection of 20 packets each way, the server's last at 2 s, and what the client sent then, ms.
  private func connection(_ later: [Int64], isBeyond: (Bool, Bool) = (true, true)) -> (FlowObservation, UDPState) {
    var flow = Made.asking([])
    var state = UDPState(firstFrame: 10)
    var dialogue = Dialogue()
    dialogue[.initial].ask(time: start, frame: 0, width: second)
    dialogue[.initial].answer(time: start + 30_000_000)
    for side in 0..<2 { dialogue.longHeaders[side] = (side == 0 ? isBeyond.0 : isBeyond.1) ? 3 : 60 }
    var frame: UInt64 = 10
    func at(_ milliseconds: Int64, _ side: Int) {
      state.observe(
        side: side, time: start + milliseconds * 1_000_000, start: start, frame: frame, silenceTimes
      )
      frame += 1
    }
    for round in 0..<20 as Range<Int64> {
      at(round * 105, 0)
      at(round * 105 + 5, 1)
    }
    for time in later { at(time, 0) }
    flow.dialogue = dialogue
    flow.isServerRole = false
    flow.serverPort = 443
    flow.packets = (UInt64(20 + later.count), 20)
    let mine = state.sides[0]
    flow.last = mine.last
    flow.unheard = (mine.runStart, mine.runBins, mine.longestGap)
    return (flow, state)
  }

  private func judge(_ made: (FlowObservation, UDPState)) -> Judgment { judge(made.0, made.1) }

  /// Probes at pauses that double, from the server's last packet on, or after a pause behind an acknowledgment.
  @Test func aQUICConnectionWhoseProbesAreNotAnsweredIsCutOff() {
    let probes: [Int64] = [2_020, 2_300, 2_900, 4_100, 6_500, 11_300]
    let verdict = judge(connection(probes))
    #expect(verdict.words == "dropped cutoff" && verdict.grade == .consistent)
    #expect(verdict.evidence.contains { "\($0.code)" == "quic_unanswered" })
    #expect(verdict.alternatives.map { "\($0)" } == ["server-down", "routing", "nat-expiry"])
    let later = judge(connection([2_020] + probes.map { $0 + 20_000 }))
    #expect(later.words == "dropped cutoff" && later.window?.first == start + 22_020 * 1_000_000)
  }

  /// Three connections in a row that fall silent after as many packets: of a few behind the handshake that is its next step, which a
  /// load balancer may lose.
  @Test(arguments: [true, false]) func aHandshakesEndIsNoConstantCount(isYoung: Bool) {
    var flows: [(FlowObservation, UDPState)] = []
    for number in 0..<3 as Range<Int64> {
      var made = connection([2_020, 2_300, 2_900, 4_100, 6_500, 11_300])
      let shift = number * 20 * second
      made.0.clientPort = UInt16(50_000 + number)
      made.0.firstFrame += UInt64(number) * 100
      if isYoung { made.0.packets = (16, 10) }
      made.0.first += shift
      made.0.last += shift
      made.0.unheard.since += shift
      var state = UDPState(firstFrame: made.0.firstFrame)
      for (side, last) in [(0, Int64(1_995)), (1, 2_000)] {
        for time in [0, last] {
          state.observe(
            side: side, time: start + shift + time * 1_000_000, start: start + shift, frame: made.0.firstFrame,
            silenceTimes)
        }
      }
      for time in [2_020, 2_300, 2_900, 4_100, 6_500, 11_300] as [Int64] {
        state.observe(
          side: 0, time: start + shift + time * 1_000_000, start: start + shift, frame: made.0.firstFrame,
          silenceTimes)
      }
      flows.append((made.0, state))
    }
    let around = Made.surroundings()
    var replication = Replication()
    for flow in flows {
      let alone = Detectors.judge(flow.0, flow.1, Circumstances(around, thresholds))
      replication.note(alone, of: flow.0, over: .udp)
    }
    replication.close()
    let verdicts = flows.map { Detectors.judge($0.0, $0.1, Circumstances(around, thresholds, replication)) }
    for verdict in verdicts {
      #expect(verdict.words == "dropped freeze")
      #expect(verdict.evidence.contains { "\($0.code)" == "u6_constant_count" } != isYoung)
      #expect(verdict.alternatives.contains { "\($0)" == "load-balancer" } == isYoung)
    }
  }

  /// Acknowledgments that go on as before: what they acknowledge came, and the capture lacks it.
  @Test(arguments: [50, 300, 900] as [Int64]) func aQUICClientThatSendsOnAsBeforeHasAnswers(pace: Int64) {
    let verdict = judge(connection((0..<(20_000 / pace)).map { 2_020 + $0 * pace }))
    #expect(verdict.gapCode == "one_direction" && !verdict.isFinding)
  }

  /// Bursts of acknowledgments with a long pause between them, as of who opens a page now and then: more and smaller than probes.
  @Test(arguments: [60, 400] as [UInt64]) func burstsOfAcknowledgmentsAreNoProbes(size: UInt64) {
    let bursts = [0, 1_200, 9_000, 18_500].flatMap { begin in (0..<12).map { 2_020 + begin + Int64($0) * 30 } }
    var made = connection(bursts)
    made.0.unheardPackets = UInt64(bursts.count)
    made.0.bytes = (made.0.packets.client * size, 40_000)
    #expect((judge(made).gapCode == "one_direction") == (size == 60))
    #expect(judge(made).isFinding == (size == 400), "as much data is asked for")
  }

  /// Its twins: too short, an acknowledgment and one request after a pause, a pause that a NAT may not survive, a handshake
  /// that was never finished, a line that was away, a capture that dropped packets.
  @Test func silenceOfQUICThatProvesNothing() {
    #expect(judge(connection([2_020, 2_300, 2_900, 4_100, 6_500])).gapCode == "too_short")
    #expect(judge(connection([2_020, 2_300, 2_900, 4_100])).outcome == .ok)
    #expect(judge(connection([2_020, 11_000, 11_300])).outcome == .ok, "some 300 ms asked")
    let idle: [Int64] = [2_020, 42_000, 42_300, 42_900, 44_100, 46_500, 51_300]
    #expect(!judge(connection(idle)).isFinding && judge(connection(idle)).outcome != .ok)
    let probes: [Int64] = [2_020, 2_300, 2_900, 4_100, 6_500, 11_300]
    #expect(!judge(connection(probes, isBeyond: (false, true))).isFinding)
    #expect(!judge(connection(probes, isBeyond: (true, false))).isFinding)
    let made = connection(probes)
    #expect(judge(made.0, made.1, Made.surroundings(drops: 1)).gapCode == "capture_drops")
    var media = made
    media.0.hasOpaqueMedia = true
    #expect(!judge(media).isFinding, "media ask for nothing")
  }

  // MARK: DTLS

  private struct Handshake {
    var hellos: [Int64] = [0, 50, 150, 350, 750, 1_550, 3_150, 6_350]
    var greeter: UInt8 = 0
    var answered = false
    var sealed = false
    var checkedUntil: Int64 = 8_000
    var hangUp = Int64.max
    /// HelloVerifyRequests of a side, at these times.
    var verified: (side: Int, times: [Int64]) = (1, [])
    var bytes: UInt32 = 300
    var isTold = false
  }

  private func handshake(_ made: Handshake) -> Judgment {
    var flow = Made.asking([])
    flow.isServerRole = false
    flow.isPeerPath = true
    flow.packets = (30, 20)
    var dialogue = Dialogue()
    dialogue.greeter = made.greeter
    for (index, time) in made.hellos.enumerated() {
      dialogue[.clientHello].ask(time: start + time * 1_000_000, frame: UInt32(index), width: second)
      if made.answered { dialogue[.clientHello].answer(time: start + (time + 10) * 1_000_000) }
      dialogue.noteHandshake(side: Int(made.greeter), time: start + time * 1_000_000)
      dialogue.noteHello(bytes: made.bytes)
    }
    for time in made.verified.times {
      dialogue.verifyRequests[made.verified.side] += 1
      dialogue.noteHandshake(side: made.verified.side, time: start + time * 1_000_000)
    }
    if made.isTold { dialogue.take(errorOf: 2, 0, isV6: true, from: (false, false), frame: 4, time: start) }
    for time in stride(from: 0, through: made.checkedUntil, by: 500) {
      dialogue[.checkBySide0].ask(time: start + time * 1_000_000, frame: 1, width: second)
      dialogue[.checkBySide0].answer(time: start + (time + 40) * 1_000_000)
    }
    if made.sealed { dialogue.sealedRecords = [4, 4] }
    dialogue.hangUp = made.hangUp
    flow.dialogue = dialogue
    return judge(flow)
  }

  @Test func aClientHelloWithoutAnswerOnALivingPathIsABlackholeOfDTLS() {
    let verdict = handshake(Handshake())
    #expect(verdict.words == "dropped blackhole" && verdict.scope == .dtls && verdict.direction == .down)
    #expect(verdict.alternatives.map { "\($0)" }.contains("peer-application"))
    #expect(!handshake(Handshake(answered: true)).isFinding)
    #expect(!handshake(Handshake(hellos: [0, 50, 150, 350])).isFinding, "under three seconds")
    #expect(!handshake(Handshake(checkedUntil: 500)).isFinding, "the path died as well")
    #expect(!handshake(Handshake(sealed: true)).isFinding)
    #expect(!handshake(Handshake(hangUp: start)).isFinding)
  }

  /// RFC 6347 section 4.2.1: whoever sends a cookie has kept nothing; the handshake begins with the hello that brings it back.
  @Test func aHelloVerifyRequestIsNoAnswer() {
    let hellos: [Int64] = [0, 30, 1_030, 3_030, 7_030, 15_030]
    let verdict = handshake(Handshake(hellos: hellos, checkedUntil: 16_000, verified: (1, [30])))
    #expect(verdict.words == "dropped blackhole" && verdict.scope == .dtls && verdict.direction == .down)
    #expect(verdict.alternatives.map { "\($0)" } == ["peer-application", "path-mtu"], "what passed was small")
    // A peer that goes on to ask for cookies hears and is heard: its client is at fault.
    let asked = handshake(
      Handshake(hellos: hellos, checkedUntil: 16_000, verified: (1, hellos.map { $0 + 20 })))
    #expect(asked.gapCode == "handshake_unfinished")
  }

  @Test func aPeerThatIsSentCookieAfterCookieHearsNothing() {
    let hellos: [Int64] = [0, 1_000, 3_000, 7_000, 15_000]
    func verdict(_ cookies: [Int64]) -> Judgment {
      handshake(Handshake(hellos: hellos, greeter: 1, checkedUntil: 16_000, verified: (0, cookies)))
    }
    #expect(verdict(hellos).words == "dropped blackhole" && verdict(hellos).direction == .up)
    #expect(verdict([0]).gapCode == "handshake_unfinished", "the client did not answer what followed")
  }

  /// Checks and handshake messages go both ways, and it never ends: what is wrong is not told, and it is not `ok`.
  @Test func aHandshakeThatIsNotFinishedIsNotSound() {
    #expect(handshake(Handshake(answered: true)).gapCode == "handshake_unfinished")
    #expect(handshake(Handshake(answered: true, sealed: true)).outcome == .ok)
    #expect(handshake(Handshake(hellos: [0, 1_000], answered: true)).outcome == .ok, "it may still be finished")
    let refused = Handshake(answered: true, hangUp: start + second)
    #expect(handshake(refused).outcome == .ok, "somebody said so")
  }

  @Test func aLargeHelloMayBeTooLargeForThePath() {
    func names(_ verdict: Judgment) -> [String] { verdict.alternatives.map { "\($0)" } }
    #expect(names(handshake(Handshake())) == ["peer-application"])
    #expect(names(handshake(Handshake(bytes: 1_408))) == ["peer-application", "path-mtu"])
    #expect(handshake(Handshake(bytes: 1_408, isTold: true)).gapCode == "path_mtu")
    #expect(handshake(Handshake(isTold: true)).isFinding, "something else was too large")
  }

  @Test func aPeerThatRepeatsItsHelloToAClientThatAnswersHearsNothing() {
    let verdict = handshake(Handshake(greeter: 1, answered: true))
    #expect(verdict.words == "dropped blackhole" && verdict.scope == .dtls && verdict.direction == .up)
    #expect(!handshake(Handshake(greeter: 1)).isFinding, "a client that does not answer")
    #expect(!handshake(Handshake(hellos: [0, 1_000], greeter: 1, answered: true)).isFinding)
  }

  // MARK: One way

  /// A peer that was checked every 5 s, `fates` saying what was answered; it goes on sending until the 50th second.
  private func oneWay(
    _ fates: [Bool], until last: Int64 = 50, growth: Double = 0, _ around: Surroundings = Made.surroundings()
  ) -> Judgment {
    var flow = Made.asking([])
    flow.isServerRole = false
    flow.isPeerPath = true
    flow.packets = (600, 600)
    flow.roundTripGrowth = growth
    var dialogue = Dialogue()
    var state = UDPState(firstFrame: 10)
    for time in 0..<last {
      for side in 0..<2 {
        state.observe(
          side: side, time: start + time * second, start: start, frame: 11, silenceTimes)
      }
    }
    for (number, isAnswered) in fates.enumerated() {
      let time = start + Int64(number) * 5 * second
      dialogue[.checkBySide0].ask(time: time, frame: UInt32(number), width: second)
      if isAnswered { dialogue[.checkBySide0].answer(time: time + 40_000_000) }
    }
    flow.dialogue = dialogue
    return judge(flow, state, around)
  }

  /// At the edge of a radio cell the client hears and is not heard: whomever it asks, nobody answers.
  @Test(arguments: [(Int64(10), "no_control"), (60, "-")])
  func aLineThatCarriesNothingUpIsNoFilter(answered: Int64, gap: String) {
    var around = Made.surroundings(control: false)
    around.add(
      Neighbor(
        position: 1, client: client, server: other, port: 443, transport: .tcp, first: start,
        lastAnswer: start + answered * second, lastSent: start + 40 * second, trials: 1, longestGap: 3 * second))
    let verdict = oneWay([true, true, true] + [Bool](repeating: false, count: 6), around)
    #expect(verdict.gapCode == gap)
    #expect(verdict.isFinding == (gap == "-"), "\(verdict.reason)")
  }

  /// A relay that answers no request of its own and goes on to forward checks that the peer answers: the way up is open.
  @Test(arguments: [(Int64(40), false), (10, true)])
  func aRelayThatForwardsChecksWasReached(checkedUntil: Int64, isFinding: Bool) {
    var flow = Made.asking([])
    flow.packets = (600, 600)
    flow.hasOpaqueMedia = true
    var dialogue = Dialogue()
    dialogue.asker = 0
    var state = UDPState(firstFrame: 10)
    for number in 0..<50 as Range<Int64> {
      let time = start + number * second
      for side in 0..<2 {
        state.observe(side: side, time: time, start: start, frame: 11, silenceTimes)
      }
      if number % 4 == 0 {
        dialogue[.server].ask(time: time, frame: UInt32(number), width: second)
        if number < 12 { dialogue[.server].answer(time: time + 40_000_000) }
      }
      if number < checkedUntil {
        dialogue[.checkBySide0].ask(time: time, frame: UInt32(number), width: second)
        dialogue[.checkBySide0].answer(time: time + 40_000_000)
      }
    }
    flow.dialogue = dialogue
    let verdict = judge(flow, state)
    #expect(verdict.isFinding == isFinding && (verdict.gapCode == "relay_busy") == !isFinding)
  }

  @Test func checksThatAreAnsweredNoMoreWhileThePeerSendsAreOneWay() {
    let verdict = oneWay([true, true, true] + [Bool](repeating: false, count: 6))
    #expect(verdict.words == "dropped one-way" && verdict.direction == .up)
  }

  /// Behind a policer of what the client sent, which lost half of it, one check of three and then six in a row went
  /// unanswered.
  @Test func aRowOfLostChecksAfterOthersThatWereLostMayBeChance() {
    #expect(!oneWay([true, false, true] + [Bool](repeating: false, count: 6)).isFinding)
    #expect(oneWay([true, false, true] + [Bool](repeating: false, count: 7)).isFinding, "seven of .4 each")
    #expect(!oneWay([true] + [Bool](repeating: false, count: 5)).isFinding)
  }

  /// RFC 7675: a peer whose own checks are answered no more stops within 30 s. Behind a policer whose bucket is empty media
  /// pass now and then and hardly ever a check.
  @Test func aPeerThatGoesOnForLongerHasBeenAnswered() {
    let fates = [true, true, true] + [Bool](repeating: false, count: 6)
    #expect(oneWay(fates, until: 50).isFinding)
    let verdict = oneWay(fates, until: 60)
    #expect(verdict.gapCode == "peer_consents" && !verdict.isFinding)
  }

  /// A shaper of 33 kbit/s with a queue of 3,000 bytes let two checks through 700 ms late, and lost the next four.
  @Test func checksBehindAFullQueueAreNoSilence() {
    let fates = [true, true, true] + [Bool](repeating: false, count: 6)
    #expect(oneWay(fates, growth: 49).isFinding)
    #expect(oneWay(fates, growth: 50).gapCode == "queue_before_silence")
  }

  // MARK: Silence that ended

  /// A relay with media that answered a request a second but for `silent` seconds from 10 s on.
  private func paused(_ silent: Int64, media: Bool = true) -> (flow: FlowObservation, state: UDPState) {
    var flow = Made.asking([])
    var dialogue = Dialogue()
    dialogue.asker = 0
    var state = UDPState(firstFrame: 10)
    var frame: UInt64 = 10
    for time in 0..<40 as Range<Int64> {
      let at = start + time * second
      dialogue[.server].ask(time: at, frame: UInt32(frame - 10), width: second)
      state.observe(side: 0, time: at, start: start, frame: frame, silenceTimes)
      frame += 1
      guard time < 10 || time >= 10 + silent else { continue }
      dialogue[.server].answer(time: at + 40_000_000)
      state.observe(side: 1, time: at + 40_000_000, start: start, frame: frame, silenceTimes)
      frame += 1
    }
    flow.packets = (40, UInt64(40 - silent))
    flow.last = start + 39 * second
    flow.dialogue = dialogue
    flow.hasOpaqueMedia = media
    return (flow, state)
  }

  /// Another server's flow of the same client.
  private func beside(from first: Int64, to last: Int64, gap: Int64 = .max) -> Surroundings {
    var around = Surroundings(drops: 0)
    around.add(
      Neighbor(
        position: 3, client: client, server: other, port: 53, transport: .udp, first: start + first * second,
        lastAnswer: start + last * second, trials: 1, longestGap: gap))
    return around
  }

  @Test func aSilenceThatEndedIsAFindingWhereSomethingElseArrived() {
    let (flow, state) = paused(6)
    let verdict = judge(flow, state, beside(from: 12, to: 13))
    #expect(verdict.words == "dropped cutoff")
    #expect(verdict.window == TimeWindow(first: start + 10 * second, last: start + 15 * second))
    #expect(judge(flow, state, beside(from: 0, to: 39, gap: second)).isFinding)
    // All flows may have stalled together.
    #expect(judge(flow, state, beside(from: 0, to: 39)).gapCode == "no_control")
    #expect(judge(flow, state, beside(from: 0, to: 39, gap: 6 * second)).gapCode == "no_control")
    #expect(judge(flow, state, beside(from: 20, to: 21)).gapCode == "no_control")
    // What was under way when it began still arrives.
    #expect(judge(flow, state, beside(from: 10, to: 10)).gapCode == "no_control")
    // A router whose line is dead answers ARP, and questions of names.
    var around = Surroundings(drops: 0)
    around.linkAlive = [LinkReply(time: start + 12 * second, target: client)]
    around.add(
      Neighbor(
        position: 3, client: client, server: IPAddress(v4: 0xC0A8_0101), port: 53, transport: .udp,
        first: start + 12 * second, lastAnswer: start + 13 * second, trials: 1))
    #expect(judge(flow, state, around).gapCode == "no_control")
  }

  @Test func aShortSilenceOrOneWithoutMediaIsNone() {
    let short = paused(2)
    #expect(!judge(short.flow, short.state, beside(from: 11, to: 12)).isFinding)
    let bare = paused(6, media: false)
    #expect(!judge(bare.flow, bare.state, beside(from: 12, to: 13)).isFinding)
  }
}
