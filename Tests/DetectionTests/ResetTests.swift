import Flow
import Settings
import TestSupport
import Testing
import Verdict
import Wire

@testable import Detection

/// Whose a reset was.
@Suite struct ResetTests {
  // MARK: The grammar of genuine resets (METHOD.md M1.0)

  @Test func aClosedPortRefuses() {
    var connection = Connection()
    connection.send(0, 0, Packet.tcp(.syn, sequence: 1_000))
    connection.send(
      1, 40, Packet.tcp([.rst, .ack], sequence: 0, acknowledgment: 1_001, window: 0, timeToLive: 53, identification: 0))
    let verdict = connection.judged()
    #expect(verdict.words == "reset rst-refused" && !verdict.isFinding && verdict.attribution == .endpoint)
  }

  @Test func anAbortContinuesItsOwnNumbers() {
    for side in [0, 1] {
      var connection = Connection.established()
      connection.send(0, 50, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 100))
      connection.send(1, 95, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_101, length: 200, timeToLive: 53))
      connection.send(
        side, 150,
        side == 0
          ? Packet.tcp([.rst, .ack], sequence: 1_101, acknowledgment: 5_201)
          : Packet.tcp([.rst, .ack], sequence: 5_201, acknowledgment: 1_101, timeToLive: 53))
      let verdict = connection.judged()
      #expect(verdict.words == "reset rst-endpoint" && !verdict.isFinding && verdict.attribution == .endpoint)
    }
  }

  /// A device that resets both ends sends one in the client's name to the server, with its exact number and a TTL that the client
  /// never used. Seen at the server it is not the client's for its number; on the client's own host its own filter sends such.
  @Test(arguments: [TCPFlags.rst, [.rst, .ack]]) func aResetInTheClientsNameNeedsTheClientsTTL(_ flags: TCPFlags) {
    func story(client: UInt8, reset: UInt8, after: Double = 25) -> Judgment {
      // Captured at the server, 50 ms away from the client.
      var connection = Connection()
      connection.send(0, 0, Packet.tcp(.syn, sequence: 1_000, timeToLive: client))
      connection.send(1, 0.1, Packet.tcp([.syn, .ack], sequence: 5_000, acknowledgment: 1_001, timeToLive: 64))
      connection.send(0, 50, Packet.tcp(.ack, sequence: 1_001, acknowledgment: 5_001, timeToLive: client))
      connection.send(
        0, 51, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 500, timeToLive: client))
      connection.send(
        1, 52, Packet.tcp([.psh, .ack], sequence: 5_001, acknowledgment: 1_501, length: 100, timeToLive: 64))
      connection.send(
        0, 52 + after,
        Packet.tcp(flags, sequence: 1_501, acknowledgment: 5_101, window: 512, timeToLive: reset, identification: 0))
      return connection.judged()
    }
    let foreign = story(client: 49, reset: 117, after: 50)
    #expect(foreign.gapCode == "reset_origin" && foreign.attribution != .endpoint)
    #expect(story(client: 49, reset: 117, after: 10).words == "reset rst-injected", "sooner than the client can")
    let own = story(client: 49, reset: 49, after: 50)
    #expect(own.words == "reset rst-endpoint" && !own.evidence.contains { $0.code.isSame(as: "strange_ttl") })
    let filtered = story(client: 64, reset: 128, after: 50)
    #expect(filtered.words == "reset rst-endpoint", "the client's own host")
    #expect(filtered.evidence.contains { $0.code.isSame(as: "strange_ttl") })
  }

  /// No router had passed on anything of the server's: on a phone that captures through its own proxy every reset is that one's.
  @Test(arguments: [(UInt8(64), Attribution.unknown), (53, .endpoint)]) func aResetOfThisLinkIsAProxys(
    timeToLive: UInt8, attribution: Attribution
  ) {
    var refused = Connection()
    refused.send(0, 0, Packet.tcp(.syn, sequence: 1_000))
    refused.send(
      1, 1, Packet.tcp([.rst, .ack], sequence: 0, acknowledgment: 1_001, window: 0, timeToLive: timeToLive))
    var aborted = Connection.established(1, timeToLive: timeToLive)
    aborted.send(0, 50, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 100))
    aborted.send(1, 51, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_101, timeToLive: timeToLive))
    aborted.send(
      1, 900, Packet.tcp([.rst, .ack], sequence: 5_001, acknowledgment: 1_101, timeToLive: timeToLive))
    for (connection, words) in [(refused, "reset rst-refused"), (aborted, "reset rst-endpoint")] {
      let verdict = connection.judged()
      #expect(verdict.words == words && verdict.attribution == attribution)
      #expect("\(verdict.reason.template)".contains("proxy") == (attribution == .unknown))
    }
  }

  /// The server goes on sending to a client that is gone; after the client's FIN that is no end of its own.
  @Test(arguments: [true, false]) func aDeadSocketAnswersWithABareReset(closed: Bool) {
    var connection = Connection.established()
    connection.send(0, 50, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 100))
    if closed { connection.send(0, 60, Packet.tcp([.fin, .ack], sequence: 1_101, acknowledgment: 5_001)) }
    let acknowledged: UInt32 = closed ? 1_102 : 1_101
    for number in 0..<3 as Range<UInt32> {
      let time = 100 + Double(number)
      connection.send(
        1, time,
        Packet.tcp(.ack, sequence: 5_001 + number * 200, acknowledgment: acknowledged, length: 200, timeToLive: 53))
      connection.send(0, time + 0.05, Packet.tcp(.rst, sequence: acknowledged, window: 0, identification: 0))
    }
    #expect(connection.judged().words == (closed ? "ok -" : "reset rst-endpoint"))
  }

  /// A load balancer that ends a connection at its idle timeout answers nothing.
  @Test func aResetOfAnIdleConnectionAnswersNoSegment() {
    func reason(_ time: Double) -> String {
      var connection = Connection.established()
      connection.send(0, 50, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 100))
      connection.send(
        1, 95, Packet.tcp([.psh, .ack], sequence: 5_001, acknowledgment: 1_101, length: 200, timeToLive: 53))
      connection.send(0, 96, Packet.tcp(.ack, sequence: 1_101, acknowledgment: 5_201))
      connection.send(1, time, Packet.tcp(.rst, sequence: 5_201, window: 0, timeToLive: 53, identification: 0))
      let verdict = connection.judged()
      return verdict.words == "reset rst-endpoint" ? "\(verdict.reason.template)" : verdict.words
    }
    #expect(reason(240_000).contains("ended a connection to which nothing had been sent for"), "\(reason(240_000))")
    #expect(reason(140).contains("answers a segment"), "\(reason(140))")
  }

  // MARK: A third party's

  /// A reset 5 ms after the request, in the server's name, with a TTL that it never used.
  private func injected(timeToLive: UInt8 = 60, after: Double = 5, sequence: UInt32 = 5_001) -> Connection {
    var connection = Connection.established()
    connection.send(0, 50, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 500))
    connection.send(
      1, 50 + after, Packet.tcp([.rst, .ack], sequence: sequence, acknowledgment: 1_501, timeToLive: timeToLive))
    return connection
  }

  @Test func anEarlyResetWithAStrangeTTLIsAThirdPartys() {
    let verdict = injected().judged()
    #expect(verdict.words == "reset rst-injected" && verdict.direction == .down && verdict.grade == .consistent)
    #expect(Set(verdict.evidence.map { "\($0.code)" }).isSuperset(of: ["reset_too_early", "strange_ttl"]))
    #expect(verdict.evidence.allSatisfy { $0.frames == [5] })
    #expect(!verdict.alternatives.isEmpty)
  }

  @Test func aTTLAloneProvesNothing() {
    #expect(!injected(after: 45).judged().isFinding)
    #expect(injected(after: 45).judged().gapCode == "reset_origin")
    // Not even with numbers out of place: neither is hard.
    var connection = Connection.established()
    connection.send(0, 50, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 500))
    connection.send(1, 92, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_501, length: 700, timeToLive: 53))
    connection.send(1, 200, Packet.tcp([.rst, .ack], sequence: 5_001, acknowledgment: 1_501, timeToLive: 60))
    #expect(connection.judged().gapCode == "reset_origin")
  }

  @Test func anEarlyArrivalAloneProvesNothing() {
    #expect(!injected(timeToLive: 53).judged().isFinding)
  }

  @Test func withoutDistanceNothingIsEarly() {
    var connection = Connection.established(2)  // a server on the same LAN
    connection.send(0, 50, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 500))
    connection.send(1, 50.1, Packet.tcp([.rst, .ack], sequence: 5_001, acknowledgment: 1_501, timeToLive: 60))
    #expect(!connection.judged().isFinding)
  }

  @Test func aCaptureThatDroppedPacketsProvesNoThirdParty() {
    #expect(injected().judged(Made.connection(), Made.surroundings(drops: 2)).gapCode == "capture_drops")
  }

  /// The same story with the ends exchanged is told with the other direction.
  @Test func exchangedEndsMirrorTheVerdict() {
    func story(_ near: Int) -> Judgment {
      let far = 1 - near
      // Captured in the middle: 40 ms to either end.
      var connection = Connection()
      connection.send(0, 0, Packet.tcp(.syn, sequence: 1_000, timeToLive: near == 0 ? 60 : 53))
      connection.send(
        1, 40, Packet.tcp([.syn, .ack], sequence: 1_000, acknowledgment: 1_001, timeToLive: near == 1 ? 60 : 53))
      connection.send(0, 80, Packet.tcp(.ack, sequence: 1_001, acknowledgment: 1_001, timeToLive: near == 0 ? 60 : 53))
      connection.send(
        near, 100, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 1_001, length: 500, timeToLive: 60))
      connection.send(far, 104, Packet.tcp([.rst, .ack], sequence: 1_001, acknowledgment: 1_501, timeToLive: 200))
      connection.send(far, 145, Packet.tcp(.ack, sequence: 1_001, acknowledgment: 1_501, length: 900, timeToLive: 53))
      return connection.judged()
    }
    let down = story(0)
    let up = story(1)
    #expect(down.words == "reset rst-injected" && up.words == down.words)
    #expect(down.direction == .down && up.direction == .up)
    #expect(down.evidence.map { "\($0.code)" } == up.evidence.map { "\($0.code)" })
    #expect(down.grade == up.grade && down.score == up.score)
    #expect(down.alternatives.map { "\($0)" } == up.alternatives.map { "\($0)" })
  }

  @Test func newDataAfterItsOwnResetNeedsASecondSign() {
    var connection = Connection.established()
    connection.send(0, 50, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 500))
    connection.send(1, 95, Packet.tcp([.rst, .ack], sequence: 5_001, acknowledgment: 1_501, timeToLive: 53))
    connection.send(1, 140, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_501, length: 900, timeToLive: 53))
    #expect(!connection.judged().isFinding)
  }

  @Test func dataThatWasOnlyOvertakenIsNoContradiction() {
    var connection = Connection.established()
    connection.send(0, 50, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 500))
    connection.send(1, 95, Packet.tcp([.rst, .ack], sequence: 5_001, acknowledgment: 1_501, timeToLive: 60))
    connection.send(1, 96, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_501, length: 900, timeToLive: 53))
    #expect(!connection.judged().isFinding)
    var late = Connection.established()
    late.send(0, 50, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 500))
    late.send(1, 95, Packet.tcp([.rst, .ack], sequence: 5_001, acknowledgment: 1_501, timeToLive: 60))
    late.send(1, 120, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_501, length: 900, timeToLive: 53))
    #expect(late.judged().words == "reset rst-injected")
  }

  /// The server host's packet filter rejects a segment, and the server's socket, which heard nothing, goes on.
  @Test func theSendersOwnPacketFilterIsNoThirdParty() {
    var connection = Connection.established()
    connection.send(0, 50, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 500))
    connection.send(1, 92, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_501, length: 700, timeToLive: 53))
    connection.send(1, 200, Packet.tcp([.rst, .ack], sequence: 5_001, acknowledgment: 1_501, timeToLive: 53))
    connection.send(1, 300, Packet.tcp(.ack, sequence: 5_701, acknowledgment: 1_501, length: 700, timeToLive: 53))
    #expect(connection.judged().gapCode == "reset_origin")
  }

  /// The SYN waited a second and a half for a radio to wake up: the server is no farther away for that.
  @Test func theFastestReplyTellsTheDistance() {
    func story(acknowledged: Double) -> Judgment {
      var connection = Connection.established(1_500)
      connection.send(0, 1_600, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 100))
      connection.send(1, acknowledged, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_101, timeToLive: 53))
      connection.send(0, 4_000, Packet.tcp([.psh, .ack], sequence: 1_101, acknowledgment: 5_001, length: 100))
      connection.send(1, 4_050, Packet.tcp([.rst, .ack], sequence: 5_001, acknowledgment: 1_201, timeToLive: 60))
      return connection.judged()
    }
    #expect(!story(acknowledged: 1_660).isFinding)
    #expect(story(acknowledged: 3_000).words == "reset rst-injected")
  }

  @Test func aForgottenConnectionAccusesNobody() {
    func story(idle: Double) -> Judgment {
      var connection = Connection.established()
      connection.send(0, 50, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 100))
      connection.send(1, 95, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_101, length: 200, timeToLive: 53))
      let time = 95 + idle
      connection.send(0, time, Packet.tcp([.psh, .ack], sequence: 1_101, acknowledgment: 5_201, length: 100))
      connection.send(
        1, time + 2, Packet.tcp([.rst, .ack], sequence: 5_201, acknowledgment: 1_201, timeToLive: 63))
      return connection.judged()
    }
    #expect(story(idle: 60_000).gapCode == "idle_before_reset")
    #expect(story(idle: 100).words == "reset rst-injected")
  }

  @Test func reservedBitsAndAStrangeTTLAreAThirdPartys() {
    func story(_ reserved: UInt8, _ timeToLive: UInt8) -> Judgment {
      var connection = Connection.established()
      connection.send(0, 50, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 500))
      connection.send(
        1, 95,
        Packet.tcp([.rst, .ack], sequence: 5_001, acknowledgment: 1_501, timeToLive: timeToLive, reserved: reserved))
      return connection.judged()
    }
    #expect(story(0b111, 126).words == "reset rst-injected")
    #expect(!story(0b111, 53).isFinding)
    #expect(!story(0, 126).isFinding)
  }

  /// AccECN counts marked packets in AE, CWR and ECE of every segment, its resets included (RFC 9768 section 3.1): a TTL of
  /// another host of the server's cluster is the only sign then.
  @Test func aCounterOfMarkedPacketsIsNoReservedBit() {
    var connection = Connection.established()
    connection.send(0, 50, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 500))
    connection.send(
      1, 95, Packet.tcp([.rst, .ack], sequence: 5_001, acknowledgment: 1_501, timeToLive: 126, reserved: 0b0001))
    let verdict = connection.judged()
    #expect(!verdict.isFinding && verdict.gapCode == "reset_origin")
  }

  @Test func twoAcknowledgmentsOfWhatWasNeverSentContradict() {
    func story(_ acknowledgments: [UInt32], _ timeToLive: UInt8 = 60) -> Judgment {
      var connection = Connection.established()
      connection.send(0, 50, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 500))
      for (index, number) in acknowledgments.enumerated() {
        connection.send(
          1, 200 + Double(index),
          Packet.tcp([.rst, .ack], sequence: 5_001, acknowledgment: number, timeToLive: timeToLive))
      }
      return connection.judged()
    }
    #expect(story([2_961, 4_421]).words == "reset rst-injected")
    #expect(!story([2_961, 2_961]).isFinding)
    #expect(!story([1_501, 2_961]).isFinding)
    #expect(!story([2_961, 4_421], 53).isFinding, "it needs a second sign")
  }

  @Test func aNumberOutsideTheSendersCounterIsASecondSign() {
    func story(_ identification: UInt16, counted: UInt16 = 1, pause: Double = 40) -> Judgment {
      var connection = Connection.established()
      connection.send(0, 50, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 500))
      for number in 0..<5 as Range<UInt16> {
        connection.send(
          1, 92 + Double(number) * pause,
          Packet.tcp(
            .ack, sequence: 5_001 + UInt32(number) * 100, acknowledgment: 1_501, length: 100, timeToLive: 53,
            identification: 900 &+ number &* counted))
      }
      let end = 92 + 4 * pause
      connection.send(0, end + 20, Packet.tcp([.psh, .ack], sequence: 1_501, acknowledgment: 5_501, length: 500))
      connection.send(
        1, end + 25,
        Packet.tcp(
          [.rst, .ack], sequence: 5_501, acknowledgment: 2_001, timeToLive: 53, identification: identification))
      return connection.judged()
    }
    #expect(story(0x3412).words == "reset rst-injected")
    #expect(!story(906).isFinding, "early alone")
    #expect(!story(0).isFinding, "a dead socket's answer is numbered 0")
    #expect(!story(0x3412, counted: 7_001).isFinding, "a sender that does not count")
    #expect(!story(0x3412, pause: 1).isFinding, "one counter of the whole host steps by one within a burst")
  }

  /// A request on a connection with timestamps; `first`: identification of the SYN-ACK.
  private func asked(first: UInt16) -> Connection {
    var connection = Connection()
    connection.send(0, 0, Packet.tcp(.syn, sequence: 1_000, timestamps: true))
    connection.send(
      1, 40,
      Packet.tcp(
        [.syn, .ack], sequence: 5_000, acknowledgment: 1_001, timeToLive: 53, identification: first, timestamps: true))
    connection.send(0, 40.1, Packet.tcp(.ack, sequence: 1_001, acknowledgment: 5_001, timestamps: true))
    connection.send(
      0, 50, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 500, timestamps: true))
    return connection
  }

  /// The device copies the server's TTL: the reset's time speaks against it, and the timestamps that are missing.
  private func copied(
    after: Double = 1, timestamps: Bool = false, first: UInt16 = 0, later: UInt16? = nil
  ) -> Connection {
    var connection = asked(first: first)
    var (time, sent) = (50.0, UInt32(1_501))
    // The server's acknowledgment of a first request, and a second one.
    if let later {
      connection.send(
        1, 91,
        Packet.tcp(
          .ack, sequence: 5_001, acknowledgment: sent, timeToLive: 53, identification: later, timestamps: true))
      time = 120
      connection.send(
        0, time, Packet.tcp([.psh, .ack], sequence: sent, acknowledgment: 5_001, length: 100, timestamps: true))
      sent += 100
    }
    connection.send(
      1, time + after,
      Packet.tcp(
        [.rst, .ack], sequence: 5_001, acknowledgment: sent, timeToLive: 53, identification: 32_499,
        timestamps: timestamps))
    return connection
  }

  @Test func anEarlyResetIsNotCalledTheServersOwn() {
    #expect(copied(timestamps: true).judged().gapCode == "reset_origin")
    #expect(copied(first: 1).judged().gapCode == "reset_origin", "a stack that may leave them out")
    #expect(copied(later: 0).judged().gapCode == "reset_origin", "one that numbers nothing, and may leave them out")
    #expect(copied(later: 700).judged().words == "reset rst-injected")
    #expect(copied(after: 41, timestamps: true).judged().words == "reset rst-endpoint")
  }

  /// The first connection's handshake may have waited for a radio to wake up, and a load balancer may look like Linux.
  @Test(arguments: [(nil, false), (0, false), (0.4, false), (1.5, true), (-30, true)] as [(Double?, Bool)])
  func anEarlyResetWithoutTimestampsNeedsAnotherConnection(apart: Double?, isFinding: Bool) {
    let connection = copied()
    let flow = Made.connection()
    let alone = connection.judged()
    #expect(alone.words == "reset rst-injected", "what a first look says")
    #expect(alone.evidence.map { "\($0.code)" } == ["reset", "reset_too_early", "reset_without_timestamps"])
    var replication = Replication()
    replication.note(alone, of: flow, over: .tcp)
    if let apart {
      var other = flow
      other.first += Int64(apart * 1e9)
      replication.note(alone, of: other, over: .tcp)
    }
    replication.close()
    let known = Circumstances(Made.surroundings(), thresholds, replication)
    let verdict = Detectors.judge(flow, connection.state, connection.trace, known)
    #expect(verdict.isFinding == isFinding)
    #expect(isFinding || verdict.gapCode == "reset_origin")
  }

  /// A phone polls every half minute, and each SYN waits for its radio: what an abort took is then half of the handshake. Something
  /// that was answered just before shows that the radio was awake.
  @Test(arguments: [(-0.3, true), (-20, false), (-0.02, true)])
  func aHandshakeThatMayHaveWaitedForARadioTellsNoDistance(before: Double, isFinding: Bool) {
    var connection = Connection.established(205, timeToLive: 53)
    connection.send(0, 208, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 100))
    connection.send(1, 253, Packet.tcp([.rst, .ack], sequence: 5_001, acknowledgment: 1_101, timeToLive: 60))
    var around = Surroundings(drops: 0)
    around.knowsControls = true
    let time = start + Int64(before * 1e9)
    around.add(
      Neighbor(
        position: 3, client: client, server: other, port: 53, transport: .udp, first: time,
        lastAnswer: time + 10_000_000, trials: 1))
    #expect(connection.judged().isFinding, "what a first look says")
    #expect(connection.judged(Made.connection(), around).isFinding == isFinding)
    // A connection that began soon behind this one shows how far the server is.
    if !isFinding {
      var others = around
      others.paths.ask(client: client, server: server)
      for (distance, first) in [(205, 0), (190, second)] as [(Double, Int64)] {
        let state = Connection.established(distance, timeToLive: 53).state
        others.paths.note(state, nil, client: client, server: server, first: start + first)
      }
      #expect(!connection.judged(Made.connection(), others).isFinding)
      others.add(
        Neighbor(
          position: 4, client: client, server: other, port: 53, transport: .udp, first: start + second / 2,
          lastAnswer: start + second / 2 + 9_000_000, trials: 1))
      #expect(connection.judged(Made.connection(), others).isFinding)
    }
    // What the server acknowledged later shows how far it is, radio or not.
    connection.send(1, 420, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_101, length: 900, timeToLive: 53))
    #expect(connection.judged(Made.connection(), around).isFinding)
  }

  /// A clock of 15 ms gives a reset the time of what it answers.
  @Test func twoPacketsAtOneInstantShowNoTime() {
    func story(_ time: Double) -> Bool {
      var connection = Connection.established(16, timeToLive: 53)
      connection.send(0, 32, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 100))
      connection.send(1, time, Packet.tcp([.rst, .ack], sequence: 5_001, acknowledgment: 1_101, timeToLive: 60))
      return connection.judged().isFinding
    }
    #expect(!story(32) && story(33))
  }

  /// A server aborts behind its own last segment, without having been asked.
  @Test func aBareResetBehindItsSendersDataAnswersNothing() {
    func story(_ time: Double) -> Judgment {
      var connection = Connection.established(40, timeToLive: 53)
      connection.send(0, 42, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 100))
      connection.send(1, 83, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_101, length: 900, timeToLive: 53))
      connection.send(0, 83.1, Packet.tcp(.ack, sequence: 1_101, acknowledgment: 5_901))
      connection.send(
        1, time, Packet.tcp(.rst, sequence: 5_901, window: 500, timeToLive: 52, identification: 9))
      return connection.judged()
    }
    #expect(!story(83.8).isFinding)
  }

  // MARK: Rewritten in place

  /// The server's first packet of data, turned into a reset by somebody on the way: everything of its header stayed.
  private func rewritten(
    identification: UInt16 = 701, timestamps: Bool = false, first: UInt16 = 0, flags: TCPFlags = [.rst, .ack],
    later: UInt16 = 700
  ) -> Judgment {
    var connection = asked(first: first)
    connection.send(
      1, 91,
      Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_501, timeToLive: 53, identification: later, timestamps: true))
    connection.send(
      1, 93,
      Packet.tcp(
        flags, sequence: 5_001, acknowledgment: 1_501, timeToLive: 53, identification: identification,
        timestamps: timestamps))
    return connection.judged()
  }

  @Test func aResetOfTwoTemplatesWasRewritten() {
    let verdict = rewritten()
    #expect(verdict.words == "reset rst-rewritten" && verdict.grade == .consistent && verdict.direction == .down)
    #expect(verdict.evidence.map { "\($0.code)" } == ["reset", "reset_of_two_templates"])
    #expect(verdict.hasAlternative("other-stack"))
  }

  /// Where the sender's SYN-ACK alone came before, its counter is not known and is not said to go on.
  @Test func nothingIsSaidOfACounterThatWasNotSeen() throws {
    var connection = asked(first: 0)
    connection.send(
      1, 93,
      Packet.tcp([.rst, .ack], sequence: 5_001, acknowledgment: 1_501, timeToLive: 53, identification: 44_961))
    let verdict = connection.judged()
    #expect(verdict.words == "reset rst-rewritten")
    let detail = try #require(verdict.evidence.last?.detail.template.description)
    #expect(detail.hasPrefix("Sequence number and TTL continue") && !detail.contains("identification"))
  }

  /// The server's socket lives on and repeats its data; each copy becomes a reset.
  @Test func aResetThatIsRetransmittedWasRewritten() {
    func story(
      _ identifications: [UInt16], apart: Double = 220, asked: Bool = false, times: [Double] = []
    ) -> Judgment {
      var connection = Connection.established()
      connection.send(0, 50, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 500))
      for (number, identification) in identifications.enumerated() {
        let time = times.isEmpty ? 95 + Double(number) * apart : times[number]
        if asked, number > 0 {
          connection.send(
            0, time - 50, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 500))
        }
        connection.send(
          1, time,
          Packet.tcp(
            [.rst, .ack], sequence: 5_001, acknowledgment: 1_501, timeToLive: 53, identification: identification))
      }
      return connection.judged()
    }
    let verdict = story([900, 901])
    #expect(verdict.words == "reset rst-rewritten")
    #expect(
      verdict.evidence.last.map { "\($0.code)" } == "reset_retransmitted" && verdict.evidence.last?.frames == [5, 6])
    let copied = story([900, 901, 902], times: [95, 95.1, 331])
    #expect(copied.words == "reset rst-rewritten" && copied.evidence.last?.frames == [6, 7], "the copy before it")
    #expect(!story([900, 901], apart: 1).isFinding, "some send resets in threes")
    #expect(!story([900, 901], asked: true).isFinding, "each answers something")
    #expect(!story([900, 40_000]).isFinding, "not one counter")
    #expect(!story([0, 1]).isFinding)
  }

  @Test func anAcknowledgmentAfterItsOwnResetIsAHardSign() {
    func story(_ acknowledgment: UInt32, early: Bool) -> Judgment {
      var connection = Connection.established()
      connection.send(0, 50, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 500))
      connection.send(
        1, early ? 51 : 95, Packet.tcp([.rst, .ack], sequence: 5_001, acknowledgment: 1_501, timeToLive: 53))
      connection.send(1, 140, Packet.tcp(.ack, sequence: 5_001, acknowledgment: acknowledgment, timeToLive: 53))
      return connection.judged()
    }
    #expect(story(1_501, early: true).words == "reset rst-injected")
    #expect(!story(1_001, early: true).isFinding, "it acknowledged nothing new")
    #expect(story(1_501, early: false).gapCode == "reset_origin", "the host's own packet filter")
  }

  @Test func everyMarkOfARewrittenResetIsNecessary() {
    #expect(rewritten(timestamps: true).words == "reset rst-endpoint", "a live socket's abort has timestamps")
    #expect(!rewritten(identification: 0).isFinding, "a dead socket's answer")
    #expect(!rewritten(identification: 40_000).isFinding, "another host's counter")
    #expect(!rewritten(first: 4_711).isFinding, "no Linux: its resets may lack timestamps")
    #expect(!rewritten(identification: 1, later: 0).isFinding, "a stack that numbers nothing begins with 0 as well")
    #expect(!rewritten(flags: .rst).isFinding, "a bare reset is a dead socket's")
  }

  @Test func aSYNACKTurnedIntoAResetIsNoClosedPort() {
    func answer(sequence: UInt32, window: UInt16) -> Judgment {
      var connection = Connection()
      connection.send(0, 0, Packet.tcp(.syn, sequence: 1_000))
      connection.send(
        1, 40,
        Packet.tcp(
          [.rst, .ack], sequence: sequence, acknowledgment: 1_001, window: window, timeToLive: 53, identification: 0))
      return connection.judged()
    }
    #expect(answer(sequence: 0x1234_5678, window: 65_160).words == "reset rst-rewritten")
    #expect(answer(sequence: 0, window: 0).words == "reset rst-refused")
    #expect(answer(sequence: 0, window: 1_024).words == "reset rst-refused")
    #expect(answer(sequence: 0x1234_5678, window: 0).words == "reset rst-refused")
  }

  // MARK: NDSS'09 RST_SEQ_CHANGE, six conditions

  private struct Pair {
    var gap = 100.0
    var first: UInt32 = 5_201
    var second: UInt32 = 6_661
    var acknowledged: UInt32 = 5_201
    var fin: Int?
    var peerReset = false
  }

  /// The server has sent up to 5,201; two resets follow in its name.
  private func hasChange(_ pair: Pair) -> Bool {
    var connection = Connection.established()
    connection.send(0, 50, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 500))
    connection.send(1, 95, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_501, length: 200, timeToLive: 53))
    connection.send(0, 96, Packet.tcp(.ack, sequence: 1_501, acknowledgment: pair.acknowledged))
    if let side = pair.fin {
      connection.send(
        side, 97,
        side == 0
          ? Packet.tcp([.fin, .ack], sequence: 1_501, acknowledgment: pair.acknowledged)
          : Packet.tcp([.fin, .ack], sequence: 5_201, acknowledgment: 1_501, timeToLive: 53))
    }
    if pair.peerReset {
      connection.send(0, 98, Packet.tcp([.rst, .ack], sequence: 1_501, acknowledgment: pair.acknowledged))
    }
    connection.send(1, 200, Packet.tcp([.rst, .ack], sequence: pair.first, acknowledgment: 1_501, timeToLive: 53))
    connection.send(
      1, 200 + pair.gap, Packet.tcp([.rst, .ack], sequence: pair.second, acknowledgment: 1_501, timeToLive: 53))
    guard let trace = connection.trace else { return false }
    let own = (0..<Int(trace.count)).map { trace.segments[$0] }.first { $0.side == 1 }
    guard let own else { return false }
    return Resets.signs(own, connection.state, trace, Circumstances(Made.surroundings(), thresholds)).contains(
      .sequenceChange)
  }

  @Test func twoRisingResetsAreNobodysOwn() {
    #expect(hasChange(Pair()))
    #expect(hasChange(Pair(second: 5_201 + 12_503)))  // Sandvine's step
    #expect(hasChange(Pair(second: 5_204)))
  }

  @Test func eachOfTheSixConditionsIsNecessary() {
    #expect(!hasChange(Pair(gap: 2_000)), "less than two seconds apart")
    #expect(!hasChange(Pair(second: 5_203)), "the second more than two beyond the first")
    #expect(!hasChange(Pair(second: 5_201)), "several resets for queued segments have one number")
    #expect(!hasChange(Pair(second: 5_001)), "rising")
    #expect(!hasChange(Pair(first: 5_001, second: 5_150)), "beyond all that was sent before")
    #expect(!hasChange(Pair(acknowledged: 6_659)), "more than two beyond all that was acknowledged")
    #expect(!hasChange(Pair(fin: 0)), "no FIN of the peer")
    #expect(!hasChange(Pair(second: 6_662, fin: 1)), "no FIN of its own")
    #expect(!hasChange(Pair(peerReset: true)), "no reset of the peer before")
  }

  @Test func theChangeIsFoundAcrossTheWrapOfNumbers() {
    var connection = Connection()
    connection.send(0, 0, Packet.tcp(.syn, sequence: 1_000))
    connection.send(1, 40, Packet.tcp([.syn, .ack], sequence: 0xFFFF_FF00, acknowledgment: 1_001, timeToLive: 53))
    connection.send(0, 41, Packet.tcp(.ack, sequence: 1_001, acknowledgment: 0xFFFF_FF01))
    connection.send(1, 200, Packet.tcp(.rst, sequence: 0xFFFF_FF01, timeToLive: 53))
    connection.send(1, 210, Packet.tcp(.rst, sequence: 0x4B5, timeToLive: 53))
    let trace = connection.trace ?? ResetTrace()
    #expect(
      Resets.signs(trace.segments[0], connection.state, trace, Circumstances(Made.surroundings(), thresholds)).contains(
        .sequenceChange))
  }

  // MARK: The rest

  @Test func aStrayResetThatBothIgnoredIsNoEnd() {
    var connection = injected()
    var time = 100.0
    for number in 0..<10 as Range<UInt32> {
      connection.send(
        1, time, Packet.tcp(.ack, sequence: 5_001 + number * 100, acknowledgment: 1_501, length: 100, timeToLive: 53))
      connection.send(0, time + 1, Packet.tcp(.ack, sequence: 1_501, acknowledgment: 5_101 + number * 100))
      time += 50
    }
    let verdict = connection.judged()
    #expect(verdict.outcome == .ok && verdict.evidence.first.map { "\($0.code)" } == "stray_reset")
  }

  /// Ignored resets have their evidence, also where the client's own resets follow behind the end; a reset that took
  /// effect does not become a stray one by the data that were under way.
  @Test func whatIsUnderWayIsNoSignOfLife() {
    func story(alive: Bool) -> Judgment {
      var connection = injected()
      var time = 80.0
      for number in 0..<10 as Range<UInt32> {
        connection.send(
          1, time, Packet.tcp(.ack, sequence: 5_001 + number * 100, acknowledgment: 1_501, length: 100, timeToLive: 53))
        connection.send(
          0, time + 1,
          alive
            ? Packet.tcp(.ack, sequence: 1_501, acknowledgment: 5_101 + number * 100)
            : Packet.tcp(.rst, sequence: 1_501, window: 0, identification: 0))
        time += 20
      }
      if alive {
        connection.send(0, time, Packet.tcp([.fin, .ack], sequence: 1_501, acknowledgment: 6_001))
        connection.send(
          1, time + 40, Packet.tcp(.ack, sequence: 6_001, acknowledgment: 1_502, length: 100, timeToLive: 53))
        connection.send(0, time + 41, Packet.tcp(.rst, sequence: 1_502, window: 0, identification: 0))
      }
      return connection.judged()
    }
    let stray = story(alive: true)
    #expect(stray.outcome == .ok)
    #expect(Set(stray.evidence.map { "\($0.code)" }).isSuperset(of: ["stray_reset", "reset_too_early", "strange_ttl"]))
    #expect(story(alive: false).words == "reset rst-injected")
  }

  /// A reset in answer to the SYN, and the server's SYN-ACK behind it.
  @Test func aPortIsNotBothClosedAndOpen() {
    func story(_ timeToLive: UInt8, answered: Bool = true) -> Judgment {
      var connection = Connection()
      connection.send(0, 0, Packet.tcp(.syn, sequence: 1_000))
      connection.send(
        1, 25, Packet.tcp([.rst, .ack], acknowledgment: 1_001, window: 0, timeToLive: timeToLive, identification: 0))
      if answered {
        connection.send(1, 40, Packet.tcp([.syn, .ack], sequence: 5_000, acknowledgment: 1_001, timeToLive: 53))
      }
      return connection.judged()
    }
    #expect(story(60).words == "reset rst-injected")
    #expect(!story(53).isFinding, "one sign alone")
    #expect(story(60, answered: false).words == "reset rst-refused")
  }

  /// Data overtook the reset by less than packets change places.
  @Test func reorderingExplainsANumberBehind() {
    func story(gap: Double) -> Judgment {
      var connection = Connection.established()
      connection.send(0, 50, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 500))
      connection.send(1, 54, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_501, length: 700, timeToLive: 53))
      connection.send(
        1, 54 + gap, Packet.tcp([.rst, .ack], sequence: 5_101, acknowledgment: 1_501, timeToLive: 53, reserved: 2))
      return connection.judged()
    }
    #expect(!story(gap: 1).evidence.contains { "\($0.code)" == "sequence_behind" })
    #expect(story(gap: 30).evidence.contains { "\($0.code)" == "sequence_behind" })
  }

  // MARK: Other systems' resets (METHOD.md M1.0)

  /// Windows aborts with window 0, without options and with a counting identification, from TTL 128.
  @Test func windowsAbortsAreTheServersOwn() {
    var connection = Connection()
    connection.send(0, 0, Packet.tcp(.syn, sequence: 1_000))
    connection.send(
      1, 40, Packet.tcp([.syn, .ack], sequence: 5_000, acknowledgment: 1_001, timeToLive: 117, identification: 811))
    connection.send(0, 40.1, Packet.tcp(.ack, sequence: 1_001, acknowledgment: 5_001))
    connection.send(0, 50, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 500))
    connection.send(
      1, 95,
      Packet.tcp(
        [.rst, .ack], sequence: 5_001, acknowledgment: 1_501, window: 0, timeToLive: 117, identification: 812))
    #expect(connection.judged().words == "reset rst-endpoint")
  }

  /// A load balancer in front of the server resets with a TTL of its own.
  @Test func aLoadBalancersResetAccusesNobody() {
    var connection = Connection.established()
    connection.send(0, 50, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 500))
    connection.send(1, 92, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_501, length: 700, timeToLive: 53))
    connection.send(0, 93, Packet.tcp([.psh, .ack], sequence: 1_501, acknowledgment: 5_701, length: 500))
    connection.send(
      1, 134, Packet.tcp([.rst, .ack], sequence: 5_701, acknowledgment: 2_001, window: 0, timeToLive: 56))
    #expect(connection.judged().gapCode == "reset_origin")
  }

  @Test func aResetAsTheFirstPacketOfItsSenderIsMidFlow() {
    var connection = Connection()
    connection.send(0, 0, Packet.tcp(.ack, sequence: 1_000, acknowledgment: 5_000, length: 10))
    connection.send(1, 40, Packet.tcp([.rst, .ack], sequence: 5_000, acknowledgment: 1_010, timeToLive: 53))
    #expect(connection.judged().gapCode == "mid_flow")
  }

  @Test func stagesAreCloudflaresWords() {
    func stage(_ connection: Connection) -> ConnectionStage? { Resets.stage(connection.state, connection.trace) }
    var refused = Connection()
    refused.send(0, 0, Packet.tcp(.syn, sequence: 1_000))
    #expect(stage(refused) == .postSYN)
    refused.send(1, 40, Packet.tcp([.rst, .ack], acknowledgment: 1_001, timeToLive: 53))
    #expect(stage(refused) == .postSYN)
    var connection = Connection.established()
    #expect(stage(connection) == .postACK)
    connection.send(0, 50, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 100))
    #expect(stage(connection) == .postPSH)
    connection.send(0, 60, Packet.tcp([.psh, .ack], sequence: 1_101, acknowledgment: 5_001, length: 100))
    #expect(stage(connection) == .laterInFlow)
    #expect(stage(injected()) == .postPSH)
  }
}
