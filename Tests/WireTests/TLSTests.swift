import Testing
import Wire

private func readHello(_ stream: [UInt8], isFinal: Bool = false) -> TLSClientHello? {
  if case .hello(let hello) = TLSClientHello.read(stream, isFinal: isFinal) { return hello }
  return nil
}

@Suite struct TLSTests {
  private let body = tlsBody(version: 0x0303, cookie: nil, extensions: [serverName("Web.Telegram.ORG"), alpn, tls13])

  @Test func oneRecord() throws {
    let stream = PayloadVector.tlsHello
    let hello = try #require(readHello(stream + hex("140303000101")))
    #expect(hello.serverName == "web.telegram.org")
    #expect(hello.serverNameRange.map { Array(stream[$0]) } == text("Web.Telegram.ORG"))
    #expect(hello.firstProtocol == "h2")
    #expect(hello.offersTLS13)
    #expect(!hello.hasECH)
    #expect(hello.version == 0x0303)
    #expect(hello.cipherCount == 3)
    #expect(hello.recordCount == 1)
    #expect(hello.streamLength == stream.count)
    #expect(hello.isComplete)
  }

  @Test(arguments: [1, 2, 3, 4, 5, 7, 40, 64, 100]) func splitOverRecords(size: Int) throws {
    let stream = tlsRecord(handshake: body, size: size)
    let hello = try #require(readHello(stream + hex("140303000101")))
    #expect(hello.serverName == "web.telegram.org")
    #expect(hello.serverNameRange == nil)
    #expect(hello.firstProtocol == "h2")
    #expect(hello.recordCount == (body.count + 4 + size - 1) / size)
    #expect(hello.streamLength == stream.count)
  }

  /// Every prefix asks for more, never for bytes that it has, and following the answers ends at the hello.
  @Test(arguments: [1, 3, 50, 16_384]) func needMore(size: Int) {
    let stream = tlsRecord(handshake: body, size: size)
    for count in 0..<stream.count {
      guard case .needMore(let total) = TLSClientHello.read(stream[0..<count]) else {
        Issue.record("\(count) bytes")
        continue
      }
      #expect(total > count && total <= stream.count, "\(count) bytes")
    }
    #expect(readHello(stream) != nil)
  }

  @Test func cutByTheCapture() throws {
    let stream = PayloadVector.tlsHello
    let name = try #require(readHello(stream)?.serverNameRange)
    let cut = try #require(readHello(Array(stream[0..<name.upperBound]), isFinal: true))
    #expect(cut.serverName == "web.telegram.org")
    #expect(!cut.isComplete)
    #expect(readHello(Array(stream[0..<(name.upperBound - 1)]), isFinal: true)?.serverName == nil)
    let split = tlsRecord(handshake: body, size: 50)
    #expect(readHello(Array(split[0..<(split.count - 10)]), isFinal: true)?.serverName == "web.telegram.org")
  }

  @Test func encryptedClientHello() throws {
    let body = tlsBody(
      version: 0x0303, cookie: nil, extensions: [helloExtension(0xFE0D, run(0, 8)), serverName("public.example")])
    let hello = try #require(readHello(tlsRecord(handshake: body)))
    #expect(hello.hasECH)
    #expect(hello.serverName == "public.example")
    #expect(!hello.offersTLS13)
  }

  @Test(arguments: ["a\u{0}b", "a\nb", "a b", "пример.рф", "a\u{7F}"]) func unprintableNames(name: String) throws {
    let body = tlsBody(version: 0x0303, cookie: nil, extensions: [serverName(name)])
    #expect(try #require(readHello(tlsRecord(handshake: body))).serverName == nil)
  }

  @Test func nameLongerThanItsExtension() throws {
    let lying = helloExtension(0, word(20) + [0] + word(40) + text("example.org"))
    let body = tlsBody(version: 0x0303, cookie: nil, extensions: [lying, helloExtension(21, run(0x61, 60))])
    #expect(try #require(readHello(tlsRecord(handshake: body))).serverName == nil)
  }

  @Test(arguments: [
    "17 0303 0010", "16 0203 0010", "16 0305 0010", "16 0301 0000", "16 0301 ffff", "16 0301 0030 02", "80 02 00 01",
    "16 0301 0030 01 00ffff", "16 0301 0030 01 ffffff",
  ]) func notTLS(prefix: String) {
    let stream = hex(prefix) + run(0, 80)
    #expect(TLSClientHello.read(stream) == .notTLS)
  }

  @Test func recordsAndAlerts() throws {
    let header = try #require(TLSRecordHeader(hex("17 0303 0123")))
    #expect(header.contentType == .applicationData)
    #expect(header.version == 0x0303)
    #expect(header.length == 0x0123)
    #expect(TLSRecordHeader(hex("19 0303 0123")) == nil)
    #expect(TLSRecordHeader(hex("17 0303 4801")) == nil)
    let alert = try #require(TLSAlert(stream: hex("15 0303 0002 0270")))
    #expect(alert.level == 2)
    #expect(alert.description == 112)
    #expect(!alert.isCloseNotify)
    #expect(TLSAlert(stream: hex("15 0303 0002 0370")) == nil)
    #expect(TLSAlert(stream: (hex("15 0303 001a") + run(1, 26))) == nil)
  }
}
