import Synth
import Testing
import Wire

@testable import Flow

/// What fragments are put together to is what was sent; what cannot be put together does no harm.
@Suite struct FragmentReassemblerTests {
  private static let payload = (0..<3_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }

  private static func whole(isV6: Bool, payload: [UInt8] = payload, id: UInt16 = 77) -> SynthPacket {
    var packet = SynthPacket(
      from: isV6 ? "2001:db8::1" : "192.0.2.1", to: isV6 ? "2001:db8::2" : "192.0.2.2",
      .udp(sourcePort: 5_060, destinationPort: 5_060, payload: payload))
    packet.identification = id
    packet.dontFragment = false
    return packet
  }

  private static func frame(_ bytes: [UInt8], number: UInt64, time: Int64 = 0, wire: Int? = nil) -> FrameInfo {
    FrameInfo(
      time: time, number: number, start: 0, capturedLength: Int32(bytes.count), wireLength: Int32(wire ?? bytes.count),
      linkType: .raw)
  }

  /// Hands a frame over as the packet loop does: decoded first, and only fragments.
  private static func take(
    _ reassembler: inout FragmentReassembler, _ bytes: [UInt8], number: UInt64 = 1, time: Int64 = 0, wire: Int? = nil
  ) -> FragmentReassembler.Outcome {
    let info = frame(bytes, number: number, time: time, wire: wire)
    var packet = Packet()
    do throws(Undecoded) {
      try packet.decode(bytes.span, info)
      #expect(packet.traits.contains(.firstFragment))
    } catch { #expect(error == .fragment) }
    return reassembler.take(bytes.span, info, networkOffset: packet.networkOffset)
  }

  // `#expect` takes no mutating member.
  private static func expire(_ reassembler: inout FragmentReassembler, at time: Int64) -> Bool {
    reassembler.expire(at: time)
  }
  private static func drain(_ reassembler: inout FragmentReassembler) -> Bool { reassembler.drain() }

  private static func decoded(_ reassembler: FragmentReassembler) throws -> Packet {
    var packet = Packet()
    try packet.decode(reassembler.packet.span, #require(reassembler.packetFrame))
    return packet
  }

  private static func expectWhole(_ reassembler: FragmentReassembler, isV6: Bool, number: UInt64) throws {
    let packet = try decoded(reassembler)
    #expect(packet.sourcePort == 5_060 && !packet.traits.contains(.firstFragment))
    #expect(packet.payloadLength == 3_000 && packet.payloadWireLength == 3_000)
    #expect(packet.ipLength == (isV6 ? 3_048 : 3_028) && packet.identification == (isV6 ? 0 : 77))
    #expect(Array(reassembler.packet[packet.payloadStart...]) == payload)
    #expect(reassembler.packetFrame?.number == number)
  }

  @Test(arguments: [false, true], [[0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1], [0, 0, 1, 1, 2]])
  func anyOrderAndRepetitionGivesThePacket(isV6: Bool, order: [Int]) throws {
    let pieces = Self.whole(isV6: isV6).fragments(maximumPayload: 1_200).map { $0.serialized(timeToLive: 60) }
    var reassembler = FragmentReassembler()
    for (number, index) in order.enumerated() {
      let outcome = Self.take(&reassembler, pieces[index], number: UInt64(number))
      #expect(outcome == (number == order.count - 1 ? .complete : .held))
    }
    try Self.expectWhole(reassembler, isV6: isV6, number: UInt64(order.count - 1))
    #expect(reassembler.counts.completed == 1 && reassembler.counts.duplicates == UInt64(order.count - 3))
    #expect(reassembler.counts.used == 2 && !Self.drain(&reassembler))
  }

  @Test func headersInFrontOfTheFragmentHeaderStay() throws {
    var packet = Self.whole(isV6: true)
    packet.extensionHeaders = [
      .init(number: 0, body: [1, 4, 0, 0, 0, 0]), .init(number: 60, body: [1, 4, 0, 0, 0, 0]),
    ]
    var reassembler = FragmentReassembler()
    for piece in packet.fragments(maximumPayload: 1_000) {
      _ = Self.take(&reassembler, piece.serialized(timeToLive: 9))
    }
    let whole = try Self.decoded(reassembler)
    #expect(whole.payloadLength == 3_000 && whole.destinationPort == 5_060)
  }

  @Test func fragmentsInsideOfTunnelsAreFound() throws {
    for tunnel in [Tunnel.gre, .vxlan, .mpls, .gtpExtended] {
      var reassembler = FragmentReassembler()
      for piece in Self.whole(isV6: false).fragments(maximumPayload: 1_600) {
        _ = Self.take(&reassembler, tunnel.wrapping(piece).serialized(timeToLive: 9))
      }
      try Self.expectWhole(reassembler, isV6: false, number: 1)
    }
  }

  @Test func aFragmentedTunnelIsPutTogetherAndOpened() throws {
    var outer = Tunnel.gre.wrapping(Self.whole(isV6: true))
    outer.dontFragment = false
    var reassembler = FragmentReassembler()
    // The first fragment's inner packet is cut, and decodes as such.
    for piece in outer.fragments(maximumPayload: 1_200) {
      _ = Self.take(&reassembler, piece.serialized(timeToLive: 9))
    }
    let packet = try Self.decoded(reassembler)
    #expect(packet.family == 6 && packet.payloadLength == 3_000 && packet.sourcePort == 5_060)
  }

  @Test(arguments: [false, true]) func cutCapturesGiveTheLengthsOfTheWholePacket(isV6: Bool) throws {
    var reassembler = FragmentReassembler()
    for piece in Self.whole(isV6: isV6).fragments(maximumPayload: 1_200) {
      let bytes = piece.serialized(timeToLive: 9)
      _ = Self.take(&reassembler, Array(bytes[..<96]), wire: bytes.count)
    }
    let packet = try Self.decoded(reassembler)
    #expect(packet.payloadWireLength == 3_000 && packet.payloadLength == (isV6 ? 40 : 68))
    #expect(reassembler.packetFrame?.wireLength == (isV6 ? 3_048 : 3_028))
  }

  // MARK: What does not come together

  @Test(arguments: [false, true]) func aFirstFragmentAloneComesBackAsItIs(isV6: Bool) throws {
    let pieces = Self.whole(isV6: isV6).fragments(maximumPayload: 1_200).map { $0.serialized(timeToLive: 60) }
    var reassembler = FragmentReassembler()
    #expect(Self.take(&reassembler, pieces[1], number: 4, time: 900) == .held)
    #expect(Self.take(&reassembler, pieces[0], number: 5, time: 1_000) == .held)
    #expect(!Self.expire(&reassembler, at: 1_000 + FragmentReassembler.hold - 1))
    #expect(Self.expire(&reassembler, at: 1_000 + FragmentReassembler.hold))
    let packet = try Self.decoded(reassembler)
    #expect(packet.traits.contains(.firstFragment) && packet.payloadLength == 1_192)
    #expect(reassembler.packetFrame?.number == 5 && reassembler.packetFrame?.time == 1_000)
    #expect(!Self.expire(&reassembler, at: .max) && reassembler.counts.expired == 1 && reassembler.due == .max)
  }

  @Test func withoutAnyLaterFragmentFirstOnesStopWaiting() {
    var reassembler = FragmentReassembler()
    let one = Self.whole(isV6: false, id: 1).fragments(maximumPayload: 1_200)[0].serialized(timeToLive: 9)
    let two = Self.whole(isV6: false, id: 2).fragments(maximumPayload: 1_200).map { $0.serialized(timeToLive: 9) }
    #expect(Self.take(&reassembler, one) == .held)
    #expect(Self.expire(&reassembler, at: FragmentReassembler.hold))
    #expect(Self.take(&reassembler, two[0]) == .passed)
    #expect(Self.take(&reassembler, two[1]) == .held)
    #expect(Self.take(&reassembler, two[0]) == .held)
  }

  @Test func overlappingFragmentsAreCountedAndNotPutTogether() throws {
    let packet = Self.whole(isV6: false)
    let pieces = packet.fragments(maximumPayload: 1_200).map { $0.serialized(timeToLive: 9) }
    let shifted = packet.fragments(maximumPayload: 1_600).map { $0.serialized(timeToLive: 9) }
    var changed = pieces[1]
    changed[500] ^= 1
    for bad in [shifted[1], shifted[0], changed] {
      var reassembler = FragmentReassembler()
      #expect(Self.take(&reassembler, pieces[0]) == .held)
      #expect(Self.take(&reassembler, pieces[1]) == .held)
      _ = Self.take(&reassembler, bad)
      #expect(reassembler.counts.overlaps == 1)
      #expect(Self.take(&reassembler, pieces[2]) != .complete)
      #expect(Self.expire(&reassembler, at: FragmentReassembler.hold))
      #expect(try Self.decoded(reassembler).payloadLength == 1_192)
    }
  }

  @Test func lengthsThatContradictAreCounted() {
    let pieces = Self.whole(isV6: false).fragments(maximumPayload: 1_200).map { $0.serialized(timeToLive: 9) }
    // A middle fragment of odd length, one behind the last, and one that ends beyond 65,535.
    var odd = Array(pieces[1][..<(pieces[1].count - 3)])
    odd[2] = UInt8(odd.count >> 8)
    odd[3] = UInt8(odd.count & 0xFF)
    var far = pieces[1]
    far[6] = 0x3F
    far[7] = 0xFF
    var behind = pieces[1]
    behind[7] = 0xFF
    for bad in [odd, far, behind] {
      var reassembler = FragmentReassembler()
      _ = Self.take(&reassembler, pieces[2])
      _ = Self.take(&reassembler, bad)
      #expect(reassembler.counts.malformed == 1)
    }
  }

  @Test func aFloodOfFragmentsStaysBounded() {
    var reassembler = FragmentReassembler()
    var generator = SeededGenerator(seed: 5)
    let pieces = Self.whole(isV6: false).fragments(maximumPayload: 1_200).map { $0.serialized(timeToLive: 9) }
    for round in 0..<20_000 {
      var bytes = pieces[generator.number(in: 0...2)]
      bytes[4] = generator.bytes(1)[0]
      bytes[5] = generator.bytes(1)[0]
      bytes[7] = generator.bytes(1)[0]
      let info = Self.frame(bytes, number: UInt64(round))
      _ = reassembler.take(bytes.span, info, networkOffset: 0)
    }
    // What waits comes out, and it is no more than the limit.
    var released = 0
    while Self.drain(&reassembler) { released += 1 }
    #expect(released <= FragmentReassembler.packetLimit)
    // Thousands of tiny fragments of one packet end at the limit.
    var tiny = FragmentReassembler()
    for piece in Self.whole(isV6: false).fragments(maximumPayload: 8).reversed() {
      _ = Self.take(&tiny, piece.serialized(timeToLive: 9))
    }
    #expect(tiny.counts.completed == 0 && tiny.counts.malformed > 0)
  }

  @Test func changedFragmentsDoNoHarm() {
    let seed: UInt64 = 99
    var generator = SeededGenerator(seed: seed)
    for isV6 in [false, true] {
      let pieces = Self.whole(isV6: isV6).fragments(maximumPayload: 1_200).map { $0.serialized(timeToLive: 9) }
      var reassembler = FragmentReassembler()
      for round in 0..<5_000 {
        var bytes = pieces[generator.number(in: 0...2)]
        for _ in 0..<generator.number(in: 1...4) {
          bytes[generator.number(in: 0...63)] = generator.bytes(1)[0]
        }
        bytes.removeLast(generator.number(in: 0...(bytes.count - 1)))
        let info = Self.frame(bytes, number: UInt64(round), time: Int64(round) * 1_000_000, wire: 2_000)
        for offset: UInt8 in [0, 1, 200, 255] {
          if case .complete = reassembler.take(bytes.span, info, networkOffset: offset) {
            var packet = Packet()
            if let whole = reassembler.packetFrame { try? packet.decode(reassembler.packet.span, whole) }
          }
        }
        while Self.expire(&reassembler, at: info.time) {}
      }
    }
  }
}
