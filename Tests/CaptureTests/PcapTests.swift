import Testing
import Wire

@testable import Capture

@Suite struct PcapTests {
  static let orders: [ByteOrder] = [.little, .big]
  static let precisions: [PcapWriter.Precision] = [.micro, .nano]

  static func sample(_ writer: PcapWriter, count: Int) -> (bytes: [UInt8], ends: [Int]) {
    var writer = writer
    var ends: [Int] = []
    for index in 0..<count {
      writer.append(
        udpFrame(port: UInt16(5000 + index % 3), payload: index * 7 % 60, fill: UInt8(truncatingIfNeeded: index)),
        time: 1_700_000_000_123_456_789 + Int64(index) * 20_000_001, wireLength: index % 5 == 0 ? 1500 : nil)
      ends.append(writer.bytes.count)
    }
    return (writer.bytes, ends)
  }

  @Test(arguments: orders, precisions)
  func bothOrdersAndPrecisions(order: ByteOrder, precision: PcapWriter.Precision) throws {
    let file = try TemporaryFile(
      Self.sample(PcapWriter(byteOrder: order, precision: precision, snaplen: 65535), count: 100).bytes)
    let (frames, facts) = try read(file)
    #expect(frames.count == 100)
    #expect(frames[1].time == 1_700_000_000_143_456_000 + (precision == .nano ? 790 : 0))
    #expect(frames.map(\.number) == Array(1...100))
    #expect(facts.linkTypes == [.ethernet])
    #expect(facts.snaplen == 65535)
    #expect(!facts.truncated && facts.drops == nil && facts.framesRead == 100)
    #expect(facts.totalBytes == facts.bytesRead)
    #expect(compare(frames, facts, Libpcap(file.path), isClassic: true) == .equal)
  }

  @Test(arguments: orders)
  func everyCutKeepsThePrefix(order: ByteOrder) throws {
    let (bytes, ends) = Self.sample(PcapWriter(byteOrder: order), count: 5)
    let whole = try read(bytes: bytes).frames
    for cut in 0..<bytes.count {
      let file = try TemporaryFile(Array(bytes[..<cut]))
      guard cut >= 24 else {
        #expect(throws: CaptureError.self) { try read(file) }
        continue
      }
      let (frames, facts) = try read(file)
      let expected = ends.count { $0 <= cut }
      #expect(frames == Array(whole[..<expected]))
      #expect(facts.truncated == !(cut == 24 || ends.contains(cut)), "cut at \(cut)")
      if facts.truncated { #expect(facts.truncation == "cut at byte \(cut), after packet \(expected)") }
    }
  }

  @Test func recordsLongerThanTheWindow() throws {
    var writer = PcapWriter(linkType: LinkType(rawValue: 231), snaplen: 0)  // DLT_DBUS: up to 128 MiB a message
    for length in [10, 300_000, 65_536, 1_500_000, 1, 262_144, 70_000] {
      writer.append([UInt8](repeating: UInt8(length & 255), count: length), time: 1)
    }
    let file = try TemporaryFile(writer.bytes)
    let (frames, facts) = try read(file)
    #expect(compare(frames, facts, Libpcap(file.path), isClassic: true) == .equal)
    #expect(frames.count == 7)
    #expect(facts.snaplen == nil)
  }

  @Test(arguments: [UInt32(262_145), 1 << 30, .max])
  func aHugeClaimIsDamage(claim: UInt32) throws {
    var (bytes, _) = Self.sample(PcapWriter(), count: 3)
    let good = bytes.count
    bytes.append(UInt64(0), .little)
    bytes.append(claim, .little)
    bytes.append(claim, .little)
    bytes += [UInt8](repeating: 0, count: 1000)
    let file = try TemporaryFile(bytes)
    let (frames, facts) = try read(file)
    #expect(frames.count == 3)
    #expect(facts.truncated)
    #expect(facts.truncation?.contains("at byte \(good), after packet 3") == true)
    #expect(compare(frames, facts, Libpcap(file.path), isClassic: true) == .equal)
  }

  /// Header and record variants that libpcap accepts: old versions exchange the lengths, Kuznetsov's has a longer
  /// record header, a snaplen smaller than the record cuts it.
  @Test(arguments: [0, 1, 2, 3, 4, 5, 543], [UInt32(0xA1B2_C3D4), 0xA1B2_CD34, 0xA1B2_3C4D])
  func whatLibpcapAccepts(version: Int, magic: UInt32) throws {
    for order in Self.orders {
      for snaplen in [UInt32(0), 20, 65535, .max] {
        var bytes: [UInt8] = []
        bytes.append(magic, order)
        bytes.append(UInt16(version == 543 ? 543 : 2), order)
        bytes.append(UInt16(version == 543 ? 0 : version), order)
        bytes.append(UInt64(0), order)
        bytes.append(snaplen, order)
        bytes.append(UInt32(1), order)
        for (first, second) in [(40, 60), (60, 40), (33, 33)] {
          bytes.append(UInt32(1_700_000_000), order)
          // Past one second: added, as libpcap does.
          bytes.append(UInt32(2_000_001), order)
          bytes.append(UInt32(first), order)
          bytes.append(UInt32(second), order)
          if magic == 0xA1B2_CD34 { bytes += [0, 0, 0, 0, 8, 0, 0, 0] }
          let captured = version < 3 || version == 543 ? second : version == 3 ? min(first, second) : first
          bytes += (0..<captured).map { UInt8($0) }
        }
        let file = try TemporaryFile(bytes)
        let theirs = Libpcap(file.path)
        if theirs.refusal != nil {
          #expect(version == 5)
          #expect(throws: CaptureError.self) { try read(file) }
        } else {
          let (frames, facts) = try read(file)
          #expect(compare(frames, facts, theirs, isClassic: true) == .equal, "\(snaplen) \(order)")
          #expect(frames.count == 3)
        }
      }
    }
  }

  @Test func aFullBlockIsNeverMoreThan32Frames() throws {
    let file = try TemporaryFile(Self.sample(PcapWriter(), count: 10_000).bytes)
    var reader = try CaptureReader(path: file.path)
    var total = 0
    var calls = 0
    try reader.forEachBlock { block, frames in
      #expect(frames.count <= 32 && frames.count > 0)
      total += frames.count
      calls += 1
      return calls < 10
    }
    #expect(calls == 10)
    // A later call goes on behind the last block.
    try reader.forEachBlock { _, frames in
      total += frames.count
      return true
    }
    #expect(total == 10_000)
  }
}
