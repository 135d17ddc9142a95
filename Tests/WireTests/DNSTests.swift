import Testing
import Wire

@Suite struct DNSTests {
  private let answer = PayloadVector.dnsAnswer

  @Test func headerAndQuestion() throws {
    let message = try #require(DNSMessage(answer))
    #expect(message.id == 0x1234)
    #expect(message.isResponse)
    #expect(message.opcode == 0)
    #expect(message.rcode == 0)
    #expect(message.answerCount == 3)
    #expect(message.questionType == 1)
    #expect(message.recordsOffset == 31)
    #expect(message.questionName(in: answer) == "g.example.net")
  }

  @Test func addressesOverAlias() throws {
    let message = try #require(DNSMessage(answer))
    #expect(
      message.addresses(in: answer) == [
        DNSAddress(family: 4, address: AddressBits(low: 0xC000_0201), ttl: 60),
        DNSAddress(family: 6, address: AddressBits(high: 0x2001_0DB8_0000_0000, low: 1), ttl: 60),
      ])
  }

  @Test func recordsInOrder() throws {
    let message = try #require(DNSMessage(answer))
    var records = DNSRecords(message)
    var types: [UInt16] = []
    var owners: [String?] = []
    while let record = records.next(in: answer.span) {
      types.append(record.type)
      owners.append(record.ownerName(in: answer))
    }
    #expect(types == [5, 1, 28])
    #expect(owners == ["g.example.net", "chat.cdn.example.net", "chat.cdn.example.net"])
  }

  @Test func strangersAddressesDoNotCount() throws {
    // The A record belongs to another name.
    let bytes = hex(
      "1234 8180 0001 0001 0000 0000 0161 0362636400 0001 0001 0178 0362636400 0001 0001 0000003c 0004 c0000201")
    let message = try #require(DNSMessage(bytes))
    #expect(message.addresses(in: bytes) == [])
  }

  @Test func aliasAfterItsTarget() throws {
    let bytes = hex(
      """
      1234 8180 0001 0002 0000 0000 0161 0000 0100 01
      0162 00 0001 0001 0000003c 0004 c0000201
      c00c 0005 0001 00000005 0003 0162 00
      """)
    let message = try #require(DNSMessage(bytes))
    #expect(
      message.addresses(in: bytes) == [
        DNSAddress(family: 4, address: AddressBits(low: 0xC000_0201), ttl: 5)
      ])
  }

  /// RFC 9460: service mode under another name, with hints of both families among other parameters.
  @Test func hintsOfHTTPSRecordsAreAddresses() throws {
    let bytes = hex(
      """
      1234 8180 0001 0003 0000 0000 0161 0362636400 0041 0001
      c00c 0041 0001 0000003c 0030 0001 0163 00
           0001 0003 02 6832  0004 0008 c0000201 c0000202  0006 0010 20010db8000000000000000000000001  0005 0000
      0163 00 0001 0001 00000005 0004 c0000203
      0178 00 0041 0001 0000003c 000b 0001 00 0004 0004 c0000209
      """)
    let message = try #require(DNSMessage(bytes))
    #expect(
      message.addresses(in: bytes) == [
        DNSAddress(family: 4, address: AddressBits(low: 0xC000_0201), ttl: 60),
        DNSAddress(family: 4, address: AddressBits(low: 0xC000_0202), ttl: 60),
        DNSAddress(family: 6, address: AddressBits(high: 0x2001_0DB8_0000_0000, low: 1), ttl: 60),
        // The target's own address; the stranger's hint does not count.
        DNSAddress(family: 4, address: AddressBits(low: 0xC000_0203), ttl: 5),
      ])
  }

  @Test func anAliasInAnHTTPSRecordLeadsOn() throws {
    let bytes = hex(
      """
      1234 8180 0001 0002 0000 0000 0161 00 0041 0001
      c00c 0041 0001 0000003c 0005 0000 0162 00
      0162 00 001c 0001 0000003c 0010 20010db8000000000000000000000002
      """)
    let message = try #require(DNSMessage(bytes))
    #expect(
      message.addresses(in: bytes) == [
        DNSAddress(family: 6, address: AddressBits(high: 0x2001_0DB8_0000_0000, low: 2), ttl: 60)
      ])
  }

  /// Parameters that do not fit, a name that does not end, a hint of half an address.
  @Test(arguments: ["0001 00 0004 0008 c0000201", "0001 01", "0001 00 0004 0003 c00002", "00", ""])
  func damagedHTTPSRecordsSayNothing(data: String) throws {
    let count = hex(data).count
    let bytes =
      hex("1234 8180 0001 0001 0000 0000 0161 00 0041 0001 c00c 0041 0001 0000003c 00") + [UInt8(count)]
      + hex(data)
    let message = try #require(DNSMessage(bytes))
    #expect(message.addresses(in: bytes) == [])
  }

  @Test func pointerLoops() throws {
    // A question that points to itself, and one that hops back and forth.
    let own = hex("1234 0100 0001 0000 0000 0000 c00c 0001 0001")
    #expect(DNSMessage(own)?.questionName(in: own) == nil)
    let forward = hex("1234 0100 0001 0000 0000 0000 c00e 0001 0001 0000")
    #expect(DNSMessage(forward)?.questionName(in: forward) == nil)
    let ahead = hex("1234 0100 0001 0000 0000 0000 c012 0001 0001 0161 00")
    #expect(DNSMessage(ahead)?.questionName(in: ahead) == nil)
    let loop = hex("1234 0100 0001 0000 0000 0000 0161 c00c 0001 0001")
    #expect(DNSMessage(loop)?.questionName(in: loop) == nil)
  }

  @Test(arguments: [
    // Two questions, none, opcode 3, reserved bit, a query with answers, class 7, type 0, an overlong label.
    "1234 0100 0002 0000 0000 0000 0161 00 0001 0001", "1234 0100 0000 0000 0000 0000 0161 00 0001 0001",
    "1234 1900 0001 0000 0000 0000 0161 00 0001 0001", "1234 0140 0001 0000 0000 0000 0161 00 0001 0001",
    "1234 0100 0001 0001 0000 0000 0161 00 0001 0001", "1234 0100 0001 0000 0000 0000 0161 00 0001 0007",
    "1234 0100 0001 0000 0000 0000 0161 00 0000 0001", "1234 0100 0001 0000 0000 0000 4161 00 0001 0001",
    "1234 8180 0001 ffff 0000 0000 0161 00 0001 0001",
  ]) func refused(message: String) {
    #expect(DNSMessage(hex(message)) == nil)
  }

  @Test func accepted() {
    #expect(DNSMessage(hex("1234 0100 0001 0000 0000 0001 0161 00 0001 0001"))?.additionalCount == 1)
    #expect(DNSMessage(hex("0000 8400 0001 0000 0000 0000 0161 00 000c 8001")) != nil)
    #expect(DNSMessage(hex("1234 8183 0001 0000 0001 0000 0161 00 0041 0001"))?.rcode == 3)
  }

  @Test(arguments: ["0161 0120 00", "03612e62 00", "010a 00", "01e9 00"]) func unprintableNames(name: String) throws {
    let bytes = hex("1234 0100 0001 0000 0000 0000 \(name) 0001 0001")
    #expect(try #require(DNSMessage(bytes)).questionName(in: bytes) == nil)
  }
}
