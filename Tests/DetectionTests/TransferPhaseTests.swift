import Settings
import Synth
import Testing
import Verdict

@testable import Detection

/// What held a transfer back, second by second.
@Suite struct TransferPhaseTests {
  private func phases(
    _ offers: [Offer], window: Double? = 1_000_000, roundTrip: Double? = 0.05, delays: [DelaySample] = []
  ) -> TransferPhases? {
    TransferPhases(
      TracedConnection(
        key: 1, client: client, server: server, isFromClient: false,
        passage: Passage(start: start, offers: offers, delays: delays), isNearSender: false, window: window,
        roundTrip: roundTrip), thresholds)
  }

  /// `count` segments every `pause` seconds.
  private func bursts(_ count: Int, every pause: Double, seconds: Double, loses: (Int) -> Bool = { _ in false })
    -> [Offer]
  {
    var offers: [Offer] = []
    for round in 0..<Int(seconds / pause) {
      for number in 0..<count {
        offers.append(
          Offer(
            time: Double(round) * pause + Double(number) * 0.0005, bytes: 1500,
            fate: loses(offers.count) ? .lost : .passed))
      }
    }
    return offers
  }

  @Test func aSenderThatPausesIsLimitedByItsApplication() throws {
    let found = try #require(phases(bursts(20, every: 0.5, seconds: 10)))
    #expect(found.application >= 8 && found.receiverWindow == 0 && found.line == 0)
    #expect(found.excluders.contains { "\($0.name)" == "application-limited" && $0.result == .present })
    #expect("\(found.evidence.code)" == "transfer_phases")
  }

  @Test func aFullWindowEachRoundTripIsTheReceivers() throws {
    // 20 segments in 50 ms, and a window of 30,000 bytes.
    let found = try #require(phases(bursts(20, every: 0.05, seconds: 10), window: 30_000))
    #expect(found.receiverWindow >= 8 && found.application == 0)
    #expect(found.excluders.contains { "\($0.name)" == "receiver-window-limited" && $0.result == .present })
    // The same pace under a window that is never filled, or whose scale is not known.
    for window in [1_000_000, nil] as [Double?] {
      let other = try #require(phases(bursts(20, every: 0.05, seconds: 10), window: window))
      #expect(other.receiverWindow == 0 && other.application == 0 && other.other >= 7)
      #expect(other.excluders.allSatisfy { $0.result == .excluded })
    }
  }

  @Test func lossesAndWhatFollowsThemAreTheCongestionWindows() throws {
    // Every second ends in a loss and a timeout of half a second.
    var offers = bursts(10, every: 0.05, seconds: 10).filter { $0.time.truncatingRemainder(dividingBy: 1) < 0.5 }
    for index in offers.indices where index % 40 == 39 { offers[index].fate = .lost }
    let found = try #require(phases(offers))
    #expect(found.congestionWindow >= 8 && found.application <= 1)
  }

  @Test func aStandingQueueIsTheLines() throws {
    let offers = bursts(1, every: 0.01, seconds: 10)
    let delays = offers.map { DelaySample(time: $0.time, transit: $0.time < 2 ? 0 : 150) }
    let found = try #require(phases(offers, delays: delays))
    #expect(found.line >= 7 && found.application == 0)
  }

  @Test func aShortTransferHasNoPhases() {
    #expect(phases(bursts(20, every: 0.05, seconds: 2)) == nil)
    #expect(phases([]) == nil)
  }
}
