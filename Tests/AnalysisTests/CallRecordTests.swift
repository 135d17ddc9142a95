import Analysis
import Synth
import TestSupport
import Testing
import Verdict
import Wire

/// What a call's record says beside its flows: stages, directions, the other end.
@Suite struct CallRecordTests {
  @Test func stagesAreReachedInOrder() throws {
    let call = try #require(Played.result(.webrtcClean).calls.first)
    let stages = call.stages
    try #require(stages.count == 5)
    #expect(stages[0] == 0 && stages[1] == nil)
    let connectivity = try #require(stages[2])
    let handshake = try #require(stages[3])
    let media = try #require(stages[4])
    #expect(0 < connectivity && connectivity < handshake && handshake < media)
    #expect(media == call.setup)
    // 10 s of audio each way; the peer stops when the alert reaches it.
    #expect(abs((call.mediaUp ?? 0) - 10) < 0.1 && abs((call.mediaDown ?? 0) - 10) < 0.6)
  }

  @Test func aDirectionWithoutMediaHasNoTime() throws {
    let call = try #require(Played.result(.oneWay).calls.first)
    #expect(call.mediaUp ?? 0 > 5 && call.mediaDown == nil)
    #expect(call.stages[4] == nil && call.stages[3] != nil)
  }

  private func calls(_ captures: [[SynthFrame]]) -> [CallRecord] {
    var ends = CallEnds()
    return captures.flatMap { frames in
      let lent = LentFrames(frames)
      let analysis = CaptureAnalysis(seed: 1)
      analysis.shards[0].consume(lent.block.span, lent.infos.span)
      var sink = Analyzed()
      analysis.report(CaptureRecord(path: "x.pcap"), ends: &ends, to: &sink)
      return sink.calls
    }
  }

  /// The peer's own capture of a direct call: packets that left here and arrived there, with the ends swapped.
  private func farSide(_ frames: [SynthFrame]) -> [SynthFrame] {
    frames.map { frame in
      var far = frame
      // A quarter of an hour off: two hosts' clocks need not agree.
      far.time += .seconds(900)
      return far
    }
  }

  @Test func bothEndsOfADirectCallNameEachOther() throws {
    var near = CallScript()
    let (client, peer) = (SocketAddress("192.168.1.20", 50_000), SocketAddress("198.51.100.77", 40_000))
    let (outside, home) = (SocketAddress("203.0.113.2", 61_000), SocketAddress("192.168.9.9", 40_000))
    var streams = near.streams()
    near.check(client, peer, own: "own1", their: "pee1", 0...8)
    near.talk(&streams, client, peer, 1...8)
    // The same messages, made again from the same seed, between the addresses that the other end sees; the other end
    // asks its own STUN server, so that it is known to be the host that captured.
    var far = CallScript()
    var copies = far.streams()
    far.check(outside, home, own: "own1", their: "pee1", 0...8)
    far.talk(&copies, outside, home, 1...8)
    let request = STUNMessage.binding(transaction: far.generator.bytes(12))
    far.ask(
      request, STUNMessage.bindingAnswer(to: request, mapped: peer), home, SocketAddress("203.0.113.19", 3_478), at: 0)
    let both = calls([near.captured, farSide(far.captured)])
    try #require(both.count == 2)
    #expect(both[0].peer == nil && both[1].peer == both[0].id)

    // The same end captured twice is no other end; another call is neither.
    let twice = calls([near.captured, farSide(near.captured)])
    #expect(twice.count == 2 && twice.allSatisfy { $0.peer == nil })
    var stranger = CallScript()
    stranger.generator = SeededGenerator(seed: 99)
    var others = stranger.streams()
    stranger.check(client, peer, own: "own1", their: "pee1", 0...8)
    stranger.talk(&others, client, peer, 1...8)
    #expect(calls([near.captured, farSide(stranger.captured)]).allSatisfy { $0.peer == nil })
  }

  /// A relay that sends a stream back to its sender makes no other end of a second capture of the same end.
  @Test func aStreamThatComesBackIsNoOtherEnd() {
    let (client, relay) = (SocketAddress("192.168.1.20", 50_000), SocketAddress("203.0.113.60", 3_478))
    func capture(_ client: SocketAddress) -> [SynthFrame] {
      var script = CallScript()
      var stream = script.stream()
      var echo = stream
      script.play(&stream, client, relay, 0...8)
      script.play(&echo, relay, client, 0.05...8)
      return script.captured
    }
    let both = calls([capture(client), farSide(capture(SocketAddress("203.0.113.2", 61_000)))])
    #expect(both.count == 2 && both.allSatisfy { $0.peer == nil })
  }
}
