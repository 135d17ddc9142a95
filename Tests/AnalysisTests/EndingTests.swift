import Settings
import Synth
import TestSupport
import Testing
import Verdict

@testable import Analysis

/// How connections end, from frames to records.
@Suite struct EndingTests {
  private static let client: HostAddress = "192.168.1.23"

  /// One connection of the client as it is captured beside it. Times in ms.
  private struct Wire {
    let port: UInt16
    let server: HostAddress
    var timeToLive: UInt8 = 47
    var distance = 65.0
    /// That both SYNs announce.
    var segmentSize: UInt16?
    private(set) var frames: [SynthFrame] = []
    private var up: UInt32
    private var down: UInt32 = 5_000
    private var identification: UInt16 = 100

    init(
      _ port: UInt16, _ server: HostAddress, timeToLive: UInt8 = 47, distance: Double = 65, number: UInt32 = 1_000
    ) {
      self.port = port
      up = number
      self.server = server
      self.timeToLive = timeToLive
      self.distance = distance
    }

    /// The server's next bytes are not captured.
    mutating func miss(_ bytes: UInt32) { down += bytes }

    /// `number`: IPv4 identification, in place of the sender's own.
    mutating func send(
      _ isUp: Bool, _ time: Double, _ flags: TCPSegment.Flags, _ payload: [UInt8] = [], window: UInt16 = 60_000,
      number: UInt16? = nil
    ) {
      var segment = TCPSegment(
        from: isUp ? port : 443, to: isUp ? 443 : port, sequence: isUp ? up : down,
        acknowledgement: flags.contains(.ack) ? (isUp ? down : up) : 0, flags: flags, window: window, payload: payload)
      if flags == .rst { segment.acknowledgement = 0 }
      if flags.contains(.syn) { segment.maximumSegmentSize = segmentSize }
      var packet = SynthPacket(
        from: isUp ? EndingTests.client : server, to: isUp ? server : EndingTests.client, .tcp(segment))
      packet.timeToLive = isUp ? 64 : timeToLive
      let isOfNoSocket = !isUp && !flags.isDisjoint(with: [.syn, .rst])
      if !isUp { identification += 1 }
      packet.identification = number ?? (isOfNoSocket ? 0 : identification)
      frames.append(FrameBuilder().frame(packet, at: 1_000_000_000 + Int64(time * 1e6), outgoing: isUp))
      let space = UInt32(payload.count) + (flags.isDisjoint(with: [.syn, .fin]) ? 0 : 1)
      if isUp { up += space } else { down += space }
    }

    /// Handshake and hello; the time after it.
    mutating func open(_ time: Double) -> Double {
      send(true, time, .syn)
      send(false, time + distance, [.syn, .ack])
      send(true, time + distance + 0.1, .ack)
      send(true, time + distance + 0.2, [.ack, .psh], MadeHello.published.record)
      return time + 2 * distance + 0.5
    }

    /// Bytes from the server in full segments.
    mutating func answer(
      _ time: Double, _ bytes: ArraySlice<UInt8>, size: Int = 1_400, window: UInt16 = 60_000,
      _ flags: TCPSegment.Flags = .ack, apart: Double = 0.3
    ) {
      var place = bytes.startIndex
      var time = time
      while place < bytes.endIndex {
        let end = min(place + size, bytes.endIndex)
        send(false, time, flags, Array(bytes[place..<end]))
        send(true, time + 0.1, .ack, window: window)
        place = end
        time += apart
      }
    }

    /// A request and what it is answered with.
    mutating func exchange(_ time: Double) {
      send(true, time, [.ack, .psh], EndingTests.record(200))
      send(false, time + distance, [.ack, .psh], EndingTests.record(900))
      send(true, time + distance + 0.1, .ack)
    }
  }

  private static func record(_ length: Int) -> [UInt8] {
    [23, 3, 3, UInt8(length >> 8), UInt8(length & 0xFF)] + [UInt8](repeating: 0xA5, count: length)
  }

  private static func analyzed(_ wires: [Wire], shards: Int = 1) -> Analyzed {
    analyze(wires.flatMap(\.frames).sorted { $0.time < $1.time }, shards: shards, drops: 0)
  }

  /// Connections to other servers, one a second and a half, that work.
  private static func others(_ count: Int) -> [Wire] {
    (0..<count).map { number in
      var wire = Wire(30_000 + UInt16(number), .v4(0xC633_6400 + UInt32(number)), timeToLive: 52, distance: 30)
      let time = wire.open(Double(number) * 1_500)
      wire.exchange(time)
      return wire
    }
  }

  // MARK: A path that becomes shorter

  /// Four connections of one client to a server 65 ms away; at 20 s a path of 14 ms takes over, on which the server knows
  /// none of them. `later`: distance and TTL of the connections that follow.
  private static func failback(
    later: (distance: Double, timeToLive: UInt8)?, _ flags: TCPSegment.Flags = .rst, identification: UInt16? = nil
  ) -> Analyzed {
    var wires = others(12)
    for number in 0..<4 {
      var old = Wire(40_000 + UInt16(number), "198.51.150.20")
      let opened = old.open(500 + 1_400 * Double(number))
      old.exchange(opened)
      for time in stride(from: 8_000.0, to: 20_000, by: 400) { old.exchange(time) }
      let cut = 20_000 + 300 * Double(number)
      // The request acknowledges the answer before: the reset's number tells when it was caused.
      old.send(true, cut - 70, [.ack, .psh], record(176))
      old.send(false, cut - 5, [.ack, .psh], record(900))
      old.send(true, cut, [.ack, .psh], record(176))
      old.timeToLive = 57
      old.send(false, cut + 14.5, flags, window: 0, number: identification)
      wires.append(old)
      guard let later else { continue }
      var new = Wire(
        41_000 + UInt16(number), "198.51.150.20", timeToLive: later.timeToLive, distance: later.distance)
      new.exchange(new.open(cut + 150))
      wires.append(new)
    }
    return analyzed(wires)
  }

  @Test func aRouterThatFallsBackToItsNearerLineAccusesNobody() {
    let records = Self.failback(later: (14, 57)).flows
    #expect(records.allSatisfy { !$0.verdict.isFinding })
    #expect(records.filter { $0.verdict.mechanism == .resetEndpoint }.count == 4)
    let silent = Self.failback(later: nil).flows
    #expect(silent.allSatisfy { !$0.verdict.isFinding })
    #expect(silent.filter { $0.verdict.gap.map { "\($0.code)" } == "path_changed" }.count == 4)
  }

  /// A load balancer of the nearer server, say, which numbers its packets: another host by four signs is one other host.
  @Test func aNearerServerThatNumbersItsPacketsIsNoThirdParty() {
    let flows = Self.failback(later: nil, [.rst, .ack], identification: 31_000).flows
    #expect(flows.allSatisfy { !$0.verdict.isFinding })
    #expect(flows.filter { $0.verdict.gap.map { "\($0.code)" } == "path_changed" }.count == 4)
  }

  // MARK: A device that forgets

  /// Two connections to each of these servers, reset by a device near the client as their next segment comes behind 20 s, and
  /// connections that follow at once. `again`: whether one of those is reset as well.
  private static func forgotten(
    _ servers: [HostAddress], again: Bool = false, survives: Bool = false, aborts: Bool = false
  ) -> [FlowRecord] {
    var wires = others(18)
    if survives {
      var old = Wire(45_000, "192.0.2.88")
      let opened = old.open(900)
      for time in stride(from: opened, to: 30_000, by: 700) { old.exchange(time) }
      wires.append(old)
    }
    for (place, server) in servers.enumerated() {
      for number in 0..<2 {
        let port = UInt16(10 * place + number)
        var old = Wire(40_000 + port, server)
        let opened = old.open(500 + 1_400 * Double(number) + 130 * Double(place))
        old.exchange(opened)
        for time in stride(from: 8_000.0, to: 20_000, by: 1_600) { old.exchange(time) }
        let cut = 20_200 + 300 * Double(number) + 170 * Double(place)
        old.send(true, cut, [.ack, .psh], record(176))
        old.timeToLive = 62
        old.send(false, cut + 6, [.rst, .ack], window: 0, number: 777)
        wires.append(old)
        var new = Wire(41_000 + port, server)
        let time = new.open(cut + 150)
        new.exchange(time)
        if aborts { new.send(true, time + 3_000, [.rst, .ack], window: 0) }
        if again, place + number == 0 {
          new.send(true, time + 500, [.ack, .psh], record(176))
          new.timeToLive = 62
          new.send(false, time + 506, [.rst, .ack], window: 0, number: 778)
        }
        wires.append(new)
      }
    }
    let asked = Set(servers.map { IPAddress($0) })
    return analyzed(wires).flows.filter { asked.contains($0.server.address) }
  }

  @Test func aDeviceThatForgotItsConnectionsAccusesNobody() {
    let flows = Self.forgotten(["198.51.150.20", "203.0.113.9"])
    #expect(flows.allSatisfy { !$0.verdict.isFinding })
    #expect(flows.filter { $0.verdict.gap.map { "\($0.code)" } == "state_lost" }.count == 4)
    #expect(flows.filter { $0.verdict.outcome == .ok }.count == 4)
  }

  /// What answers the client in a server's name knows which connections it answers: one that goes on was not forgotten.
  @Test func whatSparesOthersDidNotForget() {
    let flows = Self.forgotten(["198.51.150.20", "203.0.113.9"], survives: true).filter(\.verdict.isFinding)
    #expect(flows.count == 4 && flows.allSatisfy { $0.verdict.mechanism == .resetInjected })
  }

  @Test func theClientsOwnAbortsHarmNothing() {
    let flows = Self.forgotten(["198.51.150.20", "203.0.113.9"], aborts: true)
    #expect(flows.filter { $0.verdict.gap.map { "\($0.code)" } == "state_lost" }.count == 4)
  }

  @Test func whatResetsLaterConnectionsTooDidNotForget() {
    let flows = Self.forgotten(["198.51.150.20", "203.0.113.9"], again: true).filter(\.verdict.isFinding)
    #expect(flows.count == 5 && flows.allSatisfy { $0.verdict.mechanism == .resetInjected })
  }

  /// Before one server a filter may look like that: it is told, and not raised.
  @Test func oneServersConnectionsThatAreForgottenRaiseNoGrade() {
    let flows = Self.forgotten(["198.51.150.20", "198.51.150.21"]).filter(\.verdict.isFinding)
    #expect(flows.count == 4 && flows.allSatisfy { $0.verdict.grade == .consistent })
  }

  @Test func aDeviceBesideAPathThatIsAsItWasIsTold() {
    let injected = Self.failback(later: (65, 47)).flows.filter { $0.verdict.mechanism == .resetInjected }
    // Unless the path was another only in between, which a bare reset with the right number looks like.
    #expect(injected.count == 4 && injected.allSatisfy { $0.verdict.grade == .consistent })
    #expect(injected.allSatisfy { $0.verdict.attribution == .unknown })
    #expect(injected.allSatisfy { $0.verdict.alternatives.contains { "\($0)" == "path-change" } })
  }

  // MARK: Records that stay unfinished

  /// Downloads that stop within a record, one after the other. `end`: what the client does 12 s later.
  /// `missed`: bytes behind them that the client gets and the capture does not.
  private static func stopped(
    _ count: Int, after bytes: Int = 17_000, end: TCPSegment.Flags? = nil, window: UInt16 = 60_000, shards: Int = 1,
    missed: UInt32 = 0
  ) -> [FlowRecord] {
    var wires = others(50)
    for number in 0..<count {
      var wire = Wire(40_000 + UInt16(number), "51.15.1.1")
      let begun = 1_000 + 20_000 * Double(number)
      let time = wire.open(begun)
      wire.answer(time, record(3_000)[...])
      wire.send(true, time + 10, [.ack, .psh], record(300))
      wire.answer(time + 80, (record(16_000) + record(16_000)).prefix(bytes), window: window)
      wire.miss(missed)
      if let end { wire.send(true, begun + 12_000, end) }
      wires.append(wire)
    }
    return analyzed(wires, shards: shards).flows.filter { $0.server.address == IPAddress("51.15.1.1" as HostAddress) }
  }

  @Test(arguments: [nil, [.rst, .ack]] as [TCPSegment.Flags?], [1, 3])
  func downloadsThatStopAlikeAreFrozen(_ end: TCPSegment.Flags?, _ shards: Int) {
    let flows = Self.stopped(3, end: end, shards: shards)
    #expect(flows.count == 3)
    for flow in flows {
      #expect(flow.verdict.outcome == .dropped && flow.verdict.mechanism == .freeze)
      #expect(flow.verdict.evidence.contains { "\($0.code)" == "unfinished_record" })
      #expect(flow.verdict.alternatives.contains { "\($0)" == "server-limit" })
    }
  }

  @Test func oneDownloadThatStopsIsUnfinished() {
    for flow in Self.stopped(1) + Self.stopped(1, end: [.rst, .ack]) {
      #expect(flow.verdict.outcome == .inconclusive && flow.verdict.gap.map { "\($0.code)" } == "unfinished_record")
    }
  }

  /// Hardware that takes a flow over hides the rest of it; the client's last segment acknowledges what came.
  @Test(arguments: [17_000, 16_005], [[.rst, .ack], .ack, [.fin, .ack]] as [TCPSegment.Flags])
  func whatTheClientAcknowledgedWasMissed(_ bytes: Int, _ end: TCPSegment.Flags) {
    for flow in Self.stopped(3, after: bytes, end: end, missed: 1_500_000) where bytes == 17_000 || end == .ack {
      #expect(flow.verdict.gap.map { "\($0.code)" } == "capture_missed", "\(flow.verdict.reason)")
    }
    #expect(Self.stopped(1, after: 16_005, end: .ack, missed: 1_400).allSatisfy { $0.verdict.outcome == .ok })
  }

  @Test func whatIsCompleteOrHasNoRoomIsNot() {
    #expect(Self.stopped(3, after: 16_005).allSatisfy { $0.verdict.outcome == .ok }, "between two records")
    #expect(Self.stopped(3, window: 900).allSatisfy { $0.verdict.outcome == .ok }, "the client takes no more")
  }

  /// Downloads in records of one segment each, smaller than those of the handshake, one after the other, of so many records and
  /// behind them one of `last` bytes.
  private static func small(
    _ amounts: [Int], apart: Int = 40, last: Int = 0, lastOf: Int? = nil, window: UInt16 = 60_000,
    end: TCPSegment.Flags? = nil, of size: Int = 1_340, _ flags: TCPSegment.Flags = .ack, segmentSize: UInt16? = nil,
    pause: Double = 0.3
  ) -> [FlowRecord] {
    var wires = others(80)
    for (number, amount) in amounts.enumerated() {
      var wire = Wire(40_000 + UInt16(number), "51.15.1.1")
      wire.segmentSize = segmentSize
      let begun = 1_000 + 20_000 * Double(number)
      let time = wire.open(begun)
      wire.answer(time, record(3_000 + apart * number)[...])
      wire.send(true, time + 10, [.ack, .psh], record(300))
      wire.answer(
        time + 80, Array(repeatElement(record(size), count: amount).joined())[...], size: size + 5, window: window,
        flags, apart: pause)
      if last > 0, lastOf ?? number == number { wire.answer(time + 100, record(last)[...], window: window) }
      if let end { wire.send(!end.contains(.fin), begun + 12_000, end) }
      wires.append(wire)
    }
    return analyzed(wires).flows.filter { $0.server.address == IPAddress("51.15.1.1" as HostAddress) }
  }

  @Test(arguments: [nil, [.rst, .ack]] as [TCPSegment.Flags?])
  func downloadsInSmallRecordsThatStopAlikeAreFrozen(_ end: TCPSegment.Flags?) {
    for flow in Self.small([12, 12, 12], end: end) {
      #expect(flow.verdict.outcome == .dropped && flow.verdict.mechanism == .freeze, "\(flow.verdict.reason)")
      #expect(flow.verdict.evidence.contains { "\($0.code)" == "stopped_behind_full_segment" })
    }
  }

  /// A segment with PSH may be the last that its server has to say; one that is full is seldom.
  @Test func messagesOfOneSizeThatFillNoSegmentOweNothing() {
    func gaps(_ size: Int, pause: Double = 0.3, segmentSize: UInt16? = 1_460) -> [String] {
      Self.small([12, 12, 12], of: size, [.ack, .psh], segmentSize: segmentSize, pause: pause).map { flow in
        flow.verdict.isFinding ? "finding" : flow.verdict.gap.map { "\($0.code)" } ?? "\(flow.verdict.outcome)"
      }
    }
    let alike = ["stopped_alike", "stopped_alike", "stopped_alike"]
    #expect(gaps(1_338) == alike, "TLS of 7 packets of 188 bytes")
    #expect(gaps(1_338, segmentSize: nil) == alike)
    #expect(gaps(1_378) == ["finding", "finding", "finding"], "records that are to fill a segment")
    #expect(gaps(1_278, segmentSize: 1_360) == ["finding", "finding", "finding"], "a tunnel's segments")
    for size in [1_338, 1_378, 1_455] {
      #expect(gaps(size, pause: 500) == ["ok", "ok", "ok"], "written one by one")
    }
    // A stack that had more to send sets no PSH, however small the path makes its segments.
    let cut = Self.small([12, 12, 12], of: 1_300, segmentSize: 1_460)
    #expect(cut.allSatisfy { $0.verdict.mechanism == .freeze })
    #expect(cut.allSatisfy { $0.verdict.alternatives.contains { "\($0)" == "answer-complete" } })
  }

  /// One that was longer before it fell silent hides no rule of four others.
  @Test func oneOfAnotherKindHidesNoRule() {
    let flows = Self.small([12, 12, 40, 12, 12])
    #expect(flows.map { $0.verdict.mechanism == .freeze } == [true, true, false, true, true])
  }

  /// A page kept open that fills its last segment does so whenever it is fetched; others end within one.
  @Test func pagesOfSuchASizeAreNot() {
    // The signatures of their handshakes differ by a few bytes.
    for apart in [0, 3] {
      let gaps = Self.small([12, 12, 12], apart: apart).map { $0.verdict.gap.map { "\($0.code)" } }
      #expect(gaps == ["stopped_alike", "stopped_alike", "stopped_alike"])
    }
    #expect(Self.small([12, 12, 12], last: 600).allSatisfy { $0.verdict.outcome == .ok }, "kept open")
    #expect(Self.small([12, 12, 12], window: 900).allSatisfy { $0.verdict.outcome == .ok }, "no room")
    #expect(
      Self.small([12, 12, 12], end: [.fin, .ack]).allSatisfy { $0.verdict.outcome == .ok }, "closed by the server")
    #expect(Self.small([12]).allSatisfy { $0.verdict.outcome == .ok }, "alone")
    #expect(Self.small([12, 30, 50]).allSatisfy { $0.verdict.outcome == .ok }, "at other amounts")
  }

  /// Nothing shows that the fourth was to go on, but that it stopped where the others did.
  @Test func whatStopsWhereOthersFreezeIsNotSound() {
    let flows = Self.small([12, 12, 12, 11], last: 600, lastOf: 3)
    #expect(flows.map { $0.verdict.isFinding } == [true, true, true, false])
    #expect(flows.last?.verdict.gap.map { "\($0.code)" } == "stopped_alike")
  }

  // MARK: A refused SYN that comes again

  @Test func aRefusedSYNThatComesAgainIsToldOfAsThat() throws {
    func flows(number: UInt32) throws -> [FlowRecord] {
      var refused = Wire(49_001, "198.51.100.77")
      refused.send(true, 0, .syn)
      var frames = refused.frames
      let reset = TCPSegment(from: 443, to: 49_001, sequence: 0, acknowledgement: 1_001, flags: [.rst, .ack])
      var packet = SynthPacket(from: "198.51.100.77", to: Self.client, .tcp(reset))
      packet.timeToLive = 47
      frames.append(FrameBuilder().frame(packet, at: 1_065_000_000, outgoing: false))
      var again = Wire(49_001, "198.51.100.77", number: number)
      again.exchange(again.open(500))
      return analyze(frames + again.frames).flows
    }
    let repeated = try flows(number: 1_000)
    #expect(repeated.map(\.verdict.outcome) == [.reset, .ok])
    #expect(repeated.first?.verdict.reason.template.description.contains("sent again") == true)
    #expect(try flows(number: 90_000).first?.verdict.reason.template.description.contains("closed") == true)
  }
}
