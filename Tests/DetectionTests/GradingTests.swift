import Flow
import Settings
import TestSupport
import Testing
import Verdict
import Wire

@testable import Detection

/// What a finding's company earns it (METHOD.md M6.2).
@Suite struct GradingTests {
  private let secondServer = IPAddress(v4: 0x5B6C_0928)

  /// Verdicts of relays that never answered, each judged with what all of them say together.
  private func blackholes(
    _ servers: [IPAddress], application: Application? = .telegram, around: Surroundings = Made.surroundings(),
    milliseconds: [Int64] = (0..<90).map { $0 * 500 }
  ) -> [Judgment] {
    var around = around
    around.examined = servers.count
    let flows = servers.map { server in
      var flow = Made.asking(milliseconds, to: server)
      flow.application = application
      return flow
    }
    return judged(flows, around)
  }

  /// Each judged with what all of them say together.
  private func judged(_ flows: [FlowObservation], _ around: Surroundings) -> [Judgment] {
    let alone = Circumstances(around, thresholds)
    var replication = Replication()
    for flow in flows {
      replication.note(Detectors.judge(flow, UDPState(firstFrame: 10), alone), of: flow, over: .udp)
    }
    replication.close()
    let known = Circumstances(around, thresholds, replication)
    return flows.map { Detectors.judge($0, UDPState(firstFrame: 10), known) }
  }

  @Test func oneSilentServerIsConsistentAndTwoAreProbable() throws {
    #expect(blackholes([server]).map(\.grade) == [.consistent])
    #expect(blackholes([server, server]).map(\.grade) == [.consistent, .consistent], "one server twice")
    let both = blackholes([server, secondServer])
    #expect(both.map(\.grade) == [.probable, .probable])
    let verdict = try #require(both.first)
    #expect(verdict.attribution == .unknown, "an outage of all of them is not excluded")
    #expect(verdict.alternatives.map { "\($0)" }.contains("service-outage"))
    #expect(verdict.excluders.filter { $0.result == .unknown }.map { "\($0.name)" } == ["server-down"])
    #expect(verdict.evidence.contains { "\($0.code)" == "replicated" })
  }

  /// Relays of no known application that stand in one rack die together; a rack of a known one has at least its name in common.
  @Test func relaysOfNobodyKnownCountByTheirNetworks() {
    let neighbor = IPAddress(v4: 0x5B6C_0928)
    #expect(neighbor.network == server.network)
    let elsewhere = IPAddress(v4: 0x5B6C_0D28)
    #expect(blackholes([server, neighbor], application: nil).map(\.grade) == [.consistent, .consistent])
    #expect(blackholes([server, elsewhere], application: nil).map(\.grade) == [.probable, .probable])
    #expect(blackholes([server, neighbor]).map(\.grade) == [.probable, .probable])
  }

  /// What goes through a line's NAT64 is proven to get through by what goes there as well (RFC 6052): another path is no
  /// control of the translator.
  @Test(arguments: [(false, Grade.consistent), (true, .probable)]) func aDeadTranslatorIsTheLines(
    works: Bool, grade: Grade
  ) {
    func translated(_ host: UInt32) -> IPAddress { IPAddress(high: 0x0064_FF9B_0000_0000, low: UInt64(host)) }
    var around = Made.surroundings()
    if works {
      around.add(
        Neighbor(
          position: 60, client: client, server: translated(0x0808_0808), port: 443, transport: .udp,
          first: start + second, lastAnswer: start + 60 * second, trials: 59, longestGap: second))
    }
    // Over IPv6 something must have worked: it did, without the translator.
    around.add(
      Neighbor(
        position: 61, client: client, server: IPAddress(high: 0x2A00_1450_4001_0800, low: 1), port: 443,
        transport: .udp, first: start + second, lastAnswer: start + 60 * second, trials: 59, longestGap: second))
    let verdicts = blackholes([translated(0x5B6C_0915), translated(0x5B6C_0A28)], around: around)
    #expect(verdicts.map(\.grade) == [grade, grade])
    #expect(verdicts.allSatisfy { $0.alternatives.contains { "\($0)" == "access-line" } != works })
  }

  /// A phone changes from Wi-Fi to the mobile network under a VPN, whose address stays: all that it had going falls silent, and
  /// what it begins is answered. Where one of the old flows goes on it has not.
  @Test(arguments: [true, false]) func oldFlowsAloneFallSilentWhereTheNetworkChanges(goesOn: Bool) {
    var around = Surroundings(drops: 0)
    let (made, began) = (Made.cutOff(), start + 10 * second)
    func add(_ position: Int, _ host: UInt32, _ first: Int64, _ answered: Int64, _ sent: Int64, isUnheard: Bool) {
      around.add(
        Neighbor(
          position: position, client: client, server: IPAddress(v4: host), port: 443, transport: .tcp, first: first,
          lastAnswer: answered, lastSent: sent, trials: 8, longestGap: second, isUnheard: isUnheard))
    }
    add(50, 0xC633_6401, start, began, began + 9 * second, isUnheard: true)
    add(51, 0xC633_6501, start, goesOn ? began + 15 * second : began, began + 15 * second, isUnheard: !goesOn)
    add(52, 0xC633_6601, began + 2 * second, began + 18 * second, began + 18 * second, isUnheard: false)
    around.examined = 1
    let verdict = Detectors.judge(made.flow, made.state, Circumstances(around, thresholds))
    #expect(verdict.words == "dropped cutoff")
    #expect(verdict.alternatives.contains { "\($0)" == "network-change" } != goesOn)
    let excluder = verdict.excluders.first { "\($0.name)" == "network-change" }
    #expect(excluder?.result == (goesOn ? .excluded : .unknown))
  }

  /// Addresses that a client asked a minute apart and that were silent are no company over TCP either, and a service's server that
  /// answers over one transport says nothing of the other.
  @Test func addressesOfAServiceAreAskedTogether() {
    let windows = [0, 4, 60].map { later in
      TimeWindow(first: start + Int64(later) * second, last: start + Int64(later + 15) * second)
    }
    func servers(_ windows: [TimeWindow]) -> Int {
      var replication = Replication()
      var flow = Made.asking([0, 1_000, 3_000], to: server)
      flow.application = .whatsapp
      var judgment = Judgment(.dropped, .blackhole, grade: .consistent, reason: Phrase("Silent."))
      for (host, window) in zip([secondServer, server], windows) {
        flow.server = host
        judgment.window = window
        replication.note(judgment, of: flow, over: .tcp)
      }
      replication.close()
      return replication.count(
        judgment, flow, .tcp, rateSpread: thresholds.cap.rateSpread.value,
        slack: thresholds.silence.controlOverlap.integer
      ).servers
    }
    #expect(servers([windows[0], windows[1]]) == 2)
    #expect(servers([windows[0], windows[2]]) == 1)
    var around = Made.surroundings()
    var third = Neighbor(
      position: 70, client: client, server: other, port: 443, transport: .tcp, first: start,
      lastAnswer: start + 60 * second,
      trials: 60, longestGap: second)
    third.service = .whatsapp
    around.add(third)
    func isServed(_ transport: Transport) -> Bool {
      around.isServed(
        client, by: .whatsapp, over: transport, besides: server, during: windows[1], margin: second)
    }
    #expect(isServed(.tcp) && !isServed(.udp))
  }

  /// Relays that die in calls an hour apart have nothing in common; those of one call do.
  @Test(arguments: [(0, Grade.probable), (3_600, .consistent)] as [(Int64, Grade)])
  func silencesAtDifferentTimesAreNoCompany(later: Int64, grade: Grade) {
    var around = Made.surroundings()
    around.examined = 2
    for hour in [0, later] {
      around.add(
        Neighbor(
          position: 50, client: client, server: other, port: 443, transport: .udp, first: start + hour * second,
          lastAnswer: start + (hour + 60) * second, trials: 60, longestGap: second))
      around.add(
        Neighbor(
          position: 51, client: client, server: other, port: 53, transport: .udp, first: start + (hour + 2) * second,
          lastAnswer: start + (hour + 2) * second + 40_000_000, trials: 1))
    }
    let flows = [(server, Int64(0)), (secondServer, later)].map { host, begin in
      var flow = Made.asking((0..<90).map { $0 * 500 + begin * 1_000 }, to: host)
      flow.first = start + begin * second
      flow.application = .telegram
      return flow
    }
    #expect(judged(flows, around).map(\.grade) == [grade, grade])
  }

  /// A filter for a service hits all of it; where a third relay of it answers meanwhile, those two may just be dead.
  @Test(arguments: [(Application.telegram, Grade.consistent), (.whatsapp, .probable)])
  func aRelayOfTheServiceThatAnswersHoldsTheGrade(service: Application, grade: Grade) {
    var around = Made.surroundings()
    var relay = Neighbor(
      position: 60, client: client, server: IPAddress(v4: 0x5B6C_0B01), port: 597, transport: .udp, first: start,
      lastAnswer: start + 60 * second, trials: 60, longestGap: second, isRelay: true)
    relay.service = service
    around.add(relay)
    let verdicts = blackholes([server, secondServer], around: around)
    #expect(verdicts.map(\.grade) == [grade, grade])
    #expect(
      verdicts.allSatisfy { $0.alternatives.contains { $0.isSame(as: "server-down") } == (grade == .consistent) })
  }

  /// Servers that answer the client on another port of its are neither down nor out of reach: they ignore what this one sends.
  @Test func serversThatAnswerAnotherSocketAreNotSilentToTheClient() {
    var around = Made.surroundings()
    for (place, host) in [server, secondServer].enumerated() {
      around.add(
        Neighbor(
          position: 60 + place, client: client, clientPort: 50_001, server: host, port: 597, transport: .udp,
          first: start + 10 * second, lastAnswer: start + 40 * second, trials: 30, longestGap: second))
    }
    around.examined = 2
    let flows = [server, secondServer].map { host in
      var flow = Made.asking((0..<90).map { $0 * 500 }, to: host)
      flow.application = .telegram
      flow.clientPort = 50_000
      return flow
    }
    for verdict in judged(flows, around) {
      #expect(verdict.isFinding && verdict.grade == .consistent)
      #expect(verdict.evidence.contains { $0.code.isSame(as: "same_server_answered") })
      #expect(verdict.alternatives.first.map { "\($0)" } == "server-policy")
      #expect(!verdict.alternatives.contains { $0.isSame(as: "server-down") || $0.isSame(as: "routing") })
    }
  }

  /// What was recorded or read through a filter for one transport may lack the ICMP error that explains the silence.
  @Test func whereNoICMPCanBeNothingIsProbable() {
    var around = Made.surroundings()
    around.hasOnlySegmentsAndDatagrams = true
    #expect(
      blackholes([server, secondServer], around: around).map(\.grade) == [.probable, .probable], "of both transports")
    around = Made.surroundings(control: false)
    around.hasOnlySegmentsAndDatagrams = true
    for (position, begun) in [(1, start), (2, start + 2 * second)] {
      around.add(
        Neighbor(
          position: position, client: client, server: other, port: 443, transport: .udp, first: begun,
          lastAnswer: start + 60 * second, trials: 30, longestGap: second / 2))
    }
    for verdict in blackholes([server, secondServer], around: around) {
      #expect(verdict.grade == .consistent)
      #expect(verdict.excluders.contains { "\($0.name)" == "icmp-error" && $0.result == .unknown })
    }
  }

  /// The line got a new address: relays that knew the client by the old one are silent, and are no accusers.
  @Test(
    arguments: [(10, true, "mapping_changed"), (10, false, "-"), (-60, true, "-"), (29, true, "-")]
      as [(Int64, Bool, String)])
  func aNewMappingExplainsASilenceThatBeganWithIt(change: Int64, isAddress: Bool, gap: String) {
    var around = Made.surroundings()
    var stun = Neighbor(
      position: 60, client: client, clientPort: 50_007, server: IPAddress(v4: 0xC633_6460), port: 3_478,
      transport: .udp,
      first: start, lastAnswer: start + 60 * second, trials: 60, longestGap: second)
    stun.newMapping = start + change * second
    stun.hasNewAddress = isAddress
    around.add(stun)
    let (flow, state) = Made.cutOff()
    let verdict = Detectors.judge(flow, state, Circumstances(around, thresholds))
    #expect(verdict.isFinding ? gap == "-" : verdict.gapCode == gap)
  }

  /// A host that answers others and not this client, in its own capture, has thrown away what came.
  @Test func aServersOwnCaptureAccusesNoPath() {
    var around = Made.surroundings()
    around.noteOwnServer(server)
    let (flow, state) = Made.cutOff()
    let verdict = Detectors.judge(flow, state, Circumstances(around, thresholds))
    #expect(verdict.gapCode == "servers_own_capture")
    #expect(verdict.alternatives.contains { $0.isSame(as: "host-firewall") })
    around.noteOwnServer(client)
    #expect(Detectors.judge(flow, state, Circumstances(around, thresholds)).isFinding, "on one link")
  }

  /// No place is the end of two networks: a proxy beside the capture answers for servers that are far away.
  @Test func whereServersOfTwoNetworksLookNearNoneIs() {
    var around = Made.surroundings()
    around.noteOwnServer(server)
    around.noteOwnServer(other)
    let (flow, state) = Made.cutOff()
    #expect(Detectors.judge(flow, state, Circumstances(around, thresholds)).isFinding)
  }

  /// A host that records itself has a tunnel up; a socket that is bound to the address outside of it is not heard.
  @Test(arguments: [true, false]) func aServerThatAnswersTheHostsOtherAddressIsNotSilent(isHostsOwn: Bool) {
    let tunnel = IPAddress(v4: 0x0A42_0002)
    var around = Made.surroundings()
    around.isHostsOwn = isHostsOwn
    for address in [client, tunnel] { around.noteClient(address, of: server, first: start) }
    around.add(
      Neighbor(
        position: 60, client: tunnel, clientPort: 50_001, server: server, port: 597, transport: .udp,
        first: start + second, lastAnswer: start + 50 * second, trials: 40, longestGap: second))
    let verdict = Detectors.judge(Made.asking(Made.ladder), UDPState(firstFrame: 10), Circumstances(around, thresholds))
    #expect(verdict.isFinding ? !isHostsOwn : verdict.gapCode == "other_address_answered")
  }

  /// Where a connection of the client shows one direction only, answers to others may be missing too.
  @Test func aClientOfWhichHalfIsMissingIsNotIgnored() {
    var around = Made.surroundings()
    around.halfHeardClients = [client]
    let known = Circumstances(around, thresholds)
    #expect(Detectors.judge(Made.asking(Made.ladder), UDPState(firstFrame: 10), known).gapCode == "one_sided_capture")
    let (flow, state) = Made.cutOff()
    #expect(Detectors.judge(flow, state, known).isFinding, "what was answered came this way")
  }

  /// Name servers whose answers no router passed on are the client's own router: they show nothing of the line behind it.
  @Test(arguments: [true, false]) func aRouterThatAnswersForNameServersIsNoControl(isLocal: Bool) {
    var around = Surroundings(drops: 0)
    around.examined = 2
    for number in 0..<20 as Range<Int64> {
      var resolver = Neighbor(
        position: 50 + Int(number), client: client, server: IPAddress(v4: 0x0808_0808), port: 53, transport: .udp,
        first: start + number * 2 * second, lastAnswer: start + number * 2 * second + 40_000_000, trials: 1)
      resolver.isFromLink = isLocal
      around.add(resolver)
    }
    for verdict in blackholes([server, secondServer], around: around) {
      let line = verdict.excluders.first { $0.name.isSame(as: "access-line-down") }
      #expect(line?.result == (isLocal ? .unknown : .excluded))
      #expect(verdict.alternatives.contains { $0.isSame(as: "access-line") } == isLocal)
      #expect(!isLocal || verdict.grade == .consistent)
    }
  }

  /// Who says that a filter forbids it is the filter: of the client's own network where no router passed the notice on.
  @Test(arguments: [true, false]) func aNoticeOfTheOwnRouterNamesIt(isOfThisLink: Bool) {
    var around = Made.surroundings()
    around.examined = 2
    let flows = [server, secondServer].map { host in
      var flow = Made.asking((0..<90).map { $0 * 500 }, to: host)
      var dialogue = flow.dialogue ?? Dialogue()
      for number in 0..<4 as Range<UInt64> {
        dialogue.take(
          errorOf: 3, 13, isV6: false, from: (false, false), isOfThisLink: isOfThisLink, frame: 11 + number,
          time: start + Int64(number) * second)
      }
      flow.dialogue = dialogue
      flow.application = .telegram
      return flow
    }
    for verdict in judged(flows, around) {
      #expect(verdict.isFinding)
      #expect(verdict.alternatives.contains { $0.isSame(as: "lan-box") } == isOfThisLink)
      #expect(!verdict.alternatives.contains { $0.isSame(as: "service-outage") })
    }
  }

  @Test func serversOfDifferentApplicationsAreNoCompany() {
    var around = Made.surroundings()
    around.examined = 2
    let alone = Circumstances(around, thresholds)
    var replication = Replication()
    for (host, application) in [(server, Application.telegram), (secondServer, .whatsapp)] {
      var flow = Made.asking(Made.ladder, to: host)
      flow.application = application
      replication.note(Detectors.judge(flow, UDPState(firstFrame: 10), alone), of: flow, over: .udp)
    }
    replication.close()
    var flow = Made.asking((0..<90).map { $0 * 500 })
    flow.application = .telegram
    #expect(
      Detectors.judge(flow, UDPState(firstFrame: 10), Circumstances(around, thresholds, replication)).grade
        == .consistent)
  }

  @Test func withoutControlOrPowerNothingIsProbable() {
    #expect(
      blackholes([server, secondServer], around: Made.surroundings(control: false)).allSatisfy {
        $0.grade == .consistent
      })
    // Four trials against twelve: p of 5e-4 alone; among a thousand flows that were examined it is nothing.
    let few: [Int64] = [0, 4_000, 8_000, 12_000]
    #expect(blackholes([server, secondServer], milliseconds: few).allSatisfy { $0.grade == .probable })
    var replication = Replication()
    let flow = Made.asking(few)
    var around = Made.surroundings()
    around.examined = 1_000
    let alone = Circumstances(around, thresholds)
    for host in [server, secondServer] {
      let flow = Made.asking(few, to: host)
      replication.note(Detectors.judge(flow, UDPState(firstFrame: 10), alone), of: flow, over: .udp)
    }
    replication.close()
    let verdict = Detectors.judge(flow, UDPState(firstFrame: 10), Circumstances(around, thresholds, replication))
    #expect(verdict.grade == .consistent)
  }

  /// A NAT without room for new flows drops those and keeps the old ones: only a flow that began meanwhile shows room.
  @Test func aControlThatWasThereBeforeShowsNoRoomInANAT() {
    func verdicts(_ later: Neighbor?) -> [Judgment] {
      var around = Made.surroundings(begun: false)
      if let later { around.add(later) }
      return blackholes([server, secondServer], around: around)
    }
    func begun(_ transport: Transport, at second: Int64, to host: IPAddress = other, port: UInt16 = 3_478) -> Neighbor {
      Neighbor(
        position: 60, client: client, server: host, port: port, transport: transport,
        first: start + second * 1_000_000_000,
        lastAnswer: start + second * 1_000_000_000 + 40_000_000, trials: 1)
    }
    let router = IPAddress(v4: 0xC0A8_0101)
    // Pools of ports are one for each protocol (RFC 6888 REQ-4), and the client's own network lies before the NAT.
    for later in [
      nil, begun(.tcp, at: 5), begun(.udp, at: -5), begun(.udp, at: 50), begun(.udp, at: 5, to: router),
      begun(.udp, at: 5, port: 53),
    ] {
      for verdict in verdicts(later) {
        #expect(verdict.words == "dropped blackhole" && verdict.grade == .consistent)
        #expect(verdict.alternatives.contains { "\($0)" == "nat-full" })
      }
    }
    for verdict in verdicts(begun(.udp, at: 5)) {
      #expect(verdict.grade == .probable && !verdict.alternatives.contains { "\($0)" == "nat-full" })
    }
  }

  /// A mapping may be gone at any time, with the silence of all that used it; an answer to the same socket shows it alive.
  @Test func aMappingThatIsGoneSilencesWhatHadWorked() {
    func verdict(_ port: UInt16) throws -> Judgment {
      var around = Made.surroundings()
      around.add(
        Neighbor(
          position: 60, client: client, clientPort: port, server: other, port: 3_478, transport: .udp, first: start,
          lastAnswer: start + 60 * second, trials: 30, longestGap: second))
      let flows = [server, secondServer].map { host in
        var made = Made.cutOff(server: host)
        made.flow.clientPort = 50_000
        made.flow.application = .telegram
        made.flow.hasOpaqueMedia = true
        return made
      }
      around.examined = flows.count
      var replication = Replication()
      for made in flows {
        replication.note(
          Detectors.judge(made.flow, made.state, Circumstances(around, thresholds)), of: made.flow, over: .udp)
      }
      replication.close()
      return Detectors.judge(flows[0].flow, flows[0].state, Circumstances(around, thresholds, replication))
    }
    let lost = try? verdict(50_001)
    #expect(lost?.words == "dropped cutoff" && lost?.grade == .consistent)
    #expect(lost?.alternatives.contains { "\($0)" == "nat-expiry" } == true)
    let kept = try? verdict(50_000)
    #expect(kept?.words == "dropped cutoff" && kept?.grade == .probable)
    #expect(kept?.alternatives.contains { "\($0)" == "nat-expiry" } == false)
  }

  /// TCP shows that the host lives, and nothing of what listens on UDP there; nor whose a filter is.
  @Test func aHostThatAnswersOverTCPIsNotDownAndItsServiceMayBe() {
    var around = Made.surroundings()
    around.add(
      Neighbor(
        position: 50, client: client, server: server, port: 443, transport: .tcp, first: start,
        lastAnswer: start + 40 * second, trials: 1, longestGap: second))
    let both = blackholes([server, secondServer], around: around)
    #expect(both.map(\.attribution) == [.unknown, .unknown])
    #expect(both.map(\.grade) == [.probable, .probable])
    for verdict in both {
      let names = Set(verdict.alternatives.map { "\($0)" })
      #expect(names.isSuperset(of: ["service-outage", "enterprise-firewall"]))
    }
    #expect(both.map { $0.excluders.first { "\($0.name)" == "server-down" }?.result } == [.excluded, .unknown])
  }

  // MARK: Resets

  /// `held`: a later connection shows the path as it was. `elsewhere`: another server that is hit like this one, and its name.
  private func resets(
    _ count: Int, early: Bool = true, drops: UInt64? = nil, control: Bool = true, held: Bool = false,
    timeToLive: UInt8 = 60, rising: Bool = false,
    elsewhere: (server: IPAddress, name: String)? = (IPAddress(v4: 0x9DF0_0035), "b.example")
  ) -> Judgment {
    var around = Made.surroundings(control: control, drops: drops)
    var connection = Connection.established()
    connection.send(0, 50, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 500))
    connection.send(
      1, early ? 55 : 95, Packet.tcp([.rst, .ack], sequence: 5_001, acknowledgment: 1_501, timeToLive: timeToLive))
    if !early {
      connection.send(1, 140, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_501, length: 900, timeToLive: 53))
    }
    if rising {
      connection.send(
        1, 96, Packet.tcp([.rst, .ack], sequence: 6_461, acknowledgment: 1_501, timeToLive: timeToLive))
    }
    let flow = Made.connection()
    if held {
      around.paths.ask(client: client, server: server)
      around.paths.note(connection.state, connection.trace, client: client, server: server, first: start)
      around.paths.note(
        Connection.established().state, nil, client: client, server: server, first: start + 5 * second)
    }
    let alone = connection.judged(flow, around)
    var replication = Replication()
    for _ in 0..<count { replication.note(alone, of: flow, over: .tcp, name: "a.example") }
    if let elsewhere {
      replication.note(alone, of: Made.connection(to: elsewhere.server), over: .tcp, name: elsewhere.name)
    }
    replication.close()
    return Detectors.judge(
      flow, connection.state, connection.trace, Circumstances(around, thresholds, replication))
  }

  /// A load balancer that has its server take the handshake, or a scrubber before it, rejects what its rules forbid from nearer than
  /// the server, each time: one operator's servers show no network between, wherever they stand.
  @Test func whatStandsBeforeOneOperatorsServersIsNotTheNetwork() {
    let elsewhere = IPAddress(v4: 0x9DF0_0035)
    for hit in [nil, (server, "b.example"), (elsewhere, "a.example")] as [(server: IPAddress, name: String)?] {
      let verdict = resets(3, drops: 0, held: true, elsewhere: hit)
      #expect(verdict.words == "reset rst-injected" && verdict.grade == .probable && verdict.attribution == .unknown)
      for name: StaticString in ["load-balancer", "server-policy"] { #expect(verdict.hasAlternative(name)) }
    }
    let verdict = resets(3, drops: 0, held: true, elsewhere: (elsewhere, "b.example"))
    #expect(verdict.grade == .confirmed && verdict.attribution == .network)
    #expect(!verdict.hasAlternative("load-balancer") && !verdict.hasAlternative("server-policy"))
    // Resets that contradict each other are nobody's who knows the connection; whose they are stays open.
    let rising = resets(3, drops: 0, rising: true, elsewhere: nil)
    #expect(rising.grade == .confirmed && rising.attribution == .unknown)
  }

  @Test func threeResetsAreProbableAndConfirmedOnlyByACleanCapture() {
    #expect(resets(1).grade == .consistent && resets(2).grade == .consistent)
    #expect(resets(3).words == "reset rst-injected" && resets(3).grade == .probable)
    #expect(resets(3).attribution == .network)
    #expect(resets(3, control: false).grade == .consistent, "no other connection was answered")
    #expect(resets(3, drops: 0, held: true).grade == .confirmed)
    #expect(resets(3, drops: 0).grade == .probable, "the path may have become shorter, with another TTL")
    // New data after a reset may be the work of the host's own packet filter.
    #expect(resets(3, early: false, drops: 0, held: true).grade == .probable)
    #expect(resets(3, early: false).attribution == .unknown)
  }

  /// Answers that stop alike are findings together only, and no test of theirs was noted before.
  @Test func aTestThatWasNotNotedCounts() {
    var replication = Replication()
    replication.close()
    #expect(replication.adjusted(0.0005, examined: 1) == 0.0005)
    #expect(replication.adjusted(0.0005, examined: 40) == 0.02)
    #expect(replication.adjusted(0.5, examined: 3) == 1)
  }

  /// What no router passed on is of the client's own network, though over Wi-Fi it takes longer than a cable does.
  /// So is what one router passed on: the user may own two, his own and the provider's.
  @Test(
    arguments: [(60, false), (62, false), (63, true), (64, true), (127, true), (128, true), (255, true)]
      as [(UInt8, Bool)])
  func aResetOfTheOwnLinkIsNotTheNetworks(timeToLive: UInt8, isOfThisLink: Bool) {
    let verdict = resets(3, drops: 0, held: true, timeToLive: timeToLive)
    #expect(verdict.words == "reset rst-injected")
    #expect(verdict.alternatives.contains { $0.isSame(as: "lan-box") } == isOfThisLink)
    #expect(verdict.attribution == (isOfThisLink ? .unknown : .network))
  }

  /// Where the line was full, or a radio saved power, during the handshake, and not when the server's front rejected the request, the
  /// reset only seems too early. A handshake with another server in the same second tells, or what the server acknowledged later.
  @Test func aHandshakeThatMayHaveWaitedProvesNoDistance() {
    func verdict(
      quick: Double?, apart: Double = 0.3, timeToLive: UInt8 = 54, acknowledged: Double? = nil, others: [Double] = [],
      begun: Int64 = 2
    ) -> Judgment {
      var around = Made.surroundings()
      // Handshakes of other connections with the server, two seconds apart.
      if !others.isEmpty { around.paths.ask(client: client, server: server) }
      for (number, distance) in ([110] + others).enumerated() {
        around.paths.note(
          Connection.established(distance).state, nil, client: client, server: server,
          first: start + begun * Int64(number) * second)
      }
      if let quick {
        let first = start + Int64(apart * 1e9)
        var neighbor = Neighbor(
          position: 60, client: client, server: other, port: 443, transport: .tcp, first: first,
          lastAnswer: start + 60 * second, trials: 1)
        neighbor.firstAnswer = first + Int64(quick * 1e6)
        around.add(neighbor)
      }
      var connection = Connection.established(110)
      connection.send(0, 112, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 500))
      var (time, sent) = (112.0, UInt32(1_501))
      if let acknowledged {
        connection.send(1, acknowledged, Packet.tcp(.ack, sequence: 5_001, acknowledgment: sent, timeToLive: 53))
        time = acknowledged + 10
        connection.send(0, time, Packet.tcp([.psh, .ack], sequence: sent, acknowledgment: 5_001, length: 100))
        sent += 100
      }
      connection.send(
        1, time + 16, Packet.tcp([.rst, .ack], sequence: 5_001, acknowledgment: sent, timeToLive: timeToLive))
      let alone = connection.judged(Made.connection(), around)
      var replication = Replication()
      for _ in 0..<3 { replication.note(alone, of: Made.connection(), over: .tcp) }
      replication.close()
      return Detectors.judge(
        Made.connection(), connection.state, connection.trace, Circumstances(around, thresholds, replication))
    }
    func excluder(_ judgment: Judgment) -> Excluder.Result? {
      judgment.excluders.first { $0.name.isSame(as: "slow-handshake") }?.result
    }
    for waited in [
      verdict(quick: nil), verdict(quick: nil, others: [95, 130]), verdict(quick: nil, others: [111, 112], begun: 0),
      verdict(quick: 105), verdict(quick: 20, apart: 1.5), verdict(quick: nil, acknowledged: 225),
    ] {
      #expect(waited.words == "reset rst-injected" && waited.grade == .consistent)
      #expect(excluder(waited) == .unknown)
    }
    for proven in [
      verdict(quick: nil, others: [111, 113]), verdict(quick: 20), verdict(quick: 90),
      verdict(quick: nil, acknowledged: 1_250),
    ] {
      #expect(proven.words == "reset rst-injected" && proven.grade == .probable)
      #expect(excluder(proven) == .excluded)
    }
    let farther = verdict(quick: nil, timeToLive: 60)
    #expect(
      farther.grade == .probable && excluder(farther) == nil, "no load balancer stands seven routers before its servers"
    )
  }

  /// What stands before one server may reset like that every time, and what stands before several may imitate each.
  @Test func marksOfTwoTemplatesNeedSeveralNetworks() {
    func verdict(_ servers: [IPAddress], _ names: [String] = ["a.example", "b.example"]) -> Judgment {
      let around = Made.surroundings()
      var connection = Connection()
      connection.send(0, 0, Packet.tcp(.syn, sequence: 1_000))
      connection.send(
        1, 40,
        Packet.tcp(
          [.rst, .ack], sequence: 0x1234_5678, acknowledgment: 1_001, window: 9_300, timeToLive: 53, identification: 0))
      var replication = Replication()
      for server in servers {
        let flow = Made.connection(to: server)
        replication.note(
          connection.judged(flow, around), of: flow, over: .tcp, name: server == other ? names[1] : names[0])
      }
      replication.close()
      return Detectors.judge(
        Made.connection(to: servers[0]), connection.state, connection.trace,
        Circumstances(around, thresholds, replication))
    }
    let alone = verdict([server, server, server, server])
    #expect(alone.words == "reset rst-rewritten" && alone.grade == .consistent && alone.attribution == .unknown)
    let several = verdict([server, server, server, other])
    #expect(several.grade == .probable && several.attribution == .unknown, "a load balancer may be either's")
    let ofOneName = verdict([server, server, server, other], ["a.example", "a.example"])
    #expect(ofOneName.grade == .consistent, "one operator's load balancers stand at several sites")
  }

  // MARK: Benjamini and Hochberg

  /// The example of their paper (J. R. Stat. Soc. B 57, 1995, section 3.1), fifteen p-values of which four are rejected
  /// at 0.05.
  @Test func adjustedProbabilitiesAreThoseOfThePaper() {
    let values = [
      0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590,
      1.0,
    ]
    var replication = Replication()
    for p in values {
      var judgment = Judgment(.dropped, .blackhole, grade: .consistent, reason: Phrase("Made."))
      judgment.tests = [StatisticalTest("fisher_exact", trials: 4, p: p, examined: 15)]
      replication.note(judgment, of: Made.asking([]), over: .udp)
    }
    replication.close()
    #expect(values.filter { replication.adjusted($0, examined: 15) <= 0.05 } == [0.0001, 0.0004, 0.0019, 0.0095])
    #expect(abs(replication.adjusted(0.0095, examined: 15) - 0.035625) < 1e-12)
  }
}
