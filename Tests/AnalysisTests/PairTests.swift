import Synth
import TestSupport
import Testing
import Verdict
import Wire

@testable import Analysis

/// Two captures of the same traffic (METHOD.md M6.4).
@Suite struct PairTests {
  /// The far clock is ahead by so many ns.
  private func pair(_ scenario: Scenario, ahead: Int64 = 0, seed: UInt64 = 1) -> (near: Analyzed, pair: Analyzed) {
    let network = scenario.network(seed: seed)
    return pair(
      network.frames(),
      network.frames(at: .far).map { frame in
        var frame = frame
        frame.time += ahead
        return frame
      })
  }

  private func pair(_ near: [SynthFrame], _ far: [SynthFrame]) -> (near: Analyzed, pair: Analyzed) {
    let match = PairMatch(near: trace(near), far: trace(far))
    let lent = LentFrames(near)
    let analysis = CaptureAnalysis(seed: 1)
    analysis.shards[0].consume(lent.block.span, lent.infos.span)
    var sink = PairSink(match, farPath: "far.pcap", next: Analyzed())
    analysis.report(CaptureRecord(path: "near.pcap"), to: &sink)
    return (analyze(near), sink.finish())
  }

  private func trace(_ frames: [SynthFrame]) -> PointTrace {
    let lent = LentFrames(frames)
    var trace = PointTrace()
    trace.consume(lent.block.span, lent.infos.span)
    return trace
  }

  @Test(arguments: [Scenario.telegramClean, .whatsappClean, .webrtcClean, .sipClean, .turnDenied])
  func aSoundCallLosesNothingAndKeepsItsVerdicts(_ scenario: Scenario) throws {
    let both = pair(scenario)
    #expect(both.pair.flows.map(\.verdict.outcome) == both.near.flows.map(\.verdict.outcome))
    #expect(both.pair.calls.map(\.verdict.outcome) == both.near.calls.map(\.verdict.outcome))
    #expect(!both.pair.flows.contains { $0.verdict.isFinding })
    for flow in both.pair.flows {
      guard let points = flow.twoPoints, flow.client.packets > 0, flow.server.packets > 0 else { continue }
      #expect(points.up.sent == points.up.arrived && points.down.sent == points.down.arrived)
      #expect(points.up.appeared == 0 && points.down.appeared == 0)
      if let delay = points.up.delay { #expect((10_000_000...40_000_000).contains(delay.median)) }
    }
  }

  @Test(arguments: [0, 3_700_000_000, -86_400_000_000_000]) func clocksNeedNotAgree(_ ahead: Int64) throws {
    let both = pair(.telegramClean, ahead: ahead)
    let facts = try #require(both.pair.captures.first?.pair)
    let offset = try #require(facts.clockOffset)
    let uncertainty = try #require(facts.uncertainty)
    #expect(abs(offset - ahead) <= uncertainty && uncertainty < 20_000_000)
    #expect(facts.flows > 3 && facts.packets > 100)
  }

  // MARK: Clocks

  /// Crystals differ by some 20 millionths: in two hours the far clock goes on by .14 s.
  @Test(arguments: [20e-6, -50e-6, 200e-6]) func clocksMayRunApart(_ drift: Double) throws {
    let network = Scenario.clientAbort.network(seed: 1)
    func hours(_ frames: [SynthFrame], by drift: Double) -> [SynthFrame] {
      (0..<120).flatMap { minute in
        frames.filter(\.isTCP).map { frame in
          // The same connections each minute, from other ports and with other numbers.
          var frame = frame.with(
            clientPort: UInt16(20_000 + 300 * minute) &+ frame.clientPort % 300, isUp: frame.isFromClient)
          frame.bytes[38] ^= UInt8(minute)
          frame.bytes[42] ^= UInt8(minute)
          frame.time += Int64(minute) * 60_000_000_000
          frame.time += Int64(Double(frame.time - frames[0].time) * drift)
          return frame
        }
      }
    }
    let both = pair(hours(network.frames(), by: 0), hours(network.frames(at: .far), by: drift))
    #expect(!both.pair.flows.contains { $0.verdict.isFinding })
    #expect(both.pair.flows.map(\.verdict.outcome) == both.near.flows.map(\.verdict.outcome))
    let facts = try #require(both.pair.captures.first?.pair)
    // In the middle of two hours.
    let offset = try #require(facts.clockOffset)
    let uncertainty = try #require(facts.uncertainty)
    #expect(abs(Double(offset) - 3_600e9 * drift) <= Double(uncertainty) && uncertainty < 60_000_000)
    for points in both.pair.flows.compactMap(\.twoPoints) {
      #expect(points.up.sent == points.up.arrived && points.up.appeared == 0 && points.down.appeared == 0)
      if let delay = points.up.delay { #expect(delay.least >= 0 && delay.median < 60_000_000) }
    }
  }

  /// A clock that is set in the middle leaves nothing to be told by it.
  @Test(arguments: [300_000_000, -300_000_000] as [Int64]) func aClockThatIsSetSettlesNothing(_ step: Int64) throws {
    for scenario in [Scenario.clientAbort, .telegramClean] {
      let network = scenario.network(seed: 1)
      let far = network.frames(at: .far)
      let both = pair(
        network.frames(),
        far.enumerated().map { place, frame in
          var frame = frame
          if 2 * place > far.count { frame.time += step }
          return frame
        })
      #expect(both.pair.captures.first?.hygiene.contains { "\($0)" == "pair_clock_unsteady" } == true)
      #expect(both.pair.flows.map(\.verdict.outcome) == both.near.flows.map(\.verdict.outcome))
      #expect(both.pair.flows.allSatisfy { $0.twoPoints == nil })
    }
  }

  // MARK: What lies between the points

  /// A firewall between the points hides sequence numbers: what came to the far one is what left, written anew.
  @Test func connectionsWhoseNumbersAreHiddenAreNotLost() throws {
    let network = Scenario.synBlackhole.network(seed: 1)
    func spread(_ frames: [SynthFrame]) -> [SynthFrame] { frames.map { $0.spread(over: 5) } }
    let near = spread(network.frames())
    let dead = try #require(analyze(near).flows.first { $0.verdict.mechanism == .blackhole })
    let lost = spread(network.frames(at: .far)).map { $0.losing(3) }
    // Its SYNs come to the far point under other numbers.
    let hidden = near.filter { $0.isTCP && $0.clientPort == dead.client.port && $0.isFromClient }.map { frame in
      var frame = frame
      frame.time += 10_000_000
      frame.bytes[22] -= 2
      frame.bytes[38] ^= 0x5A
      return frame
    }
    for (far, grade) in [(lost, Grade.confirmed), ((lost + hidden).sorted { $0.time < $1.time }, dead.verdict.grade)] {
      let flow = try #require(pair(near, far).pair.flows.first { $0.id == dead.id })
      #expect(flow.verdict.isFinding && flow.verdict.grade == grade)
      #expect((flow.twoPoints == nil) == (grade != .confirmed))
    }
  }

  /// A router's mirror holds what it has sent on: of what lies behind it nothing acquits.
  @Test(arguments: [Scenario.resetInjected, .telegramBlocked]) func whatIsDoneBehindTheFarPointStays(
    _ scenario: Scenario
  ) {
    let near = scenario.network(seed: 1).frames()
    let far = near.map { frame in
      var frame = frame
      frame.time += frame.isFromClient ? 400_000 : -400_000
      frame.bytes[22] = frame.isFromClient ? frame.bytes[22] - 1 : frame.bytes[22] + 1
      return frame
    }
    let both = pair(near, far)
    #expect(both.near.flows.contains { $0.verdict.isFinding })
    #expect(both.pair.flows.map(\.verdict.grade) == both.near.flows.map(\.verdict.grade))
    #expect(both.pair.flows.map(\.verdict.mechanism) == both.near.flows.map(\.verdict.mechanism))
  }

  // MARK: What recorders do

  /// A mirror of several ports holds packets twice: at either point each is one.
  @Test(arguments: [true, false]) func packetsCapturedTwiceAreOne(_ isNear: Bool) {
    let network = Scenario.telegramClean.network(seed: 1)
    func twice(_ frames: [SynthFrame]) -> [SynthFrame] {
      frames.flatMap { frame in
        var copy = frame
        copy.time += 20_000
        return [frame, copy]
      }
    }
    let both =
      isNear
      ? pair(twice(network.frames()), network.frames(at: .far))
      : pair(network.frames(), twice(network.frames(at: .far)))
    let points = both.pair.flows.compactMap(\.twoPoints)
    #expect(points.contains { $0.up.sent > 100 })
    #expect(points.allSatisfy { $0.up.sent == $0.up.arrived && $0.down.sent == $0.down.arrived })
    #expect(points.allSatisfy { $0.up.appeared == 0 && $0.down.appeared == 0 })
  }

  /// The far recorder pauses for 4 s: what it does not hold was not lost.
  @Test func whatARecorderPausedForIsNotLost() {
    let network = Scenario.telegramClean.network(seed: 1)
    let far = network.frames(at: .far)
    let start = far[far.count / 2].time
    let paused = pair(network.frames(), far.filter { $0.time < start || $0.time > start + 4_000_000_000 })
    #expect(!paused.pair.flows.contains { $0.verdict.outcome == .degraded || $0.verdict.isFinding })
    #expect(paused.pair.flows.compactMap(\.twoPoints).allSatisfy { $0.up.sent == $0.up.arrived })
  }

  /// Of requests that are all alike, those that are lost are not the next ones: identifications tell them.
  @Test func ofPacketsThatAreAlikeTheLostOnesAreLost() throws {
    var near: [SynthFrame] = Scenario.telegramClean.network(seed: 1).frames()
    var far = Scenario.telegramClean.network(seed: 1).frames(at: .far)
    let start = near[0].time
    for number in 0..<60 {
      let packet = SynthPacket(
        from: "192.168.1.20", to: "198.51.100.77",
        .udp(sourcePort: 50_123, destinationPort: 7_000, payload: [UInt8](repeating: 7, count: 20)))
      var frame = FrameBuilder().frame(
        packet, at: start + Int64(number) * 500_000_000, timeToLive: 64, outgoing: true)
      (frame.bytes[18], frame.bytes[19]) = (0x31, UInt8(number))
      near.append(frame)
      frame.time += 10_000_000
      frame.bytes[22] = 62
      if !(20..<32).contains(number) { far.append(frame) }
    }
    let both = pair(near.sorted { $0.time < $1.time }, far.sorted { $0.time < $1.time })
    let points = try #require(both.pair.flows.first { $0.server.port == 7_000 }?.twoPoints)
    #expect(points.up.sent - points.up.arrived == 12 && points.up.appeared == 0)
    #expect(try #require(points.up.delay).most95 < 100_000_000)
  }

  /// A router between the points sends large datagrams on in fragments: they arrive.
  @Test func datagramsThatAreFragmentedBetweenThePointsArrive() {
    let near = Scenario.telegramClean.network(seed: 1).frames()
    let far = Scenario.telegramClean.network(seed: 1).frames(at: .far).flatMap { frame -> [SynthFrame] in
      guard frame.bytes[23] == 17, frame.bytes.count > 180, frame.bytes[20] & 0x3F == 0 else { return [frame] }
      return frame.fragments(of: 104)
    }
    #expect(far.count > near.count)
    for points in pair(near, far).pair.flows.compactMap(\.twoPoints) {
      #expect(points.up.sent == points.up.arrived && points.up.appeared == 0)
    }
  }

  @Test func aCutOffThatIsSeenAtBothPointsIsConfirmed() throws {
    let both = pair(.telegramCutoff, ahead: 12_345_678)
    let near = try #require(both.near.flows.first { $0.verdict.isFinding })
    let flow = try #require(both.pair.flows.first { $0.id == near.id })
    #expect(near.verdict.grade == .consistent && flow.verdict.grade == .confirmed)
    #expect(flow.verdict.evidence.contains { "\($0.code)".hasPrefix("left_and_not_arrived") })
    #expect(flow.verdict.evidence.contains { "\($0.code)" == "others_arrived" })
    let call = try #require(both.pair.calls.first { $0.verdict.isFinding })
    #expect(call.verdict.grade == .confirmed)
  }

  @Test(arguments: [Scenario.resetInjected, .resetInPath]) func resetsOfNeitherEndAreConfirmed(_ scenario: Scenario) {
    let both = pair(scenario)
    let resets = both.pair.flows.filter { $0.verdict.mechanism == .resetInjected }
    #expect(resets.count == 3 && resets.allSatisfy { $0.verdict.grade == .confirmed })
    #expect(resets.allSatisfy { $0.verdict.direction == (scenario == .resetInPath ? .both : .down) })
  }

  @Test(arguments: [Scenario.closedPort, .clientAbort, .replyReset]) func genuineResetsStayGenuine(
    _ scenario: Scenario
  ) {
    let both = pair(scenario)
    #expect(!both.pair.flows.contains { $0.verdict.isFinding })
    #expect(both.pair.flows.map(\.verdict.outcome) == both.near.flows.map(\.verdict.outcome))
  }

  /// Two recorders never stop at once: what came after the earlier one's end had left a point that recorded no more.
  @Test(
    arguments: [Scenario.clientAbort, .replyReset, .closedPort, .telegramClean, .whatsappClean],
    [Double](arrayLiteral: 0.3, 0.5, 0.7, 0.9, 0.97))
  func whatCameAfterOnePointStoppedIsNobodysWork(_ scenario: Scenario, _ share: Double) throws {
    let network = scenario.network(seed: 1)
    let near = network.frames()
    let far = network.frames(at: .far)
    for (first, second) in [
      (near, Array(far.prefix(Int(share * Double(far.count))))),
      (Array(near.prefix(Int(share * Double(near.count)))), far),
    ] {
      let both = pair(first, second)
      #expect(!both.pair.flows.contains { $0.verdict.isFinding })
      #expect(both.pair.flows.map(\.verdict.outcome) == both.near.flows.map(\.verdict.outcome))
      let appeared = both.pair.flows.compactMap(\.twoPoints).reduce(0) { $0 + $1.up.appeared + $1.down.appeared }
      #expect(appeared == 0)
    }
  }

  // MARK: A NAT that maps anew

  /// The relay does not know the call under its new port and is silent; what the client sent is all at the far point.
  @Test func aFlowThatANATMapsAnewIsNotCutOff() throws {
    let network = Scenario.telegramCutoff.network(seed: 1)
    let near = network.frames()
    let silent = try #require(analyze(near).flows.first { $0.verdict.isFinding })
    let relay = silent.server.port
    let far = network.frames(at: .far).compactMap { frame -> SynthFrame? in
      guard frame.time > silent.first + 12_000_000_000, frame.ports.contains(relay) else { return frame }
      return frame.ports[1] == relay ? frame.with(clientPort: 61_234, isUp: true) : nil
    }
    let both = pair(near, far)
    let flow = try #require(both.pair.flows.first { $0.id == silent.id })
    #expect(!flow.verdict.isFinding && flow.verdict.gap.map { "\($0.code)" } == "nat_rebound")
    #expect(!both.pair.calls.contains { $0.verdict.isFinding })
  }

  /// A server that forgot nothing resets what comes from a port that it never saw.
  @Test func aResetThatLeftForAnotherMappingIsItsEndsOwn() {
    let network = Scenario.closedPort.network(seed: 1)
    let far = network.frames(at: .far).map { frame in
      frame.isTCP && frame.isReset ? frame.with(clientPort: frame.ports[1] ^ 0x55, isUp: false) : frame
    }
    let both = pair(network.frames(), far)
    #expect(!both.pair.flows.contains { $0.verdict.isFinding })
    #expect(both.pair.flows.map(\.verdict.outcome) == both.near.flows.map(\.verdict.outcome))
    #expect(both.pair.flows.contains { $0.verdict.evidence.contains { "\($0.code)" == "nat_rebound" } })
  }

  // MARK: Where the far point lies

  /// The far recorder sits on the way to one server: of another that never answered nothing says that its way leads past there.
  @Test func aDeadServerThatNeverPassesTheFarPointIsNotBlackholed() throws {
    let network = Scenario.synBlackhole.network(seed: 1)
    for hops in [0, 3] as [UInt8] {
      let both = pair(network.frames(), network.frames(at: .far).map { $0.losing(hops) })
      let dead = try #require(both.near.flows.first { $0.verdict.mechanism == .blackhole })
      let verdict = try #require(both.pair.flows.first { $0.id == dead.id }).verdict
      #expect(verdict.isFinding && verdict.grade == dead.verdict.grade)
      #expect(!verdict.evidence.contains { "\($0.code)".hasPrefix("left_and_not_arrived") })
    }
  }

  /// Servers of several networks answered past it, and had come some way already: it lies on the client's line.
  @Test func aServerBehindAPointOnTheClientsLineIsBlackholed() throws {
    let network = Scenario.synBlackhole.network(seed: 1)
    func spread(_ frames: [SynthFrame]) -> [SynthFrame] { frames.map { $0.spread(over: 5) } }
    for hops in [0, 3] as [UInt8] {
      let both = pair(
        spread(network.frames()), spread(network.frames(at: .far)).map { $0.losing(hops) })
      let dead = try #require(both.near.flows.first { $0.verdict.mechanism == .blackhole })
      let verdict = try #require(both.pair.flows.first { $0.id == dead.id }).verdict
      // As it is made the far point is all the servers' own.
      #expect(verdict.grade == (hops == 0 ? dead.verdict.grade : .confirmed))
    }
  }

  // MARK: What a recorder misses

  /// The far recorder misses some packets of everything, and resets among them.
  @Test(arguments: [Scenario.closedPort, .clientAbort, .replyReset], [0.0, 0.02, 0.05])
  func resetsThatARecorderMissesAreTheirEndsOwn(_ scenario: Scenario, _ share: Double) {
    let network = scenario.network(seed: 1)
    var generator = SeededGenerator(seed: 5)
    let far = network.frames(at: .far).filter { !($0.isTCP && $0.isReset) && !generator.occurs(with: share) }
    let both = pair(network.frames(), far)
    #expect(!both.pair.flows.contains { $0.verdict.isFinding })
    #expect(!both.pair.flows.contains { $0.verdict.outcome == .degraded })
    // Nothing of an end comes to a recorder that hears one direction only.
    let oneWay = pair(network.frames(), network.frames(at: .far).filter { $0.isFromClient })
    #expect(!oneWay.pair.flows.contains { $0.verdict.isFinding })
  }

  /// A server that goes on has not reset its connection, whatever else the far recorder misses.
  @Test func injectedResetsAreToldBesideARecorderThatMissesPackets() {
    let network = Scenario.resetInjected.network(seed: 1)
    var generator = SeededGenerator(seed: 5)
    let far = network.frames(at: .far).filter { _ in !generator.occurs(with: 0.02) }
    let resets = pair(network.frames(), far).pair.flows.filter { $0.verdict.mechanism == .resetInjected }
    #expect(resets.count == 3)
  }

  /// What one point's recorder misses is its own, by what was acknowledged or answered all the same; the rest is lost on the way.
  @Test(arguments: [Scenario.telegramMasked, .telegramClean]) func whatARecorderMissesIsNotLost(_ scenario: Scenario) {
    let network = scenario.network(seed: 1)
    func outcomes(_ isMissed: (SynthFrame) -> Bool) -> [Outcome] {
      var generator = SeededGenerator(seed: 6)
      let far = network.frames(at: .far).filter { !(generator.occurs(with: 0.06) && isMissed($0)) }
      return pair(network.frames(), far).pair.flows.map(\.verdict.outcome)
    }
    #expect(!outcomes { _ in true }.contains(.degraded))
    if scenario == .telegramClean { #expect(outcomes(\.isFromClient).contains(.degraded)) }
  }

  /// The far file holds one direction only, as of a mirror of one of two ports: what it lacks is not lost, and what came is no stranger.
  @Test(arguments: [true, false]) func whatAFileOfOneDirectionLacksIsNotLost(_ isUp: Bool) {
    let network = Scenario.telegramClean.network(seed: 1)
    let both = pair(network.frames(), network.frames(at: .far).filter { $0.isFromClient == isUp })
    #expect(both.pair.captures.first?.hygiene.contains { "\($0)" == "pair_one_way" } == true)
    #expect(both.pair.flows.map(\.verdict.outcome) == both.near.flows.map(\.verdict.outcome))
    #expect(!both.pair.flows.contains { $0.verdict.evidence.contains { "\($0.code)" == "answer_never_sent" } })
  }

  /// A filter of the far recorder's that leaves out what the relays speak: that nothing of them is there shows nothing.
  @Test func aFilterOfTheRecordersConfirmsNothing() throws {
    let network = Scenario.telegramBlocked.network(seed: 1)
    let near = network.frames()
    let far = network.frames(at: .far).map { $0.spread(over: 5).losing(3) }
    let both = pair(near.map { $0.spread(over: 5) }, far.filter { $0.isTCP || $0.ports.contains(53) })
    let silent = both.near.flows.filter { $0.verdict.isFinding && $0.transport == .udp }
    #expect(!silent.isEmpty)
    for flow in silent {
      let verdict = try #require(both.pair.flows.first { $0.id == flow.id }).verdict
      #expect(verdict.grade == flow.verdict.grade && verdict.excluders.count == flow.verdict.excluders.count)
      #expect(!verdict.evidence.contains { "\($0.code)".hasPrefix("left_and_not_arrived") })
    }
  }

  /// A router's `any` holds each packet before and behind its NAT: of what it passed on nothing is lost, and of what it dropped all is.
  @Test func aRoutersTwoSidesAreOnePoint() throws {
    let near = Scenario.telegramClean.network(seed: 1).frames()
    let start = near[0].time
    func far(_ isDropped: (SynthFrame) -> Bool) -> [SynthFrame] {
      near.flatMap { frame -> [SynthFrame] in
        var (inner, outer) = (frame, frame)
        let isUp = frame.isFromClient
        inner.time += isUp ? 500_000 : -500_000
        outer.time += isUp ? 520_000 : -520_000
        outer.bytes[isUp ? 26..<30 : 30..<34] = [203, 0, 113, 2]
        outer.bytes[22] = isUp ? outer.bytes[22] - 1 : outer.bytes[22] + 1
        return isUp ? isDropped(frame) ? [inner] : [inner, outer] : [outer, inner]
      }.sorted { $0.time < $1.time }
    }
    let both = pair(near, far { _ in false })
    #expect(both.pair.captures.first?.hygiene.isEmpty == true)
    #expect(both.pair.flows.map(\.verdict.outcome) == both.near.flows.map(\.verdict.outcome))
    let points = both.pair.flows.compactMap(\.twoPoints)
    #expect(points.contains { $0.up.sent > 100 })
    #expect(points.allSatisfy { $0.up.sent == $0.up.arrived && $0.down.sent == $0.down.arrived })
    let dropping = pair(near, far { !$0.isTCP && $0.time > start + 15_000_000_000 && $0.time < start + 20_000_000_000 })
    #expect(dropping.pair.calls.contains { $0.verdict.outcome == .degraded && $0.verdict.direction == .up })
  }

  /// Packets of either point alone, in captures that overlap in part, cost no more than others.
  @Test(.timeLimit(.minutes(1))) func capturesThatOverlapInPartAreComparedInTime() {
    func flood(_ base: Int) -> [SynthFrame] {
      (0..<20_000).map { number in
        let packet = SynthPacket(
          from: "192.168.1.20", to: "198.51.100.77",
          .udp(
            sourcePort: UInt16(20_000 + number % 10_000), destinationPort: 53,
            payload: Array("\(base + number) and more".utf8)))
        return FrameBuilder().frame(packet, at: Int64(number) * 1_000_000, timeToLive: 64, outgoing: true)
      }
    }
    let network = Scenario.telegramClean.network(seed: 1)
    let match = PairMatch(
      near: trace(flood(0) + network.frames()), far: trace(flood(50_000) + network.frames(at: .far)))
    #expect(match.clock != nil)
  }

  // MARK: Offloads

  /// The sender's interface cuts what its stack hands over into what fits the link.
  @Test(arguments: [Scenario.clientAbort, .telegramMasked, .resetInjected], [400, 700])
  func segmentsThatAnInterfaceCutsAreTheSameBytes(_ scenario: Scenario, _ most: Int) {
    let network = scenario.network(seed: 1)
    let both = pair(network.frames().flatMap { $0.cut(most) }, network.frames(at: .far))
    for flow in both.pair.flows where flow.transport == .tcp {
      guard let points = flow.twoPoints, flow.verdict.outcome != .reset else { continue }
      #expect(points.up.sent == points.up.arrived && points.up.appeared == 0)
      #expect(points.down.sent == points.down.arrived && points.down.appeared == 0)
    }
    let confirmed = both.pair.flows.filter { $0.transport == .tcp && $0.verdict.grade == .confirmed }
    #expect(confirmed.count == (scenario == .resetInjected ? 3 : 0))
  }

  /// Of a segment that came in pieces, one piece is missing; and data that nobody sent are nobody's pieces.
  @Test func whatIsMissingOfACutSegmentIsMissed() throws {
    let network = Scenario.clientAbort.network(seed: 1)
    let far = network.frames(at: .far)
    let whole = pair(network.frames(), far)
    var pieces = network.frames().flatMap { $0.cut(400) }
    let place = try #require(pieces.indices.first { pieces[$0].ports[0] == 443 && pieces[$0].payload == 400 })
    let gone = pair(pieces.enumerated().filter { $0.offset != place }.map(\.element), far)
    func lost(_ analyzed: Analyzed) -> UInt64 {
      analyzed.flows.compactMap(\.twoPoints).reduce(0) { $0 + $1.down.sent - $1.down.arrived }
    }
    // It was acknowledged: the near recorder missed it.
    #expect(lost(whole.pair) == 0 && lost(gone.pair) == 0)
    let match = PairMatch(
      near: trace(pieces.enumerated().filter { $0.offset != place }.map(\.element)), far: trace(far))
    #expect(match.missed.nearTCP.down.missed == 1 && match.missed.farTCP.down.missed == 0)
    pieces[place].bytes[pieces[place].headers + 7] ^= 0xFF
    let forged = pair(pieces, far).pair.flows.compactMap(\.twoPoints).reduce(0) { $0 + $1.down.appeared }
    #expect(forged == 1)
  }

  /// The far recorder cut its packets shorter: what is cut is not lost.
  @Test(arguments: [64, 80, 96]) func aShorterSnapshotLengthIsNoLoss(_ snaplen: Int) throws {
    let network = Scenario.telegramClean.network(seed: 1)
    let far = network.frames(at: .far).map { frame in
      var frame = frame
      frame.bytes = Array(frame.bytes.prefix(snaplen))
      return frame
    }
    let both = pair(network.frames(), far)
    let points = both.pair.flows.compactMap(\.twoPoints)
    #expect(points.contains { $0.up.sent > 100 })
    #expect(points.allSatisfy { $0.up.sent == $0.up.arrived && $0.up.appeared == 0 && $0.down.appeared == 0 })
    #expect(!both.pair.flows.contains { $0.verdict.isFinding })
    let less = network.frames(at: .far).map { frame in
      var frame = frame
      frame.bytes = Array(frame.bytes.prefix(50))
      return frame
    }
    let refused = pair(network.frames(), less).pair
    #expect(refused.captures.first?.hygiene.contains { "\($0)" == "pair_cut_short" } == true)
    #expect(refused.flows.allSatisfy { $0.twoPoints == nil })
  }

  /// Both points kept the same first bytes: what they keep is compared, and tells what whole packets do.
  @Test func filesCutAlikeAreCompared() {
    let network = Scenario.telegramCutoff.network(seed: 1)
    func cut(_ frames: [SynthFrame]) -> [SynthFrame] {
      frames.map { frame in
        var frame = frame
        frame.bytes = Array(frame.bytes.prefix(54))
        return frame
      }
    }
    let whole = pair(network.frames(), network.frames(at: .far)).pair
    let short = pair(cut(network.frames()), cut(network.frames(at: .far))).pair
    #expect(short.captures.first?.hygiene.contains { "\($0)" == "pair_cut_short" } == false)
    func passed(_ analyzed: Analyzed) -> [[UInt64]] {
      analyzed.flows.compactMap(\.twoPoints).map {
        [$0.up.sent, $0.up.arrived, $0.down.sent, $0.down.arrived].map { UInt64($0) }
      }
    }
    #expect(passed(whole).contains { $0[2] > $0[3] })
    #expect(passed(short) == passed(whole))
  }

  /// Two recorders side by side, or one file twice: nothing lies between that could have been seen at work, or acquitted.
  @Test(arguments: [0, 2_000, 30_000_000_000]) func twoRecordersAtOnePointSettleNothing(_ later: Int64) throws {
    let near = Scenario.telegramCutoff.network(seed: 1).frames()
    let far = near.enumerated().map { index, frame in
      var frame = frame
      frame.time += later + Int64(index % 3) * 1_000
      return frame
    }
    let both = pair(near, far)
    #expect(both.pair.captures.first?.hygiene.contains { "\($0)" == "pair_of_one_point" } == true)
    #expect(both.pair.flows.map(\.verdict.outcome) == both.near.flows.map(\.verdict.outcome))
    #expect(both.pair.flows.map(\.verdict.grade) == both.near.flows.map(\.verdict.grade))
  }

  @Test func capturesOfDifferentTrafficAreNoPair() {
    let near = Scenario.telegramCutoff.network(seed: 1).frames()
    let far = Scenario.whatsappClean.network(seed: 2).frames(at: .far)
    let match = PairMatch(near: trace(near), far: trace(far))
    #expect(match.clock == nil)
    let lent = LentFrames(near)
    let analysis = CaptureAnalysis(seed: 1)
    analysis.shards[0].consume(lent.block.span, lent.infos.span)
    var sink = PairSink(match, farPath: "far.pcap", next: Analyzed())
    analysis.report(CaptureRecord(path: "near.pcap"), to: &sink)
    let records = sink.finish()
    #expect(records.captures.first?.hygiene.contains { "\($0)" == "pair_without_common_packets" } == true)
    #expect(records.flows.map(\.verdict.grade) == analyze(near).flows.map(\.verdict.grade))
  }
}

/// What a NAT and an interface do to frames of Ethernet and IPv4 without options.
extension SynthFrame {
  fileprivate var isTCP: Bool { bytes[23] == 6 }
  fileprivate var ports: [UInt16] { [number(at: 34), number(at: 36)] }
  fileprivate var isReset: Bool { bytes[47] & 4 != 0 }
  /// From the client, as servers see it.
  fileprivate var isFromClient: Bool { Array(bytes[26...29]) == [203, 0, 113, 2] || bytes[26] == 192 }

  /// A packet of the server's that has come some way already.
  fileprivate func losing(_ hops: UInt8) -> SynthFrame {
    var frame = self
    if !isFromClient { frame.bytes[22] -= hops }
    return frame
  }

  /// With the servers that answer at port 443 in so many networks, by the client's port.
  fileprivate func spread(over networks: UInt16) -> SynthFrame {
    var frame = self
    guard isTCP, ports.contains(443) else { return frame }
    let isUp = ports[1] == 443
    let server = isUp ? 30 : 26
    guard bytes[server] == 198, bytes[server + 1] == 51 else { return frame }
    frame.bytes[server + 2] = UInt8(100 + ports[isUp ? 0 : 1] % networks)
    return frame
  }
  fileprivate var clientPort: UInt16 { ports[isFromClient ? 0 : 1] }

  /// An IPv4 datagram in two fragments, the first with so many bytes of it.
  fileprivate func fragments(of first: Int) -> [SynthFrame] {
    [0..<first, first..<(bytes.count - 34)].map { range in
      var frame = self
      frame.bytes = Array(bytes[0..<34]) + Array(bytes[(34 + range.lowerBound)..<(34 + range.upperBound)])
      frame.wireLength = frame.bytes.count
      let length = frame.bytes.count - 14
      frame.bytes[16...17] = [UInt8(length >> 8), UInt8(length & 0xFF)]
      let place = range.lowerBound / 8 | (range.lowerBound == 0 ? 0x2000 : 0)
      frame.bytes[20...21] = [UInt8(place >> 8), UInt8(place & 0xFF)]
      return frame
    }
  }
  fileprivate var headers: Int { 34 + Int(bytes[46] >> 4) * 4 }
  /// Bytes of TCP payload; 0 of others.
  fileprivate var payload: Int { isTCP ? 14 + Int(number(at: 16)) - headers : 0 }

  private func number(at offset: Int) -> UInt16 { UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1]) }

  fileprivate func with(clientPort: UInt16, isUp: Bool) -> SynthFrame {
    var frame = self
    frame.bytes[isUp ? 34 : 36] = UInt8(clientPort >> 8)
    frame.bytes[isUp ? 35 : 37] = UInt8(clientPort & 0xFF)
    return frame
  }

  /// The segment in pieces of so many bytes; as it is if it is none.
  fileprivate func cut(_ most: Int) -> [SynthFrame] {
    guard payload > most else { return [self] }
    let sequence = UInt32(number(at: 38)) << 16 | UInt32(number(at: 40))
    return stride(from: 0, to: payload, by: most).map { start in
      var frame = self
      let count = min(most, payload - start)
      frame.bytes = Array(bytes[0..<headers]) + Array(bytes[(headers + start)..<(headers + start + count)])
      frame.wireLength = frame.bytes.count
      let length = frame.bytes.count - 14
      frame.bytes[16...17] = [UInt8(length >> 8), UInt8(length & 0xFF)]
      let own = sequence &+ UInt32(start)
      frame.bytes[38...41] = [UInt8(own >> 24), UInt8(own >> 16 & 0xFF), UInt8(own >> 8 & 0xFF), UInt8(own & 0xFF)]
      if start + count < payload { frame.bytes[47] &= ~0x09 }
      return frame
    }
  }
}
