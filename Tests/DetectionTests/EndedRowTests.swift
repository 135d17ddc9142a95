import Detection
import Flow
import Settings
import TestSupport
import Testing
import Verdict
import Wire

/// Requests and segments that met no answer for long in the middle of a flow, without media that showed how the path was.
@Suite struct EndedRowTests {
  /// A STUN server asked at these seconds, which answers but for some.
  private func verdict(_ asked: [Int64], unanswered: Range<Int64>) -> Judgment {
    var dialogue = Dialogue()
    dialogue.asker = 0
    var state = UDPState(firstFrame: 10)
    for (number, time) in asked.enumerated() {
      let at = start + time * second
      dialogue[.server].ask(time: at, frame: UInt32(number), width: second)
      state.observe(side: 0, time: at, start: start, frame: 10 + UInt64(2 * number), silenceTimes)
      if unanswered.contains(time) { continue }
      dialogue[.server].answer(time: at + 40_000_000)
      state.observe(
        side: 1, time: at + 40_000_000, start: start, frame: 11 + UInt64(2 * number), silenceTimes)
    }
    var flow = Made.asking([])
    flow.packets = (UInt64(asked.count), UInt64(asked.count - asked.count { unanswered.contains($0) }))
    flow.last = start + (asked.last ?? 0) * second + 40_000_000
    flow.dialogue = dialogue
    return Detectors.judge(flow, state, Circumstances(Made.surroundings(), thresholds))
  }

  @Test func requestsUnansweredForLongAreNotSoundThoughTheyEnded() {
    let long = verdict(Array(0..<90), unanswered: 25..<60)
    #expect(long.gapCode == "silence_ended" && !long.isFinding)
    #expect(long.gap?.seen == 34)
    let short = verdict(Array(0..<90), unanswered: 25..<30)
    #expect(short.outcome == .ok && short.power?.value == 8)
  }

  /// Two of some sparse requests: too few to say that it was silent, and a silence as long would not have been seen.
  @Test func fewRequestsWithoutAnAnswerRaiseWhatWouldHaveBeenSeen() {
    let sparse = verdict(Array(stride(from: 0, to: 200, by: 20)), unanswered: 80..<120)
    #expect(sparse.outcome == .ok && sparse.power?.value == 20, "\(sparse)")
  }

  /// A connection whose client repeats a segment at these milliseconds until the server answers 100 ms later.
  private func verdict(copies: [Double]) -> Judgment {
    var connection = Connection.established()
    connection.send(0, 100, Packet.tcp([.ack, .psh], sequence: 1_001, acknowledgment: 5_001, length: 100))
    connection.send(1, 140, Packet.tcp([.ack, .psh], sequence: 5_001, acknowledgment: 1_101, length: 500))
    connection.send(0, 1_000, Packet.tcp([.ack, .psh], sequence: 1_101, acknowledgment: 5_501, length: 100))
    for time in copies {
      connection.send(0, time, Packet.tcp([.ack, .psh], sequence: 1_101, acknowledgment: 5_501, length: 100))
    }
    connection.send(
      1, (copies.last ?? 1_000) + 100, Packet.tcp([.ack, .psh], sequence: 5_501, acknowledgment: 1_201, length: 500))
    return connection.judged(Made.connection(last: 60))
  }

  @Test func segmentsRepeatedForLongAreNotSoundThoughTheyWereAnswered() {
    let long = verdict(copies: [1_200, 1_600, 2_400, 4_000, 7_200, 13_600, 26_400])
    #expect(long.gapCode == "silence_ended" && !long.isFinding)
    #expect(long.gap?.seen == 25.4)
  }

  @Test func aShorterRowRaisesWhatWouldHaveBeenSeen() {
    let short = verdict(copies: [1_200, 1_600, 2_400, 4_000, 7_200])
    #expect(short.outcome == .ok && short.power?.value == 6.2, "\(short)")
    let usual = verdict(copies: [1_200, 1_600])
    #expect(usual.outcome == .ok && usual.power?.value == 3)
  }
}
