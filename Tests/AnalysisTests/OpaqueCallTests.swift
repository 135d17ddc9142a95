import Synth
import Testing
import Verdict

/// Calls whose media no decoder reads: all that is known of them is when they came.
@Suite struct OpaqueCallTests {
  private static let phone = SocketAddress("192.168.1.20", 50_000)
  private static let relay = SocketAddress("91.108.9.21", 597)
  private static let peer = SocketAddress("198.51.100.9", 50_100)
  private static let message = ReflectorMessage(tag: [UInt8](repeating: 7, count: 12))

  /// Hellos each two seconds; with `isAnswered` answered.
  private static func hellos(_ script: inout CallScript, _ times: ClosedRange<Double>, isAnswered: Bool = true) {
    for time in stride(from: times.lowerBound, through: times.upperBound, by: 2) {
      let hello = message.hello(from: [1, 2, 3, 4])
      script.send(hello, phone, relay, at: time)
      if isAnswered {
        script.send(message.answer(to: hello, unixTime: 1_700_000_000, mapped: phone), relay, phone, at: time + 0.03)
      }
    }
  }

  /// Ciphertext of 20 ms, any first byte, in reflector frames.
  private static func media(
    _ script: inout CallScript, _ from: SocketAddress, _ to: SocketAddress, _ times: ClosedRange<Double>,
    framed: Bool = true
  ) {
    for time in stride(from: times.lowerBound, through: times.upperBound, by: 0.02) {
      let inner = script.generator.bytes(104)
      script.send(framed ? message.data(to: [9, 9, 9, 9], from: [1, 2, 3, 4], inner) : inner, from, to, at: time)
    }
  }

  /// One first byte in eleven and some passes for RTP: none of these packets is missing.
  @Test(arguments: [true, false]) func ciphertextThatLooksLikeRTPIsNotLost(framed: Bool) throws {
    var script = CallScript()
    let server = framed ? Self.relay : Self.peer
    if framed {
      Self.hellos(&script, 0...60)
    } else {
      script.check(Self.phone, Self.peer, own: "own1", their: "pee1", 0...60)
    }
    Self.media(&script, Self.phone, server, 1...60, framed: framed)
    Self.media(&script, server, Self.phone, 1.01...60, framed: framed)
    let flow = try #require(script.result.flows.first)
    #expect(flow.verdict.outcome == .ok, "\(flow.verdict.reason)")
    #expect(!flow.verdict.evidence.contains { "\($0.code)" == "loss_estimated" && "\($0.detail)".contains("9") })
  }

  /// A hole of ten seconds in what the server sends, while the client goes on; of five, or of both at once, it may be a pause.
  @Test(arguments: [(10.0, false, "media_hole"), (5, false, "-"), (10, true, "-")])
  func aHoleInTheServersMediaIsNotSound(seconds: Double, isBoth: Bool, gap: String) throws {
    var script = CallScript()
    Self.hellos(&script, 0...60)
    for (from, to) in [(Self.phone, Self.relay), (Self.relay, Self.phone)] {
      Self.media(&script, from, to, 1...30)
      Self.media(&script, from, to, (isBoth || from == Self.relay ? 30 + seconds : 30.02)...60)
    }
    let verdict = try #require(script.result.flows.first).verdict
    #expect(
      verdict.gap.map { "\($0.code)" } ?? "-" == gap && (verdict.outcome == .ok) == (gap == "-"), "\(verdict.reason)")
  }

  /// The server's media stop while its answers go on: not sound, and nobody owed them.
  @Test(arguments: [(0.0, "no_media_back"), (20, "media_stopped"), (58, "-")])
  func mediaThatEndBeforeTheClientsAreNotSound(end: Double, gap: String) throws {
    var script = CallScript()
    Self.hellos(&script, 0...60)
    Self.media(&script, Self.phone, Self.relay, 1...60)
    if end > 0 { Self.media(&script, Self.relay, Self.phone, 1...end) }
    let verdict = try #require(script.result.flows.first).verdict
    #expect(
      verdict.gap.map { "\($0.code)" } ?? "-" == gap && (verdict.outcome == .ok) == (gap == "-"), "\(verdict.reason)")
  }

  /// A listener that is muted sends nothing that could be told from; the server's answers show that it was there.
  @Test(arguments: [(30.0, "media_stopped"), (58, "-")])
  func mediaThatEndBeforeTheServersAnswersAreNotSound(end: Double, gap: String) throws {
    var script = CallScript()
    Self.hellos(&script, 0...60)
    Self.media(&script, Self.relay, Self.phone, 1...end)
    let verdict = try #require(script.result.flows.first).verdict
    #expect(verdict.gap.map { "\($0.code)" } ?? "-" == gap, "\(verdict.reason)")
  }

  /// A capture on `any` holds each datagram twice: ciphertext counts once, whether some of it is missing or not.
  /// Checks are answered and no server is asked for anything: there is no answer of one that media could end before.
  @Test func whereNoServerIsAskedNoneAnswersAtTheEnd() throws {
    var script = CallScript()
    let (phone, peer) = (SocketAddress("192.168.1.20", 50_000), SocketAddress("198.51.100.77", 40_000))
    script.check(phone, peer, own: "own1", their: "pee1", 0...40)
    for time in stride(from: 1.0, through: 39, by: 0.02) {
      script.send([0xC9] + script.generator.bytes(200), peer, phone, at: time)
    }
    let flow = try #require(script.result.flows.first)
    #expect(flow.verdict.gap?.code.description != "media_stopped", "\(flow.verdict.reason)")
  }

  @Test(arguments: [0.0, 0.12]) func datagramsCapturedTwiceCountOnce(lost: Double) throws {
    var script = CallScript()
    var generator = SeededGenerator(seed: 8)
    Self.hellos(&script, 0...60)
    Self.media(&script, Self.phone, Self.relay, 1...60)
    for time in stride(from: 1.01, through: 60, by: 0.02) where !generator.occurs(with: lost) {
      let data = Self.message.data(to: [9, 9, 9, 9], from: [1, 2, 3, 4], script.generator.bytes(104))
      script.send(data, Self.relay, Self.phone, at: time)
    }
    let once = analyze(script.captured)
    let twice = analyze(
      script.captured.flatMap { frame in
        var copy = frame
        copy.time += 200_000
        return [frame, copy]
      })
    let flows = (try #require(once.flows.first), try #require(twice.flows.first))
    #expect(flows.0.verdict.outcome == (lost > 0 ? .dropped : .ok))
    #expect(
      flows.1.verdict.outcome == flows.0.verdict.outcome && flows.1.verdict.mechanism == flows.0.verdict.mechanism)
    #expect(flows.0.opaque?.down.packets == flows.1.opaque?.down.packets)
    #expect(twice.captures[0].hygiene.contains { "\($0)" == "duplicated_frames" })
  }

  /// A mirror of one of several lines holds one way of some flows: a client that acknowledges what is not there shows it.
  @Test(arguments: [true, false]) func whereHalfOfAConnectionIsMissingAnswersMayBe(isAcknowledged: Bool) throws {
    var script = CallScript()
    script.check(Self.phone, Self.peer, own: "own1", their: "pee1", 0...60)
    Self.hellos(&script, 0...60, isAnswered: false)
    let host = SocketAddress("192.0.2.80", 443)
    let segments = (0..<20).map { number in
      let segment = TCPSegment(
        from: 41_000, to: host.port, sequence: UInt32(1_000 + 10 * number),
        acknowledgement: UInt32(5_000 + (isAcknowledged ? 1_000 * number : 0)), flags: [.ack, .psh],
        payload: [UInt8](repeating: 1, count: 10))
      let packet = SynthPacket(from: Self.phone.address, to: host.address, .tcp(segment))
      return FrameBuilder().frame(
        packet, at: script.captured[0].time + CallScript.seconds(0.5 * Double(number)), outgoing: true)
    }
    let result = analyze((script.captured + segments).sorted { $0.time < $1.time })
    let verdict = try #require(result.flow(to: Self.relay.address)).verdict
    #expect(verdict.gap.map { "\($0.code)" } ?? "-" == (isAcknowledged ? "one_sided_capture" : "-"))
    #expect((verdict.mechanism == .blackhole) == !isAcknowledged)
  }

  /// A host that slept: what it had agreed on with the relay is gone when it asks again.
  @Test func afterALongPauseNothingIsOwedOnTheSamePorts() throws {
    var script = CallScript()
    Self.hellos(&script, 0...30)
    Self.media(&script, Self.phone, Self.relay, 1...30)
    Self.media(&script, Self.relay, Self.phone, 1...30)
    Self.hellos(&script, 300...340, isAnswered: false)
    let flows = script.result.flows
    #expect(flows.count == 2)
    let later = try #require(flows.last)
    #expect(later.verdict.gap.map { "\($0.code)" } == "idle_before_silence", "\(later.verdict.reason)")
    // Ports that were never answered are judged.
    var fresh = CallScript()
    fresh.check(Self.phone, Self.peer, own: "own1", their: "pee1", 295...345)
    Self.hellos(&fresh, 300...340, isAnswered: false)
    #expect(fresh.result.flows.contains { $0.verdict.mechanism == .blackhole })
  }

  /// A path of checks that the call left for another of the same socket owes nothing any more, whatever the media are.
  @Test func aPathThatMediaWithoutRTPLeftIsNoCutOff() throws {
    func verdict(until used: Double?) throws -> Judgment {
      var script = CallScript()
      let other = SocketAddress("203.0.113.166", 44_444)
      script.check(Self.phone, other, own: "own1", their: "pee2", 0...20)
      for time in stride(from: 21.0, through: 60, by: 2) {
        script.send(
          STUNMessage.iceCheck(
            remoteName: Array("pee2".utf8), localName: Array("own1".utf8), controlling: true,
            generator: &script.generator), Self.phone, other, at: time)
      }
      script.check(Self.phone, Self.peer, own: "own1", their: "pee1", 0...60)
      let used = used ?? 0
      if used > 0 {
        Self.media(&script, Self.phone, other, 1...used, framed: false)
        Self.media(&script, other, Self.phone, 1...min(used, 20), framed: false)
      }
      Self.media(&script, Self.phone, Self.peer, (used + 1)...60, framed: false)
      Self.media(&script, Self.peer, Self.phone, (used + 1)...60, framed: false)
      return try #require(script.result.flows.first { $0.server.port == 44_444 || $0.client.port == 44_444 }).verdict
    }
    #expect(try verdict(until: nil).gap.map { "\($0.code)" } == "path_not_chosen")
    #expect(try verdict(until: 8).gap.map { "\($0.code)" } == "path_not_chosen")
    #expect(try verdict(until: 30).mechanism == .cutoff, "media ran on it when it fell silent")
  }

  /// An RTCP BYE of a stream that ended, while its sender's other media go on, ends no call: what is cut later is cut.
  @Test(arguments: [false, true]) func aHangUpBehindWhichMediaGoOnIsNone(isLast: Bool) throws {
    var script = CallScript()
    var streams = script.streams()
    let end = isLast ? 20.0 : 60
    script.check(Self.phone, Self.peer, own: "own1", their: "pee1", 0...20)
    script.talk(&streams, Self.phone, Self.peer, 1...20)
    // PT 201 with no block, then BYE of one source (RFC 3550 section 6.6).
    script.send([0x80, 201, 0, 1, 0, 0, 0, 7, 0x81, 203, 0, 1, 0, 0, 0, 7], Self.phone, Self.peer, at: 15)
    if isLast {
      script.send([0x80, 201, 0, 1, 0, 0, 0, 7, 0x81, 203, 0, 1, 0, 0, 0, 7], Self.phone, Self.peer, at: 20)
    }
    if end > 20 { script.play(&streams.up, Self.phone, Self.peer, 20.02...end) }
    for time in stride(from: 21.0, through: 60, by: 1) {
      script.send(
        STUNMessage.iceCheck(
          remoteName: Array("pee1".utf8), localName: Array("own1".utf8), controlling: true,
          generator: &script.generator), Self.phone, Self.peer, at: time)
    }
    let verdict = try #require(script.result.flows.first).verdict
    #expect((verdict.mechanism == .cutoff) == !isLast, "\(verdict.reason)")
  }

  /// RFC 5780's tests ask for an answer from elsewhere, which the client's own NAT keeps out.
  @Test func anAnswerFromElsewhereIsNotOwedHere() throws {
    var script = CallScript()
    let server = SocketAddress("198.51.100.77", 3_478)
    let plain = STUNMessage.binding(transaction: script.generator.bytes(12))
    script.ask(plain, STUNMessage.bindingAnswer(to: plain, mapped: Self.phone), Self.phone, server, at: 0)
    for number in 0..<24 {
      // CHANGE-REQUEST: another address and port.
      var request = STUNMessage.binding(transaction: script.generator.bytes(12))
      request += [0, 3, 0, 4, 0, 0, 0, 6]
      request[3] = UInt8(request.count - 20)
      script.send(request, Self.phone, server, at: 1 + Double(number))
    }
    let verdict = try #require(script.result.flows.first).verdict
    #expect(!verdict.isFinding && verdict.outcome == .inconclusive, "\(verdict.reason)")
  }
}
