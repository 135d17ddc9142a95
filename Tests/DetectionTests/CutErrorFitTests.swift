import Detection
import Flow
import Testing
import Verdict

/// What is left of a cut ICMP error, held against a silent flow.
@Suite struct CutErrorFitTests {
  private func verdict(_ entries: [CutErrors.Entry]) -> Judgment {
    var around = Made.surroundings()
    for entry in entries { around.cutErrors.note(entry) }
    return Detectors.judge(
      Made.asking(Made.ladder), UDPState(firstFrame: 10), Circumstances(around, thresholds))
  }

  private func entry(
    _ bits: Int, to client: IPAddress = client, of address: UInt32 = 0x5B6C_0915, transport: Transport? = .udp,
    port: UInt16? = nil, isNotice: Bool = false
  ) -> CutErrors.Entry {
    CutErrors.Entry(
      client: client, server: IPAddress(v4: bits == 0 ? 0 : address & ~0 << UInt32(32 - bits)), serverBits: bits,
      transport: transport, clientPort: port, isNotice: isNotice, time: start + second, frame: 3)
  }

  private func result(_ verdict: Judgment) -> Excluder.Result? {
    verdict.excluders.first { "\($0.name)" == "icmp-error" }?.result
  }

  @Test func whatFitsAsFarAsItIsThereExplainsTheSilence() {
    for bits in [0, 8, 16, 24, 32] {
      let refused = verdict([entry(bits)])
      #expect(refused.gapCode == "icmp_error" && refused.evidence.first?.frames == [3], "\(bits)")
    }
    #expect(verdict([entry(0, transport: nil)]).gapCode == "icmp_error")
    #expect(verdict([entry(32, port: 0)]).gapCode == "icmp_error", "the flow's own port")
  }

  @Test func whatDoesNotFitLeavesThemUnknown() {
    for other in [
      entry(8, of: 0x5C00_0000), entry(32, of: 0x5B6C_0916), entry(32, transport: .tcp), entry(32, port: 4_000),
      entry(32, isNotice: true),
    ] {
      let found = verdict([other])
      #expect(found.isFinding && result(found) == .unknown, "\(other)")
    }
    let others = verdict([entry(32, to: IPAddress(v4: 0xC0A8_0199))])
    #expect(others.isFinding && result(others) == .excluded)
  }

  /// Of very many nothing is kept but that they came.
  @Test func moreThanAreKeptAreAnybodys() {
    let many = (0..<300).map { entry(32, to: IPAddress(v4: 0x0A00_0000 + UInt32($0))) }
    #expect(result(verdict(many)) == .unknown)
  }
}
