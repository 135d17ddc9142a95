import Synth
import Testing
import Verdict

/// Media that are missing where the capture holds nothing of anybody, or where they took another path: neither was lost.
@Suite struct CaptureGapTests {
  private static let phone = SocketAddress("192.168.1.20", 50_000)
  private static let peer = SocketAddress("198.51.100.9", 50_100)
  private static let relay = SocketAddress("203.0.113.40", 3_478)

  private static func code(_ verdict: Judgment) -> String { verdict.gap.map { "\($0.code)" } ?? "-" }

  /// A call of 60 s. From 30 s on some seconds are missing: of everybody's frames, or of the peer's media alone.
  @Test(arguments: [(20.0, true, "capture_gap"), (20, false, "-"), (0.5, true, "-")])
  func whatACaptureDoesNotHoldIsNotLost(missing: Double, isWhole: Bool, code: String) throws {
    var script = CallScript()
    var streams = script.streams()
    script.check(Self.phone, Self.peer, own: "own1", their: "pee1", 0...60)
    script.talk(&streams, Self.phone, Self.peer, 0.5...60)
    let frames = script.captured
    let (start, end) = (frames[0].time + CallScript.seconds(30), frames[0].time + CallScript.seconds(30 + missing))
    let down: [UInt8] = [198, 51, 100, 9]
    let kept = frames.filter { frame in
      guard frame.time > start, frame.time < end else { return true }
      return !isWhole && !(Array(frame.bytes[26..<30]) == down && frame.bytes.count > 100)
    }
    let verdict = try #require(analyze(kept).flows.first).verdict
    #expect(Self.code(verdict) == code)
    #expect((verdict.outcome == .degraded) == (missing > 10 && !isWhole), "\(verdict)")
  }

  /// A listener's capture that pauses for a second again and again, or a radio: what is missing then is missing of everybody.
  @Test(arguments: [true, false]) func shortPausesOfAllAreNamedBesideTheLoss(isMuted: Bool) throws {
    var script = CallScript()
    var streams = script.streams()
    func isHeld(_ time: Double) -> Bool { time > 5 && time.truncatingRemainder(dividingBy: 10) < 1.2 }
    for number in 0..<2_975 {
      let time = 0.5 + 0.02 * Double(number)
      let packets = (streams.up.nextPacket(), streams.down.nextPacket())
      if !isMuted { script.send(packets.0, Self.phone, Self.peer, at: time) }
      if !isHeld(time) { script.send(packets.1, Self.peer, Self.phone, at: time, timeToLive: 53) }
    }
    for time in stride(from: 1.5, through: 58, by: 2) {
      let check = STUNMessage.iceCheck(
        remoteName: Array("pee1".utf8), localName: Array("own1".utf8), controlling: true, generator: &script.generator)
      script.ask(
        check, STUNMessage.iceAnswer(to: check, mapped: Self.phone, generator: &script.generator), Self.phone,
        Self.peer,
        at: time)
    }
    let verdict = try #require(script.result.flows.first).verdict
    #expect(verdict.outcome == .degraded, "\(verdict)")
    #expect(verdict.hasAlternative("capture-loss") == isMuted)
  }

  /// The peers change to another path for 20 s and back: numbers go on, and each path holds a part of them.
  @Test func whatTookAnotherPathIsNotLost() throws {
    var script = CallScript()
    var streams = script.streams()
    for server in [Self.peer, Self.relay] { script.check(Self.phone, server, own: "own1", their: "pee1", 0...80) }
    script.talk(&streams, Self.phone, Self.peer, 0.5...30)
    script.talk(&streams, Self.phone, Self.relay, 30.02...50)
    script.talk(&streams, Self.phone, Self.peer, 50.02...80)
    let result = script.result
    #expect(result.flows.map { Self.code($0.verdict) }.contains("other_path"))
    #expect(!result.flows.contains { $0.verdict.outcome == .degraded })
    // Without what went the other way they are missing, but where the client sent them nobody had lost them yet.
    var alone = CallScript()
    streams = alone.streams()
    alone.check(Self.phone, Self.peer, own: "own1", their: "pee1", 0...80)
    alone.talk(&streams, Self.phone, Self.peer, 0.5...30)
    for _ in 0..<1_000 { _ = (streams.up.nextPacket(), streams.down.nextPacket()) }
    alone.talk(&streams, Self.phone, Self.peer, 50.02...80)
    #expect(Self.code(try #require(alone.result.flows.first).verdict) == "loss_at_source")
  }

  /// A path falls silent, and the source of its media goes on at another address of the recording host, as when its cable is pulled
  /// out: it was left. From the same address it may have been cut off, and ICE turned elsewhere.
  @Test(arguments: [(true, "192.168.7.20", "path_left"), (false, "192.168.7.20", "-"), (true, "192.168.1.20", "-")])
  func aPathWhoseSourceGoesOnElsewhereWasLeft(goesOn: Bool, address: HostAddress, code: String) throws {
    var script = CallScript()
    var streams = script.streams()
    let socket = SocketAddress(address, 50_200)
    script.check(Self.phone, Self.peer, own: "own1", their: "pee1", 0...30)
    script.talk(&streams, Self.phone, Self.peer, 0.5...30)
    for second in 31...60 {
      let check = STUNMessage.iceCheck(
        remoteName: Array("pee1".utf8), localName: Array("own1".utf8), controlling: true, generator: &script.generator)
      script.send(check, Self.phone, Self.peer, at: Double(second))
    }
    if !goesOn { streams = script.streams() }
    // Both were there from the start.
    script.check(socket, Self.relay, own: "own2", their: "pee2", 0...80)
    script.talk(&streams, socket, Self.relay, 30.02...80)
    let result = analyze(script.captured, linkTypes: ["linux-sll"])
    let verdict = try #require(result.flow(to: Self.peer.address)).verdict
    #expect(Self.code(verdict) == code)
    #expect((verdict.mechanism == .cutoff) == (code == "-"), "\(verdict)")
  }

  /// A call of half an hour loses 14 s of what comes in at once, or about as many packets by chance, one by one.
  @Test(arguments: [true, false]) func aHoleInALongCallIsNotSmallBecauseTheCallIsLong(isAtOnce: Bool) throws {
    var script = CallScript()
    var streams = script.streams()
    script.check(Self.phone, Self.peer, own: "own1", their: "pee1", 0...1_800)
    script.play(&streams.up, Self.phone, Self.peer, 0.5...1_800)
    var lost = 0
    var generator = SeededGenerator(seed: 4)
    for number in 0..<89_970 {
      let packet = streams.down.nextPacket()
      if isAtOnce ? (40_000..<40_700).contains(number) : generator.occurs(with: 0.0079) {
        lost += 1
      } else {
        script.send(packet, Self.peer, Self.phone, at: 0.507 + 0.02 * Double(number))
      }
    }
    #expect(isAtOnce ? lost == 700 : (600..<800).contains(lost))
    let verdict = try #require(script.result.flows.first).verdict
    #expect(verdict.outcome == (isAtOnce ? .degraded : .ok))
    if isAtOnce { #expect("\(verdict.reason.template)".contains("in a row") && verdict.direction == .down) }
  }

  /// From 30 s on nothing of the peer is in the capture, but the client answers checks that are not either.
  @Test(arguments: [(true, "one_direction"), (false, "-")])
  func whoAnswersWasAsked(answersUnseen: Bool, code: String) throws {
    var script = CallScript()
    var streams = script.streams()
    script.check(Self.phone, Self.peer, own: "own1", their: "pee1", 0...30)
    script.check(Self.peer, Self.phone, own: "pee1", their: "own1", 0.3...30)
    script.talk(&streams, Self.phone, Self.peer, 0.5...30)
    script.play(&streams.up, Self.phone, Self.peer, 30.02...80)
    for second in 31...80 {
      let own = STUNMessage.iceCheck(
        remoteName: Array("pee1".utf8), localName: Array("own1".utf8), controlling: true,
        generator: &script.generator)
      script.send(own, Self.phone, Self.peer, at: Double(second))
      let theirs = STUNMessage.iceCheck(
        remoteName: Array("own1".utf8), localName: Array("pee1".utf8), controlling: false,
        generator: &script.generator)
      let answer = STUNMessage.iceAnswer(to: theirs, mapped: Self.peer, generator: &script.generator)
      if answersUnseen { script.send(answer, Self.phone, Self.peer, at: Double(second) + 0.5) }
    }
    let verdict = try #require(script.result.flows.first).verdict
    #expect(Self.code(verdict) == code)
    #expect((verdict.mechanism == .cutoff) == !answersUnseen, "\(verdict)")
  }

  /// A host sleeps for 12 s, and behind that its peer does not answer any more, or does; or the client alone is heard meanwhile.
  @Test(arguments: [(true, false, "capture_gap"), (false, false, "-"), (true, true, "-")])
  func whatEndedWhileTheHostSleptIsNotSeen(isAsleep: Bool, answers: Bool, code: String) throws {
    var script = CallScript()
    var streams = script.streams()
    script.check(Self.phone, Self.peer, own: "own1", their: "pee1", 0...30)
    script.talk(&streams, Self.phone, Self.peer, 0.5...30)
    if !isAsleep { script.play(&streams.up, Self.phone, Self.peer, 30.02...42) }
    if answers {
      script.check(Self.phone, Self.peer, own: "own1", their: "pee1", 42...80)
      script.talk(&streams, Self.phone, Self.peer, 42...80)
    } else {
      script.play(&streams.up, Self.phone, Self.peer, 42.02...62)
      for second in (isAsleep ? 42 : 31)...62 {
        let check = STUNMessage.iceCheck(
          remoteName: Array("pee1".utf8), localName: Array("own1".utf8), controlling: true,
          generator: &script.generator)
        script.send(check, Self.phone, Self.peer, at: Double(second))
      }
    }
    let verdict = try #require(script.result.flows.first).verdict
    #expect(Self.code(verdict) == code, "\(verdict)")
    #expect((verdict.mechanism == .cutoff) == (!isAsleep && !answers), "\(verdict)")
  }
}
