import Synth
import Testing
import Verdict

/// Datagrams that the kernel put together before the capture (UDP GRO): each RTP packet counts, and none is lost.
@Suite struct MergedDatagramTests {
  private static let phone = SocketAddress("192.168.1.20", 50_000)
  private static let peer = SocketAddress("198.51.100.9", 50_100)

  /// A call with pictures of five packets each, down; `merging` puts together those of one length that come at once, as the kernel does.
  private static func call(isRelayed: Bool, merging: Bool, losing: Double = 0, snaplen: Int? = nil) -> Analyzed {
    var script = CallScript()
    script.snaplen = snaplen
    var streams = script.streams()
    var generator = SeededGenerator(seed: 3)
    if isRelayed {
      let request = STUNMessage.allocate(
        transaction: script.generator.bytes(12), credentials: nil, generator: &script.generator)
      script.ask(request, [0x01] + request[1...], phone, peer, at: 0)
    }
    script.check(phone, peer, own: "own1", their: "pee1", 0.1...40)
    script.play(&streams.up, phone, peer, 0.5...40)
    var sequence: UInt16 = 0
    for (picture, time) in stride(from: 0.5, through: 40, by: 0.04).enumerated() {
      var pieces: [[UInt8]] = []
      // Every other picture is small: two of its packets are no larger than one of the large ones.
      let size = picture % 2 == 0 ? 1_100 : 560
      for number in 0..<(size == 1_100 ? 5 : picture % 4 == 1 ? 2 : 1) {
        sequence &+= 1
        guard !generator.occurs(with: losing) else { continue }
        let stamp = UInt32(picture) &* 3_600
        var packet: [UInt8] = [0x80, (number == 4 ? 0x80 : 0) | 96, UInt8(sequence >> 8), UInt8(sequence & 0xFF)]
        packet += (0..<4).map { UInt8(truncatingIfNeeded: stamp >> (24 - 8 * UInt32($0))) } + [0xAB, 0xCD, 0x12, 0x34]
        // The last of a picture is what is left of it.
        packet += script.generator.bytes(number == 4 ? size / 3 : size - 12)
        pieces.append(isRelayed ? STUNMessage.channelData(0x4001, packet) : packet)
      }
      // Voice, which is shorter, comes right behind.
      let voice = streams.down.nextPacket()
      pieces.append(isRelayed ? STUNMessage.channelData(0x4001, voice) : voice)
      if merging {
        for group in groups(pieces) { script.send(Array(group.joined()), peer, phone, at: time) }
      } else {
        for piece in pieces { script.send(piece, peer, phone, at: time) }
      }
    }
    return script.result
  }

  /// As the kernel puts datagrams together: of one length, and a shorter one is the last.
  private static func groups(_ pieces: [[UInt8]]) -> [[[UInt8]]] {
    var groups: [[[UInt8]]] = []
    for piece in pieces {
      if let group = groups.last, let first = group.first, let last = group.last, last.count == first.count,
        piece.count <= first.count
      {
        groups[groups.count - 1].append(piece)
      } else {
        groups.append([piece])
      }
    }
    return groups
  }

  @Test(arguments: [true, false], [0, 0.1]) func eachPacketCounts(isRelayed: Bool, losing: Double) throws {
    func stream(merging: Bool) throws -> (StreamRecord, Judgment, [UInt64]) {
      let result = Self.call(isRelayed: isRelayed, merging: merging, losing: losing)
      let flow = try #require(result.flows.first)
      return (
        try #require(flow.streams.first { $0.ssrc == 0xABCD_1234 }), flow.verdict,
        flow.streams.filter { $0.packets > 900 }.map { UInt64($0.packets) }.sorted()
      )
    }
    let (apart, merged) = (try stream(merging: false), try stream(merging: true))
    #expect(merged.0.packets == apart.0.packets || losing > 0)
    if losing == 0 { #expect(merged.2 == apart.2) }
    if losing == 0 {
      #expect(merged.0.lost == 0 && merged.1.outcome == apart.1.outcome)
    } else {
      // Behind a packet that is missing a datagram does not go on with the next number: what is behind it is not known.
      #expect(merged.1.mechanism != .policer)
    }
  }

  /// Where the capture cut them after the first header, nothing is known of what was lost.
  @Test func whatTheCaptureCutOffIsNotLost() throws {
    let result = Self.call(isRelayed: false, merging: true, snaplen: 96)
    let verdict = try #require(result.flows.first).verdict
    #expect(!verdict.isFinding && verdict.outcome != .degraded, "\(verdict.reason)")
  }
}
