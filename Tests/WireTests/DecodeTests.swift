import Synth
import Testing
import Wire

/// Frames to packets: link layers, IP, transports.
@Suite struct DecodeTests {
  static let a: HostAddress = "192.0.2.1"
  static let b: HostAddress = "198.51.100.2"
  static let a6: HostAddress = "2001:db8::1"
  static let b6: HostAddress = "2001:db8:0:1::2"

  static func datagram(_ payload: [UInt8] = [1, 2, 3, 4, 5], from: HostAddress = a, to: HostAddress = b) -> SynthPacket
  {
    SynthPacket(from: from, to: to, .udp(sourcePort: 40_000, destinationPort: 3_478, payload: payload))
  }

  /// Decodes bytes at an offset of a larger block, so that a forgotten base shows.
  static func decode(
    _ bytes: [UInt8], _ link: LinkType, wireLength: Int? = nil, into packet: Packet = Packet()
  ) throws(Undecoded) -> Packet {
    let block = [UInt8](repeating: 0xEE, count: 11) + bytes + [UInt8](repeating: 0xEE, count: 9)
    var result = packet
    try result.decode(
      block.span,
      FrameInfo(
        time: 0, number: 1, start: 11, capturedLength: Int32(bytes.count), wireLength: Int32(wireLength ?? bytes.count),
        linkType: link))
    result.payloadStart -= 11
    return result
  }

  static func expectDatagram(_ packet: Packet, headers: Int, payload: Int = 5, isV6: Bool = false) {
    #expect(packet.family == (isV6 ? 6 : 4))
    #expect(packet.transport == .udp)
    #expect(packet.sourcePort == 40_000 && packet.destinationPort == 3_478)
    if isV6 {
      #expect(packet.source == AddressBits(high: 0x2001_0DB8_0000_0000, low: 1))
      #expect(packet.destination == AddressBits(high: 0x2001_0DB8_0000_0001, low: 2))
    } else {
      #expect(packet.source == AddressBits(low: 0xC000_0201))
      #expect(packet.destination == AddressBits(low: 0xC633_6402))
    }
    #expect(packet.payloadStart == headers)
    #expect(packet.payloadLength == Int32(payload) && packet.payloadWireLength == Int32(payload))
  }

  // MARK: Link layers

  @Test func everyLinkLayerLeadsToTheSamePacket() throws {
    let framings: [(FrameBuilder.Framing, Int)] = [
      (.ethernet(vlans: []), 14), (.ethernet(vlans: [5]), 18), (.ethernet(vlans: [5, 6]), 22),
      (.ethernet(vlans: [1, 2, 3, 4, 5, 6, 7, 8]), 46), (.linuxCooked, 16), (.linuxCooked2, 20), (.raw, 0), (.null, 4),
    ]
    for (framing, header) in framings {
      for (packet, size) in [(Self.datagram(), 28), (Self.datagram(from: Self.a6, to: Self.b6), 48)] {
        let frame = FrameBuilder(framing: framing).frame(packet, at: 0, outgoing: true)
        let decoded = try Self.decode(frame.bytes, LinkType(rawValue: frame.linkType))
        Self.expectDatagram(decoded, headers: header + size, isV6: size == 48)
        if case .ethernet(let tags) = framing { #expect(decoded.traits.contains(.vlan) == !tags.isEmpty) }
      }
    }
  }

  @Test func providerBridgingTagsArePassed() throws {
    for outer in [0x88A8, 0x9100] {
      var frame = FrameBuilder(framing: .ethernet(vlans: [5, 6])).frame(Self.datagram(), at: 0, outgoing: true).bytes
      frame[12] = UInt8(outer >> 8)
      frame[13] = UInt8(outer & 0xFF)
      Self.expectDatagram(try Self.decode(frame, .ethernet), headers: 50)
    }
  }

  @Test func aLoopOfTagsIsNoNetwork() {
    let frame = FrameBuilder(framing: .ethernet(vlans: [UInt16](repeating: 3, count: 30)))
      .frame(Self.datagram(), at: 0, outgoing: true).bytes
    #expect(throws: Undecoded.headerChain) { try Self.decode(frame, .ethernet) }
  }

  @Test func cookedFramesTakeTags() throws {
    let plain = FrameBuilder(framing: .linuxCooked).frame(Self.datagram(), at: 0, outgoing: true).bytes
    let tagged = plain[0..<14] + [0x81, 0x00, 0x00, 0x07] + plain[14...]
    Self.expectDatagram(try Self.decode(Array(tagged), .linuxSLL), headers: 48)
  }

  @Test func rawLinksKnowTheirVersionByItself() throws {
    for link in [LinkType.raw, .ipv4, .ipv6] {
      Self.expectDatagram(try Self.decode(Self.datagram().serialized(timeToLive: 9), link), headers: 28)
      let six = Self.datagram(from: Self.a6, to: Self.b6).serialized(timeToLive: 9)
      Self.expectDatagram(try Self.decode(six, link), headers: 48, isV6: true)
    }
  }

  @Test(arguments: [2, 10, 24, 28, 30]) func loopbackFamiliesOfAllSystemsInBothByteOrders(family: UInt8) throws {
    let packet = Self.datagram().serialized(timeToLive: 9)
    Self.expectDatagram(try Self.decode([0, 0, 0, family] + packet, .loop), headers: 32)
    Self.expectDatagram(try Self.decode([family, 0, 0, 0] + packet, .null), headers: 32)
  }

  @Test func whatIsNoIPIsRefusedByName() {
    var arp = [UInt8](repeating: 0xFF, count: 12) + [0x08, 0x06] + [UInt8](repeating: 0, count: 46)
    #expect(throws: Undecoded.notIP) { try Self.decode(arp, .ethernet) }
    arp[12] = 0x88  // LLDP
    arp[13] = 0xCC
    #expect(throws: Undecoded.notIP) { try Self.decode(arp, .ethernet) }
    #expect(throws: Undecoded.notIP) { try Self.decode([0, 0, 0, 7, 0x45], .null) }
    #expect(throws: Undecoded.unsupportedLink) { try Self.decode(arp, LinkType(rawValue: 147)) }
    #expect(throws: Undecoded.badVersion) { try Self.decode([0x55] + [UInt8](repeating: 0, count: 60), .raw) }
    for protocolNumber: UInt8 in [2, 47, 50, 132] {
      let packet = SynthPacket(
        from: Self.a, to: Self.b, .raw(protocolNumber: protocolNumber, bytes: [UInt8](repeating: 0, count: 40)))
      #expect(throws: Undecoded.unsupportedTransport) { try Self.decode(packet.serialized(timeToLive: 1), .raw) }
    }
  }

  // MARK: Lengths

  @Test func paddingOfAShortEthernetFrameIsNoPayload() throws {
    var frame = FrameBuilder().frame(Self.datagram([7]), at: 0, outgoing: true).bytes
    frame += [UInt8](repeating: 0x5A, count: 60 - frame.count)
    Self.expectDatagram(try Self.decode(frame, .ethernet), headers: 42, payload: 1)
    // A bare acknowledgment: 54 bytes padded to 60 carry nothing.
    let segment = SynthPacket(
      from: Self.a, to: Self.b, .tcp(TCPSegment(from: 1, to: 2, sequence: 3, acknowledgement: 4, flags: .ack)))
    var bare = FrameBuilder().frame(segment, at: 0, outgoing: true).bytes
    bare += [UInt8](repeating: 0, count: 60 - bare.count)
    let decoded = try Self.decode(bare, .ethernet)
    #expect(decoded.payloadLength == 0 && decoded.payloadWireLength == 0)
    #expect(decoded.ipLength == 40)
  }

  @Test func offloadedSegmentsTakeTheFramesOwnLength() throws {
    let payload = [UInt8](repeating: 3, count: 3_000)
    let packet = SynthPacket(
      from: Self.a, to: Self.b,
      .tcp(TCPSegment(from: 1, to: 2, sequence: 3, acknowledgement: 4, flags: .ack, payload: payload)))
    var frame = FrameBuilder().frame(packet, at: 0, outgoing: true).bytes
    frame[16] = 0
    frame[17] = 0
    let decoded = try Self.decode(frame, .ethernet)
    #expect(decoded.payloadWireLength == 3_000 && decoded.payloadLength == 3_000)
    #expect(decoded.ipLength == 3_040)
    // Cut by the snaplen: the wire length still says how long it was.
    let cut = try Self.decode(Array(frame[0..<96]), .ethernet, wireLength: frame.count)
    #expect(cut.payloadWireLength == 3_000 && cut.payloadLength == 42)
    var six = SynthPacket(
      from: Self.a6, to: Self.b6,
      .tcp(TCPSegment(from: 1, to: 2, sequence: 3, acknowledgement: 4, flags: .ack, payload: payload))
    ).serialized(timeToLive: 9)
    six[4] = 0
    six[5] = 0
    #expect(try Self.decode(six, .raw).payloadWireLength == 3_000)
  }

  @Test func aSnapshotCutShortensTheCapturedPayloadOnly() throws {
    let frame = FrameBuilder(snapshotLength: 96).frame(
      Self.datagram([UInt8](repeating: 1, count: 500)), at: 0, outgoing: true)
    let packet = try Self.decode(frame.bytes, .ethernet, wireLength: frame.wireLength)
    #expect(packet.payloadWireLength == 500 && packet.payloadLength == 54)
    #expect(packet.ipLength == 528)
  }

  @Test func lengthsThatContradictTheirHeaderAreRefused() {
    let good = Self.datagram().serialized(timeToLive: 9)
    func broken(_ offset: Int, _ value: UInt8) -> [UInt8] {
      var bytes = good
      bytes[offset] = value
      return bytes
    }
    #expect(throws: Undecoded.badLength) { try Self.decode(broken(0, 0x44), .raw) }  // header of 16 bytes
    #expect(throws: Undecoded.badLength) { try Self.decode(broken(3, 19), .raw) }  // total below the header
    #expect(throws: Undecoded.badLength) { try Self.decode(broken(3, 27), .raw) }  // 7 bytes of UDP header
    #expect(throws: Undecoded.badLength) { try Self.decode(broken(25, 7), .raw) }  // UDP length below 8
    let segment = SynthPacket(from: Self.a, to: Self.b, .tcp(TCPSegment(from: 1, to: 2, sequence: 3, flags: .syn)))
    var tcp = segment.serialized(timeToLive: 9)
    tcp[32] = 0x40  // header of 16 bytes
    #expect(throws: Undecoded.badLength) { try Self.decode(tcp, .raw) }
    tcp[32] = 0xF0  // header of 60 bytes in a packet of 40
    #expect(throws: Undecoded.badLength) { try Self.decode(tcp, .raw) }
  }

  @Test func aUDPLengthBelowTheIPLengthEndsThePayload() throws {
    var bytes = Self.datagram([1, 2, 3, 4, 5]).serialized(timeToLive: 9)
    bytes[25] = 11
    #expect(try Self.decode(bytes, .raw).payloadWireLength == 3)
    bytes[25] = 0  // jumbogram or offload: everything that is there
    bytes[24] = 0
    #expect(try Self.decode(bytes, .raw).payloadWireLength == 5)
  }

  @Test func ipv4OptionsAreSkipped() throws {
    let plain = Self.datagram().serialized(timeToLive: 9)
    var bytes = Array(plain[0..<20]) + [0x94, 4, 0, 0, 1, 1, 1, 0] + Array(plain[20...])
    bytes[0] = 0x47
    bytes[3] = UInt8(bytes.count)
    Self.expectDatagram(try Self.decode(bytes, .raw), headers: 36)
  }

  // MARK: Fragments and extension headers

  @Test func theFirstFragmentHasPortsAndLaterOnesAreRefused() throws {
    for packet in [
      Self.datagram([UInt8](repeating: 9, count: 100)),
      Self.datagram([UInt8](repeating: 9, count: 100), from: Self.a6, to: Self.b6),
    ] {
      let pieces = packet.fragments(maximumPayload: 48)
      let first = try Self.decode(pieces[0].serialized(timeToLive: 9), .raw)
      #expect(first.traits.contains(.firstFragment))
      #expect(first.sourcePort == 40_000 && first.destinationPort == 3_478)
      #expect(first.payloadLength == 40 && first.payloadWireLength == 40)
      for piece in pieces.dropFirst() {
        #expect(throws: Undecoded.fragment) { try Self.decode(piece.serialized(timeToLive: 9), .raw) }
      }
    }
    #expect(!(try Self.decode(Self.datagram().serialized(timeToLive: 9), .raw)).traits.contains(.firstFragment))
  }

  @Test func ipv6ExtensionHeadersAreWalked() throws {
    var packet = Self.datagram(from: Self.a6, to: Self.b6)
    packet.extensionHeaders = [
      .init(number: 0, body: [1, 4, 0, 0, 0, 0]), .init(number: 60, body: [UInt8](repeating: 0, count: 14)),
      .init(number: 43, body: [UInt8](repeating: 0, count: 22)),
    ]
    let decoded = try Self.decode(packet.serialized(timeToLive: 33), .raw)
    Self.expectDatagram(decoded, headers: 48 + 8 + 16 + 24, isV6: true)
    #expect(decoded.timeToLive == 33)
    packet.extensionHeaders = .init(repeating: .init(number: 60, body: [1, 4, 0, 0, 0, 0]), count: 12)
    Self.expectDatagram(try Self.decode(packet.serialized(timeToLive: 1), .raw), headers: 144, isV6: true)
    packet.extensionHeaders = .init(repeating: .init(number: 60, body: [1, 4, 0, 0, 0, 0]), count: 13)
    #expect(throws: Undecoded.headerChain) { try Self.decode(packet.serialized(timeToLive: 1), .raw) }
  }

  @Test func anAuthenticationHeaderCountsInFourByteUnits() throws {
    var bytes = Self.datagram(from: Self.a6, to: Self.b6).serialized(timeToLive: 9)
    bytes[6] = 51
    bytes[5] += 24
    let header: [UInt8] = [17, 4] + [UInt8](repeating: 0, count: 22)  // (4 + 2) * 4 = 24 bytes
    Self.expectDatagram(
      try Self.decode(Array(bytes[0..<40]) + header + Array(bytes[40...]), .raw), headers: 72, isV6: true)
  }

  @Test func anExtensionHeaderBeyondThePacketIsRefused() {
    var packet = Self.datagram(from: Self.a6, to: Self.b6)
    packet.extensionHeaders = [.init(number: 60, body: [1, 4, 0, 0, 0, 0])]
    var bytes = packet.serialized(timeToLive: 9)
    bytes[41] = 200
    #expect(throws: Undecoded.badLength) { try Self.decode(bytes, .raw) }
  }

  // MARK: TCP options

  @Test func tcpFieldsAndOptions() throws {
    var segment = TCPSegment(
      from: 443, to: 50_000, sequence: 0xFFFF_FFF0, acknowledgement: 0x0102_0304, flags: [.syn, .ack], window: 64_240)
    segment.maximumSegmentSize = 1_460
    segment.windowScale = 9
    segment.permitsSelectiveAcknowledgement = true
    segment.timestamps = (0xAABB_CCDD, 7)
    let packet = try Self.decode(SynthPacket(from: Self.a, to: Self.b, .tcp(segment)).serialized(timeToLive: 64), .raw)
    #expect(packet.transport == .tcp && packet.tcpFlags == [.syn, .ack])
    #expect(packet.sequence.rawValue == 0xFFFF_FFF0 && packet.acknowledgment.rawValue == 0x0102_0304)
    #expect(packet.window == 64_240 && packet.windowShift == 9 && packet.timestampValue == 0xAABB_CCDD)
    #expect(packet.traits.isSuperset(of: [.timestamps, .windowScale, .maximumSegmentSize, .dontFragment]))
    #expect(!packet.traits.contains(.selectiveAcknowledgment))
    #expect(packet.payloadWireLength == 0)
  }

  @Test func timestampsAloneAndAmongOthersAreTheSame() throws {
    // NOP NOP TS is what most segments carry; TS NOP NOP and a SACK block beside it say the same.
    let value: [UInt8] = [8, 10, 0x11, 0x22, 0x33, 0x44, 0, 0, 0, 9]
    for options in [
      [1, 1] + value, value + [1, 1], [1, 1] + value + [1, 1, 5, 10] + [UInt8](repeating: 0, count: 8),
    ] {
      let header = Self.tcp(options: options)
      let packet = try Self.decode(header, .raw)
      #expect(packet.traits.contains(.timestamps) && packet.timestampValue == 0x1122_3344)
      #expect(packet.traits.contains(.selectiveAcknowledgment) == (options.count > 12))
      #expect(packet.payloadWireLength == 2)
    }
  }

  @Test func brokenOptionsEndTheOptionsAndNotThePacket() throws {
    for options: [UInt8] in [
      [8, 0, 1, 2], [8, 1, 1, 2], [3, 200, 1, 1], [0, 8, 10, 1], [1, 1, 1, 2], [8, 10, 0, 0, 0, 0, 0, 0],
    ] {
      let packet = try Self.decode(Self.tcp(options: options), .raw)
      #expect(!packet.traits.contains(.timestamps) && !packet.traits.contains(.windowScale))
      #expect(packet.payloadWireLength == 2)
    }
    // A shift beyond 14 is taken as 14 (RFC 7323 section 2.3).
    #expect(try Self.decode(Self.tcp(options: [3, 3, 99, 0]), .raw).windowShift == 14)
  }

  static func tcp(options: [UInt8]) -> [UInt8] {
    var body: [UInt8] = [0, 80, 1, 0, 0, 0, 0, 1, 0, 0, 0, 2]
    body += [UInt8((20 + options.count) / 4) << 4, 0x10, 1, 0, 0, 0, 0, 0]
    return SynthPacket(from: a, to: b, .raw(protocolNumber: 6, bytes: body + options + [0xAB, 0xCD]))
      .serialized(timeToLive: 64)
  }

  @Test func aPacketThatWasUsedBeforeKeepsNoTraits() throws {
    var used = Packet()
    used.traits = [.firstFragment, .timestamps, .vlan]
    let packet = try Self.decode(Self.datagram().serialized(timeToLive: 9), .raw, into: used)
    #expect(packet.traits == [.dontFragment])
  }

  // MARK: ICMP

  @Test func icmpErrorsQuoteTheirPacket() throws {
    for (from, to) in [(Self.a, Self.b), (Self.a6, Self.b6)] {
      let lost = Self.datagram([UInt8](repeating: 4, count: 60), from: from, to: to)
      let error = SynthPacket.unreachable(code: 3, quoting: lost, arrivedWith: 51, from: to)
      let bytes = error.serialized(timeToLive: 60)
      var outer = Packet()
      try outer.decode(
        bytes.span,
        FrameInfo(
          time: 0, number: 1, start: 0, capturedLength: Int32(bytes.count), wireLength: Int32(bytes.count),
          linkType: .raw))
      guard let quoted = QuotedPacket(outer, in: bytes.span) else {
        Issue.record("the error quotes its packet")
        continue
      }
      #expect(quoted.code == 3 && quoted.type == (from == Self.a ? 3 : 1))
      #expect(quoted.packet.transport == .udp)
      #expect(quoted.packet.sourcePort == 40_000 && quoted.packet.destinationPort == 3_478)
      #expect(quoted.packet.source == outer.destination && quoted.packet.destination == outer.source)
      #expect(quoted.packet.timeToLive == 51)
      // Every shorter quote gives the same or nothing.
      for length in 0..<bytes.count {
        let cut = Array(bytes[0..<length])
        var part = Packet()
        do throws(Undecoded) {
          try part.decode(
            cut.span,
            FrameInfo(
              time: 0, number: 1, start: 0, capturedLength: Int32(length), wireLength: Int32(bytes.count),
              linkType: .raw))
        } catch { continue }
        guard let some = QuotedPacket(part, in: cut.span) else { continue }
        #expect(some.packet.sourcePort == 40_000 && some.packet.destinationPort == 3_478)
        #expect(some.packet.source == quoted.packet.source && some.packet.destination == quoted.packet.destination)
      }
    }
  }

  @Test func anEchoQuotesNothing() throws {
    let quote = Self.datagram([UInt8](repeating: 4, count: 60)).serialized(timeToLive: 9)
    for (from, to, types) in [(Self.a, Self.b, [UInt8(0), 8, 13]), (Self.a6, Self.b6, [128, 129, 135])] {
      for type in types {
        let bytes = SynthPacket(from: from, to: to, .icmp(type: type, code: 0, rest: 0, body: quote))
          .serialized(timeToLive: 9)
        let packet = try Self.decode(bytes, .raw)
        #expect(packet.sourcePort == UInt16(type))
        let quoted = QuotedPacket(packet, in: bytes.span)
        #expect(quoted == nil, "type \(type)")
      }
    }
  }

  @Test func arpRepliesAreKnownOnEthernetAndCooked() {
    let body: [UInt8] = [0, 1, 8, 0, 6, 4, 0, 2] + [UInt8](repeating: 7, count: 20)
    func isReply(_ bytes: [UInt8], _ link: LinkType) -> Bool {
      ARPReply.isOne(
        bytes.span,
        FrameInfo(
          time: 0, number: 1, start: 0, capturedLength: Int32(bytes.count), wireLength: Int32(bytes.count),
          linkType: link))
    }
    let ethernet = [UInt8](repeating: 1, count: 12) + [8, 6] + body
    #expect(isReply(ethernet, .ethernet))
    #expect(isReply([UInt8](repeating: 1, count: 14) + [8, 6] + body, .linuxSLL))
    var request = ethernet
    request[21] = 1
    #expect(!isReply(request, .ethernet))
    for length in 0..<22 { #expect(!isReply(Array(ethernet[0..<length]), .ethernet)) }
  }
}
