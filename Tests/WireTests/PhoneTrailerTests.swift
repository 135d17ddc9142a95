import Synth
import Testing
import Wire

/// PCAPdroid's trailer behind a packet.
@Suite struct PhoneTrailerTests {
  private static func frame(_ label: String = "WhatsApp", addresses: UInt8 = 0) -> [UInt8] {
    var bytes = [UInt8](repeating: addresses, count: 12) + [8, 0]
    bytes += DecodeTests.datagram().serialized(timeToLive: 9)
    while bytes.count % 4 != 0 { bytes.append(0) }
    let name = Array(label.utf8.prefix(19))
    bytes += [1, 7, 0x20, 0x21, 0, 0, 0x27, 0x92] + name
    return bytes + [UInt8](repeating: 0, count: 20 - name.count) + [9, 9, 9, 9]
  }

  private static func name(_ bytes: [UInt8], link: LinkType = .ethernet) -> (uid: Int32, name: String)? {
    let block = [UInt8](repeating: 0xEE, count: 5) + bytes + [1, 2]
    let info = FrameInfo(
      time: 0, number: 1, start: 5, capturedLength: Int32(bytes.count), wireLength: Int32(bytes.count), linkType: link)
    guard let trailer = PhoneTrailer(block.span, info) else { return nil }
    return (trailer.userID, String(decoding: block[trailer.name], as: UTF8.self))
  }

  @Test func theNameAndTheUserAreRead() throws {
    #expect(Self.name(Self.frame())?.name == "WhatsApp")
    #expect(Self.name(Self.frame())?.uid == 10_130)
    #expect(Self.name(Self.frame("A very long label of an app"))?.name == "A very long label o")
    // The packet in front of it is as if it were not there.
    let packet = try DecodeTests.decode(Self.frame(), .ethernet)
    DecodeTests.expectDatagram(packet, headers: 42)
  }

  @Test func nothingElseIsATrailer() {
    #expect(Self.name(Self.frame("")) == nil)
    #expect(Self.name(Self.frame(addresses: 2)) == nil)
    #expect(Self.name(Self.frame(), link: .raw) == nil)
    let whole = Self.frame()
    for length in 0..<whole.count { #expect(Self.name(Array(whole[..<length])) == nil) }
  }
}
