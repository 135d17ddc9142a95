import Detection
import Settings
import Synth
import TestSupport
import Testing
import Verdict
import Wire

@testable import Analysis
@testable import Flow

/// What a sender can fill without end stays bounded: measured by what is kept, not by the clock.
@Suite struct FloodTests {
  private static let client = SocketAddress("192.0.2.1", 40_000)
  private static let server = SocketAddress("198.51.100.2", 3_478)
  private static let start: Int64 = 1_700_000_000_000_000_000

  private static func frame(_ packet: SynthPacket, _ index: Int) -> SynthFrame {
    FrameBuilder().frame(packet, at: start + Int64(index) * 1_000, outgoing: true)
  }

  private static func consume(_ frames: [SynthFrame], _ thresholds: Thresholds = Thresholds()) -> CaptureAnalysis {
    let lent = LentFrames(frames)
    let analysis = CaptureAnalysis(thresholds: thresholds, seed: 0x5EED)
    analysis.shards[0].consume(lent.block.span, lent.infos.span)
    return analysis
  }

  private static func flows(_ analysis: CaptureAnalysis) -> FlowList {
    FlowList(analysis.shards, analysis.signatures, analysis.thresholds)
  }

  /// RFC 3550 leaves the SSRC to the sender.
  @Test func manySourcesOfOneFlowAreKeptUpToTheLimit() {
    var frames: [SynthFrame] = []
    for source in 0..<65_536 {
      for sequence in 0..<3 {
        let header: [UInt8] = [
          0x80, 0x60, 0, UInt8(sequence), 0, 0, 0, UInt8(sequence), 9, 0, UInt8(source >> 8), UInt8(source & 0xFF),
        ]
        let packet = SynthPacket(
          from: Self.client.address, to: Self.server.address,
          .udp(
            sourcePort: Self.client.port, destinationPort: Self.server.port,
            payload: header + [UInt8](repeating: 7, count: 20)))
        frames.append(Self.frame(packet, frames.count))
      }
    }
    let analysis = Self.consume(frames)
    #expect(analysis.shards[0].analyzer.streams.count <= Int(Thresholds().flow.streams.integer))
    var sink = Analyzed()
    analysis.report(CaptureRecord(path: "x"), to: &sink)
    #expect(sink.flows.count == 1 && sink.flows[0].client.packets == 196_608)
    #expect(sink.flows[0].streams.count <= 64)
  }

  @Test func hellosThatNeverEndAreKeptUpToTheLimit() {
    var frames: [SynthFrame] = []
    // A record of 16 KiB is announced and its first 200 bytes are sent.
    let opening: [UInt8] = [22, 3, 1, 0x40, 0, 1, 0, 0x3F, 0xFC, 3, 3] + [UInt8](repeating: 5, count: 200)
    for index in 0..<20_000 {
      for part in 0..<2 {
        let segment = TCPSegment(
          from: UInt16(1_024 + index), to: 443, sequence: 100 + UInt32(part * opening.count), acknowledgement: 1,
          flags: [.ack, .psh], payload: part == 0 ? opening : [UInt8](repeating: 6, count: 200))
        frames.append(
          Self.frame(SynthPacket(from: Self.client.address, to: Self.server.address, .tcp(segment)), frames.count))
      }
    }
    let analysis = Self.consume(frames)
    #expect(analysis.flows == 20_000)
    #expect(analysis.shards[0].analyzer.hellos.bytesHeld <= 256 * 16_384)
    #expect(analysis.shards[0].analyzer.hellos.bytesHeld > 0)
  }

  /// Pieces without a beginning, over TCP and DTLS, each at the far end of what a hello may have.
  @Test func piecesWithoutABeginningAreKeptUpToTheLimit() {
    var frames: [SynthFrame] = []
    for index in 0..<20_000 {
      let port = UInt16(1_024 + index)
      for (sequence, flags, payload) in [
        (99, [.syn], []), (100 + 16_000, [.ack, .psh], [UInt8](repeating: 6, count: 200)),
      ] as [(UInt32, TCPSegment.Flags, [UInt8])] {
        let segment = TCPSegment(
          from: port, to: 443, sequence: sequence, acknowledgement: 1, flags: flags, payload: payload)
        frames.append(
          Self.frame(SynthPacket(from: Self.client.address, to: Self.server.address, .tcp(segment)), frames.count))
      }
      let fragment: [UInt8] =
        [22, 0xFE, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 112, 1, 0, 0x3F, 0xFF, 0, 0, 0, 0x3F, 0x9B, 0, 0, 100]
        + [UInt8](repeating: 6, count: 100)
      let packet = SynthPacket(
        from: Self.client.address, to: Self.server.address,
        .udp(sourcePort: port, destinationPort: 443, payload: fragment))
      frames.append(Self.frame(packet, frames.count))
    }
    let analysis = Self.consume(frames)
    #expect(analysis.flows == 40_000)
    #expect(analysis.shards[0].analyzer.hellos.bytesHeld <= 256 * 16_384)
    #expect(analysis.shards[0].analyzer.hellos.bytesHeld > 256 * 8_192)
  }

  /// One byte in two, so that no two runs touch.
  @Test func holesOfAHelloAreBounded() {
    var pieces = HelloPieces()
    var added = 0
    for index in 0..<4_000 {
      let byte: [UInt8] = [1]
      if pieces.add(byte.span, at: 2 * index) { added += 1 }
    }
    #expect(added == 64 && pieces.prefix == 1)
  }

  @Test func fragmentsThatNeverEndAreKeptUpToTheLimit() {
    var packet = SynthPacket(
      from: Self.client.address, to: Self.server.address,
      .udp(sourcePort: 1, destinationPort: 2, payload: [UInt8](repeating: 1, count: 3_000)))
    packet.dontFragment = false
    var frames: [SynthFrame] = []
    for index in 0..<65_536 {
      packet.identification = UInt16(index)
      // The first one, or a later one, and never the last.
      frames.append(Self.frame(packet.fragments(maximumPayload: 1_200)[index & 1], index))
    }
    let analysis = Self.consume(frames)
    #expect(analysis.shards[0].analyzer.fragments.waiting <= FragmentReassembler.packetLimit)
    #expect(analysis.shards[0].analyzer.fragments.waiting > 0)
    var sink = Analyzed()
    analysis.report(CaptureRecord(path: "x"), to: &sink)
    #expect(sink.flows.count == 1)
  }

  /// Whoever knows the hash could make all flows collide; the seed is drawn anew in each run, and no choice of addresses
  /// and ports is bad for all seeds.
  @Test(arguments: [UInt64(1), 2, 0x5EED, 0xFFFF_FFFF_FFFF_FFFF, 0])
  func flowsWithAlikeAddressesLieApart(seed: UInt64) {
    // Flows that differ in a few bits at one place, as a flood has them: ports, low and high bits of addresses.
    let floods: [(name: String, packet: (Int) -> Packet)] = [
      ("source port", { Self.packet(UInt32(0x0A00_0001), UInt16(truncatingIfNeeded: $0), 0x5DB8_0001, 443) }),
      ("low bits", { Self.packet(0x0A00_0000 + UInt32($0), 1, 0x5DB8_0001, 443) }),
      ("high bits", { Self.packet(0x0000_0101 + UInt32($0) << 16, 1, 0x5DB8_0001, 443) }),
      ("both ends", { Self.packet(0x0A00_0000 + UInt32($0), 1, 0x5DB8_0000 + UInt32($0), 443) }),
      (
        "all of a collision set",
        { Self.packet(0x0A00_0000 + UInt32($0 >> 8), UInt16($0 & 0xFF), 0x5DB8_0001 + UInt32($0 & 0xF), 443) }
      ),
    ]
    for flood in floods {
      var table = FlowTable(seed: seed, maximum: 1 << 20, scan: 64, udpIdle: 180_000_000_000)
      for index in 0..<60_000 {
        var packet = flood.packet(index)
        var key = FlowKey(packet)
        let hash = table.hash(of: &key)
        _ = table.match(&key, &packet, hash: hash, time: 0)
      }
      // 60,000 random hashes in 131,072 slots: some 50. Weak ones make runs of thousands.
      #expect(table.longestChain < 200, "\(flood.name), seed \(seed)")
    }
  }

  private static func packet(_ source: UInt32, _ from: UInt16, _ destination: UInt32, _ to: UInt16) -> Packet {
    var packet = Packet()
    packet.family = 4
    packet.transport = .udp
    packet.source = AddressBits(low: UInt64(source))
    packet.destination = AddressBits(low: UInt64(destination))
    packet.sourcePort = from
    packet.destinationPort = to
    return packet
  }

  @Test func flowsBeyondTheLimitTakeTheRoomOfOthers() {
    var thresholds = Thresholds()
    thresholds.flow.maximum.value = 1_000
    let frames = (0..<30_000).map { index in
      Self.frame(
        SynthPacket(
          from: Self.client.address, to: Self.server.address,
          .udp(
            sourcePort: UInt16(1_000 + index), destinationPort: 3_478, payload: [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42])),
        index)
    }
    let analysis = Self.consume(frames, thresholds)
    #expect(analysis.flows == 1_000)
    #expect(analysis.shards[0].analyzer.udp.count <= 1_000)
    #expect(analysis.shards[0].analyzer.table.evicted == 29_000)
  }

  /// RTP whose numbers leap: each packet stands for a hundred lost ones.
  @Test func lostPacketsAreLookedAtUpToTheLimit() {
    var thresholds = Thresholds()
    thresholds.cap.offers.value = 100_000
    var frames: [SynthFrame] = []
    for number in 0..<200 {
      for host in 0..<20 {
        // The first ones make a stream of it.
        let place = number < 20 ? number : number * 101
        let (sequence, timestamp) = (UInt16(truncatingIfNeeded: place), UInt32(place * 960))
        let header: [UInt8] =
          [0x80, 0x6F, UInt8(sequence >> 8), UInt8(sequence & 0xFF)]
          + (0..<4).map { UInt8(truncatingIfNeeded: timestamp >> (24 - 8 * $0)) } + [9, 1, 2, UInt8(host)]
        let packet = SynthPacket(
          from: HostAddress(stringLiteral: "198.51.100.\(host + 10)"), to: Self.client.address,
          .udp(
            sourcePort: Self.server.port, destinationPort: Self.client.port,
            payload: header + [UInt8](repeating: 7, count: 20)))
        frames.append(
          FrameBuilder().frame(packet, at: Self.start + Int64(number) * 20_000_000 + Int64(host), outgoing: false))
      }
    }
    let analysis = Self.consume(frames, thresholds)
    let judge = analysis.judge(Self.flows(analysis), analysis.shards[0].analyzer.hygiene, drops: nil)
    // Each flow is a client's of its own: one end only was heard.
    let held = judge.known.around.lossyCalls.count
    #expect((1...5).contains(held) && judge.known.around.crowded.count == 20 - held)
    var sink = Analyzed()
    analysis.report(CaptureRecord(path: "x"), to: &sink)
    #expect(sink.flows.count == 20 && sink.flows.allSatisfy { !$0.verdict.isFinding })
    // The same with room enough.
    let roomy = Self.consume(frames)
    let whole = roomy.judge(Self.flows(roomy), roomy.shards[0].analyzer.hygiene, drops: nil)
    #expect(whole.known.around.crowded.isEmpty && whole.known.around.lossyCalls.count == 20)
  }

  /// Segments each far ahead of the one before: what was lost would come again, and these never do.
  @Test func gapsOfATransferAreNoMoreThanItsSegments() {
    var frames: [SynthFrame] = []
    let server = HostAddress("198.51.100.2")
    func send(_ flags: TCPSegment.Flags, _ sequence: UInt32, isOwn: Bool, payload: Int = 0, at time: Int64) {
      let segment = TCPSegment(
        from: isOwn ? 40_000 : 443, to: isOwn ? 443 : 40_000, sequence: sequence, acknowledgement: 1, flags: flags,
        payload: [UInt8](repeating: 7, count: payload))
      let packet = SynthPacket(
        from: isOwn ? Self.client.address : server, to: isOwn ? server : Self.client.address, .tcp(segment))
      frames.append(FrameBuilder().frame(packet, at: Self.start + time, outgoing: isOwn))
    }
    send([.syn], 1, isOwn: true, at: 0)
    send([.syn, .ack], 1, isOwn: false, at: 20_000_000)
    for number in 0..<2_000 {
      send(
        [.ack, .psh], 2 + UInt32(number) * 90_000, isOwn: false, payload: 100,
        at: 100_000_000 + Int64(number) * 10_000_000)
    }
    let analysis = Self.consume(frames)
    var room = PassageRoom(1_000_000)
    let connections = CapTraces.connections(Self.flows(analysis), &room)
    let offers = connections.reduce(0) { $0 + $1.passage.offers.count }
    #expect(offers > 1_900 && offers <= 2 * 2_000 + 1_000 && room.crowded.isEmpty)
    var none = PassageRoom(100)
    #expect(CapTraces.connections(Self.flows(analysis), &none).isEmpty && none.crowded.count == 1)
  }

  /// A switchboard's calls, all at once from one address: each is a call of its own.
  @Test func callsOfASwitchboardStayApart() {
    var frames: [SynthFrame] = []
    for number in 0..<12 {
      for call in 0..<600 {
        for isOwn in [true, false] {
          let source = UInt32(isOwn ? 0x1000_0000 : 0x2000_0000) + UInt32(call)
          let header: [UInt8] =
            [0x80, 0x6F, 0, UInt8(number)]
            + (0..<4).map { UInt8(truncatingIfNeeded: UInt32(number * 24_000) >> (24 - 8 * $0)) }
            + (0..<4).map { UInt8(truncatingIfNeeded: source >> (24 - 8 * $0)) }
          let own = SocketAddress(Self.client.address, UInt16(10_000 + 2 * call))
          let other = SocketAddress(Self.server.address, UInt16(30_000 + 2 * call))
          let (from, to) = isOwn ? (own, other) : (other, own)
          let packet = SynthPacket(
            from: from.address, to: to.address,
            .udp(
              sourcePort: from.port, destinationPort: to.port, payload: header + [UInt8](repeating: 7, count: 40)))
          frames.append(
            FrameBuilder().frame(
              packet, at: Self.start + Int64(number) * 500_000_000 + Int64(call) * 500_000 + (isOwn ? 0 : 20_000_000),
              outgoing: isOwn))
        }
      }
    }
    let analysis = Self.consume(frames.sorted { $0.time < $1.time })
    var sink = Analyzed()
    analysis.report(CaptureRecord(path: "x"), to: &sink)
    #expect(sink.flows.count == 600 && sink.calls.count == 600)
  }
}
