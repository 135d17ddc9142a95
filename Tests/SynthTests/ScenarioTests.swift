import Synth
import Testing

@Suite struct ScenarioTests {
  @Test(arguments: Scenario.allCases)
  func capturesAreOrderedRepeatableSmallAndRight(scenario: Scenario) {
    let frames = scenario.frames(seed: 1)
    #expect(frames.count > 10)
    #expect(zip(frames, frames.dropFirst()).allSatisfy { $0.time <= $1.time })
    #expect(scenario.frames(seed: 1) == frames)
    #expect(scenario.frames(seed: 2) != frames)
    #expect(scenario.capture(seed: 1).count < 1_000_000)
    #expect(!scenario.summary.isEmpty)
    #expect(frames.allSatisfy { FrameVerifier(ethernet: $0.bytes).sumsAreRight })
  }

  /// UDP payloads from and to a server's port.
  private func datagrams(_ frames: [SynthFrame], server: HostAddress) -> (out: [SynthFrame], back: [SynthFrame]) {
    let udp = frames.filter { FrameVerifier(ethernet: $0.bytes).protocolNumber == 17 }
    return (
      udp.filter { FrameVerifier(ethernet: $0.bytes).destination == server.bytes },
      udp.filter { FrameVerifier(ethernet: $0.bytes).source == server.bytes }
    )
  }

  @Test(arguments: [UInt64(1), 2, 3, 50, 777]) func maskedCallHasTheNumbersOfTheFieldCapture(seed: UInt64) throws {
    let frames = Scenario.telegramMasked.frames(seed: seed)
    let turn = datagrams(frames, server: "91.108.9.100")
    #expect(turn.back.isEmpty)
    let offsets = turn.out.map { ($0.time - turn.out[0].time + 500_000) / 1_000_000 }
    #expect(offsets == [0, 250, 750, 1_750, 3_750, 7_750, 15_750, 23_750, 31_750])
    #expect(Set(turn.out.map { Array(FrameVerifier(ethernet: $0.bytes).payload[8..<20]) }).count == 1)
    let reflector = datagrams(frames, server: "91.108.9.40")
    #expect(reflector.back.isEmpty)
    try #require(reflector.out.count == 90)
    let span = reflector.out[89].time - reflector.out[0].time
    #expect((span + 500_000) / 1_000_000 == 44_500)
    let stun = datagrams(frames, server: "141.101.90.1")
    #expect(stun.out.count == stun.back.count && stun.out.count >= 8)
    for server in ["149.154.167.41", "149.154.167.51"] as [HostAddress] {
      #expect(frames.contains { FrameVerifier(ethernet: $0.bytes).source == server.bytes })
    }
  }

  @Test(arguments: [UInt64(1), 2, 3, 50, 777]) func blockedCallIsSilentOnUDPToTelegramOnly(seed: UInt64) {
    let frames = Scenario.telegramBlocked.frames(seed: seed)
    for server in ["91.108.9.21", "91.108.13.34", "91.108.17.7", "91.108.9.35"] as [HostAddress] {
      let flow = datagrams(frames, server: server)
      #expect(flow.back.isEmpty)
      #expect(flow.out.count >= 9)
    }
    for server in ["203.0.113.19", "198.51.100.53"] as [HostAddress] {
      let flow = datagrams(frames, server: server)
      #expect(flow.out.count == flow.back.count && flow.out.count >= 3)
    }
  }

  @Test(arguments: [UInt64(1), 2, 3, 50, 777]) func cleanCallTalksBothWaysAndEndsWithUnreachables(seed: UInt64) {
    let frames = Scenario.telegramClean.frames(seed: seed)
    let flow = datagrams(frames, server: "91.108.9.21")
    #expect(flow.out.count > 480 && flow.back.count > 480)
    let unreachable = frames.filter { FrameVerifier(ethernet: $0.bytes).protocolNumber == 1 }
    #expect((1...6).contains(unreachable.count))
    #expect(unreachable.allSatisfy { $0.bytes[34] == 3 && $0.bytes[35] == 3 })
  }

  @Test(arguments: [UInt64(1), 2, 3, 50, 777]) func cutoffGoesSilentInboundOnly(seed: UInt64) {
    let frames = Scenario.telegramCutoff.frames(seed: seed)
    let flow = datagrams(frames, server: "91.108.9.21")
    let first = flow.out[0].time
    let lastIn = flow.back[flow.back.count - 1].time - first
    let lastOut = flow.out[flow.out.count - 1].time - first
    #expect(lastIn > .seconds(11) && lastIn < .seconds(13))
    #expect(lastOut - lastIn > .seconds(19))
    let control = datagrams(frames, server: "203.0.113.45")
    #expect(control.out.count == control.back.count)
  }

  @Test(arguments: [UInt64(1), 2, 3, 50, 777]) func oneWayCallLosesIncomingMediaOnly(seed: UInt64) {
    let flow = datagrams(Scenario.oneWay.frames(seed: seed), server: "198.51.100.77")
    func media(_ frames: [SynthFrame]) -> Int {
      frames.filter { FrameVerifier(ethernet: $0.bytes).payload[0] >> 6 == 2 }.count
    }
    #expect(media(flow.out) > 450)
    #expect(media(flow.back) == 0)
    #expect(flow.back.count > 5)
  }
}
