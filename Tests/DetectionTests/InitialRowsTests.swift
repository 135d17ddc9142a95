import Flow
import TestSupport
import Testing
import Verdict

@testable import Detection

/// QUIC Initials of several sockets to one server, none of them answered.
@Suite struct InitialRowsTests {
  /// A flow whose client sent Initials at these milliseconds.
  private func flow(_ milliseconds: [Int64], port: UInt16, to host: IPAddress = server) -> FlowObservation {
    var flow = Made.asking([], to: host)
    var dialogue = Dialogue()
    dialogue.asker = 0
    for (number, time) in milliseconds.enumerated() {
      dialogue[.initial].ask(time: start + time * 1_000_000, frame: UInt32(number), width: second)
    }
    flow.serverPort = 443
    flow.clientPort = port
    flow.isServerRole = false
    flow.first = start + milliseconds[0] * 1_000_000
    flow.last = start + milliseconds[milliseconds.count - 1] * 1_000_000
    flow.packets = (UInt64(milliseconds.count), 0)
    flow.dialogue = dialogue
    return flow
  }

  /// The verdict of the first of these flows; a TCP connection to the host was answered for a minute.
  private func verdict(_ flows: [FlowObservation], connected: Bool = true) -> Judgment {
    var around = Made.surroundings()
    around.end = start + 60 * second
    if connected {
      around.add(
        Neighbor(
          position: 90, client: client, server: server, port: 443, transport: .tcp, first: start,
          lastAnswer: start + 59 * second, trials: 1, longestGap: second / 2))
    }
    for flow in flows {
      guard let ask = flow.dialogue?.initial else { continue }
      around.initials.note(ask, client: flow.client, server: flow.server, port: flow.serverPort)
    }
    return Detectors.judge(flows[0], UDPState(firstFrame: 10), Circumstances(around, thresholds))
  }

  @Test func anAppThatAsksAnewFromOtherPortsIsHeardOut() {
    let flows = [
      flow([0, 300], port: 50_000), flow([1_500, 1_800], port: 50_001), flow([4_000, 4_300], port: 50_002),
    ]
    let all = verdict(flows)
    #expect(all.words == "dropped blackhole" && all.scope == .quic && all.grade == .consistent, "\(all.reason)")
    #expect(all.evidence.contains { "\($0.code)" == "initials_of_several_flows" })
    #expect(!verdict([flows[0]]).isFinding, "two Initials alone")
    #expect(verdict(flows, connected: false).gapCode == "no_control", "nothing shows the host alive")
    #expect(!verdict([flows[0], flow([1_500, 1_800], port: 50_001, to: other)]).isFinding, "another server")
    #expect(!verdict([flows[0], flow([9_500, 9_800], port: 50_001)]).isFinding, "long after")
    #expect(!verdict([flows[0], flow([100, 400], port: 50_001)]).isFinding, "side by side, in under a second")
  }
}
