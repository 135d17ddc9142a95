import Synth
import Testing

@Suite struct PacketTests {
  @Test func checksumsOfEveryTransportAreRight() {
    var generator = SeededGenerator(seed: 3)
    let ends: [(HostAddress, HostAddress)] = [("192.168.1.2", "203.0.113.7"), ("2001:db8::1", "2001:db8:5::9")]
    for (source, destination) in ends {
      for length in [0, 1, 2, 57, 1_200] {
        let payload = generator.bytes(length)
        var segment = TCPSegment(
          from: 5_000, to: 443, sequence: 77, acknowledgement: 9, flags: [.psh, .ack], payload: payload)
        segment.maximumSegmentSize = 1_460
        segment.permitsSelectiveAcknowledgement = true
        segment.timestamps = (1, 2)
        segment.windowScale = 7
        let transports: [SynthPacket.Transport] = [
          .udp(sourcePort: 4_000, destinationPort: 3_478, payload: payload), .tcp(segment),
          .icmp(type: source.isVersion6 ? 1 : 3, code: 3, rest: 0, body: payload),
        ]
        for transport in transports {
          let packet = SynthPacket(from: source, to: destination, transport)
          #expect(FrameVerifier(packet: packet.serialized(timeToLive: 61)).sumsAreRight)
          #expect(FrameVerifier(packet: packet.serialized(timeToLive: 61)).timeToLive == 61)
        }
      }
    }
  }

  @Test func fragmentsJoinToThePacket() {
    let payload = [UInt8](repeating: 7, count: 100)
    let packet = SynthPacket(
      from: "192.168.1.2", to: "203.0.113.7", .udp(sourcePort: 1, destinationPort: 2, payload: payload))
    let whole = packet.serialized(timeToLive: 64)
    let pieces = packet.fragments(maximumPayload: 48)
    #expect(pieces.map(\.fragmentOffset) == [0, 48, 96])
    #expect(pieces.map(\.moreFragments) == [true, true, false])
    #expect(pieces.flatMap { Array($0.serialized(timeToLive: 64).dropFirst(20)) } == Array(whole.dropFirst(20)))
  }

  @Test func extensionHeadersChain() {
    var packet = SynthPacket(
      from: "2001:db8::1", to: "2001:db8::2", .udp(sourcePort: 1, destinationPort: 2, payload: [9]))
    packet.extensionHeaders = [
      .init(number: 0, body: [1, 4, 0, 0, 0, 0]), .init(number: 60, body: [1, 4, 0, 0, 0, 0]),
    ]
    let bytes = packet.serialized(timeToLive: 64)
    #expect(bytes[6] == 0)
    #expect(bytes[40] == 60)
    #expect(bytes[48] == 17)
    let length = Int(bytes[4]) << 8 | Int(bytes[5])
    #expect(length == bytes.count - 40)
  }

  @Test func framingsHaveTheirHeadersAndCut() {
    let packet = SynthPacket(
      from: "192.168.1.2", to: "203.0.113.7",
      .udp(sourcePort: 1, destinationPort: 2, payload: [UInt8](repeating: 1, count: 200)))
    let expected: [(FrameBuilder.Framing, Int, UInt16)] = [
      (.ethernet(vlans: []), 14, 1), (.ethernet(vlans: [5, 6]), 22, 1), (.linuxCooked, 16, 113),
      (.linuxCooked2, 20, 276),
      (.raw, 0, 101), (.null, 4, 0),
    ]
    for (framing, header, linkType) in expected {
      let frame = FrameBuilder(framing: framing).frame(packet, at: 5, outgoing: true)
      #expect(frame.bytes.count == header + 228)
      #expect(frame.bytes[header] == 0x45)
      #expect(frame.linkType == linkType)
      let cut = FrameBuilder(framing: framing, snapshotLength: 96).frame(packet, at: 5, outgoing: true)
      #expect(cut.bytes.count == 96)
      #expect(cut.wireLength == header + 228)
    }
  }

  @Test func addressesRead() {
    #expect(HostAddress("2001:db8::1") == .v6(high: 0x2001_0DB8_0000_0000, low: 1))
    #expect(HostAddress("::1") == .v6(high: 0, low: 1))
    #expect(HostAddress("91.108.9.21").isInside("91.108.8.0", length: 21))
    #expect(!HostAddress("91.108.16.1").isInside("91.108.8.0", length: 21))
  }

  @Test func generatorIsSplitMix64() {
    // First values of the reference code for seed 1234567.
    var generator = SeededGenerator(seed: 1_234_567)
    #expect(generator.next() == 6_457_827_717_110_365_317)
    #expect(generator.next() == 3_203_168_211_198_807_973)
  }
}
