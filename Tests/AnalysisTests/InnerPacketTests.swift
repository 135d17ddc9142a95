import Testing
import Verdict
import Wire

@testable import Synth

/// Flows are made of the innermost whole packets, however they were carried.
@Suite struct InnerPacketTests {
  private static let phone = SocketAddress("192.0.2.1", 40_000)
  private static let server = SocketAddress("198.51.100.2", 3_478)
  private static let second: Nanoseconds = 1_000_000_000

  private static func datagram(_ index: Int, size: Int, back: Bool = false) -> SynthPacket {
    let (from, to) = back ? (server, phone) : (phone, server)
    var packet = SynthPacket(
      from: from.address, to: to.address,
      .udp(sourcePort: from.port, destinationPort: to.port, payload: [UInt8](repeating: UInt8(index), count: size)))
    packet.identification = UInt16(100 + index)
    packet.dontFragment = false
    return packet
  }

  private static func frame(_ packet: SynthPacket, at time: Nanoseconds) -> SynthFrame {
    FrameBuilder().frame(packet, at: time, outgoing: true)
  }

  private static func ends(_ flow: FlowRecord) -> [String] {
    [flow.client, flow.server].map { "\($0.address) \($0.port) \($0.packets) \($0.bytes)" }
  }

  private static let packets = (0..<6).map { datagram($0, size: 3_000, back: $0 % 2 == 1) }

  private static func fragmented(_ keep: (Int) -> Bool = { _ in true }) -> [SynthFrame] {
    var frames: [SynthFrame] = []
    for (index, packet) in packets.enumerated() {
      for (piece, fragment) in packet.fragments(maximumPayload: 1_200).enumerated() where keep(piece) {
        frames.append(frame(fragment, at: 1_700_000_000 * second + Int64(index) * second + Int64(piece) * 1_000_000))
      }
    }
    return frames
  }

  @Test func fragmentsCountAsThePacketThatTheyAre() throws {
    let whole = analyze(
      Self.packets.enumerated().map { Self.frame($1, at: 1_700_000_000 * Self.second + Int64($0) * Self.second) })
    for shards in [1, 2] {
      for batch in [1, 5, 32] {
        let result = analyze(Self.fragmented(), shards: shards, batch: batch)
        let flow = try #require(result.flows.first)
        #expect(result.flows.count == 1 && Self.ends(flow) == Self.ends(whole.flows[0]))
        #expect(result.captures[0].packets == 18 && result.captures[0].undecoded.isEmpty)
      }
    }
  }

  /// A filter by ports lets first fragments through and no others.
  @Test func firstFragmentsAloneAreCutPackets() throws {
    for batch in [1, 32] {
      let result = analyze(Self.fragmented { $0 == 0 }, batch: batch)
      let flow = try #require(result.flows.first)
      #expect(flow.client.packets == 3 && flow.server.packets == 3)
      #expect(flow.client.address == IPAddress(Self.phone.address))
    }
  }

  @Test func laterFragmentsAloneAreCountedAsUndecoded() {
    let result = analyze(Self.fragmented { $0 > 0 })
    #expect(result.flows.isEmpty)
    #expect(result.captures[0].undecoded.map(\.packets) == [12])
  }

  /// RFC 791 section 3.2 asks for eight bytes in a first fragment; a TCP header has twenty.
  @Test func aFirstFragmentShorterThanTheTransportsHeaderIsPutTogether() throws {
    let segment = TCPSegment(
      from: Self.phone.port, to: 443, sequence: 7, acknowledgement: 9, flags: [.ack, .psh],
      payload: [UInt8](repeating: 1, count: 500))
    var packet = SynthPacket(from: Self.phone.address, to: Self.server.address, .tcp(segment))
    packet.dontFragment = false
    let pieces = packet.fragments(maximumPayload: 8)
    for batch in [1, 32] {
      let start = 1_700_000_000 * Self.second
      let result = analyze(pieces.enumerated().map { Self.frame($1, at: start + Int64($0)) }, batch: batch)
      let flow = try #require(result.flows.first)
      #expect(flow.transport == .tcp && flow.server.port == 443 && flow.client.packets == 1)
      #expect(result.captures[0].undecoded.isEmpty)
      // Alone it is what it was: too short to be a packet.
      let alone = analyze([Self.frame(pieces[0], at: start), Self.frame(pieces[1], at: start)], batch: batch)
      #expect(alone.flows.isEmpty)
      #expect(alone.captures[0].undecoded.map { "\($0.reason) \($0.packets)" } == ["truncated 1", "later_fragment 1"])
    }
  }

  @Test func overlappingFragmentsAreCountedInTheRecord() throws {
    var pieces = Self.packets[0].fragments(maximumPayload: 1_200)
    // The second fragment again, eight bytes earlier.
    var moved = pieces[1]
    moved.fragmentOffset -= 8
    pieces.insert(moved, at: 2)
    let result = analyze(
      pieces.enumerated().map { Self.frame($1, at: 1_700_000_000 * Self.second + Int64($0)) })
    #expect(result.captures[0].overlappingFragments == 1)
    #expect(result.text.contains("\"overlapping_fragments\":1,"))
  }

  /// The first fragment waits while a later packet of its flow goes ahead: frame numbers of the flow stay in order.
  @Test func aHeldFirstFragmentDoesNotPrecedeItsFlow() throws {
    let start = 1_700_000_000 * Self.second
    var frames = [Self.frame(Self.packets[0].fragments(maximumPayload: 1_200)[0], at: start)]
    frames.append(Self.frame(Self.packets[0].fragments(maximumPayload: 1_200)[1], at: start))
    for index in 2..<6 {
      frames.append(Self.frame(Self.datagram(index, size: 9), at: start + Int64(index) * Self.second))
    }
    let flow = try #require(analyze(frames, batch: 1).flows.first)
    #expect(flow.client.packets == 5)
    #expect(flow.verdict.evidence.allSatisfy { $0.frames.allSatisfy { $0 <= 6 } })
  }

  @Test func aTunnelsFlowsAreThoseInside() throws {
    let start = 1_700_000_000 * Self.second
    let plain = analyze(Self.packets.enumerated().map { Self.frame($1, at: start + Int64($0) * Self.second) })
    // An authentication header is part of the packet itself, and of its length.
    for tunnel in Tunnel.allCases where tunnel != .authentication {
      let result = analyze(
        Self.packets.enumerated().map { Self.frame(tunnel.wrapping($1), at: start + Int64($0) * Self.second) })
      #expect(result.flows.count == 1)
      #expect(result.flows.first.map(Self.ends) == Self.ends(plain.flows[0]))
    }
  }

  // MARK: What the phone says

  /// An A-MSDU of a station to an access point: every packet in it counts, with the number of its frame.
  @Test func packetsThatShareAFrameAreAllTakenIn() throws {
    func aggregate(_ packets: [SynthPacket]) -> [UInt8] {
      var bytes: [UInt8] = [0x88, 1, 0, 0] + [UInt8](repeating: 2, count: 18) + [0, 0, 0x80, 0]
      for packet in packets {
        let part = [0xAA, 0xAA, 3, 0, 0, 0, 8, 0] + packet.serialized(timeToLive: 64)
        bytes += [UInt8](repeating: 2, count: 12) + [UInt8(part.count >> 8), UInt8(part.count & 0xFF)] + part
        bytes += [UInt8](repeating: 0, count: -(14 + part.count) & 3)
      }
      return bytes
    }
    let packets = (0..<6).map { Self.datagram($0, size: 100 + $0, back: $0 % 2 == 1) }
    let frames = [packets[0...3], packets[4...5]].enumerated().map { index, group in
      let bytes = aggregate(Array(group))
      return SynthFrame(time: Int64(index) * Self.second, bytes: bytes, wireLength: bytes.count, linkType: 105)
    }
    let alone = analyze(packets.enumerated().map { Self.frame($1, at: Int64($0) * Self.second) })
    for batch in [1, 32] {
      let result = analyze(frames, batch: batch)
      let flow = try #require(result.flows.first)
      #expect(result.flows.count == 1 && Self.ends(flow) == Self.ends(alone.flows[0]))
      #expect(result.captures[0].packets == 2 && result.captures[0].undecoded.isEmpty)
    }
  }

  @Test func aPhonesTrailerNamesTheApp() throws {
    func frames(_ label: String) -> [SynthFrame] {
      Self.packets.enumerated().map { index, _ in
        var bytes = [UInt8](repeating: 0, count: 12) + [8, 0]
        bytes += Self.datagram(index, size: 50, back: index % 2 == 1).serialized(timeToLive: 64)
        while bytes.count % 4 != 0 { bytes.append(0) }
        bytes += [1, 7, 0x20, 0x21, 0, 0, 0x27, 0x92] + Array(label.utf8)
        bytes += [UInt8](repeating: 0, count: 20 - label.utf8.count) + [9, 9, 9, 9]
        var frame = Self.frame(Self.packets[0], at: Int64(index) * Self.second)
        frame.bytes = bytes
        frame.wireLength = bytes.count
        return frame
      }
    }
    let named = try #require(analyze(frames("WhatsApp")).flows.first)
    #expect(named.application == .whatsapp && named.applicationGrade == .certain)
    let other = try #require(analyze(frames("Some other app")).flows.first)
    #expect(other.application == nil)
  }

  // MARK: Framing on streams

  /// RFC 4571: two frames in one segment are two messages.
  @Test func everyFrameOfASegmentIsRead() throws {
    let check: [UInt8] = [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42] + [UInt8](repeating: 7, count: 12)
    let framed: [UInt8] = [0, 20] + check
    let segment = TCPSegment(
      from: 40_000, to: 443, sequence: 1_000, acknowledgement: 1, flags: [.ack, .psh],
      payload: framed + framed + framed)
    let packet = SynthPacket(from: Self.phone.address, to: Self.server.address, .tcp(segment))
    let result = analyze([Self.frame(packet, at: Self.second)])
    #expect(result.captures[0].stunMessages == 3)
  }
}
