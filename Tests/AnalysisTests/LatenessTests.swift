import Synth
import Testing
import Verdict

/// Voices of which nothing is lost and much comes too late, and what only looks like that.
@Suite struct LatenessTests {
  private static let phone = SocketAddress("192.168.1.20", 50_000)
  private static let peer = SocketAddress("198.51.100.9", 50_100)

  /// 60 s of a call; `arrival` says when what the peer sent at a time comes, nil if it sent nothing then, seconds. `isMuted`: the client
  /// sends no media.
  private static func flow(isMuted: Bool = false, _ arrival: (Double) -> Double?) throws -> FlowRecord {
    var script = CallScript()
    var streams = script.streams()
    script.check(phone, peer, own: "own1", their: "pee1", 0...60)
    for number in 0..<2_975 {
      let time = 0.5 + 0.02 * Double(number)
      if !isMuted { script.send(streams.up.nextPacket(), phone, peer, at: time) }
      if let arrival = arrival(time) {
        script.send(streams.down.nextPacket(), peer, phone, at: arrival, timeToLive: 53)
      }
    }
    return try #require(script.result.flows.first)
  }

  /// For one second of three nothing comes, and then all of it; the first packet comes in time.
  private static func held(_ time: Double) -> Double {
    let phase = (time + 1).truncatingRemainder(dividingBy: 3)
    return (phase < 1 ? time - phase + 1 : time) + 0.03 + 0.0001 * phase
  }

  @Test func aVoiceThatIsHeldUpAgainAndAgainIsLate() throws {
    let flow = try Self.flow(Self.held)
    #expect(flow.verdict.outcome == .degraded && flow.verdict.direction == .down, "\(flow.verdict.reason)")
    #expect("\(flow.verdict.reason)".contains("all of it at once"))
    #expect(flow.streams.filter { $0.direction == .down }.allSatisfy { $0.quality == nil }, "its delay is not 100 ms")
  }

  @Test func aVoiceThatTakesUpToASecondIsLate() throws {
    var generator = SeededGenerator(seed: 3)
    let flow = try Self.flow { $0 + 0.03 + Double(generator.number(in: 0...1_000)) / 1_000 }
    #expect(
      flow.verdict.outcome == .degraded && "\(flow.verdict.reason)".contains("sent after them"),
      "\(flow.verdict.reason)")
  }

  @Test func whatAPlayoutBufferEvensOutIsNotLate() throws {
    var generator = SeededGenerator(seed: 3)
    #expect(
      try Self.flow { $0 + 0.03 + Double(generator.number(in: 0...150)) / 1_000 }.verdict.outcome == .ok)
    #expect(
      try Self.flow { time in
        let phase = time.truncatingRemainder(dividingBy: 3)
        return (phase < 0.3 ? time - phase + 0.3 : time) + 0.03 + 0.0001 * phase
      }.verdict.outcome == .ok, "300 ms at a time, as while a radio scans")
    #expect(try Self.flow { $0 > 30 && $0 < 31 ? 31 + ($0 - 30) / 1_000 : $0 + 0.03 }.verdict.outcome == .ok, "once")
  }

  /// Who does not speak sends nothing: the numbers go on where they were, and nothing comes at once.
  @Test func pausesAreNotLate() throws {
    #expect(try Self.flow { $0.truncatingRemainder(dividingBy: 3) < 1 ? nil : $0 + 0.03 }.verdict.outcome == .ok)
    #expect(try Self.flow { $0 > 20 && $0 < 25 ? nil : $0 + 0.03 }.verdict.outcome == .ok, "on hold")
  }

  /// Speakers in turn, each with a source of its own; between them the room is quiet.
  private static func speakers(_ spans: [ClosedRange<Double>]) throws -> FlowRecord {
    var script = CallScript()
    var up = script.streams().up
    script.check(phone, peer, own: "own1", their: "pee1", 0...60)
    for number in 0..<2_975 { script.send(up.nextPacket(), phone, peer, at: 0.5 + 0.02 * Double(number)) }
    for span in spans {
      var voice = script.streams().down
      for time in stride(from: span.lowerBound, to: span.upperBound, by: 0.02) {
        script.send(voice.nextPacket(), peer, phone, at: time + 0.03, timeToLive: 53)
      }
    }
    return try #require(script.result.flows.first)
  }

  @Test func whoeverSpeaksNextIsNotLate() throws {
    let turns = try Self.speakers([1...8, 10...18, 21...28, 29...36, 40...57])
    #expect(turns.verdict.outcome == .ok, "\(turns.verdict.reason)")
    #expect(try Self.speakers([1...28, 31...58]).verdict.outcome == .ok, "an announcement, then the callee")
    #expect(try Self.speakers([1...20, 50...58]).verdict.outcome == .ok, "music while on hold")
  }

  /// A server sends the first 1.5 s of each prompt at once, and pauses as long before the next one.
  @Test func whatIsSentAheadIsNotLate() throws {
    let flow = try Self.flow { time in
      let begin = time - (time - 0.5).truncatingRemainder(dividingBy: 8)
      return max(begin, time - 1.5) + 0.03 + (time - begin) / 10_000
    }
    #expect(flow.verdict.outcome == .ok, "\(flow.verdict.reason)")
  }

  /// A capture that pauses holds the client's packets as little as the peer's.
  @Test func aCaptureThatWritesInPausesShowsNothing() throws {
    #expect(try Self.flow(isMuted: true, Self.held).verdict.outcome == .ok)
  }

  /// From 25 s on checks take `growth` longer, and media as well if `media`.
  private static func slow(growth: Double, media: Double, until end: Double = 60) throws -> Judgment {
    var script = CallScript()
    var streams = script.streams()
    for time in stride(from: 0.0, through: 60, by: 1) {
      let check = STUNMessage.iceCheck(
        remoteName: Array("pee1".utf8), localName: Array("own1".utf8), controlling: true, generator: &script.generator)
      script.send(check, phone, peer, at: time)
      script.send(
        STUNMessage.iceAnswer(to: check, mapped: phone, generator: &script.generator), peer, phone,
        at: time + 0.04 + (time > 25 && time < end ? growth : 0))
    }
    for number in 0..<2_975 {
      let time = 0.5 + 0.02 * Double(number)
      script.send(streams.up.nextPacket(), phone, peer, at: time)
      script.send(
        streams.down.nextPacket(), peer, phone, at: time + 0.02 + (time > 25 && time < end ? media : 0), timeToLive: 53)
    }
    return try #require(script.result.flows.first).verdict
  }

  @Test func answersOfSecondsAreNotSound() throws {
    let both = try Self.slow(growth: 2, media: 1)
    #expect(both.outcome == .degraded, "\(both.reason)")
    let answers = try Self.slow(growth: 2, media: 0)
    #expect(answers.gap.map { "\($0.code)" } == "late_answers", "\(answers.reason)")
    #expect(try Self.slow(growth: 0.3, media: 0.15).outcome == .ok)
    #expect(try Self.slow(growth: 2, media: 0, until: 31).outcome == .ok, "for a moment")
  }
}
