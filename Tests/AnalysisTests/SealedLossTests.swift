import Synth
import Testing
import Verdict

/// Random discarding of media without RTP numbers, and what looks like it (METHOD.md M3.8).
@Suite struct SealedLossTests {
  private static let phone = SocketAddress("192.168.1.20", 50_000)
  private static let peer = SocketAddress("198.51.100.9", 50_100)

  /// Which of the server's packets do not come.
  enum Fate: String, Sendable, CaseIterable {
    case random, most, little, bursts, regular, queue, seconds
  }

  private static func draw(_ script: inout CallScript, _ share: Double) -> Bool {
    Double(script.generator.number(in: 0...9_999)) < share * 10_000
  }

  /// DTLS application data both ways at 50 a second for 60 s, with a connectivity check each second.
  private static func records(_ fate: Fate, checks: Bool = true, pace: Bool = true) throws -> FlowRecord {
    var script = CallScript()
    var (client, server) = (
      DTLSSession(generator: script.generator.fork()), DTLSSession(generator: script.generator.fork())
    )
    var isBad = false
    let delay = { (time: Double) -> Double in
      guard fate == .queue, time > 15 else { return 0 }
      return 0.15 + 0.1 * ((time - 15) / 7).truncatingRemainder(dividingBy: 1)
    }
    for number in 0...60 {
      let time = Double(number)
      if !checks, number > 1 { break }
      let check = STUNMessage.iceCheck(
        remoteName: Array("pee1".utf8), localName: Array("own1".utf8), controlling: true, generator: &script.generator)
      script.send(check, phone, peer, at: time)
      let answer = STUNMessage.iceAnswer(to: check, mapped: phone, generator: &script.generator)
      script.send(answer, peer, phone, at: time + 0.02 + delay(time))
    }
    script.send(client.clientHello(), phone, peer, at: 0.1)
    script.send(server.serverFlight(), peer, phone, at: 0.12)
    script.send(client.clientFlight(), phone, peer, at: 0.14)
    script.send(server.finish(), peer, phone, at: 0.16)
    for number in 0..<3_000 {
      let time = 0.2 + 0.02 * Double(number)
      script.send(client.applicationData(60), phone, peer, at: time)
      let record = server.applicationData(pace ? 60 : 60 + script.generator.number(in: 0...900))
      let isLost: Bool
      switch fate {
      case .random: isLost = time > 10 && draw(&script, 0.2)
      case .most: isLost = time > 10 && draw(&script, 0.9)
      case .little: isLost = time > 10 && draw(&script, 0.05)
      case .bursts:
        isBad = isBad ? !draw(&script, 0.2) : draw(&script, 0.02)
        isLost = isBad
      case .regular: isLost = number % 5 == 4
      case .queue: isLost = time > 15 && draw(&script, 0.2)
      case .seconds: isLost = Int(time) % 7 == 3 && draw(&script, 0.35)
      }
      let wander = pace ? 0 : Double(script.generator.number(in: 0...30)) / 1000
      if !isLost { script.send(record, peer, phone, at: time + 0.01 + delay(time) + wander) }
    }
    return try #require(script.result.flows.first)
  }

  private static func codes(_ verdict: Judgment) -> [String] { verdict.evidence.map { "\($0.code)" } }

  @Test func recordsDiscardedAtRandomAreFoundWithThePassRate() throws {
    let verdict = try Self.records(.random).verdict
    #expect(ScenarioVerdictTests.words(verdict) == "dropped random-discard", "\(verdict)")
    #expect(verdict.direction == .down && verdict.grade == .consistent)
    #expect(Self.codes(verdict).contains("u8_loss_by_chance") && Self.codes(verdict).contains("u8_even_loss"))
    #expect(verdict.alternatives.map { "\($0)" } == ["faulty-link", "other-path"])
    let window = try #require(verdict.window)
    #expect(window.last - window.first > 45_000_000_000 && window.last - window.first < 51_000_000_000)
  }

  @Test func mostRecordsDiscardedAtRandomAreFound() throws {
    let verdict = try Self.records(.most).verdict
    #expect(ScenarioVerdictTests.words(verdict) == "dropped random-discard", "\(verdict)")
  }

  @Test func tooFewLostRecordsSayHowManyWouldTell() throws {
    let verdict = try Self.records(.little).verdict
    #expect(verdict.outcome == .inconclusive && verdict.gap.map { "\($0.code)" } == "too_few_losses")
    let gap = try #require(verdict.gap)
    #expect(gap.needed > gap.seen && gap.needed < 900)
  }

  @Test(arguments: [Fate.bursts, .regular, .queue, .seconds])
  func otherLossesOfRecordsAreNotCalledRandom(fate: Fate) throws {
    let verdict = try Self.records(fate).verdict
    #expect(!verdict.isFinding && verdict.outcome == .degraded, "\(verdict)")
    #expect(fate != .bursts || verdict.mechanism == .burstyLoss)
    #expect(fate != .queue || verdict.mechanism == .congestion)
  }

  /// Without checks and without a steady pace nothing tells whether packets waited.
  @Test func recordsWhoseDelayIsNotSeenAreNotCalledRandom() throws {
    let verdict = try Self.records(.random, checks: false, pace: false).verdict
    #expect(verdict.outcome == .inconclusive && verdict.gap.map { "\($0.code)" } == "delay_unseen", "\(verdict)")
    #expect(try Self.records(.random, checks: false).verdict.mechanism == .randomDiscard)
  }

  /// A sender that spreads its records over two paths: each lacks what took the other one. Two counts, of which each lacks as much,
  /// are no such thing.
  @Test(arguments: [true, false]) func recordsThatTookAnotherPathAreNotLost(isOneCount: Bool) throws {
    var script = CallScript()
    let second = SocketAddress("203.0.113.60", 40_777)
    let own = SocketAddress(Self.phone.address, 50_001)
    var sessions: [(client: DTLSSession, server: DTLSSession)] = []
    for (client, server) in [(Self.phone, Self.peer), (own, second)] {
      var pair = (
        client: DTLSSession(generator: script.generator.fork()), server: DTLSSession(generator: script.generator.fork())
      )
      script.check(client, server, own: "own1", their: "pee1", 0...60)
      script.send(pair.client.clientHello(), client, server, at: 0.1)
      script.send(pair.server.serverFlight(), server, client, at: 0.12)
      script.send(pair.client.clientFlight(), client, server, at: 0.14)
      script.send(pair.server.finish(), server, client, at: 0.16)
      sessions.append(pair)
    }
    for number in 0..<3_000 {
      let time = 0.2 + 0.02 * Double(number)
      let isOther = Self.draw(&script, 0.06)
      script.send(sessions[0].client.applicationData(60), Self.phone, Self.peer, at: time)
      let record = sessions[0].server.applicationData(60)
      if !isOther {
        script.send(record, Self.peer, Self.phone, at: time + 0.01)
      } else if isOneCount {
        script.send(record, second, own, at: time + 0.012)
      }
      if !isOneCount { script.send(sessions[1].server.applicationData(60), second, own, at: time + 0.012) }
    }
    let flow = try #require(script.result.flows.first { $0.server.port == Self.peer.port })
    #expect((flow.verdict.gap.map { "\($0.code)" } == "other_path") == isOneCount, "\(flow.verdict.reason)")
  }

  /// A capture beside the client that misses frames and counts none: of what the client sent, and of both ways.
  @Test(arguments: [true, false]) func recordsThatACaptureMissesAreNotDiscarded(isSealed: Bool) throws {
    for (up, down) in [(0.06, 0.0), (0.06, 0.06)] {
      var script = CallScript()
      var (client, server) = (
        DTLSSession(generator: script.generator.fork()), DTLSSession(generator: script.generator.fork())
      )
      script.check(Self.phone, Self.peer, own: "own1", their: "pee1", 0...200)
      script.send(client.clientHello(), Self.phone, Self.peer, at: 0.1)
      script.send(server.serverFlight(), Self.peer, Self.phone, at: 0.12)
      script.send(client.clientFlight(), Self.phone, Self.peer, at: 0.14)
      script.send(server.finish(), Self.peer, Self.phone, at: 0.16)
      for number in 0..<10_000 {
        let time = 0.2 + 0.02 * Double(number)
        let packets =
          isSealed
          ? (client.applicationData(60), server.applicationData(60))
          : ([0x50] + script.generator.bytes(80), [0x50] + script.generator.bytes(80))
        if !Self.draw(&script, up) { script.send(packets.0, Self.phone, Self.peer, at: time) }
        if !Self.draw(&script, down) {
          script.send(packets.1, Self.peer, Self.phone, at: time + 0.01, timeToLive: 53)
        }
      }
      let verdict = try #require(script.result.flows.first).verdict
      #expect(!verdict.isFinding && verdict.gap.map { "\($0.code)" } == "loss_at_source", "\(up) \(down): \(verdict)")
    }
  }

  // MARK: Datagrams of no known format

  enum Pace: String, Sendable, CaseIterable {
    case steady, pauses, comfortNoise, variable, screen, slower, alternating, wireless
  }

  /// Datagrams of the server beside checks, 40 s; `share` of them is lost by chance.
  private static func opaque(_ pace: Pace, share: Double, seed: UInt64 = 11) throws -> FlowRecord {
    var script = CallScript()
    script.generator = SeededGenerator(seed: seed)
    script.check(phone, peer, own: "own1", their: "pee1", 0...40)
    func media(_ length: Int) -> [UInt8] { [0x50] + script.generator.bytes(length) }
    var time = 0.5
    var number = 0
    while time < 40 {
      script.send(media(80), phone, peer, at: time)
      if !draw(&script, share) {
        let wander = Double(script.generator.number(in: 0...1_000)) / 1e6
        script.send(media(pace == .screen ? 1_000 : 80), peer, phone, at: time + 0.01 + wander)
      }
      number += 1
      let isSilent = Int(time / 2.3) % 2 == 1
      switch pace {
      case .steady: time += 0.02
      case .pauses: time += isSilent ? 2.3 : 0.02
      case .comfortNoise: time += isSilent ? 0.16 : 0.02
      case .variable: time += Double(script.generator.number(in: 4...40)) / 1000
      case .screen: time += number % 12 == 0 ? 0.2 : 0.002
      case .slower: time += time > 20 ? 0.06 : 0.02
      case .alternating: time += number % 3 == 0 ? 0.04 : 0.02
      case .wireless: time += number % 50 == 0 ? 0.2 : 0.02
      }
    }
    return try #require(script.result.flows.first)
  }

  @Test(arguments: [UInt64(1), 2, 3]) func steadyDatagramsDiscardedAtRandomAreAnEstimate(seed: UInt64) throws {
    let verdict = try Self.opaque(.steady, share: 0.2, seed: seed).verdict
    #expect(ScenarioVerdictTests.words(verdict) == "dropped random-discard", "\(verdict)")
    #expect(Self.codes(verdict).contains("estimated_by_pace") && verdict.lossDown == nil)
  }

  @Test(arguments: Pace.allCases, [UInt64(1), 2, 3])
  func whatNobodyLostIsNoFinding(pace: Pace, seed: UInt64) throws {
    let verdict = try Self.opaque(pace, share: 0, seed: seed).verdict
    #expect(verdict.outcome == .ok, "\(pace) \(seed): \(verdict)")
    let told: [Pace: String] = [
      .steady: "loss_estimated", .pauses: "loss_unseen_pauses", .variable: "loss_unseen_variable_rate",
      .screen: "loss_unseen_variable_rate", .slower: "loss_unseen_pace_changes",
      .alternating: "loss_unseen_pace_changes", .comfortNoise: "loss_unseen_pace_changes",
      .wireless: "loss_unseen_pace_changes",
    ]
    #expect(Self.codes(verdict).contains(told[pace] ?? "-"), "\(pace): \(Self.codes(verdict))")
  }

  /// What is refused without loss is refused with it.
  @Test(arguments: [Pace.pauses, .comfortNoise, .variable, .screen])
  func variableRatesAreNotEstimated(pace: Pace) throws {
    #expect(!(try Self.opaque(pace, share: 0.2).verdict.isFinding))
  }

  @Test func tooFewMissingDatagramsSayHowManyWouldTell() throws {
    let verdict = try Self.opaque(.steady, share: 0.05).verdict
    #expect(verdict.outcome == .inconclusive && verdict.gap.map { "\($0.code)" } == "too_few_losses", "\(verdict)")
  }
}
