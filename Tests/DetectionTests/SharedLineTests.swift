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

  /// An upload beside a call, seen before its line of 415 kbit/s: a window went out at once and the queue took it in.
  @Test func aBurstThatAQueueTakesInIsNoFasterTime() {
    func kind(_ seconds: Double) -> ConnectionCap.Kind? {
      var offers: [Offer] = []
      var delays: [DelaySample] = []
      var time = 0.0
      while time < 25 {
        time += time < seconds ? 0.03 : 0.06
        offers.append(Offer(time: time, bytes: 750, fate: .passed))
        delays.append(DelaySample(time: time, transit: time < seconds ? 20 : 80))
      }
      let upload = TracedConnection(
        key: 1, client: client, server: server, isFromClient: true,
        passage: Passage(start: start, offers: offers, delays: delays), isNearSender: true)
      return ConnectionCaps.shaper(upload, [upload], thresholds)
    }
    guard case .unknown(let code, _, _, _)? = kind(2) else { return #expect(Bool(false), "no refusal") }
    #expect("\(code)" == "no_faster_time", "25 kB more than the line carries")
    guard case .shaped? = kind(4) else { return #expect(Bool(false), "50 kB more") }
  }

  /// 60 kB that came within a fifth of a second before the queue stood: no faster time, but not nothing either.
  @Test func aShortBurstIsNotSaidToBeNothing() {
    var offers: [Offer] = []
    var delays: [DelaySample] = []
    var time = 0.0
    for number in 0..<420 {
      time += number < 80 ? 0.0025 : number == 80 ? 1 : 0.06
      offers.append(Offer(time: time, bytes: 750, fate: .passed))
      delays.append(DelaySample(time: time, transit: number < 80 ? 20 : 80))
    }
    let held = TracedConnection(
      key: 1, client: client, server: server, isFromClient: false,
      passage: Passage(start: start, offers: offers, delays: delays), isNearSender: false)
    guard case .unknown(let code, _, _, let reason)? = ConnectionCaps.shaper(held, [held], thresholds) else {
      return #expect(Bool(false), "no refusal")
    }
    #expect("\(code)" == "no_faster_time" && "\(reason.template)".contains("at once before"))
  }

  /// A trace that began anew holds nothing of how fast the transfer had been before.
  @Test(arguments: [false, true]) func ofWhatWasNotKeptNothingIsSaid(isWhole: Bool) {
    let offers = (0..<420).map { Offer(time: Double($0) * 0.06, bytes: 750, fate: .passed) }
    var held = TracedConnection(
      key: 1, client: client, server: server, isFromClient: false,
      passage: Passage(
        start: start, offers: offers,
        delays: offers.map { DelaySample(time: $0.time, transit: $0.time < 1 ? 20 : 80) }), isNearSender: false)
    if !isWhole {
      held.untraced = Carrier.Untraced(
        5_000_000, in: TimeWindow(first: start - 3 * second, last: start))
    }
    guard case .unknown(let code, _, _, let reason)? = ConnectionCaps.shaper(held, [held], thresholds) else {
      return #expect(Bool(false), "no refusal")
    }
    #expect("\(code)" == "no_faster_time")
    #expect("\(reason.template)".contains(isWhole ? "nothing in the capture was faster" : "in what was kept"))
  }

  private func kind(_ others: [TracedConnection]) -> ConnectionCap.Kind? {
    ConnectionCaps.shaper(Self.held, [Self.held] + others, thresholds)
  }

  /// A call of the same client that received `rate` bit/s, and half of that for the first `half` seconds.
  private static func call(_ rate: Double, half: Double = 0) -> Carrier {
    var offers: [Offer] = []
    var time = 0.0
    while time < 25 {
      offers.append(Offer(time: time, bytes: time < half ? rate / 800 : rate / 400, fate: .passed))
      time += 0.02
    }
    return Carrier(
      key: 3, client: client, server: other, port: 3_478, transport: .udp, direction: .down,
      passage: Passage(start: start, offers: offers, delays: []))
  }

  private func judge(_ carriers: [Carrier]) throws -> Judgment {
    let examined = ConnectionCaps.examine([Self.held], thresholds)
    var around = Made.surroundings()
    around.connectionCaps = examined
    around.carriers = carriers
    let flow = FlowObservation(
      client: client, server: server, serverPort: 443, first: start, last: start + 25 * second, firstFrame: 1,
      packets: (400, 500), clientSide: 0)
    return try #require(ConnectionCaps.judge(flow, Circumstances(around, thresholds)))
  }

  /// A download on a line of 1,239 kbit/s beside a video call came at the 944 kbit/s that the call left, and at 1.1 Mbit/s
  /// while the call sent less.
  @Test func whatASteadyCallLeavesOfALineIsNoShaper() throws {
    #expect(try judge([]).words == "capped shaper")
    // Twice as fast while the call received half: together they were never faster than the line.
    let shared = try judge([Self.call(200_000, half: 5)])
    #expect(shared.gapCode == "shared_queue", "\(shared.words)")
    // A call that is as fast throughout: the two were faster together before.
    #expect(try judge([Self.call(200_000)]).words == "capped shaper")
    // Too little to explain anything.
    #expect(try judge([Self.call(8_000, half: 5)]).words == "capped shaper")
  }

  /// A download beside it that began anew with its trace: of what it carried before only the sum is known.
  @Test func whatIsNotKeptOneByOneCountsToo() throws {
    func download(_ bytes: Double) -> Carrier {
      var carrier = Carrier(
        key: 3, client: client, server: other, port: 443, transport: .tcp, direction: .down,
        passage: Passage(
          start: start, offers: [Offer(time: 26, bytes: 1_500, fate: .passed)], delays: []))
      carrier.untraced = Carrier.Untraced(bytes, in: TimeWindow(first: start + 5 * second, last: start + 26 * second))
      return carrier
    }
    #expect(try judge([download(21 * 25_000)]).gapCode == "shared_queue", "200 kbit/s")
    #expect(try judge([download(21 * 100)]).words == "capped shaper", "next to nothing")
  }

  /// A call that loses every second packet behind the same queue, of which 200 kbit/s came before.
  private static let lossy: Passage = {
    var offers: [Offer] = []
    var delays: [DelaySample] = []
    for number in 0..<833 {
      let time = Double(number) * 0.03
      let isLost = time >= 5 && number % 2 == 0
      offers.append(Offer(time: time, bytes: 750, fate: isLost ? .lost : .passed))
      if !isLost { delays.append(DelaySample(time: time, transit: time < 5 ? 20 : 80)) }
    }
    let lost = Double(offers.reduce(0) { $0 + ($1.fate == .lost ? 1 : 0) })
    return Passage(
      start: start, offers: offers, delays: delays,
      streams: [StreamLosses(packets: 833 - lost, before: 167, lost: lost, runs: lost, meanBytes: 750)], frames: [1])
  }()

  @Test func ofACallTheSameIsSaid() throws {
    func judge(_ carriers: [Carrier]) throws -> Judgment {
      var flow = Made.asking([])
      flow.passages = DirectionPassages(client: nil, server: Self.lossy)
      var around = Made.surroundings()
      around.carriers = carriers
      return try #require(MediaCaps.judge(flow, Circumstances(around, thresholds)))
    }
    #expect(try judge([]).words == "capped shaper")
    #expect(try judge([Self.call(200_000, half: 5)]).gapCode == "shared_queue")
    #expect(try judge([Self.call(200_000)]).words == "capped shaper")
  }

  @Test func aloneItIsShaped() {
    guard case .shaped(let rate, _, _, _, _, _)? = kind([]) else { return #expect(Bool(false), "not shaped") }
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
