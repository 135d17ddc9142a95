import Flow
import TestSupport
import Testing
import Verdict
import Wire

@testable import Detection

/// Forged DNS answers and pages from nearer than their server (METHOD.md M1.6).
@Suite struct ForeignAnswerTests {
  private struct Answers {
    var first: (milliseconds: Int64, hops: UInt8) = (1, 61)
    var second: (milliseconds: Int64, hops: UInt8) = (80, 46)
    /// ms after the flow's first packet.
    var asked: Int64 = 0
  }

  private func judged(_ answers: Answers) -> Judgment {
    var flow = FlowObservation(
      client: client, server: server, serverPort: 53, first: start, last: start + second, firstFrame: 1,
      packets: (1, 2), clientSide: 0)
    var around = Made.surroundings()
    flow.last = start + second
    around.answers[1] = AnswerPair(
      asked: start + answers.asked * 1_000_000,
      first: AnswerPair.Answer(
        time: start + answers.first.milliseconds * 1_000_000, timeToLive: answers.first.hops, frame: 2),
      second: AnswerPair.Answer(
        time: start + answers.second.milliseconds * 1_000_000, timeToLive: answers.second.hops, frame: 3))
    return Detectors.judge(flow, UDPState(firstFrame: 1), Circumstances(around, thresholds))
  }

  @Test func twoAnswersToOneQuestionContradict() {
    let verdict = judged(Answers())
    #expect(verdict.gapCode == "dns_answer_origin" && !verdict.isFinding)
    #expect(verdict.evidence.map { "\($0.code)" } == ["dns_answer_injected"])
    #expect(verdict.evidence.first?.frames == [2, 3])
  }

  @Test func innocentPairsDoNot() {
    #expect(judged(Answers(second: (80, 61))).gapCode != "dns_answer_origin", "one host")
    #expect(judged(Answers(first: (70, 61))).gapCode != "dns_answer_origin", "not too early")
    #expect(judged(Answers(first: (901, 61), second: (980, 46))).gapCode != "dns_answer_origin", "not too early")
    #expect(
      judged(Answers(first: (901, 61), second: (980, 46), asked: 900)).gapCode == "dns_answer_origin",
      "a later question of the flow")
    #expect(judged(Answers(first: (0, 61), second: (2, 46))).gapCode != "dns_answer_origin", "a LAN")
  }

  /// The page comes at once, with the request acknowledged and the connection closed, from a host of another TTL.
  private func page(after: Double, hops: UInt8, isHTTP: Bool = true, heard: Bool = false) -> Judgment {
    var connection = Connection.established(100)
    connection.send(0, 110, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 90))
    connection.send(
      1, 110 + after,
      Packet.tcp([.fin, .psh, .ack], sequence: 5_001, acknowledgment: 1_091, length: 200, timeToLive: hops))
    connection.send(0, 111 + after, Packet.tcp([.fin, .ack], sequence: 1_091, acknowledgment: 5_202))
    if heard { connection.send(1, 220, Packet.tcp(.ack, sequence: 5_202, acknowledgment: 1_092, timeToLive: 53)) }
    var flow = Made.connection()
    flow.isHTTP = isHTTP
    return connection.judged(flow)
  }

  @Test func aPageFromNearerThanItsServerIsNotTheServers() {
    let verdict = page(after: 1, hops: 60)
    #expect(verdict.gapCode == "page_origin" && !verdict.isFinding)
    #expect(verdict.evidence.map { "\($0.code)" } == ["page_injected"])
    #expect(verdict.evidence.first?.frames == [2, 5], "the SYN-ACK and the page")
    #expect(page(after: 1, hops: 60, heard: true).outcome == .ok, "a nearer cache that the server follows")
    #expect(page(after: 1, hops: 53).outcome == .ok, "a proxy that speaks for the server throughout")
    #expect(page(after: 102, hops: 60).outcome == .ok, "in the server's time")
    #expect(page(after: 1, hops: 60, isHTTP: false).gapCode == "close_origin")
  }

  /// A box that takes whole connections over: their servers are all as near, and say the same.
  @Test func onePageInTheNamesOfManyServersIsNoServers() {
    func connection(_ distance: Double, length: Int32, hops: UInt8) -> Connection {
      var connection = Connection.established(distance, timeToLive: hops)
      connection.send(0, 110, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 90))
      connection.send(
        1, 110 + distance,
        Packet.tcp([.fin, .psh, .ack], sequence: 5_001, acknowledgment: 1_091, length: length, timeToLive: hops))
      connection.send(
        0, 111 + distance, Packet.tcp([.fin, .ack], sequence: 1_091, acknowledgment: 5_002 + UInt32(length)))
      connection.send(
        1, 111 + 2 * distance,
        Packet.tcp(.ack, sequence: 5_002 + UInt32(length), acknowledgment: 1_092, timeToLive: hops))
      return connection
    }
    func verdict(_ lengths: [Int32], hops: UInt8 = 61, distances: [Double] = [8, 9, 8.5], networks: UInt32 = 256)
      -> Judgment
    {
      var around = Made.surroundings()
      for number in lengths.indices {
        around.pages.note(
          connection(distances[number], length: lengths[number], hops: hops).state, clientSide: 0, client: client,
          server: IPAddress(v4: 0x5B6C_0915 + UInt32(number) * networks))
      }
      var flow = Made.connection()
      flow.isHTTP = true
      return connection(distances[0], length: lengths[0], hops: hops).judged(flow, around)
    }
    let page = verdict([310, 310, 310])
    #expect(page.gapCode == "page_origin" && !page.isFinding && page.hasAlternative("captive-portal"))
    #expect(page.evidence.first?.frames == [2], "the SYN-ACK")
    #expect(verdict([310, 310]).outcome == .ok, "two")
    #expect(verdict([310, 312, 355]).outcome == .ok, "their own pages, through one proxy")
    #expect(verdict([310, 310, 310], hops: 50).outcome == .ok, "far")
    #expect(verdict([310, 310, 310], distances: [8, 19, 33]).outcome == .ok, "at their own distances")
    #expect(verdict([310, 310, 310], networks: 1).outcome == .ok, "machines of one network")
  }

  /// A FIN alone answers the hello; `repeats`: how often the client's own FIN is sent again.
  private func close(
    after: Double, hops: UInt8, repeats: Int = 8, heard: Bool = false, resets: Bool = false
  ) -> Judgment {
    var connection = Connection.established(100)
    connection.send(0, 110, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 517))
    connection.send(
      1, 110 + after, Packet.tcp([.fin, .ack], sequence: 5_001, acknowledgment: 1_518, timeToLive: hops))
    var time = 111 + after
    for number in 0...repeats {
      connection.send(0, time, Packet.tcp([.fin, .ack], sequence: 1_518, acknowledgment: 5_002))
      time += 200 * Double(1 << number)
    }
    if heard { connection.send(1, time, Packet.tcp(.ack, sequence: 5_002, acknowledgment: 1_519, timeToLive: 53)) }
    if resets {
      connection.send(1, time + 40, Packet.tcp(.rst, sequence: 5_002, timeToLive: 53, identification: 0))
    }
    return connection.judged(Made.connection(packets: (11, 2)))
  }

  @Test func aFINFromNearerThanItsServerIsNotTheServers() {
    let verdict = close(after: 12, hops: 45)
    #expect(verdict.gapCode == "close_origin" && !verdict.isFinding)
    #expect(verdict.evidence.map { "\($0.code)" } == ["close_injected"])
    #expect(verdict.evidence.first?.frames == [2, 5], "the SYN-ACK and the FIN")
    #expect(close(after: 12, hops: 45, repeats: 0).gapCode == "close_origin")
    #expect(close(after: 101, hops: 45, heard: true).outcome == .ok)
    #expect(close(after: 12, hops: 45, heard: true).outcome == .ok, "a nearer host that the server follows")
    let reset = close(after: 12, hops: 45, repeats: 0, heard: true, resets: true)
    #expect(reset.gapCode == "close_origin" && "\(reset.reason)".contains("spoke on"), "it had closed nothing")
    #expect(close(after: 101, hops: 45, repeats: 0, heard: true, resets: true).gapCode != "close_origin")
  }

  /// A FIN answers the hello after `after` ms; then the server's own flight of so many segments, from `number` on.
  private func spoken(after: Double, hops: UInt8, number: UInt32 = 5_001, segments: UInt32) -> Judgment {
    var connection = Connection.established(100)
    connection.send(0, 110, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 517))
    connection.send(
      1, 110 + after, Packet.tcp([.fin, .ack], sequence: 5_001, acknowledgment: 1_518, timeToLive: hops))
    connection.send(0, 111 + after, Packet.tcp([.fin, .ack], sequence: 1_518, acknowledgment: 5_002))
    for segment in 0..<segments {
      connection.send(
        1, 215 + Double(segment),
        Packet.tcp(
          .ack, sequence: number + 1_400 * segment, acknowledgment: 1_518, length: 1_400, timeToLive: 53))
    }
    connection.send(0, 220, Packet.tcp(.rst, sequence: 1_519))
    return connection.judged(Made.connection(packets: (5, UInt64(segments) + 2)))
  }

  /// No stack sends on behind its own FIN: whoever it was that closed, it was not who speaks then.
  @Test(arguments: [UInt32(1), 4]) func dataBehindAnEndBelieIt(segments: UInt32) {
    let early = spoken(after: 6, hops: 60, segments: segments)
    #expect(early.gapCode == "close_origin" && "\(early.reason)".contains("spoke on"), "\(early.reason)")
    #expect(early.evidence.map { "\($0.code)" }.contains("data_after_end"))
    let late = spoken(after: 101, hops: 53, segments: segments)
    #expect(late.gapCode == "close_origin" && !late.isFinding, "the server's own time and TTL")
  }

  /// Data that had been sent before and came behind the FIN have lower numbers; a connection anew has others.
  @Test func whatWasOvertakenByAnEndDoesNot() {
    var connection = Connection.established(100)
    connection.send(0, 110, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 517))
    connection.send(1, 211, Packet.tcp([.fin, .ack], sequence: 6_401, acknowledgment: 1_518, timeToLive: 53))
    connection.send(1, 212, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_518, length: 1_400, timeToLive: 53))
    connection.send(0, 213, Packet.tcp([.fin, .ack], sequence: 1_518, acknowledgment: 6_402))
    connection.send(1, 313, Packet.tcp(.ack, sequence: 6_402, acknowledgment: 1_519, timeToLive: 53))
    #expect(connection.judged(Made.connection(packets: (4, 4))).outcome == .ok)
    connection.send(1, 60_000, Packet.tcp([.syn, .ack], sequence: 700_000, acknowledgment: 9_001, timeToLive: 53))
    connection.send(1, 60_100, Packet.tcp(.ack, sequence: 700_001, acknowledgment: 9_001, length: 700, timeToLive: 53))
    #expect(connection.judged(Made.connection(packets: (4, 6))).gapCode != "close_origin", "the port again")
    #expect(spoken(after: 101, hops: 53, number: 900_005_001, segments: 1).gapCode != "close_origin")
  }

  /// Whose FIN it was is not told then; that the client's went unanswered is.
  @Test func aFINThatNobodyAcknowledgesIsNeverSound() {
    #expect(close(after: 101, hops: 53).gapCode == "end_unanswered")
    #expect(close(after: 101, hops: 53, repeats: 1).outcome == .ok, "the capture may have ended before the answer")
  }
}
