import Testing
import Verdict

@testable import Detection

/// What the capture dropped, by the time in which it did.
@Suite struct CaptureLossTests {
  private static func losses(_ spans: [(UInt64, Int64, Int64)]) -> CaptureLosses {
    var losses = CaptureLosses()
    var total: UInt64 = 0
    for (count, first, last) in spans {
      total += count
      losses.note(total, from: first, to: last)
    }
    return losses
  }

  @Test func dropsCountWhereTheirTimeTouchesTheWindow() {
    let losses = Self.losses([(5, 100, 200), (7, 400, 500)])
    #expect(losses.total == 12)
    #expect(losses.count(in: TimeWindow(first: 0, last: 99)) == 0)
    #expect(losses.count(in: TimeWindow(first: 0, last: 100)) == 5)
    #expect(losses.count(in: TimeWindow(first: 200, last: 400)) == 12)
    #expect(losses.count(in: TimeWindow(first: 201, last: 399)) == 0)
    #expect(losses.count(in: TimeWindow(first: 450, last: 460)) == 7)
  }

  @Test func readingsThatFollowEachOtherAreOne() {
    #expect(Self.losses([(5, 100, 200), (7, 200, 300)]) == Self.losses([(12, 100, 300)]))
    // A counter that did not move says nothing.
    var losses = Self.losses([(5, 100, 200)])
    losses.note(5, from: 200, to: 900)
    #expect(losses == Self.losses([(5, 100, 200)]))
  }

  /// A year of a kernel that drops every other second: bounded, and the oldest spans are told apart no more.
  @Test func theyAreBounded() {
    var losses = CaptureLosses()
    for index in 0..<20_000 as Range<Int64> {
      losses.note(UInt64(index) + 1, from: index * 10, to: index * 10 + 1)
    }
    #expect(losses.total == 20_000)
    #expect(losses.count(in: TimeWindow(first: 199_990, last: 199_991)) == 1)
    #expect(losses.count(in: TimeWindow(first: 0, last: 5)) == 20_000 - 4_095)
    #expect(losses.count(in: TimeWindow(first: .min, last: .max)) == 20_000)
  }

  private static func known(_ losses: CaptureLosses?) -> Circumstances {
    Circumstances(Made.surroundings(drops: losses?.total), thresholds, losses: losses)
  }

  @Test func aFindingIsDoubtedInItsWindowAlone() {
    let flow = Made.asking(Made.ladder)
    var finding = Judgment(.dropped, .blackhole, grade: .consistent, reason: Phrase(""))
    finding.window = TimeWindow(first: start + 10 * second, last: start + 20 * second)
    let during = Self.known(Self.losses([(3, start + 12 * second, start + 13 * second)]))
    #expect(during.doubted(finding, of: flow)?.around.drops == 3)
    let before = Self.known(Self.losses([(3, start, start + 9 * second)]))
    #expect(before.doubted(finding, of: flow) == nil)
    #expect(before.around.drops == 0, "outside of its window the capture is whole")
    // A reset is judged by what came before it.
    var reset = Judgment(.reset, .resetInjected, grade: .consistent, reason: Phrase(""))
    reset.window = finding.window
    #expect(before.doubted(reset, of: flow)?.around.drops == 3)
    // What accuses nobody stands.
    #expect(during.doubted(Judgment(.ok, grade: .none, reason: Phrase("")), of: flow) == nil)
  }

  /// Files tell how many, not when: then they count at all times, as before.
  @Test func withoutTimesDropsCountAlways() {
    let known = Circumstances(Made.surroundings(drops: 4), thresholds)
    #expect(known.around.drops == 4)
    let finding = Judgment(.dropped, .blackhole, grade: .consistent, reason: Phrase(""))
    #expect(known.doubted(finding, of: Made.asking(Made.ladder)) == nil)
  }
}
