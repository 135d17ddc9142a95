import Flow
import Settings
import Synth
import TestSupport
import Testing
import Verdict
import Wire

@testable import Detection

/// The short way that most flows are judged by says what the long one would.
@Suite struct OrdinaryFlowTests {
  /// Segments of both sides at random: every mixture of data, copies, resets left out.
  private func connection(_ generator: inout SeededGenerator) -> Connection {
    var connection = Connection()
    var sequences: [UInt32] = [1_000, 5_000]
    if generator.next() % 3 > 0 { connection = .established() }
    for step in 0..<Int(generator.next() % 40) {
      let side = Int(generator.next() % 2)
      let length = UInt32(generator.next() % 3) * 100
      let isCopy = generator.next() % 3 == 0
      let flags: TCPFlags = generator.next() % 12 == 0 ? [.fin, .ack] : generator.next() % 9 == 0 ? .syn : .ack
      let packet = Packet.tcp(
        flags, sequence: isCopy ? sequences[side] &- length : sequences[side], acknowledgment: sequences[1 - side],
        length: Int32(length))
      connection.send(side, 100 + Double(step) * Double(generator.next() % 900), packet)
      if !isCopy { sequences[side] &+= length }
    }
    return connection
  }

  @Test func whatTheShortWayTakesNoOtherRuleSpeaksOf() {
    var generator = SeededGenerator(seed: 5)
    let known = Circumstances(Made.surroundings(), thresholds)
    var short = 0
    var long = 0
    for _ in 0..<4_000 {
      let connection = connection(&generator)
      for clientSide in 0..<2 {
        var flow = Made.connection(packets: (generator.next() % 40, generator.next() % 40))
        flow.clientSide = clientSide
        let ends = [TransferSide(connection.state.sides.first), TransferSide(connection.state.sides.second)]
        var judgment = Judgment(.capped, grade: .confirmed, reason: Phrase(""))
        judgment.evidence = [Evidence("left", Phrase("over"))]
        if Detectors.judgeOrdinary(flow, ends[clientSide], ends[1 - clientSide], known, into: &judgment) {
          short += 1
          #expect(ConnectionSilence.judge(flow, connection.state, known) == nil)
          // Nothing of the verdict before is left.
          #expect(judgment.evidence.allSatisfy { !$0.code.isSame(as: "left") } && judgment.outcome != .capped)
        } else {
          long += 1
        }
      }
    }
    #expect(short > 1_000 && long > 100)
  }

  @Test func aDatagramFlowThatAskedNobodyIsTakenTheShortWay() {
    let known = Circumstances(Made.surroundings(), thresholds)
    for (up, down) in [(0, 5), (5, 5), (50, 50)] as [(UInt64, UInt64)] {
      var flow = Made.connection(packets: (up, down))
      var judgment = Judgment(.capped, grade: .confirmed, reason: Phrase(""))
      #expect(Detectors.judgeOrdinary(flow, known, into: &judgment))
      #expect(Silence.judge(flow, UDPState(firstFrame: 1), known) == nil)
      #expect(judgment.isPlain && judgment.outcome != .capped)
      flow.dialogue = Dialogue()
      #expect(Detectors.judgeOrdinary(flow, known, into: &judgment) == (up == 0))
    }
    var silent = Made.connection(packets: (5, 0))
    var judgment = Judgment(.capped, grade: .confirmed, reason: Phrase(""))
    #expect(!Detectors.judgeOrdinary(silent, known, into: &judgment))
    #expect(judgment.outcome == .capped)
    silent.dialogue = Dialogue()
    #expect(!Detectors.judgeOrdinary(silent, known, into: &judgment))
  }

  @Test func anObservationForgetsTheFlowBefore() {
    var (flow, _) = Made.cutOff()
    flow.application = .telegram
    flow.hasOpaqueMedia = true
    flow.isSecured = true
    flow.passages = DirectionPassages(client: nil, server: nil)
    flow.renew(
      client: client, server: other, serverPort: 9, first: 1, last: 2, firstFrame: 3, packets: (4, 5), clientSide: 1)
    #expect(flow.dialogue == nil && flow.application == nil && flow.passages == nil)
    #expect(!flow.hasOpaqueMedia && !flow.isSecured && !flow.isServerRole && flow.media.client.packets == 0)
    #expect(flow.server == other && flow.serverPort == 9 && flow.packets == (4, 5) && flow.clientSide == 1)
    flow.keep(Dialogue())
    #expect(flow.dialogue != nil)
  }

  /// A server's segments, one behind each of these pauses in ms; those named are sent twice.
  private static func verdict(_ pauses: [Double], twice: Set<Int> = []) -> Judgment {
    var connection = Connection.established()
    var time = 100.0
    for (number, pause) in pauses.enumerated() {
      time += pause
      for copy in 0..<(twice.contains(number) ? 2 : 1) {
        connection.send(
          1, time + 250 * Double(copy),
          .tcp(
            .ack, sequence: UInt32(5_001 + 1_460 * number), acknowledgment: 1_001, length: 1_460, timeToLive: 53,
            identification: UInt16(2 * number + copy + 2)))
      }
      let next = UInt32(5_001 + 1_460 * (number + 1))
      connection.send(0, time + 260, .tcp(.ack, sequence: 1_001, acknowledgment: next))
      time += 300
    }
    let flow = Made.connection(packets: (20, UInt64(pauses.count)))
    let ends = (TransferSide(connection.state.sides.first), TransferSide(connection.state.sides.second))
    var judgment = Judgment(.ok, grade: .consistent, reason: Phrase(""))
    let known = Circumstances(Made.surroundings(), thresholds)
    Soundness.judge(flow, ends.0, ends.1, known, into: &judgment)
    return judgment
  }

  @Test func aTransferThatATimerCarriesOnIsNotSound() {
    let brisk = [Double](repeating: 5, count: 30)
    #expect(Self.verdict(brisk).outcome == .ok)
    let carried = Self.verdict(Array(brisk.prefix(8)) + [1_300, 3_000, 6_200, 12_800])
    #expect(carried.outcome == .degraded && carried.mechanism == nil && !carried.isFinding)
    // Two of them may be anything.
    #expect(Self.verdict(Array(brisk.prefix(8)) + [1_300, 3_000]).outcome == .ok)
    // A lossy radio with a moment's pause.
    #expect(Self.verdict(brisk + [2_500] + brisk, twice: [3, 9, 20, 41]).outcome == .ok)
  }

  @Test func manyCopiesOfFewSegmentsAreNotSound() {
    let brisk = [Double](repeating: 5, count: 20)
    let lossy = Self.verdict(brisk, twice: [2, 4, 6, 8, 10, 12, 14])
    #expect(lossy.outcome == .degraded && lossy.direction == .down)
    #expect(Self.verdict(brisk, twice: [2, 4, 6, 8]).outcome == .ok, "four")
    #expect(Self.verdict(brisk + brisk, twice: [2, 4, 6, 8, 10, 12, 14]).outcome == .ok, "a seventh")
  }
}
