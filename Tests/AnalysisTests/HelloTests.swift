import Synth
import TestSupport
import Testing
import Verdict
import Wire

@testable import Analysis

/// ClientHellos as networks deliver them: in pieces, out of order, sent again, never ended; over TCP and DTLS.
@Suite struct HelloTests {
  private static let client = SocketAddress("192.0.2.1", 40_000)
  private static let server = SocketAddress("198.51.100.2", 443)
  private static let hello = MadeHello.published

  private static func segment(
    _ offset: Int, _ payload: [UInt8], back: Bool = false, flags: TCPSegment.Flags = [.ack, .psh]
  ) -> SynthPacket {
    let (from, to) = back ? (server, client) : (client, server)
    let segment = TCPSegment(
      from: from.port, to: to.port, sequence: UInt32(truncatingIfNeeded: (back ? 9_000 : 1_000) + offset),
      acknowledgement: 1, flags: flags, payload: payload)
    return SynthPacket(from: from.address, to: to.address, .tcp(segment))
  }

  private static func datagram(_ payload: [UInt8]) -> SynthPacket {
    SynthPacket(
      from: client.address, to: server.address,
      .udp(sourcePort: client.port, destinationPort: server.port, payload: payload))
  }

  private static func flow(_ packets: [SynthPacket], captured: Int = .max) throws -> FlowRecord {
    let result = analyze(
      packets.enumerated().map { index, packet in
        var frame = FrameBuilder().frame(packet, at: 1_000_000_000 + Int64(index) * 1_000_000, outgoing: true)
        frame.bytes = Array(frame.bytes.prefix(captured))
        return frame
      })
    #expect(result.flows.count == 1)
    return try #require(result.flows.first)
  }

  private static func ja4(_ flow: FlowRecord) -> String? {
    flow.ja4.map { String(decoding: $0.characters, as: UTF8.self) }
  }

  private static let handshake = [
    segment(-1, [], flags: .syn), segment(-1, [], back: true, flags: [.syn, .ack]), segment(0, [], flags: .ack),
  ]

  /// Pieces of `stream` between the cuts.
  private static func pieces(_ stream: [UInt8], _ cuts: [Int]) -> [SynthPacket] {
    zip([0] + cuts, cuts + [stream.count]).map { segment($0, Array(stream[$0..<$1])) }
  }

  private static func isRead(_ flow: FlowRecord) -> Bool {
    flow.serverName == "example.com" && ja4(flow) == MadeHello.publishedJA4 && flow.wireProtocol == .tls
  }

  @Test func thePublishedFingerprint() throws {
    #expect(Self.isRead(try Self.flow(Self.handshake + [Self.segment(0, Self.hello.record)])))
    // Of nothing, as the definition has it.
    var bare = MadeHello()
    bare.extensions = [MadeHello.serverName("example.com")]
    let flow = try Self.flow(Self.handshake + [Self.segment(0, bare.record)])
    #expect(Self.ja4(flow)?.hasPrefix("t12d020100_") == true && Self.ja4(flow)?.hasSuffix("_000000000000") == true)
    // Extensions without signature algorithms: the definition's hash of its example.
    #expect(
      HelloFingerprints.hash(
        Array("0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01".utf8)) == 0x6D80_7FFA_2A79)
  }

  @Test func everyCutAndOrderOfTwoPieces() throws {
    let stream = Self.hello.record
    for cut in 1..<stream.count {
      let pieces = Self.pieces(stream, [cut])
      #expect(Self.isRead(try Self.flow(Self.handshake + pieces)), "cut at \(cut)")
      #expect(Self.isRead(try Self.flow(Self.handshake + pieces.reversed())), "cut at \(cut), turned around")
    }
  }

  @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6, 7, 8]) func manyPiecesInAnyOrder(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let stream = Self.hello.record
    for size in [7, 16, 50, 90] {
      var pieces = Self.pieces(stream, Array(stride(from: size, to: stream.count, by: size)))
      for index in pieces.indices.dropLast() {
        pieces.swapAt(index, generator.number(in: index...(pieces.count - 1)))
      }
      // And some of them twice.
      pieces += pieces.prefix(2)
      #expect(Self.isRead(try Self.flow(Self.handshake + pieces)), "seed \(seed), pieces of \(size)")
    }
  }

  /// The order of arrival is not the order of the bytes; numbers wrap.
  @Test func numbersThatWrap() throws {
    let stream = Self.hello.record
    let start = -1_000 - 40  // 40 bytes below the end of the numbers
    let packets = [
      Self.segment(start - 1, [], flags: .syn), Self.segment(-1, [], back: true, flags: [.syn, .ack]),
      Self.segment(start + 80, Array(stream[80...])), Self.segment(start, Array(stream[..<80])),
    ]
    #expect(Self.isRead(try Self.flow(packets)))
  }

  @Test func anAnswerEndsTheWaiting() throws {
    let stream = Self.hello.record
    // The beginning never was in the capture, and the server answers: nothing of it is made up.
    let lost = try Self.flow(
      Self.handshake + [Self.segment(100, Array(stream[100...])), Self.segment(0, [22, 3, 3, 0, 1, 2], back: true)])
    #expect(lost.serverName == nil && lost.ja4 == nil)
    // The end never was: the name before it is read, and half a hello has no fingerprint.
    let cut = try Self.flow(
      Self.handshake + [Self.segment(0, Array(stream[..<150])), Self.segment(0, [22, 3, 3, 0, 1, 2], back: true)])
    #expect(cut.serverName == "example.com" && cut.ja4 == nil)
  }

  @Test func otherProtocolsOutOfOrderAreReadAsWell() throws {
    let request = Array("GET /index.html HTTP/1.1\r\nHost: example.com\r\nAccept: text/html\r\n\r\n".utf8)
    for pieces in [Self.pieces(request, [30]), Self.pieces(request, [30]).reversed()] {
      #expect(try Self.flow(Self.handshake + pieces).wireProtocol == .http)
    }
    // Never completed, and answered: what the server says still tells.
    let answered = try Self.flow(
      Self.handshake + [
        Self.segment(30, Array(request[30...])), Self.segment(0, Array("HTTP/1.1 200 OK\r\n\r\n".utf8), back: true),
      ])
    #expect(answered.wireProtocol == .http)
  }

  @Test func aHelloOfMoreThanSixteenKibibytesIsGivenUp() throws {
    var large = Self.hello
    large.extensions.append((21, [UInt8](repeating: 0, count: 15_000)))
    let stream = large.record
    let pieces = Self.pieces(stream, Array(stride(from: 1_400, to: stream.count, by: 1_400)))
    #expect(try Self.flow(Self.handshake + pieces.reversed()).serverName == "example.com")
    large.extensions.append((21, [UInt8](repeating: 0, count: 2_000)))
    let tooLarge = try Self.flow(
      Self.handshake + Self.pieces(large.record, Array(stride(from: 1_400, to: large.record.count, by: 1_400))))
    #expect(tooLarge.ja4 == nil)
  }

  @Test func aCutCaptureHasTheNameAndNoFingerprint() throws {
    var hello = Self.hello
    hello.extensions.insert(hello.extensions.remove(at: 2), at: 0)
    let flow = try Self.flow(Self.handshake + [Self.segment(0, hello.record)], captured: 200)
    #expect(flow.serverName == "example.com" && flow.ja4 == nil && flow.wireProtocol == .tls)
  }

  @Test func anOuterHelloIsMarked() throws {
    var outer = Self.hello
    outer.extensions.append((0xFE0D, [0, 0, 1, 0, 1, 9, 0, 0, 0, 1, 7]))
    let flow = try Self.flow(Self.handshake + [Self.segment(0, outer.record)])
    #expect(flow.hasOuterHello && flow.serverName == "example.com")
    #expect(try !Self.flow(Self.handshake + [Self.segment(0, Self.hello.record)]).hasOuterHello)
  }

  // MARK: DTLS

  private static var dtls: MadeHello {
    var hello = MadeHello()
    hello.version = 0xFEFD
    hello.ciphers = [0x1301, 0x1302, 0x1303, 0xC02B]
    hello.extensions = [
      (51, [UInt8](repeating: 3, count: 1_300)), MadeHello.versions([0xFEFC, 0xFEFD]),
      MadeHello.signatures([0x0403, 0x0804]), (14, [0, 2, 0, 7, 0]),
    ]
    return hello
  }

  @Test func fragmentsInAnyOrderArePutTogether() throws {
    let whole = try Self.flow([Self.datagram(Self.dtls.fragments(of: 2_000)[0])])
    let expected = try #require(Self.ja4(whole))
    #expect(expected.hasPrefix("dd2i040400_") && whole.role == .connectivity)
    for size in [100, 250, 700, 1_200] {
      let fragments = Self.dtls.fragments(of: size)
      for order in [fragments, fragments.reversed(), fragments + fragments] {
        let flow = try Self.flow(order.map(Self.datagram))
        // use_srtp stands behind the key share, in the last fragment: without it this is no call.
        #expect(Self.ja4(flow) == expected && flow.role == .connectivity, "fragments of \(size)")
      }
      #expect(Self.ja4(try Self.flow([Self.datagram(fragments.flatMap { $0 })])) == expected, "one datagram")
    }
  }

  @Test func fragmentsOfTwoMessagesAreNoHello() throws {
    var other = Self.dtls
    other.extensions[0].data.removeLast(10)
    let one = Self.dtls.fragments(of: 700)
    let two = other.fragments(of: 700, number: 1)
    let mixed = try Self.flow([Self.datagram(one[0]), Self.datagram(two[1])])
    #expect(mixed.ja4 == nil)
    // The second hello of a connection, with the server's cookie, is put together as well.
    let again = Self.dtls.fragments(of: 700, number: 1, cookie: [1, 2, 3, 4])
    let second = try Self.flow(([one[0]] + again).map(Self.datagram))
    #expect(Self.ja4(second)?.hasPrefix("dd2i040400_") == true)
  }
}
