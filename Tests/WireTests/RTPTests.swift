import Testing
import Wire

@Suite struct RTPTests {
  @Test func fields() throws {
    let header = try #require(RTPHeader(hex("80ef 1234 00010002 89abcdef"), wireLength: 172))
    #expect(header.payloadType == 111)
    #expect(header.marker)
    #expect(header.sequence == 0x1234)
    #expect(header.timestamp == 0x0001_0002)
    #expect(header.ssrc == 0x89AB_CDEF)
    #expect(header.csrcCount == 0)
    #expect(header.headerLength == 12)
    #expect(header.extensionProfile == nil)
    #expect(!header.hasPadding)
    #expect(!header.hasExtension)
  }

  /// WhatsApp's packets: header lengths of 16, 20 and 28 bytes, profile 0xDEBE.
  @Test(arguments: [
    ("90f800010000000012345678debe0000", 16, 120), ("907800020000014012345678debe000130010000", 20, 120),
    ("90e100010001bdc849c5fb8cdebe0003300951000061001d910c3f00", 28, 97),
  ]) func whatsApp(packet: String, length: Int, type: UInt8) throws {
    let bytes = hex(packet)
    let header = try #require(RTPHeader(bytes, wireLength: 80))
    #expect(header.headerLength == length)
    #expect(header.payloadType == type)
    #expect(header.extensionProfile == 0xDEBE)
    // Header alone on the wire is a packet, too; one byte less is none.
    #expect(RTPHeader(bytes, wireLength: length) != nil)
    #expect(RTPHeader(bytes, wireLength: length - 1) == nil)
    // Cut before the extension: the fixed header still counts.
    #expect(RTPHeader(bytes[0..<12], wireLength: 80)?.extensionProfile == nil)
    #expect(RTPHeader(bytes[0..<12], wireLength: 80)?.headerLength == 16)
    #expect(RTPHeader(bytes[0..<11], wireLength: 80) == nil)
  }

  @Test func contributingSourcesAndPadding() throws {
    let bytes = hex("b2000000 00000000 00000001 00000002 00000003 bede0001 00000000")
    let header = try #require(RTPHeader(bytes, wireLength: 60))
    #expect(header.csrcCount == 2)
    #expect(header.hasPadding)
    #expect(header.headerLength == 28)
    #expect(header.extensionProfile == 0xBEDE)
    #expect(RTPHeader(hex("8f600000 00000000 00000001"), wireLength: 71) == nil)
    #expect(RTPHeader(hex("8f600000 00000000 00000001"), wireLength: 72) != nil)
  }

  @Test func versionAndPayloadTypes() {
    for first in UInt8.min...UInt8.max {
      for second in UInt8.min...UInt8.max {
        let bytes = [first, second] + run(0, 14)
        let expected = first >> 6 == 2 && !(64...95).contains(second & 0x7F) && Int(first & 15) * 4 + 12 <= 100
        #expect((RTPHeader(bytes, wireLength: 100) != nil) == expected)
        let isRTCP = RTPHeader.isRTCP(firstByte: first, secondByte: second)
        #expect(isRTCP == (first >> 6 == 2 && (192...223).contains(second)))
      }
    }
  }
}

@Suite struct RTCPTests {
  private let compound = PayloadVector.rtcpCompound

  @Test func plainCompound() throws {
    let read = try #require(RTCPCompound(compound, wireLength: compound.count))
    #expect(!read.isSecured)
    #expect(read.packetCount == 3)
    #expect(read.hasBye)
    #expect(read.indexAtEnd == nil)
    #expect(read.first.packetType == .senderReport)
    #expect(read.first.count == 1)
    #expect(read.first.ssrc == 0x1111)
    #expect(read.first.length == 52)
    let info = try #require(RTCPSenderInfo(compound))
    #expect(info.ssrc == 0x1111)
    #expect(info.ntpTime == 0xE400_0000_8000_0000)
    #expect(info.rtpTime == 0x0001_0000)
    #expect(info.packetCount == 100)
    #expect(info.octetCount == 16_000)
  }

  @Test func reportBlocks() throws {
    var blocks = RTCPReportBlocks()
    let first = blocks.next(in: compound)
    let block = try #require(first)
    #expect(block.reporter == 0x1111)
    #expect(block.ssrc == 0x2222)
    #expect(block.fractionLost == 64)
    #expect(block.cumulativeLost == -2)
    #expect(block.extendedHighest == 0x0001_0005)
    #expect(block.jitter == 16)
    #expect(block.lastSenderReport == 0xAAAA_BBBB)
    #expect(block.delaySinceLast == 0x8000)
    let second = blocks.next(in: compound)
    #expect(second == nil)
  }

  @Test func blocksOfSeveralPackets() {
    let block = "00000002 00000000 00000003 00000004 00000005 00000006"
    let two = hex("82c9000d 00000007 \(block) \(block)")
    let one = hex("81c90007 00000008 \(block)")
    var blocks = RTCPReportBlocks()
    var reporters: [UInt32] = []
    let bytes = two + hex("80ca0001 00000007") + one
    while let block = blocks.next(in: bytes) { reporters.append(block.reporter) }
    #expect(reporters == [7, 7, 8])
    // A count that the length does not hold gives no blocks of the next packet.
    var liar = RTCPReportBlocks()
    var count = 0
    let lying = hex("9fc90007 00000007 \(block)") + one
    while liar.next(in: lying) != nil { count += 1 }
    #expect(count == 2)
  }

  @Test func secured() throws {
    let body = hex("80c90001 00001111") + run(0xE7, 24)
    let counter = body + hex("80000005") + run(0x99, 10)
    let read = try #require(RTCPCompound(counter, wireLength: counter.count))
    #expect(read.isSecured)
    #expect(read.packetCount == 1)
    #expect(read.first.ssrc == 0x1111)
    #expect(read.indexBeforeTag?.value == 5)
    #expect(read.indexBeforeTag?.isEncrypted == true)
    let galois = body + run(0x99, 16) + hex("80000007")
    let other = try #require(RTCPCompound(galois, wireLength: galois.count))
    #expect(other.indexAtEnd?.value == 7)
    #expect(other.indexAtEnd?.isEncrypted == true)
    // Cut by the capture: the end is unknown.
    let cut = try #require(RTCPCompound(galois[0..<20], wireLength: galois.count))
    #expect(cut.isSecured)
    #expect(cut.isTruncated)
    #expect(cut.indexAtEnd == nil)
    #expect(cut.indexBeforeTag == nil)
  }

  @Test func refusals() {
    // A first packet longer than the datagram; a rest too short for a trailer; RTP; another version.
    #expect(RTCPCompound(hex("80c90004 00001111"), wireLength: 8) == nil)
    #expect(RTCPCompound((hex("80c90001 00001111") + run(1, 13)), wireLength: 21) == nil)
    #expect(RTCPCompound((hex("80c90001 00001111") + run(1, 14)), wireLength: 22)?.isSecured == true)
    #expect(RTCPCompound(hex("80600001 00001111"), wireLength: 8) == nil)
    #expect(RTCPCompound(hex("40c90001 00001111"), wireLength: 8) == nil)
    #expect(RTCPCompound(hex("80cb0000"), wireLength: 4)?.hasBye == true)
    #expect(RTCPCompound(hex("80cb0000"), wireLength: 4)?.first.ssrc == nil)
  }

  @Test func cutCompoundStaysPlain() throws {
    // Snaplen ends after the second packet's header: two packets in a chain reach the cut.
    let cut = try #require(RTCPCompound(compound[0..<56], wireLength: compound.count))
    #expect(!cut.isSecured)
    #expect(cut.packetCount == 2)
    #expect(!cut.hasBye)
  }
}
