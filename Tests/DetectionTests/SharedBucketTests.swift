import Settings
import Testing
import Verdict

@testable import Detection

/// Whether what went on beside a policed flow shows another way, or went through the same bucket.
@Suite struct SharedBucketTests {
  /// Windows of full segments each 400 ms behind a bucket of 600 kbit/s that small ones pass evenly; or behind one of their own
  /// beside another download in windows. What is even cannot tell: a larger bucket for both would lose the same.
  private static func carriers(isShared: Bool) -> (own: Carrier, other: Carrier) {
    var sends: [(time: Double, bytes: Double, isOwn: Bool)] = []
    for window in 0..<150 {
      for segment in 0..<(20 + window % 5) {
        sends.append((0.4 * Double(window) + 0.001 * Double(segment), 1_500, true))
      }
    }
    for number in 0..<(isShared ? 12_000 : 6_000) {
      let time = isShared ? 0.005 * Double(number) : 0.9 * Double(number / 90) + 0.001 * Double(number % 90)
      sends.append((0.0003 + time, isShared ? 250 : 1_500, false))
    }
    sends.sort { $0.time < $1.time }
    var bucket = TokenBucketTests.Bucket(rate: isShared ? 75_000 : 30_000, size: 30_000)
    var offers: (own: [Offer], other: [Offer]) = ([], [])
    for send in sends {
      let passes = !isShared && !send.isOwn || bucket.admits(send.time, send.bytes)
      let offer = Offer(time: send.time, bytes: send.bytes, fate: passes ? .passed : .lost)
      if send.isOwn { offers.own.append(offer) } else { offers.other.append(offer) }
    }
    func carrier(_ key: UInt64, _ server: IPAddress, _ offers: [Offer]) -> Carrier {
      Carrier(
        key: key, client: client, server: server, port: 443, transport: .tcp, direction: .down,
        passage: Passage(start: start, offers: offers, delays: []))
    }
    return (carrier(1, server, offers.own), carrier(2, other, offers.other))
  }

  @Test(arguments: [true, false]) func smallPacketsThatFindTokensAreNoControl(isShared: Bool) throws {
    let (own, beside) = Self.carriers(isShared: isShared)
    var around = Made.surroundings()
    around.carriers = [own, beside]
    around.examinedCaps = 1
    var judgment = Claim.finding(.capped, .policer, .down, thresholds.score.policer, Phrase("made"))
    judgment.window = TimeWindow(first: start, last: start + 60 * second)
    judgment.capRate = 230_000
    judgment.excluders = [Excluder("plan-limit", .unknown)]
    judgment.alternatives = ["plan-limit", "server-limit"]
    var flow = FlowObservation(
      client: client, server: server, serverPort: 443, first: start, last: start + 60 * second, firstFrame: 1,
      packets: (400, 3_000), clientSide: 0)
    flow.isServerRole = true
    FullRate.settle(&judgment, flow, .tcp, Circumstances(around, thresholds))
    let codes = judgment.evidence.map { "\($0.code)" }
    #expect(codes == [isShared ? "shared_bucket" : "control_at_full_rate"])
    #expect(judgment.alternatives.contains { "\($0)" == "plan-limit" } == isShared)
    #expect(judgment.tests.isEmpty == isShared)
  }
}
