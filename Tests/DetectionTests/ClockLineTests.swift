import Settings
import Testing
import Verdict

@testable import Detection

/// Transits that rise in a straight line are a clock's; a queue that fills, or stands, is none.
@Suite struct ClockLineTests {
  /// A call of so many seconds whose packets come by these ms later than at best.
  private static func standing(_ seconds: Double, _ transit: (Double) -> Double) -> [ClosedRange<Double>] {
    let samples = (0..<Int(seconds * 50)).map { number in
      let time = Double(number) / 50
      return DelaySample(time: time, transit: 20 + Double(number % 7) * 0.1 + transit(time))
    }
    let offers = samples.map { Offer(time: $0.time, bytes: 200, fate: .passed) }
    let passage = Passage(start: start, offers: offers, delays: samples)
    return QueueDelay(passage, thresholds.cap, isMedia: true).standing()
  }

  @Test(arguments: [40.0, 100, 300]) func aClockThatIsOffIsNoQueue(seconds: Double) {
    for slope in [-1.0, -0.4, 0.4, 1.0] { #expect(Self.standing(seconds) { slope * $0 }.isEmpty, "\(slope)") }
  }

  @Test func aQueueIsNoClock() {
    #expect(!Self.standing(100) { $0 < 40 ? 0 : 60 }.isEmpty, "a step")
    #expect(!Self.standing(100) { min(80, max(0, $0 - 20) * 4) }.isEmpty, "one that fills in 20 s and stays full")
    #expect(!Self.standing(100) { 5 * $0 }.isEmpty, "too steep for any clock")
    #expect(!Self.standing(100) { $0.truncatingRemainder(dividingBy: 50) * 1.5 }.isEmpty, "a saw")
    #expect(!Self.standing(25) { $0 < 10 ? 0 : 40 }.isEmpty, "a short call")
  }
}
