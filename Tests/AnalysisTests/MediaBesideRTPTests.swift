import Synth
import Testing
import Verdict

/// Loss, rate and silence of media whose sequence numbers are not RTP's, and what reports tell of the other direction.
@Suite struct MediaBesideRTPTests {
  private static let phone = SocketAddress("192.168.1.20", 50_000)
  private static let relay = SocketAddress("157.240.9.51", 3_478)

  /// DTLS application data both ways every 50 ms for 10 s; every tenth record of the server is missing.
  @Test(arguments: [0, 10]) func recordsThatAreMissingAreCounted(every: Int) throws {
    var script = CallScript()
    var (client, server) = (
      DTLSSession(generator: script.generator.fork()), DTLSSession(generator: script.generator.fork())
    )
    script.check(Self.phone, Self.relay, own: "own1", their: "pee1", 0...10)
    script.send(client.clientHello(), Self.phone, Self.relay, at: 0.1)
    script.send(server.serverFlight(), Self.relay, Self.phone, at: 0.12)
    script.send(client.clientFlight(), Self.phone, Self.relay, at: 0.14)
    script.send(server.finish(), Self.relay, Self.phone, at: 0.16)
    var missing: UInt64 = 0
    for number in 0..<200 {
      let time = 0.2 + 0.05 * Double(number)
      script.send(client.applicationData(60), Self.phone, Self.relay, at: time)
      let record = server.applicationData(60)
      if every > 0, number % every == 5 {
        missing += 1
      } else {
        script.send(record, Self.relay, Self.phone, at: time + 0.01)
      }
    }
    let flow = try #require(script.result.flows.first)
    let media = try #require(flow.opaque)
    #expect(media.basis == .records && media.up.lost == 0 && media.down.lost == missing)
    #expect(media.down.packets == 200 - missing && media.up.packets == 200)
    #expect(abs((media.down.silence ?? 0) - (every > 0 ? 100 : 50)) < 2)
    #expect(script.result.calls.first?.stage == .media)
  }

  /// One of two streams ends 12 s before the call does: a camera that was switched off looks like that, too. It stays `ok` and
  /// says so, unless another stream begins in its place.
  @Test(arguments: [false, true]) func aStreamThatEndsEarlyIsTold(isReplaced: Bool) throws {
    var script = CallScript()
    var audio = script.streams()
    var video = script.stream(96)
    script.check(Self.phone, Self.relay, own: "own1", their: "pee1", 0...30)
    script.talk(&audio, Self.phone, Self.relay, 0...30)
    script.play(&video, Self.relay, Self.phone, 0...18)
    if isReplaced {
      var next = script.stream(96)
      script.play(&next, Self.relay, Self.phone, 18.5...30)
    }
    let flow = try #require(script.result.flows.first)
    #expect(flow.verdict.outcome == .ok)
    #expect(flow.verdict.evidence.contains { "\($0.code)" == "stream_ended" } == !isReplaced)
  }

  /// A video's repeats have the payload type behind its own (RFC 4588) and the same clock; a voice with that type has another one.
  @Test(arguments: [(UInt8(97), UInt32(3_600), true), (97, 960, false), (98, 3_600, false)])
  func aStreamOfRepeatsIsMarked(payloadType: UInt8, step: UInt32, isRepeat: Bool) throws {
    var script = CallScript()
    func stream(_ payloadType: UInt8, _ step: UInt32) -> MediaStream {
      MediaStream(
        payloadType: payloadType, timestampStep: step, payloadLengths: 800...900,
        protection: .counterMode(mediaTag: 10, controlTag: 10), generator: script.generator.fork())
    }
    var (video, beside) = (stream(96, 1_800), stream(payloadType, step))
    script.check(Self.phone, Self.relay, own: "own1", their: "pee1", 0...10)
    script.play(&video, Self.relay, Self.phone, 0...10)
    for number in 0..<(step == 960 ? 500 : 250) {
      let packet = beside.nextPacket()
      if number % 5 == 2 { continue }
      script.send(packet, Self.relay, Self.phone, at: (step == 960 ? 0.02 : 0.04) * Double(number) + 0.003)
    }
    let flow = try #require(script.result.flows.first)
    #expect(flow.streams.map { $0.isRepeat } == [false, isRepeat])
    #expect(script.result.text.contains(#""repeats":true"#) == isRepeat)
  }

  /// A picture of which a quarter comes has too few packets for a clock; that makes it no repeat of another stream's.
  @Test func aPictureThatHardlyComesIsNotSound() throws {
    var script = CallScript()
    var voices = script.streams()
    var video = script.stream(96)
    script.check(Self.phone, Self.relay, own: "own1", their: "pee1", 0...20)
    script.talk(&voices, Self.phone, Self.relay, 0...20)
    for number in 0..<110 {
      let packet = video.nextPacket()
      if number % 4 == 0 { script.send(packet, Self.relay, Self.phone, at: 0.18 * Double(number) + 0.003) }
    }
    let flow = try #require(script.result.flows.first)
    #expect(flow.verdict.outcome == .degraded, "\(flow.verdict.reason)")
    #expect(flow.streams.allSatisfy { !$0.isRepeat })
  }

  /// What goes up shows in a capture at the client by what is answered: next to nothing is not sound, whatever comes.
  @Test(arguments: [(1, 20, "-"), (4, 20, "requests_unanswered"), (4, 7, "-")])
  func requestsBesideMediaAreAnswered(every: Int, seconds: Int, gap: String) throws {
    var script = CallScript()
    var voices = script.streams()
    script.talk(&voices, Self.phone, Self.relay, 0...Double(seconds))
    for number in 0..<seconds {
      let check = STUNMessage.iceCheck(
        remoteName: Array("pee1".utf8), localName: Array("own1".utf8), controlling: true, generator: &script.generator)
      script.send(check, Self.phone, Self.relay, at: Double(number))
      guard number % every == 0 else { continue }
      script.send(
        STUNMessage.iceAnswer(to: check, mapped: Self.phone, generator: &script.generator), Self.relay, Self.phone,
        at: Double(number) + 0.04)
    }
    let flow = try #require(script.result.flows.first)
    #expect(flow.verdict.gap.map { "\($0.code)" } ?? "-" == gap, "\(flow.verdict.outcome)")
  }

  /// Audio and a report of each side every second; of the server's reports some are missing, one comes twice.
  @Test(arguments: [MediaStream.Protection.counterMode(mediaTag: 10, controlTag: 10), .galoisCounterMode])
  func missingReportsShowInTheirIndices(protection: MediaStream.Protection) throws {
    let script = reports(protection, cut: nil)
    let flow = try #require(script.result.flows.first)
    let control = try #require(flow.control)
    let (up, down) = (try #require(control.up), try #require(control.down))
    #expect(up.packets == 30 && up.lost == 0)
    #expect(down.packets == 26 && down.expected == 29 && down.lost == 3)
  }

  /// Reports in clear have no index; where the snapshot length cut one, gaps say nothing; ciphertext does not count on.
  @Test func whatHasNoIndexHasNoCounts() throws {
    #expect(try #require(reports(.none, cut: nil).result.flows.first).control == nil)
    #expect(
      try #require(
        reports(.counterMode(mediaTag: 10, controlTag: 10), cut: 70).result.flows.first
      ).control == nil)
    #expect(
      try #require(
        reports(.counterMode(mediaTag: 10, controlTag: 16), cut: nil).result.flows.first
      ).control == nil)
  }

  private func reports(_ protection: MediaStream.Protection, cut: Int?) -> CallScript {
    var script = CallScript()
    script.snaplen = cut
    var streams = script.streams()
    streams.up.protection = protection
    streams.down.protection = protection
    script.check(Self.phone, Self.relay, own: "own1", their: "pee1", 0...30)
    script.talk(&streams, Self.phone, Self.relay, 0.5...30)
    for second in 0..<30 {
      let time = Double(second) + 0.6
      script.send(streams.up.receiverReport(about: streams.down.source), Self.phone, Self.relay, at: time)
      let report = streams.down.receiverReport(about: streams.up.source)
      // The last one is missing unseen: no later index tells of it.
      if [7, 8, 20, 29].contains(second) { continue }
      script.send(report, Self.relay, Self.phone, at: time + 0.01)
      if second == 12 { script.send(report, Self.relay, Self.phone, at: time + 0.02) }
    }
    return script
  }

  @Test func pingsThatAreNotAnsweredAreCounted() throws {
    var script = CallScript()
    let token = script.generator.bytes(150)
    let request = WhatsAppMessage.allocate(
      relay: Self.relay, token: token, transaction: script.generator.bytes(12), generator: &script.generator)
    script.ask(
      request,
      WhatsAppMessage.allocateAnswer(
        to: request, mapped: Self.phone, unixMilliseconds: 1_700_000_000_000, generator: &script.generator),
      Self.phone, Self.relay, at: 0)
    for number in 0..<20 {
      let ping = WhatsAppMessage.ping(transaction: script.generator.bytes(12))
      script.send(ping, Self.phone, Self.relay, at: Double(number) + 0.5)
      if number % 4 != 0 {
        script.send(WhatsAppMessage.pong(to: ping), Self.relay, Self.phone, at: Double(number) + 0.53)
      }
    }
    let pings = try #require(script.result.flows.first?.pings)
    #expect(pings.sent == 20 && pings.answered == 15)
  }

  /// One SRTCP packet: header in clear, the rest as if encrypted, index and tag behind.
  private func control(_ type: UInt8, _ format: UInt8, words: Int, _ script: inout CallScript) -> [UInt8] {
    var packet: [UInt8] = [0x80 | format, type, 0, UInt8(words), 0x11, 0x22, 0x33, 0x44]
    packet += script.generator.bytes(4 * (words - 1))
    packet += [0x80, 0, 0, 1] + script.generator.bytes(10)
    return packet
  }

  private func call(_ reports: (inout CallScript) -> Void) -> FlowRecord? {
    var script = CallScript()
    var streams = script.streams()
    script.check(Self.phone, Self.relay, own: "own1", their: "pee1", 0...10)
    script.talk(&streams, Self.phone, Self.relay, 0.5...10)
    reports(&script)
    return script.result.flows.first
  }

  /// A NACK of length L names L - 2 packets (RFC 4585 section 6.2.1).
  @Test func whatThePeerAsksForAgainWasLostOnTheWayUp() throws {
    let flow = try #require(
      call { script in
        for time in [2.0, 4.0, 6.0] {
          script.send(control(205, 1, words: 5, &script), Self.relay, Self.phone, at: time)
        }
        script.send(control(206, 1, words: 2, &script), Self.relay, Self.phone, at: 7)
        script.send(control(205, 15, words: 6, &script), Self.relay, Self.phone, at: 8)
      })
    let estimate = try #require(flow.upstream)
    #expect(estimate.basis == .nack && estimate.lost == 9 && estimate.nacks == 9)
    #expect(estimate.keyFrameRequests == 1 && estimate.transportFeedback == 1)
    // It is no measurement: the verdict knows of no loss on the way up.
    #expect(flow.verdict.lossUp == nil)
  }

  /// Our own reports say nothing of our own media.
  @Test func reportsThatWeSendAreNoEstimateOfOurs() throws {
    let flow = try #require(
      call { script in
        for time in [2.0, 4.0, 6.0] {
          script.send(control(205, 1, words: 5, &script), Self.phone, Self.relay, at: time)
        }
      })
    #expect(flow.upstream == nil)
  }
}
