import Flow
import Settings
import TestSupport
import Testing
import Verdict
import Wire

@testable import Detection

/// Resets that come early and with another TTL: a device beside the path, or a path that became shorter (METHOD.md M1.1).
@Suite struct ResetPathTests {
  /// An exchange with a server 65 ms away (TTL 47), and 14 ms after a request at `time` ms a reset with TTL 57.
  private func cut(at time: Double, _ flags: TCPFlags, window: UInt16 = 0) -> Connection {
    var connection = Connection.established(65, timeToLive: 47)
    connection.send(0, 66, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 500))
    connection.send(1, 132, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_501, length: 900, timeToLive: 47))
    connection.send(0, time - 100, Packet.tcp([.psh, .ack], sequence: 1_501, acknowledgment: 5_901, length: 50))
    connection.send(1, time - 33, Packet.tcp(.ack, sequence: 5_901, acknowledgment: 1_551, length: 300, timeToLive: 47))
    connection.send(0, time, Packet.tcp([.psh, .ack], sequence: 1_551, acknowledgment: 6_201, length: 50))
    connection.send(
      1, time + 14,
      Packet.tcp(
        flags, sequence: 6_201, acknowledgment: flags.contains(.ack) ? 1_601 : 0, window: window, timeToLive: 57,
        identification: 0))
    return connection
  }

  /// Surroundings with connections to the same server that began `apart` ms after it, with these distances and TTLs.
  private func around(
    _ connection: Connection, _ others: [(apart: Double, distance: Double, timeToLive: UInt8)]
  ) -> Surroundings {
    var around = Made.surroundings()
    around.paths.ask(client: client, server: server)
    around.paths.note(connection.state, connection.trace, client: client, server: server, first: start)
    for other in others {
      let state = Connection.established(other.distance, timeToLive: other.timeToLive).state
      around.paths.note(state, nil, client: client, server: server, first: start + Int64(other.apart * 1e6))
    }
    return around
  }

  private func judged(
    _ connection: Connection, _ others: [(apart: Double, distance: Double, timeToLive: UInt8)]
  ) -> Judgment {
    connection.judged(Made.connection(), around(connection, others))
  }

  @Test(arguments: [TCPFlags.rst, [.rst, .ack]]) func aServerThatCameNearerForgotTheConnection(_ flags: TCPFlags) {
    let connection = cut(at: 20_000, flags)
    let verdict = judged(connection, [(20_150, 14, 57)])
    #expect(verdict.words == "reset rst-endpoint" && !verdict.isFinding)
    #expect(verdict.evidence.contains { $0.code.isSame(as: "path_changed") })
    #expect(!judged(connection, [(20_150, 14, 58)]).isFinding, "as near, by a third way")
    #expect(!judged(connection, [(-9_000, 65, 57)]).isFinding, "a server with two TTLs")
  }

  /// A router of the access network answers a SYN in the server's name; the port is not closed.
  @Test func aRefusalFromNearerThanTheServerIsNotItsPorts() {
    func refused(_ others: [(apart: Double, distance: Double, timeToLive: UInt8)]) -> Judgment {
      var connection = Connection()
      connection.send(0, 0, Packet.tcp(.syn, sequence: 1_000))
      connection.send(
        1, 0.8, Packet.tcp([.rst, .ack], sequence: 0, acknowledgment: 1_001, timeToLive: 63, identification: 0))
      #expect(connection.trace.map(Resets.isRefusal) == true)
      return connection.judged(Made.connection(packets: (1, 1), last: 1), around(connection, others))
    }
    #expect(refused([(-4_000, 40, 61), (-3_000, 41, 61)]).gapCode == "reset_origin")
    #expect(refused([]).gapCode == "reset_origin", "a public server is not behind one router")
    #expect(refused([(-4_000, 300, 63)]).words == "reset rst-refused", "the first SYN waited for a radio")
    #expect(refused([(-4_000, 1, 61)]).words == "reset rst-refused", "the server is as near")
  }

  /// A SYN to `server` that is refused after `delay` ms.
  private func refusal(_ timeToLive: UInt8, delay: Double = 4) -> Connection {
    var connection = Connection()
    connection.send(0, 0, Packet.tcp(.syn, sequence: 1_000))
    connection.send(
      1, delay,
      Packet.tcp(
        [.rst, .ack], sequence: 0, acknowledgment: 1_001, window: 0, timeToLive: timeToLive, identification: 0))
    return connection
  }

  /// The client's router, or the provider's behind it, rejects what it forbids in the servers' names. Servers are not that near, but
  /// in the client's own network.
  @Test(
    arguments: [(62, true), (63, true), (126, true), (253, true), (61, false), (53, false), (125, false)]
      as [(UInt8, Bool)])
  func aPublicServerIsNotBehindTwoRouters(timeToLive: UInt8, isBoxes: Bool) {
    let verdict = refusal(timeToLive).judged(Made.connection(packets: (1, 1), last: 1))
    #expect(verdict.gapCode == (isBoxes ? "reset_origin" : "-"))
    #expect(verdict.words == (isBoxes ? "inconclusive -" : "reset rst-refused"))
    #expect((verdict.attribution == .endpoint) != isBoxes)
    #expect(verdict.hasAlternative("lan-box") == isBoxes)
    let inside = Made.connection(to: IPAddress(v4: 0x0A00_0005), packets: (1, 1), last: 1)
    #expect(refusal(timeToLive).judged(inside).words == "reset rst-refused")
  }

  /// One box answers for all servers after as long and with one TTL; a scan of closed ports finds them at all distances, or all in one
  /// place.
  @Test func serversOfSeveralNetworksAreNotEquallyNear() {
    func verdict(_ others: [(network: UInt32, delay: Double)], timeToLive: UInt8 = 60) -> Judgment {
      var around = Made.surroundings()
      for (network, delay) in others + [(0, 4)] {
        guard let trace = refusal(timeToLive, delay: delay).trace else { continue }
        let host = network == 0 ? server : IPAddress(v4: network << 8 | 7)
        around.refusals.note(trace, client: client, server: host, spread: 2_000_000)
      }
      return refusal(timeToLive).judged(Made.connection(packets: (1, 1), last: 1), around)
    }
    let blocked = verdict([(0x08_0808, 4.5), (0x9DF0_00, 3.1)])
    #expect(blocked.gapCode == "reset_origin" && blocked.attribution != .endpoint)
    #expect(blocked.hasAlternative("carrier-nat") && !blocked.hasAlternative("lan-box"))
    #expect(verdict([(0x08_0808, 4.5), (0x9DF0_00, 9)]).words == "reset rst-refused", "at another distance")
    #expect(verdict([(0x08_0808, 4.5), (0x08_0808, 4)]).words == "reset rst-refused", "two networks")
    #expect(
      verdict([(0x08_0808, 4.5), (0x9DF0_00, 3.1)], timeToLive: 52).words == "reset rst-refused",
      "as far as servers are")
  }

  /// What the box sends to a server that answers the SYN as well is still a third party's.
  @Test func aRefusalThatIsContradictedIsAThirdPartys() {
    var connection = refusal(62)
    connection.send(1, 40, Packet.tcp([.syn, .ack], sequence: 5_000, acknowledgment: 1_001, timeToLive: 53))
    #expect(connection.judged().words == "reset rst-injected")
  }

  /// All of a client's paths changed, and nothing was asked for anew: nobody can tell.
  @Test(arguments: [TCPFlags.rst, [.rst, .ack]]) func withoutALaterConnectionEarlyAndStrangeAreOneSign(
    _ flags: TCPFlags
  ) {
    let verdict = judged(cut(at: 20_000, flags), [(-9_000, 65, 47), (8_000, 66, 47)])
    #expect(verdict.gapCode == "path_changed" && !verdict.isFinding)
    #expect(verdict.alternatives.contains { $0.isSame(as: "path-change") })
    #expect(cut(at: 20_000, flags).judged().gapCode == "path_changed", "no other connection at all")
  }

  /// The old server had a window under way when the client's acknowledgments began to come to another one, which answers as a dead
  /// socket does.
  @Test func whatTheOldServerHadUnderWayProvesNobody() {
    var connection = cut(at: 20_000, .rst)
    for place in 0..<10 {
      connection.send(
        1, 20_020 + Double(place),
        Packet.tcp(
          .ack, sequence: 6_201 + UInt32(1_000 * place), acknowledgment: 1_551, length: 1_000, timeToLive: 47))
    }
    let verdict = judged(connection, [(-9_000, 65, 47)])
    #expect(verdict.gapCode == "path_changed")
    let held = judged(connection, [(-9_000, 65, 47), (20_500, 64, 47)])
    #expect(held.isFinding && held.alternatives.contains { $0.isSame(as: "path-change") })
  }

  /// A load balancer hands one download to another server, one router nearer, which does not know it; the first one's segments are under
  /// way, and the next connection goes as before. What came too early is nobody's answer.
  @Test func aConnectionThatWasHandedToAnotherServerProvesNobody() {
    func story(after: Double, _ flags: TCPFlags = .rst, timeToLive: UInt8 = 48, asked: Int32 = 0) -> Judgment {
      var connection = Connection.established(65, timeToLive: 47)
      connection.send(0, 66, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 500))
      connection.send(1, 132, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_501, length: 900, timeToLive: 47))
      connection.send(0, 133, Packet.tcp(.ack, sequence: 1_501, acknowledgment: 5_901, length: asked))
      connection.send(
        1, 133 + after,
        Packet.tcp(
          flags, sequence: 5_901, acknowledgment: flags.contains(.ack) ? 1_501 : 0, window: 0,
          timeToLive: timeToLive, identification: 0))
      for place in 0..<3 {
        connection.send(
          1, 220 + after + Double(place),
          Packet.tcp(
            .ack, sequence: 5_901 + UInt32(1_000 * place), acknowledgment: 1_501, length: 1_000, timeToLive: 47))
      }
      return judged(connection, [(20_500, 64, 47)])
    }
    let handed = story(after: 66)
    #expect(handed.gapCode == "path_changed")
    for name: StaticString in ["path-change", "load-balancer"] { #expect(handed.hasAlternative(name)) }
    #expect(!"\(handed.reason.template)".contains("early"))
    #expect(story(after: 10, timeToLive: 57).words == "reset rst-injected", "too early for any server")
    #expect(story(after: 66, [.rst, .ack]).words == "reset rst-injected", "a dead socket's answer has no ACK")
    #expect(story(after: 66, asked: 400).words == "reset rst-injected", "it answers what a device can read")
  }

  @Test(arguments: [TCPFlags.rst, [.rst, .ack]]) func aPathThatIsAsItWasLeavesTheDeviceBesideIt(_ flags: TCPFlags) {
    let verdict = judged(cut(at: 20_000, flags), [(-9_000, 65, 47), (20_500, 64, 47)])
    #expect(verdict.words == "reset rst-injected")
    #expect(verdict.evidence.contains { $0.code.isSame(as: "path_held") })
  }

  /// The path would have had to change between the handshake and the hello; a dead socket's answer is one nevertheless.
  @Test func aResetOfAFreshConnectionNeedsNoOther() {
    #expect(judged(cut(at: 300, [.rst, .ack]), []).words == "reset rst-injected")
    #expect(judged(cut(at: 300, .rst), []).gapCode == "path_changed")
    #expect(judged(cut(at: 300, .rst, window: 500), []).words == "reset rst-injected", "no dead socket has a window")
  }

  /// A device before the server, or the server, ends a connection behind its own answer; the acknowledgment that came between is no
  /// cause of it.
  @Test(arguments: [(145.0, 53, false), (145, 57, true), (215, 53, true)] as [(Double, UInt8, Bool)])
  func aResetBehindItsSendersOwnPacketIsNotTooEarly(time: Double, timeToLive: UInt8, isFinding: Bool) {
    var connection = Connection.established(65, timeToLive: 47)
    connection.send(0, 66, Packet.tcp([.psh, .ack], sequence: 1_001, acknowledgment: 5_001, length: 500))
    connection.send(1, 132, Packet.tcp(.ack, sequence: 5_001, acknowledgment: 1_501, length: 900, timeToLive: 47))
    connection.send(0, time - 10, Packet.tcp(.ack, sequence: 1_501, acknowledgment: 5_901))
    connection.send(
      1, time, Packet.tcp(.rst, sequence: 5_901, window: 512, timeToLive: timeToLive, identification: 0))
    let verdict = connection.judged(Made.connection())
    #expect(verdict.words == (isFinding ? "reset rst-injected" : "inconclusive -"), "\(verdict.words)")
  }

  /// A reset of the same device that a later connection shows to be none of a new path's speaks for the others.
  @Test func oneResetOnAnUnchangedPathTellsTheDevicesTTL() {
    let last = cut(at: 20_000, .rst)
    var around = around(last, [(12_000, 65, 47)])
    let earlier = cut(at: 300, .rst)
    around.paths.note(earlier.state, earlier.trace, client: client, server: server, first: start)
    #expect(last.judged(Made.connection(), around).words == "reset rst-injected")
  }
}
