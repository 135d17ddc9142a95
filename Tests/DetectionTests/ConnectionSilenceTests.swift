import Detection
import Flow
import Settings
import TestSupport
import Testing
import Verdict
import Wire

/// Silence on TCP.
@Suite struct ConnectionSilenceTests {
  private func syns(_ count: Int) -> Connection {
    var connection = Connection()
    for index in 0..<count { connection.send(0, Double(index) * 1_000, Packet.tcp(.syn, sequence: 1_000)) }
    return connection
  }

  private func unanswered(to host: IPAddress = server, last: Int64 = 7) -> FlowObservation {
    Made.connection(to: host, packets: (8, 0), last: last)
  }

  @Test func aLadderOfSYNsWithoutAnAnswerIsABlackhole() {
    let verdict = syns(8).judged(unanswered())
    #expect(verdict.words == "dropped blackhole" && verdict.grade == .consistent && verdict.attribution == .unknown)
    #expect(verdict.tests.first?.trials == 8)
    #expect(verdict.evidence.first?.frames == [1])
  }

  @Test func everyEarlyExitOfAnUnansweredSYNHasAName() {
    #expect(syns(3).judged(unanswered()).gapCode == "too_few_trials")
    #expect(syns(8).judged(unanswered(last: 2)).gapCode == "too_few_trials")
    #expect(syns(8).judged(unanswered(to: IPAddress(v4: 0x0A00_0001))).gapCode == "unreachable_by_design")
    #expect(syns(8).judged(unanswered(), Made.surroundings(drops: 9)).gapCode == "capture_drops")
    var oneSided = Made.surroundings(control: false)
    oneSided.isOneSided = true
    #expect(syns(8).judged(unanswered(), oneSided).gapCode == "one_sided_capture")
    var peer = unanswered()
    peer.isServerRole = false
    #expect(syns(8).judged(peer).gapCode == "server_role_unknown")
    var refused = unanswered()
    refused.dialogue = Dialogue()
    refused.dialogue?.icmpErrors = 1
    #expect(syns(8).judged(refused).gapCode == "icmp_error")
    // The client acknowledges: answers came and were not captured.
    var blind = syns(8)
    blind.send(0, 8_100, Packet.tcp(.ack, sequence: 1_001, acknowledgment: 5_001))
    #expect(blind.judged(unanswered()).gapCode == "one_direction")
    var middle = Connection()
    middle.send(0, 0, Packet.tcp(.ack, sequence: 7, acknowledgment: 9, length: 10))
    #expect(middle.judged(unanswered()).gapCode == "one_direction")
  }

  @Test func aDeadIPv6AttemptBesideWorkingIPv4IsHappyEyeballs() {
    let six = IPAddress(high: 0x2001_067C_04E8_0000, low: 4)
    var flow = FlowObservation(
      client: IPAddress(high: 0x2001_0DB8_0000_0000, low: 1), server: six, serverPort: 443, first: start,
      last: start + 7 * second, firstFrame: 1, packets: (8, 0), clientSide: 0)
    flow.isServerRole = true
    #expect(syns(8).judged(flow).gapCode == "ipv6_path")
  }

  // MARK: Cut off

  /// A connection whose request of 100 bytes at 1 s is repeated to nobody.
  private func stuck(copies: [Double] = [1_200, 1_600, 2_400, 4_000, 7_200]) -> Connection {
    var connection = Connection.established()
    connection.send(0, 1_000, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 100))
    for time in copies {
      connection.send(0, time, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 100))
    }
    return connection
  }

  @Test func segmentsRepeatedToNobodyAreACutoff() {
    let verdict = stuck().judged()
    #expect(verdict.words == "dropped cutoff" && verdict.grade == .consistent)
    #expect(verdict.window == TimeWindow(first: start + second, last: start + 7_200_000_000))
    #expect(verdict.evidence.first?.frames == [4])
  }

  /// A bad line had held the same connection up before, for as long as it does at the end: that may end, too.
  @Test(arguments: [(1.5, "too_short"), (0.5, "-")]) func whereASilenceHadEndedAnotherMay(before: Double, gap: String) {
    var connection = Connection.established()
    let segment = Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 100)
    for share in [0.0, 0.1, 0.3, 0.6, 1] { connection.send(0, 1_000 + 3_000 * before * share, segment) }
    connection.send(1, 7_000, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_101, timeToLive: 53))
    let next = Packet.tcp([.psh, .ack], sequence: 1_101, acknowledgment: 5_001, length: 100)
    for time in [8_000.0, 8_400, 9_200, 10_800, 14_000] { connection.send(0, time, next) }
    #expect(connection.judged().gapCode == gap)
    connection.send(0, 16_000, Packet.tcp([.rst, .ack], sequence: 1_201, acknowledgment: 5_001))
    #expect(connection.judged().words == "dropped cutoff", "given up")
  }

  /// A request and its answer, then what follows.
  private func exchanged() -> Connection {
    var connection = Connection.established()
    connection.send(0, 100, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 100))
    connection.send(
      1, 150, Packet.tcp([.psh, .ack], sequence: 5_001, acknowledgment: 1_101, length: 300, timeToLive: 53))
    connection.send(0, 151, Packet.tcp(.ack, sequence: 1_101, acknowledgment: 5_301))
    return connection
  }

  /// Keep-alives of no byte or one, each owed an acknowledgment: answered, too few, or left alone, then given up.
  @Test(arguments: [
    (UInt32(0), 9, false, "probes_unanswered"), (1, 9, false, "probes_unanswered"), (0, 3, false, "-"),
    (0, 9, true, "-"),
  ])
  func probesThatNobodyAnswersAreNotSound(length: UInt32, probes: Int, isAnswered: Bool, gap: String) {
    var connection = exchanged()
    for number in 0..<probes {
      let time = 10_000 + 5_000 * Double(number)
      connection.send(0, time, Packet.tcp(.ack, sequence: 1_100, acknowledgment: 5_301, length: Int32(length)))
      if isAnswered {
        connection.send(1, time + 40, Packet.tcp(.ack, sequence: 5_301, acknowledgment: 1_101, timeToLive: 53))
      }
    }
    let flow = Made.connection(last: 60)
    #expect(connection.judged(flow).gapCode == gap)
    #expect((connection.judged(flow).outcome == .ok) == (gap == "-"))
    connection.send(0, 60_000, Packet.tcp([.rst, .ack], sequence: 1_101, acknowledgment: 5_301))
    #expect(connection.judged(flow).gapCode == gap, "given up with a reset")
  }

  /// The client repeats what the server, which goes on to send, does not acknowledge; at last it does, or not.
  @Test(arguments: [(false, "upload_unacknowledged"), (true, "-")])
  func anUploadThatIsNotAcknowledgedIsNotSound(isAcknowledged: Bool, gap: String) {
    var connection = exchanged()
    for (number, time) in [1_000.0, 1_300, 1_900, 3_100, 5_500, 10_300].enumerated() {
      connection.send(
        0, time, Packet.tcp([.psh, .ack], sequence: 1_101, acknowledgment: 5_301 + UInt32(number) * 50, length: 400))
      connection.send(
        1, time + 150,
        Packet.tcp(
          [.psh, .ack], sequence: 5_301 + UInt32(number) * 50, acknowledgment: 1_101, length: 50, timeToLive: 53))
    }
    if isAcknowledged {
      connection.send(1, 12_000, Packet.tcp(.ack, sequence: 5_601, acknowledgment: 1_501, timeToLive: 53))
    }
    let verdict = connection.judged(Made.connection(packets: (60, 60), last: 13))
    #expect(verdict.gapCode == gap || isAcknowledged && verdict.gapCode != "upload_unacknowledged")
  }

  /// The server repeats what the client acknowledges each time at once, and sends nothing new.
  @Test(arguments: [(6, "acknowledgments_unheard"), (2, "-")])
  func acknowledgmentsThatAreNotHeardAreNotSound(copies: Int, gap: String) {
    var connection = exchanged()
    let data = Packet.tcp([.psh, .ack], sequence: 5_301, acknowledgment: 1_101, length: 900, timeToLive: 53)
    for number in 0...copies {
      let time = 1_000 + 500 * Double((1 << number) - 1)
      connection.send(1, time, data)
      connection.send(0, time + 0.1, Packet.tcp(.ack, sequence: 1_101, acknowledgment: 6_201))
    }
    let verdict = connection.judged(Made.connection(packets: (60, 60), last: 40))
    #expect(verdict.gapCode == gap || gap == "-" && verdict.gapCode != "acknowledgments_unheard")
  }

  @Test func fewerThanFourCopiesAreTooFew() {
    #expect(stuck(copies: [1_200, 1_600, 4_400]).judged().gapCode == "too_few_trials")
    #expect(!stuck(copies: [1_200, 1_600, 2_000, 2_400]).judged().isFinding)  // under three seconds
  }

  @Test func everyEarlyExitOfACutoffHasAName() {
    #expect(stuck().judged(Made.connection(), Made.surroundings(drops: 1)).gapCode == "capture_drops")
    var peer = Made.connection()
    peer.isServerRole = false
    #expect(stuck().judged(peer).gapCode == "server_role_unknown")
    var refused = Made.connection()
    refused.dialogue = Dialogue()
    refused.dialogue?.icmpErrors = 1
    #expect(stuck().judged(refused).gapCode == "icmp_error")
    var around = Made.surroundings(control: false)
    around.noteClient(IPAddress(v4: 0x0A2A_0007), of: server, first: start + 2 * second)
    #expect(stuck().judged(Made.connection(), around).gapCode == "network_change")
    var middle = Connection()
    middle.send(1, 0, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_001, length: 10))
    for time in [100.0, 300, 700, 1_500, 3_100, 6_300] {
      middle.send(0, time, Packet.tcp(.ack, sequence: 1_001, acknowledgment: 5_011, length: 100))
    }
    #expect(middle.judged().gapCode == "mid_flow")
    var idle = Connection.established()
    for time in [40_000.0, 40_200, 40_600, 41_400, 43_000, 46_200] {
      idle.send(0, time, Packet.tcp(.ack, sequence: 1_001, acknowledgment: 5_001, length: 100))
    }
    #expect(idle.judged().gapCode == "idle_before_silence")
  }

  /// What came before the server acknowledged more explains nothing of a later silence, nor does what says that large packets
  /// are too large of small ones.
  @Test(arguments: [(Int64(2), UInt8(1), "-"), (8, 1, "icmp_error"), (12, 1, "icmp_error"), (12, 4, "-")])
  func anErrorBeforeTheLastAcknowledgmentExplainsNoCutoff(at time: Int64, code: UInt8, gap: String) {
    var connection = Connection.established()
    connection.send(0, 9_960, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 100))
    connection.send(1, 10_000, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_101, length: 200, timeToLive: 53))
    for time in [11_000.0, 11_200, 11_600, 12_400, 14_000, 17_200] {
      connection.send(0, time, Packet.tcp([.psh, .ack], sequence: 1_101, acknowledgment: 5_201, length: 100))
    }
    var flow = Made.connection()
    var dialogue = Dialogue()
    dialogue.take(errorOf: 3, code, isV6: false, from: (false, false), frame: 6, time: start + time * second)
    flow.dialogue = dialogue
    let verdict = connection.judged(flow)
    #expect(verdict.gapCode == gap && verdict.isFinding == (gap == "-"))
  }

  /// An application that gives up waiting ends with its reset what had been silent before.
  @Test func aResetOfAClientThatGaveUpDoesNotHideTheSilence() {
    func story(_ copies: [Double], side: Int = 0) -> Judgment {
      var connection = stuck(copies: copies)
      connection.send(
        side, 12_000,
        side == 0
          ? Packet.tcp([.rst, .ack], sequence: 1_101, acknowledgment: 5_001)
          : Packet.tcp([.rst, .ack], sequence: 5_001, acknowledgment: 1_101, timeToLive: 53))
      return connection.judged()
    }
    let verdict = story([1_200, 1_600, 2_400, 4_000, 7_200])
    #expect(verdict.words == "dropped cutoff" && verdict.grade == .consistent && verdict.attribution == .unknown)
    #expect(verdict.window == TimeWindow(first: start + second, last: start + 12 * second))
    #expect(verdict.evidence.map { "\($0.code)" } == ["unacknowledged_retransmissions", "reset"])
    #expect(verdict.evidence.last?.frames == [10])
    #expect(story([1_200, 1_600, 2_400]).words == "reset rst-endpoint", "three copies")
    #expect(story([1_200, 1_600, 2_400, 4_000, 7_200], side: 1).words == "reset rst-endpoint", "the server's own")
  }

  @Test func largeSegmentsAloneAreWhatThePathMayNotCarry() {
    func stuck(_ length: Int32) -> Judgment {
      var connection = Connection.established()
      for time in [1_000.0, 1_200, 1_600, 2_400, 4_000, 7_200] {
        connection.send(0, time, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: length))
      }
      return connection.judged()
    }
    #expect(stuck(1_400).gapCode == "path_mtu")
    #expect(stuck(517).words == "dropped cutoff" && !stuck(517).hasAlternative("path-mtu"))
    // Paths of IPv4 may be narrower, and nothing as large had passed.
    #expect(stuck(1_000).words == "dropped cutoff" && stuck(1_000).hasAlternative("path-mtu"))
    // A small one behind it was not answered either.
    var both = Connection.established()
    both.send(0, 1_000, Packet.tcp(.ack, sequence: 1_001, acknowledgment: 5_001, length: 1_400))
    both.send(0, 1_000.1, Packet.tcp([.psh, .ack], sequence: 2_401, acknowledgment: 5_001, length: 300))
    for time in [1_200.0, 1_600, 2_400, 4_000, 7_200] {
      both.send(0, time, Packet.tcp(.ack, sequence: 1_001, acknowledgment: 5_001, length: 1_400))
    }
    #expect(both.judged().words == "dropped cutoff")
  }

  @Test func aCutoffAfterFewPacketsOrBytesIsAFreeze() {
    func stuck(after packets: UInt64, bytes: Int32 = 100, isTLS: Bool = true, port: UInt16 = 443) -> Judgment {
      var connection = Connection.established()
      connection.send(1, 900, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_001, length: bytes, timeToLive: 53))
      for time in [1_000.0, 1_200, 1_600, 2_400, 4_000, 7_200] {
        connection.send(
          0, time, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001 + UInt32(bytes), length: 100))
      }
      // Six of the client's packets met silence.
      var flow = Made.connection(packets: (packets / 2 + 6, packets - packets / 2))
      flow.isTLS = isTLS
      flow.serverPort = port
      return connection.judged(flow)
    }
    #expect(stuck(after: 13).words == "dropped cutoff" && stuck(after: 35).words == "dropped cutoff")
    #expect(stuck(after: 14).words == "dropped freeze" && stuck(after: 34).words == "dropped freeze")
    #expect(stuck(after: 100, bytes: 16_000).words == "dropped freeze")
    #expect(stuck(after: 100, bytes: 9_000).words == "dropped cutoff")
    #expect(stuck(after: 100, bytes: 27_000).words == "dropped cutoff")
    #expect(!stuck(after: 20).hasAlternative("server-policy"))
    // A log-in over SSH that failed: the server drops what its client sends.
    let shutOut = stuck(after: 25, isTLS: false)
    #expect(shutOut.words == "dropped cutoff" && shutOut.hasAlternative("server-policy"))
    let mailbox = stuck(after: 25, port: 993)
    #expect(mailbox.words == "dropped cutoff" && mailbox.hasAlternative("server-policy"), "nor over TLS")
    #expect(stuck(after: 100, bytes: 16_000, isTLS: false).words == "dropped freeze", "as much as no log-in carries")
  }

  /// A server whose own filter drops what it does not serve looks like any other.
  @Test func aServersOwnFilterIsNamedBesideABlackHole() {
    var connection = Connection()
    for time in [0.0, 1_000, 3_000, 7_000, 15_000] { connection.send(0, time, Packet.tcp(.syn, sequence: 1_000)) }
    let verdict = connection.judged(Made.connection(packets: (5, 0), last: 15))
    #expect(verdict.words == "dropped blackhole" && verdict.hasAlternative("server-policy"))
  }

  /// A tunnel that comes up takes over what the client sends: what had gone on before it falls silent, with whomever.
  @Test func aTunnelThatBeginsIsTheClientsOwnDoing() {
    func verdict(port: UInt16 = 51_820, began: Int64 = 6, goesOn: Bool = false, others: Bool = true) -> Judgment {
      var connection = Connection.established()
      connection.send(1, 9_000, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_001, length: 100, timeToLive: 53))
      for time in [10_000.0, 10_200, 10_600, 11_400, 13_000, 16_200, 22_600] {
        connection.send(
          0, time, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_101, length: 100))
      }
      var around = Made.surroundings(control: false)
      around.add(
        Neighbor(
          position: 3, client: client, server: other, port: port, transport: .udp, first: start + began * second,
          lastAnswer: start + 60 * second, lastSent: start + 60 * second, trials: 30, longestGap: second / 2))
      for number in 0..<2 as Range<UInt32> {
        around.add(
          Neighbor(
            position: 4 + Int(number), client: client, server: IPAddress(v4: 0xCB00_7101 + number * 256), port: 443,
            transport: .tcp, first: start,
            lastAnswer: start + (goesOn && number == 1 ? 60 : 8) * second, lastSent: start + (others ? 20 : 8) * second,
            trials: 1, longestGap: second, isUnheard: others && !(goesOn && number == 1)))
      }
      return connection.judged(Made.connection(), around)
    }
    #expect(verdict().gapCode == "network_change", "\(verdict().reason)")
    #expect(verdict(port: 443).gapCode != "network_change", "no tunnel by its port")
    #expect(verdict(began: -20).gapCode != "network_change", "it had been up long before")
    #expect(verdict(goesOn: true).gapCode != "network_change", "what was there before goes on")
  }

  /// What was idle may be forgotten, and what stops with another flow stops by time: neither keeps to a count.
  @Test func whatStopsByTimeIsNoFreeze() {
    func stuck(idle: Double = 100, before: Double = 900, owed: UInt16 = 0, _ other: Neighbor? = nil) -> Judgment {
      var connection = Connection.established()
      connection.send(1, before, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_001, length: 100, timeToLive: 53))
      for time in [0.0, 200, 600, 1_400, 3_000, 6_200] {
        connection.send(
          0, before + idle + time, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_101, length: 100))
      }
      var around = Made.surroundings()
      if let other { around.add(other) }
      var flow = Made.connection(packets: (16, 10))
      flow.owedBytes = owed
      flow.isTLS = true
      return connection.judged(flow, around)
    }
    func beside(began: Int64, stopped: Int64) -> Neighbor {
      Neighbor(
        position: 70, client: client, server: server, port: 443, transport: .tcp, first: start + began * second,
        lastAnswer: start + stopped * second, lastSent: start + 30 * second, trials: 1, isUnheard: true)
    }
    #expect(stuck().words == "dropped freeze")
    let idle = stuck(idle: 12_000)
    #expect(idle.words == "dropped cutoff" && idle.alternatives.contains { "\($0)" == "nat-expiry" })
    #expect(stuck(idle: 12_000, before: 12_000).words == "dropped freeze", "it had been as idle before")
    #expect(stuck(idle: 12_000, owed: 900).words == "dropped freeze", "the client waited for the rest of a record")
    #expect(stuck(beside(began: -20, stopped: 1)).words == "dropped cutoff")
    #expect(stuck(beside(began: -20, stopped: -9)).words == "dropped freeze", "it had stopped before")
    #expect(stuck(beside(began: 0, stopped: 1)).words == "dropped freeze", "begun together, stopped together")
    #expect(stuck(beside(began: 1, stopped: 2)).words == "dropped freeze", "one after the other, as counts are reached")
  }

  @Test func aServerThatHearsNothingIsOneWay() {
    func story(acknowledged: UInt32) -> Judgment {
      var connection = Connection.established()
      connection.send(1, 90, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_001, length: 100, timeToLive: 53))
      connection.send(0, 100, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: acknowledged, length: 300))
      for time in [1_000.0, 2_000, 4_000, 8_000, 16_000] {
        connection.send(1, time, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_001, length: 100, timeToLive: 53))
        connection.send(
          0, time + 200, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: acknowledged, length: 300))
      }
      return connection.judged()
    }
    let verdict = story(acknowledged: 5_101)
    #expect(verdict.words == "dropped one-way" && verdict.direction == .up)
    #expect(verdict.alternatives.map { "\($0)" } == ["server-busy", "routing"])
    #expect(!story(acknowledged: 5_001).isFinding, "the client did not acknowledge what the server repeats")
  }

  /// A server whose queue of accepted connections is full drops what it hears, and repeats its SYN-ACK.
  @Test func aServerThatRepeatsItsSYNACKMayBeBusy() {
    var connection = Connection.established()
    connection.send(0, 100, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 300))
    for time in [1_000.0, 3_000, 7_000, 15_000] {
      connection.send(
        1, time, Packet.tcp([.syn, .ack], sequence: 5_000, acknowledgment: 1_001, timeToLive: 53))
      connection.send(0, time + 0.1, Packet.tcp(.ack, sequence: 1_301, acknowledgment: 5_001))
      connection.send(0, time + 200, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 300))
    }
    let verdict = connection.judged()
    #expect(verdict.words == "dropped one-way" && verdict.grade == .consistent)
    #expect(verdict.alternatives.map { "\($0)" } == ["server-busy", "server-down", "routing"])
    #expect(verdict.reason.template.description.contains("took no new connection"))
  }

  @Test func aFiltersOwnNoticeNeedsNoLadder() {
    func story(code: UInt8, fromEnd: Bool = false) -> Judgment {
      var flow = unanswered(last: 0)
      var dialogue = Dialogue()
      dialogue.take(errorOf: 3, code, isV6: false, from: (false, fromEnd), frame: 2, time: start)
      flow.dialogue = dialogue
      return syns(1).judged(flow)
    }
    for code in [9, 10, 13] as [UInt8] {
      let verdict = story(code: code)
      #expect(verdict.words == "dropped blackhole")
      #expect(verdict.evidence.contains { "\($0.code)" == "u14_prohibited" && $0.frames == [2] })
    }
    #expect(story(code: 3).gapCode == "icmp_error" && story(code: 1).gapCode == "icmp_error")
    #expect(story(code: 13, fromEnd: true).gapCode == "icmp_error", "the server host's own filter")
  }

  @Test func afterTheServersFINNothingIsOwed() {
    var connection = Connection.established()
    connection.send(1, 900, Packet.tcp([.fin, .ack], sequence: 5_001, acknowledgment: 1_001, timeToLive: 53))
    for time in [1_000.0, 1_200, 1_600, 2_400, 4_000, 7_200] {
      connection.send(0, time, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_002, length: 100))
    }
    #expect(!connection.judged().isFinding)
  }

  @Test func anAnswerAtLastIsNoCutoff() {
    var connection = stuck()
    connection.send(1, 7_240, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_101, timeToLive: 53))
    #expect(!connection.judged().isFinding)
  }

  // MARK: Soundness

  @Test func aConnectionWithoutDataSaysNothing() {
    #expect(Connection.established().judged().gapCode == "no_data")
    var asked = Connection.established()
    asked.send(0, 100, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 100))
    asked.send(1, 140, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_101, timeToLive: 53))
    #expect(asked.judged().gapCode == "no_answer_seen")
    asked.send(1, 150, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_101, length: 300, timeToLive: 53))
    #expect(asked.judged().outcome == .ok)
  }

  /// Seen from the server's end: its client is gone in the middle of what it sends. Who closes has done with it.
  @Test(arguments: [(4, false, "server_unanswered"), (3, false, "-"), (6, true, "-")])
  func aServerThatRepeatsToNobodyIsNotSound(copies: Int, hasClosed: Bool, code: String) {
    var connection = Connection.established()
    connection.send(0, 50, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 100))
    for number in 0..<60 as Range<UInt32> {
      connection.send(
        1, 100 + 10 * Double(number),
        Packet.tcp(.ack, sequence: 5_001 + number * 100, acknowledgment: 1_101, length: 100, timeToLive: 53))
      if number < 50 {
        connection.send(
          0, 105 + 10 * Double(number), Packet.tcp(.ack, sequence: 1_101, acknowledgment: 5_101 + number * 100))
      }
    }
    if hasClosed {
      connection.send(0, 695, Packet.tcp([.fin, .ack], sequence: 1_101, acknowledgment: 10_001))
    }
    for copy in 0..<copies {
      connection.send(
        1, 1_000 * Double(1 << copy),
        Packet.tcp(.ack, sequence: 10_001, acknowledgment: 1_101, length: 100, timeToLive: 53))
    }
    #expect(connection.judged().gapCode == code)
  }

  @Test func aLossyTransferIsNeverSound() {
    var connection = Connection.established()
    connection.send(0, 50, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 100))
    var time = 100.0
    for number in 0..<100 as Range<UInt32> {
      connection.send(
        1, time, Packet.tcp(.ack, sequence: 5_001 + number * 100, acknowledgment: 1_101, length: 100, timeToLive: 53))
      if number % 5 == 0 {
        connection.send(
          1, time + 250,
          Packet.tcp(.ack, sequence: 5_001 + number * 100, acknowledgment: 1_101, length: 100, timeToLive: 53))
      }
      connection.send(0, time + 280, Packet.tcp(.ack, sequence: 1_101, acknowledgment: 5_101 + number * 100))
      time += 300
    }
    let verdict = connection.judged()
    #expect(verdict.outcome == .degraded && verdict.direction == .down && !verdict.isFinding)
  }
}

/// What is not sound to the end although both sides answered.
@Suite struct UnheardEndTests {
  /// A server's data ran ahead of what came, and the client's acknowledgment stood still.
  @Test func dataThatNeverCameAreNotOk() {
    func verdict(_ bytes: UInt32, stood: Int64) -> Judgment {
      var connection = Connection.established()
      connection.send(0, 50, Packet.tcp(.ack, sequence: 1_001, acknowledgment: 5_001, length: 500))
      connection.send(1, 90, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_501, length: 1_000))
      connection.send(0, 91, Packet.tcp(.ack, sequence: 1_501, acknowledgment: 6_001))
      var flow = Made.connection()
      flow.unreceived = (bytes, stood * second)
      return connection.judged(flow)
    }
    #expect(verdict(20_000, stood: 10).gapCode == "data_not_arrived")
    #expect(verdict(20_000, stood: 1).outcome == .ok, "it may still come")
    #expect(verdict(0, stood: 30).outcome == .ok)
  }

  /// QUIC, or any exchange without media: the client alone spoke at the end.
  @Test func anExchangeWithoutMediaThatEndsUnheardIsNotOk() {
    func verdict(_ seconds: Int64, hungUp: Bool = false) -> Judgment {
      var made = Made.cutOff()
      made.flow.isServerRole = false
      var dialogue = Dialogue()
      dialogue[.initial].ask(time: start, frame: 0, width: second)
      dialogue[.initial].answer(time: start + 40_000_000)
      if hungUp { dialogue.noteHangUp(side: 0, time: start + 10 * second) }
      made.flow.dialogue = dialogue
      made.flow.unheard = (made.flow.last - seconds * second, UInt32(seconds), 0)
      return Detectors.judge(made.flow, made.state, Circumstances(Made.surroundings(), thresholds))
    }
    #expect(verdict(20).gapCode == "nothing_owed")
    #expect(verdict(4).outcome == .ok)
  }
}
