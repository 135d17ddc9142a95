import Testing
import Wire

@testable import Capture

@Suite struct PcapNGTests {
  @Test(arguments: PcapTests.orders)
  func everyCutKeepsThePrefix(order: ByteOrder) throws {
    var writer = PcapNGWriter(byteOrder: order)
    var clean = [writer.bytes.count]
    var ends: [Int] = []
    writer.appendInterface()
    clean.append(writer.bytes.count)
    for index in 0..<3 {
      writer.append(udpFrame(port: 5000, payload: index), time: 1_700_000_000_000_000_000 + Int64(index))
      ends.append(writer.bytes.count)
      writer.appendBlock(type: 0xBAD, body: [1, 2, 3, 4, 5, 6, 7, 8])
      clean.append(writer.bytes.count)
    }
    writer.appendStatistics(drops: 7)
    clean += ends
    let bytes = writer.bytes
    let whole = try read(bytes: bytes)
    #expect(whole.facts.drops == 7)
    #expect(whole.frames.count == 3)
    for cut in 0..<bytes.count {
      let file = try TemporaryFile(Array(bytes[..<cut]))
      guard cut >= 12 else {
        #expect(throws: CaptureError.self) { try read(file) }
        continue
      }
      let (frames, facts) = try read(file)
      #expect(frames == Array(whole.frames[..<ends.count { $0 <= cut }]))
      #expect(facts.truncated == !clean.contains(cut), "cut at \(cut)")
    }
  }

  /// tshark 4.0 numbers custom blocks and journal entries like packets; name resolution, secrets and unknown blocks get
  /// no number.
  @Test func numbersAreWiresharks() throws {
    var writer = PcapNGWriter()
    writer.appendBlock(type: 0xBAD, body: [0, 0, 0, 1])
    writer.appendInterface()
    for type in [4, 10, 0x4000_0BAD, 9, 0x7777] as [UInt32] {
      writer.append([1], time: 1)
      writer.appendBlock(type: type, body: [UInt8](repeating: 0, count: 8))
    }
    let (frames, facts) = try read(TemporaryFile(writer.bytes))
    #expect(frames.map(\.number) == [2, 3, 4, 6, 8])
    #expect(facts.framesRead == 5)
  }

  @Test func mixedLinkTypesAndSnaplens() throws {
    var writer = PcapNGWriter()
    writer.appendInterface(linkType: .ethernet, snaplen: 96)
    writer.appendInterface(linkType: .raw, snaplen: 256)
    writer.appendInterface(linkType: LinkType(rawValue: 12), snaplen: 128)
    writer.append(udpFrame(port: 1, payload: 200), time: 1, interface: 0)
    writer.append(Array(udpFrame(port: 1, payload: 20)[14...]), time: 2, interface: 1)
    writer.append(Array(udpFrame(port: 2, payload: 20)[14...]), time: 3, interface: 2)
    let file = try TemporaryFile(writer.bytes)
    let (frames, facts) = try read(file)
    #expect(frames.map(\.linkType) == [.ethernet, .raw, .raw])
    #expect(frames.map(\.interface) == [0, 1, 2])
    #expect(frames[0].captured == 96 && frames[0].wire == 242)
    #expect(facts.linkTypes == [.ethernet, .raw])
    #expect(facts.snaplen == 256)
    #expect(try read(file, filter: "udp port 2").frames.map(\.number) == [3])
  }

  @Test func sectionsOfBothOrders() throws {
    var writer = PcapNGWriter(byteOrder: .little)
    writer.appendInterface(resolution: 6)
    writer.append([1], time: 1000)
    writer.appendStatistics(drops: 3)
    writer.appendStatistics(drops: 5)
    writer.appendSection(byteOrder: .big)
    writer.appendInterface(linkType: .raw)
    writer.append([2, 3], time: 2000)
    writer.appendStatistics(drops: 10)
    writer.appendSection(byteOrder: .little)
    let file = try TemporaryFile(writer.bytes)
    let (frames, facts) = try read(file)
    #expect(frames.map(\.time) == [1000, 2000])
    #expect(frames.map(\.captured) == [1, 2])
    #expect(facts.drops == 15)
    #expect(facts.linkTypes == [.ethernet, .raw])
  }

  /// if_tsresol in both bases, if_tsoffset, and libpcap's own arithmetic on the same file.
  @Test(arguments: [UInt8(0), 3, 6, 7, 9, 12, 0x80, 0x8A, 0x94, 0x9E, 0xA0], [Int64(0), 1_600_000_000, -5])
  func clocks(resolution: UInt8, offset: Int64) throws {
    for order in PcapTests.orders {
      var writer = PcapNGWriter(byteOrder: order)
      writer.appendInterface(snaplen: 262_144, resolution: resolution, offset: offset)
      // 10^-12 runs out of 64 bits after 213 days.
      let base: Int64 = resolution == 12 ? max(offset, 0) * 1_000_000_000 : 1_700_000_000_000_000_000
      for index in 0..<20 { writer.append([UInt8(index)], time: base + Int64(index) * 1_234_567_891) }
      let file = try TemporaryFile(writer.bytes)
      let (frames, facts) = try read(file)
      #expect(compare(frames, facts, Libpcap(file.path), isClassic: false) == .equal)
      #expect(frames.count == 20)
      if resolution == 9 || resolution == 0x9E { #expect(frames[19].time == base + 19 * 1_234_567_891) }
    }
  }

  @Test func extremeClocksDoNotTrap() throws {
    for resolution in [UInt8(0), 6, 9, 19, 0x80, 0xBF] {
      for offset in [Int64.min, -1, 0, .max] {
        var writer = PcapNGWriter()
        writer.appendInterface()
        var idb: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, resolution, 0, 0, 0, 14, 0, 8, 0]
        idb.append(offset, .little)
        writer.appendBlock(type: 1, body: idb)
        for ticks in [UInt64(0), 1, .max] {
          var body: [UInt8] = [1, 0, 0, 0]
          body.append(UInt32(ticks >> 32), .little)
          body.append(UInt32(truncatingIfNeeded: ticks), .little)
          body += [1, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0]
          writer.appendBlock(type: 6, body: body)
        }
        #expect(try read(bytes: writer.bytes).frames.count == 3)
      }
    }
    for resolution in [UInt8(20), 0x7F, 0xC0, 0xFF] {
      var writer = PcapNGWriter()
      writer.appendInterface()
      writer.append([1], time: 1)
      writer.appendBlock(type: 1, body: [1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, resolution, 0, 0, 0])
      let (frames, facts) = try read(bytes: writer.bytes)
      #expect(frames.count == 1)
      #expect(facts.truncation?.contains("clock") == true)
    }
  }

  @Test func simpleAndObsoletePacketBlocks() throws {
    for order in PcapTests.orders {
      var writer = PcapNGWriter(byteOrder: order)
      writer.appendInterface(snaplen: 8, resolution: 6)
      var simple: [UInt8] = []
      simple.append(UInt32(20), order)
      simple += [1, 2, 3, 4, 5, 6, 7, 8]
      writer.appendBlock(type: 3, body: simple)
      var obsolete: [UInt8] = []
      obsolete.append(UInt16(0), order)
      obsolete.append(UInt16(1), order)
      obsolete.append(UInt32(0), order)
      obsolete.append(UInt32(77), order)
      obsolete.append(UInt32(3), order)
      obsolete.append(UInt32(90), order)
      writer.appendBlock(type: 2, body: obsolete + [9, 9, 9])
      let file = try TemporaryFile(writer.bytes)
      let (frames, facts) = try read(file)
      #expect(frames.map(\.time) == [0, 77_000])
      #expect(frames.map(\.captured) == [8, 3])
      #expect(frames.map(\.wire) == [20, 90])
      #expect(compare(frames, facts, Libpcap(file.path), isClassic: false) == .equal)
    }
  }

  @Test func damageIsNamedAndWhatCameBeforeIsKept() throws {
    var good = PcapNGWriter()
    good.appendInterface()
    good.append([1, 2, 3, 4], time: 5)
    let packet: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 1, 2, 3, 4]
    var other = packet
    other[0] = 7
    var long = packet
    long[12] = 5
    func block(_ type: UInt32, _ first: UInt32, _ body: [UInt8], _ last: UInt32) -> [UInt8] {
      var bytes: [UInt8] = []
      bytes.append(type, .little)
      bytes.append(first, .little)
      bytes += body
      bytes.append(last, .little)
      return bytes
    }
    let cases: [(bytes: [UInt8], word: String)] = [
      (block(6, 36, other, 36), "interface 7"), (block(6, 36, long, 36), "claims 5 captured"),
      (block(6, 36, packet, 40), "two different lengths"), (block(6, 37, packet, 37), "no block can have"),
      (block(6, 0, packet, 36), "no block can have"), (block(6, 0x7FFF_FFFC, packet, 36), "at most"),
      (block(0xBAD, 36, packet, 40), "two different lengths"), (block(0xBAD, 4000, packet, 36), "cut at byte"),
      (block(6, 20, [0, 0, 0, 0, 0, 0, 0, 0], 20), "too short"),
      (block(0x0A0D_0D0A, 28, packet[..<16] + [], 28), "byte order"),
    ]
    for (bytes, word) in cases {
      let (frames, facts) = try read(bytes: good.bytes + bytes + good.bytes)
      #expect(frames.count >= 1)
      #expect(facts.truncated && facts.truncation?.contains(word) == true, "\(word): \(facts.truncation ?? "")")
    }
  }

  @Test func optionsNeverLeaveTheirBlock() throws {
    for length in [UInt8(4), 8, 200, 255] {
      var writer = PcapNGWriter()
      writer.appendBlock(type: 1, body: [1, 0, 0, 0, 0, 0, 0, 0, 9, 0, length, length])
      writer.append([1], time: 1_000)
      #expect(try read(bytes: writer.bytes).frames.count == 1)
    }
  }
}
