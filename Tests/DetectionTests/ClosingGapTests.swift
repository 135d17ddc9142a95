import Settings
import Synth
import Testing

@testable import Detection

/// A steady voice behind devices that lose packets: how its transit changes at the losses.
@Suite struct ClosingGapTests {
  private let limits = Thresholds().cap

  /// 1,000 packets every 20 ms. `device` takes each and says how long it waits, ms, or that it is lost; `jitter` in ms.
  private static func passage(jitter: Int, _ device: (Double) -> Double?) -> Passage {
    var generator = SeededGenerator(seed: 3)
    var offers: [Offer] = []
    var delays: [DelaySample] = []
    for number in 0..<1000 {
      let sent = Double(number) * 0.02
      guard let wait = device(sent) else {
        offers.append(Offer(time: sent, bytes: 120, fate: .lost))
        continue
      }
      let transit = 30 + wait + Double(generator.number(in: 0...jitter))
      offers.append(Offer(time: sent + transit / 1000, bytes: 120, fate: .passed))
      delays.append(DelaySample(time: sent + transit / 1000, transit: transit))
    }
    // Lost ones were offered between those that came.
    for index in offers.indices where offers[index].fate == .lost {
      let before = offers[..<index].last { $0.fate == .passed }?.time ?? offers[index].time
      let after = offers[index...].first { $0.fate == .passed }?.time ?? offers[index].time
      offers[index].time = (before + after) / 2
    }
    return Passage(start: 0, offers: offers.sorted { $0.time < $1.time }, delays: delays)
  }

  /// A line of so many bytes a second whose queue holds so many bytes and was full before the first packet.
  private struct Line {
    let rate: Double
    let room: Double
    var queued: Double
    var latest = 0.0

    mutating func wait(_ time: Double) -> Double? {
      queued = max(0, queued - rate * (time - latest))
      latest = time
      guard queued + 120 <= room else { return nil }
      queued += 120
      return queued / rate * 1000
    }
  }

  @Test(arguments: [0, 10, 25]) func behindAPolicerNothingChanges(jitter: Int) throws {
    var bucket = TokenBucketTests.Bucket(rate: 5000, size: 3000)
    let share = try #require(
      ClosingGaps.share(Self.passage(jitter: jitter) { bucket.admits($0, 120) ? 0 : nil }, limits))
    #expect(abs(share) < 0.15)
  }

  @Test(arguments: [4500, 5000, 5500] as [Double]) func behindAQueueThatIsAlwaysFullTheGapCloses(rate: Double) throws {
    var line = Line(rate: rate, room: 3000, queued: 3000)
    let share = try #require(ClosingGaps.share(Self.passage(jitter: 2) { line.wait($0) }, limits))
    #expect(share > 0.3)
  }

  @Test func fewLossesTellNothing() {
    let share = ClosingGaps.share(Self.passage(jitter: 2) { Int($0 * 50) % 200 == 199 ? nil : 0 }, limits)
    #expect(share == nil)
  }
}
