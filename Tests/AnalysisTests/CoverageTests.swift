import Flow
import Testing
import Verdict

@testable import Analysis

/// Whether a flow that the far capture point does not hold should have passed it (METHOD.md M6.4).
@Suite struct CoverageTests {
  private let dead: IPAddress = IPAddress("203.0.113.200") ?? IPAddress(v4: 0)

  private func coverage(_ servers: [(address: String, isBeyond: Bool)], missesAnswered: Bool = false) -> Coverage {
    var coverage = Coverage()
    coverage.missesAnswered = missesAnswered
    for server in servers {
      if let address = IPAddress(server.address) { coverage.noteSeen(address, isBeyond: server.isBeyond) }
    }
    return coverage
  }

  @Test func threeNetworksBehindThePointShowTheClientsLine() {
    let line = [("203.0.113.80", true), ("198.51.100.1", true), ("2001:db8::1", true)]
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

  @Test(arguments: [(64, true), (128, true), (255, true), (61, false), (113, false)] as [(UInt8, Bool)])
  func aTTLAsItWasSentIsAHostsAtThePoint(timeToLive: UInt8, isInitial: Bool) {
    #expect(TimeToLive.isUntouched(timeToLive) == isInitial)
  }
}
