import Analysis
import Settings
import Synth
import TestSupport
import Testing
import Verdict
import Wire

/// Signatures stay silent on what other applications send, and on noise.
@Suite struct RejectionTests {
  private struct Flows: RecordSink {
    var flows: [FlowRecord] = []
    var calls: [CallRecord] = []
    var isOpen: Bool { true }
    var writesIdentifiers: Bool { false }
    mutating func write(_ capture: CaptureRecord) {}
    mutating func write(_ call: CallRecord) { calls.append(call) }
    mutating func wantsRecord(of verdict: Judgment) -> Bool { true }
    mutating func write(_ flow: FlowRecord) { flows.append(flow) }
  }

  private func analyze(_ frames: [SynthFrame]) -> Flows {
    let lent = LentFrames(frames)
    let analysis = CaptureAnalysis(seed: 1)
    analysis.shards[0].consume(lent.block.span, lent.infos.span)
    var sink = Flows()
    analysis.report(CaptureRecord(path: "x"), to: &sink)
    return sink
  }

  @Test(arguments: Scenario.allCases) func signaturesAreSilentOnOtherApplications(scenario: Scenario) {
    let own: Set<Application>
    switch scenario {
    case .telegramBlocked, .telegramClean, .telegramMasked, .telegramCutoff, .networkSilent, .allowedOnly:
      own = [.telegram]
    case .whatsappClean: own = [.whatsapp]
    case .sipClean: own = [.sip]
    case .webrtcClean, .peerCandidates, .turnDenied, .oneWay: own = [.webrtc]
    default: own = []
    }
    for seed: UInt64 in [1, 2, 3] {
      let result = analyze(scenario.frames(seed: seed))
      let named = Set(result.flows.compactMap(\.application) + result.calls.compactMap(\.application))
      #expect(named.subtracting(own) == [], "seed \(seed)")
    }
  }

  /// Datagrams of a few flows, one by one, with the length and first bytes as they come.
  private func datagrams(
    _ count: Int, perFlow: Int, generator: inout SeededGenerator, port: (inout SeededGenerator) -> UInt16,
    payload: (inout SeededGenerator) -> [UInt8]
  ) -> [SynthFrame] {
    var frames: [SynthFrame] = []
    var ends: (UInt16, UInt16) = (0, 0)
    for index in 0..<count {
      if index % perFlow == 0 { ends = (UInt16(generator.number(in: 10_000...60_000)), port(&generator)) }
      let client: HostAddress = "192.168.1.23"
      let server: HostAddress = "198.51.100.9"
      let out = generator.occurs(with: 0.5)
      let packet = SynthPacket(
        from: out ? client : server, to: out ? server : client,
        .udp(
          sourcePort: out ? ends.0 : ends.1, destinationPort: out ? ends.1 : ends.0, payload: payload(&generator)))
      frames.append(
        FrameBuilder().frame(packet, at: 1_700_000_000_000_000_000 + Int64(index) * 20_000_000, outgoing: out))
    }
    return frames
  }

  @Test(arguments: [UInt64(20_250_813), 4, 5]) func randomDatagramsAreNobodysAndNoMedia(seed: UInt64) {
    print("seed \(seed)")
    var generator = SeededGenerator(seed: seed)
    let frames = datagrams(20_000, perFlow: 200, generator: &generator, port: { UInt16($0.number(in: 1_024...60_000)) })
    {
      $0.bytes($0.number(in: 0...600))
    }
    let result = analyze(frames)
    #expect(result.flows.count > 90)
    #expect(result.flows.compactMap(\.application) == [], "seed \(seed)")
    #expect(result.flows.flatMap(\.streams).isEmpty, "seed \(seed)")
    #expect(!result.flows.contains { $0.role == .media }, "seed \(seed)")
    #expect(!result.flows.contains { $0.verdict.isFinding }, "seed \(seed)")
    #expect(result.calls.isEmpty, "seed \(seed)")
  }

  /// Ciphertext whose first byte says RTP: the worst case of the datagram demultiplexer.
  @Test(arguments: [UInt64(20_250_813), 4, 5]) func ciphertextThatBeginsLikeRTPIsNoMedia(seed: UInt64) {
    print("seed \(seed)")
    var generator = SeededGenerator(seed: seed)
    let frames = datagrams(20_000, perFlow: 500, generator: &generator, port: { UInt16($0.number(in: 1_024...60_000)) })
    {
      [0x80 | UInt8($0.number(in: 0...63))] + $0.bytes($0.number(in: 30...600))
    }
    let result = analyze(frames)
    #expect(result.flows.flatMap(\.streams).isEmpty, "seed \(seed)")
    #expect(result.flows.compactMap(\.application) == [], "seed \(seed)")
    #expect(result.calls.isEmpty, "seed \(seed)")
  }

  /// QUIC short headers, WireGuard data and OpenVPN: everyday ciphertext with fixed first bytes.
  @Test func tunnelsAndQUICAreNoCall() {
    var generator = SeededGenerator(seed: 99)
    for first: [UInt8] in [[0x40], [0x5F], [4, 0, 0, 0], [1, 0, 0, 0], [0x30], [0x38], [0x48]] {
      let frames = datagrams(2_000, perFlow: 1_000, generator: &generator, port: { _ in 51_820 }) {
        first + $0.bytes($0.number(in: 30...1_200))
      }
      let result = analyze(frames)
      #expect(result.calls.isEmpty && result.flows.compactMap(\.application).isEmpty, "\(first)")
      #expect(result.flows.flatMap(\.streams).isEmpty, "\(first)")
      #expect(!result.flows.contains { $0.verdict.isFinding }, "\(first)")
    }
  }
}
