import Synth
import Testing

/// The resets of each scenario against what Linux was seen to send.
@Suite struct ResetTests {
  private func tcp(_ scenario: Scenario, _ seed: UInt64 = 1) -> [(time: Nanoseconds, frame: FrameVerifier)] {
    scenario.frames(seed: seed).map { ($0.time, FrameVerifier(ethernet: $0.bytes)) }.filter { $0.1.protocolNumber == 6 }
  }

  private func resets(_ scenario: Scenario, _ seed: UInt64) -> [FrameVerifier] {
    tcp(scenario, seed).map(\.frame).filter { $0.tcpFlags & 4 != 0 }
  }

  private func window(_ frame: FrameVerifier) -> Int {
    Int(frame.bytes[frame.transportStart + 14]) * 256 + Int(frame.bytes[frame.transportStart + 15])
  }

  private func headerLength(_ frame: FrameVerifier) -> Int { Int(frame.bytes[frame.transportStart + 12] >> 4) * 4 }

  @Test(arguments: [UInt64(1), 2, 3, 50, 777]) func closedPortAnswersEachSYN(seed: UInt64) {
    let found = resets(.closedPort, seed)
    #expect(found.count == 3)
    for reset in found {
      #expect(reset.tcpFlags == 0x14)
      #expect(reset.sequence == 0 && window(reset) == 0 && headerLength(reset) == 20 && reset.identification == 0)
      #expect(reset.timeToLive == found[0].timeToLive && reset.timeToLive < 60)
    }
  }

  @Test(arguments: [UInt64(1), 2, 3, 50, 777]) func abortContinuesTheSocket(seed: UInt64) {
    let frames = tcp(.clientAbort, seed).map(\.frame)
    let aborts = frames.indices.filter { frames[$0].tcpFlags == 0x14 }
    #expect(aborts.count == 3)
    for index in aborts {
      let reset = frames[index]
      let before = frames[..<index].last { $0.source == reset.source && $0.sourcePort == reset.sourcePort }
      #expect(before.map { reset.identification == ($0.identification + 1) % 65_536 } == true)
      #expect(before.map { reset.sequence == $0.sequence &+ UInt32($0.payload.count) } == true)
      #expect(headerLength(reset) == 32)
      #expect(window(reset) == 502)
    }
  }

  @Test(arguments: [UInt64(1), 2, 3, 50, 777]) func replyResetsAreBare(seed: UInt64) {
    let frames = tcp(.replyReset, seed).map(\.frame)
    let found = frames.filter { $0.tcpFlags & 4 != 0 }
    #expect(!found.isEmpty)
    for reset in found {
      #expect(reset.tcpFlags == 4)
      #expect(
        reset.acknowledgement == 0 && window(reset) == 0 && headerLength(reset) == 20 && reset.identification == 0)
      #expect(frames.contains { $0.source == reset.destination && $0.acknowledgement == reset.sequence })
    }
    #expect(frames.contains { $0.tcpFlags & 1 != 0 && $0.source == found[0].source })
  }

  @Test(arguments: [UInt64(1), 2, 3, 50, 777]) func injectedResetsContradictTheServer(seed: UInt64) {
    let frames = tcp(.resetInjected, seed)
    let forged = frames.indices.filter {
      frames[$0].frame.tcpFlags == 0x14 && frames[$0].frame.identification == 0x0D53
    }
    #expect(forged.count == 6)
    var overtaken = 0
    var continued = 0
    for index in forged {
      let reset = frames[index].frame
      func isServerData(_ frame: FrameVerifier) -> Bool {
        frame.source == reset.source && frame.sourcePort == reset.sourcePort && !frame.payload.isEmpty
      }
      let highest = frames[..<index].map(\.frame).filter(isServerData).map(\.sequence).max()
      if let highest, Int32(bitPattern: highest &- reset.sequence) > 0 { overtaken += 1 }
      if frames[index...].contains(where: {
        isServerData($0.frame) && Int32(bitPattern: $0.frame.sequence &- reset.sequence) >= 0
      }) {
        continued += 1
      }
      #expect(reset.timeToLive == 61)
      let data = frames[..<index].map(\.frame).last(where: isServerData)
      #expect(data?.timeToLive == 53)
    }
    #expect(overtaken >= 3)
    #expect(continued >= 3)
  }

  @Test(arguments: [UInt64(1), 2, 3, 50, 777]) func inPathResetReplacesTheHello(seed: UInt64) {
    let network = Scenario.resetInPath.network(seed: seed)
    let near = network.frames().map { FrameVerifier(ethernet: $0.bytes) }.filter { $0.protocolNumber == 6 }
    let far = network.frames(at: .far).map { FrameVerifier(ethernet: $0.bytes) }.filter { $0.protocolNumber == 6 }
    #expect(near.filter { $0.tcpFlags & 4 != 0 && $0.destination == [192, 168, 1, 23] }.count == 3)
    #expect(far.filter { $0.tcpFlags & 4 != 0 && $0.source == [203, 0, 113, 2] }.count == 3)
    let name = Array("blocked.example.org".utf8)
    func carriesName(_ frame: FrameVerifier) -> Bool {
      let payload = frame.payload
      return payload.count > 100
        && (0...(payload.count - name.count)).contains { Array(payload[$0..<($0 + name.count)]) == name }
    }
    #expect(near.filter(carriesName).count == 3)
    #expect(far.filter(carriesName).isEmpty)
  }

  @Test(arguments: [UInt64(1), 2, 3, 50, 777]) func unansweredSYNsFollowTheLinuxSchedule(seed: UInt64) {
    let frames = tcp(.synBlackhole, seed).filter { $0.frame.destination == [198, 51, 100, 66] }
    let ports = Set(frames.map(\.frame.sourcePort)).sorted()
    #expect(ports.count == 2)
    for port in ports {
      let times = frames.filter { $0.frame.sourcePort == port }.map(\.time)
      #expect(times.map { ($0 - times[0] + 500_000_000) / 1_000_000_000 } == [0, 1, 3, 7, 15, 31])
    }
    #expect(!tcp(.synBlackhole, seed).contains { $0.frame.source == [198, 51, 100, 66] })
  }

  @Test(arguments: [UInt64(1), 2, 3, 50, 777]) func helloIsRepeatedWithDoublingPauses(seed: UInt64) {
    let frames = tcp(.tlsBlackhole, seed).filter { $0.frame.payload.count == 517 }
    let counts = Dictionary(grouping: frames, by: \.frame.sourcePort)
    let ladder = counts.values.first { $0.count > 3 }?.map(\.time)
    #expect(ladder != nil)
    if let ladder {
      let gaps = zip(ladder.dropFirst(), ladder).map { $0 - $1 }
      #expect(gaps[0] > .milliseconds(200) && gaps[0] < .milliseconds(300))
      #expect(zip(gaps.dropFirst(), gaps).allSatisfy { abs($0 - $1 * 2) < .milliseconds(1) })
    }
  }
}
