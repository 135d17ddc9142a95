import Synth
import Testing

@Suite struct MessageTests {
  @Test func crcHasItsCheckValue() {
    #expect(Checksum.crc32(Array("123456789".utf8)) == 0xCBF4_3926)
  }

  /// RFC 5769 §2.1 ends with a FINGERPRINT over the rest.
  @Test func fingerprintAgreesWithTheStandardVector() {
    let text =
      "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff80290008932ff9b1"
      + "51263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf"
    let digits = Array(text.utf8)
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      bytes.append(UInt8(String(decoding: digits[index...(index + 1)], as: UTF8.self), radix: 16) ?? 0)
    }
    #expect(Checksum.crc32(Array(bytes.dropLast(8))) ^ 0x5354_554E == 0xE57A_3BCF)
  }

  @Test func iceChecksHaveTheFamiliarLengthsAndARightFingerprint() {
    var generator = SeededGenerator(seed: 9)
    let name = generator.base64Characters(4)
    let plain = STUNMessage.iceCheck(remoteName: name, localName: name, controlling: true, generator: &generator)
    let nominating = STUNMessage.iceCheck(
      remoteName: name, localName: name, controlling: true, nominates: true, generator: &generator)
    let answer = STUNMessage.iceAnswer(
      to: plain, mapped: SocketAddress("203.0.113.2", 4_000), generator: &generator)
    #expect([plain.count, nominating.count, answer.count] == [96, 100, 64])
    for message in [plain, nominating, answer] {
      let sum = Checksum.crc32(Array(message.dropLast(8))) ^ 0x5354_554E
      let last = message.suffix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      #expect(sum == last)
      let length = Int(message[2]) << 8 | Int(message[3])
      #expect(length == message.count - 20)
    }
  }

  @Test func reflectorFramesHaveTheirShape() {
    let messages = ReflectorMessage(tag: [UInt8](1...12))
    let hello = messages.hello(from: [1, 2, 3, 4])
    #expect(hello.count == 40)
    #expect(Array(hello[16..<32]) == [UInt8](repeating: 0xFF, count: 12) + [0xFE, 0xFF, 0xFF, 0xFF])
    #expect(Array(hello[32..<40]) == [0, 0, 0, 0, 0, 0, 0, 0x7B])
    #expect(messages.answer(to: hello, unixTime: 1, mapped: SocketAddress("203.0.113.2", 9)).count == 64)
    let data = messages.data(to: [1, 1, 1, 1], from: [2, 2, 2, 2], [UInt8](repeating: 9, count: 33))
    #expect(data.count == 60)
    #expect(Array(data[20..<24]) == [0, 0, 0, 33])
  }

  @Test func whatsAppAllocateHas212Bytes() {
    var generator = SeededGenerator(seed: 2)
    let message = WhatsAppMessage.allocate(
      relay: SocketAddress("157.240.9.51", 3_478), token: generator.bytes(150), transaction: generator.bytes(12),
      generator: &generator)
    #expect(message.count == 212)
  }

  @Test func mediaStreamsCount() {
    var stream = MediaStream(
      payloadType: 111, timestampStep: 960, payloadLengths: 40...60, protection: .galoisCounterMode,
      generator: SeededGenerator(seed: 4))
    let first = stream.nextPacket()
    let second = stream.nextPacket()
    let numbers = [first, second].map { UInt16($0[2]) << 8 | UInt16($0[3]) }
    #expect(numbers[1] == numbers[0] + 1)
    #expect(first[1] == 0xEF && second[1] == 111)
    let report = stream.senderReport(about: 1, at: 0)
    #expect(report[1] == 200)
    #expect(Array(report.suffix(4)) == [0x80, 0, 0, 1])
  }
}
