import Settings
import Synth
import Testing
import Verdict

@testable import Detection

/// Transfers whose delay grows: behind a rate that they exceed, and where the way becomes longer for a sender that paces itself.
@Suite struct QueueOnsetTests {
  /// 20 s of segments of 1,500 bytes sent at some times, each out of a line some time later; `isNearSender`: seen where they
  /// are sent, with the round trip for the delay.
  private static func transfer(
    _ sent: [Double], isNearSender: Bool = false, _ out: (Double) -> Double
  ) -> TracedConnection {
    var offers: [Offer] = []
    var delays: [DelaySample] = []
    for time in sent {
      let arrival = out(time)
      let seen = isNearSender ? time : arrival
      offers.append(Offer(time: seen, bytes: 1_500, fate: .passed))
      delays.append(DelaySample(time: seen, transit: 1_000 * (arrival - time)))
    }
    return TracedConnection(
      key: 1, client: client, server: server, isFromClient: isNearSender,
      passage: Passage(start: start, offers: offers, delays: delays), isNearSender: isNearSender, roundTrip: 0.02)
  }

  /// A burst of 1.5 MB within a second, then a segment every 10 ms: 1.2 Mbit/s.
  private static let paced: [Double] = {
    var times: [Double] = []
    for number in 0..<1_000 { times.append(Double(number) * 0.001) }
    for number in 0..<1_900 { times.append(1 + Double(number) * 0.01) }
    return times
  }()

  /// A window of 40 segments that are sent as they come out, on a line of 12 Mbit/s until 4 s, then one of 1.2.
  private static func windowed(_ window: Int = 40) -> (sent: [Double], out: [Double: Double]) {
    var sent: [Double] = []
    var out: [Double: Double] = [:]
    var free = 0.0
    var done: [Double] = []
    for number in 0..<6_000 {
      let before: Double = number < window ? 0 : done[number - window] + 0.01
      let time: Double = before + Double(number) * 1e-9
      if time > 20 { break }
      free = max(free, time + 0.01)
      free += time < 4 ? 0.001 : 0.01
      done.append(free)
      sent.append(time)
      out[time] = free
    }
    return (sent, out)
  }

  private func kind(_ connection: TracedConnection) -> ConnectionCap.Kind? {
    ConnectionCaps.shaper(connection, [connection], thresholds)
  }

  private func code(_ connection: TracedConnection) -> String? {
    if case .unknown(let code, _, _, _)? = kind(connection) { return "\(code)" }
    return nil
  }

  private func judge(_ connection: TracedConnection) throws -> Judgment {
    var around = Made.surroundings()
    around.connectionCaps = ConnectionCaps.examine([connection], thresholds)
    if let phases = TransferPhases(connection, thresholds) { around.phases[1] = phases }
    let flow = FlowObservation(
      client: client, server: server, serverPort: 443, first: start, last: start + 20 * second, firstFrame: 1,
      packets: (400, 3_000), clientSide: 0)
    return try #require(ConnectionCaps.judge(flow, Circumstances(around, thresholds)))
  }

  @Test(arguments: [false, true]) func aWayThatBecomesLongerHoldsNoSenderThatPacesItself(isNearSender: Bool) {
    for step in [0.02, 0.06] {
      let longer = Self.transfer(Self.paced, isNearSender: isNearSender) { $0 + 0.02 + ($0 < 4 ? 0 : step) }
      #expect(code(longer) == "rate_of_sender", "\(step) s longer")
      // A queue of others that grows within a second.
      let queue = Self.transfer(Self.paced, isNearSender: isNearSender) { $0 + 0.02 + step * min(1, max(0, $0 - 4)) }
      #expect(code(queue) == "rate_of_sender", "a queue of \(step) s of others")
    }
  }

  /// The way becomes longer with the burst's end: the rate was never seen without it.
  @Test func noMoreIsSentWhenTheWayBecomesLonger() {
    let longer = Self.transfer(Self.paced) { $0 + ($0 < 1.1 ? 0.02 : 0.08) }
    #expect(code(longer) == "rate_of_sender")
  }

  @Test(arguments: [false, true]) func aRateThatATransferExceedsIsFound(isNearSender: Bool) throws {
    let (sent, out) = Self.windowed()
    let held = Self.transfer(sent, isNearSender: isNearSender) { out[$0] ?? $0 }
    let verdict = try judge(held)
    #expect(verdict.words == "capped shaper")
    #expect(abs(Double(try #require(verdict.capRate)) / 1_200_000 - 1) < 0.05)
    for name in ["application-limited", "receiver-window-limited", "congestion-window-limited"] {
      #expect(verdict.excluders.contains { "\($0.name)" == name && $0.result == .excluded }, "\(name)")
    }
  }

  /// Of a queue that stood when the records begin nothing shows who filled it.
  @Test func withoutTheQueuesBeginningNothingElseIsExcluded() throws {
    let (sent, out) = Self.windowed()
    // Its end is seen: the last second at 12 Mbit/s.
    let late = sent.filter { $0 > 5 }
    let faster = (0..<1_000).map { 21 + Double($0) * 0.001 }
    let held = Self.transfer(late + faster) { out[$0] ?? $0 + 0.011 }
    let verdict = try judge(held)
    #expect(verdict.words == "capped shaper")
    for name in ["application-limited", "congestion-window-limited"] {
      #expect(verdict.excluders.contains { "\($0.name)" == name && $0.result == .unknown }, "\(name)")
    }
    // Round trips then may be longer for what the acknowledgments waited.
    #expect(code(Self.transfer(late + faster, isNearSender: true) { out[$0] ?? $0 + 0.011 }) == "rate_of_sender")
  }
}
