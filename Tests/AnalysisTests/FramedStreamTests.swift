import Synth
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
