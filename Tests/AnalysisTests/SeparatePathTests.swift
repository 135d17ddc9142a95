import Synth
import Testing
import Verdict

/// Calls whose voice and picture, or whose peers, have paths of their own.
@Suite struct SeparatePathTests {
  private static let voice = SocketAddress("192.168.1.20", 50_000)
  private static let picture = SocketAddress("192.168.1.20", 50_002)
  private static let peer = SocketAddress("198.51.100.9", 40_000)

  /// A path with checks that are answered until `end`, and media both ways within `media` as long as they are.
  private static func path(
    _ script: inout CallScript, _ client: SocketAddress, _ server: SocketAddress, name: String, until end: Double,
    media: ClosedRange<Double>, streams: Int = 1
  ) {
    script.check(client, server, own: "own\(name)", their: "pee\(name)", 0...min(end, 60))
    for time in stride(from: end + 1, through: 60, by: 1) {
      script.send(
        STUNMessage.iceCheck(
          remoteName: Array("pee\(name)".utf8), localName: Array("own\(name)".utf8), controlling: true,
          generator: &script.generator), client, server, at: time)
    }
    for _ in 0..<streams {
      var streams = script.streams()
      script.play(&streams.up, client, server, media)
      if media.lowerBound + 0.007 < min(end, media.upperBound) {
        script.play(&streams.down, server, client, (media.lowerBound + 0.007)...min(end, media.upperBound))
      }
    }
  }

  /// The picture goes on, and the voice to the same host is cut: nobody would call that sound.
  @Test(arguments: [25, 60] as [Double]) func aVoiceThatIsCutBesideAPictureSpeaksForTheCall(end: Double) throws {
    var script = CallScript()
    Self.path(&script, Self.voice, Self.peer, name: "x", until: end, media: 1...60)
    Self.path(
      &script, Self.picture, SocketAddress(Self.peer.address, 40_002), name: "x", until: 60, media: 1...60, streams: 3)
    let result = script.result
    let call = try #require(result.calls.first)
    #expect(result.calls.count == 1 && call.flows.count == 2)
    #expect(call.verdict.mechanism == (end < 60 ? .cutoff : nil) && (call.verdict.outcome == .ok) == (end == 60))
  }

  /// One of two peers vanishes: the call with the other is sound, and says that not all was.
  @Test func ofTwoPeersOneMayVanish() throws {
    var script = CallScript()
    Self.path(&script, Self.voice, SocketAddress("203.0.113.77", 41_000), name: "x", until: 25, media: 1...60)
    Self.path(&script, Self.picture, Self.peer, name: "x", until: 60, media: 1...60, streams: 3)
    let result = script.result
    for call in result.calls where call.flows.count == 2 {
      #expect(call.verdict.outcome == .ok && "\(call.verdict.reason)".contains("another verdict"))
    }
    #expect(result.flows.contains { $0.verdict.isFinding })
  }

  /// The call moves from the path that is cut to another one, which had been checked all along.
  @Test func aHandOverIsSound() throws {
    var script = CallScript()
    Self.path(&script, Self.voice, Self.peer, name: "x", until: 25, media: 1...27)
    Self.path(
      &script, Self.picture, SocketAddress(Self.peer.address, 40_002), name: "x", until: 60, media: 26...60, streams: 3)
    let call = try #require(script.result.calls.first)
    #expect(call.verdict.outcome == .ok)
  }

  /// A tenth of the voice is missing in a hundred times as many packets of pictures.
  @Test(arguments: [0, 10]) func whatOneStreamLostIsNotHiddenByOthers(every: Int) throws {
    var script = CallScript()
    script.check(Self.voice, Self.peer, own: "ownx", their: "peex", 0...40)
    var voice = script.streams()
    script.play(&voice.up, Self.voice, Self.peer, 1...40)
    var lost = 0
    for (number, time) in stride(from: 1.007, through: 40, by: 0.02).enumerated() {
      let packet = voice.down.nextPacket()
      // In pairs, so that no rhythm explains them.
      if every > 0, number % (2 * every) < 2 {
        lost += 1
      } else {
        script.send(packet, Self.peer, Self.voice, at: time)
      }
    }
    for _ in 0..<12 {
      var picture = script.streams(96)
      script.play(&picture.down, Self.peer, Self.voice, 1.003...40)
    }
    let verdict = try #require(script.result.flows.first).verdict
    #expect(verdict.outcome == (every > 0 ? .degraded : .ok), "\(verdict.reason), \(lost) lost")
  }
}
