import Synth
import TestSupport
import Testing
import Verdict
import Wire

@testable import Analysis

/// STUN and TURN over TCP: messages are told by their lengths, wherever segments begin and end.
@Suite struct FramedStreamTests {
  private static let client = SocketAddress("192.0.2.1", 40_000)
  private static let server = SocketAddress("198.51.100.2", 3_478)

  private static func message(_ index: Int, realm: String = "example.org") -> [UInt8] {
    var message = STUNMessage(
      STUNMessage.Kind.allocateRequest, transaction: [UInt8](repeating: UInt8(index), count: 12))
    message.append(0x0014, Array(realm.utf8))
    return message.bytes()
  }

  /// ChannelData with its padding (RFC 8656 section 12.5), whose data look like a message.
  private static func channelData(_ count: Int) -> [UInt8] {
    let data = Array((message(99) + [UInt8](repeating: 0, count: 2_000)).prefix(count))
    return [0x40, 1, UInt8(count >> 8), UInt8(count & 0xFF)] + data + [UInt8](repeating: 0, count: -count & 3)
  }

  private static let stream =
    message(1) + message(2) + channelData(41) + message(3) + channelData(1_701) + message(4) + channelData(3)
    + message(5)

  private static func frames(_ pieces: [(offset: Int, bytes: [UInt8])], captured: Int = .max) -> [SynthFrame] {
    pieces.enumerated().map { index, piece in
      let segment = TCPSegment(
        from: client.port, to: server.port, sequence: UInt32(1_000 + piece.offset), acknowledgement: 1,
        flags: [.ack, .psh], payload: piece.bytes)
      let packet = SynthPacket(from: client.address, to: server.address, .tcp(segment))
      var frame = FrameBuilder().frame(packet, at: 1_000_000_000 + Int64(index) * 1_000_000, outgoing: true)
      frame.bytes = Array(frame.bytes.prefix(captured))
      return frame
    }
  }

  private static func pieces(of stream: [UInt8], cuts: [Int]) -> [(offset: Int, bytes: [UInt8])] {
    let ends = cuts + [stream.count]
    return zip([0] + cuts, ends).map { ($0, Array(stream[$0..<$1])) }
  }

  /// A call through a relay over TCP, whose acknowledgments go on: for some seconds nothing of the peer's media comes, or never again.
  @Test(arguments: [(0.0, 60.0, "-"), (20, 60, "media_hole"), (0, 35, "media_stopped")])
  func mediaThatStayAwayAreNotSoundOverTCPEither(hole: Double, end: Double, code: String) throws {
    var frames: [SynthFrame] = []
    var next: (up: UInt32, down: UInt32) = (1_000, 5_000)
    func send(_ payload: [UInt8], up: Bool, at time: Double) {
      let segment = TCPSegment(
        from: up ? Self.client.port : Self.server.port, to: up ? Self.server.port : Self.client.port,
        sequence: up ? next.up : next.down, acknowledgement: up ? next.down : next.up, flags: [.ack, .psh],
        payload: payload)
      if up { next.up += UInt32(payload.count) } else { next.down += UInt32(payload.count) }
      let packet = SynthPacket(
        from: (up ? Self.client : Self.server).address, to: (up ? Self.server : Self.client).address, .tcp(segment))
      frames.append(FrameBuilder().frame(packet, at: 1_000_000_000 + CallScript.seconds(time), outgoing: up))
    }
    send(Self.message(1), up: true, at: 0)
    send(Self.message(2), up: false, at: 0.02)
    for number in 0..<2_900 {
      let time = 1 + 0.02 * Double(number)
      send(Self.channelData(81), up: true, at: time)
      let comes = time < end && !(time > 20 && time < 20 + hole)
      send(comes ? Self.channelData(81) : [], up: false, at: time + 0.01)
    }
    let verdict = try #require(analyze(frames).flows.first).verdict
    #expect(verdict.gap.map { "\($0.code)" } ?? "-" == code, "\(verdict.reason)")
  }

  @Test func everyCutOfAStreamGivesTheSameMessages() {
    // The first segment must show what the stream is: a header of it.
    for cut in 20..<Self.stream.count {
      let result = analyze(Self.frames(Self.pieces(of: Self.stream, cuts: [cut])))
      #expect(result.captures[0].stunMessages == 5, "cut at \(cut)")
    }
  }

  @Test(arguments: [20, 21, 33, 100, 536]) func manySmallSegmentsGiveTheSameMessages(size: Int) {
    let cuts = Array(stride(from: size, to: Self.stream.count, by: size))
    #expect(analyze(Self.frames(Self.pieces(of: Self.stream, cuts: cuts))).captures[0].stunMessages == 5)
  }

  @Test func aMissingSegmentCostsItsOwnMessagesOnly() {
    // Segments end in the middle of messages 2 and 4; the one between is not in the capture.
    let cuts = [60, 400]
    var pieces = Self.pieces(
      of: Self.message(1) + Self.message(2) + Self.channelData(500) + Self.message(3), cuts: cuts)
    pieces.remove(at: 1)
    // What follows begins within ChannelData: no message is made of it, and nothing is counted twice.
    let seen = analyze(Self.frames(pieces)).captures[0].stunMessages
    #expect((1...2).contains(seen))
    // A segment that begins with a message is understood again.
    let later = (offset: 9_000, bytes: Self.message(4))
    #expect(analyze(Self.frames(pieces + [later])).captures[0].stunMessages == seen + 1)
  }

  @Test func cutPacketsKeepTheirPlace() {
    // Captured up to 96 bytes, of which 42 are data: the lengths tell where the next message begins.
    let first = Self.message(1) + Self.channelData(900)
    let second = Self.message(2)
    let pieces = [(0, first), (first.count, second), (first.count + second.count, Self.message(3))]
    let whole = analyze(Self.frames(pieces)).captures[0].stunMessages
    #expect(whole == 3)
    #expect(analyze(Self.frames(pieces, captured: 96)).captures[0].stunMessages == whole)
  }

  // MARK: What is carried

  private static func rtp(_ index: Int, ssrc: UInt8 = 9, size: Int = 60) -> [UInt8] {
    [0x80, 0x60, 0, UInt8(index), 0, 0, 0, UInt8(index), ssrc, 0, 0, ssrc] + [UInt8](repeating: 7, count: size)
  }

  /// RFC 4571: two bytes of length in front.
  private static func framed(_ packet: [UInt8]) -> [UInt8] {
    [UInt8(packet.count >> 8), UInt8(packet.count & 0xFF)] + packet
  }

  /// ICE over TCP: checks and media in frames of one stream, whose segments end anywhere.
  @Test func mediaBehindChecksAreFoundWhereverSegmentsEnd() {
    let stream = Self.framed(Self.message(1)) + (0..<6).flatMap { Self.framed(Self.rtp($0)) }
    for size in [30, 41, 64, 150, 1_000] {
      let cuts = Array(stride(from: size, to: stream.count, by: size))
      let result = analyze(Self.frames(Self.pieces(of: stream, cuts: cuts)))
      #expect(result.flows[0].role == .media && result.flows[0].wireProtocol == .rtp, "segments of \(size)")
      #expect(result.captures[0].stunMessages == 1)
    }
    // Bytes that look like RTP of another source each time are none.
    let other = Self.framed(Self.message(1)) + (0..<6).flatMap { Self.framed(Self.rtp($0, ssrc: UInt8($0))) }
    #expect(analyze(Self.frames(Self.pieces(of: other, cuts: [100]))).flows[0].wireProtocol != .rtp)
  }

  /// TURN over TCP: media in ChannelData, and DTLS in DATA attributes.
  @Test func mediaInChannelsAreFoundWhereverSegmentsEnd() {
    func channel(_ data: [UInt8]) -> [UInt8] {
      [0x40, 1, UInt8(data.count >> 8), UInt8(data.count & 0xFF)] + data
        + [UInt8](repeating: 0, count: -data.count & 3)
    }
    let stream = Self.message(1) + (0..<4).flatMap { channel(Self.rtp($0, size: 61)) }
    for size in [25, 64, 150] {
      let cuts = Array(stride(from: size, to: stream.count, by: size))
      #expect(analyze(Self.frames(Self.pieces(of: stream, cuts: cuts))).flows[0].wireProtocol == .rtp)
    }
    var hello = MadeHello()
    hello.version = 0xFEFD
    hello.extensions = [(14, [0, 2, 0, 7, 0])]
    var send = STUNMessage(STUNMessage.Kind.sendIndication, transaction: [UInt8](repeating: 8, count: 12))
    send.append(0x0013, hello.fragments(of: 500)[0])
    let flow = analyze(Self.frames(Self.pieces(of: Self.message(1) + send.bytes(), cuts: [70]))).flows[0]
    #expect(flow.ja4.map { String(decoding: $0.characters.prefix(10), as: UTF8.self) } == "dd2i020100")
  }

  @Test func messagesThatNeverEndAreBounded() {
    var streams = FramedStreams()
    for flow in 0..<UInt32(100_000) {
      streams.keep(FramedStreams.Rest(start: SequenceNumber(0), bytes: [1]), flow, 0)
    }
    #expect(streams.count == FramedStreams.limit)
    let took = streams.take(5, 0)
    #expect(took?.bytes == [1] && streams.take(5, 0) == nil && streams.take(5, 1) == nil)
  }
}
