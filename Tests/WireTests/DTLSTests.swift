import Testing
import Wire

@Suite struct DTLSTests {
  @Test func clientHello() throws {
    let bytes = PayloadVector.dtlsHello
    let record = try #require(DTLSRecord(bytes, wireLength: bytes.count))
    #expect(record.contentType == .handshake)
    #expect(record.version == 0xFEFF)
    #expect(record.epoch == 0)
    #expect(record.sequence == 0)
    #expect(record.fragment == 13..<bytes.count)
    let fragment = bytes[record.fragment]
    let header = try #require(DTLSHandshakeHeader(fragment))
    #expect(header.type == .clientHello)
    #expect(header.length == bytes.count - 25)
    #expect(!header.isFragment)
    let hello = try #require(DTLSClientHello(fragment))
    #expect(hello.version == 0xFEFD)
    #expect(hello.cookieLength == 0)
    #expect(hello.cipherCount == 3)
    #expect(hello.serverName == nil)
    #expect(hello.hasUseSRTP)
    #expect(hello.srtpProfile == 1)
    #expect(hello.offers13)
    #expect(hello.isComplete)
  }

  @Test func helloWithCookieAndName() throws {
    let body = tlsBody(version: 0xFEFD, cookie: run(9, 20), extensions: [serverName("example.org"), alpn])
    let bytes = dtlsRecord(handshake: body)
    let fragment = bytes[13..<bytes.count]
    let hello = try #require(DTLSClientHello(fragment))
    #expect(hello.cookieLength == 20)
    #expect(!hello.hasUseSRTP)
    #expect(!hello.offers13)
    #expect(
      hello.serverName.map { Array(bytes[13...][($0.lowerBound + 13)..<($0.upperBound + 13)]) } == text("example.org"))
    #expect(hello.firstProtocol?.count == 2)
  }

  @Test func nameLongerThanItsExtension() throws {
    let lying = helloExtension(0, word(20) + [0] + word(40) + text("example.org"))
    let body = tlsBody(version: 0xFEFD, cookie: [], extensions: [lying, helloExtension(21, run(0x61, 60))])
    let hello = try #require(DTLSClientHello(dtlsRecord(handshake: body)[13...]))
    #expect(hello.serverName == nil)
    #expect(hello.isComplete)
  }

  @Test func firstFragment() throws {
    let body = tlsBody(version: 0xFEFD, cookie: [], extensions: [useSRTP, helloExtension(21, run(0, 100)), dtls13])
    let bytes = dtlsRecord(handshake: body, fragment: 80)
    let fragment = bytes[13..<bytes.count]
    #expect(DTLSHandshakeHeader(fragment)?.isFragment == true)
    let hello = try #require(DTLSClientHello(fragment))
    #expect(hello.hasUseSRTP)
    #expect(!hello.offers13)
    #expect(!hello.isComplete)
  }

  @Test func refusesOtherMessages() {
    let hello = PayloadVector.dtlsHello
    var server = hello
    server[13] = 2
    #expect(DTLSClientHello(server[13..<server.count]) == nil)
    var later = hello
    later[21] = 1
    #expect(DTLSClientHello(later[13..<later.count]) == nil)
    var tls = hello
    tls[25] = 3
    #expect(DTLSClientHello(tls[13..<tls.count]) == nil)
  }

  @Test func recordsOfOneDatagram() throws {
    let bytes =
      hex("14 fefd 0000 000000000005 0001 01") + hex("16 fefd 0001 000000000000 0004 11223344")
      + hex("17 fefd 0001 0102030405ff 0003 aabbcc")
    var records = DTLSRecords(wireLength: bytes.count)
    var found: [(TLSContentType, UInt16, UInt64, Range<Int>)] = []
    while let record = records.next(in: bytes.span) {
      found.append((record.contentType, record.epoch, record.sequence, record.fragment))
    }
    #expect(found.map(\.0) == [.changeCipherSpec, .handshake, .applicationData])
    #expect(found.map(\.1) == [0, 1, 1])
    #expect(found.map(\.2) == [5, 0, 0x0102_0304_05FF])
    #expect(found.map(\.3) == [13..<14, 27..<31, 44..<47])
  }

  @Test(arguments: [
    // Content type, version, length, and an empty record.
    "13 fefd 0000 000000000000 0001 01", "1b fefd 0000 000000000000 0001 01", "16 0303 0000 000000000000 0001 01",
    "16 fefe 0000 000000000000 0001 01", "16 fefd 0000 000000000000 0002 01", "16 fefd 0000 000000000000 0000",
  ]) func refusedRecords(record: String) {
    let bytes = hex(record)
    #expect(DTLSRecord(bytes, wireLength: bytes.count) == nil)
  }

  @Test(arguments: ["feff", "fefd", "fefc", "0100"]) func versions(version: String) {
    let bytes = hex("17 \(version) 0001 000000000001 0001 01")
    #expect(DTLSRecord(bytes, wireLength: bytes.count)?.sequence == 1)
  }

  @Test func cutRecord() throws {
    let bytes = hex("17 fefd 0001 000000000009 0400") + run(1, 51)
    let record = try #require(DTLSRecord(bytes, wireLength: 13 + 1_024))
    #expect(record.isTruncated)
    #expect(record.length == 1_024)
    #expect(record.fragment == 13..<64)
    #expect(record.sequence == 9)
    #expect(DTLSRecord(bytes, wireLength: 13 + 1_023) == nil)
  }

  @Test func alert() throws {
    let clear = hex("15 fefd 0000 000000000007 0002 0228")
    let record = try #require(DTLSRecord(clear, wireLength: clear.count))
    #expect(TLSAlert(record, in: clear)?.level == 2)
    #expect(TLSAlert(record, in: clear)?.description == 40)
    let encrypted = hex("15 fefd 0001 000000000007 0002 0228")
    let other = try #require(DTLSRecord(encrypted, wireLength: encrypted.count))
    #expect(TLSAlert(other, in: encrypted) == nil)
  }

  @Test func unified() throws {
    let bytes = hex("2f abcd 0020") + run(0x77, 32) + hex("2e abce") + hex("0014") + run(1, 20)
    let record = try #require(DTLSRecord(bytes, wireLength: bytes.count))
    #expect(record.isUnified)
    #expect(record.epoch == 3)
    #expect(record.length == 32)
    #expect(record.fragment == 5..<37)
    // Without room for a tag it is something else.
    #expect(DTLSRecord((hex("2f abcd 0010") + run(0, 16)), wireLength: 20) == nil)
    #expect(DTLSRecord((hex("28 abcd") + run(0, 17)), wireLength: 20)?.length == 17)
    #expect(DTLSRecord((hex("28 abcd") + run(0, 16)), wireLength: 19) == nil)
  }
}
