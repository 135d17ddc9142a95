import Synth
import Testing
import Verdict

/// Captures that begin in the middle of a call: who called is still said, and nothing is held against anybody.
@Suite struct MidCallTests {
  @Test(arguments: [
    (Scenario.telegramClean, Application.telegram), (.whatsappClean, .whatsapp), (.webrtcClean, .webrtc),
  ]) func theCallIsStillRecognized(scenario: Scenario, application: Application) throws {
    let frames = scenario.frames(seed: 1)
    let result = analyze(Array(frames.dropFirst(frames.count * 2 / 5)))
    let call = try #require(result.calls.first)
    #expect(result.calls.count == 1)
    #expect(call.application == application && call.stage == .media && call.verdict.outcome == .ok)
    #expect(!result.flows.contains { $0.verdict.isFinding })
  }

  /// What set the call up was before the capture: how long it took is not known.
  @Test(arguments: [0.0, 2.0]) func theTimeOfASetUpThatWasNotSeenIsOpen(begin: Double) throws {
    let (phone, peer) = (SocketAddress("192.168.1.20", 50_200), SocketAddress("203.0.113.80", 40_000))
    var script = CallScript()
    script.check(phone, peer, own: "own1", their: "pee1", (begin == 0 ? 0.5 : 0)...30)
    var streams = script.streams()
    script.talk(&streams, phone, peer, begin...30)
    let call = try #require(script.result.calls.first)
    #expect(call.stage == .media)
    if begin == 0 {
      #expect(call.setup == nil && call.stages.last == .some(nil))
    } else {
      #expect(abs((call.setup ?? 0) - 2_000) < 50)
    }
  }

  /// The same for calls through a TURN server whose Allocate and ChannelBind came before the capture.
  @Test(arguments: [Scenario.turnDenied, .peerCandidates]) func aRelayIsKnownByTheChecksInItsChannels(
    scenario: Scenario
  ) throws {
    let frames = scenario.frames(seed: 1)
    let result = analyze(Array(frames.dropFirst(frames.count * 2 / 5)))
    let call = try #require(result.calls.first)
    #expect(call.application == .webrtc && call.stage == .media && call.verdict.outcome == .ok)
    #expect(!result.flows.contains { $0.verdict.isFinding })
  }

  /// A length that fits where a reflector's frame has one is not enough: the next frame has another tag.
  @Test func aLengthThatFitsByChanceIsNoReflector() throws {
    var script = CallScript()
    let (client, server) = (SocketAddress("192.168.1.20", 50_000), SocketAddress("198.51.100.77", 40_000))
    for number in 0..<12 {
      var payload = script.generator.bytes(20) + [0, 0, 0, 60] + script.generator.bytes(60)
      // Neither STUN, DTLS nor RTP.
      payload[0] = 0x0B
      script.send(payload, client, server, at: Double(number) * 0.02)
      script.send(payload.reversed(), server, client, at: Double(number) * 0.02 + 0.01)
    }
    let flow = try #require(script.result.flows.first)
    #expect(flow.application == nil && flow.wireProtocol == .unknown)
  }
}
