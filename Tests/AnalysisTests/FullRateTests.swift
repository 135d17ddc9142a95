import Synth
import Testing
import Verdict

/// A control at full rate beside capped calls, and what it earns them (METHOD.md M6.2).
@Suite struct FullRateTests {
  /// A call of the client with a server of its own.
  private static func call(_ words: String, _ server: [UInt8], seed: UInt64) throws -> [SynthFrame] {
    let line = try #require(LineCall(words.split(separator: " ").map(String.init)))
    return line.frames(seed: seed).map { frame in
      var frame = frame
      for offset in [26, 30] where Array(frame.bytes[offset..<(offset + 4)]) == [198, 51, 100, 77] {
        frame.bytes.replaceSubrange(offset..<(offset + 4), with: server)
      }
      return frame
    }
  }

  /// The same sent by the client, and captured some routers farther, beyond what was lost: addresses and ports swapped.
  private static func sent(_ frames: [SynthFrame]) -> [SynthFrame] {
    frames.map { frame in
      var frame = frame
      frame.bytes[22] = 60
      for (first, second, length) in [(26, 30, 4), (34, 36, 2)] {
        let (from, to) = (frame.bytes[first..<(first + length)], frame.bytes[second..<(second + length)])
        let (source, target) = (Array(from), Array(to))
        frame.bytes.replaceSubrange(first..<(first + length), with: target)
        frame.bytes.replaceSubrange(second..<(second + length), with: source)
      }
      return frame
    }
  }

  private static func merged(_ calls: [[SynthFrame]]) -> [SynthFrame] {
    // Something else long before, so that nothing begins with the capture.
    var early = calls[0][0]
    early.bytes.replaceSubrange(26..<30, with: [192, 168, 1, 99])
    early.time -= 20_000_000_000
    return [early]
      + calls.flatMap { $0 }.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
      .map(\.element)
  }

  private static func capped(_ result: Analyzed) -> [Judgment] {
    result.flows.map(\.verdict).filter { $0.outcome == .capped }
  }

  private static func codes(_ verdict: Judgment) -> [String] { verdict.evidence.map { "\($0.code)" } }

  private static let policed = "voice policer 20000 8000 20ms 40s"
  private static let first: [UInt8] = [203, 0, 113, 5]
  private static let second: [UInt8] = [198, 18, 4, 5]
  private static let control: [UInt8] = [192, 0, 2, 77]

  @Test func aControlAtFullRateExcludesThePlanAndOneServerStaysConsistent() throws {
    let result = analyze(
      Self.merged([
        Self.sent(try Self.call(Self.policed, Self.first, seed: 1)),
        Self.sent(try Self.call("voice none 20ms 40s", Self.control, seed: 9)),
      ]))
    let verdict = try #require(Self.capped(result).first)
    #expect(verdict.direction == .up)
    #expect(Self.codes(verdict).contains("control_at_full_rate"))
    #expect(verdict.excluders.contains { "\($0.name)" == "plan-limit" && $0.result == .excluded })
    #expect(!verdict.alternatives.contains { "\($0)" == "plan-limit" } && !verdict.alternatives.isEmpty)
    #expect(verdict.grade == .consistent && verdict.attribution == .unknown)
    #expect((verdict.tests.first?.p ?? 1) < 0.001)
  }

  /// A film from a disk in the house says nothing of the line.
  @Test func whatStaysInTheHouseIsNoControl() throws {
    let result = analyze(
      Self.merged([
        Self.sent(try Self.call(Self.policed, Self.first, seed: 1)),
        Self.sent(try Self.call("voice none 20ms 40s", [192, 168, 1, 5], seed: 9)),
      ]))
    let verdict = try #require(Self.capped(result).first)
    #expect(!Self.codes(verdict).contains("control_at_full_rate"))
    #expect(verdict.alternatives.contains { "\($0)" == "plan-limit" })
  }

  @Test func twoServersAtOneRateBesideAControlAreProbableAndNoMore() throws {
    let calls = [
      Self.sent(try Self.call(Self.policed, Self.first, seed: 1)),
      Self.sent(try Self.call(Self.policed, Self.second, seed: 2)),
    ]
    let control = Self.sent(try Self.call("voice none 20ms 40s", Self.control, seed: 9))
    let both = Self.capped(analyze(Self.merged(calls + [control])))
    #expect(both.map(\.grade) == [.probable, .probable])
    #expect(both.allSatisfy { !$0.excluders.contains { $0.result != .excluded } })
    #expect(both.allSatisfy { $0.attribution == .unknown && !$0.alternatives.isEmpty })
    // Without the control, or with one that is capped or lossy as well.
    #expect(Self.capped(analyze(Self.merged(calls))).allSatisfy { $0.grade == .consistent })
    let lossy = Self.sent(try Self.call("voice random 0.1 20ms 40s", Self.control, seed: 9))
    #expect(Self.capped(analyze(Self.merged(calls + [lossy]))).allSatisfy { $0.grade == .consistent })
    // Drops of the capture hold the grade.
    #expect(Self.capped(analyze(Self.merged(calls + [control]), drops: 3)).allSatisfy { $0.grade == .consistent })
  }

  /// Friends on lines of one plan in a call of several, and one on a faster line: the client's line is not the limit, but
  /// theirs may be.
  @Test func whatComesInMayBeHeldByTheLinesOfThoseWhoSendIt() throws {
    let result = analyze(
      Self.merged([
        try Self.call(Self.policed, Self.first, seed: 1), try Self.call(Self.policed, Self.second, seed: 2),
        try Self.call("voice none 20ms 40s", Self.control, seed: 9),
      ]))
    let both = Self.capped(result)
    #expect(both.map(\.direction) == [.down, .down])
    for verdict in both {
      #expect(verdict.grade == .consistent)
      #expect(Self.codes(verdict).contains("control_at_full_rate"))
      #expect(verdict.excluders.contains { "\($0.name)" == "plan-limit" && $0.result == .unknown })
      #expect(verdict.alternatives.contains { "\($0)" == "plan-limit" })
    }
  }

  @Test func twoRatesDoNotRepeatEachOther() throws {
    let result = analyze(
      Self.merged([
        Self.sent(try Self.call(Self.policed, Self.first, seed: 1)),
        Self.sent(try Self.call("voice policer 32000 8000 20ms 40s", Self.second, seed: 2)),
        Self.sent(try Self.call("voice none 20ms 40s", Self.control, seed: 9)),
      ]))
    #expect(Self.capped(result).count == 2)
    #expect(Self.capped(result).allSatisfy { $0.grade == .consistent })
  }

  // MARK: Plateaus

  @Test func aLongCapShowsThePlateauOfWhatCameThrough() throws {
    let result = analyze(try Self.call("voice policer 32000 8000 20ms 60s", Self.first, seed: 1))
    let verdict = try #require(Self.capped(result).first)
    #expect(Self.codes(verdict).contains("delivered_plateau"))
    let short = analyze(try Self.call("voice policer 20000 8000 20ms 20s", Self.first, seed: 1))
    #expect(!Self.codes(try #require(Self.capped(short).first)).contains("delivered_plateau"), "15 s are too short")
  }

  /// A sender that steps its rate down of its own accord and stays there.
  @Test func aSenderThatStepsDownWithoutLossIsNotCapped() throws {
    var script = CallScript()
    let (phone, peer) = (SocketAddress("192.168.1.20", 50_000), SocketAddress("198.51.100.9", 50_100))
    var streams = script.streams()
    script.check(phone, peer, own: "own1", their: "pee1", 0...60)
    script.talk(&streams, phone, peer, 0.5...20)
    // From 20 ms to 60 ms packets, as a codec that saves its headers.
    for time in stride(from: 20.02, through: 60, by: 0.06) {
      script.send(streams.up.nextPacket(), phone, peer, at: time)
      script.send(streams.down.nextPacket(), peer, phone, at: time + 0.007)
    }
    let verdict = try #require(script.result.flows.first).verdict
    #expect(verdict.outcome == .ok && verdict.capRate == nil)
  }

  // MARK: Symptoms

  /// Audio with losses by `isLost` of each packet's number, 30 s.
  private static func symptoms(_ isLost: (Int) -> Bool) throws -> CallRecord {
    var script = CallScript()
    let (phone, peer) = (SocketAddress("192.168.1.20", 50_000), SocketAddress("198.51.100.9", 50_100))
    var streams = script.streams()
    script.check(phone, peer, own: "own1", their: "pee1", 0...30)
    for number in 0..<1_475 {
      let time = 0.5 + 0.02 * Double(number)
      script.send(streams.up.nextPacket(), phone, peer, at: time)
      let packet = streams.down.nextPacket()
      if !isLost(number) { script.send(packet, peer, phone, at: time + 0.007) }
    }
    return try #require(script.result.calls.first)
  }

  @Test func whatWasHeardFollowsThePatternOfTheLosses() throws {
    #expect(try Self.symptoms { _ in false }.symptoms == [])
    #expect(try Self.symptoms { $0 % 17 == 16 }.symptoms == [.metallicVoice])
    #expect(try Self.symptoms { $0 % 100 > 90 && $0 > 100 }.symptoms == [.dropOuts])
    // A hundredth is not heard.
    #expect(try Self.symptoms { $0 % 100 == 99 }.symptoms == [])
  }
}
