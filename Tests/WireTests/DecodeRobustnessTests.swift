import Synth
import Testing
import Wire

/// No frame may trap the decoder or lead it outside of its bytes, and a cut frame says nothing that the whole one does
/// not say.
@Suite struct DecodeRobustnessTests {
  private func decode(_ bytes: [UInt8], _ link: LinkType, wireLength: Int) -> Result<Packet, Undecoded> {
    var packet = Packet()
    do throws(Undecoded) {
      try packet.decode(
        bytes.span,
        FrameInfo(
          time: 0, number: 1, start: 0, capturedLength: Int32(bytes.count), wireLength: Int32(wireLength),
          linkType: link))
      return .success(packet)
    } catch { return .failure(error) }
  }

  private static let framings: [FrameBuilder.Framing] = [
    .ethernet(vlans: []), .ethernet(vlans: [4, 5]), .linuxCooked, .linuxCooked2, .raw, .null,
  ]

  /// One frame of each kind that a scenario holds: link, protocol, flags and length class.
  private func samples(_ scenario: Scenario) -> [SynthFrame] {
    let network = scenario.network(seed: 1)
    var known: Set<[Int]> = []
    var result: [SynthFrame] = []
    for framing in Self.framings {
      for frame in network.frames(builder: FrameBuilder(framing: framing)) {
        guard
          case .success(let packet) = decode(
            frame.bytes, LinkType(rawValue: frame.linkType), wireLength: frame.wireLength)
        else {
          Issue.record("\(scenario.rawValue): a frame that was sent does not decode")
          continue
        }
        let key = [
          Int(frame.linkType), Int(packet.traits.rawValue), Int(packet.transport.rawValue),
          Int(packet.tcpFlags.rawValue),
          packet.payloadStart, Int(packet.payloadLength) / 64,
        ]
        if known.insert(key).inserted { result.append(frame) }
      }
    }
    return result
  }

  @Test(arguments: Scenario.allCases) func everyShorterLengthDecodesAlikeOrIsRefused(scenario: Scenario) throws {
    for frame in samples(scenario) {
      let link = LinkType(rawValue: frame.linkType)
      let whole = try decode(frame.bytes, link, wireLength: frame.wireLength).get()
      for length in 0..<frame.bytes.count {
        switch decode(Array(frame.bytes[0..<length]), link, wireLength: frame.wireLength) {
        case .failure(let reason): #expect(reason == .truncated, "\(length) of \(frame.bytes.count)")
        case .success(let part):
          #expect(part.source == whole.source && part.destination == whole.destination)
          #expect(part.sourcePort == whole.sourcePort && part.destinationPort == whole.destinationPort)
          #expect(part.family == whole.family && part.transport == whole.transport)
          #expect(part.timeToLive == whole.timeToLive && part.identification == whole.identification)
          #expect(part.ipLength == whole.ipLength && part.payloadWireLength == whole.payloadWireLength)
          if whole.transport == .tcp {
            #expect(part.sequence == whole.sequence && part.acknowledgment == whole.acknowledgment)
            #expect(part.tcpFlags == whole.tcpFlags && part.window == whole.window)
          }
          #expect(part.traits.isSubset(of: whole.traits))
          #expect(Int(part.payloadLength) <= Int(whole.payloadLength))
          #expect(part.payloadStart + Int(part.payloadLength) <= length)
          #expect(part.payloadLength == 0 || part.payloadStart == whole.payloadStart)
        }
      }
    }
  }

  /// A datagram says of its packet what the packet says.
  private func says(_ datagram: PlainDatagram, _ packet: Packet) -> Bool {
    let source = packet.source.low << 16 | UInt64(packet.sourcePort)
    let destination = packet.destination.low << 16 | UInt64(packet.destinationPort)
    return packet.family == 4 && packet.transport == .udp && packet.sourcePort != 53 && packet.ipLength <= 9_216
      && datagram.lower == min(source, destination) && datagram.higher == max(source, destination)
      && datagram.isReversed == (destination < source) && datagram.sourcePort == packet.sourcePort
      && datagram.destinationPort == packet.destinationPort && datagram.ipLength == packet.ipLength
      && datagram.timeToLive == packet.timeToLive && datagram.payloadStart == packet.payloadStart
      && datagram.payloadLength == packet.payloadLength && datagram.payloadWireLength == packet.payloadWireLength
  }

  /// The packet loop asks the short way first: whatever it says, the long way says too.
  @Test(arguments: Scenario.allCases) func theShortWaySaysWhatTheLongOneSays(scenario: Scenario) throws {
    let seed: UInt64 = 20_261_123
    var generator = SeededGenerator(seed: seed)
    var agreed = 0
    func compare(_ bytes: [UInt8], _ frame: SynthFrame) throws {
      let info = FrameInfo(
        time: 0, number: 1, start: 0, capturedLength: Int32(bytes.count), wireLength: Int32(frame.wireLength),
        linkType: LinkType(rawValue: frame.linkType))
      var short = Packet()
      if short.decodePlain(bytes.span, info) {
        var long = Packet()
        try long.decode(bytes.span, info)
        #expect(short == long, "seed \(seed), \(bytes)")
        agreed += 1
      }
      var datagram = PlainDatagram()
      if datagram.decode(bytes.span, info, largest: 9_216) {
        var long = Packet()
        try long.decode(bytes.span, info)
        #expect(says(datagram, long), "seed \(seed), \(bytes)")
        agreed += 1
      }
    }
    for frame in samples(scenario) {
      for length in 0...min(frame.bytes.count, 90) { try compare(Array(frame.bytes[0..<length]), frame) }
      try compare(frame.bytes, frame)
      for _ in 0..<200 {
        var bytes = frame.bytes
        bytes[generator.number(in: 12...min(65, bytes.count - 1))] = UInt8(generator.number(in: 0...255))
        try compare(bytes, frame)
      }
    }
    #expect(agreed > 100)
  }

  @Test(arguments: Scenario.allCases) func changedFramesStayInsideTheirBytes(scenario: Scenario) {
    let seed: UInt64 = 20_250_813
    var generator = SeededGenerator(seed: seed)
    let frames = samples(scenario)
    for round in 0..<4_000 {
      var frame = frames[generator.number(in: 0...(frames.count - 1))]
      for _ in 0..<generator.number(in: 1...6) {
        // Headers hold the lengths: most changes go there.
        let index = generator.number(in: 0...(min(frame.bytes.count, 80) - 1))
        let values: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF, frame.bytes[index] ^ 1, generator.bytes(1)[0]]
        frame.bytes[index] = values[generator.number(in: 0...6)]
      }
      frame.bytes.removeLast(generator.number(in: 0...(frame.bytes.count / 3)))
      let wireLength = frame.bytes.count + (generator.occurs(with: 0.3) ? generator.number(in: 0...70_000) : 0)
      let links: [LinkType] = [
        .ethernet, .linuxSLL, .linuxSLL2, .raw, .null, .loop, LinkType(rawValue: frame.linkType),
      ]
      for link in links {
        guard case .success(let packet) = decode(frame.bytes, link, wireLength: wireLength) else { continue }
        let inside =
          packet.payloadStart >= 0 && packet.payloadLength >= 0
          && packet.payloadStart + Int(packet.payloadLength) <= frame.bytes.count
          && packet.payloadWireLength >= packet.payloadLength
        #expect(inside, "seed \(seed), round \(round), \(link.name)")
        if packet.transport == .icmp || packet.transport == .icmpv6 { _ = QuotedPacket(packet, in: frame.bytes.span) }
      }
    }
  }

  @Test func randomBytesStayInsideTheirBytes() {
    let seed: UInt64 = 7_411
    var generator = SeededGenerator(seed: seed)
    for round in 0..<20_000 {
      var bytes = generator.bytes(generator.number(in: 0...120))
      // A version nibble at the start of IP lets more of them through.
      if bytes.count > 20 {
        bytes[0] = generator.occurs(with: 0.5) ? 0x45 : 0x60
        if generator.occurs(with: 0.5) { bytes[bytes[0] == 0x45 ? 9 : 6] = [6, 17, 1, 58, 44, 0, 51][round % 7] }
      }
      guard case .success(let packet) = decode(bytes, .raw, wireLength: bytes.count) else { continue }
      #expect(packet.payloadStart + Int(packet.payloadLength) <= bytes.count, "seed \(seed), round \(round)")
      _ = QuotedPacket(packet, in: bytes.span)
    }
  }
}
