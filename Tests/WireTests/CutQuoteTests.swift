import Synth
import Testing

@testable import Wire

/// ICMP errors that a snapshot length cut: what is left of the packet that they quote.
@Suite struct CutQuoteTests {
  private static let ends: [(HostAddress, HostAddress)] = [
    ("192.168.1.20", "203.0.113.9"), ("2001:db8::20", "2001:db8:9::1234"),
  ]

  /// The first `length` bytes of an error about a datagram, as IP.
  private func cut(_ length: Int, _ from: HostAddress, _ to: HostAddress) throws -> (Packet, [UInt8])? {
    let lost = SynthPacket(
      from: from, to: to, .udp(sourcePort: 40_000, destinationPort: 3_478, payload: [UInt8](repeating: 4, count: 60)))
    let whole = SynthPacket.unreachable(code: 3, quoting: lost, arrivedWith: 51, from: to).serialized(timeToLive: 60)
    let bytes = Array(whole.prefix(length))
    var packet = Packet()
    do throws(Undecoded) {
      try packet.decode(
        bytes.span,
        FrameInfo(
          time: 0, number: 1, start: 0, capturedLength: Int32(bytes.count), wireLength: Int32(whole.count),
          linkType: .raw))
    } catch { return nil }
    return (packet, bytes)
  }

  /// Behind the headers of IP and ICMP, the quoted header and two ports are enough.
  @Test(arguments: [0, 1]) func theQuotesPortsAreEnough(_ family: Int) throws {
    let (from, to) = Self.ends[family]
    let header = family == 0 ? 20 : 40
    for length in 0...(2 * header + 20) {
      guard let (packet, bytes) = try cut(length, from, to) else { continue }
      let quoted = QuotedPacket(packet, in: bytes.span)
      let rest = CutQuote(packet, in: bytes.span)
      #expect((quoted != nil) == (length >= 2 * header + 12), "\(length)")
      #expect((quoted == nil) == (rest != nil), "\(length)")
      if let quoted { #expect(quoted.packet.sourcePort == 40_000 && quoted.packet.destinationPort == 3_478) }
      guard let rest else { continue }
      let left = length - header - 8
      #expect(rest.transport == (left > (family == 0 ? 9 : 6) ? .udp : nil))
      #expect(rest.destinationBits == 8 * min(header == 20 ? 4 : 16, max(0, left - (family == 0 ? 16 : 24))))
      if rest.destinationBits == (family == 0 ? 32 : 128) { #expect(rest.destination == packet.source) }
      #expect(rest.sourcePort == (left >= header + 2 ? 40_000 : nil))
    }
  }

  @Test func whatIsNoErrorOrWholeIsNotCut() throws {
    let (from, to) = Self.ends[0]
    let (packet, bytes) = try #require(try cut(200, from, to))
    let rest = CutQuote(packet, in: bytes.span)
    #expect(rest == nil)
    let ping = SynthPacket(
      from: from, to: to, .icmp(type: 8, code: 0, rest: 0, body: [UInt8](repeating: 0x45, count: 60)))
    let whole = ping.serialized(timeToLive: 9)
    let part = Array(whole.prefix(50))
    var echo = Packet()
    try echo.decode(
      part.span,
      FrameInfo(
        time: 0, number: 1, start: 0, capturedLength: 50, wireLength: Int32(whole.count), linkType: .raw))
    let quoted = CutQuote(echo, in: part.span)
    #expect(quoted == nil)
  }
}
