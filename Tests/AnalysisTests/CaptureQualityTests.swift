import Synth
import Testing
import Verdict

/// What the capture itself lost, doubled or cut off, and what it leaves of a verdict (METHOD.md M6.3).
@Suite struct CaptureQualityTests {
  private static func line(_ words: String) throws -> [SynthFrame] {
    try #require(LineCall(words.split(separator: " ").map(String.init))).frames(seed: 1)
  }

  private static func call(_ result: Analyzed) throws -> Judgment { try #require(result.flows.first).verdict }

  private static func result(_ verdict: Judgment, of excluder: String) -> Excluder.Result? {
    verdict.excluders.first { "\($0.name)" == excluder }?.result
  }

  @Test(arguments: [
    "voice policer 20000 8000 20ms 20s", "voice shaper 20000 200 20ms 20s", "voice random 0.2 20ms 30s",
  ])
  func dropsOfTheCaptureAreExcludedOnlyWhereThereWereNone(words: String) throws {
    let frames = try Self.line(words)
    let clean = try Self.call(analyze(frames, drops: 0))
    #expect(clean.isFinding && Self.result(clean, of: "capture-loss") == .excluded)
    let unknown = try Self.call(analyze(frames))
    #expect(unknown.isFinding && Self.result(unknown, of: "capture-loss") == .unknown)
    let few = try Self.call(analyze(frames, drops: 5))
    #expect(few.isFinding && few.grade == .consistent)
    #expect(Self.result(few, of: "capture-loss") == .present)
    #expect(few.alternatives.contains { "\($0)" == "capture-loss" })
  }

  @Test(arguments: [
    "voice policer 20000 8000 20ms 20s", "voice shaper 20000 200 20ms 20s", "voice random 0.2 20ms 30s",
  ])
  func asManyDropsAsLossesLeaveNoVerdict(words: String) throws {
    let frames = try Self.line(words)
    let loss = try #require(analyze(frames).flows.first?.streams.first { $0.direction == .down }).lost
    for drops in [loss, 2 * loss, 1_000_000] {
      let verdict = try Self.call(analyze(frames, drops: drops))
      #expect(verdict.outcome == .inconclusive, "\(drops) drops, \(loss) lost")
      #expect(verdict.gap.map { "\($0.code)" } == "capture_drops" && verdict.gap.map { $0.seen > $0.needed } == true)
    }
  }

  /// A clock that was set back by 20 ms makes everything before it seem to have waited: no shaper, and no policer whose
  /// packets seem to stand in a queue.
  @Test(arguments: ["voice policer 20000 8000 20ms 20s", "voice random 0.2 20ms 30s"])
  func delaysSayNothingWhereTheClockWasSetBack(words: String) throws {
    let frames = try Self.line(words)
    #expect(try Self.call(analyze(frames)).isFinding)
    let middle = frames[frames.count * 3 / 4].time
    var stepped = frames
    for place in stepped.indices where stepped[place].time >= middle { stepped[place].time -= 20_000_000 }
    let verdict = try Self.call(analyze(stepped))
    #expect(!verdict.isFinding && verdict.gap.map { "\($0.code)" } == "clock_step", "\(verdict)")
  }

  /// Crystals of sender and capture that differ by 100 ppm are no queue: ten minutes make 60 ms.
  @Test(arguments: ["voice policer 20000 8000 20ms 600s", "voice random 0.1 20ms 600s"])
  func clocksThatDriftApartAreNoQueue(words: String) throws {
    let frames = try Self.line(words)
    let straight = try Self.call(analyze(frames))
    #expect(straight.isFinding)
    let start = frames[0].time
    for slope in [-0.0001, 0.0001] {
      var drifting = frames
      for place in drifting.indices {
        drifting[place].time += Nanoseconds((Double(drifting[place].time - start) * slope).rounded())
      }
      let verdict = try Self.call(analyze(drifting))
      #expect(verdict.mechanism == straight.mechanism, "\(slope): \(verdict)")
    }
  }

  /// A queue that stands from the second quarter of a long call on is no drift.
  @Test func aShaperOfALongCallStaysOne() throws {
    let verdict = try Self.call(analyze(try Self.line("voice shaper 20000 200 20ms 600s")))
    #expect(verdict.mechanism == .shaper, "\(verdict)")
  }

  /// Every frame twice, a tenth of a millisecond apart, as `any` shows what passes two interfaces.
  private static func doubled(_ frames: [SynthFrame]) -> [SynthFrame] {
    frames.flatMap { frame in
      var copy = frame
      copy.time += 100_000
      return [frame, copy]
    }
  }

  @Test func aCapRateIsNotDoubledByFramesThatAre() throws {
    let frames = try Self.line("voice policer 20000 8000 20ms 20s")
    let once = try Self.call(analyze(frames))
    let result = analyze(Self.doubled(frames))
    let twice = try Self.call(result)
    #expect(twice.outcome == .capped && twice.mechanism == .policer)
    let rates = (try #require(once.capRate), try #require(twice.capRate))
    #expect(abs(Double(rates.1) / Double(rates.0) - 1) < 0.03, "\(rates)")
    #expect(result.captures[0].hygiene.map { "\($0)" }.contains("duplicated_frames"))
    #expect(Self.result(twice, of: "duplicated-frames") == .present && twice.grade == .consistent)
    #expect(Self.result(once, of: "duplicated-frames") == .excluded)
  }

  @Test(arguments: [Scenario.clientAbort, .replyReset, .tlsBlackhole, .synBlackhole, .resetInjected, .closedPort])
  func connectionsAreJudgedAlikeInACaptureThatDoublesFrames(scenario: Scenario) {
    let once = Played.result(scenario)
    let twice = analyze(Self.doubled(scenario.frames(seed: 1)))
    #expect(once.flows.count == twice.flows.count)
    for (one, two) in zip(once.flows, twice.flows) where one.transport == .tcp {
      #expect(ScenarioVerdictTests.words(one.verdict) == ScenarioVerdictTests.words(two.verdict))
      #expect(one.tcp?.retransmissions.client == two.tcp?.retransmissions.client)
      #expect(two.verdict.grade != .probable && two.verdict.grade != .confirmed)
    }
  }

  @Test func aHandfulOfSYNsCapturedTwiceIsNoBlackHole() throws {
    // Three SYNs are too few for a verdict, and six frames of them are still three.
    let all = Scenario.synBlackhole.frames(seed: 1)
    let flow = try #require(Played.result(.synBlackhole).flows.first { $0.verdict.mechanism == .blackhole })
    let bytes = flow.server.address.text.split(separator: ".").compactMap { UInt8($0) }
    var kept = 0
    let frames = all.filter { frame in
      guard Array(frame.bytes[30..<34]) == bytes else { return true }
      kept += 1
      return kept <= 3
    }
    let result = analyze(Self.doubled(frames))
    let verdict = try #require(result.flows.first { $0.server.address == flow.server.address }).verdict
    #expect(verdict.outcome == .inconclusive, "\(verdict)")
  }

  /// A mirror of the way up beside ARP, which is switched on another way: what the client goes on with shows that answers came.
  @Test func anARPReplyDoesNotShowThatTheCaptureHoldsWhatCame() throws {
    let all = Scenario.telegramBlocked.frames(seed: 1)
    let client = Array(all[0].bytes[26..<30])
    var reply = all[0]
    reply.bytes =
      Array(all[0].bytes[6..<12]) + Array(all[0].bytes[0..<6]) + [8, 6, 0, 1, 8, 0, 6, 4, 0, 2]
      + Array(all[0].bytes[0..<6]) + [192, 168, 1, 1] + Array(all[0].bytes[6..<12]) + client
    reply.wireLength = reply.bytes.count
    reply.time += 1
    let up = all.filter { Array($0.bytes[26..<30]) == client }
    #expect(up.count < all.count)
    let oneWay = analyze([up[0], reply] + up.dropFirst())
    #expect(oneWay.flows.allSatisfy { !$0.verdict.isFinding }, "\(oneWay.flows.filter { $0.verdict.isFinding })")
    #expect(oneWay.flows.contains { $0.verdict.gap.map { "\($0.code)" } == "one_sided_capture" })
    let whole = analyze([all[0], reply] + all.dropFirst())
    #expect(whole.flows.contains { $0.verdict.isFinding })
  }

  @Test func aFlowThatBeganBeforeTheCaptureSaysSo() throws {
    let frames = try Self.line("voice policer 20000 8000 20ms 20s")
    #expect(Self.result(try Self.call(analyze(frames)), of: "capture-start") == .present)
    // Something else came first, long before.
    var early = frames[0]
    early.bytes.replaceSubrange(26..<30, with: [192, 168, 1, 99])
    early.time -= 20_000_000_000
    let late = analyze([early] + frames)
    let verdict = try #require(late.flows.first { $0.verdict.isFinding }).verdict
    #expect(Self.result(verdict, of: "capture-start") == .excluded)
  }

  @Test func silenceThatBeganJustBeforeTheCaptureEndedIsMarked() throws {
    let frames = Scenario.synBlackhole.frames(seed: 1)
    let verdict = try #require(Played.result(.synBlackhole).flows.first { $0.verdict.isFinding }).verdict
    #expect(Self.result(verdict, of: "capture-end") == .excluded)
    let first = try #require(verdict.window).first
    let cut = analyze(frames.filter { $0.time <= first + 4_500_000_000 })
    for flow in cut.flows where flow.verdict.isFinding {
      #expect(Self.result(flow.verdict, of: "capture-end") == .unknown)
    }
  }
}
