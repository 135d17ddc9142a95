import Flow
import Settings
import Synth
import Testing
import Wire

/// Who asked, who answered and who went on speaking to silence.
@Suite struct DialogueTests {
  // MARK: Runs of a UDP flow

  private func fed(_ events: [(side: Int, milliseconds: Int64)]) -> UDPState {
    var state = UDPState(firstFrame: 100)
    for (index, event) in events.enumerated() {
      state.observe(
        side: event.side, time: event.milliseconds * millisecond, start: events[0].milliseconds * millisecond,
        frame: 100 + UInt64(index), SilenceTimes(Thresholds().silence))
    }
    return state
  }

  /// Behind 30 s of nothing whoever kept state for the flow may be gone: what went before was no more than a few packets.
  @Test func aShortRunBeginsAnewBehindALongPause() {
    let idle = fed([(0, 0), (1, 20), (0, 100), (0, 4_000), (0, 64_000), (0, 65_000)])
    #expect(idle.sides[0].run == 2 && idle.sides[0].runStart == 64_000 * millisecond && idle.sides[0].runBins == 2)
    let brief = fed([(0, 0), (1, 20), (0, 100), (0, 4_000), (0, 33_000), (0, 34_000)])
    #expect(brief.sides[0].run == 4)
    // One that was long enough to count before the pause stands.
    let long = fed([(0, 0), (1, 20), (0, 100), (0, 9_000), (0, 69_000)])
    #expect(long.sides[0].run == 3 && long.sides[0].runStart == 100 * millisecond)
    // An earlier wait as long changes nothing.
    let waited = fed([(0, 0), (1, 10), (1, 60_000), (0, 60_010), (1, 60_020), (0, 60_100), (0, 100_000)])
    #expect(waited.sides[0].run == 1)
  }

  @Test func aRunIsWhatOneSideSaysToSilence() {
    let state = fed([(0, 0), (1, 20), (0, 1_000), (0, 1_400), (0, 2_100), (0, 7_000)])
    #expect(state.sides[0].run == 4)
    #expect(state.sides[0].runStart == 1_000 * millisecond)
    #expect(state.sides[0].runFrame == 2)
    #expect(state.sides[0].runBins == 3)  // 0, 1 and 6 s after its start
    #expect(state.sides[0].longestGap == 4_900 * millisecond)
    #expect(state.sides[1].run == 0 && state.sides[1].last == 20 * millisecond)
  }

  @Test func anAnswerEndsTheRun() {
    let state = fed([(0, 0), (0, 1_100), (0, 2_200), (1, 2_300), (0, 3_000), (0, 4_100), (1, 4_200), (0, 5_000)])
    #expect(state.sides[0].run == 1 && state.sides[0].runBins == 1)
  }

  @Test func exchangesAreBinsAndNotPackets() {
    // Twenty answers within a second are one bin.
    var events: [(side: Int, milliseconds: Int64)] = []
    for index in 0..<20 { events += [(0, Int64(index) * 40), (1, Int64(index) * 40 + 20)] }
    #expect(fed(events).exchangeBins(by: 1) == 1)
    #expect(fed([(0, 0), (1, 30), (0, 5_000), (1, 5_030), (0, 9_000), (1, 9_030)]).exchangeBins(by: 1) == 3)
    #expect(fed([(0, 0), (0, 1_000), (0, 2_000)]).exchangeBins(by: 1) == 0)
    // The next request follows an answer, and is none: a request and its answer may lie in two bins.
    let across = fed([(0, 0), (1, 30), (0, 4_990), (1, 5_030), (0, 9_990), (1, 10_030)])
    #expect(across.exchangeBins(by: 1) == 3 && across.exchangeBins(by: 0) == 2)
  }

  /// A verdict must not depend on where the clock's whole seconds lie.
  @Test func exchangesAreCountedFromTheFlowsOwnTime() {
    let events: [(side: Int, milliseconds: Int64)] = [(0, 0), (1, 30), (0, 900), (1, 930), (0, 1_900), (1, 1_930)]
    let counts = [Int64(0), 250, 500, 750].map { shift in
      fed(events.map { ($0.side, $0.milliseconds + shift) }).exchangeBins(by: 1)
    }
    #expect(Set(counts).count == 1, "\(counts)")
  }

  // MARK: Requests

  private func tally(_ milliseconds: [Int64]) -> RequestTally {
    var tally = RequestTally()
    for (index, time) in milliseconds.enumerated() {
      tally.ask(time: time * millisecond, frame: UInt32(index), width: second)
    }
    return tally
  }

  /// METHOD.md M2.3 step 1.
  @Test func ninetyHellosAreFortyFiveTrials() {
    let hellos = tally((0..<90).map { $0 * 500 })
    #expect(hellos.asked == 90 && hellos.bins == 45 && hellos.runBins == 45 && hellos.answered == 0)
    #expect(hellos.last - hellos.first == 44_500 * millisecond)
  }

  @Test func aLadderOfNineSendsIsSevenSeconds() {
    let ladder = tally([0, 250, 750, 1_750, 3_750, 7_750, 15_750, 23_750, 31_750])
    #expect(ladder.asked == 9 && ladder.bins == 7)
    #expect(ladder.unansweredFrames(from: 1_000) == (0..<8).map { 1_000 + $0 } + [1_008])
    // RFC 8489: seven sends in seven seconds' bins, but the first two share one.
    #expect(tally([0, 500, 1_500, 3_500, 7_500, 15_500, 31_500]).bins == 6)
  }

  @Test func anAnswerEndsARunOfRequests() {
    var tally = tally([0, 2_000])
    tally.answer(time: 2_030 * millisecond)
    #expect(tally.run == 0 && tally.answered == 1 && tally.lastAnswer == 2_030 * millisecond)
    tally.ask(time: 2_500 * millisecond, frame: 9, width: second)
    tally.ask(time: 9_000 * millisecond, frame: 12, width: second)
    #expect(tally.run == 2 && tally.runBins == 2 && tally.runStart == 2_500 * millisecond)
    #expect(tally.unansweredFrames(from: 0) == [9, 12])
    #expect(tally.asked == 4)
    #expect(tally.bins >= 3)
  }

  // MARK: STUN

  private static func transaction(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number, count: 12) }

  /// Where the dialogues of a test keep their round trips.
  private final class Trips {
    var lists = RoundTripLists()
  }
  private let trips = Trips()

  private func observe(_ dialogue: inout Dialogue, _ bytes: [UInt8], side: UInt8, _ milliseconds: Int64) {
    guard let message = Wire.STUNMessage(bytes.span, wireLength: bytes.count), message.isSTUN else {
      Issue.record("the message that was made is STUN")
      return
    }
    dialogue.observe(
      message, side: side, time: milliseconds * millisecond, frame: UInt32(milliseconds), bin: second, &trips.lists)
  }

  /// A filter's notices count for themselves, and are kept before and behind what a host says of its own port.
  @Test(arguments: [false, true]) func aFiltersNoticesAreCountedApart(_ isOwnFirst: Bool) {
    var dialogue = Dialogue()
    func own(_ frame: UInt64) {
      dialogue.take(errorOf: 3, 3, isV6: false, from: (true, true), frame: frame, time: Int64(frame))
    }
    if isOwnFirst { own(1) }
    for frame in 2...5 as ClosedRange<UInt64> {
      dialogue.take(errorOf: 3, 13, isV6: false, from: (false, false), frame: frame, time: Int64(frame))
    }
    for frame in 6...9 as ClosedRange<UInt64> { own(frame) }
    dialogue.take(errorOf: 3, 9, isV6: false, from: (false, false), frame: 10, time: 10)
    #expect(dialogue.isProhibited && dialogue.icmpNotices == 4)
    #expect(dialogue.icmpType == 3 && dialogue.icmpCode == 13 && dialogue.icmpFrame == 2)
    #expect(dialogue.icmpErrors == (isOwnFirst ? 10 : 9))
  }

  /// A redirect comes with the packet passed on, a quench is obsolete, and what is too large for a path says so of its size.
  @Test(arguments: [(UInt8(5), UInt8(1), false), (4, 0, false), (3, 4, false), (2, 0, true)])
  func whatSaysNothingOfArrivalIsNoError(type: UInt8, code: UInt8, isV6: Bool) {
    var dialogue = Dialogue()
    dialogue.take(errorOf: type, code, isV6: isV6, from: (false, false), frame: 2, time: 5)
    #expect(dialogue.icmpErrors == 0 && !dialogue.hasError(after: .min, margin: 0))
    #expect(dialogue.isTooLarge == (type < 4))
    // ICMPv6 counts otherwise: its 3 is time exceeded, its 4 a parameter problem.
    dialogue.take(errorOf: isV6 ? 4 : 3, 3, isV6: isV6, from: (false, true), frame: 9, time: 70)
    #expect(dialogue.icmpErrors == 1 && dialogue.icmpFrame == 9)
  }

  @Test func anErrorThatAnswersOutliveExplainsNothing() {
    var dialogue = Dialogue()
    dialogue.take(errorOf: 3, 3, isV6: false, from: (false, true), frame: 2, time: 20)
    #expect(dialogue.hasError(after: .min, margin: 30) && dialogue.hasError(after: 49, margin: 30))
    #expect(!dialogue.hasError(after: 50, margin: 30))
    dialogue.take(errorOf: 3, 3, isV6: false, from: (false, true), frame: 7, time: 60)
    #expect(dialogue.hasError(after: 50, margin: 30), "another came since")
  }

  /// aiortc's own socket was closed for 18 s, as its host said to every packet, when the peer's alert came.
  @Test func whoWasGoneWasNotHungUpOn() {
    var dialogue = Dialogue()
    dialogue.noteHangUp(side: 1, time: 100)
    #expect(!dialogue.hadGone(1, reaction: 30))
    dialogue.icmpErrors = 1
    dialogue.icmpFromEnd = true
    dialogue.icmpFromSide0 = true
    dialogue.icmpTime = 50
    #expect(dialogue.hadGone(1, reaction: 30) && !dialogue.hadGone(0, reaction: 30))
    #expect(!dialogue.hadGone(2, reaction: 30))
    #expect(!dialogue.hadGone(1, reaction: 60), "both hung up at once")
    dialogue.icmpTime = 150
    #expect(!dialogue.hadGone(1, reaction: 30), "a late error behind the hang-up")
    dialogue.icmpTime = 50
    dialogue.icmpFromEnd = false
    #expect(!dialogue.hadGone(1, reaction: 30), "a router's error")
  }

  @Test func roundTripsOfEitherSideAreKeptApartAndMoveWithTheirFlow() {
    var dialogue = Dialogue()
    for (number, side) in [UInt8(0), 1, 0].enumerated() {
      let at = Int64(number) * 1_000
      let request = Synth.STUNMessage.binding(transaction: Self.transaction(UInt8(number)))
      observe(&dialogue, request, side: side, at)
      let answer = Synth.STUNMessage.bindingAnswer(to: request, mapped: SocketAddress("192.0.2.1", 9))
      observe(&dialogue, answer, side: 1 - side, at + 40 + Int64(number))
    }
    #expect(trips.lists[dialogue.roundTrips[0]].samples.map(\.milliseconds) == [40, 42])
    #expect(trips.lists[dialogue.roundTrips[1]].samples.map(\.milliseconds) == [41])
    var fresh = RoundTripLists()
    _ = fresh.append(RoundTrips())
    dialogue.adoptRoundTrips(of: trips.lists, into: &fresh)
    #expect(fresh[dialogue.roundTrips[0]].samples.map(\.time) == [0, 2_000 * millisecond])
    #expect(fresh[dialogue.roundTrips[1]].samples.map(\.milliseconds) == [41])
  }

  /// Telegram's reflectors answer every hello alike.
  @Test func anAnswerThatNamesNoRequestIsTheRoundTripOfTheOnlyOne() throws {
    var dialogue = Dialogue()
    dialogue.asker = 0
    func ask(_ milliseconds: Int64) { dialogue[.server].ask(time: milliseconds * millisecond, frame: 1, width: second) }
    func answer(_ milliseconds: Int64) { dialogue.answerUnnamed(time: milliseconds * millisecond, &trips.lists) }
    ask(0)
    answer(213)
    ask(10_000)
    answer(10_750)
    // Two wait, and then none.
    ask(20_000)
    ask(20_500)
    answer(20_700)
    answer(20_900)
    let list = trips.lists[dialogue.roundTrips[0]]
    #expect(list.samples.map(\.milliseconds) == [213, 750] && list.growth == 537)
    #expect(dialogue.roundTrips[1] == FlowState.none && dialogue[.server].answered == 4)
  }

  /// What a peer asks as a client asks a server, without a user name, is its own: its silence is not the server's.
  @Test func requestsOfEitherSideAreKeptApart() {
    var dialogue = Dialogue()
    for number in 0..<9 as Range<UInt8> {
      let request = Synth.STUNMessage.binding(transaction: Self.transaction(number))
      observe(&dialogue, request, side: number % 2, Int64(number) * 1_000)
      // Side 1 answers side 0, whose program is gone for the others.
      guard number % 2 == 0 else { continue }
      observe(
        &dialogue, Synth.STUNMessage.bindingAnswer(to: request, mapped: SocketAddress("192.0.2.1", 9)), side: 1,
        Int64(number) * 1_000 + 40)
    }
    #expect(dialogue.asker == 0)
    #expect(dialogue[.server].asked == 5 && dialogue[.server].answered == 5 && dialogue[.server].run == 0)
    #expect(dialogue[.checkBySide1].asked == 4 && dialogue[.checkBySide1].run == 4)
    let late = Synth.STUNMessage.binding(transaction: Self.transaction(7))
    observe(&dialogue, Synth.STUNMessage.bindingAnswer(to: late, mapped: SocketAddress("192.0.2.1", 9)), side: 0, 9_500)
    #expect(dialogue[.server].answered == 5 && dialogue[.checkBySide1].run == 0)
  }

  /// The evidence of a silence that ended is what was asked in it.
  @Test func theFramesOfAPauseAreThoseOfItsRequests() {
    var tally = tally([0])
    tally.answer(time: 40 * millisecond)
    for (frame, time) in [(UInt32(5), Int64(1_000)), (7, 2_000), (9, 4_000), (11, 6_000)] {
      tally.ask(time: time * millisecond, frame: frame, width: second)
    }
    #expect(tally.pauseFrames(from: 10).isEmpty)
    tally.answer(time: 6_040 * millisecond)
    #expect(tally.pauseFrames(from: 10) == [15, 19])
    for index in 0..<12 as Range<UInt32> {
      tally.ask(time: (10_000 + Int64(index) * 1_000) * millisecond, frame: 20 + index, width: second)
    }
    tally.answer(time: 22_000 * millisecond)
    #expect(tally.pauseFrames(from: 0) == [20, 27], "of eight that are kept the last")
  }

  @Test func aRetransmissionIsOneTransaction() {
    var dialogue = Dialogue()
    for time: Int64 in [0, 250, 750] {
      observe(&dialogue, Synth.STUNMessage.binding(transaction: Self.transaction(1)), side: 0, time)
    }
    #expect(dialogue.requests == 3 && dialogue.retransmissions == 2 && dialogue.unanswered == 1)
    #expect(dialogue[.server].asked == 3 && dialogue.asker == 0)
    let request = Synth.STUNMessage.binding(transaction: Self.transaction(1))
    observe(
      &dialogue, Synth.STUNMessage.bindingAnswer(to: request, mapped: SocketAddress("192.0.2.1", 9)), side: 1, 790)
    #expect(dialogue.responses == 1 && dialogue.unanswered == 0 && dialogue[.server].answered == 1)
  }

  @Test func anOwnMessageAnswersNothing() {
    var dialogue = Dialogue()
    let request = Synth.STUNMessage.binding(transaction: Self.transaction(1))
    observe(&dialogue, request, side: 0, 0)
    observe(&dialogue, Synth.STUNMessage.bindingAnswer(to: request, mapped: SocketAddress("192.0.2.1", 9)), side: 0, 10)
    #expect(dialogue.unanswered == 1)
    #expect(dialogue[.server].answered == 0)
  }

  @Test func moreTransactionsThanTheRingHoldsAreStillCounted() {
    var dialogue = Dialogue()
    for number in 0..<20 as Range<UInt8> {
      observe(
        &dialogue, Synth.STUNMessage.binding(transaction: Self.transaction(number)), side: 0, Int64(number) * 1_000)
    }
    #expect(dialogue.requests == 20 && dialogue.unanswered == 20 && dialogue.retransmissions == 0)
    // An answer to one that fell out of the ring still shows that the other side is there.
    let old = Synth.STUNMessage.binding(transaction: Self.transaction(2))
    observe(&dialogue, Synth.STUNMessage.bindingAnswer(to: old, mapped: SocketAddress("192.0.2.1", 9)), side: 1, 20_500)
    #expect(dialogue[.server].answered == 1 && dialogue[.server].run == 0)
    #expect(dialogue.responses == 1)
  }

  /// Every answer that comes late, out of the ring of eight, all the same answers something: no more may stay unanswered
  /// than were asked and not answered.
  @Test func transactionsAnsweredAfterTheRingForgotThemAreNotUnanswered() {
    var dialogue = Dialogue()
    for number in 0..<12 as Range<UInt8> {
      observe(&dialogue, Synth.STUNMessage.binding(transaction: Self.transaction(number)), side: 0, Int64(number))
    }
    for number in 0..<12 as Range<UInt8> {
      let request = Synth.STUNMessage.binding(transaction: Self.transaction(number))
      observe(
        &dialogue, Synth.STUNMessage.bindingAnswer(to: request, mapped: SocketAddress("192.0.2.1", 9)), side: 1,
        30 + Int64(number))
    }
    #expect(dialogue.responses == 12)
    #expect(dialogue.unanswered == 0)
  }

  @Test func aChallengeAndASuccessAreOneErrorAndOneResponse() {
    var generator = SeededGenerator(seed: 4)
    var dialogue = Dialogue()
    let first = Synth.STUNMessage.allocate(transaction: Self.transaction(1), credentials: nil, generator: &generator)
    observe(&dialogue, first, side: 0, 0)
    observe(
      &dialogue, Synth.STUNMessage.unauthorized(to: first, realm: "example.org", nonce: [1, 2, 3, 4], software: "x"),
      side: 1, 40)
    #expect(dialogue.errors == 1 && dialogue.errorCode == 401)
    // An error response is no success response, and the count of those does not run below zero.
    #expect(dialogue.responses == 0)
    #expect(!dialogue.allocated && dialogue.unanswered == 0)
    let second = Synth.STUNMessage.allocate(
      transaction: Self.transaction(2), credentials: .init(user: "u", realm: "example.org", nonce: [1, 2, 3, 4]),
      generator: &generator)
    observe(&dialogue, second, side: 0, 41)
    observe(
      &dialogue,
      Synth.STUNMessage.success(
        to: second, relayed: SocketAddress("192.0.2.9", 1), lifetime: 600, generator: &generator),
      side: 1, 80)
    #expect(dialogue.responses == 1 && dialogue.errors == 1 && dialogue.requests == 2)
    #expect(dialogue.allocated && dialogue.unanswered == 0 && dialogue[.server].answered == 2)
  }

  @Test func anErrorWithoutItsRequestLeavesTheResponsesAtZero() {
    var generator = SeededGenerator(seed: 4)
    var dialogue = Dialogue()
    let request = Synth.STUNMessage.binding(transaction: Self.transaction(1))
    observe(
      &dialogue, Synth.STUNMessage.failure(to: request, code: 487, reason: "Role Conflict", generator: &generator),
      side: 1, 0)
    #expect(dialogue.errors == 1 && dialogue.responses == 0 && dialogue.errorCode == 487)
  }

  @Test func whatsAppPairsDoNotFollowTheClassBits() {
    var generator = SeededGenerator(seed: 6)
    var dialogue = Dialogue()
    let ping = WhatsAppMessage.ping(transaction: Self.transaction(3))
    observe(&dialogue, ping, side: 0, 0)
    #expect(dialogue.requests == 1 && dialogue.asker == 0 && dialogue.hangUp == .max)
    observe(&dialogue, WhatsAppMessage.pong(to: ping), side: 1, 30)
    #expect(dialogue.responses == 1 && dialogue.indications == 0 && dialogue[.server].answered == 1)
    let end = WhatsAppMessage.terminate(
      relay: SocketAddress("192.0.2.9", 3_478), token: [1, 2, 3, 4], transaction: Self.transaction(4),
      generator: &generator)
    observe(&dialogue, end, side: 0, 5_000)
    #expect(dialogue.hangUp == 5_000 * millisecond && dialogue.hangUpSide == 0)
  }

  @Test func checksOfBothSidesAreTalliedApart() {
    var generator = SeededGenerator(seed: 9)
    var dialogue = Dialogue()
    let names: ([UInt8], [UInt8]) = (Array("abcd".utf8), Array("efgh".utf8))
    let mine = Synth.STUNMessage.iceCheck(
      remoteName: names.0, localName: names.1, controlling: true, generator: &generator)
    let theirs = Synth.STUNMessage.iceCheck(
      remoteName: names.1, localName: names.0, controlling: false, generator: &generator)
    observe(&dialogue, mine, side: 0, 0)
    observe(&dialogue, theirs, side: 1, 5)
    #expect(dialogue.asker == 2)  // peers ask each other; nobody asked a server
    #expect(dialogue[.checkBySide0].asked == 1 && dialogue[.checkBySide1].asked == 1 && dialogue[.server].asked == 0)
    observe(
      &dialogue, Synth.STUNMessage.iceAnswer(to: mine, mapped: SocketAddress("192.0.2.1", 9), generator: &generator),
      side: 1, 30)
    #expect(dialogue.answeredChecks == 1)
    #expect(dialogue[.checkBySide0].answered == 1 && dialogue[.checkBySide1].answered == 0)
    #expect(dialogue.unanswered == 1)
  }

  @Test func aRefreshToZeroHangsUpAndALongerOneDoesNot() {
    var generator = SeededGenerator(seed: 9)
    var dialogue = Dialogue()
    let credentials = Synth.STUNMessage.Credentials(user: "u", realm: "r", nonce: [1])
    observe(
      &dialogue,
      Synth.STUNMessage.refresh(
        lifetime: 600, transaction: Self.transaction(1), credentials: credentials, generator: &generator), side: 0, 0)
    #expect(dialogue.hangUp == .max)
    observe(
      &dialogue,
      Synth.STUNMessage.refresh(
        lifetime: 0, transaction: Self.transaction(2), credentials: credentials, generator: &generator), side: 0, 9)
    #expect(dialogue.hangUp == 9 * millisecond && dialogue.hangUpSide == 0)
    // The first sign counts.
    dialogue.noteHangUp(side: 1, time: 50 * millisecond)
    #expect(dialogue.hangUpSide == 0)
    dialogue.noteHangUp(side: 1, time: 1)
    #expect(dialogue.hangUpSide == 1)
  }

  @Test func aHangUpWhoseSideGoesOnIsTakenBack() {
    func settled(_ signs: [(UInt8, Int64)], _ lastMedia: (Int64, Int64)) -> Int64 {
      var dialogue = Dialogue()
      for (side, time) in signs { dialogue.noteHangUp(side: side, time: time * second) }
      dialogue.settleHangUp((lastMedia.0 * second, lastMedia.1 * second), margin: 3 * second)
      return dialogue.hangUp == .max ? -1 : dialogue.hangUp / second
    }
    #expect(settled([(0, 20)], (22, 60)) == 20, "the other side may go on")
    #expect(settled([(0, 20)], (60, 20)) == -1)
    #expect(settled([(0, 20), (1, 61)], (60, 62)) == 61, "the latest sign stands")
    #expect(settled([(0, 20), (0, 40)], (60, 60)) == -1)
    // The side that seemed to hang up goes on answering checks: it ended a stream.
    var dialogue = Dialogue()
    dialogue.noteHangUp(side: 0, time: 20 * second)
    dialogue[.checkBySide1].ask(time: 50 * second, frame: 9, width: second)
    dialogue[.checkBySide1].answer(time: 50 * second + millisecond)
    dialogue.settleHangUp((20 * second, 20 * second), margin: 3 * second)
    #expect(dialogue.hangUp == .max)
    dialogue = Dialogue()
    dialogue.noteHangUp(side: 0, time: 20 * second)
    dialogue[.checkBySide0].ask(time: 50 * second, frame: 9, width: second)
    dialogue[.checkBySide0].answer(time: 50 * second + millisecond)
    dialogue.settleHangUp((20 * second, 20 * second), margin: 3 * second)
    #expect(dialogue.hangUp == 20 * second, "the other side answers still")
  }

  @Test func aChangedMappingIsDated() {
    var dialogue = Dialogue()
    for (place, address) in ["192.0.2.1", "192.0.2.1", "192.0.2.77"].enumerated() {
      let request = Synth.STUNMessage.binding(transaction: Self.transaction(UInt8(place)))
      observe(&dialogue, request, side: 0, Int64(1_000 * place))
      #expect(dialogue.newMapping == .max)
      observe(
        &dialogue,
        Synth.STUNMessage.bindingAnswer(to: request, mapped: SocketAddress(HostAddress(stringLiteral: address), 4_000)),
        side: 1, Int64(1_000 * place + 20))
    }
    #expect(dialogue.newMapping == 2_020 * millisecond && dialogue.hasNewAddress)
    let request = Synth.STUNMessage.binding(transaction: Self.transaction(9))
    observe(&dialogue, request, side: 0, 3_000)
    observe(
      &dialogue, Synth.STUNMessage.bindingAnswer(to: request, mapped: SocketAddress("192.0.2.77", 4_001)), side: 1,
      3_020)
    #expect(dialogue.newMapping == 3_020 * millisecond && !dialogue.hasNewAddress, "another port")
  }

  @Test func indicationsAskNothing() {
    var dialogue = Dialogue()
    observe(
      &dialogue,
      Synth.STUNMessage.indication(
        0x0016, peer: SocketAddress("192.0.2.7", 7), data: [1, 2, 3, 4], transaction: Self.transaction(1)), side: 0, 0)
    #expect(dialogue.indications == 1 && dialogue.requests == 0 && dialogue.unanswered == 0 && dialogue.asker == 2)
  }
}
