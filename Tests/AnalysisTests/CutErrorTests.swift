import Synth
import Testing
import Verdict

/// Silences beside ICMP errors of which a snapshot length leaves little.
@Suite struct CutErrorTests {
  private static let hosts: [(phone: HostAddress, relay: HostAddress, other: HostAddress)] = [
    ("192.168.1.20", "91.108.9.21", "198.51.100.7"), ("2001:db8::20", "2001:67c:4e8::21", "2001:db8:7::7"),
  ]

  /// Requests to a relay that nobody answers, while another server answers, and an ICMP error about each that goes to `refused`.
  private func call(_ snaplen: Int?, isV6: Bool = false, refused: HostAddress? = nil, code: UInt8 = 3) -> CallScript {
    let (phone, relay, other) = Self.hosts[isV6 ? 1 : 0]
    var script = CallScript()
    script.snaplen = snaplen
    let port: UInt16 = 3_478
    for time in stride(from: 0.0, through: 20, by: 0.5) {
      let request = STUNMessage.allocate(
        transaction: script.generator.bytes(12), credentials: nil, generator: &script.generator)
      script.send(request, SocketAddress(phone, 50_000), SocketAddress(relay, port), at: time)
      let binding = STUNMessage.iceCheck(
        remoteName: Array("aaaa".utf8), localName: Array("bbbb".utf8), controlling: true, generator: &script.generator)
      script.ask(
        binding,
        STUNMessage.iceAnswer(to: binding, mapped: SocketAddress(phone, 50_001), generator: &script.generator),
        SocketAddress(phone, 50_001), SocketAddress(other, 3_478), at: time + 0.1)
      guard let refused else { continue }
      let lost = SynthPacket(
        from: phone, to: refused, .udp(sourcePort: 50_000, destinationPort: port, payload: request))
      script.send(
        SynthPacket.unreachable(code: code, quoting: lost, arrivedWith: 51, from: refused), at: time + 0.03)
    }
    return script
  }

  private func verdict(_ script: CallScript, isV6: Bool = false) throws -> Judgment {
    try #require(script.result.flow(to: Self.hosts[isV6 ? 1 : 0].relay)).verdict
  }

  private func code(_ verdict: Judgment) -> String { verdict.gap.map { "\($0.code)" } ?? "-" }

  /// tcpdump's old default is 68: the ports are there from 66 on, the address from 62, over IPv6 from 106 and 102.
  @Test(
    arguments: [
      (nil, false), (96, false), (68, false), (66, false), (64, false), (62, false), (106, true), (104, true),
      (96, true),
    ] as [(Int?, Bool)])
  func aRefusalIsOneHoweverShort(_ snaplen: Int?, _ isV6: Bool) throws {
    let relay = Self.hosts[isV6 ? 1 : 0].relay
    let refused = try verdict(call(snaplen, isV6: isV6, refused: relay), isV6: isV6)
    #expect(code(refused) == "icmp_error" && !refused.isFinding, "\(refused.reason)")
  }

  /// Whole errors about others say nothing of this flow; of what is cut that is so where another address is left.
  @Test(arguments: [nil, 68, 64] as [Int?])
  func anErrorAboutOthersExplainsNothing(_ snaplen: Int?) throws {
    let silence = try verdict(call(snaplen, refused: "203.0.113.50"))
    #expect(silence.isFinding, "\(silence.reason)")
    let excluder = silence.excluders.first { "\($0.name)" == "icmp-error" }
    #expect(excluder?.result == (snaplen == 64 ? .unknown : .excluded))
  }

  @Test(arguments: [64, nil] as [Int?]) func withoutErrorsTheSilenceIsFound(_ snaplen: Int?) throws {
    #expect(try verdict(call(snaplen)).isFinding)
  }
}
