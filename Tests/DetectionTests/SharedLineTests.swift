import Settings
import Testing
import Verdict

@testable import Detection

/// A transfer that waits in a queue at a steady rate, alone and beside another one of the same client.
@Suite struct SharedLineTests {
  /// 5 s at 200 kbit/s, then 20 s at 100 kbit/s behind a queue of 60 ms.
  private static let held: TracedConnection = {
    var offers: [Offer] = []
    var delays: [DelaySample] = []
    var time = 0.0
    while time < 25 {
      time += time < 5 ? 0.03 : 0.06
      offers.append(Offer(time: time, bytes: 750, fate: .passed))
      delays.append(DelaySample(time: time, transit: time < 5 ? 20 : 80))
    }
    return TracedConnection(
      key: 1, client: client, server: server, isFromClient: false,
      passage: Passage(start: start, offers: offers, delays: delays), isNearSender: false)
  }()

  /// Another transfer of as much, of which one segment of `loses` is lost; 0: none.
  private static func beside(loses: Int) -> TracedConnection {
    let offers = (0..<400).map { number in
      Offer(
        time: Double(number) * 0.06, bytes: 750, fate: loses > 0 && number % loses == loses - 1 ? .lost : .passed)
    }
    return TracedConnection(
      key: 2, client: client, server: other, isFromClient: false,
      passage: Passage(start: start, offers: offers, delays: []),
      isNearSender: false)
  }

  private func kind(_ others: [TracedConnection]) -> ConnectionCap.Kind? {
    ConnectionCaps.shaper(Self.held, [Self.held] + others, thresholds)
  }

  @Test func aloneItIsShaped() {
    guard case .shaped(let rate, _, _, _, _)? = kind([]) else { return #expect(Bool(false), "not shaped") }
    #expect(abs(rate / 100_000 - 1) < 0.05)
  }

  /// Two downloads beside a call on a line of 254 kbit/s: one waits, the other loses a segment of five.
  @Test func besideOneThatLosesSegmentsTheLineMayBeShared() {
    guard case .unknown(let code, _, _, _)? = kind([Self.beside(loses: 5)]) else {
      return #expect(Bool(false), "not refused")
    }
    #expect("\(code)" == "shared_queue")
  }

  @Test func besideOneThatGoesOnFreelyItIsShaped() {
    guard case .shaped? = kind([Self.beside(loses: 0)]) else { return #expect(Bool(false), "not shaped") }
  }
}
