import Synth
import Testing
import Wire

/// Packets inside of packets: the innermost one is the packet.
@Suite struct TunnelTests {
  private static let bytes: [(HostAddress, HostAddress, Bool)] = [
    (DecodeTests.a, DecodeTests.b, false), (DecodeTests.a6, DecodeTests.b6, true),
  ]

  private static func raw(_ packet: SynthPacket) -> [UInt8] { packet.serialized(timeToLive: 9) }

  @Test(arguments: Tunnel.allCases) func theInnermostPacketIsDecoded(tunnel: Tunnel) throws {
    for (a, b, isV6) in Self.bytes {
      for (from, to): (HostAddress, HostAddress) in [
        ("203.0.113.1", "203.0.113.2"), ("2001:db8:f::1", "2001:db8:f::2"),
      ] {
        let outer = Self.raw(tunnel.wrapping(DecodeTests.datagram(from: a, to: b), from: from, to: to))
        let packet = try DecodeTests.decode(outer, .raw)
        DecodeTests.expectDatagram(packet, headers: outer.count - 5, isV6: isV6)
        // Our own chain of IPv6 headers skips AH without a level of its own.
        if tunnel != .authentication {
          #expect(packet.traits.contains(.tunnel) && packet.nesting >= 1)
          #expect(packet.timeToLive == 64 && packet.ipLength == (isV6 ? 53 : 33))
        }
      }
    }
  }

  @Test(arguments: Tunnel.allCases) func everyShorterLengthDecodesAlikeOrIsRefused(tunnel: Tunnel) throws {
    let outer = Self.raw(tunnel.wrapping(DecodeTests.datagram([UInt8](repeating: 7, count: 40))))
    let whole = try DecodeTests.decode(outer, .raw)
    for length in 0..<outer.count {
      do throws(Undecoded) {
        let part = try DecodeTests.decode(Array(outer[..<length]), .raw, wireLength: outer.count)
        // Cut before the inner header, a UDP tunnel is a datagram like any other.
        if part.destinationPort == whole.destinationPort {
          #expect(part.source == whole.source && part.destination == whole.destination)
          #expect(part.payloadWireLength == whole.payloadWireLength && part.payloadLength < whole.payloadLength)
        } else {
          #expect(!part.traits.contains(.tunnel) && part.sourcePort == 50_000, "\(length)")
        }
      } catch {
        #expect(error == .truncated, "\(length)")
      }
    }
  }

  @Test(arguments: Tunnel.allCases) func changedTunnelsStayInsideTheirBytes(tunnel: Tunnel) {
    let seed: UInt64 = 4_711
    var generator = SeededGenerator(seed: seed)
    let nested = Tunnel.vxlan.wrapping(tunnel.wrapping(DecodeTests.datagram()))
    for original in [Self.raw(tunnel.wrapping(DecodeTests.datagram())), Self.raw(nested)] {
      for round in 0..<700 {
        var frame = original
        for _ in 0..<generator.number(in: 1...5) {
          frame[generator.number(in: 0...(frame.count - 1))] = generator.bytes(1)[0]
        }
        frame.removeLast(generator.number(in: 0...(frame.count / 2)))
        for link in [.raw, LinkTests.links[round % LinkTests.links.count]] {
          guard let packet = try? DecodeTests.decode(frame, link) else { continue }
          let inside =
            packet.payloadStart >= 0 && packet.payloadLength >= 0
            && packet.payloadStart + Int(packet.payloadLength) <= frame.count
          #expect(inside, "seed \(seed), round \(round), \(link.name)")
        }
      }
    }
  }

  @Test func tunnelsNestToABound() throws {
    var packet = DecodeTests.datagram()
    for level in 1...12 {
      packet = Tunnel.ip.wrapping(packet)
      let bytes = Self.raw(packet)
      if level <= 8 {
        let decoded = try DecodeTests.decode(bytes, .raw)
        DecodeTests.expectDatagram(decoded, headers: bytes.count - 5)
        #expect(decoded.nesting == UInt8(level))
      } else {
        #expect(throws: Undecoded.headerChain) { try DecodeTests.decode(bytes, .raw) }
      }
    }
  }

  @Test func aLongChainOfTunnelsEndsSoon() {
    // 64 KiB of nothing but GRE in IP, and of authentication headers.
    let header = Array(Self.raw(Tunnel.gre.wrapping(DecodeTests.datagram()))[..<24])
    var bytes: [UInt8] = []
    while bytes.count < 60_000 { bytes += header }
    for index in stride(from: 0, to: bytes.count, by: 24) {
      bytes[index + 2] = UInt8((bytes.count - index) >> 8)
      bytes[index + 3] = UInt8((bytes.count - index) & 0xFF)
    }
    #expect(throws: Undecoded.headerChain) { try DecodeTests.decode(bytes, .raw) }
    var chain = Self.raw(
      SynthPacket(
        from: DecodeTests.a, to: DecodeTests.b,
        .raw(protocolNumber: 51, bytes: [UInt8](repeating: 0, count: 60_000))))
    for index in stride(from: 20, to: chain.count, by: 8) { chain[index] = 51 }
    #expect(throws: Undecoded.headerChain) { try DecodeTests.decode(chain, .raw) }
  }

  @Test func theOutsideSaysNothingAboutTheInside() throws {
    var inner = DecodeTests.datagram()
    inner.dontFragment = false
    inner.identification = 77
    let packet = try DecodeTests.decode(Self.raw(Tunnel.gre.wrapping(inner)), .raw)
    #expect(!packet.traits.contains(.dontFragment) && packet.identification == 77)
  }

  // MARK: GRE

  @Test func acknowledgmentsOfPPTPCarryNothing() {
    let bytes: [UInt8] = [0x20, 0x81, 0x88, 0x0B, 0, 0, 0, 9, 0, 0, 0, 2]
    let packet = SynthPacket(from: DecodeTests.a, to: DecodeTests.b, .raw(protocolNumber: 47, bytes: bytes))
    #expect(throws: Undecoded.notIP) { try DecodeTests.decode(Self.raw(packet), .raw) }
  }

  @Test func sourceRoutesOfOldGREAreSkipped() throws {
    let inner = Self.raw(DecodeTests.datagram())
    let route: [UInt8] = [0, 0, 0, 0, 8, 0, 0, 4, 192, 0, 2, 1, 0, 0, 0, 0]
    let packet = SynthPacket(
      from: DecodeTests.a, to: DecodeTests.b, .raw(protocolNumber: 47, bytes: [0x40, 0, 8, 0] + route + inner))
    DecodeTests.expectDatagram(try DecodeTests.decode(Self.raw(packet), .raw), headers: 20 + 4 + 16 + 28)
  }

  @Test func anInnerPacketLargerThanItsCarrierIsRefused() {
    for tunnel in [Tunnel.ip, .gre] {
      var bytes = Self.raw(tunnel.wrapping(DecodeTests.datagram()))
      let inner = bytes.count - 33
      bytes[inner + 3] += 1
      #expect(throws: Undecoded.badLength) { try DecodeTests.decode(bytes, .raw) }
    }
  }

  @Test func unknownProtocolsInGREAreRefusedByName() {
    let packet = SynthPacket(
      from: DecodeTests.a, to: DecodeTests.b, .raw(protocolNumber: 47, bytes: [0, 0, 0x12, 0x34, 1, 2, 3, 4]))
    #expect(throws: Undecoded.unsupportedTransport) { try DecodeTests.decode(Self.raw(packet), .raw) }
  }

  // MARK: UDP

  /// The flow of a port says nothing: what is not in order by the tunnel's own header stays a datagram.
  @Test(arguments: [Tunnel.gtp, .vxlan, .vxlanGPE, .geneve, .l2tp, .tzsp]) func otherBytesOnATunnelsPortAreADatagram(
    tunnel: Tunnel
  ) throws {
    let carrier = tunnel.wrapping(DecodeTests.datagram())
    guard case .udp(_, let port, let payload) = carrier.transport else { return }
    // A media packet, a STUN message, nothing, and the tunnel with its header or its inner packet broken.
    var broken = [payload, payload]
    broken[0][0] ^= 0xF0
    broken[1][payload.count - 33] = 0x15
    for other in [[0x80, 0x60] + [UInt8](repeating: 5, count: 60), [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42], []] + broken {
      let packet = try DecodeTests.decode(
        Self.raw(
          SynthPacket(
            from: DecodeTests.a, to: DecodeTests.b,
            .udp(sourcePort: 50_000, destinationPort: port, payload: other))), .raw)
      #expect(packet.destinationPort == port && packet.sourcePort == 50_000)
      #expect(packet.payloadWireLength == Int32(other.count) && !packet.traits.contains(.tunnel))
    }
  }

  @Test func aLengthThatDisagreesWithTheDatagramIsNoGTP() throws {
    guard case .udp(_, _, var payload) = Tunnel.gtp.wrapping(DecodeTests.datagram()).transport else { return }
    payload[3] -= 1
    let packet = try DecodeTests.decode(
      Self.raw(
        SynthPacket(
          from: DecodeTests.a, to: DecodeTests.b, .udp(sourcePort: 50_000, destinationPort: 2152, payload: payload))),
      .raw)
    #expect(packet.destinationPort == 2152)
  }

  @Test func teredoIsReadBehindItsHeaders() throws {
    let inner = Self.raw(DecodeTests.datagram(from: DecodeTests.a6, to: DecodeTests.b6))
    let authentication: [UInt8] = [0, 1, 2, 1, 7, 7, 7] + [UInt8](repeating: 9, count: 9)
    let origin: [UInt8] = [0, 0, 1, 2, 3, 4, 5, 6]
    for header in [[], authentication, origin, authentication + origin] {
      let packet = SynthPacket(
        from: DecodeTests.a, to: DecodeTests.b,
        .udp(sourcePort: 50_000, destinationPort: 3544, payload: header + inner))
      DecodeTests.expectDatagram(
        try DecodeTests.decode(Self.raw(packet), .raw), headers: 28 + header.count + 48, isV6: true)
    }
  }
}
