import Settings
import Testing
import Verdict

@testable import Detection

/// Transits that grew because a clock was set forward, and those of a queue.
@Suite struct ForwardClockTests {
  /// 40 s of a voice. From 15 s on its transit is `step` ms longer, round trips are by `growth` ms; one in `each` seconds is known.
  private static func passage(step: Double = 300, growth: Double, each: Int = 1) -> Passage {
    let offers = (0..<2_000).map {
      Offer(time: Double($0) * 0.02, bytes: 120, fate: $0 % 5 == 0 && $0 > 500 ? .lost : .passed)
    }
    let delays = offers.filter { $0.fate == .passed }.map {
      DelaySample(time: $0.time, transit: $0.time < 15 ? 30 : 30 + step)
    }
    let trips = stride(from: 0, to: 40, by: each).map {
      (time: start + Int64($0) * second, milliseconds: $0 < 15 ? 25 : 25 + growth)
    }
    return Passage(start: start, offers: offers, delays: delays, roundTrips: trips)
  }

  private func code(_ passage: Passage, _ direction: Direction = .down) throws -> String? {
    let queue = QueueDelay(passage, thresholds.cap, isMedia: true)
    let delay = try #require(queue.medianAtLosses(passage.offers))
    #expect(delay >= thresholds.cap.queue.value)
    return queue.clockRefusal(roundTripsOf: passage, direction, delay: delay)?.gapCode
  }

  @Test(arguments: [30.0, 300, 2_000]) func roundTripsThatDidNotGrowKnowOfNoQueue(step: Double) throws {
    #expect(try code(Self.passage(step: step, growth: 1)) == "clock_step")
  }

  @Test func aQueueIsInRoundTripsToo() throws {
    #expect(try code(Self.passage(growth: 300)) == nil)
    #expect(try code(Self.passage(growth: 160)) == nil)
  }

  /// Few round trips are no measure, and of what the client sends the capture may lie behind the queue.
  @Test func withoutRoundTripsTransitsStand() throws {
    #expect(try code(Self.passage(growth: 0, each: 10)) == nil)
    #expect(try code(Self.passage(growth: 0), .up) == nil)
  }
}
