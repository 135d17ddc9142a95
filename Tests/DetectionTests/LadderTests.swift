import Flow
import TestSupport
import Testing
import Verdict

@testable import Detection

/// Retransmission schedules that show a sender who lived and waited (METHOD.md M2.1).
@Suite struct LadderTests {
  private func ask(_ milliseconds: [Int64]) -> RequestTally {
    var ask = RequestTally()
    for (index, time) in milliseconds.enumerated() {
      ask.ask(time: start + time * 1_000_000, frame: UInt32(index), width: second)
    }
    return ask
  }

  private func code(
    _ milliseconds: [Int64], _ kind: Dialogue.Kind = .server, _ request: RequestKind = .allocate
  ) -> String? {
    Ladder.evidence(ask(milliseconds), kind, request, end: .max).map { "\($0.code)" }
  }

  @Test func eachProtocolsScheduleHasItsName() {
    #expect(code(Made.ladder) == "ladder_libwebrtc_turn")
    #expect(code([0, 500, 1_500, 3_500, 7_500, 15_500, 31_500], .server, .binding) == "ladder_stun")
    #expect(code((0..<20).map { $0 * 500 }, .server, .reflectorHello) == "ladder_telegram_hello")
    #expect(code([0, 1_000, 3_000, 7_000, 15_000], .clientHello) == "ladder_dtls")
    #expect(code([0, 50, 150, 350, 750, 1_550], .clientHello) == "ladder_libwebrtc_dtls")
    #expect(code([0, 200, 600, 1_400, 3_000], .initial) == "ladder_quic_initial")
    #expect(code([0, 110, 330, 770, 1_650]) == "ladder_doubling")
    // A little early or late, as timers are.
    #expect(code([0, 520, 1_490, 3_560, 7_480], .server, .binding) == "ladder_stun")
  }

  @Test func otherPausesAreNoLadder() {
    #expect(code([0, 5_000, 10_000, 15_000, 20_000]) == nil, "keep-alives")
    #expect(code([0, 500, 1_500]) == nil, "too few")
    #expect(code([0, 500, 1_500, 1_600, 7_500], .server, .binding) == nil)
    #expect(code([0, 480, 960, 1_440], .checkBySide0) == nil, "checks go on at their own pace")
    #expect(code([0, 2_000, 4_000, 6_000], .server, .reflectorHello) == nil)
    #expect(Ladder.evidence(RequestTally(), .server, .allocate, end: .max) == nil)
  }

  @Test func whetherItWasGivenUpIsTold() throws {
    func template(_ milliseconds: [Int64], endsAfter: Int64) throws -> String {
      let tally = ask(milliseconds)
      let evidence = try #require(
        Ladder.evidence(tally, .server, .allocate, end: tally.last + endsAfter * 1_000_000))
      return "\(evidence.detail.template)"
    }
    #expect(try template(Made.ladder, endsAfter: 60_000).contains("waited to the end"))
    #expect(try template(Array(Made.ladder.prefix(5)), endsAfter: 60_000).contains("gave up"))
    #expect(try template(Array(Made.ladder.prefix(5)), endsAfter: 3_000).contains("until the capture ended"))
  }

  /// What was answered before is another row.
  @Test func theRowBeginsBehindTheLatestAnswer() {
    var tally = ask([0, 100, 200])
    tally.answer(time: start + 300_000_000)
    for time in [1_000, 1_500, 2_500, 4_500] as [Int64] {
      tally.ask(time: start + time * 1_000_000, frame: 9, width: second)
    }
    #expect(tally.pauses == [500, 1_000, 2_000])
    #expect(Ladder.evidence(tally, .server, .binding, end: .max).map { "\($0.code)" } == "ladder_stun")
  }
}
