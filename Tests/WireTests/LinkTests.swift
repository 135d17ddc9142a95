import Synth
import Testing
import Wire

/// Link layers other than Ethernet: bytes from their figures, the packet behind them is the same one.
@Suite struct LinkTests {
  /// A link type, and what stands in front of an IPv4 packet and of an IPv6 packet.
  struct Sample: Sendable, CustomStringConvertible {
    let name: String
    let link: UInt16
    let four: [UInt8]
    let six: [UInt8]
    var description: String { name }
  }

  private static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
  private static let llc: [UInt8] = [0xAA, 0xAA, 3, 0, 0, 0]
  private static let addresses: [UInt8] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2]
  /// Data from a station to the distribution system, no flags: 24 bytes.
  private static let data: [UInt8] = [8, 1, 0x2C, 0] + addresses + [2, 0, 0, 0, 0, 3, 0x10, 0]
  private static let qos: [UInt8] = [0x88, 2, 0x2C, 0] + addresses + [2, 0, 0, 0, 0, 3, 0x10, 0, 0, 0]
  private static let fourAddresses: [UInt8] =
    [8, 3, 0x2C, 0] + addresses + addresses[..<6] + [0x10, 0] + addresses[6...]
  private static let radiotap: [UInt8] = [0, 0, 8, 0, 0, 0, 0, 0]

  static let samples: [Sample] = serial + others + tags + wireless

  private static var serial: [Sample] {
    var result: [Sample] = []
    func add(_ name: String, _ link: UInt16, _ head: [UInt8], _ four: [UInt8] = [8, 0], _ six: [UInt8] = [0x86, 0xDD]) {
      result.append(Sample(name: name, link: link, four: head + four, six: head + six))
    }
    add("PPP", 9, [0xFF, 3], [0, 0x21], [0, 0x57])
    add("PPP without address", 9, [], [0, 0x21], [0, 0x57])
    add("PPP, short protocol", 9, [], [0x21], [0x57])
    add("PPP, MPLS", 9, [0xFF, 3, 2, 0x81], [0, 1, 0, 9, 0, 0, 1, 9], [0, 1, 0, 9, 0, 0x20, 1, 9])
    add("PPP, HDLC framing", 50, [0xFF, 3], [0, 0x21], [0, 0x57])
    add("Cisco HDLC under PPP's number", 9, [0x0F, 0])
    add("PPP, bridged", 9, [0xFF, 3, 0, 0x31, 0, 1] + addresses)
    add("PPP with direction", 204, [1, 0xFF, 3], [0, 0x21], [0, 0x57])
    add("PPP of pppd", 166, [1, 3], [0, 0x21], [0, 0x57])
    add("PPPoE alone", 51, [0x11, 0, 0, 7, 2, 0], [0, 0x21], [0, 0x57])
    add("Cisco HDLC", 104, [0x8F, 0])
    add("Cisco HDLC with direction", 205, [0, 0x0F, 0])
    add("frame relay", 107, [0x18, 0x41, 3], [0xCC], [0x8E])
    add("frame relay, padded SNAP", 107, [0x18, 0x41, 3, 0, 0x80, 0, 0, 0])
    add("frame relay, bridged", 107, [0x18, 0x41, 3, 0x80, 0, 0x80, 0xC2, 0, 7] + addresses)
    add("frame relay, long address", 107, [0x18, 0x40, 0, 1, 3], [0xCC], [0x8E])
    add("frame relay, Cisco's", 107, [0x18, 0x41])
    add("frame relay with direction", 206, [1, 0x18, 0x41, 3], [0xCC], [0x8E])
    add("SLIP", 8, [1] + zeros(15), [], [])
    return result
  }

  private static var others: [Sample] {
    var result: [Sample] = []
    func add(_ name: String, _ link: UInt16, _ head: [UInt8], _ four: [UInt8] = [8, 0], _ six: [UInt8] = [0x86, 0xDD]) {
      result.append(Sample(name: name, link: link, four: head + four, six: head + six))
    }
    add("FDDI", 10, [0x50] + addresses + llc)
    add("ATM", 100, llc)
    add("ATM, bridged", 100, [0xAA, 0xAA, 3, 0, 0x80, 0xC2, 0, 7, 0, 0] + addresses)
    add("ATM, Solaris", 123, [2, 1, 0, 0x20] + llc)
    add("IP over Fibre Channel", 122, zeros(16) + llc)
    add("IEEE 1394", 138, zeros(16))
    add("IPsec", 109, [2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0], [], [])
    add("packet filter log", 117, [61, 2, 0, 0] + zeros(60), [], [])
    add("MPLS", 219, [0, 1, 0, 9, 0], [0, 1, 9], [0x20, 1, 9])
    add("Solaris IP", 226, [1] + zeros(23), [], [])
    add(
      "netfilter log", 239, [], [2, 0, 0, 0, 8, 0, 1, 0, 8, 0, 1, 0, 37, 0, 9, 0],
      [10, 0, 0, 0, 5, 0, 10, 0, 0, 0, 0, 0, 57, 0, 9, 0])
    add("netfilter log, big-endian", 239, [], [2, 0, 0, 0, 0, 37, 0, 9], [10, 0, 0, 0, 0, 57, 0, 9])
    add("Hilscher", 240, zeros(4) + addresses)
    add("Hilscher, transparent", 241, zeros(12) + addresses)
    add("packet tap", 258, [108, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0] + zeros(64) + zeros(32) + addresses)
    add("packet tap, raw", 149, [108, 0, 0, 0, 1, 0, 0, 0, 12, 0, 0, 0] + zeros(64) + zeros(32), [], [])
    add("IEEE 802.3br", 274, [0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0xD5] + addresses)
    add("Juniper", 178, [0x4D, 0x47, 0x43, 0x80, 0, 6, 1, 1, 1, 3, 1, 25] + addresses)
    add("Juniper without a link", 178, [0x4D, 0x47, 0x43, 2, 0, 0, 0, 2], [], [])
    add("Broadcom tag", 281, addresses + [0, 0, 0, 5])
    add("Broadcom tag in front", 282, [0, 0, 0, 5] + addresses)
    add("Marvell tag", 284, addresses + [0, 5, 0, 0])
    add("Marvell tag with type", 285, addresses + [0xDA, 0xDA, 0, 0, 0, 5, 0, 0])
    return result
  }

  private static var tags: [Sample] {
    var result: [Sample] = []
    func add(_ name: String, _ link: UInt16, _ head: [UInt8], _ four: [UInt8] = [8, 0], _ six: [UInt8] = [0x86, 0xDD]) {
      result.append(Sample(name: name, link: link, four: head + four, six: head + six))
    }
    add("PPPoE", 1, addresses + [0x88, 0x64, 0x11, 0, 0, 7, 2, 0], [0, 0x21], [0, 0x57])
    add("PPPoE in a VLAN", 1, addresses + [0x81, 0, 0, 7, 0x88, 0x64, 0x11, 0, 0, 7, 2, 0], [0, 0x21], [0, 0x57])
    add("802.3", 1, addresses + [0, 60] + llc)
    add("802.3, IP's own access point", 1, addresses + [0, 60], [6, 6, 3], [6, 6, 3])
    add("LLC on Linux cooked", 113, [0, 4, 0, 1, 0, 6] + zeros(8) + [0, 4] + llc)
    add("MPLS on Ethernet", 1, addresses + [0x88, 0x47, 0, 1, 0, 9, 0], [0, 1, 9], [0x20, 1, 9])
    add("pseudowire with control word", 1, addresses + [0x88, 0x47, 0, 1, 1, 9, 0, 0, 0, 0] + addresses)
    add("pseudowire without", 1, addresses + [0x88, 0x47, 0, 1, 1, 9, 0x02] + Array(addresses[1...]))
    add(
      "pseudowire to an address that begins like IP", 1,
      addresses + [0x88, 0x47, 0, 1, 1, 9, 0x44] + Array(addresses[1...]))
    add("provider backbone bridge", 1, addresses + [0x88, 0xE7, 0, 0, 0, 1] + addresses)
    add("transparent Ethernet", 1, addresses + [0x65, 0x58] + addresses)
    add("FabricPath", 1, addresses + [0x89, 0x03, 0x40, 0x20] + addresses)
    add("VN-Tag", 1, addresses + [0x89, 0x26, 0, 0, 0, 1])
    add("E-Tag", 1, addresses + [0x89, 0x3F, 0, 0, 0, 1, 0, 0])
    add("Cisco MetaData", 1, addresses + [0x89, 0x09, 1, 1, 0, 1, 0, 5])
    add("HSR", 1, addresses + [0x89, 0x2F, 0, 60, 0, 1])
    add("MACsec, integrity only", 1, addresses + [0x88, 0xE5, 0x20, 0, 0, 0, 0, 1] + zeros(8))
    add("NSH", 1, addresses + [0x89, 0x4F, 0x0F, 0xC2, 1], [1, 0, 0, 1, 255], [2, 0, 0, 1, 255])
    return result
  }

  private static var wireless: [Sample] {
    var result: [Sample] = []
    func add(_ name: String, _ link: UInt16, _ head: [UInt8], _ four: [UInt8] = [8, 0], _ six: [UInt8] = [0x86, 0xDD]) {
      result.append(Sample(name: name, link: link, four: head + four, six: head + six))
    }
    add("802.11", 105, data + llc)
    add("802.11 with QoS", 105, qos + llc)
    add("802.11 between access points", 105, fourAddresses + llc)
    add(
      "802.11, several packets in a frame", 105,
      [0x88, 2, 0x2C, 0] + addresses + [2, 0, 0, 0, 0, 3, 0x10, 0, 0x80, 0] + addresses + [0, 61] + llc)
    add("802.11, deciphered", 105, [8, 0x41] + Array(data[2...]) + llc)
    add("802.11, deciphered, header left", 105, [8, 0x41] + Array(data[2...]) + [1, 2, 0, 0x20, 5, 0, 0, 0] + llc)
    add("radiotap", 127, radiotap + data + llc)
    add("PPI", 192, [0, 0, 12, 0, 105, 0, 0, 0, 9, 9, 9, 9] + data + llc)
    add("PPI, Ethernet", 192, [0, 0, 8, 0, 1, 0, 0, 0] + addresses)
    add("Prism", 119, [0x44, 0, 0, 0, 144, 0, 0, 0] + zeros(64) + zeros(64) + zeros(8) + data + llc)
    add("AVS", 163, [0x80, 0x21, 0x10, 1, 0, 0, 0, 64] + zeros(56) + data + llc)
    return result
  }

  static let links = Set(samples.map(\.link)).sorted().map { LinkType(rawValue: $0) }

  private static func frames(_ sample: Sample) -> [(bytes: [UInt8], isV6: Bool)] {
    let four = DecodeTests.datagram().serialized(timeToLive: 9)
    let six = DecodeTests.datagram(from: DecodeTests.a6, to: DecodeTests.b6).serialized(timeToLive: 9)
    return [(sample.four + four, false), (sample.six + six, true)]
  }

  @Test(arguments: samples) func thePacketBehindTheLinkIsDecoded(sample: Sample) throws {
    for (bytes, isV6) in Self.frames(sample) {
      let packet = try DecodeTests.decode(bytes, LinkType(rawValue: sample.link))
      DecodeTests.expectDatagram(packet, headers: bytes.count - 5, isV6: isV6)
    }
  }

  @Test(arguments: samples) func everyShorterLengthDecodesAlikeOrIsRefused(sample: Sample) throws {
    for (bytes, isV6) in Self.frames(sample) {
      for length in 0..<bytes.count {
        do throws(Undecoded) {
          let part = try DecodeTests.decode(
            Array(bytes[..<length]), LinkType(rawValue: sample.link), wireLength: bytes.count)
          #expect(part.sourcePort == 40_000 && part.destinationPort == 3_478 && part.family == (isV6 ? 6 : 4))
          #expect(part.payloadWireLength == 5 && part.payloadLength < 5)
        } catch {
          // A protected frame may be cut before what shows that it was deciphered.
          let named = error == .truncated || error == .encrypted && sample.name.contains("deciphered")
          #expect(named, "\(length): \(error.code)")
        }
      }
    }
  }

  @Test func everyLinkTypeHasANameOfItsOwn() {
    for link in Self.links { #expect(!link.name.hasPrefix("linktype-")) }
    #expect(LinkType(rawValue: 147).name == "linktype-147")
  }

  // MARK: 802.11

  @Test func radiotapFlagsTellOfPaddingBehindTheHeader() throws {
    let packet = DecodeTests.datagram().serialized(timeToLive: 9)
    // 26 bytes of QoS header and two of padding; with a timestamp the flags lie behind it, aligned.
    for header: [UInt8] in [
      [0, 0, 9, 0, 2, 0, 0, 0, 0x20], [0, 0, 17, 0, 3, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x20],
      [0, 0, 25, 0, 3, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x20],
    ] {
      let frame = header + Self.qos + [0, 0] + Self.llc + [8, 0] + packet
      DecodeTests.expectDatagram(try DecodeTests.decode(frame, .radiotap), headers: frame.count - 5)
      var unpadded = header
      unpadded[header.count - 1] = 0x10
      let other = unpadded + Self.qos + Self.llc + [8, 0] + packet
      DecodeTests.expectDatagram(try DecodeTests.decode(other, .radiotap), headers: other.count - 5)
    }
  }

  /// An A-MSDU of these packets, each padded to four bytes but the last; from an access point, with a checksum behind.
  private static func aggregate(_ packets: [[UInt8]], deciphered: Bool = false) -> [UInt8] {
    var frame = radiotap + qos
    frame[radiotap.count + 24] = 0x80
    if deciphered {
      frame[radiotap.count + 1] |= 0x40
      frame += [1, 2, 0, 0x20, 5, 0, 0, 0]
    }
    for (index, packet) in packets.enumerated() {
      let part = llc + [8, 0] + packet
      frame += addresses + [UInt8(part.count >> 8), UInt8(part.count & 0xFF)] + part
      if index < packets.count - 1 { frame += zeros(-(14 + part.count) & 3) }
    }
    return frame + [0xC5, 0xC5, 0xC5, 0xC5]
  }

  private static func parts(_ frame: [UInt8], wireLength: Int? = nil) -> [Packet] {
    var found: [Packet] = []
    let info = FrameInfo(
      time: 7, number: 1, start: 0, capturedLength: Int32(frame.count), wireLength: Int32(wireLength ?? frame.count),
      linkType: .radiotap)
    var packet = Packet()
    do throws(Undecoded) {
      try packet.decode(frame.span, info)
      return [packet]
    } catch {
      guard error == .aggregate else { return [] }
    }
    var frames = AggregatedFrames(packet, info)
    while let part = frames.next(in: frame.span) {
      var inner = Packet()
      do throws(Undecoded) {
        try inner.decode(frame.span, part)
        found.append(inner)
      } catch {}
    }
    return found
  }

  @Test(arguments: [1, 2, 3, 7], [false, true]) func everyPacketOfAnAggregateIsDecoded(count: Int, deciphered: Bool) {
    let packets = (0..<count).map { index in
      let payload = [UInt8](repeating: UInt8(index), count: 5 + index)
      return SynthPacket(
        from: DecodeTests.a, to: DecodeTests.b,
        .udp(sourcePort: UInt16(40_000 + index), destinationPort: 3_478, payload: payload)
      ).serialized(timeToLive: 9)
    }
    let frame = Self.aggregate(packets, deciphered: deciphered)
    let found = Self.parts(frame)
    #expect(found.map(\.sourcePort) == (0..<count).map { UInt16(40_000 + $0) })
    #expect(found.map(\.payloadWireLength) == (0..<count).map { Int32(5 + $0) })
    #expect(found.enumerated().allSatisfy { frame[$1.payloadStart] == UInt8($0) })
    // Cut anywhere, the packets before the cut are there and nothing is made up.
    for length in 0..<frame.count {
      let cut = Self.parts(Array(frame[..<length]), wireLength: frame.count)
      #expect(cut.map(\.sourcePort) == found.prefix(cut.count).map(\.sourcePort), "\(length)")
    }
  }

  @Test func whatCarriesNoPacketIsRefusedByName() {
    let packet = DecodeTests.datagram().serialized(timeToLive: 9)
    func refusal(_ head: [UInt8], _ link: UInt16) -> Undecoded? {
      do throws(Undecoded) {
        _ = try DecodeTests.decode(head + packet, LinkType(rawValue: link))
        return nil
      } catch { return error }
    }
    let tail = Array(Self.data[2...]) + Self.llc + [8, 0]
    #expect(refusal([8, 0x41] + Array(Self.data[2...]) + [1, 2, 0, 0x20, 5, 0, 0, 0], 105) == .encrypted)
    #expect(refusal([0x80, 0] + tail, 105) == .notIP)  // beacon
    #expect(refusal([0x48, 0] + tail, 105) == .notIP)  // null data
    #expect(refusal([0xB4, 0] + tail, 105) == .notIP)  // request to send
    var later = Self.data
    later[22] = 0x11
    #expect(refusal(later + Self.llc + [8, 0], 105) == .fragment)
    #expect(refusal([0, 0, 4, 0, 0, 0, 0, 0], 127) == .badLength)
    #expect(refusal([0xFF, 3, 0xC0, 0x21], 9) == .notIP)  // LCP
    #expect(refusal([0xFF, 3, 0, 0x53], 9) == .encrypted)
    #expect(refusal([0x8F, 0, 0x80, 0x35], 104) == .notIP)  // SLARP
    #expect(refusal(Self.addresses + [0x88, 0xE5, 0x2C, 0, 0, 0, 0, 1], 1) == .encrypted)
    #expect(refusal(Self.addresses + [0x88, 0x63, 0x11, 9, 0, 0, 0, 4], 1) == .notIP)  // PPPoE discovery
    #expect(refusal(Self.addresses + [0, 38, 0x42, 0x42, 3], 1) == .notIP)  // spanning tree
    for unknown: UInt16 in [147, 160, 189, 195, 220, 249, 253, 255] {
      #expect(refusal([], unknown) == .unsupportedLink)
    }
  }

  @Test func labelStacksAndTagsEnd() {
    let packet = DecodeTests.datagram().serialized(timeToLive: 9)
    let labels = [UInt8](repeating: 0, count: 4_000)
    #expect(throws: Undecoded.headerChain) { try DecodeTests.decode(labels + packet, .mpls) }
    let tags = [[UInt8]](repeating: [0x81, 0, 0, 5], count: 500).flatMap { $0 }
    #expect(throws: Undecoded.headerChain) {
      try DecodeTests.decode(Self.zeros(4) + Self.addresses + tags + [8, 0] + packet, .broadcomPrepended)
    }
    let nested = [[UInt8]](repeating: Self.addresses + [0x65, 0x58], count: 500).flatMap { $0 }
    #expect(throws: Undecoded.headerChain) { try DecodeTests.decode(nested + packet, .ethernet) }
  }
}
