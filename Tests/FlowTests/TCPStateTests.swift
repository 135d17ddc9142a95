import Flow
import Synth
import TestSupport
import Testing
import Wire

@Suite struct TCPStateTests {
  @Test func theHandshakeTellsBothDistances() {
    let conversation = Conversation.established()
    #expect(conversation.state.opener == 0)
    #expect(conversation.state.syns == 1)
    #expect(conversation.state.handshakeMicroseconds == 40_000)
    #expect(conversation.state.acknowledgeMicroseconds == 2_000)
    #expect(conversation.history == "ShA")
    #expect(conversation.state.sides[0].sent.isSuperset(of: [.syn, .ack]))
    #expect(conversation.state.sides[1].sent.contains(.synACK))
    #expect(conversation.state.sides[0].next.rawValue == 1_001)
    #expect(conversation.state.sides[1].next.rawValue == 5_001)
  }

  /// Karn: an answer to a repeated SYN measures nothing.
  @Test func aRepeatedSYNMakesTheRoundTripAmbiguous() {
    var conversation = Conversation()
    conversation.send(0, 0, .tcp(.syn, sequence: 9))
    conversation.send(0, 1_000, .tcp(.syn, sequence: 9))
    conversation.send(1, 1_040, .tcp([.syn, .ack], sequence: 70, acknowledgment: 10))
    #expect(conversation.state.syns == 2)
    #expect(conversation.state.handshakeMicroseconds == 0)
    #expect(conversation.state.sides[0].retransmissions == 1)
    conversation.send(0, 1_041, .tcp(.ack, sequence: 10, acknowledgment: 71))
    #expect(conversation.state.acknowledgeMicroseconds == 1_000)
  }

  @Test func aSYNWithAnotherNumberIsANewAttempt() {
    var conversation = Conversation()
    conversation.send(0, 0, .tcp(.syn, sequence: 9))
    #expect(conversation.send(0, 1_000, .tcp(.syn, sequence: 800_000)) == .new)
    #expect(conversation.state.sides[0].next.rawValue == 800_001)
    #expect(conversation.state.sides[0].retransmissions == 0)
    // And downward as well: the initial number is random.
    #expect(conversation.send(0, 2_000, .tcp(.syn, sequence: 4)) == .new)
    #expect(conversation.state.sides[0].next.rawValue == 5)
  }

  @Test func aSYNACKSeenFirstNamesTheOtherSideAsOpener() {
    var conversation = Conversation()
    conversation.send(0, 0, .tcp([.syn, .ack], sequence: 5, acknowledgment: 2))
    #expect(conversation.state.opener == 1)
    #expect(conversation.history == "H")
    #expect(conversation.state.handshakeMicroseconds == 0)
  }

  @Test func newDataRepeatedDataAndAcknowledgmentsAreToldApart() {
    var conversation = Conversation.established()
    #expect(conversation.send(0, 50, .tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 100)) == .new)
    #expect(
      conversation.send(0, 250, .tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 100))
        == .retransmission)
    #expect(conversation.send(1, 290, .tcp(.ack, sequence: 5_001, acknowledgment: 1_101)) == .pureACK)
    // Part old, part new is new: the sender went on.
    #expect(conversation.send(0, 300, .tcp(.ack, sequence: 1_051, acknowledgment: 5_001, length: 100)) == .new)
    let client = conversation.state.sides[0]
    #expect(client.retransmissions == 1 && client.dataSegments == 3)
    #expect(client.next.rawValue == 1_151)
    #expect(conversation.state.sides[1].acknowledged.rawValue == 1_101)
  }

  @Test func aLatePieceThatFillsAYoungHoleIsOutOfOrder() {
    var conversation = Conversation.established()
    conversation.send(1, 60, .tcp(.ack, sequence: 5_001, length: 100))
    conversation.send(1, 61, .tcp(.ack, sequence: 5_201, length: 100))  // 5,101 is missing
    #expect(conversation.send(1, 62, .tcp(.ack, sequence: 5_101, length: 100)) == .outOfOrder)
    #expect(conversation.state.sides[1].outOfOrder == 1 && conversation.state.sides[1].retransmissions == 0)
  }

  /// A fast transfer loses every tenth segment and sends it again 30 ms later: each repeat comes half a millisecond behind another
  /// segment, as one that was overtaken does. The sender's counter or clock tells them apart.
  @Test(arguments: [(true, false), (false, true), (false, false)])
  func aRepeatAmongManyIsNoneThatWasOvertaken(_ counts: Bool, _ isTimed: Bool) {
    func told(isRepeated: Bool) -> (UInt32, UInt16) {
      var conversation = Conversation.established(timestamps: isTimed)
      var sends: [(time: Double, number: Int, isLate: Bool)] = []
      for number in 1...400 {
        let time = 50 + 0.5 * Double(number)
        if number % 10 != 0 {
          sends.append((time, number, false))
        } else {
          sends.append((time + (isRepeated ? 30.2 : 1.2), number, true))
        }
      }
      sends.sort { $0.time < $1.time }
      for (place, send) in sends.enumerated() {
        let isAgain = isRepeated && send.isLate
        var packet = Packet.tcp(
          .ack, sequence: 1_001 &+ UInt32(1_000 * (send.number - 1)), acknowledgment: 5_001, length: 1_000,
          identification: counts ? UInt16(100 + (isRepeated ? place : send.number)) : 0, timestamps: isTimed)
        packet.timestampValue = UInt32(isAgain ? send.time : 50 + 0.5 * Double(send.number))
        conversation.send(0, send.time, packet)
      }
      return (conversation.state.sides[0].retransmissions, conversation.state.sides[0].outOfOrder)
    }
    let repeated = told(isRepeated: true)
    let overtaken = told(isRepeated: false)
    if counts || isTimed {
      #expect(repeated.0 >= 36 && repeated.1 <= 4)
      #expect(overtaken.0 <= 2 && overtaken.1 >= 38)
    } else {
      #expect(repeated.1 >= 30 && overtaken.1 >= 38, "nothing tells them apart")
    }
  }

  /// Two lines of which one is 30 ms longer: what comes late was sent before, by its time stamps.
  @Test func whatTookALongerWayWasNotSentAgain() {
    var conversation = Conversation.established(timestamps: true)
    for number in 0..<40 as Range<UInt32> {
      let isLate = number % 4 == 1
      var packet = Packet.tcp(
        .ack, sequence: 5_001 + 100 * number, acknowledgment: 1_001, length: 100, timestamps: true)
      packet.timestampValue = 60 + 10 * number
      if isLate { continue }
      conversation.send(1, 60 + 10 * Double(number), packet)
      // 30 ms behind its turn, among those that left later.
      guard number >= 4, (number - 4) % 4 == 0 else { continue }
      var late = Packet.tcp(
        .ack, sequence: 5_001 + 100 * (number - 3), acknowledgment: 1_001, length: 100, timestamps: true)
      late.timestampValue = 60 + 10 * (number - 3)
      #expect(conversation.send(1, 60 + 10 * Double(number) + 5, late) == .overtaken)
    }
    #expect(conversation.state.sides[1].retransmissions == 0 && conversation.state.sides[1].outOfOrder == 9)
  }

  @Test func anOldHoleIsFilledByARetransmission() {
    var conversation = Conversation.established()
    conversation.send(1, 60, .tcp(.ack, sequence: 5_001, length: 100))
    conversation.send(1, 61, .tcp(.ack, sequence: 5_201, length: 100))
    #expect(conversation.send(1, 130, .tcp(.ack, sequence: 5_101, length: 100)) == .retransmission)
    #expect(conversation.state.sides[1].retransmissions == 1)
  }

  @Test func whatLiesBelowTheHoleIsARetransmissionHoweverSoon() {
    var conversation = Conversation.established()
    conversation.send(1, 60, .tcp(.ack, sequence: 5_001, length: 100))
    conversation.send(1, 61, .tcp(.ack, sequence: 5_201, length: 100))
    #expect(conversation.send(1, 62, .tcp(.ack, sequence: 5_001, length: 100)) == .retransmission)
  }

  @Test func aKeepAliveIsNoRetransmission() {
    var conversation = Conversation.established()
    conversation.send(0, 50, .tcp(.ack, sequence: 1_001, acknowledgment: 5_001, length: 10))
    conversation.send(1, 90, .tcp(.ack, sequence: 5_001, acknowledgment: 1_011))
    // RFC 9293 section 3.8.4: one byte below the next number.
    #expect(conversation.send(0, 30_000, .tcp(.ack, sequence: 1_010, acknowledgment: 5_001, length: 1)) == .keepAlive)
    #expect(conversation.state.sides[0].retransmissions == 0)
    #expect(conversation.state.sides[0].unanswered == 0)
    // Without data it carries no sequence space at all.
    #expect(conversation.send(0, 60_000, .tcp(.ack, sequence: 1_010, acknowledgment: 5_001)) == .pureACK)
  }

  @Test func sequenceNumbersWrap() {
    var conversation = Conversation.established(client: 0xFFFF_FFF0)
    #expect(conversation.send(0, 50, .tcp(.ack, sequence: 0xFFFF_FFF1, length: 100)) == .new)
    #expect(conversation.state.sides[0].next.rawValue == 0x55)
    #expect(conversation.send(0, 51, .tcp(.ack, sequence: 0x55, length: 100)) == .new)
    #expect(conversation.send(0, 260, .tcp(.ack, sequence: 0xFFFF_FFF1, length: 100)) == .retransmission)
    conversation.send(1, 300, .tcp(.ack, sequence: 5_001, acknowledgment: 0xFFFF_FFF1))
    conversation.send(1, 301, .tcp(.ack, sequence: 5_001, acknowledgment: 0x55))
    conversation.send(1, 302, .tcp(.ack, sequence: 5_001, acknowledgment: 0xFFFF_FFF1))  // an old one overtaken
    #expect(conversation.state.sides[1].acknowledged.rawValue == 0x55)
    #expect(conversation.state.sides[1].latestAcknowledgment.rawValue == 0xFFFF_FFF1)
  }

  /// Copies of acknowledgments that come in another order, as on a mirror of two ports.
  @Test func anAcknowledgmentThatWasSentBeforeIsDatedByItsFirst() {
    var conversation = Conversation.established()
    conversation.send(1, 100, .tcp(.ack, sequence: 5_001, length: 200))
    conversation.send(0, 140, .tcp(.ack, sequence: 1_001, acknowledgment: 5_101))
    conversation.send(0, 141, .tcp(.ack, sequence: 1_001, acknowledgment: 5_201))
    conversation.send(0, 1_500, .tcp(.ack, sequence: 1_001, acknowledgment: 5_101))
    conversation.send(0, 1_501, .tcp(.ack, sequence: 1_001, acknowledgment: 5_201))
    #expect(conversation.state.sides[0].acknowledgmentTime == Conversation.start + 141 * millisecond)
    let reset = conversation.describe(1, 1_502, .tcp(.rst, sequence: 5_201))
    #expect(reset.sinceTrigger == 1_361 * millisecond)
  }

  // MARK: What was sent and did not come

  /// A server's bare acknowledgment begins where its data end.
  @Test func whatAServerAnnouncedAndDidNotComeIsUnreceived() {
    var conversation = Conversation.established()
    conversation.send(0, 100, .tcp(.ack, sequence: 1_001, acknowledgment: 5_001, length: 100))
    conversation.send(1, 140, .tcp(.ack, sequence: 5_001, acknowledgment: 1_101, length: 1_000))
    conversation.send(0, 141, .tcp(.ack, sequence: 1_101, acknowledgment: 6_001))
    #expect(conversation.state.unreceivedBytes(from: 1) == 0)
    conversation.send(0, 9_000, .tcp([.fin, .ack], sequence: 1_101, acknowledgment: 6_001))
    conversation.send(1, 9_040, .tcp(.ack, sequence: 26_001, acknowledgment: 1_102))
    #expect(conversation.state.unreceivedBytes(from: 1) == 20_000)
    #expect(conversation.state.unreceivedBytes(from: 0) == 0)
    var late = conversation
    late.send(1, 9_041, .tcp(.ack, sequence: 6_001, acknowledgment: 1_102, length: 20_000))
    #expect(late.state.unreceivedBytes(from: 1) == 0, "they came")
    var missed = conversation
    missed.send(0, 9_041, .tcp(.ack, sequence: 1_102, acknowledgment: 26_001))
    #expect(missed.state.unreceivedBytes(from: 1) == 0, "the client had them: the capture missed them")
  }

  /// Small segments pass and large ones do not; a FIN behind them does.
  @Test func aHoleThatTheClientNeverAcknowledgedIsUnreceived() {
    var conversation = Conversation.established()
    conversation.send(1, 100, .tcp(.ack, sequence: 5_001, acknowledgment: 1_001, length: 1_000))
    conversation.send(0, 101, .tcp(.ack, sequence: 1_001, acknowledgment: 6_001))
    conversation.send(1, 102, .tcp(.ack, sequence: 9_001, acknowledgment: 1_001, length: 50))
    conversation.send(0, 103, .tcp(.ack, sequence: 1_001, acknowledgment: 6_001))
    #expect(conversation.state.unreceivedBytes(from: 1) == 3_000)
    conversation.send(1, 500, .tcp(.ack, sequence: 6_001, acknowledgment: 1_001, length: 3_000))
    #expect(conversation.state.unreceivedBytes(from: 1) == 0)
    conversation.send(0, 501, .tcp(.ack, sequence: 1_001, acknowledgment: 9_051))
    conversation.send(1, 600, .tcp([.fin, .ack], sequence: 12_051, acknowledgment: 1_001))
    #expect(conversation.state.unreceivedBytes(from: 1) == 3_000)
  }

  @Test func anAcknowledgmentOfZeroIsKeptAsANumber() {
    var conversation = Conversation.established(client: 0xFFFF_FF00)
    conversation.send(1, 60, .tcp(.ack, sequence: 5_001, acknowledgment: 0))
    conversation.send(1, 61, .tcp(.ack, sequence: 5_001, acknowledgment: 0xFFFF_FF80))
    #expect(conversation.state.sides[1].acknowledged.rawValue == 0)
  }

  @Test func unansweredSegmentsAreCountedUntilTheOtherSideSpeaks() {
    var conversation = Conversation.established()
    conversation.send(0, 100, .tcp([.psh, .ack], sequence: 1_001, length: 100))
    for (index, time) in [300.0, 700, 1_500, 3_100].enumerated() {
      conversation.send(0, time, .tcp([.psh, .ack], sequence: 1_001, length: 100))
      #expect(conversation.state.sides[0].unansweredCopies == UInt16(index + 1))
    }
    #expect(conversation.state.sides[0].unanswered == 5)
    #expect(conversation.state.sides[0].unansweredSince == Conversation.start + 100 * millisecond)
    #expect(conversation.state.sides[0].unansweredFrame == 3)  // the fourth frame, counted from the first
    conversation.send(1, 3_140, .tcp(.ack, sequence: 5_001, acknowledgment: 1_101))
    #expect(conversation.state.sides[0].unanswered == 0 && conversation.state.sides[0].unansweredCopies == 0)
  }

  @Test func aResetMovesNoWindowAndNoHops() {
    var conversation = Conversation.established()
    conversation.send(
      1, 50, .tcp([.rst, .ack], sequence: 99_999, acknowledgment: 1_001, timeToLive: 250, identification: 77))
    #expect(conversation.state.sides[1].next.rawValue == 5_001)
    #expect(conversation.state.sides[1].resets == 1)
    #expect(!conversation.state.sides[1].used(timeToLive: 250))
    #expect(conversation.state.sides[1].identification != 77)
  }

  @Test func historyLettersAreZeeksOnceEachInOrder() {
    var conversation = Conversation.established()
    conversation.send(0, 50, .tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 10))
    conversation.send(1, 90, .tcp(.ack, sequence: 5_001, acknowledgment: 1_011))
    conversation.send(1, 91, .tcp([.psh, .ack], sequence: 5_001, acknowledgment: 1_011, length: 10))
    conversation.send(0, 92, .tcp(.ack, sequence: 1_011, acknowledgment: 5_011))
    conversation.send(0, 93, .tcp([.fin, .ack], sequence: 1_011, acknowledgment: 5_011))
    conversation.send(1, 130, .tcp([.fin, .ack], sequence: 5_011, acknowledgment: 1_012))
    conversation.send(0, 131, .tcp(.rst, sequence: 1_012))
    #expect(conversation.history == "ShADadFfR")
    var lossy = Conversation.established()
    lossy.send(0, 50, .tcp(.ack, sequence: 1_001, length: 10))
    lossy.send(0, 250, .tcp(.ack, sequence: 1_001, length: 10))
    lossy.send(0, 650, .tcp(.ack, sequence: 1_001, length: 10))
    #expect(lossy.history == "ShADT")
  }

  @Test func fourHopCountsAreKept() {
    var conversation = Conversation()
    for (index, hops) in [UInt8(53), 52, 53, 51, 50, 49].enumerated() {
      conversation.send(1, Double(index), .tcp(.ack, sequence: 1, timeToLive: hops))
    }
    let side = conversation.state.sides[1]
    #expect((0..<4).map { side.timesToLive[$0] } == [53, 52, 51, 50])
    #expect(side.used(timeToLive: 50) && !side.used(timeToLive: 49))
  }

  @Test func framesOfTheFirstTwoHopCountsAreKept() {
    var conversation = Conversation.established()
    conversation.send(1, 50, .tcp(.ack, sequence: 5_001, acknowledgment: 1_001, timeToLive: 33))
    conversation.send(1, 51, .tcp(.ack, sequence: 5_001, acknowledgment: 1_001, timeToLive: 33))
    let side = conversation.state.sides[1]
    #expect(side.timeToLiveFrames[0] == 1 && side.timeToLiveFrames[1] == 3)
  }

  /// Twelve segments of one length over HTTP: the end of what the header announced, or more was to come.
  @Test(arguments: [(15_792, false), (15_791, true), (20_000, true), (nil, true)])
  func anAnswerThatIsCompleteOwesNothing(_ announced: Int?, isOwed: Bool) {
    var conversation = Conversation.established()
    conversation.state.awaitContent()
    if let announced {
      let header = Array("HTTP/1.1 200 OK\r\nContent-Length: \(announced - 42)\r\n\r\n".utf8)
      #expect(header.count == 42)
      conversation.state.followRecords(header.span, wireLength: 1_316, at: SequenceNumber(5_001))
    }
    for number in 0..<12 as Range<UInt32> {
      conversation.send(
        1, 50 + Double(number),
        .tcp([.psh, .ack], sequence: 5_001 + 1_316 * number, acknowledgment: 1_001, length: 1_316))
    }
    #expect(conversation.state.endsInFull(above: 1_200, pause: 50_000_000) == isOwed)
    #expect(!conversation.state.continuesRecords(at: SequenceNumber(20_793), side: 1) || announced == nil)
    #expect(conversation.state.owedBytes == 0)
  }

  /// Of what size a segment is full, by what the SYNs announced; one without PSH says that more was queued.
  @Test func aSegmentIsFullIfItIsAsLargeAsAgreed() {
    func isCutOff(_ length: Int32, _ flags: TCPFlags = [.psh, .ack], sizes: (UInt16?, UInt16?) = (1_460, 1_460)) -> Bool
    {
      var conversation = Conversation()
      for (side, size) in [(0, sizes.0), (1, sizes.1)] {
        var packet = Packet.tcp(
          side == 0 ? .syn : [.syn, .ack], sequence: side == 0 ? 1_000 : 5_000, acknowledgment: side == 0 ? 0 : 1_001)
        if let size {
          packet.traits.insert(.maximumSegmentSize)
          packet.maximumSegmentSize = size
        }
        conversation.send(side, Double(side) * 30, packet)
      }
      conversation.send(1, 60, .tcp(flags, sequence: 5_001, acknowledgment: 1_001, length: length))
      return conversation.state.newestIsCutOff(spare: 91)
    }
    #expect(isCutOff(1_460) && isCutOff(1_448) && isCutOff(1_383) && !isCutOff(1_343))
    #expect(isCutOff(1_300, sizes: (1_460, 1_360)) && isCutOff(1_300, sizes: (1_360, 1_460)), "the smaller counts")
    #expect(!isCutOff(1_300, sizes: (nil, nil)) && isCutOff(1_300, sizes: (nil, 1_360)))
    #expect(isCutOff(900, .ack), "more was queued")
    #expect(isCutOff(2_896) && !isCutOff(2_686), "merged on the way")
  }

  @Test func payloadIsCountedOnce() {
    var conversation = Conversation.established()
    for time in [50.0, 250, 650] { conversation.send(0, time, .tcp(.ack, sequence: 1_001, length: 100)) }
    conversation.send(0, 700, .tcp(.ack, sequence: 1_101, length: 50))
    #expect(conversation.state.sides[0].payload == 150)
  }

  @Test func aConnectionSeenFromItsMiddleHasNoOpener() {
    var conversation = Conversation()
    #expect(conversation.send(0, 0, .tcp(.ack, sequence: 88, acknowledgment: 7)) == .pureACK)
    #expect(conversation.send(0, 1, .tcp(.ack, sequence: 88, acknowledgment: 7, length: 4)) == .new)
    #expect(conversation.state.opener == 2)
  }

  // MARK: Resets as they are described

  @Test func aClosedPortsResetAnswersTheSYN() {
    var conversation = Conversation()
    conversation.send(0, 0, .tcp(.syn, sequence: 1_000))
    let reset = conversation.describe(
      1, 40, .tcp([.rst, .ack], sequence: 0, acknowledgment: 1_001, window: 0, timeToLive: 53, identification: 0))
    #expect(reset.answersSYN && !reset.established && !reset.senderSeen)
    #expect(reset.usedTimeToLive)  // nothing to compare with
    #expect(reset.zeroWindow && reset.zeroIdentification && reset.acknowledgesAll)
    #expect(reset.beyondNext == 0 && reset.sincePeer == 40 * millisecond && reset.sinceTrigger == 40 * millisecond)
    #expect(reset.frame == 2 && reset.side == 1)
  }

  @Test func aLiveSocketsAbortContinuesItsNumbers() {
    var conversation = Conversation.established(timestamps: true)
    conversation.send(
      1, 60, .tcp(.ack, sequence: 5_001, acknowledgment: 1_001, length: 100, timeToLive: 53, identification: 40))
    let reset = conversation.describe(
      1, 61,
      .tcp([.rst, .ack], sequence: 5_101, acknowledgment: 1_001, timeToLive: 53, identification: 41, timestamps: true))
    #expect(reset.beyondNext == 0 && reset.usedTimeToLive && reset.timestamps && reset.senderTimestamps)
    #expect(reset.identificationStep == 1 && reset.established && !reset.afterClose && !reset.zeroWindow)
    #expect(reset.sincePeer == 19 * millisecond)
  }

  @Test func aDeadSocketsAnswerTakesItsNumberFromTheAcknowledgment() {
    var conversation = Conversation.established()
    conversation.send(0, 50, .tcp([.fin, .ack], sequence: 1_001, acknowledgment: 5_001))
    conversation.send(1, 90, .tcp([.psh, .ack], sequence: 5_001, acknowledgment: 1_002, length: 700))
    let reset = conversation.describe(0, 90.1, .tcp(.rst, sequence: 1_002, window: 0, identification: 0))
    #expect(reset.answersAcknowledgment && reset.afterClose && reset.zeroWindow)
    #expect(reset.beyondNext == 0)
    let other = conversation.describe(0, 90.1, .tcp(.rst, sequence: 1_003))
    #expect(!other.answersAcknowledgment && other.beyondNext == 1)
  }

  @Test func aResetBehindItsSendersNumbersIsDescribedAsNegative() {
    var conversation = Conversation.established()
    conversation.send(1, 60, .tcp(.ack, sequence: 5_001, acknowledgment: 1_001, length: 1_400, timeToLive: 53))
    let reset = conversation.describe(
      1, 61, .tcp([.rst, .ack], sequence: 5_001, acknowledgment: 1_001, timeToLive: 60))
    #expect(reset.beyondNext == -1_400)
    #expect(!reset.usedTimeToLive)
  }

  /// What a reset with ACK answers is what brought the peer's number there: not later acknowledgments.
  @Test func theTriggerIsThePacketThatWasAcknowledged() {
    var conversation = Conversation.established()
    conversation.send(0, 50, .tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 500))
    conversation.send(0, 70, .tcp(.ack, sequence: 1_501, acknowledgment: 5_001))
    let reset = conversation.describe(
      1, 75, .tcp([.rst, .ack], sequence: 5_001, acknowledgment: 1_501, timeToLive: 53))
    #expect(reset.sinceTrigger == 25 * millisecond)
    #expect(reset.sincePeer == 5 * millisecond)
    #expect(reset.openerDataSegments == 1)
    // It acknowledges something else: no trigger is known.
    let odd = conversation.describe(1, 75, .tcp([.rst, .ack], sequence: 5_001, acknowledgment: 1_001))
    #expect(odd.sinceTrigger == -1)
  }

  @Test func theTriggerOfABareResetIsTheFirstPacketWithItsNumber() {
    var conversation = Conversation.established()
    conversation.send(0, 50, .tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 500))
    let reset = conversation.describe(1, 75, .tcp(.rst, sequence: 5_001, timeToLive: 53))
    #expect(reset.answersAcknowledgment)
    #expect(reset.sinceTrigger == 33 * millisecond)  // the handshake's ACK at 42 ms carried it first
  }

  @Test func stateSizesAreBounded() {
    #expect(MemoryLayout<FlowState>.stride == 64)
    // Others begin on a cache line each as well: one that straddles two is waited for twice.
    #expect(MemoryLayout<Flow.MediaStream>.stride == 192 && MemoryLayout<MediaPassage>.stride == 192)
    #expect(MemoryLayout<UDPState>.stride == 128)
    print(
      "sizes: FlowState \(MemoryLayout<FlowState>.stride), UDPState \(MemoryLayout<UDPState>.stride),",
      "TCPState \(MemoryLayout<TCPState>.stride), MediaStream \(MemoryLayout<Flow.MediaStream>.stride),",
      "Dialogue \(MemoryLayout<Dialogue>.stride), RequestTally \(MemoryLayout<RequestTally>.stride),",
      "ResetTrace \(MemoryLayout<ResetTrace>.stride), Packet \(MemoryLayout<Packet>.stride)")
  }
}
