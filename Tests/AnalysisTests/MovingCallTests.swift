import Synth
import Testing
import Verdict

/// Calls that leave one path for another: the last one's end is the call's.
@Suite struct MovingCallTests {
  private static let phone = SocketAddress("192.168.1.20", 50_000)
  private static let peer = SocketAddress("198.51.100.9", 40_000)
  private static let moved = SocketAddress("198.51.100.130", 41_000)

  /// Checks each second until `end`, answered until `answered`, and media of both sides within these times.
  private static func path(
    _ script: inout CallScript, _ streams: inout (up: MediaStream, down: MediaStream), _ server: SocketAddress,
    name: String, _ times: ClosedRange<Double>, answered: Double
  ) {
    script.check(phone, server, own: "own\(name)", their: "pee\(name)", times.lowerBound...answered)
    for time in stride(from: answered + 1, through: times.upperBound, by: 1) {
      script.send(
        STUNMessage.iceCheck(
          remoteName: Array("pee\(name)".utf8), localName: Array("own\(name)".utf8), controlling: true,
          generator: &script.generator), phone, server, at: time)
    }
    script.play(&streams.up, phone, server, times)
    script.play(&streams.down, server, phone, (times.lowerBound + 0.007)...answered)
  }

  /// A minute on one path, then another takes over, which is cut or lives.
  @Test(arguments: [75.0, 90.0]) func thePathThatTookOverSpeaksForTheEnd(answered: Double) throws {
    var script = CallScript()
    var streams = script.streams()
    Self.path(&script, &streams, Self.peer, name: "x", 1...60, answered: 60)
    Self.path(&script, &streams, Self.moved, name: "x", 60.5...90, answered: answered)
    let calls = script.result.calls
    try #require(calls.count == 1)
    #expect(calls[0].verdict.outcome == (answered < 90 ? .dropped : .ok), "\(calls[0].verdict.reason)")
  }

  /// Media through a relay with the peer's checks, silent from 25 s on; the client asks it anew, or does not, or another one answers.
  @Test(arguments: ["asked", "while media go on", "another", "never"])
  func aRelayThatIsAskedAnewAndSilentHadDied(_ after: String) throws {
    let isAsked = after == "asked" || after == "while media go on"
    let end = after == "while media go on" ? 58.0 : 37
    var script = CallScript()
    let relay = SocketAddress("203.0.113.60", 3_478)
    let control = SocketAddress("198.51.100.3", 3_478)
    var streams = script.streams()
    let own = SocketAddress(Self.phone.address, 50_777)
    for time in stride(from: 0.5, through: 70, by: 3) {
      let request = STUNMessage.binding(transaction: script.generator.bytes(12))
      script.ask(request, STUNMessage.bindingAnswer(to: request, mapped: own), own, control, at: time)
    }
    func allocate() -> [UInt8] {
      STUNMessage.allocate(
        transaction: script.generator.bytes(12), credentials: nil, generator: &script.generator)
    }
    func answer(_ request: [UInt8]) -> [UInt8] {
      STUNMessage.success(to: request, mapped: Self.phone, generator: &script.generator)
    }
    let bare = allocate()
    script.ask(
      bare, STUNMessage.unauthorized(to: bare, realm: "signal.org", nonce: Array("n1".utf8), software: "a"), Self.phone,
      relay, at: 0)
    let first = allocate()
    script.ask(first, answer(first), Self.phone, relay, at: 0.1)
    for time in stride(from: 1.0, through: end, by: 2.5) {
      let check = STUNMessage.iceCheck(
        remoteName: Array("pee1".utf8), localName: Array("own1".utf8), controlling: true, generator: &script.generator)
      script.send(STUNMessage.channelData(0x4001, check), Self.phone, relay, at: time)
      guard time < 25 else { continue }
      script.send(
        STUNMessage.channelData(
          0x4001, STUNMessage.iceAnswer(to: check, mapped: Self.phone, generator: &script.generator)), relay,
        Self.phone, at: time + 0.05)
    }
    for time in stride(from: 1.0, through: end, by: 0.02) {
      script.send(STUNMessage.channelData(0x4001, streams.up.nextPacket()), Self.phone, relay, at: time)
      guard time < 25 else { continue }
      script.send(STUNMessage.channelData(0x4001, streams.down.nextPacket()), relay, Self.phone, at: time + 0.007)
    }
    if after != "never" {
      let anew = SocketAddress(Self.phone.address, 51_000)
      for time in stride(from: 32.0, through: 60, by: 4) { script.send(allocate(), anew, relay, at: time) }
      let second = SocketAddress("203.0.113.99", 3_478)
      for time in stride(from: 32.0, through: 60, by: 4) where after == "another" {
        let request = allocate()
        script.ask(request, answer(request), SocketAddress(Self.phone.address, 51_001), second, at: time)
      }
    }
    let result = script.result
    let flow = try #require(result.flows.first { $0.client.port == 50_000 })
    #expect(flow.verdict.gap.map { "\($0.code)" } == "peer_behind_relay", "\(flow.verdict.reason)")
    let call = try #require(result.calls.first)
    #expect(
      (call.verdict.mechanism == .cutoff) == isAsked,
      "\(after): \(call.verdict.reason), \(result.calls.count) calls, \(result.flows.map(\.verdict.reason))")
    #expect(call.verdict.isFinding == isAsked)
  }

  /// A peer that comes back under another address had not been cut off, nor is what came of its old one the call's end.
  @Test(arguments: [true, false]) func aCallThatGoesOnElsewhereIsNotCut(goesOn: Bool) throws {
    var script = CallScript()
    var streams = script.streams()
    Self.path(&script, &streams, Self.peer, name: "x", 1...58, answered: 48)
    if goesOn { Self.path(&script, &streams, Self.moved, name: "y", 58.5...90, answered: 90) }
    let result = script.result
    try #require(result.calls.count == 1)
    let verdict = result.calls[0].verdict
    #expect(verdict.outcome == (goesOn ? .ok : .dropped))
    #expect("\(verdict.reason)".contains("took over") == goesOn)
    #expect(result.flow(to: "198.51.100.9")?.verdict.outcome == .dropped)
  }

  /// What is written for people has no identifiers, which are made for those who want them: the verdicts are the same.
  @Test func withoutIdentifiersTheVerdictIsTheSame() throws {
    var script = CallScript()
    var streams = script.streams()
    Self.path(&script, &streams, Self.peer, name: "x", 1...58, answered: 48)
    Self.path(&script, &streams, Self.moved, name: "y", 58.5...90, answered: 90)
    let plain = analyze(script.captured, withIdentifiers: false)
    let whole = script.result
    #expect(plain.calls.map(\.id) == [0] && whole.calls.count == 1 && whole.calls[0].id != 0)
    #expect(plain.calls.map(\.verdict.outcome) == whole.calls.map(\.verdict.outcome))
    #expect(plain.flows.map(\.verdict.outcome) == whole.flows.map(\.verdict.outcome))
    #expect("\(plain.calls[0].verdict.reason)" == "\(whole.calls[0].verdict.reason)")
  }

  /// A relay does not move: that it fell silent while the call went on is said of the call.
  @Test func aCallThatLeavesASilentRelayWasDropped() throws {
    var script = CallScript()
    let relay = SocketAddress("203.0.113.60", 3_478)
    var streams = script.streams()
    for time in stride(from: 0.0, through: 44, by: 1) {
      let request = STUNMessage.allocate(
        transaction: script.generator.bytes(12), credentials: nil, generator: &script.generator)
      if time < 30 {
        script.ask(
          request, STUNMessage.success(to: request, mapped: Self.phone, generator: &script.generator), Self.phone,
          relay,
          at: time)
      } else {
        script.send(request, Self.phone, relay, at: time)
      }
    }
    script.play(&streams.up, Self.phone, relay, 1...44)
    script.play(&streams.down, relay, Self.phone, 1.007...30)
    Self.path(&script, &streams, Self.moved, name: "y", 44.5...70, answered: 70)
    let calls = script.result.calls
    try #require(calls.count == 1)
    #expect(calls[0].verdict.mechanism == .cutoff, "\(calls[0].verdict.reason)")
    #expect(calls[0].verdict.evidence.contains { "\($0.code)" == "went_on" })
  }

  /// A path that the call had left takes its streams over again when the later one falls silent; or another stream of the same host ran
  /// there all the time, as a picture does, and the voice was cut.
  @Test(arguments: [true, false]) func aPathThatRanBeforeMayTakeOver(isSame: Bool) throws {
    var script = CallScript()
    var streams = script.streams()
    let second = SocketAddress(Self.peer.address, 40_111)
    if isSame {
      Self.path(&script, &streams, Self.peer, name: "x", 1...10, answered: 10)
      Self.path(&script, &streams, second, name: "x", 10.5...58, answered: 48)
      Self.path(&script, &streams, Self.peer, name: "x", 58.5...90, answered: 90)
    } else {
      var picture = script.streams(96)
      Self.path(&script, &picture, Self.peer, name: "x", 1...90, answered: 90)
      Self.path(&script, &streams, second, name: "x", 10.5...90, answered: 48)
    }
    let calls = script.result.calls
    try #require(calls.count == 1)
    // What of one stream is missing on a path came over the other.
    let gap = calls[0].verdict.gap.map { "\($0.code)" }
    #expect(isSame ? gap == "other_path" : calls[0].verdict.outcome == .dropped, "\(calls[0].verdict.reason)")
  }

  /// The client moves to another network and the same relay carries on, six or twelve seconds later; or nothing does.
  @Test(arguments: [6.0, 12, .infinity]) func aClientThatMovesLeavesItsRelayWithIt(pause: Double) throws {
    var script = CallScript()
    let relay = SocketAddress("203.0.113.60", 3_478)
    let mobile = SocketAddress("10.64.7.2", 50_100)
    var streams = script.streams()
    func relayed(_ client: SocketAddress, _ times: ClosedRange<Double>, answered: Double) {
      for time in stride(from: times.lowerBound, through: times.upperBound, by: 1) {
        let request = STUNMessage.refresh(
          lifetime: 600, transaction: script.generator.bytes(12),
          credentials: STUNMessage.Credentials(user: "1:2", realm: "example.org", nonce: [1, 2, 3, 4]),
          generator: &script.generator)
        if time < answered {
          script.ask(
            request, STUNMessage.success(to: request, lifetime: 600, generator: &script.generator), client, relay,
            at: time)
        } else {
          script.send(request, client, relay, at: time)
        }
      }
      for time in stride(from: times.lowerBound, through: times.upperBound, by: 0.02) {
        script.send(STUNMessage.channelData(0x4001, streams.up.nextPacket()), client, relay, at: time)
        guard time < answered else { continue }
        script.send(STUNMessage.channelData(0x4001, streams.down.nextPacket()), relay, client, at: time + 0.007)
      }
    }
    let lost = pause.isFinite ? 40 + pause : 60
    relayed(Self.phone, 1...lost, answered: 40)
    if pause.isFinite { relayed(mobile, (lost + 0.2)...(lost + 40), answered: .infinity) }
    let calls = script.result.calls
    try #require(calls.count == 1)
    #expect(calls[0].verdict.outcome == (pause.isFinite ? .ok : .dropped), "\(calls[0].verdict.reason)")
  }

  /// The voice is cut while a stream that is only watched goes on and is heavier; or that one stops, and the voice goes on.
  @Test(arguments: [true, false]) func whatIsOnlyWatchedIsNotTheVoice(isVoiceCut: Bool) throws {
    var script = CallScript()
    var (voice, watched) = (script.streams(), script.stream(96))
    Self.path(&script, &voice, Self.peer, name: "x", 1...90, answered: isVoiceCut ? 48 : 90)
    let viewer = SocketAddress(Self.phone.address, 50_333)
    let end = isVoiceCut ? 90.0 : 48
    for time in stride(from: 1.0, through: 90, by: 1) {
      let check = STUNMessage.iceCheck(
        remoteName: Array("peex".utf8), localName: Array("ownx".utf8), controlling: true, generator: &script.generator)
      script.ask(
        check, STUNMessage.iceAnswer(to: check, mapped: viewer, generator: &script.generator), viewer, Self.moved,
        at: time)
    }
    for time in stride(from: 1.0, through: end, by: 0.005) {
      script.send(watched.nextPacket(), Self.moved, viewer, at: time)
    }
    let calls = script.result.calls
    try #require(calls.count == 1)
    #expect(calls[0].verdict.outcome == (isVoiceCut ? .dropped : .ok), "\(calls[0].verdict.reason)")
  }

  // MARK: Beside a call that is up

  /// Another program asks two relays in vain, from a socket of its own, or the call itself does from its own.
  @Test(arguments: [(UInt16(50_444), 2), (50_000, 1)]) func whoAsksInVainBesideACallIsAnother(port: UInt16, calls: Int)
  {
    var script = CallScript()
    var streams = script.streams()
    script.check(Self.phone, Self.peer, own: "ownx", their: "peex", 0...60)
    script.talk(&streams, Self.phone, Self.peer, 1...60)
    for server in [SocketAddress("203.0.113.60", 3_478), SocketAddress("192.0.2.60", 3_478)] {
      let request = STUNMessage.allocate(
        transaction: script.generator.bytes(12), credentials: nil, generator: &script.generator)
      for time in [20.0, 20.5, 21.5, 23.5, 27.5, 35.5] {
        script.send(request, SocketAddress(Self.phone.address, port), server, at: time)
      }
    }
    let found = script.result.calls
    #expect(found.count == calls)
    #expect(found.first?.verdict.outcome == .ok && found.first?.masked == false)
  }

  /// The phone that captures says whose sockets they are: a browser's relays are not those of a messenger's call.
  @Test(arguments: [("Browser", 2), ("Talk", 1), (nil, 1)]) func anotherProgramsRelaysAreNotTheCalls(
    app: String?, calls: Int
  ) {
    var script = CallScript()
    var streams = script.streams()
    script.phoneApp = "Talk"
    script.check(Self.phone, Self.peer, own: "ownx", their: "peex", 1...60)
    script.talk(&streams, Self.phone, Self.peer, 2...60)
    script.phoneApp = app
    for server in [SocketAddress("203.0.113.60", 3_478), SocketAddress("192.0.2.60", 3_478)] {
      let request = STUNMessage.allocate(
        transaction: script.generator.bytes(12), credentials: nil, generator: &script.generator)
      for time in [0.2, 0.7, 1.7, 3.7, 7.7, 15.7] {
        script.send(request, SocketAddress(Self.phone.address, 50_444), server, at: time)
      }
    }
    let found = script.result.calls
    #expect(found.count == calls)
    #expect(found.contains { $0.verdict.outcome == .ok } == (calls == 2))
  }

  /// Voice to a reflector, and another call's reflector that never answers, ten seconds later: of another tag, or of the same.
  @Test(arguments: [(UInt8(7), 1), (8, 2)]) func anotherTagBesideACallIsAnother(tag: UInt8, calls: Int) {
    var script = CallScript()
    var streams = script.streams()
    let message = ReflectorMessage(tag: [UInt8](repeating: 7, count: 12))
    let server = SocketAddress("91.108.9.21", 597)
    for time in stride(from: 0.0, through: 40, by: 10) {
      let hello = message.hello(from: [1, 2, 3, 4])
      script.ask(hello, message.answer(to: hello, unixTime: 1, mapped: Self.phone), Self.phone, server, at: time)
    }
    script.talk(&streams, Self.phone, server, 1...40)
    let other = ReflectorMessage(tag: [UInt8](repeating: tag, count: 12))
    for time in stride(from: 12.0, through: 20, by: 0.5) {
      script.send(
        other.hello(from: [1, 2, 3, 4]), SocketAddress(Self.phone.address, 50_600), SocketAddress("91.108.13.34", 597),
        at: time)
    }
    #expect(script.result.calls.count == calls)
  }

  // MARK: Both families

  /// A reflector over IPv4 that never answers, one over IPv6 that carries the call, asked at once or by whoever was called.
  @Test(arguments: [(0.2, 1), (4.0, 2)]) func aTagOverBothFamiliesIsOneHosts(delay: Double, calls: Int) {
    var script = CallScript()
    var streams = script.streams()
    let message = ReflectorMessage(tag: [UInt8](repeating: 7, count: 12))
    for time in stride(from: 0.0, through: 12, by: 0.5) {
      script.send(message.hello(from: [1, 2, 3, 4]), Self.phone, SocketAddress("91.108.9.21", 597), at: time)
    }
    let v6 = SocketAddress("2001:db8:50::2", 50_001)
    let server = SocketAddress("2001:67c:4e8:f004::9", 598)
    for time in stride(from: delay, through: 30, by: 10) {
      let hello = message.hello(from: [1, 2, 3, 4])
      script.ask(hello, message.answer(to: hello, unixTime: 1, mapped: v6), v6, server, at: time)
    }
    script.talk(&streams, v6, server, (delay + 1)...30)
    let result = script.result
    #expect(result.calls.count == calls)
    if calls == 1 { #expect(result.calls[0].verdict.outcome == .ok) }
    #expect(result.flow(to: "91.108.9.21")?.verdict.grade == .consistent)
  }

  /// WhatsApp's port over both families, or another one.
  @Test(arguments: [(UInt16(50_000), 1), (50_001, 2)]) func aPortOverBothFamiliesIsOneHosts(port: UInt16, calls: Int) {
    var script = CallScript()
    var streams = script.streams(120)
    let relay = SocketAddress("157.240.9.51", 3_478)
    let request = WhatsAppMessage.allocate(
      relay: relay, token: script.generator.bytes(152), transaction: script.generator.bytes(12),
      generator: &script.generator)
    for time in stride(from: 0.0, through: 8, by: 1) { script.send(request, Self.phone, relay, at: time) }
    let v6 = SocketAddress("2001:db8:50::2", port)
    let server = SocketAddress("2a03:2880:f26d:c6::32", 3_478)
    let other = WhatsAppMessage.allocate(
      relay: server, token: script.generator.bytes(152), transaction: script.generator.bytes(12),
      generator: &script.generator)
    let answer = WhatsAppMessage.allocateAnswer(
      to: other, mapped: v6, unixMilliseconds: 1, generator: &script.generator)
    script.ask(other, answer, v6, server, at: 0.1)
    script.talk(&streams, v6, server, 1...30)
    #expect(script.result.calls.count == calls)
  }

  // MARK: One conference

  /// Connections of a page to one media server: one sends and the other hears, or both send the same kind of media.
  @Test(arguments: [(false, 1), (true, 2)]) func whoSendsAndWhoHearsAreOneCall(bothSend: Bool, calls: Int) {
    var script = CallScript()
    let server = SocketAddress("203.0.113.7", 50_000)
    let other = SocketAddress("203.0.113.7", 50_001)
    let second = SocketAddress(Self.phone.address, 50_010)
    var (first, later) = (script.streams(), script.streams())
    script.check(Self.phone, server, own: "own1", their: "pee1", 0...30)
    script.check(second, other, own: "own2", their: "pee2", 0.3...30)
    script.play(&first.up, Self.phone, server, 1...30)
    script.play(&later.down, other, second, 1.007...30)
    if bothSend { script.play(&later.up, second, other, 1.01...30) }
    #expect(script.result.calls.count == calls)
  }

  /// What asks a STUN server from a call's socket is that call's, not the latest one's.
  @Test func aSocketsRequestsAreItsCalls() throws {
    var script = CallScript()
    let later = SocketAddress(Self.phone.address, 50_010)
    var (first, second) = (script.streams(), script.streams())
    script.check(Self.phone, Self.peer, own: "own1", their: "pee1", 0...30)
    script.talk(&first, Self.phone, Self.peer, 1...30)
    script.check(later, Self.moved, own: "own2", their: "pee2", 6...36)
    script.talk(&second, later, Self.moved, 7...36)
    for time in stride(from: 8.0, through: 20, by: 4) {
      let request = STUNMessage.binding(transaction: script.generator.bytes(12))
      script.ask(
        request, STUNMessage.bindingAnswer(to: request, mapped: Self.phone), Self.phone,
        SocketAddress("203.0.113.60", 3_478), at: time)
    }
    let result = script.result
    try #require(result.calls.count == 2)
    #expect(result.flow(to: "203.0.113.60")?.call == result.flow(to: "198.51.100.9")?.call)
  }

  // MARK: One who only hears

  /// Voice to a listener ends half a minute before the last check is answered, or with it; checks or nothing is asked.
  @Test(arguments: [(20.0, true, "media_stopped"), (55, true, "-"), (20, false, "too_few_packets")])
  func aListenerWhoIsToldNoMoreIsNotSound(end: Double, checks: Bool, gap: String) throws {
    var script = CallScript()
    var streams = script.streams()
    if checks { script.check(Self.phone, Self.peer, own: "own1", their: "pee1", 0...60) }
    script.send(script.generator.bytes(40), Self.phone, Self.peer, at: 0.5)
    script.play(&streams.down, Self.peer, Self.phone, 1...end)
    let flow = try #require(script.result.flow(to: "198.51.100.9") ?? script.result.flows.first)
    #expect((flow.verdict.gap?.code.description ?? "-") == gap, "\(flow.verdict.reason)")
  }
}
