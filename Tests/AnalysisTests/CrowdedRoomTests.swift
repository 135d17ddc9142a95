import Synth
import Testing
import Verdict

/// Rooms where more take turns than there are RTP sources that a flow's media are followed for.
@Suite struct CrowdedRoomTests {
  private static let phone = SocketAddress("192.168.1.20", 50_000)
  private static let server = SocketAddress("203.0.113.71", 50_100)

  /// So many speak, one second each; of those behind the 64th a share is lost.
  private static func room(of speakers: Int, losing share: Double = 0) throws -> Judgment {
    var script = CallScript()
    script.check(phone, server, own: "own1", their: "pee1", 0...Double(speakers))
    var client = script.stream()
    script.play(&client, phone, server, 0...Double(speakers))
    for speaker in 0..<speakers {
      var stream = script.stream()
      for number in 0..<50 {
        let packet = stream.nextPacket()
        if speaker >= 66, script.generator.occurs(with: share) { continue }
        script.send(packet, server, phone, at: Double(speaker) + 0.02 * Double(number) + 0.007)
      }
    }
    return try #require(script.result.flow(to: server.address, port: server.port)).verdict
  }

  @Test func aRoomWhoseSpeakersAreAllFollowedIsSound() throws {
    #expect(try Self.room(of: 40).outcome == .ok)
  }

  /// They were heard to the end, and what was lost of them is not known.
  @Test(arguments: [0, 0.4]) func speakersBeyondThoseAreHeardAndNotVouchedFor(share: Double) throws {
    let verdict = try Self.room(of: 80, losing: share)
    #expect(verdict.gap.map { "\($0.code)" } == "too_many_streams")
    #expect(!verdict.isFinding && verdict.outcome == .inconclusive)
  }

  /// A flood of sources stays within bounds, and is nobody's call.
  @Test func aSourceForEachPacketTakesNoRoom() throws {
    var script = CallScript()
    var streams = script.streams()
    script.talk(&streams, Self.phone, Self.server, 0...10)
    for number in 0..<70 {
      var stream = script.stream()
      for packet in 0..<4 {
        script.send(
          stream.nextPacket(), Self.server, Self.phone, at: 0.1 + 0.1 * Double(number) + 0.001 * Double(packet))
      }
    }
    for number in 0..<3_000 {
      var stream = script.stream()
      script.send(stream.nextPacket(), Self.server, Self.phone, at: 7.5 + 0.0008 * Double(number))
    }
    let flow = try #require(script.result.flow(to: Self.server.address, port: Self.server.port))
    #expect(flow.streams.count <= 64)
    #expect(flow.verdict.outcome == .inconclusive)
  }
}
