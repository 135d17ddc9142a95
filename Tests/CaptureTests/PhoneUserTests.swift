import Testing
import Wire

@testable import Capture

/// Whose packets a phone's capture holds: PCAPdroid's custom blocks and comments in pcapng.
@Suite struct PhoneUserTests {
  /// A block that names the app of a user, as PCAPdroid writes it.
  private static func mapping(
    _ user: Int32, package: String = "com.whatsapp", label: String, order: ByteOrder, enterprise: UInt32 = 62_652
  ) -> [UInt8] {
    var body: [UInt8] = []
    body.append(enterprise, order)
    body.append(UInt16(1), order)
    body += [1, 0]
    body.append(UInt32(bitPattern: user), order)
    body += [UInt8(package.utf8.count), UInt8(label.utf8.count)]
    return body + Array(package.utf8) + Array(label.utf8)
  }

  @Test(arguments: PcapTests.orders) func packetsHaveTheUserOfTheirComment(order: ByteOrder) throws {
    var writer = PcapNGWriter(byteOrder: order)
    writer.appendInterface(linkType: .raw)
    writer.append([1, 2, 3], time: 1, comment: "u-10130")
    writer.appendBlock(type: 0xBAD, body: Self.mapping(10_130, label: "WhatsApp", order: order))
    for comment in ["u-10130", "u-99", "u-", "u-1x", "U-1", "u-99999999999", "lunch", nil] {
      writer.append([1, 2, 3, 4, 5], time: 2, comment: comment)
    }
    writer.appendBlock(type: 0xBAD, body: Self.mapping(99, package: "a.b", label: "Anrufe ÄÖ", order: order))
    let (frames, facts) = try read(TemporaryFile(writer.bytes))
    // Comments mean nothing before the first mapping: another program may have written them.
    #expect(frames.map(\.user) == [-1, 10_130, 99, -1, -1, -1, -1, -1, -1])
    #expect(frames.map(\.number) == [1, 3, 4, 5, 6, 7, 8, 9, 10])
    #expect(facts.phoneApps[10_130].map { String(decoding: $0, as: UTF8.self) } == "WhatsApp")
    #expect(facts.phoneApps[99].map { String(decoding: $0, as: UTF8.self) } == "Anrufe ÄÖ")
    #expect(!facts.truncated)
  }

  @Test func otherCustomBlocksNameNobody() throws {
    let whole = Self.mapping(1, label: "X", order: .little)
    var writer = PcapNGWriter()
    writer.appendInterface(linkType: .raw)
    writer.appendBlock(type: 0xBAD, body: Self.mapping(1, label: "X", order: .little, enterprise: 1))
    for length in 0..<(whole.count - 3) { writer.appendBlock(type: 0xBAD, body: Array(whole[..<length])) }
    // A label longer than its block.
    var long = whole
    long[13] = 200
    writer.appendBlock(type: 0xBAD, body: long)
    writer.append([1], time: 1, comment: "u-1")
    let (frames, facts) = try read(TemporaryFile(writer.bytes))
    #expect(facts.phoneApps.isEmpty && !facts.truncated)
    #expect(frames.map(\.user) == [-1])
  }

  @Test func noMoreUsersAreKeptThanAPhoneCanHave() throws {
    var writer = PcapNGWriter()
    writer.appendInterface(linkType: .raw)
    for user in 0..<6000 {
      writer.appendBlock(type: 0xBAD, body: Self.mapping(Int32(user), label: "app \(user)", order: .little))
    }
    writer.append([1], time: 1, comment: "u-5")
    let (frames, facts) = try read(TemporaryFile(writer.bytes))
    #expect(facts.phoneApps.count == 4096)
    #expect(frames.map(\.user) == [5])
  }
}
