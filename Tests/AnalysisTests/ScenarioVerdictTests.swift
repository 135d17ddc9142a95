import Synth
import Testing
import Verdict

/// What each scenario's call and main flow must be found to be.
@Suite struct ScenarioVerdictTests {
  struct Expected: Sendable {
    var scenario: Scenario
    /// Application, stage, outcome, mechanism of each call, in order.
    var calls: [String]
    /// Server, outcome and mechanism of the main flows.
    var flows: [String]
  }

  static let table: [Expected] = [
    Expected(
      scenario: .telegramBlocked, calls: ["telegram signalling dropped blackhole"],
      flows: [
        "91.108.9.21 dropped blackhole", "91.108.13.34 dropped blackhole", "91.108.17.7 dropped blackhole",
        "91.108.9.35 dropped blackhole", "203.0.113.19 ok -", "149.154.167.51 ok -",
      ]),
    Expected(scenario: .telegramClean, calls: ["telegram media ok -"], flows: ["91.108.9.21 ok -"]),
    Expected(
      scenario: .telegramMasked, calls: ["telegram signalling dropped blackhole"],
      flows: [
        "91.108.9.100 dropped blackhole", "91.108.9.40 dropped blackhole", "141.101.90.1 ok -",
        "149.154.167.41 ok -", "149.154.167.51 ok -",
      ]),
    Expected(
      scenario: .telegramCutoff, calls: ["telegram media dropped cutoff"],
      flows: ["91.108.9.21 dropped cutoff", "203.0.113.45 ok -"]),
    Expected(scenario: .whatsappClean, calls: ["whatsapp media ok -"], flows: ["157.240.9.51 ok -"]),
    Expected(scenario: .webrtcClean, calls: ["webrtc media ok -"], flows: ["198.51.100.77 ok -"]),
    Expected(
      scenario: .peerCandidates, calls: ["webrtc media ok -"],
      flows: ["203.0.113.60 ok -", "10.20.30.40 inconclusive -", "198.51.100.201 inconclusive -"]),
    Expected(scenario: .turnDenied, calls: ["webrtc media ok -"], flows: ["203.0.113.60 ok -"]),
    Expected(scenario: .sipClean, calls: ["sip media ok -"], flows: ["203.0.113.30 ok -"]),
    Expected(
      scenario: .oneWay, calls: ["webrtc handshake dropped blackhole"], flows: ["198.51.100.77 dropped blackhole"]),
    Expected(scenario: .closedPort, calls: [], flows: ["198.51.100.90 reset rst-refused", "198.51.100.80 ok -"]),
    Expected(scenario: .clientAbort, calls: [], flows: ["198.51.100.80 reset rst-endpoint"]),
    Expected(scenario: .replyReset, calls: [], flows: ["198.51.100.80 ok -"]),
    Expected(
      scenario: .resetInjected, calls: [], flows: ["198.51.100.80 reset rst-injected", "198.51.100.81 ok -"]),
    Expected(scenario: .resetInPath, calls: [], flows: ["198.51.100.80 reset rst-injected"]),
    Expected(
      scenario: .synBlackhole, calls: [], flows: ["198.51.100.66 dropped blackhole", "198.51.100.80 ok -"]),
    Expected(scenario: .tlsBlackhole, calls: [], flows: ["198.51.100.80 dropped cutoff"]),
    Expected(
      scenario: .networkSilent, calls: ["telegram signalling dropped blackhole"],
      flows: ["91.108.9.21 dropped blackhole", "91.108.13.34 dropped blackhole", "198.51.100.80 ok -"]),
    Expected(
      scenario: .allowedOnly, calls: ["telegram signalling dropped blackhole"],
      flows: [
        "91.108.9.21 dropped blackhole", "192.0.2.10 dropped blackhole", "203.0.113.80 dropped blackhole",
        "198.18.1.7 dropped blackhole", "198.51.100.80 ok -",
      ]),
  ]

  @Test func theTableHasEveryScenario() {
    #expect(Self.table.map(\.scenario) == Scenario.allCases)
  }

  @Test(arguments: table) func callsAndMainFlowsAreFoundToBeWhatWasDone(expected: Expected) {
    let result = Played.result(expected.scenario)
    let calls = result.calls.map {
      "\($0.application?.rawValue ?? "-") \($0.stage.rawValue) \(Self.words($0.verdict))"
    }
    #expect(calls == expected.calls)
    for line in expected.flows {
      let server = String(line.split(separator: " ")[0])
      let found = result.flows.filter { $0.server.address.text == server }
        .map { "\(server) \(Self.words($0.verdict))" }
      #expect(found.contains(line), "\(expected.scenario.rawValue): \(Set(found))")
    }
  }

  static func words(_ verdict: Judgment) -> String {
    "\(verdict.outcome.rawValue) \(verdict.mechanism?.rawValue ?? "-")"
  }

  /// Scenarios in which nothing wrong was done to anybody.
  static let innocent: [Scenario] = [
    .telegramClean, .whatsappClean, .webrtcClean, .sipClean, .peerCandidates, .turnDenied, .closedPort, .clientAbort,
    .replyReset,
  ]

  @Test(arguments: innocent, [UInt64(1), 2, 3, 50, 777])
  func innocentScenariosHaveNoFinding(scenario: Scenario, seed: UInt64) {
    let result = analyze(scenario.frames(seed: seed))
    let found = result.flows.filter(\.verdict.isFinding).map { "\($0.server.address.text) \(Self.words($0.verdict))" }
    #expect(found == [], "seed \(seed)")
    #expect(!result.calls.contains { $0.verdict.isFinding }, "seed \(seed)")
  }

  /// Other seeds change distances, ports and noise, never what was done.
  @Test(arguments: table, [UInt64(2), 3, 50, 777])
  func anotherSeedChangesNoCall(expected: Expected, seed: UInt64) {
    let result = analyze(expected.scenario.frames(seed: seed))
    let calls = result.calls.map {
      "\($0.application?.rawValue ?? "-") \($0.stage.rawValue) \(Self.words($0.verdict))"
    }
    #expect(calls == expected.calls, "seed \(seed)")
  }

  /// Flows that nothing was done to are no findings even where others were hit.
  @Test(arguments: Scenario.allCases) func findingsStayWithTheFlowsThatWereHit(scenario: Scenario) {
    let hit: [Scenario: Set<String>] = [
      .telegramBlocked: ["91.108.9.21", "91.108.13.34", "91.108.17.7", "91.108.9.35"],
      .telegramMasked: ["91.108.9.100", "91.108.9.40"], .telegramCutoff: ["91.108.9.21"],
      .oneWay: ["198.51.100.77"], .resetInjected: ["198.51.100.80"], .resetInPath: ["198.51.100.80"],
      .synBlackhole: ["198.51.100.66"], .tlsBlackhole: ["198.51.100.80"],
      .networkSilent: ["91.108.9.21", "91.108.13.34", "149.154.167.51"],
      .allowedOnly: [
        "91.108.9.21", "149.154.167.51", "192.0.2.10", "203.0.113.80", "203.0.113.19", "198.18.1.7", "198.18.2.7",
        "198.19.3.7",
      ],
    ]
    let found = Set(Played.result(scenario).flows.filter(\.verdict.isFinding).map { $0.server.address.text })
    #expect(found.subtracting(hit[scenario] ?? []) == [])
  }

  @Test func ofTheTwoNamesOnOneServerOnlyTheBlockedOneIsHit() {
    for scenario in [Scenario.resetInPath, .tlsBlackhole] {
      for flow in Played.result(scenario).flows where flow.serverName == "example.org" {
        #expect(!flow.verdict.isFinding, "\(scenario.rawValue)")
        #expect(flow.verdict.outcome == .ok, "\(scenario.rawValue)")
      }
    }
  }

  // MARK: The masked call

  @Test(arguments: [UInt64(1), 2, 3, 50, 777]) func aCallThatFellBackToTCPIsMaskedAndAtMostProbable(seed: UInt64) throws
  {
    let result = analyze(Scenario.telegramMasked.frames(seed: seed))
    let call = try #require(result.calls.first)
    #expect(result.calls.count == 1)
    #expect(call.masked)
    #expect(call.verdict.outcome == .dropped && call.verdict.mechanism == .blackhole)
    #expect(call.verdict.grade == .consistent || call.verdict.grade == .probable)
    #expect(!call.verdict.alternatives.isEmpty)
    #expect(!call.controls.isEmpty)
    let frames = Scenario.telegramMasked.frames(seed: seed)
    #expect(call.verdict.evidence.contains { !$0.frames.isEmpty })
    for evidence in call.verdict.evidence {
      for number in evidence.frames {
        let frame = try #require(number >= 1 && number <= UInt64(frames.count) ? frames[Int(number) - 1] : nil)
        // Each cited frame goes to one of the two silent relays.
        let destination = Array(frame.bytes[30..<34])
        #expect(destination == [91, 108, 9, 100] || destination == [91, 108, 9, 40])
      }
    }
    // Which rule the filter follows cannot be told from one capture (METHOD.md M2.3).
    for line in result.text.lowercased().split(separator: "\n") {
      for claim in ["classif", "stun filter", "stun-filter", "blocked by", "dpi", "censor"] {
        #expect(!line.contains(claim), "\(claim)")
      }
    }
  }

  @Test func maskedTrialsAreBinsAndNotPackets() throws {
    let result = Played.result(.telegramMasked)
    let ladder = try #require(result.flow(to: "91.108.9.100")?.verdict)
    #expect(ladder.tests.first?.trials == 7)  // 0, 0.25 and 0.75 s share a second
    let hellos = try #require(result.flow(to: "91.108.9.40")?.verdict)
    #expect((44...45).contains(hellos.tests.first?.trials ?? 0))
    #expect((ladder.tests.first?.p ?? 1) < 0.05)
  }

  // MARK: How far a silence reaches

  @Test(arguments: [UInt64(1), 2, 3, 50, 777]) func aSilentNetworkIsToldBesideTheFinding(seed: UInt64) throws {
    let result = analyze(Scenario.networkSilent.frames(seed: seed))
    let codes = try #require(result.flow(to: "91.108.9.21", port: 597)).verdict.evidence.map { "\($0.code)" }
    #expect(codes.contains("u11_network_silent") && !codes.contains("u12_most_networks_silent"), "\(codes)")
    // Its twin: only UDP of the same network is silent.
    let twin = try #require(Played.result(.telegramBlocked).flow(to: "91.108.9.21")).verdict.evidence
    #expect(!twin.contains { "\($0.code)" == "u11_network_silent" || "\($0.code)" == "u12_most_networks_silent" })
  }

  @Test(arguments: [UInt64(1), 2, 3, 50, 777])
  func aListOfAllowedDestinationsIsToldBesideTheFinding(seed: UInt64) throws {
    let result = analyze(Scenario.allowedOnly.frames(seed: seed))
    for server in ["91.108.9.21", "192.0.2.10", "198.18.1.7"] as [HostAddress] {
      let verdict = try #require(result.flow(to: server)).verdict
      #expect(verdict.evidence.contains { "\($0.code)" == "u12_most_networks_silent" }, "\(server)")
    }
    #expect(!result.text.contains("blocked by"))
  }

  // MARK: What holds for every verdict

  @Test(arguments: Scenario.allCases) func everyVerdictIsWellFormed(scenario: Scenario) {
    let result = Played.result(scenario)
    let frames = UInt64(scenario.frames(seed: 1).count)
    let verdicts = result.flows.map(\.verdict) + result.calls.map(\.verdict)
    for verdict in verdicts {
      switch verdict.outcome {
      case .inconclusive:
        #expect(verdict.gap != nil && verdict.grade == .inconclusive && verdict.score == nil)
        #expect(verdict.attribution == nil)
      case .ok:
        #expect(verdict.power != nil && verdict.grade == .none && verdict.attribution == nil)
      case .reset, .dropped, .capped, .degraded: #expect(verdict.score != nil)
      }
      if verdict.isFinding {
        #expect([.consistent, .probable, .confirmed].contains(verdict.grade))
        #expect(!verdict.alternatives.isEmpty)
        #expect(!verdict.evidence.isEmpty)
        // One flow or call alone earns no more (METHOD.md M6.2).
        #expect(verdict.grade == .consistent || verdict.attribution != nil)
        if verdict.attribution == .network { #expect(verdict.grade == .probable || verdict.grade == .confirmed) }
      }
      for evidence in verdict.evidence {
        #expect(evidence.frames.count <= Evidence.frameLimit)
        #expect(evidence.frames.allSatisfy { $0 >= 1 && $0 <= frames })
        #expect(zip(evidence.frames, evidence.frames.dropFirst()).allSatisfy { $0 < $1 })
      }
      if let window = verdict.window { #expect(window.first <= window.last) }
    }
  }

  @Test(arguments: Scenario.allCases) func recordsComeInOrderAndNameEachOther(scenario: Scenario) {
    let result = Played.result(scenario)
    #expect(zip(result.flows, result.flows.dropFirst()).allSatisfy { $0.firstFrame < $1.firstFrame })
    #expect(Set(result.flows.map(\.id)).count == result.flows.count)
    let ids = Set(result.flows.map(\.id))
    for call in result.calls {
      #expect(call.flows.allSatisfy(ids.contains))
      #expect(Set(result.flows.filter { $0.call == call.id }.map(\.id)) == Set(call.flows))
      #expect(call.controls.allSatisfy { ids.contains($0) && !call.flows.contains($0) || ids.contains($0) })
      let first = result.flows.filter { $0.call == call.id }.min { $0.firstFrame < $1.firstFrame }
      let callPlace = result.order.firstIndex(of: "call \(call.id)") ?? -1
      let flowPlace = result.order.firstIndex(of: "flow \(first?.id ?? 0)") ?? -1
      #expect(callPlace >= 0 && callPlace < flowPlace)
    }
  }

  @Test(arguments: Scenario.allCases) func everyPacketIsCountedOnce(scenario: Scenario) {
    let frames = scenario.frames(seed: 1)
    let result = Played.result(scenario)
    #expect(result.captures.map(\.packets) == [UInt64(frames.count)])
    let counted = result.flows.reduce(UInt64(0)) { $0 + $1.client.packets + $1.server.packets }
    let errors = UInt64(frames.count { $0.bytes[23] == 1 })  // ICMP is no flow
    #expect(counted + errors == UInt64(frames.count))
    let bytes = result.flows.reduce(UInt64(0)) { $0 + $1.client.bytes + $1.server.bytes }
    let sent = frames.filter { $0.bytes[23] != 1 }.reduce(UInt64(0)) { $0 + UInt64($1.wireLength - 14) }
    #expect(bytes == sent)
  }
}

extension IPAddress {
  var text: String {
    var bytes: [UInt8] = []
    append(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
