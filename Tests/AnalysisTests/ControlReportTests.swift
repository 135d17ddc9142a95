import Synth
import Testing
import Verdict

/// What both ends say in RTCP in clear, of what the capture point cannot see and of what it alone did not see.
@Suite struct ControlReportTests {
  private static let phone = SocketAddress("192.168.1.20", 30_000)
  private static let server = SocketAddress("203.0.113.71", 20_000)

  /// Whether RTCP shares the media's ports or has the next ones (RFC 3550 section 11).
  enum Ports: CaseIterable, Sendable {
    case shared, own

    func of(_ socket: SocketAddress) -> SocketAddress {
      self == .shared ? socket : SocketAddress(socket.address, socket.port + 1)
    }
  }

  /// 55 s of a call by G.711, with a report of either side each 5 s.
  private struct Call {
    /// Share of the client's packets that is lost behind the capture point.
    var lostBehind = 0.0
    /// Share of the server's packets that is missing here, and of these the share that its receiver misses.
    var missing = 0.0
    var reported = 0.0
    /// Share of those that come that are overtaken by the next one.
    var late = 0.0
    /// Nothing of the server's media comes; it says in sender reports that it sends.
    var isDeaf = false
    var ports = Ports.shared

    var flow: FlowRecord? { result.flow(to: server.address, port: server.port) }

    var result: Analyzed {
      var script = CallScript()
      var streams = script.streams(8)
      streams.up.protection = .none
      streams.down.protection = .none
      streams.up.timestampStep = 160
      streams.down.timestampStep = 160
      let (up, down) = (streams.up.source, streams.down.source)
      var generator = SeededGenerator(seed: 4)
      var lost: (up: UInt32, down: UInt32) = (0, 0)
      for number in 0..<2_750 as Range<UInt32> {
        let time = 0.02 * Double(number)
        let packets = (streams.up.nextPacket(), streams.down.nextPacket())
        script.send(packets.0, phone, server, at: time, timeToLive: 61)
        if generator.occurs(with: lostBehind) { lost.up += 1 }
        if generator.occurs(with: missing) {
          if generator.occurs(with: reported) { lost.down += 1 }
        } else if !isDeaf {
          let delay = late > 0 && generator.occurs(with: late) ? 0.03 : 0.007
          script.send(packets.1, server, phone, at: time + delay, timeToLive: 52)
        }
        guard number % 250 == 249 else { continue }
        let (from, to) = (ports.of(server), ports.of(phone))
        if isDeaf {
          script.send(Self.report(200, down, [0, 0, 0, number, 160 * number]), from, to, at: time + 0.015)
        } else {
          script.send(
            Self.report(201, down, [up, lost.up, Self.highest + number, 0, 0, 0]), from, to, at: time + 0.015)
          script.send(
            Self.report(201, up, [down, lost.down, Self.highest + number, 0, 0, 0]), to, from, at: time + 0.016)
        }
      }
      return script.result
    }

    /// Where the receivers' count of numbers begins: any.
    private static let highest: UInt32 = 70_000

    /// An RR with one block, or an SR with none (RFC 3550 sections 6.4.1 and 6.4.2).
    private static func report(_ type: UInt8, _ source: UInt32, _ words: [UInt32]) -> [UInt8] {
      var packet: [UInt8] = [type == 201 ? 0x81 : 0x80, type, 0, UInt8(words.count + 1)]
      for word in [source] + words {
        for shift in [24, 16, 8, 0] as [UInt32] { packet.append(UInt8(word >> shift & 0xFF)) }
      }
      return packet
    }
  }

  @Test(arguments: Ports.allCases) func whatTheServerSaysDidNotArriveIsNotSound(ports: Ports) throws {
    let verdict = try #require(Call(lostBehind: 0.4, ports: ports).flow).verdict
    #expect(verdict.outcome == .degraded && verdict.mechanism == nil && !verdict.isFinding)
    #expect(verdict.direction == .up && verdict.attribution == .unknown)
    // The capture itself saw nothing of it.
    #expect(verdict.lossUp != 0.4)
    #expect(try #require(Call(lostBehind: 0.004, ports: ports).flow).verdict.outcome == .ok)
  }

  /// What was lost behind the capture point is said of the media, whichever ports their reports have.
  @Test(arguments: Ports.allCases) func theEstimateStandsWithTheMedia(ports: Ports) throws {
    let result = Call(lostBehind: 0.1, ports: ports).result
    let media = try #require(result.flow(to: Self.server.address, port: Self.server.port)?.upstream)
    #expect(media.basis == .receiverReport && abs((media.ratio ?? 0) - 0.1) < 0.03)
    #expect(result.flows.count { $0.upstream != nil } == 1)
  }

  @Test(arguments: Ports.allCases) func mediaThatTheServerCountsAndThatNeverComeAreMissed(ports: Ports) throws {
    var call = Call(isDeaf: true, ports: ports)
    #expect(
      try #require(call.flow).verdict.gap.map { "\($0.code)" } == (ports == .shared ? "no_media_back" : "one_direction")
    )
    // Who only receives, as alone in a room, sends receiver reports.
    call.isDeaf = false
    call.missing = 1
    call.reported = 1
    if ports == .shared { #expect(try #require(call.flow).verdict.outcome == .ok) }
  }

  @Test(arguments: Ports.allCases) func whatTheReceiverGotTheCaptureMissed(ports: Ports) throws {
    let missed = try #require(Call(missing: 0.12, ports: ports).flow).verdict
    #expect(missed.gap.map { "\($0.code)" } == "capture_missed" && !missed.isFinding)
    let lost = try #require(Call(missing: 0.12, reported: 1, ports: ports).flow).verdict
    #expect(lost.mechanism == .randomDiscard && lost.direction == .down)
    let most = try #require(Call(missing: 0.12, reported: 0.8, ports: ports).flow).verdict
    #expect(most.mechanism == .randomDiscard, "half of it and more is the path's")
  }

  /// A gap that a late packet fills is no loss here, so it need not be one at the receiver.
  @Test func packetsThatWereOvertakenAreNotMissed() throws {
    let lost = try #require(Call(missing: 0.08, reported: 1, late: 0.25).flow).verdict
    #expect(lost.outcome == .degraded && lost.gap == nil, "\(lost)")
    let missed = try #require(Call(missing: 0.08, late: 0.25).flow).verdict
    #expect(missed.gap.map { "\($0.code)" } == "capture_missed", "\(missed)")
  }

  private static let caller = SocketAddress("192.168.1.20", 50_200)
  private static let station = SocketAddress("203.0.113.80", 20_000)

  /// Media of one side alone for half a minute, on a path whose checks and handshake are answered.
  private func monologue(_ ports: Ports?, _ script: inout CallScript) -> (up: MediaStream, down: MediaStream) {
    let (phone, server) = (Self.caller, Self.station)
    var (client, other) = (
      DTLSSession(generator: script.generator.fork()), DTLSSession(generator: script.generator.fork())
    )
    script.check(phone, server, own: "own1", their: "pee1", 0...30)
    // RTCP's component has checks of its own (RFC 8445 section 5.1.1.1).
    let (own, its) = (Ports.own.of(phone), Ports.own.of(server))
    if ports == .own { script.check(own, its, own: "own1", their: "pee1", 0...30) }
    script.send(client.clientHello(), phone, server, at: 0.1)
    script.send(other.serverFlight(), server, phone, at: 0.12)
    script.send(client.clientFlight(), phone, server, at: 0.14)
    script.send(other.finish(), server, phone, at: 0.16)
    var streams = script.streams()
    script.play(&streams.up, phone, server, 0.2...30)
    return streams
  }

  /// A door station sends media alone; whoever receives them answers with SRTCP, on their ports or on the next ones.
  @Test(arguments: [Ports.shared, .own, nil] as [Ports?]) func aReceiverThatSendsOnlySRTCPIsHeard(ports: Ports?) throws
  {
    var script = CallScript()
    var streams = monologue(ports, &script)
    if let ports {
      for number in 1..<15 {
        script.send(
          streams.down.receiverReport(about: streams.up.source), ports.of(Self.station), ports.of(Self.caller),
          at: 2 * Double(number))
      }
    }
    let verdict = try #require(script.result.flow(to: Self.station.address, port: Self.station.port)).verdict
    if ports != nil {
      #expect(verdict.outcome == .ok)
    } else {
      #expect(verdict.outcome == .dropped && verdict.scope == .media)
    }
  }

  /// A recorder wants all and sends nothing, as the answer to its call says (RFC 8866 section 6.7).
  @Test(arguments: ["sendrecv", "recvonly", "inactive", "sendonly"]) func aRecorderOwesNoMedia(direction: String) throws
  {
    var script = CallScript()
    _ = monologue(nil, &script)
    let (phone, proxy) = (SocketAddress(Self.caller.address, 5_060), SocketAddress(Self.station.address, 5_060))
    let dialog = SIPDialog(
      caller: phone, server: proxy, callerMedia: Self.caller.port, serverMedia: Self.station.port,
      generator: &script.generator)
    let answer = String(decoding: dialog.response(200, "OK", to: "INVITE"), as: UTF8.self)
    script.send(dialog.invite(), phone, proxy, at: 0.01)
    script.send(Array(answer.replacing("sendrecv", with: direction).utf8), proxy, phone, at: 0.06)
    script.send(dialog.acknowledge(), phone, proxy, at: 0.07)
    let verdict = try #require(script.result.flow(to: Self.station.address, port: Self.station.port)).verdict
    if direction.hasPrefix("send") {
      #expect(verdict.outcome == .dropped && verdict.scope == .media)
    } else {
      #expect(verdict.gap.map { "\($0.code)" } == "one_way_agreed" && !verdict.isFinding)
    }
  }
}
