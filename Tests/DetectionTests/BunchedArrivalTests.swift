import Settings
import Synth
import Testing
import Verdict

@testable import Detection

/// A voice that something on the way holds and lets go in bunches.
@Suite struct BunchedArrivalTests {
  /// 3,000 packets every 20 ms, a fifth of them lost by chance. `held`: let go together every so many ms; `late`: one in twenty
  /// waits for 40 ms; `frame`: so many packets carry one time stamp.
  private static func passage(held: Double? = nil, late: Bool = false, frame: Int = 1) -> Passage {
    var generator = SeededGenerator(seed: 8)
    var offers: [Offer] = []
    var delays: [DelaySample] = []
    var (lost, runs, wasLost) = (0.0, 0.0, false)
    for number in 0..<3_000 {
      let sent = Double(number) * 0.02
      let isLost = generator.occurs(with: 0.2)
      if isLost {
        lost += 1
        if !wasLost { runs += 1 }
        offers.append(Offer(time: sent + 0.01, bytes: 120, fate: .lost))
      } else {
        var arrival = sent + 0.01 + Double(generator.number(in: 0...20)) / 10_000
        if let held { arrival = (arrival / held).rounded(.up) * held + Double(number % 10) / 10_000 }
        if late, number % 20 == 0 { arrival += 0.04 }
        let stamp = 0.02 * Double(frame * (number / frame))
        offers.append(Offer(time: arrival, bytes: 120, fate: .passed))
        delays.append(DelaySample(time: arrival, transit: 1_000 * (arrival - stamp)))
      }
      wasLost = isLost
    }
    offers.sort { $0.time < $1.time }
    delays.sort { $0.time < $1.time }
    return Passage(
      start: start, offers: offers, delays: delays,
      streams: [StreamLosses(packets: 3_000 - lost, lost: lost, runs: runs, meanBytes: 120)], frames: [1],
      roundTrips: (0..<60).map { (start + Int64($0) * second, 20) })
  }

  private func judge(_ passage: Passage) -> Judgment? {
    var flow = Made.asking([])
    flow.passages = DirectionPassages(client: nil, server: passage)
    return MediaCaps.judge(flow, Circumstances(Made.surroundings(), thresholds))
  }

  @Test func packetsThatWereHeldComeTogether() throws {
    #expect(try #require(BunchedArrivals.share(Self.passage(), thresholds.cap)) < 0.01)
    #expect(try #require(BunchedArrivals.share(Self.passage(held: 0.1), thresholds.cap)) > 0.5)
    // The packets of a picture are sent together.
    #expect(BunchedArrivals.share(Self.passage(frame: 3), thresholds.cap) == nil)
  }

  @Test func lossAmongBunchesIsNotToldFromAQueues() throws {
    #expect(try #require(judge(Self.passage())).words == "dropped random-discard")
    #expect(judge(Self.passage(held: 0.1))?.isFinding != true)
  }

  /// A bin's least delay shows no queue that comes and goes within it: then packets did wait.
  @Test func onlyWhereNoneWaitedThatIsSaid() throws {
    func reason(_ passage: Passage) throws -> String { "\(try #require(judge(passage)).reason.template)" }
    #expect(try reason(Self.passage()).contains("none waited {} before"))
    #expect(try reason(Self.passage(late: true)).contains("no standing queue of {} was seen"))
  }
}
