import Flow
import Settings
import Testing
import Verdict

@testable import Detection

/// What detectors are overheard saying is what they say.
@Suite struct TraceTests {
  @Test func everyRuleThatIsNamedExists() {
    let names = Set(Thresholds().listing.map(\.name))
    for detector in Detector.allCases {
      for outcome in Outcome.allCases {
        for mechanism in Mechanism.allCases.map(Optional.some) + [nil] {
          for scope in [Scope.dtls, .media, .quic, nil] {
            var judgment = Judgment(outcome, mechanism, grade: .consistent, reason: Phrase(""))
            judgment.scope = scope
            for transport in [Transport.udp, .tcp] {
              let named = RuleNames.names(of: detector, judgment, transport)
              #expect(
                !named.isEmpty && names.isSuperset(of: named), "\(detector) \(outcome) \(String(describing: mechanism))"
              )
            }
          }
        }
      }
      #expect(RuleNames.names(of: detector, nil, .udp).isEmpty)
    }
  }

  @Test func everyDetectorOfTheTransportIsAccountedForOnce() {
    let known = Circumstances(Surroundings(drops: 0), Thresholds())
    let flow = FlowObservation(
      client: IPAddress(v4: 0x0A00_0001), server: IPAddress(v4: 0xC633_6407), serverPort: 443, first: 0, last: 9,
      firstFrame: 1, packets: (1, 1), clientSide: 0)
    let datagrams = Detectors.trace(flow, UDPState(firstFrame: 1), known)
    #expect(
      datagrams.map(\.detector).sorted { $0.rawValue < $1.rawValue } == [
        .endedSilence, .foreignAnswer, .mediaCaps, .silence, .soundness,
      ])
    let segments = Detectors.trace(flow, TCPState(firstFrame: 1), nil, known)
    // Without a reset nobody asks for its cause.
    #expect(segments.first { $0.detector == .resets }?.kind == .notAsked)
    #expect(
      Set(segments.map(\.detector)) == [.resets, .connectionSilence, .connectionCaps, .foreignAnswer, .soundness])
    #expect(segments.count == 5)
  }
}
