import Testing
import Wire

@testable import Capture

/// A block of a pcapng file, taken apart by hand.
private struct RawBlock: Equatable {
  var type: UInt32
  var bytes: [UInt8]
  var order: ByteOrder

  static func all(in bytes: [UInt8]) -> [RawBlock] {
    var blocks: [RawBlock] = []
    var rest = bytes[...]
    var order = ByteOrder.little
    while rest.count >= 12 {
      let start = rest.startIndex
      if rest.prefix(4).elementsEqual([10, 13, 13, 10]) { order = rest[start + 8] == 0x4D ? .little : .big }
      let length = Int(word(rest, start + 4, order))
      guard length >= 12, length <= rest.count else { break }
      blocks.append(RawBlock(type: word(rest, start, order), bytes: Array(rest.prefix(length)), order: order))
      rest = rest.dropFirst(length)
    }
    return blocks
  }

  static func word(_ bytes: ArraySlice<UInt8>, _ start: Int, _ order: ByteOrder) -> UInt32 {
    let four = bytes[start..<(start + 4)]
    return (order == .little ? Array(four.reversed()) : Array(four)).reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Options as code and value, from an offset in the block on; nil if they do not end in opt_endofopt.
  func options(from start: Int) -> [(code: UInt16, value: [UInt8])]? {
    var found: [(code: UInt16, value: [UInt8])] = []
    var place = start
    while place + 4 <= bytes.count - 4 {
      let pair = Array(bytes[place..<(place + 4)])
      let halves = order == .little ? [pair[1], pair[0], pair[3], pair[2]] : pair
      let (code, length) = (UInt16(halves[0]) << 8 | UInt16(halves[1]), Int(halves[2]) << 8 | Int(halves[3]))
      if code == 0 { return found }
      found.append((code, Array(bytes[(place + 4)..<(place + 4 + length)])))
      place += 4 + (length + 3) & ~3
    }
    return nil
  }

  func comments(from start: Int) -> [String]? {
    options(from: start)?.filter { $0.code == 1 }.map { String(decoding: $0.value, as: UTF8.self) }
  }
}

@Suite struct AnnotatedCopyTests {
  /// What a copy is, and what became of it.
  private func copy(
    _ bytes: [UInt8], section: [String] = ["ringback: all"], _ places: [(UInt64, String)]
  ) throws -> (bytes: [UInt8], result: AnnotatedCopy.Result) {
    let source = try TemporaryFile(bytes)
    let target = try TemporaryFile([])
    let (_, facts) = try read(source)
    let comments = FrameComments(
      section: section, texts: places.map(\.1), places: places.enumerated().map { ($0.element.0, $0.offset) })
    let result = try AnnotatedCopy.write(of: source.path, to: target.path, comments, facts)
    var copied: [UInt8] = []
    try FileBytes.forEachChunk(of: target.path) { copied += $0 }
    withExtendedLifetime((source, target)) {}
    return (copied, result)
  }

  /// Two sections of different byte order with every kind of block.
  private func everything(_ first: ByteOrder, _ second: ByteOrder) -> [UInt8] {
    var writer = PcapNGWriter(byteOrder: first)
    writer.appendInterface(snaplen: 64, resolution: 6)
    writer.appendInterface(linkType: .raw, resolution: 0x94, offset: -3)
    writer.append([1, 2, 3, 4, 5], time: 1_000, comment: "mine")
    writer.appendBlock(type: 4, body: [0, 0, 0, 0])
    writer.appendBlock(type: 0xBAD, body: [0, 0, 0, 1, 9, 9, 9, 9])
    writer.append([6, 7], time: 2_000_000, interface: 1, wireLength: 90)
    writer.appendBlock(type: 0x7777, body: [1, 2, 3, 4])
    writer.appendStatistics(drops: 4)
    writer.appendSection(byteOrder: second)
    writer.appendInterface()
    var old: [UInt8] = []
    for half in [UInt16(0), 1] { old.append(half, second) }
    for word in [UInt32(0), 77, 3, 90] { old.append(word, second) }
    writer.appendBlock(type: 2, body: old + [9, 9, 9])
    writer.append([8], time: 3_000)
    writer.appendBlock(type: 10, body: [1, 1, 1, 1])
    return writer.bytes
  }

  @Test(arguments: PcapTests.orders, PcapTests.orders)
  func onlyWhatGetsCommentsIsWrittenAnew(first: ByteOrder, second: ByteOrder) throws {
    let original = everything(first, second)
    // Frame 2 is the custom block's number, as Wireshark counts.
    let (bytes, result) = try copy(original, [(4, "ringback: b"), (1, "ringback: a"), (1, "ringback: c")])
    #expect(result.commented == 2 && !result.isCut)
    let before = RawBlock.all(in: original)
    let after = RawBlock.all(in: bytes)
    #expect(after.count == before.count)
    for (index, (one, other)) in zip(before, after).enumerated() where ![0, 3, 11].contains(index) {
      #expect(one == other, "block \(index)")
    }
    #expect(after[0].comments(from: 24) == ["ringback: all"])
    #expect(after[3].comments(from: 28 + 8) == ["mine", "ringback: a", "ringback: c"])
    // The old Packet Block has options of the same kind.
    #expect(after[11].type == 2 && after[11].comments(from: 28 + 4) == ["ringback: b"])
    for block in after {
      #expect(RawBlock.word(block.bytes[...], block.bytes.count - 4, block.order) == UInt32(block.bytes.count))
    }
    let (frames, facts) = try read(bytes: bytes)
    let (were, had) = try read(bytes: original)
    #expect(frames == were)
    #expect(facts.drops == had.drops && facts.linkTypes == had.linkTypes && !facts.truncated)
  }

  @Test func aSectionsLengthIsNotGivenWhereItChanges() throws {
    func sections(_ lengths: [UInt64]) -> [UInt8] {
      var writer = PcapNGWriter()
      for (index, length) in lengths.enumerated() {
        if index > 0 { writer.appendSection(byteOrder: .little) }
        _ = length
        writer.appendInterface()
        writer.append([UInt8(index)], time: 5)
      }
      var bytes = writer.bytes
      var start = 0
      var section = 0
      for block in RawBlock.all(in: bytes) {
        if block.type == 0x0A0D_0D0A {
          var value: [UInt8] = []
          value.append(lengths[section], .little)
          bytes.replaceSubrange((start + 16)..<(start + 24), with: value)
          section += 1
        }
        start += block.bytes.count
      }
      return bytes
    }
    let (bytes, _) = try copy(sections([60, 60, 60]), [(2, "x")])
    let headers = RawBlock.all(in: bytes).filter { $0.type == 0x0A0D_0D0A }
    let unknown = [UInt8](repeating: 0xFF, count: 8)
    #expect(Array(headers[0].bytes[16..<24]) == unknown)
    #expect(Array(headers[1].bytes[16..<24]) == unknown)
    #expect(headers[2].bytes[16] == 60)
  }

  @Test func copyingTwiceAddsNothing() throws {
    let original = everything(.little, .big)
    let (once, _) = try copy(original, [(1, "ringback: a"), (4, "ringback: b")])
    let (twice, _) = try copy(once, [(1, "ringback: a"), (4, "ringback: b")])
    #expect(once == twice)
  }

  /// A Simple Packet Block has neither options nor a time: it stays, and the section says what is to be said.
  @Test func simplePacketsSpeakThroughTheSection() throws {
    var writer = PcapNGWriter()
    writer.appendInterface()
    writer.appendBlock(type: 3, body: [2, 0, 0, 0, 7, 7])
    writer.append([1], time: 9)
    let (bytes, result) = try copy(writer.bytes, [(1, "ringback: a"), (2, "ringback: b")])
    #expect(result.commented == 1)
    let before = RawBlock.all(in: writer.bytes)
    let after = RawBlock.all(in: bytes)
    #expect(after[2] == before[2])
    #expect(after[0].comments(from: 24) == ["ringback: all", "frame 1: ringback: a"])
    #expect(after[3].comments(from: 28 + 4) == ["ringback: b"])
  }

  /// Options that overrun their block are left as they are.
  @Test func brokenOptionsAreKept() throws {
    var writer = PcapNGWriter()
    writer.appendInterface()
    let broken: [UInt8] = [1, 0, 0xFF, 0, 5, 5, 5, 5]
    writer.appendBlock(
      type: 6, body: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 1, 2, 3, 4] + broken)
    let (bytes, _) = try copy(writer.bytes, [(1, "ab")])
    let block = RawBlock.all(in: bytes)[2]
    #expect(Array(block.bytes[32..<48]) == [1, 0, 2, 0, 0x61, 0x62, 0, 0] + broken)
    #expect(try read(bytes: bytes).frames == read(bytes: writer.bytes).frames)
  }

  @Test(arguments: PcapTests.orders) func whatIsWholeOfACutFileIsCopied(order: ByteOrder) throws {
    let original = everything(order, order)
    for cut in stride(from: 60, to: original.count, by: 3) {
      let part = Array(original[..<cut])
      let (bytes, result) = try copy(part, section: [], [])
      let whole = RawBlock.all(in: part).reduce(0) { $0 + $1.bytes.count }
      #expect(bytes == Array(part[..<whole]), "cut at \(cut)")
      #expect(result.isCut == (whole < cut), "cut at \(cut)")
    }
  }

  @Test(arguments: PcapTests.orders, [PcapWriter.Precision.micro, .nano])
  func classicCapturesKeepTheirTimesAndLengths(order: ByteOrder, precision: PcapWriter.Precision) throws {
    var writer = PcapWriter(byteOrder: order, precision: precision, linkType: LinkType(rawValue: 12), snaplen: 96)
    for index in 0..<100 {
      let time = 1_700_000_000_123_456_789 + Int64(index) * 1_000_000_007
      writer.append([UInt8](repeating: UInt8(index), count: index), time: time, wireLength: index + 5)
    }
    let (bytes, result) = try copy(writer.bytes, [(7, "ringback: a"), (7, "ringback: b"), (100, "ringback: c")])
    #expect(result.commented == 2 && !result.isCut)
    let blocks = RawBlock.all(in: bytes)
    #expect(blocks.count == 102)
    #expect(blocks[0].comments(from: 24) == ["ringback: all"])
    // Link type and snapshot length as they were in the file, nanoseconds where it has them.
    #expect(Array(blocks[1].bytes[8..<16]) == [12, 0, 0, 0, 96, 0, 0, 0])
    #expect(blocks[1].bytes.count == (precision == .nano ? 32 : 20))
    #expect(blocks[8].comments(from: 28 + 8) == ["ringback: a", "ringback: b"])
    let (frames, _) = try read(bytes: bytes)
    #expect(frames == (try read(bytes: writer.bytes).frames))
    #expect(blocks[9].bytes.count == 32 + 8)
  }

  @Test func aCommentIsCutBetweenCharacters() throws {
    var writer = PcapNGWriter()
    writer.appendInterface()
    writer.append([1], time: 9)
    let (bytes, _) = try copy(writer.bytes, [(1, String(repeating: "é", count: 40_000))])
    let comment = try #require(RawBlock.all(in: bytes)[2].comments(from: 28 + 4)?.first)
    #expect(comment.utf8.count == 65_534 && !comment.contains("\u{FFFD}"))
  }

  @Test func whereNothingCanBeWrittenIsSaid() throws {
    let source = try TemporaryFile(everything(.little, .little))
    let (_, facts) = try read(source)
    let comments = FrameComments(section: [], texts: [], places: [])
    for (target, reason) in [
      ("/nowhere/x.pcapng", "No such file or directory"), ("/tmp", "Is a directory"),
      ("/dev/full", "No space left on device"),
    ] {
      #expect(throws: CaptureError.writeFailed(path: target, reason: reason)) {
        try AnnotatedCopy.write(of: source.path, to: target, comments, facts)
      }
    }
    withExtendedLifetime(source) {}
  }
}
