import Detection
import Flow
import Testing
import Verdict

/// Sparse requests that end unanswered, held against those of the same flow that had gone unanswered before.
@Suite struct EarlierLossTests {
  /// Forty seconds of a request every two, of which `isAnswered` says which are answered, and `row` more that are not.
  private func verdict(row: Int64, hasMedia: Bool = false, isAnswered: (Int64) -> Bool) -> Judgment {
    var flow = Made.asking([])
    var dialogue = Dialogue()
    dialogue.asker = 0
    var state = UDPState(firstFrame: 10)
    var frame: UInt64 = 10
    var counts: (UInt64, UInt64) = (0, 0)
    for number in 0..<(20 + row) {
      let at = start + 2 * number * second
      dialogue[.server].ask(time: at, frame: UInt32(frame - 10), width: second)
      state.observe(side: 0, time: at, start: start, frame: frame, silenceTimes)
      (counts.0, frame) = (counts.0 + 1, frame + 1)
      flow.last = at
      guard number < 20, isAnswered(number) else { continue }
      dialogue[.server].answer(time: at + 40_000_000)
      state.observe(side: 1, time: at + 40_000_000, start: start, frame: frame, silenceTimes)
      (counts.1, frame) = (counts.1 + 1, frame + 1)
    }
    flow.packets = counts
    flow.dialogue = dialogue
    flow.hasOpaqueMedia = hasMedia
    return Detectors.judge(flow, state, Circumstances(Made.surroundings(), thresholds))
  }

  @Test func aRowAsOthersBeforeMayBeChance() {
    let half = verdict(row: 6) { $0 % 2 == 0 }
    #expect(half.gapCode == "loss_explains_silence" && !half.isFinding, "\(half.gapCode)")
    #expect(verdict(row: 6, hasMedia: true) { $0 % 2 == 0 }.gapCode == "loss_explains_silence")
    // (10 / 21) to the power of 7, and of 13.
    #expect(verdict(row: 12) { $0 % 2 == 0 }.isFinding)
  }

  @Test func aRowUnlikeAnyBeforeIsASilence() {
    #expect(verdict(row: 6) { _ in true }.words == "dropped cutoff")
    #expect(verdict(row: 6) { $0 != 9 }.words == "dropped cutoff", "(2 / 22) to the power of 6")
  }
}
