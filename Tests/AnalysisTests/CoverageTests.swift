import Flow
import Testing
import Verdict

@testable import Analysis

/// Whether a flow that the far capture point does not hold should have passed it (METHOD.md M6.4).
@Suite struct CoverageTests {
  private let dead = Self.end("203.0.113.200", 443)

  private static func end(
    _ address: String, _ port: UInt16, _ transport: Verdict.Transport = .tcp
  ) -> PointTrace.End {
    PointTrace.End(transport: transport, address: IPAddress(address) ?? IPAddress(v4: 0), port: port)
  }

  private func coverage(
    _ servers: [(address: String, isBeyond: Bool)], port: UInt16 = 443, _ transport: Verdict.Transport = .tcp,
    missesAnswered: Bool = false
  ) -> Coverage {
    var coverage = Coverage()
    coverage.missesAnswered = missesAnswered
    for server in servers {
      coverage.noteSeen(Self.end(server.address, port, transport), isBeyond: server.isBeyond)
    }
    return coverage
  }

  private let line = [("203.0.113.80", true), ("198.51.100.1", true), ("2001:db8::1", true)]

  @Test func threeNetworksBehindThePointShowTheClientsLine() {
    #expect(coverage(line).holds(dead))
    #expect(!coverage(line, missesAnswered: true).holds(dead), "an answered flow went another way")
    #expect(!coverage([("203.0.113.80", true), ("203.0.113.81", true), ("198.51.100.1", true)]).holds(dead))
    #expect(!coverage(line.map { ($0.0, false) }).holds(dead), "they end at the point itself")
  }

  @Test func theSameServerIsOnItsOwnWay() {
    #expect(coverage([("203.0.113.200", false)]).holds(dead))
    #expect(!coverage([("203.0.113.80", false)]).holds(dead))
    #expect(!coverage([("203.0.113.200", true)], missesAnswered: true).holds(dead))
  }

  /// A recorder's filter, or a line that takes TCP alone: what is there says nothing of what may be left out.
  @Test func whatAFilterLeavesOutIsNotHeld() {
    let relay = Self.end("203.0.113.200", 3478, .udp)
    #expect(!coverage(line).holds(relay), "of TCP alone")
    #expect(!coverage(line, port: 53, .udp).holds(relay), "of names alone")
    #expect(!coverage([("203.0.113.200", true)]).holds(relay), "of the same server's TCP")
    #expect(!coverage(line, port: 443, .udp).holds(relay), "of one port")
    #expect(coverage(line, port: 3478, .udp).holds(relay))
    #expect(coverage([("203.0.113.200", true)], port: 3478, .udp).holds(relay))
    var two = coverage(line, port: 443, .udp)
    two.noteSeen(Self.end("198.51.100.1", 50_000, .udp), isBeyond: true)
    #expect(two.holds(relay), "whoever keeps two ports keeps all")
    #expect(coverage(line, port: 53, .udp).holds(Self.end("9.9.9.9", 53, .udp)))
  }

  @Test(arguments: [(64, true), (128, true), (255, true), (61, false), (113, false)] as [(UInt8, Bool)])
  func aTTLAsItWasSentIsAHostsAtThePoint(timeToLive: UInt8, isInitial: Bool) {
    #expect(TimeToLive.isUntouched(timeToLive) == isInitial)
  }
}
